package statement

import (
	"cmp"
	"errors"
	"strings"
	"time"

	"github.com/dolthub/go-mysql-server/sql"

	"github.com/lxdb/lxdb/catalog"
	"github.com/lxdb/lxdb/engine/dialect"
	"github.com/lxdb/lxdb/engine/sqlerr"
	"github.com/lxdb/lxdb/security/accounts"
	"github.com/lxdb/lxdb/security/authn"
	"github.com/lxdb/lxdb/security/privilege"
)

// cannotUser is MySQL's 1396, which names the accounts and not the reason that
// would tell an outsider more than he may know.
func cannotUser(operation, name string) *sqlerr.Error {
	return sqlerr.CannotUser.Errorf("Operation %s failed for '%s'", operation, name)
}

// accountName is what the catalog calls an account: its login name, with the host
// where it is for some hosts alone.
func accountName(a dialect.Account) (string, error) {
	login, host, err := accountParts(a)
	return catalog.Account(login, host), err
}

// accountParts checks the parts of an account that a principal can have. The host
// is "" for any.
func accountParts(a dialect.Account) (login, host string, err error) {
	if a.Host == "" || a.Host == "%" {
		return a.Name, "", cmp.Or(mistakenHost(a.Name), accounts.CheckName("", a.Name))
	}
	host, err = authn.CanonicalHost(a.Host)
	if err != nil {
		return "", "", sqlerr.WrongStringLength.Errorf("'%s'@'%s' can be nobody's account: %v", a.Name, a.Host, err).
			WithHint("write an address, a network (10.0.0.0/255.0.0.0, 10.0.0.0/8), a pattern of addresses (10.%%) or localhost; hosts are not looked up by name")
	}
	return a.Name, host, accounts.CheckName("", a.Name)
}

// mistakenHost refuses the name of an account with a host in it, which is that of another
// account: 'u@10.0.0.1' is not 'u'@'10.0.0.1'.
func mistakenHost(name string) error {
	at := strings.LastIndexByte(name, '@')
	if at <= 0 {
		return nil
	}
	if host, err := authn.CanonicalHost(name[at+1:]); err != nil || host == "" {
		return nil
	}
	return sqlerr.WrongStringLength.Errorf("'%s' can be nobody's account: it has a host in its name", name).
		WithHint("write '%s'@'%s'", name[:at], name[at+1:])
}

// accountOf is how statements write a principal.
func accountOf(p *catalog.Principal) dialect.Account {
	return dialect.Account{Name: p.LoginName(), Host: p.Host}
}

// existing is the name of an account that a statement changes, CURRENT_USER too.
// @name is an account of the company's directory and of no other kind.
func (s *Call) existing(op string, a dialect.Account) (string, error) {
	if !a.Current {
		name, err := accountName(a)
		if p := s.Snapshot().Principal(name); err == nil && a.External && (p == nil || !p.Outside()) {
			if err := s.RequireSystem(privilege.UserAdmin); err != nil {
				return "", err
			}
			return "", &accounts.Error{Kind: accounts.ErrNotFound, Operation: op, Name: "@" + name, Reason: "the directory has no account of that name here"}
		}
		return name, err
	}
	if p := s.Snapshot().PrincipalByID(s.Who().ID()); p != nil {
		return p.Name, nil
	}
	return s.Who().Name(), nil
}

// changeAccounts runs the account changes of a statement in one transaction.
func (s *Call) changeAccounts(change func(*accounts.Tx) error) error {
	var notes []string
	err := s.Update(s.Context, func(tx *catalog.Tx) error {
		c := s.Accounts().In(tx, s.Who())
		defer func() { notes = c.Notes() }()
		return change(c)
	})
	if err == nil {
		s.warn(notes)
	}
	return err
}

// ownAccounts is changeAccounts for statements that may change the session's own
// account, which must not end the session itself. What others change while the
// statement waits for its turn does: who repeats such a statement all the time
// would otherwise outlive a new password. So does another authority for the
// account or another entry: who the session is was proved to the one before.
func (s *Call) ownAccounts(change func(*accounts.Tx) error) error {
	defer s.ChangesItself(false)
	return s.changeAccounts(func(c *accounts.Tx) error {
		if err := s.Err(); err != nil {
			return err // such a change has just ended the session
		}
		login := cmp.Or(s.AuditOrigin().Login, s.Who().ID())
		before := c.PrincipalByID(login)
		s.ChangesItself(true)
		err := change(c)
		if after := c.PrincipalByID(login); before == nil || after == nil || !before.SameEntry(after) {
			s.ChangesItself(false)
		}
		return err
	})
}

