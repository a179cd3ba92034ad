package clause

import (
	"slices"
	"strings"

	"github.com/lxdb/lxdb/engine/dialect"
)

// part is one part of ALTER TABLE: its tokens, and its text as the parser is to read it.
type part struct {
	from, to int
	text     string
	apart    bool // text is another part than the tokens are
}

// later leaves those parts to Change.Late whose expressions name columns that other parts make
// or change, and keys over columns that others rename: the planner knows the columns that the table has now. It returns
// the others.
func (r *reader) later(all []part) []string {
	all, unkeyed := r.dropsFirst(r.renamesFirst(all))
	renamed := r.renames(all)
	all, before := r.apart(all)
	all, now, last := r.withoutKeys(all)
	if unkeyed != nil {
		last = append(last, r.source(unkeyed.from, unkeyed.to))
	}
	dropped := slices.ContainsFunc(all, r.dropsKey)
	makes := make([][]string, len(all))
	makers := map[string]int{} // how many parts make a column
	lastly := map[string]int{} // the last of them
	for i, p := range all {
		makes[i] = lower(r.makes(p))
		for _, name := range makes[i] {
			makers[name]++
			lastly[name] = i
		}
	}
	late := map[string]bool{} // columns that come later
	var checks []string       // of columns that do not
	added := false            // a column that comes later is a new one
	for i, p := range all {
		if p.apart {
			now = append(now, p.text)
			continue
		}
		others := func(name string) bool { return makers[name] > count(makes[i], name) }
		over := r.addsKey(p) && r.names(p.from, p.to, func(name string) bool { return renamed[name] || lastly[name] > i })
		behind := r.addsColumn(p) && added // the columns stand as they are written
		named := !r.dropsKey(p) && r.names(p.from, p.to, func(name string) bool { return late[name] })
		if over || behind || named || dropped && r.becomesText(p) || r.expressionNames(p, others) {
			added = added || r.addsColumn(p)
			for _, name := range makes[i] {
				late[name] = true
			}
			r.change.Late = append(r.change.Late, r.source(p.from, p.to))
			continue
		}
		text, own := p.text, []string(nil)
		if len(makes[i]) > 0 {
			text, own = r.withoutChecks(p)
		}
		now, checks = append(now, text), append(checks, own...)
	}
	if len(now) == 0 && len(all) > 0 && len(last) == 0 { // they name each other: the planner says what is unknown
		r.change.Late = nil
		for _, p := range all {
			now = append(now, p.text)
		}
	}
	r.change.Late = slices.Concat(before, r.change.Late, checks, last)
	if len(now) == 0 && len(r.change.Late) > 0 { // a statement with nothing in it would ask for no rights
		now, r.change.Late = r.change.Late[:1:1], r.change.Late[1:]
	}
	return now
}

// makes are the columns that a part makes or changes.
func (r *reader) makes(p part) []string {
	word := func(i int, w string) bool {
		t := r.token(i)
		return t.Kind == dialect.TokenWord && strings.EqualFold(t.Text, w)
	}
	i := p.from + 1
	renames := word(p.from, "RENAME") && word(i, "COLUMN")
	if word(i, "COLUMN") {
		i++
	}
	name := func(i int) []string {
		if t := r.token(i); i < p.to && (t.Kind == dialect.TokenWord || t.Kind == dialect.TokenName) {
			return []string{t.Text}
		}
		return nil
	}
	switch {
	case renames:
		return name(i + 2)
	case word(p.from, "ADD") && r.token(i).Text == "(":
		return r.inParens(i, p.to)
	case word(p.from, "ADD"):
		for _, w := range []string{"PRIMARY", "UNIQUE", "KEY", "INDEX", "FOREIGN", "CHECK", "CONSTRAINT"} {
			if word(i, w) {
				return nil
			}
		}
		return name(i)
	case word(p.from, "MODIFY"):
		return name(i)
	case word(p.from, "CHANGE"):
		return name(i + 1)
	}
	return nil
}

