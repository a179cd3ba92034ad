package mysql

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/lxdb/lxdb/engine/session"
	"github.com/lxdb/lxdb/engine/sqlerr"
	"github.com/lxdb/lxdb/frontend/sqltext"
	"github.com/lxdb/lxdb/security/authn"
	"github.com/lxdb/lxdb/security/principal"
)

// fakeEngine opens sessions that understand a toy language, one statement per
// line of this list, several separated by semicolons:
//
//	ok N               N rows affected, last insert id N+1, info "N of them"
//	echo TEXT          one VARCHAR row
//	types              one row with a value of every type
//	nulls              the same columns, all NULL
//	rows N BYTES       N rows of a number and BYTES bytes of padding
//	half N             N rows, then an error
//	block              runs until it is cancelled
//	deaf               runs until the test gives the engine a token; a cancel is given up
//	idle N             the session's limit becomes N ms
//	blockrows          one batch of rows, then as block
//	fail NUM STATE X   that error, with a hint
//	internal           an error that is no session.Error
//	badclose           a result whose Close fails
//	panic
//	begin, commit      switch Status.InTransaction
//	whoami             the principal's name, the database and the session's id
//	kill N             ends session N
//	call               (prepared) a text row, then what placeholders were given, then OK
//	args ?, ?          (prepared) one row with the arguments as they came
//	point              (prepared) one BIGINT row, without allocating
//
// and SELECT * FROM `t` LIMIT 0, which has the columns id and name.
type fakeEngine struct {
	last atomic.Uint32
	held atomic.Int64 // by Hold
	most int64        // that Hold gives; 0 is all
	// expired: passwords have to be changed first.
	expired atomic.Bool

	mu       sync.Mutex
	open     map[uint32]*fakeSession
	blocking chan uint32   // receives the id of a session whose statement blocks
	tokens   chan struct{} // ends deaf statements
	ended    chan error    // receives why a blocking statement ended
}

func newFakeEngine() *fakeEngine {
	return &fakeEngine{open: map[uint32]*fakeSession{}, tokens: make(chan struct{}), blocking: make(chan uint32, 16), ended: make(chan error, 16)}
}

func (e *fakeEngine) NextID() uint32 { return 100 + e.last.Add(1) }

func (e *fakeEngine) sessions() int {
	e.mu.Lock()
	defer e.mu.Unlock()
	return len(e.open)
}

func (e *fakeEngine) OpenSession(_ context.Context, who principal.Principal, opts session.Options) (session.Session, error) {
	switch opts.Database {
	case "nosuch":
		return nil, sqlerr.BadDB.Errorf("Unknown database 'nosuch'")
	case "broken":
		return nil, errors.New("secret detail")
	}
	s := &fakeSession{engine: e, who: who, opts: opts, done: make(chan struct{}), abandoned: make(chan struct{}), cancelled: make(chan struct{}, 1)}
	s.status = session.Status{Autocommit: true, Database: opts.Database}
	e.mu.Lock()
	defer e.mu.Unlock()
	e.open[opts.ID] = s
	return s, nil
}

type fakeSession struct {
	engine    *fakeEngine
	who       principal.Principal
	opts      session.Options
	status    session.Status
	done      chan struct{}
	killOnce  sync.Once
	abandoned chan struct{}
	idle      atomic.Int64 // IdleLimit
	cancelled chan struct{}
	prepared  int
}

func (s *fakeSession) ID() uint32                     { return s.opts.ID }
func (s *fakeSession) Principal() principal.Principal { return s.who }
func (s *fakeSession) Status() session.Status         { return s.status }
func (s *fakeSession) Done() <-chan struct{}          { return s.done }
func (s *fakeSession) Abandoned() <-chan struct{}     { return s.abandoned }
func (s *fakeSession) IdleLimit() (time.Duration, error) {
	return time.Duration(s.idle.Load()), errFakeIdle
}

