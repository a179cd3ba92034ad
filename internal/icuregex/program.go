package regex

import (
	"context"
	"strings"
	"sync"
	"time"

	"github.com/dlclark/regexp2"
)

// Limits on one pattern and one call. A backtracking engine can be made to run
// exponentially long by pattern and text together, so the time limit is what
// bounds it; the others bound the translation and the compiler's recursion.
const (
	MatchTimeout    = 300 * time.Millisecond // one call, however many matches it makes
	MaxPatternBytes = 16 << 10

	maxTranslatedBytes = 1 << 20 // \p{L} alone is several kilobytes of ranges
	maxNesting         = 200
	maxRepeat          = 1<<24 - 1 // ICU's limit for {n,m}
)

// program is a compiled pattern: immutable, shared by all who use the same text.
type program struct {
	re     *regexp2.Regexp
	groups int            // capture groups, not counting the whole match
	names  map[string]int // group names, numbered left to right as ICU does
}

// cache keeps compiled patterns, because REGEXP_REPLACE compiles once a row.
// It is bounded; when full it is emptied, which keeps it simple and costs one
// compilation for each pattern still in use.
var cache = struct {
	sync.Mutex
	programs map[cacheKey]*program
}{programs: map[cacheKey]*program{}}

type cacheKey struct {
	pattern string
	flags   RegexFlags
}

const (
	maxCached      = 256
	maxCachedBytes = 1 << 10 // longer patterns are rare and not worth keeping
)

// compile returns the program for a pattern, from the cache when it can.
func compile(pattern string, flags RegexFlags) (*program, error) {
	key := cacheKey{pattern, flags}
	cache.Lock()
	p := cache.programs[key]
	cache.Unlock()
	if p != nil {
		return p, nil
	}
	p, err := build(pattern, flags)
	if err != nil {
		return nil, err
	}
	if len(pattern) <= maxCachedBytes {
		cache.Lock()
		if len(cache.programs) >= maxCached {
			clear(cache.programs)
		}
		// The key must not keep a larger buffer alive.
		key.pattern = strings.Clone(pattern)
		cache.programs[key] = p
		cache.Unlock()
	}
	return p, nil
}

func build(pattern string, flags RegexFlags) (*program, error) {
	if len(pattern) > MaxPatternBytes {
		return nil, invalid("the pattern is too long")
	}
	t := newTranslator(pattern, flags)
	if err := t.run(); err != nil {
		return nil, err
	}
	re, err := regexp2.Compile(t.out.String(), regexp2.None)
	if err != nil {
		return nil, invalid(err.Error())
	}
	re.MatchTimeout = MatchTimeout
	return &program{re: re, groups: t.groups, names: t.names}, nil
}

// search walks over the matches of one text. One deadline spans all of them:
// regexp2's own limit starts anew at every match.
type search struct {
	ctx      context.Context
	prog     *program
	text     []rune
	at       int // where the first match may start
	last     *regexp2.Match
	deadline time.Time
	n        int
}

func newSearch(ctx context.Context, p *program, text []rune, at int) *search {
	return &search{ctx: ctx, prog: p, text: text, at: at, deadline: time.Now().Add(MatchTimeout)}
}

// next returns the following match, nil when there is none. Anchors and
// look-behind see the whole text, also the part before the start.
func (s *search) next() (*regexp2.Match, error) {
	if err := s.ctx.Err(); err != nil {
		return nil, err
	}
	// Looking at the clock costs as much as a short match.
	if s.n++; s.n%64 == 0 && time.Now().After(s.deadline) {
		return nil, ErrTimeout.New()
	}
	var err error
	if s.last == nil {
		s.last, err = s.prog.re.FindRunesMatchStartingAt(s.text, s.at)
	} else {
		s.last, err = s.prog.re.FindNextMatch(s.last)
	}
	if err != nil {
		// The only error of a match is regexp2's time limit.
		return nil, ErrTimeout.Wrap(err)
	}
	return s.last, nil
}
