package ldapd

import (
	"slices"
	"strings"

	"github.com/lxdb/lxdb/security/principal"
)

// truth is the three-valued logic of RFC 4511, 4.5.1.7. Undefined is its zero
// value: what nobody decided does not match, and neither does its negation.
type truth int8

const (
	undefined truth = 0
	isTrue    truth = 1
	isFalse   truth = -1
)

func truthOf(b bool) truth {
	if b {
		return isTrue
	}
	return isFalse
}

// matcher decides whether an entry that may be read matches.
type matcher func(*entry) truth

func undecided(*entry) truth { return undefined }

// compile resolves a filter's names and folds its values once, for all entries
// of the search.
func (v *view) compile(f *filterNode) matcher {
	switch f.kind {
	case filterAnd, filterOr, filterNot:
		return v.compileLogic(f)
	case filterExtensible:
		return v.compileExtensible(f)
	}
	a := attributeNamed(f.attr)
	if a == nil || a.secret {
		return undecided
	}
	switch f.kind {
	case filterPresent:
		return func(e *entry) truth { return truthOf(len(v.values(e, a)) > 0) }
	case filterSubstrings:
		return v.compileSubstrings(a, f.parts)
	case filterGreater, filterLess:
		return v.compileOrder(a, f.kind, f.value)
	}
	return v.compileEqual(a, f.value)
}

func (v *view) compileLogic(f *filterNode) matcher {
	children := make([]matcher, len(f.children))
	for i := range f.children {
		children[i] = v.compile(&f.children[i])
	}
	if f.kind == filterNot {
		return func(e *entry) truth { return -children[0](e) }
	}
	// An AND ends with the first False, an OR with the first True. Of no
	// children they are True and False (RFC 4526).
	end := isFalse
	if f.kind == filterOr {
		end = isTrue
	}
	return func(e *entry) truth {
		result := -end
		for _, c := range children {
			switch c(e) {
			case end:
				return end
			case undefined:
				result = undefined
			}
		}
		return result
	}
}

func (v *view) compileEqual(a *attribute, value string) matcher {
	want, ok := a.syntax.fold(value)
	if !ok {
		return undecided
	}
	// Memberships are asked by number: a walk over all users must not spell out
	// the DNs of everybody's groups.
	switch a.name {
	case "member", "uniqueMember":
		return v.inSet(kindGroup, v.directGroups(value))
	case "memberOf":
		return v.inSet(kindAccount, v.allMembers(value))
	}
	return v.compileFolded(a, a.syntax, want)
}

func (v *view) compileFolded(a *attribute, s *syntax, want string) matcher {
	return func(e *entry) truth {
		return truthOf(slices.ContainsFunc(v.values(e, a), func(has string) bool {
			folded, ok := s.fold(has)
			return ok && folded == want
		}))
	}
}

// inSet matches the accounts in a set.
func (v *view) inSet(kinds entryKind, set map[principal.ID]bool) matcher {
	return func(e *entry) truth { return truthOf(e.kind&kinds != 0 && set[e.p.ID]) }
}

func (v *view) named(value string) *entry {
	name, err := parseDN(value)
	if err != nil {
		return nil
	}
	if e := v.locate(name); e != nil && e.p != nil {
		return e
	}
	return nil
}

// directGroups are the groups that list an account as a member.
func (v *view) directGroups(value string) map[principal.ID]bool {
	set := map[principal.ID]bool{}
	if e := v.named(value); e != nil {
		for _, m := range v.snap.MembershipsOf(e.p.ID) {
			set[m.Role] = true
		}
	}
	return set
}

// allGroups are the groups that hold an account at any depth.
func (v *view) allGroups(value string) map[principal.ID]bool {
	set := map[principal.ID]bool{}
	if e := v.named(value); e != nil {
		for _, g := range v.groupsAbove(e.p.ID) {
			set[g.ID] = true
		}
	}
	return set
}

// allMembers are the accounts in a group at any depth.
func (v *view) allMembers(value string) map[principal.ID]bool {
	set := map[principal.ID]bool{}
	if e := v.named(value); e != nil && e.kind == kindGroup {
		for _, p := range v.membersWithin(e.p.ID) {
			set[p.ID] = true
		}
	}
	return set
}

