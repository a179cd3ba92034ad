package documents

import (
	"slices"

	"github.com/lxdb/lxdb/engine/expr"
	"github.com/lxdb/lxdb/engine/sqlerr"
	"github.com/lxdb/lxdb/engine/value"
)

// changeFunctions change documents at paths.
var changeFunctions = []expr.Function{
	{Name: "json_set", Min: 3, Max: -1, Args: anyOf, Null: expr.Own, Result: pairsType, Prepare: parsePaths, Eval: evalChange(true, true), About: "a document with values put in at paths, or replaced"},
	{Name: "json_insert", Min: 3, Max: -1, Args: anyOf, Null: expr.Own, Result: pairsType, Prepare: parsePaths, Eval: evalChange(true, false), About: "a document with values put in at paths where there is none"},
	{Name: "json_replace", Min: 3, Max: -1, Args: anyOf, Null: expr.Own, Result: pairsType, Prepare: parsePaths, Eval: evalChange(false, true), About: "a document with values replaced at paths where there is one"},
	{Name: "json_remove", Min: 2, Max: -1, Args: anyOf, Null: expr.Own, Result: documentType, Prepare: parsePaths, Eval: evalRemove, About: "a document without what is at the paths"},
	{Name: "json_array_append", Min: 3, Max: -1, Args: anyOf, Null: expr.Own, Result: pairsType, Prepare: parsePaths, Eval: evalArrayAppend, About: "a document with values put at the end of arrays"},
	{Name: "json_array_insert", Min: 3, Max: -1, Args: anyOf, Null: expr.Own, Result: pairsType, Prepare: parsePaths, Eval: evalArrayInsert, About: "a document with values put into arrays, before what is at the paths"},
}

var anyOf = []expr.Arg{expr.Document, expr.Any}

// pairsType wants a path and a value in turn.
func pairsType(f *expr.Call) (value.Type, error) {
	if len(f.Args)%2 == 0 {
		return value.Type{}, wrongCount(f)
	}
	return documentType(f)
}

// changer makes parts anew, each once: owned are those that it made and may change.
type changer struct {
	c     *expr.Ctx
	tick  ticks
	owned map[*value.JSON]bool
}

// own is a part that may be changed.
func (m *changer) own(j *value.JSON) (*value.JSON, error) {
	if m.owned[j] {
		return j, nil
	}
	if m.owned == nil {
		m.owned = map[*value.JSON]bool{}
	}
	n := *j
	n.Items, n.Members = slices.Clone(j.Items), slices.Clone(j.Members)
	m.owned[&n] = true
	return &n, m.c.Borrow(112 + 8*len(n.Items) + 24*len(n.Members))
}

// edit is a change of what is at the end of a path.
type edit struct {
	// found gives what comes in place of a value; itself is no change.
	found func(j *value.JSON) (*value.JSON, error)
	// missing is what is put in where there is nothing; nil is nothing.
	missing *value.JSON
}

// at changes what the legs lead to, and gives the part that comes in place of j.
func (m *changer) at(j *value.JSON, legs []leg, e edit) (*value.JSON, error) {
	if err := m.tick.stopped(m.c); err != nil {
		return nil, err
	}
	if len(legs) == 0 {
		return e.found(j)
	}
	l := legs[0]
	if l.kind == legMember {
		return m.atMember(j, l.key, legs[1:], e)
	}
	if j.Kind != value.JSONArray {
		if l.from.n == 0 { // a value is the only element of itself
			return m.at(j, legs[1:], e)
		}
		if len(legs) > 1 || e.missing == nil {
			return j, nil
		}
		items := []*value.JSON{j, e.missing}
		if l.from.fromLast {
			items[0], items[1] = items[1], items[0]
		}
		return &value.JSON{Kind: value.JSONArray, Items: items}, nil
	}
	i := l.from.index(len(j.Items))
	if i >= 0 && i < len(j.Items) {
		fresh, err := m.at(j.Items[i], legs[1:], e)
		if err != nil || fresh == j.Items[i] {
			return j, err
		}
		out, err := m.own(j)
		if err == nil {
			out.Items[i] = fresh
		}
		return out, err
	}
	if len(legs) > 1 || e.missing == nil {
		return j, nil
	}
	out, err := m.own(j)
	if err != nil {
		return nil, err
	}
	if i < 0 {
		out.Items = slices.Insert(out.Items, 0, e.missing)
	} else {
		out.Items = append(out.Items, e.missing)
	}
	return out, nil
}

func (m *changer) atMember(j *value.JSON, key string, rest []leg, e edit) (*value.JSON, error) {
	if j.Kind != value.JSONObject {
		return j, nil
	}
	i, found := place(j, key)
	if !found {
		if len(rest) > 0 || e.missing == nil {
			return j, nil
		}
		out, err := m.own(j)
		if err == nil {
			out.Members = slices.Insert(out.Members, i, value.Member{Key: key, Value: e.missing})
		}
		return out, err
	}
	fresh, err := m.at(j.Members[i].Value, rest, e)
	if err != nil || fresh == j.Members[i].Value {
		return j, err
	}
	out, err := m.own(j)
	if err == nil {
		out.Members[i].Value = fresh
	}
	return out, err
}

