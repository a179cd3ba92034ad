package expr

import (
	"github.com/lxdb/lxdb/engine/sqlerr"
	"github.com/lxdb/lxdb/engine/value"
)

// jsonAggregates make a document of the rows of a group.
var jsonAggregates = []Aggregate{
	{Name: "json_arrayagg", Min: 1, Max: 1, Args: []Arg{JSON}, Nulls: true, Result: documentType, New: func(*AggregateCall) State { return new(arrayState) }, About: "an array of the values; NULL becomes null"},
	{Name: "json_objectagg", Min: 2, Max: 2, Args: []Arg{Text, JSON}, Nulls: true, Result: objectType, New: func(*AggregateCall) State { return new(objectState) }, About: "an object of keys and values; of equal keys the last one stays"},
}

func documentType(*AggregateCall) (value.Type, error) {
	t := value.JSONType
	t.Nullable = true
	return t, nil
}

func objectType(f *AggregateCall) (value.Type, error) {
	if t := f.Arg(0); t.IsBinary() && t.Kind != value.TypeNull {
		return value.Type{}, sqlerr.InvalidJSONCharset.Errorf("Cannot create a JSON value from a string with CHARACTER SET 'binary'.")
	}
	return documentType(f)
}

// member is a value as part of a document, for which it must not be too deep.
func member(c *Ctx, v value.Value) (*value.JSON, error) {
	j := v.JSON()
	if j == nil {
		return &value.JSON{}, nil
	}
	if j.Depth() >= value.MaxJSONDepth {
		return nil, sqlerr.JSONDocumentTooDeep.Errorf("The JSON document exceeds the maximum depth.")
	}
	return j, c.Hold(j.Size())
}

type arrayState struct{ items []*value.JSON }

func (s *arrayState) Add(c *Ctx, a []value.Value) error {
	j, err := member(c, a[0])
	s.items = append(s.items, j)
	return err
}

func (s *arrayState) Merge(_ *Ctx, other State) error {
	s.items = append(s.items, other.(*arrayState).items...)
	return nil
}

func (s *arrayState) Result(c *Ctx) (value.Value, error) {
	if len(s.items) == 0 {
		return value.Null, nil
	}
	if err := c.Borrow(8 * len(s.items)); err != nil {
		return value.Null, err
	}
	return value.Document(&value.JSON{Kind: value.JSONArray, Items: append([]*value.JSON(nil), s.items...)}), nil
}

type objectState struct{ members []value.Member }

func (s *objectState) Add(c *Ctx, a []value.Value) error {
	if a[0].IsNull() {
		return sqlerr.JSONDocumentNullKey.Errorf("JSON documents may not contain NULL member names.")
	}
	j, err := member(c, a[1])
	if err == nil {
		err = c.Hold(32 + len(a[0].Bytes()))
	}
	s.members = append(s.members, value.Member{Key: a[0].Text(), Value: j})
	return err
}

func (s *objectState) Merge(_ *Ctx, other State) error {
	s.members = append(s.members, other.(*objectState).members...)
	return nil
}

func (s *objectState) Result(c *Ctx) (value.Value, error) {
	if len(s.members) == 0 {
		return value.Null, nil
	}
	if err := c.Borrow(24 * len(s.members)); err != nil {
		return value.Null, err
	}
	return value.Document(value.NewObject(append([]value.Member(nil), s.members...))), nil
}
