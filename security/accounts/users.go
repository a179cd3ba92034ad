package accounts

import (
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/lxdb/lxdb/catalog"
	"github.com/lxdb/lxdb/security/access"
	"github.com/lxdb/lxdb/security/grant"
	"github.com/lxdb/lxdb/security/principal"
	"github.com/lxdb/lxdb/security/privilege"
)

// RequireAdmin refuses who may administer no accounts. Errors: ErrDenied.
func RequireAdmin(rights Rights) error {
	if access.May(access.As(rights, nil), access.System(), access.SystemPrivilege(privilege.UserAdmin), access.Enforce) {
		return nil
	}
	return &Error{Kind: ErrDenied, Reason: privilege.UserAdmin.String()}
}

// mayTouch asks for USER ADMIN, and for SYSTEM ADMIN where p holds more of the
// system than the actor: who can become p, or join p, could take it.
func (c *Tx) mayTouch(p *catalog.Principal) error {
	if err := RequireAdmin(c.rights); err != nil {
		return err
	}
	switch {
	case p.ID == c.actor.ID(), c.admin():
		return nil
	case !c.lastingSystem().HasAll(SystemAtoms(c.Snapshot, p.ID)):
		return &Error{Kind: ErrDenied, Name: p.Name, Reason: privilege.SysAdmin.String()}
	case c.scope == Own && !c.administers(p):
		return &Error{
			Kind: ErrDenied, Name: p.Name, Reason: "SYSTEM ADMIN, ADMIN OPTION on the account",
			Hint: "the server lets USER ADMIN change the accounts alone that he made (user-admin-scope)",
		}
	}
	return nil
}

// administers says whether the actor made p or holds it with ADMIN OPTION.
func (c *Tx) administers(p *catalog.Principal) bool {
	id := c.actor.ID()
	given := c.Membership(id, p.ID)
	return p.Creator != 0 && p.Creator == id || given != nil && given.Admin
}

// lastingSystem is what of that he holds for good, and of SYSTEM ADMIN whatever that holds while it lasts: an account that he
// changes, or a role that he passes on, is his for good, and so must be no stronger than he is when his time is over.
func (c *Tx) lastingSystem() privilege.Set {
	held := c.heldSystem()
	if held.Has(privilege.SysAdmin) {
		return held
	}
	var out privilege.Set
	lasting := grant.Lasting(c.Snapshot, c.actor.ID())
	for _, holder := range c.rights.Holders() {
		for _, g := range c.GrantsToOn(holder, catalog.System) {
			if lasting[holder] {
				out = out.Union(g.Atoms.Minus(g.Ends.Atoms()))
			}
		}
	}
	return held.Intersect(privilege.FromSystem(out))
}

// heldSystem is what the actor holds on the system.
func (c *Tx) heldSystem() privilege.Set {
	return access.Held(access.As(c.rights, nil), access.System())
}

// SystemAtoms is what a principal holds on the system by itself, through roles and
// groups, and through the accounts that it may act as; locked ones included: a lock
// can be undone.
func SystemAtoms(s *catalog.Snapshot, id principal.ID) privilege.Set {
	var out privilege.Set
	seen := map[principal.ID]bool{id: true}
	for open := []principal.ID{id}; len(open) > 0; open = open[1:] {
		for _, holder := range append([]principal.ID{open[0]}, s.Held(open[0], true)...) {
			for _, g := range s.GrantsTo(holder) {
				target := principal.ID(g.Object)
				switch {
				case g.Object == catalog.System:
					out = out.Union(g.Atoms)
				case g.Atoms.HasAny(privilege.Becoming) && !seen[target]:
					seen[target] = true
					open = append(open, target)
				}
			}
		}
	}
	return out
}

// CheckName refuses what no principal can be called.
func CheckName(op, name string) error {
	e := &Error{Kind: ErrName, Operation: op, Name: name}
	switch {
	case strings.TrimSpace(name) == "" || strings.ContainsFunc(name, func(r rune) bool { return r < ' ' }):
		e.Reason = "a user or group needs a name without control characters"
	case strings.TrimSpace(name) != name:
		e.Reason = "the name of a user or group begins and ends without spaces"
	case len(name) > maxName:
		e.Reason = "String '" + name + "' is too long for user name (should be no longer than 64)"
	default:
		return nil
	}
	return e
}

const maxName = 64

// User finds a user by name. Who may administer nobody learns nothing.
func (c *Tx) User(op, name string) (*catalog.Principal, error) {
	p := c.Principal(name)
	if p != nil && p.Kind == catalog.KindUser {
		return p, nil
	}
	if err := RequireAdmin(c.rights); err != nil {
		return nil, err
	}
	return nil, &Error{Kind: ErrNotFound, Operation: op, Name: name}
}

