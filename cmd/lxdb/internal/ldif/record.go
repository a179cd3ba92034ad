package ldif

import (
	"fmt"
	"strings"
)

// Kind says what a record asks for.
type Kind uint8

// Kinds of records.
const (
	Content Kind = iota // an entry, without a changetype
	Add
	Delete
	Modify
	Rename // changetype modrdn or moddn
)

// changeTypes are the kinds as they are written.
var changeTypes = map[Kind]string{Add: "add", Delete: "delete", Modify: "modify", Rename: "modrdn"}

// Record is one entry, or one change of an entry.
type Record struct {
	Line       int // of its dn; 0 in records that were not read from a file
	DN         string
	Kind       Kind
	Attributes []Attribute // of Content and Add, each name once
	Changes    []Change    // of Modify
	Rename     NewName     // of Rename
}

// Attribute is an attribute with its values.
type Attribute struct {
	Name   string
	Values []string
}

// Change is one step of a Modify.
type Change struct {
	Op Op
	Attribute
}

// Op is what a Change does.
type Op uint8

// Operations of a Change, with the numbers of RFC 4511.
const (
	AddValues Op = iota
	DeleteValues
	ReplaceValues
)

var ops = []string{AddValues: "add", DeleteValues: "delete", ReplaceValues: "replace"}

// NewName is what a Rename makes of a DN.
type NewName struct {
	RDN       string
	DeleteOld bool
	Superior  string // the new parent
	Moves     bool   // Superior was given
}

// Values returns the values of an attribute of an entry.
func (r *Record) Values(name string) []string {
	for _, a := range r.Attributes {
		if strings.EqualFold(a.Name, name) {
			return a.Values
		}
	}
	return nil
}

// SyntaxError says which line is no LDIF, and why.
type SyntaxError struct {
	Line   int
	Reason string
}

func (e *SyntaxError) Error() string { return fmt.Sprintf("line %d: %s", e.Line, e.Reason) }

func bad(line int, format string, args ...any) *SyntaxError {
	return &SyntaxError{Line: line, Reason: fmt.Sprintf(format, args...)}
}

// isDescription says whether s names an attribute: a word or a dotted number,
// with options such as ;lang-de.
func isDescription(s string) bool {
	if s == "" || len(s) > 256 || s[0] == '-' || s[0] == ';' || s[0] == '.' {
		return false
	}
	for _, c := range []byte(s) {
		letter := 'a' <= c|0x20 && c|0x20 <= 'z' || '0' <= c && c <= '9'
		if !letter && c != '-' && c != '.' && c != ';' {
			return false
		}
	}
	return true
}
