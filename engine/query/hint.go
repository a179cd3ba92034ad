package query

import (
	"strings"
	"time"

	ast "github.com/dolthub/vitess/go/vt/sqlparser"

	"github.com/lxdb/lxdb/engine/hint"
)

// TimeHint is MAX_EXECUTION_TIME(n) of a query's first SELECT.
func TimeHint(stmt ast.Statement) (limit time.Duration, given bool) {
	for {
		switch s := stmt.(type) {
		case *ast.SetOp:
			stmt = s.Left
			continue
		case *ast.ParenSelect:
			stmt = s.Select
			continue
		case *ast.Select:
			for _, c := range s.Comments {
				if text := strings.TrimSpace(string(c)); strings.HasPrefix(text, "/*+") {
					list, _ := hint.Read(text)
					for _, h := range list {
						if h.Name == "MAX_EXECUTION_TIME" {
							return milliseconds(h.Number), true
						}
					}
				}
			}
		}
		return limit, given
	}
}