// CreateUser adds rec as a user with his home database.
func (c *Tx) CreateUser(op string, rec *catalog.Principal) error {
	if err := RequireAdmin(c.rights); err != nil {
		return err
	}
	if err := checkRules(op, rec); err != nil {
		return err
	}
	if err := c.create(op, rec, catalog.KindUser); err != nil {
		return err
	}
	return c.createHome(rec)
}

// maxComment is in characters.
const maxComment = 2048

// checkComment bounds what every listing of accounts carries about. A longer one of an
// earlier release may stay.
func checkComment(op string, rec *catalog.Principal, before string) error {
	if rec.Comment == before || utf8.RuneCountInString(rec.Comment) <= maxComment {
		return nil
	}
	return &Error{Kind: ErrInvalid, Operation: op, Name: rec.Name, Reason: fmt.Sprintf("the comment is longer than %d characters", maxComment)}
}

// create adds rec as a principal of a kind.
func (c *Tx) create(op string, rec *catalog.Principal, kind catalog.PrincipalKind) error {
	check := checkNew
	if rec.Outside() {
		check = CheckName // the company's directory chose the name
	}
	if err := check(op, rec.LoginName()); err != nil {
		return err
	}
	if err := checkComment(op, rec, ""); err != nil {
		return err
	}
	if id := c.actor.ID(); id != catalog.Root && rec.Creator == 0 {
		rec.Creator = id
	}
	if c.Principal(rec.Name) != nil {
		return &Error{Kind: ErrExists, Operation: op, Name: rec.Name}
	}
	if err := c.mayShare(rec.LoginName()); err != nil {
		return err
	}
	id, err := c.AllocID()
	if err != nil {
		return err
	}
	rec.ID, rec.Kind = principal.ID(id), kind
	return c.put(op, rec)
}

// mayShare asks for the right to change whoever already logs in by a name: an account
// of that name for a more specific host would be met in his place, and keep him out.
func (c *Tx) mayShare(login string) error {
	same := c.Hosted(login)
	if p := c.Principal(login); p != nil && p.Kind == catalog.KindUser {
		same = append(same, p)
	}
	for _, p := range same {
		if err := c.mayTouch(p); err != nil {
			return err
		}
	}
	return nil
}

// put writes a principal that was checked but for its attributes.
func (c *Tx) put(op string, rec *catalog.Principal) error {
	before := ""
	if old := c.PrincipalByID(rec.ID); old != nil {
		before = old.Comment
	}
	if err := checkComment(op, rec, before); err != nil {
		return err
	}
	err := c.PutPrincipal(rec)
	switch {
	case errors.Is(err, catalog.ErrExists):
		return &Error{Kind: ErrExists, Operation: op, Name: rec.Name}
	case errors.Is(err, catalog.ErrInvalid):
		return &Error{Kind: ErrInvalid, Operation: op, Name: rec.Name, Reason: err.Error()}
	}
	return err
}

// createHome gives a new user the database of his name, unless that exists: an
// existing database is nobody's home.
func (c *Tx) createHome(rec *catalog.Principal) error {
	if db := c.Database(rec.LoginName()); db != nil {
		if access.May(access.As(c.rights, nil), access.Inside(db.ID), access.Anything(), access.List) {
			c.notes = append(c.notes, "schema "+db.Name+" is there already, and is not "+rec.Name+"'s home: he holds nothing on it")
		}
		return nil
	}
	home, err := c.AllocID()
	if err != nil {
		return err
	}
	err = c.PutDatabase(&catalog.Database{ID: home, Name: rec.LoginName(), Collation: c.homeCollation, Owner: rec.ID, HomeOf: rec.ID})
	if errors.Is(err, catalog.ErrExists) {
		return nil // the name of a virtual database
	}
	if err != nil || c.restrictHomes {
		return err
	}
	return grant.Own(c.Tx, home)
}

