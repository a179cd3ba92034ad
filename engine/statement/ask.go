package statement

import (
	"context"
	"errors"

	"github.com/dolthub/go-mysql-server/sql"

	"github.com/lxdb/lxdb/catalog"
	"github.com/lxdb/lxdb/engine/dialect"
	"github.com/lxdb/lxdb/engine/sqlerr"
	"github.com/lxdb/lxdb/security/access"
	"github.com/lxdb/lxdb/security/accounts"
	"github.com/lxdb/lxdb/security/audit"
	"github.com/lxdb/lxdb/security/principal"
)

// Unsaid is why nobody can say of a statement, before it runs, whether its sender may send it.
type Unsaid struct{ said *sqlerr.Error }

func (u *Unsaid) Error() string { return u.said.Error() }
func (u *Unsaid) Unwrap() error { return u.said }

// Unsayable makes one; what completes "EXPLAIN SECURITY of …".
func Unsayable(what string) *Unsaid {
	return &Unsaid{sqlerr.NotSupportedYet.Errorf("This version of lxdb doesn't yet support 'EXPLAIN SECURITY of %s'", what).
		WithHint("what it needs shows when it runs; CHECK says whether a privilege is held")}
}

// do is the one order in which the questions of a statement are asked, for who sends it and for
// who asks whether he could.
func (n *Node) do(c *Call) ([]sql.Row, error) {
	switch n.stmt.(type) {
	case *dialect.SetRole, *dialect.Flush: // among what its definer has, and what he may
	default:
		if err := c.AdmitsStatements(); err != nil {
			return nil, err
		}
	}
	if err := n.decl.need.check(c, n.stmt); err != nil {
		return nil, err
	}
	return n.decl.run(c, n.stmt)
}

// Ask asks all that the statement would, and does nothing of it: its change of the catalog is
// tried and given up, and nothing outside is told. The error is what its sender would hear, or an
// *Unsaid. c's context is one of catalog.Rehearsed, and its session one that ends with the question.
func (n *Node) Ask(c *Call) error {
	if !catalog.IsRehearsed(c.Context) || n.decl.run == nil {
		return Unsayable("this statement")
	}
	_, err := n.do(&Call{c.Context, asking{c.Host}})
	return err
}

// asking is a session in which a statement is only asked about. The catalog does not change in its
// contexts; here is what else statements do.
type asking struct{ Host }

// asks says whether a statement is only asked about.
func (s *Call) asks() bool { return catalog.IsRehearsed(s.Context) }

func (asking) Audit(audit.Record) error                              { return nil }
func (asking) AuditStatement(Event) error                            { return nil }
func (asking) BecomeUser(accounts.Impersonation, func() error) error { return nil }
func (asking) ForgetUsage()                                          {}
func (asking) LockTables(context.Context, []catalog.ID) (func(), error) {
	return func() {}, nil
}

// ReturnUser: a cookie is compared with that of an EXECUTE AS, which the session that asks has.
func (asking) ReturnUser(string, func() error) error { return Unsayable("REVERT") }

// CreateFilled: what the statements need is asked of what is not there yet.
func (h asking) CreateFilled(ctx context.Context, name string, owner func(*catalog.Snapshot) (principal.ID, error), _ func() error, _ []string) error {
	if err := h.CreateDatabase(ctx, name, owner, nil); err != nil {
		return err
	}
	return Unsayable("statements inside CREATE SCHEMA")
}

// ExplainAs: EXPLAIN SECURITY of EXPLAIN SECURITY is about the right to ask.
func (asking) ExplainAs(context.Context, *catalog.Principal, string) ([]access.Decision, error) {
	return nil, nil
}

func (h asking) Outside() Outside {
	if h.Host.Outside() == nil {
		return nil
	}
	return askedOutside{h.Host.Outside()}
}

func (h asking) Sequences() Sequences       { return askedSequences{h.Host.Sequences()} }
func (h asking) Certificates() Certificates { return askedCertificates{h.Host.Certificates()} }

// askedOutside is the company's directory, which is not asked for who only wants to know.
type askedOutside struct{ Outside }

func (askedOutside) Group(context.Context, string) (string, error) {
	return "", Unsayable("what the company's directory is asked for")
}

func (askedOutside) Refresh(context.Context, string) error {
	return Unsayable("what the company's directory is asked for")
}

type askedCertificates struct{ Certificates }

func (askedCertificates) RotateKey(context.Context) error { return nil }

type askedSequences struct{ Sequences }

func (askedSequences) Forget(catalog.ID) {}

// Move leaves the sequence with the data that it has.
func (q askedSequences) Move(ctx context.Context, rec *catalog.Sequence) (NextNumber, func(catalog.ID), error) {
	next, done, err := q.Sequences.Move(ctx, rec)
	if err != nil {
		return next, done, err
	}
	return next, func(catalog.ID) { done(0) }, nil
}

// isUnsaid finds an Unsaid in an error.
func isUnsaid(err error) (*Unsaid, bool) {
	var u *Unsaid
	return u, errors.As(err, &u)
}

// askedPassword is what can be said of a new password without a look at those that are kept: who
// asks must not learn what they are, as often as he likes.
func (s *Call) askedPassword(n accounts.NewPassword) error {
	switch compared, err := s.Accounts().Admits(n); {
	case err != nil:
		return err
	case compared:
		return Unsayable("a password that is compared with those that the account had")
	}
	return nil
}
