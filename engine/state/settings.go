package state

import (
	"context"
	"strings"
	"time"

	"github.com/dolthub/go-mysql-server/sql"
	"github.com/dolthub/go-mysql-server/sql/types"

	"github.com/lxdb/lxdb/catalog"
	"github.com/lxdb/lxdb/engine/lex"
	"github.com/lxdb/lxdb/engine/session"
	"github.com/lxdb/lxdb/engine/table"
	"github.com/lxdb/lxdb/engine/value"
	"github.com/lxdb/lxdb/engine/variable"
	"github.com/lxdb/lxdb/storage/kivi"
	"github.com/lxdb/lxdb/storage/kivi/kv"
)

// lockWaitVariable is how long a statement waits for rows and tables, in seconds.
const (
	LockWaitVariable       = "innodb_lock_wait_timeout"
	DefaultLockWaitSeconds = kivi.DefaultLockWait / time.Second
)

// Variables about clients that ask nothing.
const (
	IdleVariable            = "wait_timeout"
	InteractiveIdleVariable = "interactive_timeout"
	// IdleInTransactionVariable is ours (MariaDB has one of that name). A transaction
	// that nobody goes on with keeps its locks from all others.
	IdleInTransactionVariable = "idle_transaction_timeout"
	DefaultIdleInTransaction  = time.Hour
)

// PurposeVariable is the session's word for what it works for.
const PurposeVariable = "audit_purpose"

// maxPurpose is how many characters that has: all of them are in the records.
const maxPurpose = 256

// Variables is the library's session, which keeps the variables and warnings,
// with what is derived from them.
type Variables struct {
	*sql.BaseSession
	FileCharset string        // character_set_database, when it was set since the database was chosen
	DefaultWait time.Duration // for locks, without a variable that says it
	// Purpose is what the session says that it works for, in its records of the audit log.
	Purpose string

	// spoken is what the client named when it connected, until character_set_results is set.
	spoken *value.Collation

	cached   *settings // nil after a variable changed
	Planning uint64    // the state of the variables that plans may depend on, each with a number of its own
	numbered uint64    // the last number that was given

	manner sessionManner
}

// Manner is how a session reads and compares texts; a program has its own.
type Manner struct {
	Mode       string // sql_mode
	Client     string // character_set_client
	Charset    string // character_set_connection
	Connection string // collation_connection
}

// MannerOf is that of a program.
func MannerOf(mode string, c catalog.Charsets) Manner {
	m := Manner{Mode: variable.StoredModes(mode), Client: c.Client, Charset: c.Client, Connection: c.Connection}
	if of := value.CollationNamed(c.Connection); of != nil {
		m.Charset = of.Charset
	}
	return m
}

// sessionManner is the manner as it was read under a state of the variables, and the states that programs make of other
// ones with their own.
type sessionManner struct {
	known bool
	now   Manner
	of    uint64
	then  map[underProgram]uint64
}

// underProgram is a program's manner that was set under a state of the variables.
type underProgram struct {
	under uint64
	own   Manner
}

// maxManners bounds what a session keeps of them.
const maxManners = 64

// Replan gives the state of the variables a new number.
func (s *Variables) Replan() {
	s.numbered++
	s.Planning = s.numbered
}

// Manner is the session's.
func (s *Variables) Manner(ctx *sql.Context) (Manner, error) {
	if m := &s.manner; m.known && m.of == s.Planning {
		return m.now, nil
	}
	var now Manner
	for _, v := range [...]struct {
		name string
		to   *string
	}{
		{sql.SqlModeSessionVar, &now.Mode}, {"character_set_client", &now.Client}, {"character_set_connection", &now.Charset}, {"collation_connection", &now.Connection},
	} {
		text, err := s.GetSessionVariable(ctx, v.name)
		if err != nil {
			return now, err
		}
		*v.to, _ = text.(string)
	}
	s.manner.is(now, s.Planning)
	return now, nil
}

func (m *sessionManner) is(now Manner, of uint64) { m.known, m.now, m.of = true, now, of }

// SetCharsets gives the session, whose manner is now, the character sets and the collation of another one.
func (s *Variables) SetCharsets(now, m Manner) error {
	for _, v := range [...]struct{ name, now, then string }{
		{"character_set_client", now.Client, m.Client}, {"character_set_connection", now.Charset, m.Charset}, {"collation_connection", now.Connection, m.Connection},
	} {
		if strings.EqualFold(v.now, v.then) {
			continue
		}
		if err := s.BaseSession.SetSessionVariable(NoContext, v.name, v.then); err != nil {
			return err
		}
		s.Replan()
	}
	return nil
}

// ProgramManner notes that a program has set its manner under a state of the variables: whenever it does the
// state is the same one.
func (s *Variables) ProgramManner(under uint64, own Manner) {
	m, key := &s.manner, underProgram{under, own}
	if then := m.then[key]; then != 0 {
		s.Planning = then
	} else {
		if m.then == nil || len(m.then) >= maxManners {
			m.then = map[underProgram]uint64{}
		}
		m.then[key] = s.Planning
	}
	m.is(own, s.Planning)
}

