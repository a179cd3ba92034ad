package exec

import (
	"errors"
	"strconv"
	"sync/atomic"

	"github.com/lxdb/lxdb/engine/expr"
	"github.com/lxdb/lxdb/engine/sqlerr"
	"github.com/lxdb/lxdb/engine/value"
)

// Subquery is a query inside an expression. What it looks at of the queries around it
// are arguments of a call; Slots are where their values go.
type Subquery struct {
	Node  Node
	Slots []int
	// Volatile says that it may give something else each time.
	Volatile bool
	// Ignore is of a statement with IGNORE: more rows than one are NULL, with a warning.
	Ignore bool
	// Number is which of the statement's queries it is, for EXPLAIN.
	Number atomic.Int32

	// What follows belongs to the running statement: see Reset.
	memo  keyTable
	found []memoized
	key   []byte
	// of a single argument that is a number: what EXISTS said of it
	numbers intTable
	left    *keyColumns
	truths  []expr.Truth
}

// String is how an expression with it is printed.
func (s *Subquery) String() string {
	if n := s.Number.Load(); n > 0 {
		return "(select #" + strconv.Itoa(int(n)) + ")"
	}
	return "(select …)"
}

// memoized is what the subquery came to for some arguments.
type memoized struct {
	v    value.Value
	set  *inSet
	kept bool // else it failed, or there was no memory for it
}

// memoBytes are those of a memoized beside its value.
const memoBytes = 64

// maxMemo bounds for how many different arguments results are kept.
const maxMemo = 1 << 16

// Reset forgets what was found. A statement does it when it begins and when it ends.
func (s *Subquery) Reset() {
	s.memo.release()
	for i := range s.found {
		if set := s.found[i].set; set != nil {
			set.release()
		}
	}
	s.found = nil
	s.numbers.release()
	if shared, ok := s.Node.(*Shared); ok {
		shared.Query.Reset()
	}
}

// bind sets the slots and finds out whether the subquery was run for such arguments
// before: at is where its result stands or goes, and -1 when it will not be kept.
func (s *Subquery) bind(c *expr.Ctx, args []value.Value) (at int, known bool) {
	for i, slot := range s.Slots {
		c.Params[slot] = args[i].Clone()
	}
	if s.Volatile || s.memo.len() >= maxMemo {
		return -1, false
	}
	s.key = s.key[:0]
	for i := range s.Slots {
		s.key = appendValue(s.key, args[i])
	}
	at, fresh, err := s.memo.find(c, s.key)
	if err != nil { // it goes without
		return -1, false
	}
	if fresh {
		s.found = append(s.found, memoized{})
	}
	return at, s.found[at].kept
}

// remember keeps a result where bind has said, if there is memory for it.
func (s *Subquery) remember(c *expr.Ctx, at int, v value.Value) {
	if at >= 0 && s.memo.keys.mem.take(c, memoBytes+v.Size()) == nil {
		s.found[at] = memoized{v: v, kept: true}
	}
}

// Scalar is the value of the one row and column that the subquery gives, NULL without a
// row; more than one is error 1242. The arguments of f are those of the slots.
func (s *Subquery) Scalar(c *expr.Ctx, f *expr.Call, args []value.Value) (value.Value, error) {
	return s.memoized(c, args, func() (value.Value, error) {
		out, n := value.Null, 0
		err := each(c, s.Node, func(b *Batch) error {
			if n += b.Len(); n > 1 {
				return errSeveralRows
			}
			out = b.Value(0, b.At(0)).Clone()
			return nil
		})
		if err == errSeveralRows {
			return s.several(c)
		}
		return out, err
	})
}

// ColumnOf is one column of the row that the subquery gives, as Scalar is of its only one.
type ColumnOf struct {
	*Subquery
	Column int
}

// Eval is its value. The row is read once for all columns.
func (s *ColumnOf) Eval(c *expr.Ctx, f *expr.Call, args []value.Value) (value.Value, error) {
	in := In{Subquery: s.Subquery}
	set, done, err := in.rows(c, args)
	if err != nil {
		return value.Null, err
	}
	defer done()
	switch set.rows.len() {
	case 0:
		return value.Null, nil
	case 1:
		row := make(expr.Values, len(s.Node.Types()))
		set.rows.read(0, row)
		return row[s.Column].Clone(), nil
	}
	return s.several(c)
}

// errSeveralRows ends the reading of a subquery that gives too much.
var errSeveralRows = errors.New("a subquery with several rows")

// several is what more rows than one come to.
func (s *Subquery) several(c *expr.Ctx) (value.Value, error) {
	err := sqlerr.SubqueryNoOneRow.Errorf("Subquery returns more than 1 row")
	if !s.Ignore {
		return value.Null, err
	}
	if c.Listen != nil {
		c.Listen(value.Warning{Level: value.LevelWarning, Number: err.Number, Text: err.Message})
	}
	return value.Null, nil
}

// Exists says whether the subquery gives a row.
func (s *Subquery) Exists(c *expr.Ctx, f *expr.Call, args []value.Value) (value.Value, error) {
	return s.memoized(c, args, func() (value.Value, error) {
		yes, err := s.some(c)
		return value.Bool(yes), err
	})
}

func (s *Subquery) some(c *expr.Ctx) (bool, error) {
	n := s.Node
	for p, ok := n.(*Project); ok; p, ok = n.(*Project) { // EXISTS does not look at what is selected
		n = p.Child
	}
	rows, err := n.Open(c)
	if err != nil {
		return false, err
	}
	want(rows, 1)
	b, err := rows.Next(c)
	return b != nil, errors.Join(err, rows.Close())
}

