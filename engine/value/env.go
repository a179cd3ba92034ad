package value

import (
	"context"
	"io"
	"sync"
	"time"

	"github.com/lxdb/lxdb/engine/sqlerr"
)

// Mode is the set of sql_mode's words that evaluation asks for.
type Mode uint32

const (
	ModeStrict Mode = 1 << iota // STRICT_TRANS_TABLES or STRICT_ALL_TABLES
	ModeNoZeroDate
	ModeNoZeroInDate
	ModeErrorForDivisionByZero
	ModeAllowInvalidDates
	ModeNoUnsignedSubtraction
	ModePadCharToFullLength
	ModeTimeTruncateFractional
	ModeNoBackslashEscapes
	ModePipesAsConcat
)

// DefaultMode is that of MySQL 8.0.
const DefaultMode = ModeStrict | ModeNoZeroDate | ModeNoZeroInDate | ModeErrorForDivisionByZero

// Level is a warning's.
type Level uint8

const (
	LevelNote Level = iota
	LevelWarning
	LevelError
)

// Warning is one line of SHOW WARNINGS.
type Warning struct {
	Level  Level
	Number sqlerr.Code
	Text   string
}

// Env is what evaluation needs of the statement and its session. One is made for
// each execution; it is used by one goroutine at a time. The zero Env works, with
// MySQL's defaults, no limits and nobody who hears warnings.
type Env struct {
	Mode Mode
	// Writing is set while values go into a table in strict mode without IGNORE:
	// the warnings that strict mode means are errors then.
	Writing bool
	// Now is when the statement began; it stays.
	Now time.Time
	// Location is the session's time zone; nil is UTC.
	Location *time.Location
	// Connection is collation_connection; nil is utf8mb4_0900_ai_ci.
	Connection *Collation
	// DivPrecision is div_precision_increment, MySQL's 4 when HasDivPrecision is
	// not set.
	DivPrecision    uint8
	HasDivPrecision bool
	// WeekMode is default_week_format.
	WeekMode uint8
	// Encryption is block_encryption_mode; "" is aes-128-ecb.
	Encryption string
	// SafeUpdates is sql_safe_updates.
	SafeUpdates bool
	// MaxPacket is max_allowed_packet in bytes; 0 is 64 MiB.
	MaxPacket int
	// GroupConcatMax is group_concat_max_len; 0 is 1024.
	GroupConcatMax int
	// Language is lc_time_names; "" is en_US.
	Language string
	// Session answers what only a session knows; nil is nobody's session.
	Session Session
	// Listen hears of warnings; nil drops them.
	Listen func(Warning)
	// Budget is asked before memory of this size is taken; nil allows all.
	Budget func(bytes int) error
	// Keep is Budget for operators that go on with files: it says no earlier, so that something is
	// left for what cannot. nil asks Budget.
	Keep func(bytes int) error
	// Overdraw takes the little that is needed to go on with files when Budget has said no.
	Overdraw func(bytes int)
	// Temporary makes a file without a name; nil makes it where the system has such files.
	Temporary func() (File, error)
	// RecursionDepth is cte_max_recursion_depth; HasRecursionDepth says that it is not MySQL's 1000.
	RecursionDepth    int64
	HasRecursionDepth bool
	// Done is the statement's context; nil cannot be cancelled.
	Done context.Context

	warnings  int
	transient int // bytes that functions have borrowed: see Settle
	held      int // bytes of the states of aggregates: see Drop
	watched   map[any]func() error
}

// File is a temporary file: it has no name and is gone when it is closed.
type File interface {
	io.Writer
	io.WriterAt
	io.ReaderAt
	io.Closer
}