func (v *view) compileOrder(a *attribute, kind filterKind, value string) matcher {
	want, ok := a.syntax.fold(value)
	if !ok || a.syntax.ordering == "" {
		return undecided
	}
	compare := a.syntax.compare
	if compare == nil {
		compare = strings.Compare
	}
	return func(e *entry) truth {
		return truthOf(slices.ContainsFunc(v.values(e, a), func(has string) bool {
			folded, ok := a.syntax.fold(has)
			if !ok {
				return false
			}
			if kind == filterGreater {
				return compare(folded, want) >= 0
			}
			return compare(folded, want) <= 0
		}))
	}
}

func (v *view) compileSubstrings(a *attribute, p fragments) matcher {
	if a.syntax.fragment == "" {
		return undecided
	}
	p, ok := foldFragments(a.syntax, p)
	if !ok {
		return undecided
	}
	return func(e *entry) truth {
		return truthOf(slices.ContainsFunc(v.values(e, a), func(has string) bool {
			folded, ok := a.syntax.fold(has)
			return ok && p.match(folded)
		}))
	}
}

// foldFragments folds each piece and keeps a space at the ends that meet other
// text, since there it separates words.
func foldFragments(s *syntax, p fragments) (fragments, bool) {
	valid := true
	fold := func(piece string, first, last bool) string {
		if piece == "" {
			return ""
		}
		folded, ok := s.fold(piece)
		if blank := strings.Trim(piece, " ") == ""; blank && s == textSyntax {
			return " "
		}
		valid = valid && ok
		if s != textSyntax {
			return folded
		}
		if !first && strings.HasPrefix(piece, " ") {
			folded = " " + folded
		}
		if !last && strings.HasSuffix(piece, " ") {
			folded += " "
		}
		return folded
	}
	out := fragments{initial: fold(p.initial, true, false), final: fold(p.final, false, true)}
	for _, piece := range p.any {
		out.any = append(out.any, fold(piece, false, false))
	}
	return out, valid
}

func (p fragments) match(s string) bool {
	s, ok := strings.CutPrefix(s, p.initial)
	if !ok {
		return false
	}
	for _, piece := range p.any {
		_, after, found := strings.Cut(s, piece)
		if !found {
			return false
		}
		s = after
	}
	return strings.HasSuffix(s, p.final)
}

func (v *view) compileExtensible(f *filterNode) matcher {
	a := attributeNamed(f.attr)
	if a == nil || a.secret {
		return undecided // a rule alone would have to look at every attribute
	}
	if strings.EqualFold(f.rule, chainRule) || strings.EqualFold(f.rule, "LDAP_MATCHING_RULE_IN_CHAIN") {
		return v.compileChain(a, f.value)
	}
	if f.rule == "" {
		return v.orInDN(f, a, a.syntax, v.compileEqual(a, f.value))
	}
	s := ruleSyntax[strings.ToLower(f.rule)]
	if s == nil || !suits(a.syntax, s) {
		return undecided
	}
	want, ok := s.fold(f.value)
	if !ok {
		return undecided
	}
	return v.orInDN(f, a, s, v.compileFolded(a, s, want))
}

// suits says whether a rule for values of s suits an attribute: its own, or
// both are text.
func suits(attr, s *syntax) bool {
	text := func(s *syntax) bool { return s == textSyntax || s == exactSyntax }
	return attr == s || text(attr) && text(s)
}

func (v *view) compileChain(a *attribute, value string) matcher {
	if _, ok := foldDN(value); !ok {
		return undecided
	}
	switch a.name {
	case "member", "uniqueMember":
		return v.inSet(kindGroup, v.allGroups(value))
	case "memberOf":
		return v.inSet(kindAccount, v.allMembers(value))
	}
	return undecided
}

// orInDN adds the values in the entry's DN when the filter asks for it.
func (v *view) orInDN(f *filterNode, a *attribute, s *syntax, match matcher) matcher {
	want, ok := s.fold(f.value)
	if !f.inDN || !ok {
		return match
	}
	return func(e *entry) truth {
		if match(e) == isTrue {
			return isTrue
		}
		return truthOf(slices.ContainsFunc(v.dnPairs(e), func(pair ava) bool {
			folded, ok := s.fold(pair.value)
			return pair.attr == a.name && ok && folded == want
		}))
	}
}

// candidate is the name of the only account that can match, when the filter
// names one: a look-up instead of a walk.
func candidate(f *filterNode) (string, bool) {
	switch f.kind {
	case filterEqual:
		if a := attributeNamed(f.attr); a != nil && (a.name == "uid" || a.name == "sAMAccountName") {
			return f.value, true
		}
	case filterAnd:
		for i := range f.children {
			if name, ok := candidate(&f.children[i]); ok {
				return name, true
			}
		}
	}
	return "", false
}
