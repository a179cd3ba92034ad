package objects

import (
	"regexp"
	"strings"

	"github.com/dolthub/go-mysql-server/sql"

	"github.com/lxdb/lxdb/engine/grammar"
	"github.com/lxdb/lxdb/engine/numbers"
	"github.com/lxdb/lxdb/engine/state"
	"github.com/lxdb/lxdb/security/access"
	"github.com/lxdb/lxdb/security/privilege"
)

const aName = "(?:`(?:[^`]|``)*`|[\\w$]+)"

// numberCall is a function of sequences with the name that it is given, as text or as a name.
var numberCall = regexp.MustCompile(`(?i)\b(nextval|currval|lastval|setval)\(\s*('(?:[^'\\]|\\.|'')*'|` + aName + `(?:\.` + aName + `)?)`)

// hiddenNumber stands where a sequence is named that the reader may not know of.
const hiddenNumber = "`hidden`"

// hideNumbers is the text of a DEFAULT for a reader. Numbers of a DEFAULT are taken with the right
// of the table's owner, so the reader of a table need not know the sequence, nor its database.
func hideNumbers(s *state.Session, text string) string {
	return numberCall.ReplaceAllStringFunc(text, func(call string) string {
		part := numberCall.FindStringSubmatch(call)
		named := part[2]
		if strings.HasPrefix(named, "'") {
			named = strings.ReplaceAll(named[1:len(named)-1], "''", "'")
		}
		if s != nil && seesNumbers(s, named) {
			return call
		}
		return part[1] + "(" + hiddenNumber
	})
}

// ExplainedTo is an EXPLAIN's rows for a reader, whose statement meets such a DEFAULT, too.
func ExplainedTo(s *state.Session, rows sql.RowIter) sql.RowIter { return explained{rows, s} }

type explained struct {
	sql.RowIter
	s *state.Session
}

// Next implements sql.RowIter.
func (e explained) Next(ctx *sql.Context) (sql.Row, error) {
	row, err := e.RowIter.Next(ctx)
	if err != nil {
		return nil, err
	}
	shown := row.Copy()
	for i, v := range shown {
		if text, ok := v.(string); ok {
			shown[i] = hideNumbers(e.s, text)
		}
	}
	return shown, nil
}

func seesNumbers(s *state.Session, named string) bool {
	database, name, ok := grammar.SequenceName(named)
	if !ok {
		return false
	}
	snap := s.Inst.Cat.Snapshot()
	if db := snap.Database(database); db != nil {
		if q := snap.Sequence(db.ID, name); q != nil {
			return s.Sees(numbers.Object(q))
		}
	}
	// One that is gone is as one that is hidden, but for who could see each there could be.
	return access.May(s.Actor(), access.System(), access.SystemPrivilege(privilege.SysAdmin), access.List)
}
