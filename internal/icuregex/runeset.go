package regex

import (
	"slices"
	"strings"
	"sync"
	"unicode"
)

// span is an inclusive range of characters.
type span struct{ lo, hi rune }

// runeSet is a set of characters: sorted, disjoint, not adjacent spans.
type runeSet []span

var everyRune = runeSet{{0, unicode.MaxRune}}

// newSet sorts and joins spans.
func newSet(spans []span) runeSet {
	slices.SortFunc(spans, func(a, b span) int { return int(a.lo - b.lo) })
	out := spans[:0:0]
	for _, s := range spans {
		if n := len(out); n > 0 && s.lo <= out[n-1].hi+1 {
			out[n-1].hi = max(out[n-1].hi, s.hi)
			continue
		}
		out = append(out, s)
	}
	return out
}

func (s runeSet) union(t runeSet) runeSet { return newSet(slices.Concat(s, t)) }

func (s runeSet) complement() runeSet {
	var out runeSet
	next := rune(0)
	for _, r := range s {
		if r.lo > next {
			out = append(out, span{next, r.lo - 1})
		}
		next = r.hi + 1
	}
	if next <= unicode.MaxRune {
		out = append(out, span{next, unicode.MaxRune})
	}
	return out
}

func (s runeSet) intersect(t runeSet) runeSet {
	return s.complement().union(t.complement()).complement()
}

func (s runeSet) minus(t runeSet) runeSet { return s.intersect(t.complement()) }

func (s runeSet) has(r rune) bool {
	_, ok := slices.BinarySearchFunc(s, r, func(a span, r rune) int {
		switch {
		case a.hi < r:
			return -1
		case a.lo > r:
			return 1
		}
		return 0
	})
	return ok
}

// cased lists the characters that have another case, found once.
var cased = sync.OnceValue(func() []rune {
	var out []rune
	for r := rune('A'); r <= 0x1FFFF; r++ {
		if unicode.SimpleFold(r) != r {
			out = append(out, r)
		}
	}
	return out
})

// folded adds every character that differs from a member by case only.
func (s runeSet) folded() runeSet {
	spans := slices.Clone(s)
	for _, r := range cased() {
		if s.has(r) {
			for f := unicode.SimpleFold(r); f != r; f = unicode.SimpleFold(f) {
				spans = append(spans, span{f, f})
			}
		}
	}
	return newSet(spans)
}

// write appends the members as the inside of a regexp2 class.
func (s runeSet) write(out *strings.Builder) {
	for _, r := range s {
		writeClassRune(out, r.lo)
		if r.hi > r.lo {
			out.WriteByte('-')
			writeClassRune(out, r.hi)
		}
	}
}

func tableSet(tables ...*unicode.RangeTable) runeSet {
	var spans []span
	add := func(lo, hi, stride rune) {
		if stride == 1 {
			spans = append(spans, span{lo, hi})
			return
		}
		for r := lo; r <= hi; r += stride {
			spans = append(spans, span{r, r})
		}
	}
	for _, t := range tables {
		for _, r := range t.R16 {
			add(rune(r.Lo), rune(r.Hi), rune(r.Stride))
		}
		for _, r := range t.R32 {
			add(rune(r.Lo), rune(r.Hi), rune(r.Stride))
		}
	}
	return newSet(spans)
}
