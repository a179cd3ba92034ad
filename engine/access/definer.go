package access

import (
	"cmp"
	"github.com/dolthub/go-mysql-server/sql"
	ast "github.com/dolthub/vitess/go/vt/sqlparser"
	"regexp"
	"strings"

	"github.com/lxdb/lxdb/catalog"
	"github.com/lxdb/lxdb/engine/dialect"
	"github.com/lxdb/lxdb/engine/lex"
	"github.com/lxdb/lxdb/engine/sqlerr"
	"github.com/lxdb/lxdb/engine/state"
	"github.com/lxdb/lxdb/security/access"
	"github.com/lxdb/lxdb/security/authn"
	"github.com/lxdb/lxdb/security/principal"
	"github.com/lxdb/lxdb/security/privilege"
)

// Views and stored programs are kept without their DEFINER clause: who the
// definer is says the record, by id, so a clause cannot disagree with it. Where
// a text is shown, the clause is written from the record.

// DefinerOf resolves the DEFINER clause of a CREATE; without one it is whoever
// acts. To name somebody else would let the creator act as him, so it takes
// SET_ANY_DEFINER, and what that account holds of the system.
func (s Asker) DefinerOf(ctx *sql.Context, create string) (principal.ID, error) {
	d, found, err := dialect.FindDefiner(create, s.Reading())
	if err != nil {
		return 0, err
	}
	if !found || d.Account.Current {
		return s.User.ID(), s.ActFor(s.User.ID())
	}
	p := s.account(d.Account)
	if p != nil && p.ID == s.Self() {
		return p.ID, nil
	}
	if err := s.RequireSystem(privilege.SetAnyDefiner); err != nil {
		return 0, err
	}
	if p == nil || p.Kind != catalog.KindUser {
		return 0, sqlerr.NoSuchUser.Errorf("The user specified as a definer ('%s'@'%s') does not exist", d.Account.Name, cmp.Or(d.Account.Host, "%"))
	}
	return p.ID, s.ActFor(p.ID)
}

// account is whom a DEFINER clause names: login name and host. Dumps of other servers name their
// accounts at localhost: that is the account of any host, if it is the only one of the name. Where
// there is another, the text does not say which is meant, and nobody is.
func (s Asker) account(a dialect.Account) *catalog.Principal {
	snap := s.Inst.Cat.Snapshot()
	host, err := authn.CanonicalHost(a.Host)
	if err != nil {
		return nil
	}
	p := hosted(snap, a.Name, host)
	if p == nil && host == "localhost" && len(snap.Hosted(a.Name)) == 0 {
		p = hosted(snap, a.Name, "")
	}
	return p
}

// hosted is the account of exactly this login name and host: the name of an account of another
// host may be written with an @ in it.
func hosted(snap *catalog.Snapshot, login, host string) *catalog.Principal {
	p := snap.Principal(catalog.Account(login, host))
	if p == nil || p.Host != host {
		return nil
	}
	return p
}

// ActFor is for who makes an object act for an account: for another one than his own it
// takes SET_ANY_DEFINER, and what that account holds of the system, as EXECUTE AS does.
func (s Asker) ActFor(id principal.ID) error {
	if id == s.Self() {
		return nil
	}
	if err := s.RequireSystem(privilege.SetAnyDefiner); err != nil {
		return err
	}
	if !state.MayStandFor(s.Inst.Cat.Snapshot(), s.As(s.Rights), id) {
		return sqlerr.DeniedSystem(privilege.SysAdmin.String()).
			WithHint("the definer holds rights on the system that you do not hold; what acts for him would give them to you")
	}
	return nil
}

// MayActFor is what ActFor asks, of an actor who is self, without a refusal that the audit would tell of.
func MayActFor(snap *catalog.Snapshot, actor access.Actor, self, id principal.ID) bool {
	return id == self || access.May(actor, access.System(), access.SystemPrivilege(privilege.SetAnyDefiner), access.List) && state.MayStandFor(snap, actor, id)
}

// Kept is the text of a CREATE as it is stored: what versioned comments hold is
// text like any other, the DEFINER clause is gone, and so are the spaces that both leave
// (a dump and its restoration would add some each time).
func Kept(ctx *sql.Context, create string) string {
	mode := state.Of(ctx).Reading()
	text := strings.TrimSpace(dialect.CutDefiner(lex.OpenComments(create, mode), mode))
	head := createHead.FindString(text)
	return strings.Join(strings.Fields(head), " ") + text[len(head):]
}

// createHead is CREATE … up to the word for what is created; nothing in it is quoted.
var createHead = regexp.MustCompile("(?i)^create\\b[^'\"`]*?\\b(?:view|trigger|procedure|function|event)\\b")

// setDefiner tells the library's node who the definer is, where the grammar has
// a place for it.
func setDefiner(stmt ast.Statement, account string) {
	ddl, ok := stmt.(*ast.DDL)
	if !ok {
		return
	}
	switch {
	case ddl.ViewSpec != nil:
		ddl.ViewSpec.Definer = account
	case ddl.TriggerSpec != nil:
		ddl.TriggerSpec.Definer = account
	case ddl.ProcedureSpec != nil:
		ddl.ProcedureSpec.Definer = account
	case ddl.EventSpec != nil:
		ddl.EventSpec.Definer = account
	}
}
