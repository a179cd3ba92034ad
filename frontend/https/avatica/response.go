package avatica

import "google.golang.org/protobuf/encoding/protowire"

// Response is a message to the client.
type Response interface {
	// name is that of the message in protobuf, and the one in JSON.
	name() (proto, json string)
	write(w writer)
}

// Encode makes the body of a response.
func Encode(f Format, r Response) []byte {
	proto, word := r.name()
	if f == JSON {
		w := jsonWriter{b: []byte{'{'}}
		w.text(0, "response", word)
		r.write(&w)
		return append(w.b, '}')
	}
	var w protoWriter
	w.text(1, "", responsePrefix+proto)
	w.message(2, "", r.write)
	return w.b
}

// ServerAddress is the metadata that nearly every response carries: "host:port".
type ServerAddress string

func (a ServerAddress) write(num protowire.Number, w writer) {
	w.message(num, "rpcMetadata", func(w writer) {
		w.text(0, "response", "rpcMetadata")
		w.text(1, "serverAddress", string(a))
	})
}

// Done answers requests whose answer says nothing more: OpenConnection,
// CloseConnection, CloseStatement, Commit and Rollback.
type Done struct {
	Of     Kind
	Server ServerAddress
}

func (r *Done) name() (string, string) {
	return names[r.Of].proto + "Response", names[r.Of].json
}

func (r *Done) write(w writer) {
	if r.Of != Commit && r.Of != Rollback {
		r.Server.write(1, w)
	}
}

// Synced answers ConnectionSync with all that is in effect.
type Synced struct {
	AutoCommit, ReadOnly bool
	Isolation            uint32
	Catalog              string
	Server               ServerAddress
}

func (*Synced) name() (string, string) { return "ConnectionSyncResponse", "connectionSync" }

func (r *Synced) write(w writer) {
	w.message(1, "connProps", func(w writer) {
		w.text(0, "connProps", "connPropsImpl")
		w.flag(0, "dirty", false)
		w.flag(2, "autoCommit", r.AutoCommit)
		w.flag(3, "readOnly", r.ReadOnly)
		w.int(4, "transactionIsolation", int64(r.Isolation))
		w.text(5, "catalog", r.Catalog)
		w.text(6, "schema", "")
		w.flag(7, "", true)
		w.flag(8, "", true)
	})
	r.Server.write(2, w)
}

// Created answers CreateStatement.
type Created struct {
	ConnectionID string
	StatementID  uint32
	Server       ServerAddress
}

func (*Created) name() (string, string) { return "CreateStatementResponse", "createStatement" }

func (r *Created) write(w writer) {
	w.text(1, "connectionId", r.ConnectionID)
	w.int(2, "statementId", int64(r.StatementID))
	r.Server.write(3, w)
}

// Prepared answers Prepare.
type Prepared struct {
	ConnectionID string
	StatementID  uint32
	Signature    *Signature
	Server       ServerAddress
}

func (*Prepared) name() (string, string) { return "PrepareResponse", "prepare" }

func (r *Prepared) write(w writer) {
	w.message(1, "statement", func(w writer) {
		w.text(1, "connectionId", r.ConnectionID)
		w.int(2, "id", int64(r.StatementID))
		w.message(3, "signature", r.Signature.write)
	})
	r.Server.write(2, w)
}

// Signature describes a statement: its result and its parameters.
type Signature struct {
	Columns []Column
	Params  []Type
	SQL     string
}

func (s *Signature) write(w writer) {
	w.list(1, "columns", len(s.Columns), func(w writer, i int) { s.Columns[i].write(w, i) })
	w.text(2, "sql", s.SQL)
	w.list(3, "parameters", len(s.Params), func(w writer, i int) { s.Params[i].writeParam(w, i) })
	w.message(4, "cursorFactory", func(w writer) {
		w.enum(1, "style", styleList, "LIST")
		w.null("clazz")
		w.null("fieldNames")
	})
	w.null("statementType")
}

// styleList is how rows come. With any other style Java's client loads a class.
const styleList = 4

// Frame is a run of rows of a result, as a RowWriter made them.
type Frame struct {
	Offset uint64
	Done   bool
	Count  int // rows
	Rows   []byte
}

func (f *Frame) write(w writer) {
	w.int(1, "offset", int64(f.Offset))
	w.flag(2, "done", f.Done)
	if w.json() {
		w.raw("rows", append(append([]byte{'['}, f.Rows...), ']'))
		return
	}
	w.raw("", f.Rows)
}

// ResultSet is the outcome of one statement: rows when Frame is not nil, else Updated.
type ResultSet struct {
	ConnectionID string
	StatementID  uint32
	Signature    *Signature
	Frame        *Frame
	Updated      uint64
	Server       ServerAddress
}

func (*ResultSet) name() (string, string) { return "ResultSetResponse", "resultSet" }