// skip says whether an error of one account of an IF [NOT] EXISTS statement is
// only worth a warning.
func (s *Call) skip(ifExists bool, err, kind error) bool {
	if !ifExists || !errors.Is(err, kind) {
		return false
	}
	client := told(err)
	s.Session.Warn(&sql.Warning{Level: "Note", Code: int(client.Number), Message: client.Message})
	return true
}

func runCreateUser(s *Call, n *dialect.CreateUser) ([]sql.Row, error) {
	const op = "CREATE USER"
	if n.OrReplace && n.IfNotExists {
		return nil, replaceOrLeave()
	}
	if err := checkAttribute(n.Options.Attribute); err != nil {
		return nil, err
	}
	if err := s.knownSchema(n.Options.DefaultSchema, n.Users); err != nil {
		return nil, err
	}
	rows, err := s.createUsers(op, n, !n.OrReplace)
	if errors.Is(err, errGone) {
		rows, err = s.createUsers(op, n, false)
	}
	return rows, err
}

// errGone is for an account that was there when its password was not hashed, and then was not.
var errGone = errors.New("the account was dropped meanwhile")

// createUsers makes the accounts of a CREATE USER. leaves: who exists keeps what he has, and
// no password is hashed for him.
func (s *Call) createUsers(op string, n *dialect.CreateUser, leaves bool) ([]sql.Row, error) {
	users, proofs := make([]catalog.Principal, len(n.Users)), make([]proof, len(n.Users))
	names, hosts := make([]string, len(n.Users)), make([]string, len(n.Users))
	idle, said := make([]bool, len(n.Users)), map[string]bool{}
	for i, u := range n.Users {
		var err error
		if names[i], hosts[i], err = accountParts(u.Account); err != nil {
			return nil, err
		}
		name := catalog.Account(names[i], hosts[i])
		idle[i] = leaves && (said[catalog.FoldPrincipal(name)] || s.Snapshot().Principal(name) != nil)
		said[catalog.FoldPrincipal(name)] = true
		if proofs[i], err = s.proof(op, u, idle[i]); err != nil {
			return nil, err
		}
		users[i] = catalog.Principal{Name: name, Host: hosts[i]}
		if err := proofs[i].check(&users[i]); err != nil {
			return nil, err
		}
		proofs[i].apply(&users[i])
		applyOptions(&users[i], n.Options)
	}
	err := s.changeAccounts(func(c *accounts.Tx) error {
		for i := range users {
			if err := s.Context.Err(); err != nil {
				return err
			}
			if err := s.replaces(n.OrReplace, c, users[i].Name, catalog.KindUser); err != nil {
				return err
			}
			err := c.CreateUser(op, &users[i])
			if err == nil && idle[i] {
				return errGone
			}
			if err != nil && !s.skip(n.IfNotExists, err, accounts.ErrExists) {
				return err
			}
			if err != nil {
				proofs[i].random = "" // nobody has it
				continue
			}
			if err := newRoles(c, op, &users[i], n.Options.DefaultRole); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return generated(names, hosts, proofs), nil
}

// replaceOrLeave is the answer to OR REPLACE with IF NOT EXISTS.
func replaceOrLeave() error {
	return sqlerr.WrongUsage.Errorf("Incorrect usage of OR REPLACE and IF NOT EXISTS")
}

// replaces drops who is called name, of OR REPLACE: what he was granted is nobody's any more, and what he
// owns keeps him, as DROP USER says. Nobody replaces himself: his statement would act for nobody.
func (s *Call) replaces(orReplace bool, c *accounts.Tx, name string, kind catalog.PrincipalKind) error {
	p := c.Principal(name)
	switch {
	case !orReplace || p == nil || p.Kind != kind:
		return nil
	case p.ID == s.Who().ID():
		return cannotUser("CREATE USER", name).WithHint("nobody replaces himself: ALTER USER changes an account")
	case kind == catalog.KindRole:
		return c.DropRole(name)
	}
	return c.DropUser(name, accounts.OwnedStays)
}

// newRoles gives a new account its default roles, as MySQL does: each must be one that the
// actor may pass on.
func newRoles(c *accounts.Tx, op string, p *catalog.Principal, d *dialect.DefaultRoles) error {
	if d == nil {
		return nil
	}
	names, err := roleNames(d.Roles)
	if err != nil {
		return err
	}
	made := c.Principal(p.Name)
	for _, role := range names {
		if err := c.GrantRole(role, made.ID, false, 0); err != nil {
			return err
		}
	}
	return c.SetDefaultRoles(op, made.Name, false, names)
}

// defaultRoles is DEFAULT ROLE of ALTER USER, which is SET DEFAULT ROLE.
func defaultRoles(c *accounts.Tx, op, user string, d *dialect.DefaultRoles) error {
	if d == nil {
		return nil
	}
	names, err := roleNames(d.Roles)
	if err != nil {
		return err
	}
	return c.SetDefaultRoles(op, user, d.Set == dialect.RolesAll, names)
}

func applyOptions(rec *catalog.Principal, o dialect.UserOptions) {
	switch o.Lock {
	case dialect.Lock: // of an account that is not activated it says nothing new
		rec.Standing = rec.Acts() && rec.Kind != catalog.KindRole && rec.Kind != catalog.KindGroup
		rec.Locked = true
	case dialect.Deactivate:
		rec.Locked, rec.Standing = true, false
	case dialect.Unlock:
		rec.Locked, rec.Standing = false, false
		if rec.FailedLoginAttempts != 0 {
			rec.Unlocked = time.Now().UnixMicro()
		}
	}
	if o.FailedLogins != nil {
		rec.FailedLoginAttempts = *o.FailedLogins
	}
	if o.LockDays != nil {
		rec.PasswordLockDays = *o.LockDays
	}
	if o.DefaultSchema != nil {
		rec.DefaultSchema = *o.DefaultSchema
	}
	if o.Comment != nil {
		rec.Comment = *o.Comment
	}
	r := rec.Rule()
	applyRules(&r, o)
	rec.SetRules(r)
}

func mayAlterUser(s *Call, n *dialect.AlterUser) error {
	for _, u := range n.Users {
		if err := mayChange(s, "ALTER USER", u.Account); err != nil {
			return err
		}
	}
	return nil
}

func maySetPassword(s *Call, n *dialect.SetPassword) error {
	if n.For == nil {
		return nil
	}
	return mayChange(s, "SET PASSWORD", *n.For)
}

// GivesOwnPassword says whether a statement gives the session's own account another password and is about nobody else.
func GivesOwnPassword(h Host, stmt dialect.Statement) bool {
	s := &Call{Host: h}
	gives := func(a *dialect.Account, auth *dialect.Auth) bool {
		if auth == nil || auth.Password == nil && auth.Hash == nil && !auth.Random {
			return false
		}
		if a == nil {
			return true
		}
		name, err := s.existing("", *a)
		p := s.Snapshot().Principal(name)
		return err == nil && p != nil && p.ID == s.Who().ID()
	}
	switch n := stmt.(type) {
	case *dialect.SetPassword:
		return gives(n.For, n.Auth)
	case *dialect.AlterUser:
		for i := range n.Users {
			if !gives(&n.Users[i].Account, n.Users[i].Auth) {
				return false
			}
		}
		return true
	}
	return false
}

func mayShowCreateUser(s *Call, n *dialect.ShowCreateUser) error {
	return mayChange(s, "SHOW CREATE USER", n.Account)
}

// mayChange lets everyone at his own account, and USER ADMIN at the others.
func mayChange(s *Call, op string, a dialect.Account) error {
	name, err := s.existing(op, a)
	if err != nil {
		return err
	}
	return s.Accounts().MayChange(s.Who(), name)
}

func runAlterUser(s *Call, n *dialect.AlterUser) ([]sql.Row, error) {
	const op = "ALTER USER"
	if err := s.refuseProxied(n); err != nil {
		return nil, err
	}
	if err := checkAttribute(n.Options.Attribute); err != nil {
		return nil, err
	}
	names, proofs, nobody := make([]string, len(n.Users)), make([]proof, len(n.Users)), make([]bool, len(n.Users))
	others := n.Options
	others.DefaultRole = nil // which everyone chooses for himself
	ownToo := others == (dialect.UserOptions{})
	for i, u := range n.Users {
		var err error
		if names[i], err = s.existing(op, u.Account); err != nil {
			return nil, err
		}
		// Who may know that there is no such account: the statement fails, or leaves it out.
		idle := s.Snapshot().Principal(names[i]) == nil && s.Accounts().MayChange(s.Who(), names[i]) == nil
		if proofs[i], err = s.proof(op, u, idle); err != nil {
			return nil, err
		}
		nobody[i] = idle
	}
	if err := s.knownSchema(n.Options.DefaultSchema, nil); err != nil {
		return nil, err
	}
	logins, hosts := make([]string, len(names)), make([]string, len(names))
	err := s.ownAccounts(func(c *accounts.Tx) error {
		for i, name := range names {
			var fits error
			err := c.AlterUser(op, name, ownToo, func(p *catalog.Principal) {
				logins[i], hosts[i] = p.LoginName(), p.Host
				fits = proofs[i].check(p)
				proofs[i].apply(p)
				applyOptions(p, n.Options)
			})
			if err == nil && nobody[i] { // made meanwhile: he is not given what was not hashed
				return &accounts.Error{Kind: accounts.ErrNotFound, Operation: op, Name: name}
			}
			if err != nil && !s.skip(n.IfExists, err, accounts.ErrNotFound) {
				return err
			}
			if fits != nil {
				return fits
			}
			if err != nil {
				proofs[i].random = ""
				continue
			}
			if err := defaultRoles(c, op, name, n.Options.DefaultRole); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return generated(logins, hosts, proofs), nil
}

func runSetPassword(s *Call, n *dialect.SetPassword) ([]sql.Row, error) {
	account := dialect.Account{Current: true}
	if n.For != nil {
		account = *n.For
	}
	alter := &dialect.AlterUser{Users: []dialect.UserSpec{{Account: account, Auth: n.Auth}}}
	return runAlterUser(s, alter)
}

func runDropUser(s *Call, n *dialect.DropUser) ([]sql.Row, error) {
	if n.Behaviour == dialect.Cascade {
		release, err := s.lockOwned(n.Accounts)
		if err != nil {
			return nil, err
		}
		defer release()
	}
	return nil, s.changeAccounts(func(c *accounts.Tx) error {
		for _, a := range n.Accounts {
			name, err := s.existing("DROP USER", a)
			if err == nil {
				err = c.DropUser(name, func(p *catalog.Principal) error { return s.disposeOwned(c, p, n) })
			}
			if err != nil && !s.skip(n.IfExists, err, accounts.ErrNotFound) {
				return err
			}
		}
		return nil
	})
}

// disposeOwned gives away or drops what a user to be dropped owns, when the
// statement says so; otherwise it keeps him from being dropped.
func (s *Call) disposeOwned(c *accounts.Tx, p *catalog.Principal, n *dialect.DropUser) error {
	switch {
	case n.ReassignTo != nil:
		name, err := s.existing("DROP USER", *n.ReassignTo)
		if err != nil {
			return err
		}
		to, err := c.User("DROP USER", name)
		if err != nil {
			return &accounts.Error{Kind: accounts.ErrInvalid, Operation: "DROP USER", Name: p.Name, Reason: "there is no user '" + name + "'"}
		}
		return c.Reassign(p.ID, to)
	case n.Behaviour == dialect.Cascade:
		return c.DropOwned(p)
	case n.Behaviour == dialect.Restrict:
		return nil
	}
	return c.KeepOwned(p)
}

// lockOwned waits, as DROP TABLE does, for who uses the tables that CASCADE drops. Who may not
// drop them keeps nobody from them.
func (s *Call) lockOwned(dropped []dialect.Account) (release func(), err error) {
	var tables []catalog.ID
	for _, a := range dropped {
		name, err := s.existing("DROP USER", a)
		if err != nil {
			return nil, err
		}
		snap := s.Snapshot()
		p := snap.Principal(name)
		if p == nil || p.Kind != catalog.KindUser || s.Accounts().MayDropOwned(s.Who(), snap, p) != nil {
			continue // the change refuses it
		}
		for _, o := range accounts.Doomed(snap, p) {
			if o.Kind == privilege.KindTable {
				tables = append(tables, o.ID)
			}
		}
	}
	return s.LockTables(s.Context, tables)
}

func runRenameUser(s *Call, n *dialect.RenameUser) ([]sql.Row, error) {
	return nil, s.changeAccounts(func(c *accounts.Tx) error {
		for _, pair := range n.Pairs {
			from, err := s.existing("RENAME USER", pair.From)
			if err != nil {
				return err
			}
			login, host, err := renamedTo(pair)
			if err != nil {
				return err
			}
			if err := c.RenameAccount(from, login, host); err != nil {
				return err
			}
		}
		return nil
	})
}

func runShowUsers(s *Call, _ *dialect.ShowUsers) ([]sql.Row, error) {
	all := s.HasSystem(privilege.UserAdmin)
	var out []sql.Row
	for _, p := range s.Snapshot().Principals() {
		if !all && p.ID != s.Who().ID() {
			continue
		}
		out = append(out, userRow(p))
	}
	return out, nil
}

// userColumns are those of userRow.
func userColumns() []Column {
	return []Column{Text("User"), Text("Kind"), YesNo("Locked"), Text("Default schema"), Text("Comment"), Text("Login")}
}

func userRow(p *catalog.Principal) sql.Row {
	locked := "NO"
	if p.Locked {
		locked = "YES"
	}
	return sql.Row{p.Name, string(p.Kind), locked, p.DefaultSchema, p.Comment, loginOf(p)}
}

// loginOf says who checks a user's password.
func loginOf(p *catalog.Principal) string {
	switch {
	case p.Outside():
		return "directory"
	case p.Password != "":
		return "password"
	}
	return "none"
}
