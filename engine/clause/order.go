package clause

import "slices"

// dropsKey says that a part drops an index, or the primary key.
func (r *reader) dropsKey(p part) bool {
	return r.isWord(p.from, "DROP") && (r.isWord(p.from+1, "KEY") || r.isWord(p.from+1, "INDEX") || r.dropsPrimary(p))
}

func (r *reader) dropsPrimary(p part) bool {
	return r.isWord(p.from, "DROP") && r.isWord(p.from+1, "PRIMARY")
}

// renamesFirst puts RENAME COLUMN before CONVERT TO CHARACTER SET: a column gets another name by its type as it was planned.
func (r *reader) renamesFirst(all []part) []part {
	at := slices.IndexFunc(all, func(p part) bool { return r.isWord(p.from, "CONVERT") })
	if at < 0 {
		return all
	}
	rest := slices.Clone(all[:at])
	var others []part
	for _, p := range all[at:] {
		if r.isWord(p.from, "RENAME") && r.isWord(p.from+1, "COLUMN") {
			rest = append(rest, p)
		} else {
			others = append(others, p)
		}
	}
	return append(rest, others...)
}

// dropsFirst puts keys that are dropped before those that are added, as MySQL does: a new one may have the name of an old
// one. A primary key that no other replaces goes last, when the key is there that a column with AUTO_INCREMENT then needs.
func (r *reader) dropsFirst(all []part) (rest []part, unkeyed *part) {
	add := slices.IndexFunc(all, r.addsKey)
	if add < 0 {
		return all, nil
	}
	primary := func(p part) bool { return r.isWord(p.from, "ADD") && r.isWord(p.from+1, "PRIMARY") }
	// Where columns change as well, what they become may hang on the key that goes.
	replaced := slices.ContainsFunc(all, func(p part) bool { _, changes := r.changes(p); return changes || primary(p) })
	rest = slices.Clone(all[:add])
	var adds []part
	for _, p := range all[add:] {
		if r.dropsKey(p) {
			rest = append(rest, p)
		} else {
			adds = append(adds, p)
		}
	}
	rest = append(rest, adds...)
	if at := slices.IndexFunc(rest, r.dropsPrimary); at >= 0 && !replaced {
		p := rest[at]
		return slices.Delete(rest, at, at+1), &p
	}
	return rest, nil
}

// becomesText says that a part gives a column a type that no key holds whole.
func (r *reader) becomesText(p part) bool {
	c, yes := r.changes(p)
	return yes && slices.ContainsFunc([]string{"TINYTEXT", "TEXT", "MEDIUMTEXT", "LONGTEXT", "TINYBLOB", "BLOB", "MEDIUMBLOB", "LONGBLOB", "JSON"},
		func(w string) bool { return r.isWord(c.body, w) })
}