// Admit implements session.Admitter.
func (s *fakeSession) Admit(context.Context) error {
	if s.engine.expired.Load() {
		return sqlerr.MustChangePassword.Errorf("You must reset your password")
	}
	return nil
}

var errFakeIdle = sqlerr.ClientInteractionTimeout.Errorf("idle in a transaction")

func (s *fakeSession) kill() { s.killOnce.Do(func() { close(s.done) }) }

func (s *fakeSession) Cancel() {
	select {
	case s.cancelled <- struct{}{}:
	default:
	}
}

// Hold implements session.Holder.
func (s *fakeSession) Hold(bytes int) error {
	if all := s.engine.held.Add(int64(bytes)); bytes > 0 && s.engine.most > 0 && all > s.engine.most {
		s.engine.held.Add(-int64(bytes))
		return sqlerr.CapacityExceeded.Errorf("Memory capacity exceeded.")
	}
	return nil
}

func (s *fakeSession) Close() error {
	s.engine.mu.Lock()
	defer s.engine.mu.Unlock()
	delete(s.engine.open, s.opts.ID)
	return nil
}

func (s *fakeSession) Use(_ context.Context, database string) error {
	if database == "nosuch" {
		return sqlerr.BadDB.Errorf("Unknown database 'nosuch'")
	}
	s.status.Database = database
	return nil
}

func (s *fakeSession) Reset(context.Context) error {
	s.status = session.Status{Autocommit: true, Database: s.status.Database}
	return nil
}

func (s *fakeSession) ChangeUser(_ context.Context, who principal.Principal, opts session.Options) error {
	if opts.Database == "nosuch" {
		return sqlerr.BadDB.Errorf("Unknown database 'nosuch'")
	}
	s.who, s.opts = who, opts
	s.status = session.Status{Autocommit: true, Database: opts.Database}
	return nil
}

func (s *fakeSession) Split(text string) (first, rest string) {
	first, rest, _ = strings.Cut(text, ";")
	return strings.TrimSpace(first), strings.TrimSpace(rest)
}

func (s *fakeSession) Query(ctx context.Context, text string) (session.Result, string, error) {
	first, rest := s.Split(text)
	res, err := s.run(ctx, first, nil)
	return res, rest, err
}

func (s *fakeSession) Prepare(_ context.Context, text string) (session.Stmt, error) {
	if strings.HasPrefix(text, "fail") {
		return nil, sqlerr.Syntax.Errorf("cannot prepare this")
	}
	s.prepared++
	st := &fakeStmt{session: s, text: text, params: make([]session.Column, strings.Count(text, "?"))}
	for i := range st.params {
		st.params[i] = session.Column{Name: "?", Type: session.TypeVarChar}
	}
	if text == "point ?" {
		st.cols = []session.Column{{Name: "n", Type: session.TypeBigInt}}
		st.point = &fakeResult{cols: st.cols, rows: []session.Row{{session.IntValue(0)}}}
	}
	return st, nil
}

type fakeStmt struct {
	session *fakeSession
	text    string
	params  []session.Column
	cols    []session.Column
	point   *fakeResult
}

func (st *fakeStmt) Params() []session.Column  { return st.params }
func (st *fakeStmt) Columns() []session.Column { return st.cols }
func (st *fakeStmt) Close() error              { st.session.prepared--; return nil }

func (st *fakeStmt) Execute(ctx context.Context, args []session.Value) (session.Result, error) {
	if st.point != nil {
		st.point.at, st.point.rows[0][0] = 0, args[0]
		st.point.summary.Status.Autocommit = true
		return st.point, nil
	}
	return st.session.run(ctx, st.text, args)
}