// addsColumn says that a part is ADD COLUMN, or ADD (…).
func (r *reader) addsColumn(p part) bool { return r.isWord(p.from, "ADD") && len(r.makes(p)) > 0 }

// inParens are the columns of ADD (a INT, b INT).
func (r *reader) inParens(from, to int) (out []string) {
	depth := 0
	for i := from; i+1 < to; i++ {
		t, next := r.token(i), r.token(i+1)
		if t.Kind == dialect.TokenOther {
			switch t.Text {
			case "(":
				depth++
			case ")":
				depth--
			}
			begins := t.Text == "(" || t.Text == ","
			if begins && depth == 1 && (next.Kind == dialect.TokenWord || next.Kind == dialect.TokenName) {
				out = append(out, next.Text)
			}
		}
	}
	return out
}

// withoutChecks takes the CHECK of a column's own out of a part: the planner binds it before there
// is the column.
func (r *reader) withoutChecks(p part) (text string, checks []string) {
	word := func(i int, w string) bool {
		t := r.token(i)
		return t.Kind == dialect.TokenWord && strings.EqualFold(t.Text, w)
	}
	wide := r.token(p.from+1).Text == "(" || r.token(p.from+2).Text == "(" && word(p.from+1, "COLUMN")
	text = p.text
	for i := p.from + 1; i < p.to; i++ {
		if t := r.token(i); t.Kind == dialect.TokenOther && t.Text == "(" && !(wide && i <= p.from+2) {
			i = r.closing(i, p.to)
			continue
		}
		next := r.token(i + 1)
		if !word(i, "CHECK") || next.Kind != dialect.TokenOther || next.Text != "(" {
			continue
		}
		from, to := i, r.closing(i+1, p.to)+1
		switch {
		case word(i-1, "CONSTRAINT"):
			from--
		case word(i-2, "CONSTRAINT"):
			from -= 2
		}
		if word(to, "NOT") && word(to+1, "ENFORCED") {
			to += 2
		} else if word(to, "ENFORCED") {
			to++
		}
		checks = append(checks, "ADD "+r.source(from, to))
		r.dropInside(r.token(from).Pos, r.token(to-1).End)
		r.cut(from, to)
		text = r.edited(r.token(p.from).Pos, r.token(p.to-1).End)
		i = to - 1
	}
	return text, checks
}

// closing is the parenthesis that closes the one at from.
func (r *reader) closing(from, to int) int {
	depth := 0
	for i := from; i < to; i++ {
		if t := r.token(i); t.Kind == dialect.TokenOther {
			switch t.Text {
			case "(":
				depth++
			case ")":
				depth--
			}
		}
		if depth == 0 {
			return i
		}
	}
	return to
}

// expressionNames says whether an expression of a part names one of the columns: the condition of
// a CHECK, a generated column, or a computed DEFAULT.
func (r *reader) expressionNames(p part, column func(string) bool) bool {
	for i := p.from; i+1 < p.to; i++ {
		t, next := r.token(i), r.token(i+1)
		opens := next.Kind == dialect.TokenOther && next.Text == "("
		if t.Kind != dialect.TokenWord || !opens || !slices.Contains([]string{"CHECK", "AS", "DEFAULT"}, strings.ToUpper(t.Text)) {
			continue
		}
		end := r.closing(i+1, p.to)
		if r.names(i+1, end, column) {
			return true
		}
	}
	return false
}

// names says whether a column, by its name in lower case, is among the tokens from..to-1.
func (r *reader) names(from, to int, column func(string) bool) bool {
	for i := from; i < to; i++ {
		t := r.token(i)
		if (t.Kind == dialect.TokenWord || t.Kind == dialect.TokenName) && column(strings.ToLower(t.Text)) {
			return true
		}
	}
	return false
}

func lower(names []string) []string {
	for i := range names {
		names[i] = strings.ToLower(names[i])
	}
	return names
}

func count(names []string, name string) (n int) {
	for _, own := range names {
		if own == name {
			n++
		}
	}
	return n
}
