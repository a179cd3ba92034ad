package documents

import (
	"github.com/lxdb/lxdb/engine/expr"
	"github.com/lxdb/lxdb/engine/sqlerr"
	"github.com/lxdb/lxdb/engine/value"
)

// makeFunctions make documents of values.
var makeFunctions = []expr.Function{
	{Name: "json_array", Max: -1, Args: []expr.Arg{expr.Any}, Null: expr.Own, Result: expr.Returns(value.JSONType), Eval: evalArray, About: "an array of the arguments"},
	{Name: "json_object", Max: -1, Args: []expr.Arg{expr.Any}, Null: expr.Own, Result: objectType, Eval: evalObject, About: "an object of keys and values in turn"},
	{Name: "json_quote", Min: 1, Max: 1, Args: []expr.Arg{expr.Text}, Text: expr.Fixed, Result: quoteType, Eval: evalQuote, About: "a text as a JSON string"},
	{Name: "json_merge_preserve", Aliases: []string{"json_merge"}, Min: 2, Max: -1, Args: document, Result: documentType, Eval: evalMergePreserve, About: "documents in one: arrays one after the other, members of one name together"},
	{Name: "json_merge_patch", Min: 2, Max: -1, Args: document, Null: expr.Own, Result: documentType, Eval: evalMergePatch, About: "documents in one as RFC 7396 says: later members replace earlier ones"},
}

func evalArray(c *expr.Ctx, f *expr.Call, a []value.Value) (value.Value, error) {
	j := &value.JSON{Kind: value.JSONArray, Items: make([]*value.JSON, len(a))}
	for i, v := range a {
		item, err := part(c, f, i, v)
		if err != nil {
			return value.Null, err
		}
		j.Items[i] = item
	}
	return result(j)
}

func objectType(f *expr.Call) (value.Type, error) {
	if len(f.Args)%2 != 0 {
		return value.Type{}, wrongCount(f)
	}
	return value.JSONType, nil
}

func evalObject(c *expr.Ctx, f *expr.Call, a []value.Value) (value.Value, error) {
	members := make([]value.Member, 0, len(a)/2)
	for i := 0; i < len(a); i += 2 {
		switch {
		case a[i].IsNull():
			return value.Null, sqlerr.JSONDocumentNullKey.Errorf("JSON documents may not contain NULL member names.")
		case a[i].Class() == value.ClassString && f.Arg(i).IsBinary():
			return value.Null, sqlerr.InvalidJSONCharset.Errorf("Cannot create a JSON value from a string with CHARACTER SET 'binary'.")
		}
		key, err := as(c, f, expr.Text, i, a[i])
		if err != nil {
			return value.Null, err
		}
		v, err := part(c, f, i+1, a[i+1])
		if err != nil {
			return value.Null, err
		}
		members = append(members, value.Member{Key: key.Text(), Value: v})
	}
	return result(value.NewObject(members))
}

// onlyText is error 3064 for an argument that is no text.
func onlyText(f *expr.Call) error {
	t := f.Arg(0)
	if t.IsString() || t.Kind == value.TypeNull || t.Kind == value.TypeEnum || t.Kind == value.TypeSet || t.Kind == value.TypeJSON && f.Function.Name == "json_unquote" {
		return nil
	}
	return sqlerr.IncorrectType.Errorf("Incorrect type for argument %d in function %s.", 1, f.Function.Name)
}

// onlyCharacters is error 3144 for an argument whose text is bytes.
func onlyCharacters(f *expr.Call) error {
	if t := f.Arg(0); t.IsString() && t.IsBinary() {
		return sqlerr.InvalidJSONCharset.Errorf("Cannot create a JSON value from a string with CHARACTER SET 'binary'.")
	}
	return nil
}

func quoteType(f *expr.Call) (value.Type, error) {
	if err := onlyText(f); err != nil {
		return value.Type{}, err
	}
	return textType(min(f.Length(0), 1<<26)*6 + 2)
}

func evalQuote(c *expr.Ctx, f *expr.Call, a []value.Value) (value.Value, error) {
	if err := onlyCharacters(f); err != nil {
		return value.Null, err
	}
	if large, err := c.TooLarge(f.Function.Name, len(a[0].Bytes())*2); large || err != nil {
		return value.Null, err
	}
	return value.Bytes(value.AppendQuoted(nil, a[0].Bytes())), nil
}

