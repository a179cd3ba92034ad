package query

import (
	"regexp"
	"strconv"
	"strings"
	"time"

	ast "github.com/dolthub/vitess/go/vt/sqlparser"
)

var timeHint = regexp.MustCompile(`(?i)\bMAX_EXECUTION_TIME\s*\(\s*([0-9]{1,18})\s*\)`)

// TimeHint is MAX_EXECUTION_TIME(n) of a query's first SELECT. others says that the query has
// hints that are not followed.
func TimeHint(stmt ast.Statement) (limit time.Duration, given, others bool) {
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
				text := strings.TrimSpace(string(c))
				if !strings.HasPrefix(text, "/*+") {
					continue
				}
				rest := strings.Trim(text, "/*+ \t\r\n")
				if m := timeHint.FindStringSubmatch(rest); m != nil && !given {
					n, _ := strconv.ParseInt(m[1], 10, 64)
					limit, given = milliseconds(n), true
					rest = strings.Replace(rest, m[0], "", 1)
				}
				others = others || strings.TrimSpace(rest) != ""
			}
		}
		return limit, given, others
	}
}