// place is where a member is, or would be.
func place(j *value.JSON, key string) (int, bool) {
	return slices.BinarySearchFunc(j.Members, key, func(m value.Member, key string) int {
		switch {
		case m.Key == key:
			return 0
		case before(m.Key, key):
			return -1
		}
		return 1
	})
}

// evalPairs goes over paths and values in turn. NULL as the document or a path is
// NULL; paths that are wrong are errors all the same.
func evalPairs(c *expr.Ctx, f *expr.Call, a []value.Value, do func(m *changer, root *value.JSON, p *path, v *value.JSON) (*value.JSON, error)) (value.Value, error) {
	m := &changer{c: c}
	root, null := a[0].JSON(), a[0].IsNull()
	for i := 1; i < len(a); i += 2 {
		p, err := pathOf(c, f, i, a[i], false)
		if err != nil {
			return value.Null, err
		}
		if null = null || p == nil; null {
			continue
		}
		v, err := part(c, f, i+1, a[i+1])
		if err != nil {
			return value.Null, err
		}
		if root, err = do(m, root, p, v); err != nil {
			return value.Null, err
		}
	}
	if null {
		return value.Null, nil
	}
	return result(root)
}

func evalChange(add, replace bool) func(*expr.Ctx, *expr.Call, []value.Value) (value.Value, error) {
	return func(c *expr.Ctx, f *expr.Call, a []value.Value) (value.Value, error) {
		return evalPairs(c, f, a, func(m *changer, root *value.JSON, p *path, v *value.JSON) (*value.JSON, error) {
			e := edit{found: func(j *value.JSON) (*value.JSON, error) {
				if replace {
					return v, nil
				}
				return j, nil
			}}
			if add {
				e.missing = v
			}
			return m.at(root, p.legs, e)
		})
	}
}

func evalArrayAppend(c *expr.Ctx, f *expr.Call, a []value.Value) (value.Value, error) {
	return evalPairs(c, f, a, func(m *changer, root *value.JSON, p *path, v *value.JSON) (*value.JSON, error) {
		return m.at(root, p.legs, edit{found: func(j *value.JSON) (*value.JSON, error) {
			if j.Kind != value.JSONArray {
				return &value.JSON{Kind: value.JSONArray, Items: []*value.JSON{j, v}}, nil
			}
			out, err := m.own(j)
			if err == nil {
				out.Items = append(out.Items, v)
			}
			return out, err
		}})
	})
}

// evalArrayInsert wants a path to a cell: error 3165.
func evalArrayInsert(c *expr.Ctx, f *expr.Call, a []value.Value) (value.Value, error) {
	return evalPairs(c, f, a, func(m *changer, root *value.JSON, p *path, v *value.JSON) (*value.JSON, error) {
		n := len(p.legs) - 1
		if n < 0 || p.legs[n].kind != legCell {
			return nil, sqlerr.InvalidJSONPathArrayCell.Errorf("A path expression is not a path to a cell in an array.")
		}
		return m.at(root, p.legs[:n], edit{found: func(j *value.JSON) (*value.JSON, error) {
			if j.Kind != value.JSONArray {
				return j, nil
			}
			out, err := m.own(j)
			if err == nil {
				i := p.legs[n].from.index(len(out.Items))
				out.Items = slices.Insert(out.Items, max(0, min(i, len(out.Items))), v)
			}
			return out, err
		}})
	})
}

// evalRemove cannot remove the whole: error 3153.
func evalRemove(c *expr.Ctx, f *expr.Call, a []value.Value) (value.Value, error) {
	m := &changer{c: c}
	root, null := a[0].JSON(), a[0].IsNull()
	for i := 1; i < len(a); i++ {
		p, err := pathOf(c, f, i, a[i], false)
		if err != nil {
			return value.Null, err
		}
		if null = null || p == nil; null {
			continue
		}
		if len(p.legs) == 0 {
			return value.Null, sqlerr.JSONVacuousPath.Errorf("The path expression '$' is not allowed in this context.")
		}
		last := p.legs[len(p.legs)-1]
		root, err = m.at(root, p.legs[:len(p.legs)-1], edit{found: func(j *value.JSON) (*value.JSON, error) { return m.without(j, last) }})
		if err != nil {
			return value.Null, err
		}
	}
	if null {
		return value.Null, nil
	}
	return result(root)
}

func (m *changer) without(j *value.JSON, l leg) (*value.JSON, error) {
	i, found := l.from.index(len(j.Items)), j.Kind == value.JSONArray && l.kind == legCell
	if l.kind == legMember && j.Kind == value.JSONObject {
		i, found = place(j, l.key)
	} else if i < 0 || i >= len(j.Items) {
		found = false
	}
	if !found {
		return j, nil
	}
	out, err := m.own(j)
	if err != nil {
		return nil, err
	}
	if l.kind == legMember {
		out.Members = slices.Delete(out.Members, i, i+1)
	} else {
		out.Items = slices.Delete(out.Items, i, i+1)
	}
	return out, nil
}
