package expr

import (
	"slices"
	"unicode/utf8"

	"github.com/lxdb/lxdb/engine/sqlerr"
	"github.com/lxdb/lxdb/engine/value"
)

// concatAggregates has GROUP_CONCAT, which does its DISTINCT by itself: keys of ORDER
// BY do not count for it.
var concatAggregates = []Aggregate{
	{Name: "group_concat", Min: 1, Max: -1, Nulls: true, Result: concatType, New: newConcat, About: "the values of the rows as one text, of at most group_concat_max_len bytes"},
	{Name: "any_value", Min: 1, Max: 1, Nulls: true, Result: sameAsArgument, New: func(*AggregateCall) State { return new(firstState) }, About: "the value of one of the rows"},
}

// GroupConcat are the options of a call of group_concat. Its arguments are the values,
// and behind them the keys of ORDER BY.
type GroupConcat struct {
	Separator string
	Distinct  bool
	// Descending has one word for each key.
	Descending []bool
}

// concatOptions are those that were given, or a comma.
func concatOptions(f *AggregateCall) GroupConcat {
	if o, ok := f.Options.(GroupConcat); ok {
		return o
	}
	return GroupConcat{Separator: ","}
}

// concatMax is group_concat_max_len in bytes.
func concatMax(e *value.Env) int {
	if e.GroupConcatMax == 0 {
		return 1024
	}
	return e.GroupConcatMax
}

func concatType(f *AggregateCall) (value.Type, error) {
	values := f.Args[:max(1, len(f.Args)-len(concatOptions(f).Descending))]
	mixed := asText(values[0].Type(), f.Env().Collation())
	for _, a := range values[1:] {
		t := asText(a.Type(), f.Env().Collation())
		c, strength, ok := value.Mix(&mixed, &t)
		if !ok {
			return value.Type{}, value.IllegalMix(f.Aggregate.Name, mixed, t)
		}
		mixed.Collation, mixed.Coercibility, mixed.ASCII = c, strength, mixed.ASCII && t.ASCII
	}
	if mixed.Collation == nil {
		mixed.Collation = value.BinaryCollation
	}
	most := concatMax(f.Env())
	t := value.Text(mixed.Collation, most/mixed.Collation.MaxBytes)
	if most > 512 && t.Kind == value.TypeVarChar {
		t.Kind = value.TypeText
	}
	t.Coercibility, t.ASCII, t.Nullable = min(mixed.Coercibility, value.Coercible), mixed.ASCII, true
	return t, nil
}

func newConcat(f *AggregateCall) State {
	s := &concatState{call: f, options: concatOptions(f)}
	s.values = max(1, len(f.Args)-len(s.options.Descending))
	if s.options.Distinct {
		s.seen = map[string]bool{}
	}
	for i := range s.options.Descending {
		t := f.Arg(s.values + i)
		rule, _ := value.ComparisonOf(t, t, f.Aggregate.Name)
		if t.Kind == value.TypeEnum || t.Kind == value.TypeSet { // they sort by number
			rule = value.Comparison{How: value.AsInt}
		}
		s.rules = append(s.rules, rule)
	}
	return s
}

// concatState keeps the rows if they are to be sorted, else the text, and of that no
// more than comes out.
type concatState struct {
	call    *AggregateCall
	options GroupConcat
	values  int
	rules   []value.Comparison
	seen    map[string]bool
	rows    []concatRow
	out     concatText
}

type concatRow struct {
	text []byte
	keys []value.Value
	once string // equal for rows of which DISTINCT lets one through
}

func (s *concatState) Add(c *Ctx, a []value.Value) error {
	row := concatRow{}
	for i := range s.values {
		if a[i].IsNull() {
			return nil
		}
		b, err := value.ToText(c.Env, a[i], s.call.Arg(i))
		if err != nil {
			return err
		}
		row.text = append(row.text, b...)
	}
	if s.seen != nil {
		once, err := s.onceKey(c, a)
		if err != nil || s.seen[once] {
			return err
		}
		row.once, s.seen[once] = once, true
	}
	if !s.keepsRows() {
		return s.out.add(c, s, row.text)
	}
	size := len(row.text) + 2*len(row.once) + 112
	for _, k := range a[s.values:] {
		k = k.Clone()
		row.keys = append(row.keys, k)
		size += 64 + k.Size()
	}
	s.rows = append(s.rows, row)
	return c.Hold(size)
}

// keepsRows says that the text is made at the end.
func (s *concatState) keepsRows() bool { return s.seen != nil || len(s.rules) > 0 }

