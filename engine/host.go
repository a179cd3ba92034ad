package engine

import (
	"context"
	"log/slog"

	"github.com/lxdb/lxdb/catalog"
	"github.com/lxdb/lxdb/engine/sqlerr"
	ours "github.com/lxdb/lxdb/engine/statement"
	"github.com/lxdb/lxdb/security/accounts"
	"github.com/lxdb/lxdb/security/principal"
)

// What a session is to the security statements that run in it.

var _ ours.Host = (*sqlSession)(nil)

// Outside is the company's directory, as far as statements ask it.
type Outside = ours.Outside

// UseOutside makes statements ask the company's directory. Call it before the
// first session is opened.
func (e *Engine) UseOutside(o Outside) { e.outside = o }

func (s *sqlSession) Snapshot() *catalog.Snapshot  { return s.engine.inst.cat.Snapshot() }
func (s *sqlSession) Accounts() *accounts.Accounts { return s.engine.Accounts() }
func (s *sqlSession) Outside() ours.Outside        { return s.engine.outside }
func (s *sqlSession) Log() *slog.Logger            { return s.engine.inst.log }
func (s *sqlSession) MayCreateDatabase() error     { return forSession(&s.state).checkCreateDatabase() }

// CreateDatabase implements statement.Host.
func (s *sqlSession) CreateDatabase(ctx context.Context, name string, owner func(*catalog.Snapshot) (principal.ID, error)) error {
	if err := checkName("database", name); err != nil {
		return err
	}
	return createDatabase(ctx, &s.state, name, s.inst.collation, owner)
}

// AdmitsStatements implements statement.Host.
func (s *sqlSession) AdmitsStatements() error {
	if !s.inDefiner() {
		return nil
	}
	return sqlerr.NotSupportedYet.Errorf("statements about accounts and rights are not supported in a routine that acts for its definer").
		WithHint("send them by themselves, or declare the routine SQL SECURITY INVOKER")
}

// AuditStatement implements statement.Host.
func (s *sqlSession) AuditStatement(ev ours.Event) {
	if listen := s.engine.opts.AuditStatement; listen != nil {
		listen(ev)
	}
}
