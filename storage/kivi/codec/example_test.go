package codec_test

import (
	"fmt"

	"github.com/lxdb/lxdb/storage/kivi/codec"
)

// An entry of an index on (name NULL, born DESC) of table 1000, and its way back.
func ExampleField() {
	index := []codec.Field{
		{Kind: codec.KindBytes, Nullable: true},
		{Kind: codec.KindUint, Width: codec.DateWidth, Desc: true},
	}
	born, err := codec.NewDate(1999, 12, 31)
	if err != nil {
		fmt.Println(err)
		return
	}
	row := []codec.Datum{codec.Text("Eve"), codec.Uint(uint64(born))}

	key := codec.AppendHeader(nil, codec.SpaceData, 1000, 2)
	for i, f := range index {
		if key, err = f.Append(key, row[i]); err != nil {
			fmt.Println(err)
			return
		}
	}
	fmt.Printf("% x\n", key)

	_, rest, err := codec.DecodeHeader(key)
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, f := range index {
		var d codec.Datum
		if d, rest, err = f.Decode(nil, rest); err != nil {
			fmt.Println(err)
			return
		}
		if f.Kind == codec.KindBytes {
			fmt.Println(d.Text())
		} else {
			fmt.Println(codec.Date(d.Uint()).Parts())
		}
	}
	// Output:
	// 20 00 00 03 e8 00 02 01 45 76 65 00 01 f3 4e 00
	// Eve
	// 1999 12 31
}

// A row written before a column was added, read after.
func ExampleLayouts() {
	before, err := codec.NewLayout(1, []codec.Column{
		{ID: 1, Kind: codec.KindInt, Width: 8, NotNull: true},
		{ID: 2, Kind: codec.KindText},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	after, err := codec.NewLayout(2, append(before.Columns(), codec.Column{ID: 3, Kind: codec.KindInt, Width: 4}))
	if err != nil {
		fmt.Println(err)
		return
	}
	layouts, err := codec.NewLayouts(before, after)
	if err != nil {
		fmt.Println(err)
		return
	}
	value, err := before.Encode(nil, []codec.Datum{codec.Int(7), codec.Null()})
	if err != nil {
		fmt.Println(err)
		return
	}
	row, err := layouts.Open(value)
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, c := range layouts.Newest().Columns() {
		d, err := row.Column(c.ID)
		fmt.Println(c.ID, d.IsNull(), d.IsAbsent(), d.Int(), err)
	}
	// Output:
	// 1 false false 7 <nil>
	// 2 true false 0 <nil>
	// 3 false true 0 <nil>
}
