package program

import (
	"cmp"
	"slices"

	"github.com/lxdb/lxdb/engine/sqlerr"
	"github.com/lxdb/lxdb/engine/value"
)

// Host runs the SQL of a program, in the session that it is for.
type Host interface {
	// Stopped says why the program has to end; nil while it may go on. alone says that what
	// comes next has to do with nothing but the program's variables.
	Stopped(alone bool) error
	// Eval computes an expression. The value is the caller's to keep.
	Eval(f *Frame, e *Expression) (value.Value, *value.Type, error)
	// True says whether a condition holds.
	True(f *Frame, e *Expression) (bool, error)
	// Store converts a value for a variable, as a column would take it.
	Store(v value.Value, from, to *value.Type, name string) (value.Value, error)
	// Nearest is what Store makes of a value that does not fit where nothing is strict, without a word.
	Nearest(v value.Value, from, to *value.Type, name string) (value.Value, error)
	// SetUser sets a user variable.
	SetUser(name string, v value.Value, t *value.Type) error
	// Run runs a statement. Rows go to take, whose values are its to keep; without it
	// they go to the client.
	Run(f *Frame, s *SQL, take func(row []value.Value, types []value.Type) error) error
	// Begun is what could be computed of the one row of the SELECT … INTO that failed last, if that is why; it is
	// forgotten with the answer.
	Begun() *Begun
	// Open runs the query of a cursor. held says, whenever it is asked, why the rows are no
	// longer for who has opened it.
	Open(f *Frame, s *SQL, take func(row []value.Value, types []value.Type) error) (held func() error, err error)
	Call(f *Frame, c *Call) error
	// Charge takes memory from the statement's budget, or gives it back when bytes is
	// negative.
	Charge(bytes int) error

	// Conditions are what the last statement left, oldest first; Clear forgets them
	// and Add adds one.
	// Cleared counts how often it was forgotten.
	Conditions() []Condition
	Clear()
	Cleared() uint64
	Add(c Condition)
	// Strictly runs what computes a value for a variable: under a strict sql_mode what a
	// conversion in it warns of is an error, as it is where a value goes into a column.
	Strictly(run func() error) error
	// AsOne runs what is one statement: what its parts have written is undone when it fails. So does Strictly.
	AsOne(run func() error) error
	// Strict says that sql_mode is.
	Strict() bool
	// Number is a value as a whole number.
	Number(v value.Value, t *value.Type) (int64, error)
	// RowCount is ROW_COUNT(), which statements set. Counted sets it after those that the
	// host does not run: 0 when they are done, -1 when they fail.
	RowCount() int64
	Counted(rows int64)
	// Condition is an error as handlers see it; false for one that none may catch.
	Condition(err error) (Condition, bool)
}

// Frame is a program that runs.
type Frame struct {
	Program *Program
	Vars    []value.Value // by slot
	// Loose are the types of the variables that take any, by slot.
	Loose map[int]value.Type
	// Returned is the value of a function. returned says that a RETURN has begun: where a handler
	// answers for one that fails, the function gives NULL in the end, as in MySQL.
	Returned value.Value
	returned bool

	host    Host
	charged []int // for the values, by slot
	cursors []*openCursor
	caught  []handled   // by the handlers that run, innermost last
	passed  bool        // the handler that runs has passed its warning on
	area    []Condition // what GET DIAGNOSTICS reads
	old     int         // how many conditions stood there before the statement
	// declaring is the block whose declaration the next leaf is.
	declaring *Block
}

// Type is that of a variable.
func (f *Frame) Type(slot int) *value.Type {
	if t, ok := f.Loose[slot]; ok {
		return &t
	}
	return &f.Program.Vars[slot].Type
}

// flow is how a statement ended.
type flow struct {
	how flowKind
	to  Statement
}

type flowKind uint8

const (
	flowNext flowKind = iota
	flowLeave
	flowIterate
	flowReturn
	flowSkip // a condition was answered by a handler: behind the END
)

var next flow

// NewFrame makes a frame; parameters are Put before Run, and who made it calls End.
func NewFrame(p *Program, h Host) *Frame {
	return &Frame{
		Program: p, host: h, Vars: make([]value.Value, len(p.Vars)), charged: make([]int, len(p.Vars)),
		cursors: make([]*openCursor, p.Cursors),
	}
}

// End gives back the memory of variables and cursors.
func (f *Frame) End() {
	for _, n := range f.charged {
		if n > 0 {
			_ = f.host.Charge(-n)
		}
	}
	f.charged = nil
	for number := range f.cursors {
		f.closeCursor(number)
	}
}

// small is what a variable may hold without being charged: loops are not to pay for
// counting numbers and names.
const small = 1 << 10