// AlterUser changes a user. ownToo says that everyone may do it to himself.
func (c *Tx) AlterUser(op, name string, ownToo bool, edit func(*catalog.Principal)) error {
	p, err := c.User(op, name)
	if err != nil {
		return err
	}
	if p.ID != c.actor.ID() || !ownToo || !c.rights.Live() { // not live: he was locked since he proved who he is
		if err := c.mayTouch(p); err != nil {
			return err
		}
	}
	changed := p.Clone()
	edit(changed)
	if changed.Plugin != p.Plugin || changed.DirectoryName != p.DirectoryName || changed.DirectoryUUID != p.DirectoryUUID {
		if err := c.mayTouch(p); err != nil { // who checks a password is never the user's own to say
			return err
		}
	}
	if changed.Password != p.Password || changed.Plugin != p.Plugin || changed.DirectoryName != p.DirectoryName || changed.DirectoryUUID != p.DirectoryUUID {
		if err := c.mayBecome(p); err != nil {
			return err
		}
	}
	if err := c.mayLoosen(p, changed); err != nil {
		return err
	}
	if changed.Password != p.Password {
		c.passwordChanged(p, changed)
	}
	if err := checkRules(op, changed); err != nil {
		return err
	}
	if changed.ID == catalog.Root && changed.FailedLoginAttempts != 0 && changed.PasswordLockDays != 0 {
		return &Error{Kind: ErrInvalid, Operation: op, Name: name, Reason: "strangers could lock root by wrong passwords, and nobody could unlock it"}
	}
	if changed.ID == catalog.Root && changed.Locked {
		return &Error{Kind: ErrInvalid, Operation: op, Name: name, Reason: "root cannot be locked: nobody could unlock it"}
	}
	if changed.Locked && !p.Locked && c.lastAdmin(p.ID) {
		return &Error{Kind: ErrInvalid, Operation: op, Name: name, Reason: grant.ErrLastAdmin.Error()}
	}
	return c.put(op, changed)
}

// lastAdmin says whether a user is the only one that could administer the
// instance: who else holds SYSTEM ADMIN himself is locked.
func (c *Tx) lastAdmin(id principal.ID) bool {
	last := false
	for _, g := range c.GrantsOn(catalog.System) {
		p := c.PrincipalByID(g.Grantee)
		if !g.Atoms.Has(privilege.SysAdmin) || p.Kind != catalog.KindUser || p.Locked {
			continue
		}
		if p.ID != id {
			return false
		}
		last = true
	}
	return last
}

// RenameUser renames a user, but for root. Errors: ErrDenied, ErrNotFound,
// ErrExists, ErrInvalid.
func (c *Tx) RenameUser(from, to string) error { return c.RenameAccount(from, to, "") }

// RenameAccount renames a user to a login name at a host, "" for any.
func (c *Tx) RenameAccount(from, to, host string) error {
	const op = "RENAME USER"
	p, err := c.User(op, from)
	if err != nil {
		return err
	}
	if err := c.mayTouch(p); err != nil {
		return err
	}
	if p.ID == catalog.Root {
		return &Error{Kind: ErrInvalid, Operation: op, Name: from}
	}
	if err := c.mayBecome(p); err != nil { // a client certificate is for a name: he may have one for the new name
		return err
	}
	return c.rename(op, p, to, host)
}

func (c *Tx) rename(op string, p *catalog.Principal, login, host string) error {
	if err := checkNew(op, login); err != nil {
		return err
	}
	to := catalog.Account(login, host)
	if other := c.Principal(to); other != nil && other.ID != p.ID {
		return &Error{Kind: ErrExists, Operation: op, Name: p.Name}
	}
	if err := c.mayShare(login); err != nil {
		return err
	}
	changed := p.Clone()
	changed.Name, changed.Host = to, host
	if changed.DirectoryName == "" && catalog.FoldOutside(changed.Name) != catalog.FoldOutside(p.Name) {
		changed.DirectoryUUID = "" // it is the entry of another name now
	}
	if err := checkOutside(op, changed); err != nil {
		return err
	}
	return c.put(op, changed)
}

// OwnedStays leaves what a dropped user owns; it then keeps him from being dropped.
func OwnedStays(*catalog.Principal) error { return nil }

// DropUser removes a user after owned has dealt with what he owns.
func (c *Tx) DropUser(name string, owned func(*catalog.Principal) error) error {
	const op = "DROP USER"
	p, err := c.User(op, name)
	if err != nil {
		return err
	}
	if err := c.mayTouch(p); err != nil {
		return err
	}
	if err := owned(p); err != nil {
		return err
	}
	return c.drop(op, p)
}

func (c *Tx) drop(op string, p *catalog.Principal) error {
	if err := c.stopGiving(p); err != nil {
		return err
	}
	_, err := grant.DropPrincipal(c.Tx, p.ID)
	var owns *grant.OwnsError
	switch {
	case errors.As(err, &owns):
		e := &Error{Kind: ErrOwns, Operation: op, Name: p.Name, Reason: owns.Error()}
		if p.Kind == catalog.KindUser {
			e.Hint = op + " " + p.Name + " REASSIGN OWNED TO another user, as whom they then act, or " + op + " " + p.Name + " CASCADE to drop those that he owns"
		}
		return e
	case errors.Is(err, grant.ErrMayNotGrant), errors.Is(err, grant.ErrLastAdmin):
		return &Error{Kind: ErrInvalid, Operation: op, Name: p.Name, Reason: err.Error()}
	}
	return err
}
