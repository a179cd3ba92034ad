package statement

import (
	"context"
	"errors"
	"slices"

	"github.com/dolthub/go-mysql-server/sql"

	"github.com/lxdb/lxdb/catalog"
	"github.com/lxdb/lxdb/engine/dialect"
	"github.com/lxdb/lxdb/engine/sqlerr"
	"github.com/lxdb/lxdb/security/accounts"
	"github.com/lxdb/lxdb/security/principal"
)

// Outside is the company's directory, as far as statements ask it. Package
// security/directory is one. An error is an outage or a fault of the
// configuration, and means that nothing is known.
type Outside interface {
	// Group finds a group by its exact name and returns it as the directory
	// spells it; "" is that there is none.
	Group(ctx context.Context, name string) (string, error)
	// Refresh reads the members of a group of the catalog now, for open
	// sessions and running scans, too.
	Refresh(ctx context.Context, group string) error
	// Groups are all that a user was in when he was last looked up, those that
	// nobody has granted anything to included.
	Groups(user principal.ID) []string
}

// outsideFault is what a statement says when the directory gives no answer. The
// cause may name hosts and accounts, so it is for the log.
func (s *Call) outsideFault(err error) error {
	if u, unsaid := isUnsaid(err); unsaid {
		return u
	}
	s.Log().Warn("the company's directory does not answer a statement", "err", err)
	return sqlerr.UnknownError.Errorf("the directory cannot be asked now; nothing was changed").
		WithHint("the server's log says why; lxdb ldap test tries the configuration step by step")
}

// noOutside refuses accounts that nobody could log in as.
func noOutside(name string) error {
	return sqlerr.NotSupportedYet.Errorf("external accounts (@%s) need a directory, and none is configured", name).
		WithHint("start the server with --ldap-url and a configuration file")
}

func unknownGroup(name string) error {
	return sqlerr.CantCreateUserWithGrant.Errorf("unknown group 'ldapGroup:%s'", name).
		WithHint("SHOW GROUPS lists the groups; CREATE GROUP makes one")
}

// errRehearsed ends a transaction that was only tried.
var errRehearsed = errors.New("rehearsed")

// namesGroups says whether groups are among grantees.
func namesGroups(to []dialect.Grantee) bool {
	return slices.ContainsFunc(to, func(g dialect.Grantee) bool { return g.Kind == dialect.GranteeLDAPGroup })
}

// withOutsideGroups runs a change of grants in one transaction, and in it makes
// the groups that only the company's directory knows. The directory is asked
// last, when the change is otherwise in order: who may not grant must not learn
// from the answers which groups the company has.
func (s *Call) withOutsideGroups(to []dialect.Grantee, change func(*catalog.Tx) error) error {
	snap := s.Snapshot()
	unknown := unknownGroups(snap, to)
	if len(unknown) == 0 {
		err := s.Update(s.Context, change)
		if err == nil {
			s.noteOwnGroups(snap, to)
		}
		return err
	}
	with := func(groups []string) func(*catalog.Tx) error {
		return func(tx *catalog.Tx) error {
			for _, name := range groups {
				if err := accounts.AddOutsideGroup(tx, name); err != nil {
					return err
				}
			}
			return change(tx)
		}
	}
	var refused error
	err := s.Update(s.Context, func(tx *catalog.Tx) error {
		refused = with(unknown)(tx)
		return errRehearsed
	})
	switch {
	case refused != nil:
		return refused
	case !errors.Is(err, errRehearsed):
		return err
	}
	found, err := s.lookUpGroups(unknown)
	if err != nil {
		return err
	}
	if err := s.Update(s.Context, with(found)); err != nil {
		return err
	}
	s.noteOwnGroups(snap, to)
	for _, name := range found {
		if err := s.Outside().Refresh(s.Context, name); err != nil {
			s.Log().Warn("read the members of a group that was granted to", "group", name, "err", err)
			s.Warn(int(sqlerr.UnknownError), "the members of 'ldapGroup:%s' could not be read now; each gets the grant when he logs in", name)
		}
	}
	return nil
}

// noteOwnGroups tells who grants that a group is this database's, whose
// administrators choose its members: he may have meant the company's. It comes
// after the grant: who may not grant must not learn which groups there are.
func (s *Call) noteOwnGroups(snap *catalog.Snapshot, to []dialect.Grantee) {
	for _, g := range to {
		if p := snap.Principal(g.Account.Name); g.Kind == dialect.GranteeLDAPGroup && p != nil && p.Kind == catalog.KindGroup && !p.Outside() {
			s.Session.Warn(&sql.Warning{
				Level: "Note", Code: int(sqlerr.UnknownError), Message: "ldapGroup:" + p.Name + " is a group of this database, not of the directory",
			})
		}
	}
}

// unknownGroups lists the groups among grantees that the catalog does not have.
func unknownGroups(snap *catalog.Snapshot, to []dialect.Grantee) []string {
	var out []string
	for _, g := range to {
		if g.Kind == dialect.GranteeLDAPGroup && snap.Principal(g.Account.Name) == nil && !slices.Contains(out, g.Account.Name) {
			out = append(out, g.Account.Name)
		}
	}
	return out
}

// lookUpGroups asks the directory for groups. All must be there.
func (s *Call) lookUpGroups(names []string) ([]string, error) {
	found := make([]string, len(names))
	for i, name := range names {
		spelled, err := s.Outside().Group(s.Context, name)
		if err != nil {
			return nil, s.outsideFault(err)
		}
		if spelled == "" || catalog.FoldPrincipal(spelled) != catalog.FoldPrincipal(name) {
			return nil, unknownGroup(name)
		}
		found[i] = spelled
	}
	return found, nil
}
