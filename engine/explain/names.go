package explain

import (
	"strconv"
	"strings"

	"github.com/lxdb/lxdb/engine/exec"
	"github.com/lxdb/lxdb/engine/expr"
	"github.com/lxdb/lxdb/engine/table"
)

// names prints expressions. What the rows of other operators put into slots is printed as the columns
// that it comes from.
type names struct {
	slots map[int]string
	left  *int // bytes of expressions that may still be printed
}

// A text of expressions is not longer than the statement makes it, but a column of a merged view stands in it as often
// as it is named, and that is a product of what each view below it names: so what is printed has an end.
const (
	mostOfOne = 1 << 16 // bytes of an expression
	mostOfAll = 1 << 23 // bytes of all of a statement
)

func newNames(b *builder) names {
	left := mostOfAll
	return names{b.slots, &left}
}

func (n names) expr(e expr.Expr) string {
	most := min(mostOfOne, *n.left)
	if p, ok := e.(*expr.Param); ok {
		if name := n.slots[p.Slot]; name != "" && len(name) <= most {
			*n.left -= len(name)
			return name
		}
	}
	text := bare(expr.Printed(e, most, func(e expr.Expr) expr.Expr {
		switch x := e.(type) {
		case *expr.Param:
			if name := n.slots[x.Slot]; name != "" {
				return expr.NewColumn(0, x.Of, name)
			}
		case *expr.Column:
			if x.Name == "" {
				return expr.NewColumn(0, x.Of, "#"+strconv.Itoa(x.Index+1))
			}
		}
		return own(e)
	}))
	*n.left -= len(text)
	return text
}

// shown is an expression whose columns are named without their databases.
func shown(e expr.Expr) string { return bare(expr.Printed(e, mostOfOne, own)) }

func own(e expr.Expr) expr.Expr {
	if x, ok := e.(*expr.Column); ok && strings.Count(x.Name, "`.`") == 2 {
		_, name, _ := strings.Cut(x.Name, "`.`")
		return expr.NewColumn(x.Index, x.Of, "`"+name)
	}
	return e
}

func (n names) list(list []expr.Expr, between string) string {
	out := make([]string, len(list))
	for i, e := range list {
		out[i] = n.expr(e)
	}
	return strings.Join(out, between)
}

// bare takes the quotes off names that need none.
func bare(s string) string {
	if strings.IndexByte(s, '`') < 0 {
		return s
	}
	var b strings.Builder
	for i := 0; i < len(s); {
		switch s[i] {
		case '\'':
			end := endOf(s, i, '\'')
			b.WriteString(s[i:end])
			i = end
		case '`':
			end := endOf(s, i, '`')
			if name := called(s[i+1 : max(i+1, end-1)]); plain(name) {
				b.WriteString(name)
			} else {
				b.WriteString(s[i:end])
			}
			i = end
		default:
			b.WriteByte(s[i])
			i++
		}
	}
	return b.String()
}

// called is how a table is shown: the mark of a name that a rewrite has made is left out.
func called(name string) string { return strings.TrimSuffix(name, "\x00") }

// endOf is behind the closing quote of what begins at i.
func endOf(s string, i int, quote byte) int {
	for j := i + 1; j < len(s); j++ {
		if s[j] != quote {
			continue
		}
		if j+1 < len(s) && s[j+1] == quote {
			j++
			continue
		}
		return j + 1
	}
	return len(s)
}

func plain(name string) bool {
	for i := range len(name) {
		c := name[i]
		if !(c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c == '_' || c == '$' || c >= '0' && c <= '9' && i > 0 || c >= 0x80) {
			return false
		}
	}
	return name != ""
}

// indexOf is the index that a scan reads by; nil for the whole table.
func indexOf(s *exec.Scan) (*table.Source, *table.IndexInfo) {
	src, ok := s.Source.(*table.Source)
	if !ok || s.Index < 0 {
		return src, nil
	}
	return src, &src.Indexes()[s.Index]
}

// spans prints what bounds the columns of an index.
func (n names) spans(src *table.Source, x *table.IndexInfo, list []exec.Span) string {
	var out []string
	for i := range list {
		out = append(out, n.span(src.Record().Columns[x.Columns[i]].Name, &list[i]))
	}
	return strings.Join(out, ", ")
}

func (n names) span(column string, s *exec.Span) string {
	switch {
	case len(s.Equal) == 1 && s.NullSafe && expr.IsConst(s.Equal[0]) && s.Equal[0].String() == "NULL":
		return column + " IS NULL"
	case len(s.Equal) == 1:
		return column + "=" + n.expr(s.Equal[0])
	case len(s.Equal) > maxShown:
		return column + " IN (" + n.list(s.Equal[:maxShown], ",") + ",…)"
	case len(s.Equal) > 1:
		return column + " IN (" + n.list(s.Equal, ",") + ")"
	}
	if s.Stretches == nil {
		return n.stretch(column, &exec.Stretch{Low: s.Low, High: s.High, LowInclusive: s.LowInclusive, HighInclusive: s.HighInclusive})
	}
	var out []string
	for i := range s.Stretches[:min(len(s.Stretches), maxShown)] {
		out = append(out, "("+n.stretch(column, &s.Stretches[i])+")")
	}
	return strings.Join(out, " OR ")
}

func (n names) stretch(column string, s *exec.Stretch) string {
	low, high := "", ""
	if s.Low != nil {
		low = n.expr(s.Low) + sign(s.LowInclusive)
	}
	if s.High != nil {
		high = sign(s.HighInclusive) + n.expr(s.High)
	}
	return low + column + high
}

// maxShown bounds the values of a list that are shown.
const maxShown = 16

func sign(inclusive bool) string {
	if inclusive {
		return " <= "
	}
	return " < "
}
