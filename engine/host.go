package engine

import (
	"context"
	"errors"
	"log/slog"

	"github.com/lxdb/lxdb/catalog"
	lxaccess "github.com/lxdb/lxdb/engine/access"
	"github.com/lxdb/lxdb/engine/objects"
	"github.com/lxdb/lxdb/engine/sqlerr"
	ours "github.com/lxdb/lxdb/engine/statement"
	"github.com/lxdb/lxdb/security/accounts"
	"github.com/lxdb/lxdb/security/principal"
	"github.com/lxdb/lxdb/storage/relation"
)

// What a session is to the security statements that run in it.

var _ ours.Host = (*sqlSession)(nil)

// Outside is the company's directory, as far as statements ask it.
type Outside = ours.Outside

// UseOutside makes statements ask the company's directory. Call it before the
// first session is opened.
func (e *Engine) UseOutside(o Outside) { e.outside = o }

func (s *sqlSession) Snapshot() *catalog.Snapshot       { return s.engine.inst.Cat.Snapshot() }
func (s *sqlSession) Accounts() *accounts.Accounts      { return s.engine.Accounts().For(s.Rights) }
func (s *sqlSession) Outside() ours.Outside             { return s.engine.outside }
func (s *sqlSession) CheckName(kind, name string) error { return objects.CheckName(kind, name) }

func (s *sqlSession) Sequences() ours.Sequences { return sequences{s} }

// sequences are those of the store, for the session as it acts now.
type sequences struct{ s *sqlSession }

func (q sequences) Forget(data catalog.ID) { q.s.Inst.Sequences.Forget(data) }

func (q sequences) Move(ctx context.Context, rec *catalog.Sequence) (ours.NextNumber, func(catalog.ID), error) {
	st, done, err := q.s.Inst.Sequences.Move(ctx, q.s.Rights, rec)
	if errors.Is(err, relation.ErrSequenceMoved) {
		err = ours.ErrSequenceMoved
	}
	return ours.NextNumber{Next: st.Next, Ended: st.Ended}, done, err
}

func (s *sqlSession) Log() *slog.Logger        { return s.engine.inst.Log }
func (s *sqlSession) MayCreateDatabase() error { return lxaccess.For(&s.Session).CheckCreateDatabase() }

// BecomeUser implements statement.Host.
func (s *sqlSession) BecomeUser(by accounts.Impersonation) error {
	if s.session.opts.Transport == "https" {
		return sqlerr.NotSupportedYet.Errorf("This version of lxdb doesn't yet support 'EXECUTE AS over HTTPS'").
			WithHint("requests of one user share sessions there; use the MySQL port")
	}
	return s.Session.BecomeUser(by)
}

// CreateDatabase implements statement.Host.
func (s *sqlSession) CreateDatabase(ctx context.Context, name string, owner func(*catalog.Snapshot) (principal.ID, error)) error {
	if err := objects.CheckName("database", name); err != nil {
		return err
	}
	return objects.CreateDatabase(ctx, &s.Session, name, s.Inst.Collation, owner)
}

// AdmitsStatements implements statement.Host.
func (s *sqlSession) AdmitsStatements() error {
	if !s.InDefiner() {
		return nil
	}
	return sqlerr.NotSupportedYet.Errorf("statements about accounts and rights are not supported in a routine that acts for its definer").
		WithHint("send them by themselves, or declare the routine SQL SECURITY INVOKER")
}