// Put gives a variable a value of its type; the memory of long ones is charged.
func (f *Frame) Put(slot int, v value.Value) error {
	n := len(v.Bytes())
	if n <= small {
		n = 0
	}
	if more := n - f.charged[slot]; more != 0 {
		if err := f.host.Charge(more); err != nil {
			return err
		}
		f.charged[slot] = n
	}
	f.Vars[slot] = v
	return nil
}

// Run runs the body. The error is that of a condition that nothing caught. The area begins as the copy of the caller's
// that the host holds.
func (f *Frame) Run() error {
	f.area = f.host.Conditions()
	end, err := f.exec(f.Program.Body)
	if err != nil {
		return err
	}
	if f.Program.Kind == Function && end.how != flowReturn && !f.returned {
		return sqlerr.SPNoReturnEnd.Errorf("FUNCTION %s ended without RETURN", f.Program.Name)
	}
	return nil
}

// Set stores a value in a variable.
func (f *Frame) Set(slot int, v value.Value, t *value.Type) error {
	to := &f.Program.Vars[slot]
	if to.Loose {
		if f.Loose == nil {
			f.Loose = map[int]value.Type{}
		}
		f.Loose[slot] = *t
		return f.Put(slot, v)
	}
	stored, err := f.host.Store(v, t, &to.Type, to.Name)
	if err != nil {
		// As in MySQL: the handler that answers for the error finds the nearest value in the row.
		if near, failed := f.host.Nearest(v, t, &to.Type, to.Name); to.Row != NotRow && failed == nil {
			return cmp.Or(f.Put(slot, near), err)
		}
		return err
	}
	return f.Put(slot, stored)
}

func (f *Frame) assign(to Target, v value.Value, t *value.Type) error {
	if to.Slot < 0 {
		return f.host.SetUser(to.User, v, t)
	}
	return f.Set(to.Slot, v, t)
}

// emptied leaves NULL in a variable of the program whose value could not be computed or stored, as MySQL does.
func (f *Frame) emptied(to Target, err error) error {
	if err != nil && to.Slot >= 0 && f.Program.Vars[to.Slot].Row == NotRow {
		return cmp.Or(f.Put(to.Slot, value.Null), err)
	}
	return err
}

// Assign stores a value in a variable of the program or the user.
func (f *Frame) Assign(to Target, v value.Value, t *value.Type) error { return f.assign(to, v, t) }

func (f *Frame) list(list []Statement) (flow, error) {
	for _, s := range list {
		if end, err := f.exec(s); err != nil || end.how != flowNext {
			return end, err
		}
	}
	return next, nil
}

func (f *Frame) exec(s Statement) (flow, error) {
	if err := f.host.Stopped(alone(s)); err != nil {
		return next, err
	}
	switch s := s.(type) {
	case *Block:
		return f.block(s)
	case *If:
		return f.choose(s)
	case *Loop:
		return f.loop(s)
	case *Jump:
		if s.again {
			return flow{flowIterate, s.to}, nil
		}
		return flow{flowLeave, s.to}, nil
	case *Sequence:
		return f.list(s.list)
	case *Return:
		end, err := f.leaf(s, func() error { return f.result(s) })
		if end.how == flowNext && err == nil {
			end.how = flowReturn
		} else if end.how == flowSkip {
			end.how = flowNext
		}
		return end, err
	}
	end, err := f.leaf(s, func() error { return f.simple(s) })
	if end.how == flowSkip {
		end.how = flowNext
	}
	return end, err
}

// alone says that a statement computes with variables only, or is a frame for others.
func alone(s Statement) bool {
	switch s := s.(type) {
	case *SQL, *Call:
		return false
	case *cursorStatement:
		return s.kind != cursorOpen
	case *Assign:
		return !s.value.runs()
	case *Return:
		return !s.value.runs()
	case *Loop:
		return !s.while.runs() && !s.until.runs()
	case *If:
		return !s.operand.runs() && !slices.ContainsFunc(s.branches, func(b branch) bool { return b.cond.runs() })
	case *Do:
		return !slices.ContainsFunc(s.values, (*Expression).runs)
	}
	return true
}

// runs says that computing e runs statements, of a function or a subquery, as far as its host knows.
func (e *Expression) runs() bool {
	if e == nil || e.Slot >= 0 {
		return false
	}
	of, ok := e.Code.(interface{ Runs() bool })
	return ok && of.Runs()
}

// simple runs what is no frame for other statements.
func (f *Frame) simple(s Statement) error {
	switch s := s.(type) {
	case *Assign:
		err := f.strictly(s.target, func() error {
			v, t, err := f.host.Eval(f, s.value)
			if err == nil {
				err = f.assign(s.target, v, t)
			}
			return err
		})
		if err == nil && s.target.Slot < 0 { // SET of a variable of the program is none of SQL's statements
			f.host.Counted(0)
		}
		return f.emptied(s.target, err)
	case *SQL:
		return f.sql(s)
	case *cursorStatement:
		return f.cursor(s)
	case *Call:
		return f.host.Call(f, s)
	case *Signal:
		return f.done(f.raise(s))
	case *Diagnostics:
		return f.done(f.diagnose(s))
	case *Do:
		return f.host.AsOne(func() error {
			for _, e := range s.values {
				if _, _, err := f.host.Eval(f, e); err != nil {
					return err
				}
			}
			return f.done(nil)
		})
	}
	return sqlerr.NotSupportedYet.Errorf("this statement is not supported in stored programs yet")
}