// Session is what functions such as CONNECTION_ID, DATABASE, USER, LAST_INSERT_ID,
// ROW_COUNT, and user and system variables ask for. The engine implements it.
type Session interface {
	ConnectionID() uint64
	Database() (name string, ok bool)
	User() string        // what the client said: name@host
	CurrentUser() string // the account that it was checked against
	Role() string        // CURRENT_ROLE
	Version() string
	LastInsertID() uint64
	SetLastInsertID(id uint64)
	RowCount() int64
	FoundRows() int64
	// UserVariable is @name; a variable that was never set is NULL.
	UserVariable(name string) (Value, Type)
	// SetUserVariable keeps a copy of v, charging the session for it.
	SetUserVariable(name string, v Value, t Type) error
	// SystemVariable is @@name; global asks for @@GLOBAL.
	SystemVariable(name string, global bool) (Value, Type, error)
	// Sleeps says that SLEEP() has begun, to who asks what the connection does; awake is called at its end.
	Sleeps() (awake func())
}

// Has says whether all of m is set.
func (e *Env) Has(m Mode) bool { return e.Mode&m == m }

// Zone is the session's time zone.
func (e *Env) Zone() *time.Location {
	if e.Location == nil {
		return time.UTC
	}
	return e.Location
}

// Collation is that of the connection, which literals have.
func (e *Env) Collation() *Collation {
	if e.Connection == nil {
		return DefaultCollation
	}
	return e.Connection
}

// Names are the names of months and days that lc_time_names chooses.
func (e *Env) Names() *Language {
	if e.Language == "" || e.Language == English.Locale {
		return English
	}
	return LanguageOf(e.Language)
}

// DivisionDigits is div_precision_increment.
func (e *Env) DivisionDigits() int {
	if !e.HasDivPrecision {
		return 4
	}
	return int(e.DivPrecision)
}

// PacketLimit is max_allowed_packet in bytes.
func (e *Env) PacketLimit() int {
	if e.MaxPacket == 0 {
		return 64 << 20
	}
	return e.MaxPacket
}

// Watch has ask asked at every batch until the statement ends: an error of it ends the
// statement. A second one for the same key is not kept.
func (e *Env) Watch(key any, ask func() error) {
	if _, known := e.watched[key]; known {
		return
	}
	if e.watched == nil {
		e.watched = map[any]func() error{}
	}
	e.watched[key] = ask
}

// Watched asks.
func (e *Env) Watched() error {
	for _, ask := range e.watched {
		if err := ask(); err != nil {
			return err
		}
	}
	return nil
}

// Beside is an Env for a goroutine that helps with the statement. It asks the same budget, one goroutine
// at a time with those that lock mu, too. warned is called instead of telling a warning.
func (e *Env) Beside(mu *sync.Mutex, warned func()) *Env {
	out := *e
	out.warnings, out.transient, out.held = 0, 0, 0
	out.Listen = func(Warning) { warned() }
	locked := func(ask func(int) error) func(int) error {
		if ask == nil {
			return nil
		}
		return func(bytes int) error {
			mu.Lock()
			defer mu.Unlock()
			return ask(bytes)
		}
	}
	out.Budget, out.Keep = locked(e.Budget), locked(e.Keep)
	if e.Overdraw != nil {
		out.Overdraw = func(bytes int) {
			mu.Lock()
			defer mu.Unlock()
			e.Overdraw(bytes)
		}
	}
	if e.Temporary != nil {
		out.Temporary = func() (File, error) {
			mu.Lock()
			defer mu.Unlock()
			return e.Temporary()
		}
	}
	return &out
}

// Context is the statement's.
func (e *Env) Context() context.Context {
	if e.Done == nil {
		return context.Background()
	}
	return e.Done
}

// Charge takes memory from the statement's budget; its error ends the statement.
// Whoever makes something that grows with its input asks first.
func (e *Env) Charge(bytes int) error {
	if e.Budget == nil {
		return nil
	}
	return e.Budget(bytes)
}

// ChargeKept is Charge for operators that go on with files.
func (e *Env) ChargeKept(bytes int) error {
	if e.Keep == nil {
		return e.Charge(bytes)
	}
	return e.Keep(bytes)
}