// run runs one statement of the toy language.
func (s *fakeSession) run(ctx context.Context, text string, args []session.Value) (session.Result, error) {
	verb, rest, _ := strings.Cut(text, " ")
	res := &fakeResult{session: s}
	switch verb {
	case "ok":
		n, err := strconv.ParseUint(rest, 10, 32)
		res.summary = session.Summary{AffectedRows: n, LastInsertID: n + 1, Info: rest + " of them"}
		return res.done(), err
	case "begin", "commit":
		s.status.InTransaction = verb == "begin"
		return res.done(), nil
	case "echo":
		return res.text(rest), nil
	case "whoami":
		return res.text(fmt.Sprintf("%s@%s %d", s.who.Name(), s.status.Database, s.opts.ID)), nil
	case "types", "nulls":
		res.everyType(verb == "nulls")
		return res.done(), nil
	case "rows", "half":
		err := res.manyRows(rest)
		res.fails = verb == "half"
		return res.done(), err
	case "call":
		outs := &fakeResult{session: s, next: (&fakeResult{session: s}).done()}
		outs.text("given").summary.Outputs = true
		res.next = outs.done()
		return res.text("shown"), nil
	case "args":
		res.arguments(args)
		return res.done(), nil
	case "deaf":
		s.engine.blocking <- s.opts.ID
		go func() {
			select {
			case <-ctx.Done():
			case <-s.cancelled:
			}
			close(s.abandoned)
		}()
		<-s.engine.tokens
		return res.text("came back"), nil
	case "idle":
		n, err := strconv.ParseInt(rest, 10, 64)
		s.idle.Store(n * int64(time.Millisecond))
		return res.done(), err
	case "held": // what it answers is known before anything is sent
		return res.text(strconv.FormatInt(s.engine.held.Load(), 10)), nil
	case "block":
		return nil, s.block(ctx)
	case "blockrows":
		res.blocks = true
		return res, res.manyRows("256 100")
	case "badclose":
		res.closeErr = sqlerr.LockDeadlock.Errorf("Deadlock found when trying to get lock")
		return res.done(), nil
	case "kill", "KILL":
		n, err := strconv.ParseUint(rest, 10, 32)
		s.engine.mu.Lock()
		defer s.engine.mu.Unlock()
		if victim := s.engine.open[uint32(n)]; victim != nil {
			victim.kill()
		}
		return res.done(), err
	case "SHOW":
		return res.text("PROCESSLIST"), nil
	case "SELECT":
		res.cols = []session.Column{{Name: "id", Table: "t", Type: session.TypeBigInt, PrimaryKey: true}, {Name: "name", Table: "t", Type: session.TypeVarChar}}
		return res.done(), nil
	}
	return nil, fakeFailure(verb, rest)
}

func fakeFailure(verb, rest string) error {
	switch verb {
	case "fail":
		f := strings.SplitN(rest, " ", 3)
		n, err := strconv.ParseUint(f[0], 10, 16)
		if err != nil {
			return err
		}
		return sqlerr.Library(int(n), f[1], f[2]).WithHint("try something else")
	case "panic":
		panic("as asked")
	case "internal":
		return errors.New("secret detail")
	}
	return sqlerr.Syntax.Errorf("You have an error in your SQL syntax near '%s'", verb)
}

func (s *fakeSession) block(ctx context.Context) error {
	s.engine.blocking <- s.opts.ID
	var err error
	select {
	case <-ctx.Done():
		err = ctx.Err()
	case <-s.cancelled:
		err = sqlerr.QueryInterrupted.Errorf("Query execution was interrupted")
	}
	s.engine.ended <- err
	return err
}

type fakeResult struct {
	session  *fakeSession
	cols     []session.Column
	rows     []session.Row
	at       int
	summary  session.Summary
	fails    bool
	blocks   bool
	closeErr error
	next     *fakeResult
}

// More implements session.Several.
func (r *fakeResult) More() (session.Result, error) {
	if r.next == nil {
		return nil, nil
	}
	return r.next, nil
}

func (r *fakeResult) done() *fakeResult {
	r.summary.Status = r.session.status
	return r
}

func (r *fakeResult) Columns() []session.Column { return r.cols }
func (r *fakeResult) Summary() session.Summary  { return r.summary }
func (r *fakeResult) Close() error              { return r.closeErr }

