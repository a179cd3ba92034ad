package clause

import "strings"

// Lock is a locking clause of SELECT in the words that the parser does not take.
type Lock struct {
	Of         []string // tables, by the names that the query gives them; none: all
	NoWait     bool
	SkipLocked bool
}

// lockWord says whether a text may have FOR UPDATE or FOR SHARE in it.
func lockWord(text string) bool {
	for i := 0; i+4 < len(text); i++ {
		if text[i]|0x20 == 'f' && text[i+1]|0x20 == 'o' && text[i+2]|0x20 == 'r' && text[i+3] <= ' ' {
			return true
		}
	}
	return false
}

// locks rewrites FOR SHARE and FOR UPDATE with OF, NOWAIT and SKIP LOCKED. The parser
// has FOR UPDATE, FOR UPDATE SKIP LOCKED and LOCK IN SHARE MODE.
func (r *reader) locks() (Result, error) {
	clauses := 0
	for ; !r.done(); r.i++ {
		if !r.at("FOR", "UPDATE") && !r.at("FOR", "SHARE") {
			continue
		}
		from := r.i
		spelled := "FOR UPDATE"
		if r.wordAt(1, "SHARE") {
			spelled = "LOCK IN SHARE MODE"
		}
		r.i += 2
		l := Lock{}
		if r.accept("OF") {
			for r.isName() {
				_, name := r.name()
				l.Of = append(l.Of, strings.ToLower(name))
				if !r.acceptPunct(",") {
					break
				}
			}
		}
		switch {
		case r.accept("NOWAIT"):
			l.NoWait = true
		case r.accept("SKIP", "LOCKED"):
			l.SkipLocked = true
		}
		r.replace(from, r.i, spelled)
		clauses++
		if l.SkipLocked {
			return Result{}, refused("SKIP LOCKED", "use NOWAIT and look for another row when it fails")
		}
		if l.NoWait || len(l.Of) > 0 {
			r.lock = &l
		}
		r.i--
	}
	if r.lock != nil && clauses > 1 {
		return Result{}, refused("NOWAIT and OF in a statement with several locking clauses", "say it in one of them and lock the rest with a statement of its own")
	}
	return r.result(), nil
}
