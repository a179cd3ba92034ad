package variable

import (
	"math"
	"reflect"
	"sort"
	"strings"
)

// Rule says what SET does. The zero value refuses every change.
type Rule uint8

const (
	Fixed   Rule = iota // only the value that it has already
	Works               // changes what statements do
	Kept                // the value is kept and shown, changes nothing, and a note says so
	LeftOut             // a word of sql_mode that is taken and not kept, and a note says so
)

func (r Rule) String() string {
	switch r {
	case Works:
		return "works"
	case Kept:
		return "kept, with a note"
	case LeftOut:
		return "left out, with a note"
	}
	return "fixed"
}

// Decl is the row of one variable. Why says what it changes (Works), why it may
// be kept, or what to do instead (Fixed).
type Decl struct {
	Name string
	Rule Rule
	Why  string
}

// row declares several variables that share their reason.
type row struct {
	why   string
	names string
}

var byName = func() map[string]Decl {
	out := map[string]Decl{}
	for rule, rows := range map[Rule][]row{Works: works, Kept: kept, Fixed: fixed} {
		for _, r := range rows {
			for _, name := range strings.Fields(r.names) {
				if _, twice := out[name]; twice {
					panic("variable " + name + " is declared twice")
				}
				out[name] = Decl{name, rule, r.why}
			}
		}
	}
	return out
}()

// bounds are what whole numbers are cut to, as MySQL's manual has them. Others are refused outside of theirs.
var bounds = map[string][2]int64{
	"cte_max_recursion_depth": {0, 4294967295},
	"default_week_format":     {0, 7},
	"div_precision_increment": {0, 30},
	"group_concat_max_len":    {4, math.MaxInt64},
	"interactive_timeout":     {1, 31536000},
	"lock_wait_timeout":       {1, 31536000},
	"max_execution_time":      {0, 4294967295},
	"max_sp_recursion_depth":  {0, 255},
	"wait_timeout":            {1, 31536000},
}

// Cut is what a variable takes of a whole number that is outside of its bounds. cut is false for any other value.
func Cut(name string, v any) (value any, cut bool) {
	b, known := bounds[strings.ToLower(name)]
	n := reflect.ValueOf(v)
	switch {
	case !known:
	case n.CanInt() && n.Int() < b[0]:
		return b[0], true
	case n.CanInt() && n.Int() > b[1], n.CanUint() && n.Uint() > uint64(b[1]) && b[1] < math.MaxInt64:
		return b[1], true
	case n.CanUint() && n.Uint() < uint64(b[0]):
		return b[0], true
	}
	return v, false
}

// Of returns the row of a variable. declared is false when there is none: the
// variable is fixed then.
func Of(name string) (d Decl, declared bool) {
	d, declared = byName[strings.ToLower(name)]
	if !declared {
		d = Decl{Name: strings.ToLower(name)}
	}
	return d, declared
}

// All returns every row by name.
func All() []Decl {
	out := make([]Decl, 0, len(byName))
	for _, d := range byName {
		out = append(out, d)
	}
	sort.Slice(out, func(i, j int) bool { return out[i].Name < out[j].Name })
	return out
}