func (r *fakeResult) Next(ctx context.Context) ([]session.Row, error) {
	if r.at == len(r.rows) {
		switch {
		case r.fails:
			return nil, sqlerr.DataOutOfRange.Errorf("BIGINT value is out of range")
		case r.blocks:
			return nil, r.session.block(ctx)
		}
		return nil, io.EOF
	}
	from := r.at
	r.at = min(r.at+session.BatchRows, len(r.rows))
	return r.rows[from:r.at], nil
}

func (r *fakeResult) text(s string) *fakeResult {
	r.cols = []session.Column{{Name: "text", Type: session.TypeVarChar}}
	r.rows = []session.Row{{session.StringValue(s)}}
	return r.done()
}

func (r *fakeResult) manyRows(spec string) error {
	var n, size int
	if _, err := fmt.Sscan(spec, &n, &size); err != nil {
		return err
	}
	r.cols = []session.Column{{Name: "n", Type: session.TypeBigInt}, {Name: "pad", Type: session.TypeLongText}}
	pad := []byte(strings.Repeat("x", size))
	r.rows = make([]session.Row, n)
	for i := range r.rows {
		r.rows[i] = session.Row{session.IntValue(int64(i)), session.BytesValue(pad)}
	}
	return nil
}

func (r *fakeResult) everyType(null bool) {
	var row session.Row
	for _, sample := range typeSamples {
		r.cols = append(r.cols, sample.col)
		if null {
			row = append(row, session.Value{})
		} else {
			row = append(row, sample.value)
		}
	}
	r.rows = []session.Row{row}
}

// arguments shows what a client bound: kind and value.
func (r *fakeResult) arguments(args []session.Value) {
	var row session.Row
	for i, v := range args {
		r.cols = append(r.cols, session.Column{Name: fmt.Sprint("a", i), Type: session.TypeVarChar})
		text := fmt.Sprintf("%d:%s", v.Kind(), sqltext.Append(nil, &session.Column{Decimals: 6}, v))
		row = append(row, session.StringValue(text))
	}
	r.rows = []session.Row{row}
}