func (s *Subquery) memoized(c *expr.Ctx, args []value.Value, run func() (value.Value, error)) (value.Value, error) {
	at, known := s.bind(c, args)
	if known {
		return s.found[at].v, nil
	}
	v, err := run()
	if err != nil {
		return value.Null, err
	}
	s.remember(c, at, v)
	return v, nil
}

// inSet is what a subquery gave, to look values up in.
type inSet struct {
	keys  keyTable
	ints  intTable // instead, of one key that is a number
	typed bool
	rows  rowBuffer // where keys do not tell all
	nulls bool      // there is a row with a NULL
	some  bool
}

func (s *inSet) release() {
	s.keys.release()
	s.ints.release()
	s.rows.release()
}

// In is the operator IN over a subquery, or = ANY; Not is NOT IN, or <> ALL. The arguments
// behind those of the slots are the left side, as many as the subquery has columns.
type In struct {
	*Subquery
	Not bool
	// Keys are how the columns are compared with the left side. Without them, each row is
	// compared as Equal says, whose columns are those of the left side, then the row's.
	Keys  []Key
	Equal []expr.Expr
	// Exists says that it stands for EXISTS, which is never NULL.
	Exists bool
	// Left are the types of the left side.
	Left []value.Type
}

// Eval is the result of IN.
func (s *In) Eval(c *expr.Ctx, f *expr.Call, args []value.Value) (value.Value, error) {
	n := len(s.Slots)
	set, done, err := s.rows(c, args[:n])
	if err != nil {
		return value.Null, err
	}
	defer done()
	return s.look(c, set, args[n:])
}

func (s *In) collect(c *expr.Ctx) (*inSet, error) {
	set := &inSet{typed: s.typed()}
	var key, scratch []byte
	cols := &keyColumns{}
	for n, t := range s.Node.Types() {
		if set.typed {
			cols.add(expr.NewColumn(n, t, ""), s.Keys[n])
		}
	}
	err := each(c, s.Node, func(b *Batch) (err error) {
		set.some = true
		if set.typed {
			return set.addNumbers(c, cols, b)
		}
		for i := range b.Len() {
			at, null := b.At(i), false
			key = key[:0]
			for n := range b.Columns {
				v := b.Value(n, at)
				null = null || v.IsNull()
				if len(s.Keys) > 0 {
					key = s.Keys[n].append(key, v)
				}
			}
			set.nulls = set.nulls || null
			if len(s.Keys) > 0 && !null {
				if _, _, err = set.keys.find(c, key); err != nil {
					return err
				}
			}
			if !s.Exists && (len(s.Keys) == 0 || len(b.Columns) > 1) {
				if scratch, err = set.rows.add(c, b, i, scratch); err != nil {
					return err
				}
			}
		}
		return nil
	})
	if err != nil {
		set.release()
	}
	return set, err
}

// look is true for a value that is in the set, NULL when that depends on what is not
// known, else false.
func (s *In) look(c *expr.Ctx, set *inSet, left []value.Value) (value.Value, error) {
	t, done := s.truth(set, left)
	if done {
		return truthValue(t), nil
	}
	return s.compareAll(c, set, left)
}

// truth decides by the keys where they tell all.
func (s *In) truth(set *inSet, left []value.Value) (t expr.Truth, done bool) {
	if !set.some {
		return truthOf(s.Not), true
	}
	null := false
	s.key = s.key[:0]
	for i, v := range left {
		null = null || v.IsNull()
		if len(s.Keys) > 0 {
			s.key = s.Keys[i].append(s.key, v)
		}
	}
	if len(s.Keys) > 0 && !null && set.has(s.key, left[0]) {
		return truthOf(!s.Not), true
	}
	switch {
	case s.Exists:
		return expr.False, true
	case len(s.Keys) > 0 && !null && !set.nulls:
		return truthOf(s.Not), true
	case len(s.Keys) > 0 && len(left) == 1:
		return expr.Unknown, true
	}
	return expr.Unknown, false
}

func (s *inSet) has(key []byte, v value.Value) bool {
	if !s.typed {
		return s.keys.get(key) >= 0
	}
	if v.Class() == value.ClassInt {
		return s.ints.get(uint64(v.Int()), 0) >= 0
	}
	return s.ints.get(v.Uint(), 0) >= 0
}

func truthOf(yes bool) expr.Truth {
	if yes {
		return expr.True
	}
	return expr.False
}

func truthValue(t expr.Truth) value.Value {
	if t == expr.Unknown {
		return value.Null
	}
	return value.Bool(t == expr.True)
}

// compareAll holds the left side against the rows one by one, as NULLs and values that have
// no keys need it.
func (s *In) compareAll(c *expr.Ctx, set *inSet, left []value.Value) (value.Value, error) {
	row := append(make(expr.Values, 0, 2*len(left)), left...)
	row = append(row, make([]value.Value, len(left))...)
	unknown, mark := false, c.Transient()
	for n := range set.rows.len() {
		if n&1023 == 1023 {
			if err := ended(c); err != nil {
				return value.Null, err
			}
		}
		c.Settle(mark)
		set.rows.read(n, row[len(left):])
		yes, not := true, false
		for _, e := range s.Equal {
			v, err := e.Eval(c, row)
			if err != nil {
				return value.Null, err
			}
			switch {
			case v.IsNull():
				yes = false
			case v.Int() == 0:
				yes, not = false, true
			}
		}
		if yes {
			return value.Bool(!s.Not), nil
		}
		unknown = unknown || !not
	}
	if unknown {
		return value.Null, nil
	}
	return value.Bool(s.Not), nil
}
