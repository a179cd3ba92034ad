package privilege

import (
	"math/bits"
	"strings"
)

// Set is a set of atoms, bit i for atom i. The zero Set holds nothing.
type Set uint64

// Known is the set of all atoms of this version.
const Known Set = 1<<nAtoms - 1

// Of makes a set.
func Of(atoms ...Atom) Set {
	var s Set
	for _, a := range atoms {
		s |= 1 << a
	}
	return s
}

// Has reports whether a is in s.
func (s Set) Has(a Atom) bool { return s&(1<<a) != 0 }

// HasAll reports whether every atom of want is in s. Wanting nothing is true:
// callers that must deny on an empty question check IsEmpty first.
func (s Set) HasAll(want Set) bool { return s&want == want }

// HasAny reports whether s and t share an atom.
func (s Set) HasAny(t Set) bool { return s&t != 0 }

// IsEmpty reports whether s holds nothing.
func (s Set) IsEmpty() bool { return s == 0 }

// Union is s with the atoms of t.
func (s Set) Union(t Set) Set { return s | t }

// Minus is s without the atoms of t.
func (s Set) Minus(t Set) Set { return s &^ t }

// Intersect is what s and t share.
func (s Set) Intersect(t Set) Set { return s & t }

// Len counts the atoms.
func (s Set) Len() int { return bits.OnesCount64(uint64(s)) }

// Atoms lists the members by ascending number.
func (s Set) Atoms() []Atom {
	out := make([]Atom, 0, s.Len())
	for rest := uint64(s); rest != 0; rest &= rest - 1 {
		out = append(out, Atom(bits.TrailingZeros64(rest)))
	}
	return out
}

// String lists the stored keys, for logs and tests.
func (s Set) String() string {
	if s == 0 {
		return "none"
	}
	parts := make([]string, 0, s.Len())
	for _, a := range s.Atoms() {
		key := a.Key()
		if key == "" {
			key = "unknown"
		}
		parts = append(parts, key)
	}
	return strings.Join(parts, ",")
}