// typeSamples has every session.Type.
var typeSamples = []struct {
	col   session.Column
	value session.Value
}{
	{session.Column{Name: "null", Type: session.TypeNull}, session.Value{}},
	{session.Column{Name: "tinyint", Type: session.TypeTinyInt}, session.IntValue(-128)},
	{session.Column{Name: "utinyint", Type: session.TypeTinyInt, Unsigned: true}, session.UintValue(255)},
	{session.Column{Name: "smallint", Type: session.TypeSmallInt}, session.IntValue(-32768)},
	{session.Column{Name: "mediumint", Type: session.TypeMediumInt}, session.IntValue(-8388608)},
	{session.Column{Name: "int", Type: session.TypeInt}, session.IntValue(-2147483648)},
	{session.Column{Name: "uint", Type: session.TypeInt, Unsigned: true}, session.UintValue(4294967295)},
	{session.Column{Name: "bigint", Type: session.TypeBigInt}, session.IntValue(-9223372036854775808)},
	{session.Column{Name: "ubigint", Type: session.TypeBigInt, Unsigned: true}, session.UintValue(18446744073709551615)},
	{session.Column{Name: "float", Type: session.TypeFloat, Decimals: 31}, session.Float32Value(1.1)},
	{session.Column{Name: "double", Type: session.TypeDouble, Decimals: 31}, session.Float64Value(-2.5e300)},
	{session.Column{Name: "decimal", Type: session.TypeDecimal, Decimals: 2}, session.StringValue("-12345678901234567890.10")},
	{session.Column{Name: "date", Type: session.TypeDate}, session.DateTimeValue(session.Civil{Year: 2024, Month: 2, Day: 29})},
	{session.Column{Name: "time", Type: session.TypeTime, Decimals: 6}, session.DurationValue(-(838*3600+59*60+59)*1e6 - 1)},
	{session.Column{Name: "datetime", Type: session.TypeDateTime, Decimals: 6}, session.DateTimeValue(session.Civil{Year: 9999, Month: 12, Day: 31, Hour: 23, Minute: 59, Sec: 58, Micro: 7})},
	{session.Column{Name: "timestamp", Type: session.TypeTimestamp}, session.DateTimeValue(session.Civil{Year: 1970, Month: 1, Day: 1, Sec: 1})},
	{session.Column{Name: "year", Type: session.TypeYear}, session.IntValue(1999)},
	{session.Column{Name: "char", Type: session.TypeChar}, session.StringValue("")},
	{session.Column{Name: "binary", Type: session.TypeChar, Binary: true}, session.BytesValue([]byte{0, 255})},
	{session.Column{Name: "varchar", Type: session.TypeVarChar}, session.StringValue("naïve 😀")},
	{session.Column{Name: "tinytext", Type: session.TypeTinyText}, session.StringValue("t")},
	{session.Column{Name: "text", Type: session.TypeText}, session.StringValue(strings.Repeat("a", 251))},
	{session.Column{Name: "mediumblob", Type: session.TypeMediumText, Binary: true}, session.BytesValue(make([]byte, 1<<16))},
	{session.Column{Name: "longtext", Type: session.TypeLongText}, session.StringValue("l")},
	{session.Column{Name: "enum", Type: session.TypeEnum}, session.StringValue("red")},
	{session.Column{Name: "set", Type: session.TypeSet}, session.StringValue("a,b")},
	{session.Column{Name: "bit", Type: session.TypeBit}, session.BytesValue([]byte{1, 2})},
	{session.Column{Name: "json", Type: session.TypeJSON}, session.StringValue(`{"a": 1}`)},
	{session.Column{Name: "geometry", Type: session.TypeGeometry}, session.BytesValue([]byte{9})},
}

// fakeLogin knows alice with the password "wonder" and bob with "builder". It
// remembers accepted passwords for FastCheck, as authn does.
type fakeLogin struct {
	mu       sync.Mutex
	accepted map[string]string
	logins   int // calls of Login
	fast     int // successful FastChecks
}

var fakePasswords = map[string]string{"alice": "wonder", "bob": "builder"}

var errFakeRefused = errors.New("refused")

func (l *fakeLogin) Login(_ context.Context, try authn.Attempt) (principal.Principal, error) {
	user, password := try.User, try.Password
	l.mu.Lock()
	defer l.mu.Unlock()
	l.logins++
	if user == "careless" { // an implementation that forgot about the empty password
		return principal.FromPassword(7, user), nil
	}
	if password == "" || fakePasswords[user] != password {
		return principal.Principal{}, errFakeRefused
	}
	if l.accepted == nil {
		l.accepted = map[string]string{}
	}
	l.accepted[user] = password
	return principal.FromPassword(principal.ID(1000+len(user)), user), nil
}

// count is how often Login was asked.
func (l *fakeLogin) count() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.logins
}

func (l *fakeLogin) FastCheck(try authn.Attempt, nonce, scramble []byte) (principal.Principal, bool) {
	user := try.User
	l.mu.Lock()
	defer l.mu.Unlock()
	password, ok := l.accepted[user]
	if !ok || string(scramblePassword(password, nonce)) != string(scramble) {
		return principal.Principal{}, false
	}
	l.fast++
	return principal.FromPassword(principal.ID(1000+len(user)), user), true
}

// scramblePassword is the client's side of caching_sha2_password.
func scramblePassword(password string, nonce []byte) []byte {
	if password == "" {
		return nil
	}
	one := sha256.Sum256([]byte(password))
	two := sha256.Sum256(one[:])
	three := sha256.Sum256(append(two[:], nonce...))
	for i := range three {
		three[i] ^= one[i]
	}
	return three[:]
}