// BackTo notes that the variables are those of an earlier state again.
func (s *Variables) BackTo(planning uint64, m Manner) {
	s.Planning = planning
	s.manner.is(m, planning)
}

// settings are the session variables that every statement looks at, read once
// after each change of a variable. To read them from the library's map costs a
// noticeable part of a look-up by primary key.
type settings struct {
	autocommit bool
	isolation  kv.Isolation
	readOnly   bool          // new transactions are READ ONLY
	lockWait   time.Duration // for rows
	MetaWait   time.Duration // for tables
	Idle       time.Duration // between statements
	IdleInTx   time.Duration // the same, inside a transaction; 0: idle alone counts
	reading    lex.Mode      // of texts
	zone       *time.Location
	speech     session.Speech
}

// perTransaction are the variables that settings is made of. They change how a
// statement runs, not how it is planned.
var perTransaction = map[string]bool{
	sql.AutoCommitSessionVar: true, "transaction_isolation": true, "tx_isolation": true, "transaction_read_only": true,
	"tx_read_only": true, LockWaitVariable: true, "lock_wait_timeout": true, IdleVariable: true, IdleInTransactionVariable: true,
	PurposeVariable: true,
}

// SetCurrentDatabase implements sql.Session.
func (s *Variables) SetCurrentDatabase(name string) {
	s.FileCharset = ""
	s.BaseSession.SetCurrentDatabase(name)
}

// InitSessionVariable implements sql.Session.
func (s *Variables) InitSessionVariable(ctx *sql.Context, name string, value any) error {
	defer s.changed(name)
	return s.BaseSession.InitSessionVariable(ctx, name, value)
}

// changed forgets what was derived from the session's variables. Any of them
// may be part of a compiled statement, except those that settings is made of.
func (s *Variables) changed(name string) {
	s.cached = nil
	if strings.EqualFold(name, resultsCharset) {
		s.spoken = nil
	}
	if !perTransaction[strings.ToLower(name)] {
		s.Replan()
	}
}

func (s *Variables) Settings() *settings {
	if s.cached == nil {
		s.cached = &settings{
			autocommit: s.readAutocommit(),
			isolation:  s.readIsolation(),
			readOnly:   s.readReadOnly(),
			lockWait:   s.readLockWait(),
			Idle:       s.seconds(IdleVariable),
			IdleInTx:   s.seconds(IdleInTransactionVariable),
			MetaWait:   table.MetaLockWait(sql.NewContext(context.Background(), sql.WithSession(s))),
			reading:    s.readReading(),
			zone:       s.readZone(),
			speech:     s.readSpeech(),
		}
	}
	return s.cached
}

func (s *Variables) Autocommit() bool { return s.Settings().autocommit }

func (s *Variables) LockWait() time.Duration { return s.Settings().lockWait }

// Zone implements table.Session.
func (s *Variables) Zone() *time.Location { return s.Settings().zone }

func (s *Variables) readZone() *time.Location {
	v, err := s.GetSessionVariable(NoContext, "time_zone")
	if err != nil {
		return time.UTC
	}
	name, _ := v.(string)
	if zone, ok := value.ZoneNamed(name); ok {
		return zone
	}
	return time.UTC
}

func (s *Variables) readAutocommit() bool {
	v, err := s.GetSessionVariable(NoContext, sql.AutoCommitSessionVar)
	if err != nil {
		return true
	}
	if on, ok := v.(int8); ok {
		return on != 0
	}
	on, err := sql.ConvertToBool(NoContext, v)
	return err == nil && on
}

func (s *Variables) readIsolation() kv.Isolation {
	v, err := s.GetSessionVariable(NoContext, "transaction_isolation")
	if err != nil {
		return kv.RepeatableRead
	}
	name, _ := v.(string)
	return isolationOf(name)
}

func (s *Variables) readReadOnly() bool {
	v, err := s.GetSessionVariable(NoContext, "transaction_read_only")
	if err != nil {
		return false
	}
	on, err := sql.ConvertToBool(NoContext, v)
	return err == nil && on
}

func (s *Variables) readLockWait() time.Duration {
	v, err := s.GetSessionVariable(NoContext, LockWaitVariable)
	if err != nil {
		return s.DefaultWait
	}
	secs, _, err := lockWaitType.Convert(NoContext, v)
	n, ok := secs.(int64)
	if err != nil || !ok || n < 0 {
		return s.DefaultWait
	}
	return time.Duration(n) * time.Second
}

var lockWaitType = types.Int64

// NoContext is for library calls that take a context and do not look at it. To
// make one costs a map of every server variable.
var NoContext = sql.NewContext(context.Background(), sql.WithSession(&sql.BaseSession{}))

// seconds reads a variable that is a number of seconds.
func (s *Variables) seconds(name string) time.Duration {
	v, err := s.GetSessionVariable(NoContext, name)
	if err != nil {
		return 0
	}
	n, _, err := lockWaitType.Convert(NoContext, v)
	secs, ok := n.(int64)
	if err != nil || !ok || secs < 0 {
		return 0
	}
	return time.Duration(secs) * time.Second
}