func (r *ResultSet) write(w writer) {
	w.text(1, "connectionId", r.ConnectionID)
	w.int(2, "statementId", int64(r.StatementID))
	w.flag(3, "ownStatement", r.Frame != nil)
	if r.Frame == nil {
		w.null("signature")
		w.null("firstFrame")
		w.int(6, "updateCount", int64(r.Updated))
	} else {
		w.message(4, "signature", r.Signature.write)
		w.message(5, "firstFrame", r.Frame.write)
		w.int(6, "updateCount", -1)
	}
	r.Server.write(7, w)
}

// Executed answers Execute and PrepareAndExecute. Without Results the statement is
// unknown.
type Executed struct {
	Results []*ResultSet // several of a CALL
	Server  ServerAddress
}

func (*Executed) name() (string, string) { return "ExecuteResponse", "executeResults" }

func (r *Executed) write(w writer) {
	w.list(1, "results", len(r.Results), func(w writer, i int) {
		w.text(0, "response", "resultSet")
		r.Results[i].write(w)
	})
	w.flag(2, "missingStatement", len(r.Results) == 0)
	r.Server.write(3, w)
}

// Fetched answers Fetch. Without a Frame the statement is unknown.
type Fetched struct {
	Frame  *Frame
	Server ServerAddress
}

func (*Fetched) name() (string, string) { return "FetchResponse", "fetch" }

func (r *Fetched) write(w writer) {
	if r.Frame == nil {
		w.null("frame")
	} else {
		w.message(1, "frame", r.Frame.write)
	}
	w.flag(2, "missingStatement", r.Frame == nil)
	w.flag(3, "missingResults", false)
	r.Server.write(4, w)
}

// Resynced answers SyncResults.
type Resynced struct {
	Missing bool // the statement is unknown
	More    bool
	Server  ServerAddress
}

func (*Resynced) name() (string, string) { return "SyncResultsResponse", "syncResults" }

func (r *Resynced) write(w writer) {
	w.flag(1, "missingStatement", r.Missing)
	w.flag(2, "moreResults", r.More)
	r.Server.write(3, w)
}

// Batched answers ExecuteBatch and PrepareAndExecuteBatch.
type Batched struct {
	ConnectionID string
	StatementID  uint32
	Counts       []int64
	Missing      bool
	Server       ServerAddress
}

func (*Batched) name() (string, string) { return "ExecuteBatchResponse", "executeBatch" }

func (r *Batched) write(w writer) {
	w.text(1, "connectionId", r.ConnectionID)
	w.int(2, "statementId", int64(r.StatementID))
	w.ints(3, "updateCounts", r.Counts)
	w.flag(4, "missingStatement", r.Missing)
	r.Server.write(5, w)
}

// Property is one of the names that Java's client knows, and no other: it throws.
type Property struct {
	Name   string
	Text   string
	Number int64
	IsText bool
}

// PropertyList answers DatabaseProperties.
type PropertyList struct {
	Props  []Property
	Server ServerAddress
}

func (*PropertyList) name() (string, string) { return "DatabasePropertyResponse", "databaseProperties" }

func (r *PropertyList) write(w writer) {
	w.message(0, "map", func(w writer) {
		for _, p := range r.Props {
			if p.IsText {
				w.text(0, p.Name, p.Text)
			} else {
				w.int(0, p.Name, p.Number)
			}
		}
	})
	w.list(1, "", len(r.Props), func(w writer, i int) {
		p := r.Props[i]
		w.message(1, "", func(w writer) { w.text(1, "", p.Name) })
		w.message(2, "", func(w writer) {
			if p.IsText {
				w.int(1, "", int64(RepString))
				w.text(3, "", p.Text)
			} else {
				w.int(1, "", int64(RepInteger))
				w.int(4, "", p.Number<<1) // zigzag of what is not negative
			}
		})
	})
	r.Server.write(2, w)
}

// Failure is an error. Its text is all that a client learns.
type Failure struct {
	Text   string
	Code   uint32 // MySQL's number, or one of the reserved ones
	State  string
	Detail string // the exception's text when it is not Text
	Server ServerAddress
}

// MissingConnection is the Code that tells clients that their connection is gone.
const MissingConnection = 1

// MissingConnectionText is what clients look for to open a new one.
const MissingConnectionText = "org.apache.calcite.avatica.NoSuchConnectionException"

// MissingConnectionState is the SQLSTATE that goes with it: there is no connection.
const MissingConnectionState = "08003"

// severityError is the only one that is used.
const severityError = 2

func (*Failure) name() (string, string) { return "ErrorResponse", "error" }

func (r *Failure) write(w writer) {
	detail := r.Detail
	if detail == "" {
		detail = r.Text
	}
	w.texts(1, "exceptions", []string{detail}) // Java's client wants one
	w.text(2, "errorMessage", r.Text)
	w.enum(3, "severity", severityError, "ERROR")
	w.int(4, "errorCode", int64(r.Code))
	w.text(5, "sqlState", r.State)
	r.Server.write(6, w)
	w.flag(7, "", true)
}