func (s *concatState) onceKey(c *Ctx, a []value.Value) (string, error) {
	var key []byte
	for i := range s.values {
		t := s.call.Arg(i)
		b, err := value.ToText(c.Env, a[i], t)
		if err != nil {
			return "", err
		}
		part := b
		if !t.IsNumber() && !t.IsTemporal() && t.Kind != value.TypeJSON {
			part = t.Collation.AppendKey(nil, b)
		}
		key = append(key, byte(len(part)), byte(len(part)>>8), byte(len(part)>>16), byte(len(part)>>24))
		key = append(key, part...)
	}
	return string(key), nil
}

func (s *concatState) Merge(c *Ctx, other State) error {
	o := other.(*concatState)
	for _, row := range o.rows {
		if s.seen == nil || !s.seen[row.once] {
			s.rows = append(s.rows, row)
		}
		if s.seen != nil {
			s.seen[row.once] = true
		}
	}
	if o.out.any {
		return s.out.add(c, s, o.out.bytes)
	}
	return nil
}

func (s *concatState) Result(c *Ctx) (value.Value, error) {
	out := &s.out
	if s.keepsRows() {
		if err := s.sort(c); err != nil {
			return value.Null, err
		}
		out = &concatText{}
		before := c.Held()
		defer func() { c.Drop(c.Held() - before) }() // it is made anew each time
		for _, row := range s.rows {
			if err := out.add(c, s, row.text); err != nil {
				return value.Null, err
			}
		}
	}
	if !out.any {
		return value.Null, nil
	}
	return value.Bytes(append(make([]byte, 0, len(out.bytes)), out.bytes...)), nil
}

// sort leaves rows with equal keys in their order. NULL is the smallest key.
func (s *concatState) sort(c *Ctx) (failed error) {
	if len(s.rules) == 0 {
		return nil
	}
	n := 0
	slices.SortStableFunc(s.rows, func(a, b concatRow) int {
		if n++; n%checkEvery == 0 && failed == nil {
			failed = c.Context().Err()
		}
		if failed != nil {
			return 0
		}
		for i, rule := range s.rules {
			order, err := compareKeys(c, rule, a.keys[i], b.keys[i], s.call.Arg(s.values+i))
			if err != nil {
				failed = err
				return 0
			}
			if s.options.Descending[i] {
				order = -order
			}
			if order != 0 {
				return order
			}
		}
		return 0
	})
	return failed
}

func compareKeys(c *Ctx, rule value.Comparison, a, b value.Value, t *value.Type) (int, error) {
	switch {
	case a.IsNull() && b.IsNull():
		return 0, nil
	case a.IsNull():
		return -1, nil
	case b.IsNull():
		return 1, nil
	}
	order, _, err := rule.Compare(c.Env, a, t, b, t)
	return order, err
}

// concatText is a text that grows up to group_concat_max_len, where it is cut at a
// whole character, with warning 1260.
type concatText struct {
	bytes    []byte
	any, cut bool
}

func (t *concatText) add(c *Ctx, s *concatState, text []byte) error {
	if t.cut {
		return nil
	}
	row := c.Keep(&s.call.call, func() any { return new(int) }).(*int)
	*row++
	before := cap(t.bytes)
	if t.any {
		t.bytes = append(t.bytes, s.options.Separator...)
	}
	t.any = true
	most := concatMax(c.Env)
	if len(t.bytes)+len(text) <= most {
		t.bytes = append(t.bytes, text...)
		return c.Hold(cap(t.bytes) - before)
	}
	t.cut = true
	t.bytes = append(t.bytes, text[:min(len(text), max(0, most-len(t.bytes))+utf8.UTFMax)]...)
	t.bytes = cutText(t.bytes, most, s.call.Type().IsBinary())
	return c.Warn(sqlerr.CutValueGroupConcat, "Row %d was cut by GROUP_CONCAT()", *row)
}

// cutText is the whole characters of the first bytes.
func cutText(s []byte, most int, binary bool) []byte {
	if len(s) <= most {
		return s
	}
	end := most
	for !binary && end > 0 && !utf8.RuneStart(s[end]) {
		end--
	}
	return s[:end]
}

// firstState is ANY_VALUE.
type firstState struct {
	any bool
	v   value.Value
}

func (s *firstState) Add(_ *Ctx, a []value.Value) error {
	if !s.any {
		s.any, s.v = true, a[0].Clone()
	}
	return nil
}

func (s *firstState) Merge(_ *Ctx, other State) error {
	if o := other.(*firstState); !s.any {
		*s = *o
	}
	return nil
}

func (s *firstState) Result(*Ctx) (value.Value, error) { return s.v, nil }