func evalMergePreserve(c *expr.Ctx, _ *expr.Call, a []value.Value) (value.Value, error) {
	m := changer{c: c}
	out := a[0].JSON()
	var err error
	for _, v := range a[1:] {
		if out, err = m.preserve(out, v.JSON()); err != nil {
			return value.Null, err
		}
	}
	return result(out)
}

// preserve puts b behind a.
func (m *changer) preserve(a, b *value.JSON) (*value.JSON, error) {
	if a.Kind == value.JSONObject && b.Kind == value.JSONObject {
		return m.join(a, b, func(x, y *value.JSON) (*value.JSON, error) {
			if x == nil {
				return y, nil
			}
			return m.preserve(x, y)
		})
	}
	if a.Kind != value.JSONArray {
		a = &value.JSON{Kind: value.JSONArray, Items: []*value.JSON{a}}
	}
	out, err := m.own(a)
	if err != nil {
		return nil, err
	}
	more := []*value.JSON{b}
	if b.Kind == value.JSONArray {
		more = b.Items
	}
	out.Items = append(out.Items, more...)
	return out, m.c.Borrow(len(more) * 8)
}

// join makes one object of two; both puts two members of one name together, and nil
// from it leaves the member out.
func (m *changer) join(a, b *value.JSON, both func(a, b *value.JSON) (*value.JSON, error)) (*value.JSON, error) {
	out := &value.JSON{Kind: value.JSONObject, Members: make([]value.Member, 0, len(a.Members)+len(b.Members))}
	if err := m.c.Borrow(24 * cap(out.Members)); err != nil {
		return nil, err
	}
	i, k := 0, 0
	for i < len(a.Members) || k < len(b.Members) {
		if err := m.tick.stopped(m.c); err != nil {
			return nil, err
		}
		switch {
		case k == len(b.Members) || i < len(a.Members) && before(a.Members[i].Key, b.Members[k].Key):
			out.Members = append(out.Members, a.Members[i])
			i++
			continue
		case i == len(a.Members) || before(b.Members[k].Key, a.Members[i].Key):
			v, err := both(nil, b.Members[k].Value)
			if err != nil {
				return nil, err
			}
			if v != nil {
				out.Members = append(out.Members, value.Member{Key: b.Members[k].Key, Value: v})
			}
		default:
			v, err := both(a.Members[i].Value, b.Members[k].Value)
			if err != nil {
				return nil, err
			}
			if v != nil {
				out.Members = append(out.Members, value.Member{Key: b.Members[k].Key, Value: v})
			}
			i++
		}
		k++
	}
	return out, nil
}

// before is the order of members: shorter keys first, then by bytes.
func before(a, b string) bool { return len(a) < len(b) || len(a) == len(b) && a < b }

// evalMergePatch: NULL stays until a document comes that is no object, which replaces
// whatever was before.
func evalMergePatch(c *expr.Ctx, _ *expr.Call, a []value.Value) (value.Value, error) {
	m := changer{c: c}
	var out *value.JSON
	if !a[0].IsNull() {
		out = a[0].JSON()
	}
	for _, v := range a[1:] {
		switch {
		case v.IsNull():
			out = nil
		case v.JSON().Kind != value.JSONObject:
			out = v.JSON()
		case out != nil:
			var err error
			if out, err = m.patch(out, v.JSON()); err != nil {
				return value.Null, err
			}
		}
	}
	if out == nil {
		return value.Null, nil
	}
	return result(out)
}

// patch is RFC 7396's; a is nil for what was not there.
func (m *changer) patch(a, b *value.JSON) (*value.JSON, error) {
	switch {
	case b.Kind != value.JSONObject:
		return b, nil
	case a == nil || a.Kind != value.JSONObject:
		a = value.NewObject(nil)
	}
	return m.join(a, b, func(x, y *value.JSON) (*value.JSON, error) {
		if y.Kind == value.JSONNull {
			return nil, nil
		}
		return m.patch(x, y)
	})
}
