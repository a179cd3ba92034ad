package hint

import (
	"encoding/json"
	"slices"
	"strings"
)

// Hint is one of /*+ … */.
type Hint struct {
	Name    string // in upper case
	Block   string // the query block that it is for, "" the one that it stands in
	Tables  []Table
	Indexes []string
	Set     [2]string // SET_VAR: name and value
	Number  int64     // of MAX_EXECUTION_TIME
}

// Table is a table that a hint names.
type Table struct{ Name, Block string }

// Index is what a table may be read by.
type Index struct {
	Table string // as the query calls it
	How   How
	Names []string
	From  string // the hint's name, for warnings
}

// How an Index is meant.
type How uint8

// The ways.
const (
	Use    How = iota // one of these, or the whole table
	Force             // one of these, if any serves
	Ignore            // none of these
)

// Block is what the planner is told of one query block. Names of tables are in lower case.
type Block struct {
	Indexes []Index
	Fixed   bool       // tables are joined in the order of FROM
	Orders  [][]string // these come one after the other
	Prefix  []string   // these come first
	Suffix  []string   // these come last
	Left    [][2]string
	// NoHash are tables that are not joined by a hash of them if an index serves, Hash those that are; "*" is all.
	NoHash, Hash []string
	NoRange      []Index  // indexes that are not used for stretches
	Merge        []Index  // tables that several indexes are read for where an OR asks for them: of these, if any are named
	NoMerge      []Index  // tables, or indexes, for which that is not done
	NoPush       []string // derived tables that no conditions reach into
	Closed       bool     // none reach into this one
}

// Empty says that it says nothing.
func (b *Block) Empty() bool {
	return len(b.Indexes) == 0 && !b.Fixed && len(b.Orders) == 0 && len(b.Prefix) == 0 && len(b.Suffix) == 0 && len(b.Left) == 0 &&
		len(b.NoHash) == 0 && len(b.Hash) == 0 && len(b.NoRange) == 0 && len(b.Merge) == 0 && len(b.NoMerge) == 0 && len(b.NoPush) == 0 && !b.Closed
}

const begin, end = "/*lxdb ", "*/"

// Encode is a Block as a comment.
func Encode(b *Block) string {
	text, err := json.Marshal(b)
	if err != nil { // no Block fails
		return ""
	}
	return begin + strings.ReplaceAll(string(text), end, "*\\u002f") + end
}

// Decode is nil for any other comment.
func Decode(comment string) *Block {
	text, ok := strings.CutPrefix(comment, begin)
	if !ok {
		return nil
	}
	b := &Block{}
	if json.Unmarshal([]byte(strings.TrimSuffix(text, end)), b) != nil {
		return nil
	}
	return b
}

// Encoded says that a comment is one of Encode.
func Encoded(comment string) bool { return strings.HasPrefix(comment, begin) }

// Names says whether a list has a table, or is for all.
func Names(list []string, table string) bool {
	return slices.Contains(list, "*") || slices.Contains(list, strings.ToLower(table))
}

// Of is the entry for a table and an index: nil without one.
func Of(list []Index, table, index string) *Index {
	for i := range list {
		x := &list[i]
		if x.Table != strings.ToLower(table) {
			continue
		}
		if len(x.Names) == 0 || slices.ContainsFunc(x.Names, func(n string) bool { return strings.EqualFold(n, index) }) {
			return x
		}
	}
	return nil
}