// strictly are the warnings that strict mode makes errors of while writing.
var strictly = map[sqlerr.Code]bool{
	sqlerr.TruncatedWrongValue: true, sqlerr.WarnDataOutOfRange: true, sqlerr.DivisionByZero: true,
	sqlerr.TruncatedWrongValueForField: true, sqlerr.DataTooLong: true, sqlerr.DatetimeFunctionOverflow: true,
	sqlerr.WrongValueForType: true, sqlerr.InvalidArgumentForLogarithm: true, sqlerr.DataTruncated: true,
	sqlerr.CutValueGroupConcat: true, sqlerr.WarnAllowedPacketOverflowed: true, sqlerr.InvalidCharacterString: true,
	sqlerr.InvalidJSONValueForCast: true,
}

// Warn records a warning. While a strict statement writes, the warnings that strict
// mode means are returned as errors instead, and the statement must end with them.
func (e *Env) Warn(code sqlerr.Code, format string, args ...any) error {
	if e.Writing && strictly[code] {
		return code.Errorf(format, args...)
	}
	e.warn(LevelWarning, code, format, args...)
	return nil
}

// Note records a note, which never is an error.
func (e *Env) Note(code sqlerr.Code, format string, args ...any) {
	e.warn(LevelNote, code, format, args...)
}

// maxWarnings bounds what one execution says: a scan of a million rows has as many
// warnings, of which the session keeps max_error_count at most.
const maxWarnings = 65535

// Tell records a warning that is worded already.
func (e *Env) Tell(w Warning) {
	if e.Listen == nil {
		return
	}
	if e.warnings++; e.warnings <= maxWarnings {
		e.Listen(w)
	}
}

func (e *Env) warn(level Level, code sqlerr.Code, format string, args ...any) {
	if e.Listen == nil {
		return
	}
	if e.warnings++; e.warnings <= maxWarnings {
		e.Listen(Warning{level, code, code.Errorf(format, args...).Message})
	}
}

// TooLarge is for a string of so many bytes that a function would make: true when it
// is above max_allowed_packet, where the result is NULL with warning 1301. Otherwise
// the bytes are charged.
func (e *Env) TooLarge(function string, bytes int) (bool, error) {
	if bytes > e.PacketLimit() || bytes < 0 {
		return true, e.Warn(sqlerr.WarnAllowedPacketOverflowed,
			"Result of %s() was larger than max_allowed_packet (%d) - truncated", function, e.PacketLimit())
	}
	if bytes < 4096 { // what a batch reuses
		return false, nil
	}
	if err := e.Context().Err(); err != nil { // many long texts take long
		return false, err
	}
	return false, e.Borrow(bytes)
}

// Borrow charges what a function takes to compute a value, and the value: Settle gives it back.
func (e *Env) Borrow(bytes int) error {
	err := e.Charge(bytes)
	if err == nil {
		e.transient += bytes
	}
	return err
}

// Transient is how many bytes functions have borrowed so far.
func (e *Env) Transient() int { return e.transient }

// Settle gives back what was made since Transient was mark: nobody looks at it any more, and who
// keeps a copy has charged for that.
func (e *Env) Settle(mark int) {
	if n := e.transient - mark; n > 0 && e.Budget != nil {
		_ = e.Budget(-n)
		e.transient = mark
	}
}

// Hold charges what the state of an aggregate keeps: who lets go of the state drops it.
func (e *Env) Hold(bytes int) error {
	err := e.Charge(bytes)
	if err == nil {
		e.held += bytes
	}
	return err
}

// Held is how many bytes the states of aggregates hold now.
func (e *Env) Held() int { return e.held }

// Drop gives back what was held.
func (e *Env) Drop(bytes int) {
	if bytes != 0 {
		_ = e.Charge(-bytes)
		e.held -= bytes
	}
}

// DivideByZero is the warning of a division by 0, whose result is NULL.
func (e *Env) DivideByZero() error {
	if !e.Has(ModeErrorForDivisionByZero) {
		return nil
	}
	return e.Warn(sqlerr.DivisionByZero, "Division by 0")
}
