package avatica

import (
	"errors"
	"fmt"
	"strings"
)

// Kind says which request it is. The zero Kind is none.
type Kind uint8

const (
	None Kind = iota
	OpenConnection
	CloseConnection
	ConnectionSync
	DatabaseProperties
	CreateStatement
	CloseStatement
	Prepare
	PrepareAndExecute
	Execute
	Fetch
	SyncResults
	Commit
	Rollback
	PrepareAndExecuteBatch
	ExecuteBatch
	Catalogs
	Schemas
	Tables
	Columns
	TableTypes
	TypeInfo
)

// names are those of requests: in protobuf without what all have in common, in JSON.
var names = [...]struct{ proto, json string }{
	OpenConnection: {"OpenConnection", "openConnection"}, CloseConnection: {"CloseConnection", "closeConnection"},
	ConnectionSync: {"ConnectionSync", "connectionSync"}, DatabaseProperties: {"DatabaseProperty", "databaseProperties"},
	CreateStatement: {"CreateStatement", "createStatement"}, CloseStatement: {"CloseStatement", "closeStatement"},
	Prepare: {"Prepare", "prepare"}, PrepareAndExecute: {"PrepareAndExecute", "prepareAndExecute"},
	Execute: {"Execute", "execute"}, Fetch: {"Fetch", "fetch"}, SyncResults: {"SyncResults", "syncResults"},
	Commit: {"Commit", "commit"}, Rollback: {"Rollback", "rollback"},
	PrepareAndExecuteBatch: {"PrepareAndExecuteBatch", "prepareAndExecuteBatch"}, ExecuteBatch: {"ExecuteBatch", "executeBatch"},
	Catalogs: {"Catalogs", "getCatalogs"}, Schemas: {"Schemas", "getSchemas"}, Tables: {"Tables", "getTables"},
	Columns: {"Columns", "getColumns"}, TableTypes: {"TableTypes", "getTableTypes"}, TypeInfo: {"TypeInfo", "getTypeInfo"},
}

// String is the name in JSON, which log lines and metrics show.
func (k Kind) String() string {
	if int(k) < len(names) && k != None {
		return names[k].json
	}
	return "none"
}

// Requests carry Java's class names, compared byte by byte.
const (
	requestPrefix  = "org.apache.calcite.avatica.proto.Requests$"
	responsePrefix = "org.apache.calcite.avatica.proto.Responses$"
	requestSuffix  = "Request"
)

var (
	kindsByProto = kindsBy(func(k Kind) string { return requestPrefix + names[k].proto + requestSuffix })
	kindsByJSON  = kindsBy(func(k Kind) string { return names[k].json })
)

func kindsBy(name func(Kind) string) map[string]Kind {
	kinds := map[string]Kind{}
	for k := OpenConnection; int(k) < len(names); k++ {
		kinds[name(k)] = k
	}
	return kinds
}

// Format is one of the two serializations.
type Format uint8

const (
	Protobuf Format = iota
	JSON
)

// ErrMalformed is a body that is no request.
var ErrMalformed = errors.New("malformed Avatica request")

// Request is any request. A field that its Kind has not is zero.
type Request struct {
	Kind         Kind
	Format       Format
	ConnectionID string
	StatementID  uint32
	SQL          string
	Info         map[string]string
	Props        Properties

	Params    []TypedValue // of Execute
	HasParams bool
	Commands  []string // of PrepareAndExecuteBatch
	rows      []byte   // of ExecuteBatch: see EachRow

	MaxRows   int64  // of the whole result; 0 and less: all
	FrameRows int64  // wished for in the next frame; 0 and less: the server's choice
	Offset    uint64 // of Fetch and SyncResults

	// Arguments of metadata requests; nil is null.
	Catalog, Schema, Table, Column *string
	Types                          []string // of Tables
	HasTypes                       bool

	State State // of SyncResults
}

// Properties are a connection's. A nil field is not set.
type Properties struct {
	AutoCommit, ReadOnly *bool
	Isolation            uint32 // 0: not set
	Catalog, Schema      string
}

// Operation is a metadata call that SyncResults asks for.
type Operation uint8

// The operations that clients use.
const (
	GetIndexInfo   Operation = 11
	GetPrimaryKeys Operation = 12
)

// operationNames are theirs in JSON.
var operationNames = map[string]Operation{"GET_INDEX_INFO": GetIndexInfo, "GET_PRIMARY_KEYS": GetPrimaryKeys}

// State says what SyncResults wants to have again.
type State struct {
	Metadata  bool
	Operation Operation
	Args      []*string // nil for null, and for what is no string
}

// Decode reads a body: JSON when it begins with a brace, else protobuf. The content
// type says nothing: clients send the same one for both. The request keeps body.
func Decode(body []byte) (*Request, error) {
	if Sniff(body) == JSON {
		return decodeJSON(body)
	}
	return decodeProto(body)
}

// Sniff says in which format a body is, or begins.
func Sniff(body []byte) Format {
	for _, c := range body {
		switch c {
		case ' ', '\t', '\r', '\n':
			continue
		case '{':
			return JSON
		}
		break
	}
	return Protobuf
}

// finish fills in what older and newer clients say in different places.
func (r *Request) finish(oldMax, oldFrame int64) {
	if r.MaxRows == 0 {
		r.MaxRows = oldMax
	}
	if r.FrameRows == 0 {
		r.FrameRows = oldFrame
	}
}

func malformed(format string, args ...any) error {
	return fmt.Errorf("%w: %s", ErrMalformed, fmt.Sprintf(format, args...))
}

// shortName cuts what a client sent for a message.
func shortName(s string) string {
	s = strings.TrimPrefix(s, requestPrefix)
	if len(s) > 40 {
		s = s[:40]
	}
	return s
}
