package documents

import (
	"slices"

	"github.com/lxdb/lxdb/engine/expr"
	"github.com/lxdb/lxdb/engine/value"
)

// compareFunctions say whether parts are in documents.
var compareFunctions = []expr.Function{
	{Name: "json_contains", Min: 2, Max: 3, Args: []expr.Arg{expr.Document, expr.Document, expr.Text}, Result: condition, Prepare: parsePaths, Eval: evalContains, About: "whether a document is contained in another one"},
	{Name: "json_contains_path", Min: 3, Max: -1, Args: withPath, Null: expr.Own, Result: condition, Prepare: parsePaths, Eval: evalContainsPath, About: "whether there is something at one of the paths, or at all of them"},
	{Name: "json_overlaps", Min: 2, Max: 2, Args: document, Result: condition, Eval: evalOverlaps, About: "whether two documents have an element or a member in common"},
	{Name: "member of", Min: 2, Max: 2, Args: []expr.Arg{expr.JSON, expr.Document}, Result: condition, Eval: evalMemberOf, Print: printMemberOf, About: "whether a value is an element of an array"},
}

func printMemberOf(args []expr.Expr) string {
	return "(" + args[0].String() + " member of (" + args[1].String() + "))"
}

func evalContains(c *expr.Ctx, f *expr.Call, a []value.Value) (value.Value, error) {
	target := a[0].JSON()
	if len(a) == 3 {
		p, err := pathOf(c, f, 2, a[2], false)
		if err != nil {
			return value.Null, err
		}
		if target, err = at(c, target, p); err != nil || target == nil {
			return value.Null, err
		}
	}
	m := container{c: c}
	in, err := m.contains(target, a[1].JSON())
	return value.Bool(in), err
}

// container compares documents.
type container struct {
	c    *expr.Ctx
	tick ticks
}

// contains is the manual's: a scalar is in an equal one; an object in one that has all
// its members, their values contained; an array in one that has an element for each
// of its own; anything else in an array, when it is in one of the elements.
func (m *container) contains(target, part *value.JSON) (bool, error) {
	if err := m.tick.stopped(m.c); err != nil {
		return false, err
	}
	switch {
	case target.Kind == value.JSONArray:
		return m.arrayContains(target, part)
	case target.Kind == value.JSONObject && part.Kind == value.JSONObject:
		for _, p := range part.Members {
			v := target.Member(p.Key)
			if v == nil {
				return false, nil
			}
			if in, err := m.contains(v, p.Value); err != nil || !in {
				return false, err
			}
		}
		return true, nil
	}
	return scalar(target) && scalar(part) && target.Compare(part) == 0, nil
}

func scalar(j *value.JSON) bool { return j.Kind != value.JSONArray && j.Kind != value.JSONObject }

// arrayContains sorts the scalars of the target, so that many of them are found in
// one array without comparing each with each.
func (m *container) arrayContains(target, part *value.JSON) (bool, error) {
	parts := []*value.JSON{part}
	if part.Kind == value.JSONArray {
		parts = part.Items
	}
	var scalars, others []*value.JSON
	sorted := false
	for _, p := range parts {
		var in bool
		var err error
		if scalar(p) {
			if !sorted {
				if scalars, err = m.flat(target, nil); err != nil {
					return false, err
				}
				slices.SortFunc(scalars, (*value.JSON).Compare)
				sorted = true
			}
			_, in = slices.BinarySearchFunc(scalars, p, (*value.JSON).Compare)
		} else {
			if others == nil {
				others = slices.DeleteFunc(slices.Clone(target.Items), scalar)
			}
			in, err = m.anyContains(others, p)
		}
		if err != nil || !in {
			return false, err
		}
	}
	return true, nil
}

func (m *container) anyContains(targets []*value.JSON, part *value.JSON) (bool, error) {
	for _, t := range targets {
		if in, err := m.contains(t, part); err != nil || in {
			return in, err
		}
	}
	return false, nil
}

// flat are the scalars of an array and of the arrays in it.
func (m *container) flat(j *value.JSON, out []*value.JSON) ([]*value.JSON, error) {
	if err := m.c.Borrow(8 * len(j.Items)); err != nil {
		return nil, err
	}
	for _, i := range j.Items {
		if err := m.tick.stopped(m.c); err != nil {
			return nil, err
		}
		switch {
		case scalar(i):
			out = append(out, i)
		case i.Kind == value.JSONArray:
			var err error
			if out, err = m.flat(i, out); err != nil {
				return nil, err
			}
		}
	}
	return out, nil
}

func evalContainsPath(c *expr.Ctx, f *expr.Call, a []value.Value) (value.Value, error) {
	if a[0].IsNull() || a[1].IsNull() {
		return value.Null, nil
	}
	first, err := one(f, a[1])
	if err != nil {
		return value.Null, err
	}
	for i := 2; i < len(a); i++ {
		p, err := pathOf(c, f, i, a[i], true)
		if err != nil || p == nil {
			return value.Null, err
		}
		found, err := seek(c, a[0].JSON(), p)
		if err != nil {
			return value.Null, err
		}
		if first == (len(found) > 0) {
			return value.Bool(first), nil
		}
	}
	return value.Bool(!first), nil
}

func evalOverlaps(c *expr.Ctx, _ *expr.Call, a []value.Value) (value.Value, error) {
	x, y := a[0].JSON(), a[1].JSON()
	if x.Kind == value.JSONArray || y.Kind == value.JSONArray {
		in, err := common(c, elements(x), elements(y))
		return value.Bool(in), err
	}
	if x.Kind == value.JSONObject && y.Kind == value.JSONObject {
		for _, m := range x.Members {
			if v := y.Member(m.Key); v != nil && v.Compare(m.Value) == 0 {
				return value.Bool(true), nil
			}
		}
		return value.Bool(false), nil
	}
	return value.Bool(scalar(x) && scalar(y) && x.Compare(y) == 0), nil
}

// elements are those of an array; anything else is the only one of itself.
func elements(j *value.JSON) []*value.JSON {
	if j.Kind == value.JSONArray {
		return j.Items
	}
	return []*value.JSON{j}
}

func common(c *expr.Ctx, x, y []*value.JSON) (bool, error) {
	if len(x) > len(y) {
		x, y = y, x
	}
	if len(x) == 0 {
		return false, nil
	}
	if err := c.Borrow(8 * len(x)); err != nil {
		return false, err
	}
	x = slices.Clone(x)
	slices.SortFunc(x, (*value.JSON).Compare)
	var tick ticks
	for _, j := range y {
		if err := tick.stopped(c); err != nil {
			return false, err
		}
		if _, in := slices.BinarySearchFunc(x, j, (*value.JSON).Compare); in {
			return true, nil
		}
	}
	return false, nil
}

func evalMemberOf(_ *expr.Ctx, _ *expr.Call, a []value.Value) (value.Value, error) {
	for _, j := range elements(a[1].JSON()) {
		if j.Compare(a[0].JSON()) == 0 {
			return value.Bool(true), nil
		}
	}
	return value.Bool(false), nil
}
