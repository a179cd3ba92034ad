package compiled

import (
	"math"
	"unicode/utf8"

	"github.com/lxdb/lxdb/engine/session"
)

// kind is what a plan depends on of a bound value: everything that the planner looks at before it
// looks at the value itself.
type kind uint32

// Kinds beside those of session.Kind.
const (
	kindText kind = 100 + iota // bytes that are text
	kindASCII
	kindExact // this value and no other
)

// kindOf is false for a value that a plan is made for alone.
func kindOf(v session.Value) (kind, bool) {
	switch v.Kind() {
	case session.Bytes:
		switch b := v.Bytes(); {
		case isASCII(b):
			return kindASCII, true
		case utf8.Valid(b):
			return kindText, true
		}
		return 0, false
	case session.Decimal:
		return decimalKind(v.Bytes())
	case session.Uint:
		if v.Uint() <= math.MaxInt64 { // as a literal it would be signed
			return kind(session.Int), true
		}
	}
	return kind(v.Kind()), true
}

func isASCII(b []byte) bool {
	for _, c := range b {
		if c >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// decimalKind: a DECIMAL has a type of its own for each number of digits.
func decimalKind(b []byte) (kind, bool) {
	whole, fraction, point := 0, 0, false
	for i, c := range b {
		switch {
		case c >= '0' && c <= '9' && point:
			fraction++
		case c >= '0' && c <= '9':
			whole++
		case c == '.' && !point:
			point = true
		case (c == '-' || c == '+') && i == 0:
		default:
			return 0, false
		}
	}
	if whole+fraction == 0 || whole+fraction > 64 {
		return 0, false
	}
	return kind(session.Decimal) | kind(whole)<<8 | kind(fraction)<<16, true
}

// Kinds are those of all values of an execution.
type Kinds struct {
	of    []kind
	exact []session.Value // of the values that stand in LIMIT and their like, in their order
}

// KindsOf says for which values a plan that is made for these serves as well. exact are the numbers
// of the values that it is made for alone. It is false for values that no plan is kept for.
func KindsOf(args []session.Value, exact []int) (Kinds, bool) {
	k := Kinds{of: make([]kind, len(args))}
	for i, v := range args {
		var ok bool
		if k.of[i], ok = kindOf(v); !ok {
			return k, false
		}
	}
	for _, i := range exact {
		if args[i].Kind() != session.Int {
			return k, false
		}
		k.of[i] = kindExact
		k.exact = append(k.exact, args[i])
	}
	return k, true
}

// take says that the values are of these kinds.
func (k *Kinds) take(args []session.Value) bool {
	exact := k.exact
	for i, v := range args {
		if k.of[i] == kindExact {
			if v.Kind() != session.Int || v.Int() != exact[0].Int() {
				return false
			}
			exact = exact[1:]
			continue
		}
		if of, ok := kindOf(v); !ok || of != k.of[i] {
			return false
		}
	}
	return true
}
