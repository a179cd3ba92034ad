package state

import (
	"fmt"
	"strings"

	"github.com/dolthub/go-mysql-server/sql"

	"github.com/lxdb/lxdb/engine/sqlerr"
)

// Warn implements sql.Session. Two of the library's warnings are not true here: CREATE DATABASE has
// its character set, and an index of as many columns as another one is no duplicate yet. One lacks its quotes.
func (s *Variables) Warn(w *sql.Warning) {
	switch sqlerr.Code(w.Code) {
	case sqlerr.DupIndex:
		return
	case sqlerr.DatabaseDoesNotExist:
		if name, ok := strings.CutPrefix(w.Message, "Can't drop database "); ok && !strings.HasPrefix(name, "'") {
			told := *w
			told.Message = "Can't drop database '" + strings.TrimSuffix(name, "; database doesn't exist ") + "'; database doesn't exist"
			w = &told
		}
	case sqlerr.NotSupportedYet:
		if strings.HasPrefix(w.Message, "Setting CHARACTER SET") {
			return
		}
	}
	s.BaseSession.Warn(w)
}

// WarnOfDuplicate says that an index has the columns of another one of its table.
func (s *Variables) WarnOfDuplicate(index, database, table string) {
	text := fmt.Sprintf("Duplicate index '%s' defined on the table '%s.%s'. This is deprecated and will be disallowed in a future release.", index, database, table)
	s.BaseSession.Warn(&sql.Warning{Level: "Warning", Code: int(sqlerr.DupIndex), Message: text})
}
