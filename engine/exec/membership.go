package exec

import (
	"github.com/lxdb/lxdb/engine/expr"
	"github.com/lxdb/lxdb/engine/value"
)

// typed says that a single key is a whole number on both sides, which is looked up as it stands.
func (s *In) typed() bool {
	if len(s.Keys) != 1 || len(s.Left) != 1 || s.Keys[0].class != keyInt || s.Keys[0].Desc {
		return false
	}
	l, r := &s.Left[0], &s.Node.Types()[0]
	return l.IsInteger() && r.IsInteger() && l.Unsigned == r.Unsigned
}

// addNumbers adds the keys of a batch.
func (s *inSet) addNumbers(c *expr.Ctx, cols *keyColumns, b *Batch) error {
	if err := cols.eval(c, b); err != nil {
		return err
	}
	number, dense, ok := cols.number()
	if !ok {
		return errCell // cannot be: In.typed has looked at the types
	}
	for i := range b.Len() {
		at := b.At(i)
		if dense {
			at = i
		}
		bits, null := number(at)
		if null {
			s.nulls = true
			continue
		}
		if n, _ := s.ints.find(c, bits, 0, 0); n < 0 {
			if err := s.ints.grow(c); err != nil {
				return err
			}
			s.ints.find(c, bits, 0, 0)
		}
	}
	return nil
}

// Truths is Eval for a batch, of a subquery that looks at no other query.
func (s *In) Truths(c *expr.Ctx, f *expr.Call, b *expr.Batch, sel []int32, out []expr.Truth) ([]expr.Truth, bool, error) {
	if len(s.Slots) > 0 || s.Volatile || len(s.Keys) == 0 {
		return out, false, nil
	}
	set, done, err := s.rows(c, nil)
	if err != nil {
		return out, false, err
	}
	defer done()
	if !s.Exists && len(s.Keys) > 1 && (set.nulls || !set.some) {
		return out, false, nil // NULLs in some of several columns are held against each row
	}
	return s.lookAll(c, set, f.Args, &Batch{Batch: *b, Sel: sel}, out)
}

func (s *In) lookAll(c *expr.Ctx, set *inSet, args []expr.Expr, b *Batch, out []expr.Truth) ([]expr.Truth, bool, error) {
	if s.left == nil {
		s.left = &keyColumns{}
		for i, e := range args {
			s.left.add(e, s.Keys[i])
		}
	}
	if err := s.left.eval(c, b); err != nil {
		return out, false, err
	}
	number, dense, typed := s.left.number()
	if set.typed && !typed {
		return out, false, nil
	}
	out = s.truths[:0]
	for i := range b.Len() {
		at := b.At(i)
		if !set.some {
			out = append(out, truthOf(s.Not))
			continue
		}
		null, in := false, false
		if set.typed {
			col := at
			if dense {
				col = i
			}
			var bits uint64
			if bits, null = number(col); !null {
				in = set.ints.get(bits, 0) >= 0
			}
		} else {
			for n := range s.left.cols {
				yes, err := s.left.null(c, n, i, at)
				if err != nil {
					return out, false, err
				}
				null = null || yes
			}
			if null && len(s.Keys) > 1 && !s.Exists {
				return out[:0], false, nil
			}
			if !null {
				var err error
				if s.key, err = s.left.append(c, s.key[:0], i, at); err != nil {
					return out, false, err
				}
				in = set.keys.get(s.key) >= 0
			}
		}
		switch {
		case in:
			out = append(out, truthOf(!s.Not))
		case s.Exists:
			out = append(out, expr.False)
		case null || set.nulls:
			out = append(out, expr.Unknown)
		default:
			out = append(out, truthOf(s.Not))
		}
	}
	s.truths = out
	return out, true, nil
}

// Truths is Exists for a batch, of a subquery that looks at one whole number of the queries around it:
// what it says of a number is remembered.
func (s *Subquery) Truths(c *expr.Ctx, f *expr.Call, b *expr.Batch, sel []int32, out []expr.Truth) ([]expr.Truth, bool, error) {
	if s.Volatile || len(s.Slots) != 1 || len(f.Args) != 1 || !f.Args[0].Type().IsInteger() {
		return out, false, nil
	}
	if s.left == nil {
		s.left = &keyColumns{}
		s.left.add(f.Args[0], KeyOf(f.Args[0].Type()))
	}
	rows := &Batch{Batch: *b, Sel: sel}
	if err := s.left.eval(c, rows); err != nil {
		return out, false, err
	}
	number, dense, ok := s.left.number()
	if !ok {
		return out, false, nil
	}
	out = s.truths[:0]
	for i := range rows.Len() {
		at := rows.At(i)
		if dense {
			at = i
		}
		bits, null := number(at)
		if !null && s.numbers.n < maxMemo {
			if known := s.numbers.get(bits, 0); known >= 0 {
				out = append(out, expr.Truth(known))
				continue
			}
		}
		c.Params[s.Slots[0]] = value.Null
		if !null {
			c.Params[s.Slots[0]] = s.left.cols[0].vec.Value(at)
		}
		yes, err := s.some(c)
		if err != nil {
			return out, false, err
		}
		if !null && s.numbers.n < maxMemo {
			s.numbers.find(c, bits, 0, int32(truthOf(yes)))
		}
		out = append(out, truthOf(yes))
	}
	s.truths = out
	return out, true, nil
}

// Quantified compares a value with each row that a subquery gives: op ANY, or op ALL. Its
// In has no keys, and one comparison in Equal.
type Quantified struct {
	In
	All bool
}

// Eval is true for ANY when one comparison is, and for ALL when every one is; NULL when that
// depends on what is not known.
func (s *Quantified) Eval(c *expr.Ctx, f *expr.Call, args []value.Value) (value.Value, error) {
	n := len(s.Slots)
	set, done, err := s.rows(c, args[:n])
	if err != nil {
		return value.Null, err
	}
	defer done()
	row := expr.Values{args[n], value.Null}
	unknown, mark := false, c.Transient()
	for i := range set.rows.len() {
		if i&1023 == 1023 {
			if err := ended(c); err != nil {
				return value.Null, err
			}
		}
		c.Settle(mark)
		set.rows.read(i, row[1:])
		v, err := s.Equal[0].Eval(c, row)
		if err != nil {
			return value.Null, err
		}
		switch {
		case v.IsNull():
			unknown = true
		case v.Int() == 0 == s.All:
			return value.Bool(!s.All), nil
		}
	}
	if unknown {
		return value.Null, nil
	}
	return value.Bool(s.All), nil
}

// rows are those that the subquery gives for some arguments; done is called when they are
// no longer needed.
func (s *In) rows(c *expr.Ctx, args []value.Value) (set *inSet, done func(), err error) {
	at, known := s.bind(c, args)
	if known {
		return s.found[at].set, func() {}, nil
	}
	if set, err = s.collect(c); err != nil {
		return nil, nil, err
	}
	if at >= 0 {
		s.found[at] = memoized{set: set, kept: true}
		return set, func() {}, nil
	}
	return set, set.release, nil
}