// done is for a statement that changes no rows.
func (f *Frame) done(err error) error {
	if err == nil {
		f.host.Counted(0)
	}
	return err
}

// strictly is for what a target takes: user variables are not strict.
func (f *Frame) strictly(to Target, run func() error) error {
	if to.Slot < 0 {
		return run()
	}
	return f.host.Strictly(run)
}

func (f *Frame) result(s *Return) error {
	f.returned = true
	return f.host.Strictly(func() error {
		v, t, err := f.host.Eval(f, s.value)
		if err == nil {
			v, err = f.host.Store(v, t, &f.Program.Result, f.Program.Name+"()")
		}
		if f.Returned = value.Null; err == nil {
			f.Returned = v
		}
		return err
	})
}

func (f *Frame) block(b *Block) (flow, error) {
	defer f.closeCursors(b)
	for i := range b.init {
		in := &b.init[i]
		f.declaring = b
		end, err := f.leaf(b, func() error {
			err := f.host.Strictly(func() error { return f.initial(in) })
			if err != nil {
				for _, slot := range in.slots {
					f.Vars[slot] = value.Null
				}
			}
			return err
		})
		if err != nil || end.how != flowNext && end.how != flowSkip {
			return f.ended(b, end, err)
		}
	}
	end, err := f.list(b.body)
	return f.ended(b, end, err)
}

// ended is how a block or loop ended for the one around it.
func (f *Frame) ended(s Statement, end flow, err error) (flow, error) {
	if err == nil && end.how == flowLeave && end.to == s {
		return next, nil
	}
	return end, err
}

func (f *Frame) initial(in *initial) error {
	v, t := value.Null, &value.NullType
	if in.value != nil {
		var err error
		if v, t, err = f.host.Eval(f, in.value); err != nil {
			return err
		}
	}
	for _, slot := range in.slots {
		if err := f.Put(slot, value.Null); err != nil {
			return err
		}
		if v.IsNull() {
			continue
		}
		if err := f.Set(slot, v, t); err != nil {
			return err
		}
	}
	return nil
}

// holds computes a condition of s.
func (f *Frame) holds(s Statement, e *Expression) (yes bool, end flow, err error) {
	end, err = f.leaf(s, func() error {
		var err error
		yes, err = f.host.True(f, e)
		return err
	})
	return yes, end, err
}

func (f *Frame) choose(s *If) (flow, error) {
	if s.operand != nil {
		end, err := f.leaf(s, func() error {
			v, t, err := f.host.Eval(f, s.operand)
			if err != nil {
				return err
			}
			return f.Set(s.slot, v, t)
		})
		if err != nil || end.how != flowNext {
			return skipped(end, err)
		}
	}
	for i := range s.branches {
		yes, end, err := f.holds(s, s.branches[i].cond)
		if err != nil || end.how != flowNext {
			return skipped(end, err)
		}
		if yes {
			return f.list(s.branches[i].body)
		}
	}
	if s.isCase && !s.hasElse {
		return skipped(f.leaf(s, func() error { return sqlerr.SPCaseNotFound.Errorf("Case not found for CASE statement") }))
	}
	return f.list(s.other)
}

// skipped goes on behind a statement whose condition a CONTINUE handler answered for.
func skipped(end flow, err error) (flow, error) {
	if end.how == flowSkip {
		return next, err
	}
	return end, err
}

func (f *Frame) loop(l *Loop) (flow, error) {
	for {
		if err := f.host.Stopped(alone(l)); err != nil {
			return next, err
		}
		if l.while != nil {
			yes, end, err := f.holds(l, l.while)
			if err != nil || end.how != flowNext {
				return skipped(end, err)
			}
			if !yes {
				return next, nil
			}
		}
		end, err := f.list(l.body)
		switch {
		case err != nil:
			return end, err
		case end.how == flowIterate && end.to == Statement(l):
			if l.until != nil {
				continue // ITERATE begins the loop again; UNTIL is not asked
			}
		case end.how == flowLeave && end.to == Statement(l):
			return next, nil
		case end.how != flowNext:
			return end, nil
		}
		if l.until != nil {
			yes, end, err := f.holds(l, l.until)
			if err != nil || end.how != flowNext {
				return skipped(end, err)
			}
			if yes {
				return next, nil
			}
		}
	}
}
