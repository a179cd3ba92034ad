package clause

import (
	"fmt"
	"slices"
	"strings"

	"github.com/lxdb/lxdb/engine/dialect"
	"github.com/lxdb/lxdb/engine/sqlerr"
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

// apart gives a column that takes the name of another one, which a later part renames or drops, a name of its own first: all
// parts speak of the columns as the table has them. It returns the parts, and those that come behind them.
func (r *reader) apart(all []part) (out []part, behind []string) {
	gone := map[string]int{} // the last part that takes a name away
	for i, p := range all {
		if old, _ := r.renaming(p); old != "" {
			gone[strings.ToLower(old)] = i
		}
	}
	for i, p := range all {
		old, name := r.renaming(p)
		if at, taken := gone[strings.ToLower(name)]; name == "" || !taken || at <= i {
			out = append(out, p)
			continue
		}
		between := fmt.Sprintf("`#renamed-%d`", i)
		finally := "RENAME COLUMN " + between + " TO " + quotedName(name)
		if c, yes := r.changes(p); yes {
			finally = "CHANGE COLUMN " + between + " " + quotedName(name) + " " + r.edited(r.token(c.body).Pos, r.token(p.to-1).End)
		}
		out = append(out, part{p.from, p.to, "RENAME COLUMN " + quotedName(old) + " TO " + between, true})
		behind = append(behind, finally)
	}
	return out, behind
}

// twice refuses to change one column by two parts: to the second it is not there any more.
func (r *reader) twice(all []part) error {
	seen := map[string]bool{}
	for _, p := range all {
		old := ""
		if c, yes := r.changes(p); yes {
			old = c.old
		} else if from, to := r.renaming(p); to != "" {
			old = from
		}
		if key := strings.ToLower(old); old != "" && seen[key] {
			return sqlerr.BadField.Errorf("Unknown column '%s' in '%s'", old, r.change.Table)
		} else if old != "" {
			seen[key] = true
		}
	}
	return nil
}

// renaming are the names of a part that takes old away: name is the new one, empty for DROP COLUMN.
func (r *reader) renaming(p part) (old, name string) {
	if c, yes := r.changes(p); yes && !strings.EqualFold(c.old, c.new) {
		return c.old, c.new
	}
	switch {
	case r.isWord(p.from, "RENAME") && r.isWord(p.from+1, "COLUMN") && p.from+4 < p.to:
		return r.token(p.from + 2).Text, r.token(p.from + 4).Text
	case r.isWord(p.from, "DROP") && r.isWord(p.from+1, "COLUMN") && p.from+3 == p.to:
		return r.token(p.from + 2).Text, ""
	case r.isWord(p.from, "DROP") && p.from+2 == p.to:
		return r.token(p.from + 1).Text, ""
	}
	return "", ""
}

func quotedName(name string) string { return "`" + strings.ReplaceAll(name, "`", "``") + "`" }

// numberKey is the key that a column becomes AUTO_INCREMENT by.
const numberKey = "`lx key of numbers`"

// withoutKeys takes the keys that CHANGE and MODIFY have in them out, where the planner would not find their column by its
// new name; and it leaves a column that becomes AUTO_INCREMENT for the end, when it has the key that it needs. first are parts
// that are to come before all, last those behind.
func (r *reader) withoutKeys(all []part) (rest []part, first, last []string) {
	adds := slices.ContainsFunc(all, r.addsKey)
	for _, p := range all {
		c, yes := r.changes(p)
		if !yes || p.apart {
			rest = append(rest, p)
			continue
		}
		keys := r.ownKeys(c.body, p.to)
		counts := r.outside(c.body, p.to, func(i int) bool { return r.isWord(i, "AUTO_INCREMENT") })
		renames := !strings.EqualFold(c.old, c.new)
		number := counts && (adds || len(keys) > 0)
		primary := slices.ContainsFunc(keys, func(k [2]int) bool { return !r.isWord(k[0], "UNIQUE") })
		if !number && !primary && (!renames || len(keys) == 0) { // a primary key is that of a table that has none
			rest = append(rest, p)
			continue
		}
		name := quotedName(c.new)
		var own []string
		for _, k := range keys {
			kind := "UNIQUE KEY"
			if !r.isWord(k[0], "UNIQUE") {
				kind = "PRIMARY KEY"
			}
			own = append(own, "ADD "+kind+" ("+name+")")
			r.dropInside(r.token(k[0]).Pos, r.token(k[1]-1).End)
			r.cut(k[0], k[1])
		}
		if !number {
			r.change.Late = append(r.change.Late, own...)
			p.text = r.edited(r.token(p.from).Pos, r.token(p.to-1).End)
			rest = append(rest, p)
			continue
		}
		if renames {
			first = append(first, "RENAME COLUMN "+quotedName(c.old)+" TO "+name)
		}
		modify := "MODIFY COLUMN " + name + " " + r.edited(r.token(c.body).Pos, r.token(p.to-1).End)
		if len(own) > 0 { // rows without a number get theirs before the key finds that they have the same
			last = append(last, "ADD KEY "+numberKey+" ("+name+")", modify)
			last = append(append(last, own...), "DROP KEY "+numberKey)
		} else {
			last = append(last, modify)
		}
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
