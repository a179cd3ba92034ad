package lex

import "fmt"

// Reason is why a text was refused.
type Reason uint8

const (
	Syntax   Reason = iota // no token can be read here
	Nested                 // too deep
	Encoding               // a name that is not UTF-8
	Name                   // a name that the SQL parser would take for a variable
)

// Error says where reading stopped.
type Error struct {
	Reason Reason
	Pos    int // in bytes
}

func (e *Error) Error() string {
	switch e.Reason {
	case Nested:
		return fmt.Sprintf("nested too deep at byte %d", e.Pos)
	case Encoding:
		return fmt.Sprintf("a name that is not UTF-8 at byte %d", e.Pos)
	case Name:
		return fmt.Sprintf("a quoted name that begins with @ at byte %d", e.Pos)
	}
	return fmt.Sprintf("no token at byte %d", e.Pos)
}
