package clause

import (
	"slices"
	"strings"

	"github.com/lxdb/lxdb/engine/dialect"
)

// changed is a part CHANGE or MODIFY.
type changed struct {
	old, new string
	body     int // the token after the names
}

// changes reads the beginning of CHANGE a b … or MODIFY a ….
func (r *reader) changes(p part) (c changed, yes bool) {
	change := r.isWord(p.from, "CHANGE")
	if !change && !r.isWord(p.from, "MODIFY") {
		return c, false
	}
	i := p.from + 1
	if r.isWord(i, "COLUMN") {
		i++
	}
	if change {
		c.old = r.token(i).Text
		i++
	}
	c.new, c.body = r.token(i).Text, i+1
	if !change {
		c.old = c.new
	}
	return c, c.body < p.to
}

func (r *reader) isWord(i int, w string) bool {
	t := r.token(i)
	return t.Kind == dialect.TokenWord && strings.EqualFold(t.Text, w)
}

// addsKey says that a part is ADD KEY, or of its kin.
func (r *reader) addsKey(p part) bool {
	return r.isWord(p.from, "ADD") && slices.ContainsFunc([]string{"PRIMARY", "UNIQUE", "KEY", "INDEX", "FOREIGN", "CONSTRAINT"},
		func(w string) bool { return r.isWord(p.from+1, w) })
}

// renames are the names, in lower case, that parts give to columns which have others now.
func (r *reader) renames(all []part) map[string]bool {
	out := map[string]bool{}
	for _, p := range all {
		if c, yes := r.changes(p); yes && !strings.EqualFold(c.old, c.new) {
			out[strings.ToLower(c.new)] = true
		}
		if r.isWord(p.from, "RENAME") && r.isWord(p.from+1, "COLUMN") {
			out[strings.ToLower(r.token(p.from+4).Text)] = true
		}
	}
	return out
}

// withoutKeys takes the keys that CHANGE and MODIFY have in them out, where the planner would not find their column by its
// new name; and it leaves a column that becomes AUTO_INCREMENT for the end, when it has the key that it needs. first are parts
// that are to come before all, last those behind.
func (r *reader) withoutKeys(all []part) (rest []part, first, last []string) {
	adds := slices.ContainsFunc(all, r.addsKey)
	for _, p := range all {
		c, yes := r.changes(p)
		if !yes {
			rest = append(rest, p)
			continue
		}
		keys := r.ownKeys(c.body, p.to)
		counts := r.outside(c.body, p.to, func(i int) bool { return r.isWord(i, "AUTO_INCREMENT") })
		renames := !strings.EqualFold(c.old, c.new)
		number := counts && (adds || len(keys) > 0)
		if !number && (!renames || len(keys) == 0) {
			rest = append(rest, p)
			continue
		}
		name := "`" + strings.ReplaceAll(c.new, "`", "``") + "`"
		for _, k := range keys {
			kind := "UNIQUE KEY"
			if !r.isWord(k[0], "UNIQUE") {
				kind = "PRIMARY KEY"
			}
			r.change.Late = append(r.change.Late, "ADD "+kind+" ("+name+")")
			r.dropInside(r.token(k[0]).Pos, r.token(k[1]-1).End)
			r.cut(k[0], k[1])
		}
		if !number {
			p.text = r.edited(r.token(p.from).Pos, r.token(p.to-1).End)
			rest = append(rest, p)
			continue
		}
		if renames {
			first = append(first, "RENAME COLUMN `"+strings.ReplaceAll(c.old, "`", "``")+"` TO "+name)
		}
		last = append(last, "MODIFY COLUMN "+name+" "+r.edited(r.token(c.body).Pos, r.token(p.to-1).End))
	}
	return rest, first, last
}

// outside says whether a token that is in no parentheses is such a one.
func (r *reader) outside(from, to int, is func(int) bool) bool {
	for i := from; i < to; i++ {
		if t := r.token(i); t.Kind == dialect.TokenOther && t.Text == "(" {
			i = r.closing(i, to)
		} else if is(i) {
			return true
		}
	}
	return false
}

// ownKeys are the places of UNIQUE [KEY] and [PRIMARY] KEY in what defines a column.
func (r *reader) ownKeys(from, to int) (out [][2]int) {
	r.outside(from, to, func(i int) bool {
		if n := len(out); n > 0 && i < out[n-1][1] {
			return false
		}
		switch {
		case (r.isWord(i, "UNIQUE") || r.isWord(i, "PRIMARY")) && r.isWord(i+1, "KEY"):
			out = append(out, [2]int{i, i + 2})
		case r.isWord(i, "UNIQUE"), r.isWord(i, "KEY"):
			out = append(out, [2]int{i, i + 1})
		}
		return false
	})
	return out
}
