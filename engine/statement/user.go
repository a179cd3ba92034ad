package statement

import (
	"errors"
	"time"

	"github.com/dolthub/go-mysql-server/sql"

	"github.com/lxdb/lxdb/catalog"
	"github.com/lxdb/lxdb/engine/dialect"
	"github.com/lxdb/lxdb/engine/sqlerr"
	"github.com/lxdb/lxdb/security/accounts"
	"github.com/lxdb/lxdb/security/privilege"
)

// cannotUser is MySQL's 1396, which names the accounts and not the reason that
// would tell an outsider more than he may know.
func cannotUser(operation, name string) *sqlerr.Error {
	return sqlerr.CannotUser.Errorf("Operation %s failed for '%s'", operation, name)
}

// accountName checks the parts of an account that a principal can have.
func accountName(a dialect.Account) (string, error) {
	if a.Host != "" && a.Host != "%" {
		return "", sqlerr.NotSupportedYet.Errorf("accounts have no host part here: '%s'@'%s'", a.Name, a.Host).
			WithHint("write %s alone; where it may connect from is not part of its name", a.Name)
	}
	return a.Name, accounts.CheckName("", a.Name)
}

// existing is the name of an account that a statement changes, CURRENT_USER too.
// @name is an account of the company's directory and of no other kind.
func (s *Call) existing(a dialect.Account) (string, error) {
	if !a.Current {
		name, err := accountName(a)
		if p := s.Snapshot().Principal(name); err == nil && a.External && (p == nil || !p.Outside()) {
			if err := s.RequireSystem(privilege.UserAdmin); err != nil {
				return "", err
			}
			return "", &accounts.Error{Kind: accounts.ErrNotFound, Name: "@" + name, Reason: "the directory has no account of that name here"}
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
	return s.Update(s.Context, func(tx *catalog.Tx) error {
		return change(s.Accounts().In(tx, s.Who()))
	})
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
		before := c.PrincipalByID(s.Who().ID())
		s.ChangesItself(true)
		err := change(c)
		if after := c.PrincipalByID(s.Who().ID()); before == nil || after == nil || !before.SameEntry(after) {
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
	users := make([]catalog.Principal, len(n.Users))
	for i, u := range n.Users {
		name, err := accountName(u.Account)
		if err != nil {
			return nil, err
		}
		how, err := s.proof(op, u)
		if err != nil {
			return nil, err
		}
		users[i] = catalog.Principal{Name: name}
		how.apply(&users[i])
		applyOptions(&users[i], n.Options)
	}
	return nil, s.changeAccounts(func(c *accounts.Tx) error {
		for i := range users {
			if err := c.CreateUser(op, &users[i]); err != nil && !s.skip(n.IfNotExists, err, accounts.ErrExists) {
				return err
			}
		}
		return nil
	})
}

func applyOptions(rec *catalog.Principal, o dialect.UserOptions) {
	switch o.Lock {
	case dialect.Lock:
		rec.Locked = true
	case dialect.Unlock:
		rec.Locked = false
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
}

func mayAlterUser(s *Call, n *dialect.AlterUser) error {
	for _, u := range n.Users {
		if err := mayChange(s, u.Account); err != nil {
			return err
		}
	}
	return nil
}

func maySetPassword(s *Call, n *dialect.SetPassword) error {
	if n.For == nil {
		return nil
	}
	return mayChange(s, *n.For)
}

func mayShowCreateUser(s *Call, n *dialect.ShowCreateUser) error {
	return mayChange(s, n.Account)
}

// mayChange lets everyone at his own account, and USER ADMIN at the others.
func mayChange(s *Call, a dialect.Account) error {
	name, err := s.existing(a)
	if err != nil {
		return err
	}
	return s.Accounts().MayChange(s.Who(), name)
}

func runAlterUser(s *Call, n *dialect.AlterUser) ([]sql.Row, error) {
	const op = "ALTER USER"
	names, proofs := make([]string, len(n.Users)), make([]proof, len(n.Users))
	ownToo := n.Options == (dialect.UserOptions{})
	for i, u := range n.Users {
		var err error
		if names[i], err = s.existing(u.Account); err != nil {
			return nil, err
		}
		if proofs[i], err = s.proof(op, u); err != nil {
			return nil, err
		}
	}
	if db := n.Options.DefaultSchema; db != nil && *db != "" && s.Snapshot().Database(*db) == nil {
		return nil, sqlerr.BadDB.Errorf("Unknown database '%s'", *db)
	}
	return nil, s.ownAccounts(func(c *accounts.Tx) error {
		for i, name := range names {
			err := c.AlterUser(op, name, ownToo, func(p *catalog.Principal) {
				proofs[i].apply(p)
				applyOptions(p, n.Options)
			})
			if err != nil && !s.skip(n.IfExists, err, accounts.ErrNotFound) {
				return err
			}
		}
		return nil
	})
}

func runSetPassword(s *Call, n *dialect.SetPassword) ([]sql.Row, error) {
	account := dialect.Account{Current: true}
	if n.For != nil {
		account = *n.For
	}
	secret := n.Password
	alter := &dialect.AlterUser{Users: []dialect.UserSpec{{Account: account, Auth: &dialect.Auth{Password: &secret}}}}
	return runAlterUser(s, alter)
}

func runDropUser(s *Call, n *dialect.DropUser) ([]sql.Row, error) {
	return nil, s.changeAccounts(func(c *accounts.Tx) error {
		for _, a := range n.Accounts {
			name, err := s.existing(a)
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
		name, err := s.existing(*n.ReassignTo)
		if err != nil {
			return err
		}
		to, err := c.User("DROP USER", name)
		if err != nil {
			return &accounts.Error{Kind: accounts.ErrInvalid, Operation: "DROP USER", Name: p.Name, Reason: "there is no user '" + name + "'"}
		}
		return accounts.Reassign(c.Tx, p.ID, to.ID)
	case n.Behaviour == dialect.Cascade:
		return accounts.DropOwned(c.Tx, p.ID)
	}
	return nil
}

func runRenameUser(s *Call, n *dialect.RenameUser) ([]sql.Row, error) {
	return nil, s.changeAccounts(func(c *accounts.Tx) error {
		for _, pair := range n.Pairs {
			from, err := s.existing(pair.From)
			if err != nil {
				return err
			}
			to, err := renamedTo(pair)
			if err != nil {
				return err
			}
			if err := c.RenameUser(from, to); err != nil {
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
		locked := "NO"
		if p.Locked {
			locked = "YES"
		}
		out = append(out, sql.Row{p.Name, string(p.Kind), locked, p.DefaultSchema, p.Comment, loginOf(p)})
	}
	return out, nil
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

func runShowCreateUser(s *Call, n *dialect.ShowCreateUser) ([]sql.Row, error) {
	name, err := s.existing(n.Account)
	if err != nil {
		return nil, err
	}
	p := s.Snapshot().Principal(name)
	if p == nil || p.Kind != catalog.KindUser {
		return nil, cannotUser("SHOW CREATE USER", name)
	}
	create := &dialect.CreateUser{Users: []dialect.UserSpec{{Account: dialect.Account{Name: p.Name}}}}
	switch {
	case p.Outside():
		create.Users[0].Auth = &dialect.Auth{Plugin: dialect.PluginLDAP, DirectoryName: p.DirectoryName}
	case p.Password != "":
		hidden := dialect.NewSecret("")
		create.Users[0].Auth = &dialect.Auth{Password: &hidden}
	}
	if p.Locked {
		create.Options.Lock = dialect.Lock
	}
	if p.FailedLoginAttempts != 0 {
		create.Options.FailedLogins = &p.FailedLoginAttempts
	}
	if p.PasswordLockDays != 0 {
		create.Options.LockDays = &p.PasswordLockDays
	}
	if p.DefaultSchema != "" {
		create.Options.DefaultSchema = &p.DefaultSchema
	}
	if p.Comment != "" {
		create.Options.Comment = &p.Comment
	}
	return []sql.Row{{create.String()}}, nil
}
