package engine

import (
	"github.com/dolthub/go-mysql-server/sql"

	lxplan "github.com/lxdb/lxdb/engine/plan"
	"github.com/lxdb/lxdb/engine/query"
	"github.com/lxdb/lxdb/engine/value"
)

var _ lxplan.Environment = (*sqlSession)(nil)

// Evaluation is what the expressions of a statement are computed with.
func (s *sqlSession) Evaluation(ctx *sql.Context) *value.Env {
	if s.session == nil {
		return new(query.Settings).Env(ctx, s.Planning)
	}
	return s.session.settings.Env(ctx, s.Planning)
}
