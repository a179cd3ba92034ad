package engine

import (
	"context"
	"errors"
	"strings"

	"github.com/dolthub/go-mysql-server/sql"

	"github.com/lxdb/lxdb/catalog"
	"github.com/lxdb/lxdb/engine/dialect"
	"github.com/lxdb/lxdb/engine/session"
	"github.com/lxdb/lxdb/security/grant"
	"github.com/lxdb/lxdb/security/principal"
	"github.com/lxdb/lxdb/security/privilege"
)

// cannotUser is MySQL's 1396, which names the accounts and not the reason that
// would tell an outsider more than he may know.
func cannotUser(operation, name string) *session.Error {
	return session.Errorf(errCannotUser, "HY000", "Operation %s failed for '%s'", operation, name)
}

// accountName checks the parts of an account that a principal can have.
func accountName(a dialect.Account) (string, error) {
	switch {
	case a.External:
		return "", session.Errorf(errNotSupported, "42000", "external accounts (@%s) need a directory, and none is configured", a.Name)
	case a.Host != "" && a.Host != "%":
		return "", session.Errorf(errNotSupported, "42000", "accounts have no host part here: '%s'@'%s'", a.Name, a.Host).
			WithHint("write %s alone; where it may connect from is not part of its name", a.Name)
	case strings.TrimSpace(a.Name) == "" || strings.ContainsFunc(a.Name, func(r rune) bool { return r < ' ' }):
		return "", session.Errorf(errWrongUserName, "HY000", "a user needs a name without control characters")
	case len(a.Name) > 64:
		return "", session.Errorf(errWrongUserName, "HY000", "String '%s' is too long for user name (should be no longer than 64)", a.Name)
	}
	return a.Name, nil
}

// find resolves an account that must exist.
func find(snap *catalog.Snapshot, s *sqlSession, a dialect.Account, operation string) (*catalog.Principal, error) {
	if a.Current {
		if p := snap.PrincipalByID(s.who.ID()); p != nil {
			return p, nil
		}
		return nil, cannotUser(operation, s.who.Name())
	}
	name, err := accountName(a)
	if err != nil {
		return nil, err
	}
	p := snap.Principal(name)
	if p == nil || p.Kind != catalog.KindUser {
		return nil, cannotUser(operation, name)
	}
	return p, nil
}

// hash makes the stored form of a new password.
func (e *Engine) hash(ctx context.Context, auth *dialect.Auth) (string, error) {
	if auth == nil || auth.Password == nil {
		return "", nil
	}
	switch strings.ToLower(auth.Plugin) {
	case "", "caching_sha2_password", "mysql_clear_password":
	default:
		return "", session.Errorf(errPluginNotLoaded, "HY000", "Plugin '%s' is not loaded", auth.Plugin).
			WithHint("leave the plugin out: passwords are sent inside TLS and stored as argon2id")
	}
	phc, err := e.hasher.Hash(ctx, auth.Password.Reveal())
	if err != nil {
		return "", session.Errorf(errPasswordPolicy, "HY000", "Your password does not satisfy the current policy requirements: %v", err)
	}
	return phc, nil
}

func runCreateUser(ctx *sql.Context, s *sqlSession, stmt dialect.Statement) ([]sql.Row, error) {
	n := stmt.(*dialect.CreateUser)
	if err := s.requireSystem(privilege.UserAdmin); err != nil {
		return nil, err
	}
	hashes := make([]string, len(n.Users))
	for i, u := range n.Users {
		h, err := s.engine.hash(ctx, u.Auth)
		if err != nil {
			return nil, err
		}
		hashes[i] = h
	}
	return nil, s.engine.update(ctx, s, func(tx *catalog.Tx) error {
		for i, u := range n.Users {
			if err := createUser(tx, n, u, hashes[i]); err != nil {
				return err
			}
		}
		return nil
	})
}

// createUser makes the principal and his home database, which he owns.
func createUser(tx *catalog.Tx, n *dialect.CreateUser, u dialect.UserSpec, phc string) error {
	name, err := accountName(u.Account)
	if err != nil {
		return err
	}
	if tx.Principal(name) != nil {
		if n.IfNotExists {
			return nil
		}
		return cannotUser("CREATE USER", name)
	}
	rec := &catalog.Principal{Name: name, Kind: catalog.KindUser, Password: phc}
	applyOptions(rec, n.Options)
	return NewUser(tx, rec)
}

// NewUser adds a user with his home database in tx. The caller has checked that
// the name is free.
func NewUser(tx *catalog.Tx, rec *catalog.Principal) error {
	id, err := tx.AllocID()
	if err != nil {
		return err
	}
	rec.ID = principal.ID(id)
	if err := tx.PutPrincipal(rec); err != nil {
		return err
	}
	if tx.Database(rec.Name) != nil {
		return nil // an existing database is nobody's home
	}
	home, err := tx.AllocID()
	if err != nil {
		return err
	}
	err = tx.PutDatabase(&catalog.Database{ID: home, Name: rec.Name, Collation: defaultCollation.Name(), Owner: rec.ID, HomeOf: rec.ID})
	if errors.Is(err, catalog.ErrExists) {
		return nil // the name of a virtual database
	}
	if err != nil {
		return err
	}
	return grant.Own(tx, home)
}

func applyOptions(rec *catalog.Principal, o dialect.UserOptions) {
	switch o.Lock {
	case dialect.Lock:
		rec.Locked = true
	case dialect.Unlock:
		rec.Locked = false
	}
	if o.DefaultSchema != nil {
		rec.DefaultSchema = *o.DefaultSchema
	}
	if o.Comment != nil {
		rec.Comment = *o.Comment
	}
}

func runAlterUser(ctx *sql.Context, s *sqlSession, stmt dialect.Statement) ([]sql.Row, error) {
	n := stmt.(*dialect.AlterUser)
	hashes := make([]string, len(n.Users))
	for i, u := range n.Users {
		h, err := s.engine.hash(ctx, u.Auth)
		if err != nil {
			return nil, err
		}
		hashes[i] = h
	}
	onlyOwnPassword := n.Options == (dialect.UserOptions{})
	return nil, s.changeAccounts(ctx, func(tx *catalog.Tx) error {
		for i, u := range n.Users {
			p, err := find(tx.Snapshot, s, u.Account, "ALTER USER")
			if err != nil {
				if n.IfExists {
					ctx.Warn(errCannotUser, "%s", toClient(err).Message)
					continue
				}
				return s.hideAccount(err)
			}
			if err := s.mayAlter(tx.Snapshot, p, onlyOwnPassword); err != nil {
				return err
			}
			changed := p.Clone()
			if hashes[i] != "" {
				changed.Password = hashes[i]
			}
			applyOptions(changed, n.Options)
			if changed.ID == catalog.Root && changed.Locked {
				return session.Errorf(errCannotUser, "HY000", "root cannot be locked: nobody could unlock it")
			}
			if db := changed.DefaultSchema; db != "" && tx.Database(db) == nil {
				return session.Errorf(errBadDB, "42000", "Unknown database '%s'", db)
			}
			if err := tx.PutPrincipal(changed); err != nil {
				return err
			}
		}
		return nil
	})
}

// changeAccounts is update for statements that may change the session's own
// account, which must not end the session itself.
func (s *sqlSession) changeAccounts(ctx *sql.Context, change func(*catalog.Tx) error) error {
	s.ownChange.Store(true)
	defer s.ownChange.Store(false)
	return s.engine.update(ctx, s, change)
}

// hideAccount keeps accounts from those who may not administer any.
func (s *sqlSession) hideAccount(err error) error {
	if s.requireSystem(privilege.UserAdmin) != nil {
		return deniedSystem(privilege.UserAdmin.String())
	}
	return err
}

// mayAlter: everyone changes his own password; other accounts need USER ADMIN,
// and those that hold SYSTEM ADMIN need SYSTEM ADMIN.
func (s *sqlSession) mayAlter(snap *catalog.Snapshot, p *catalog.Principal, ownPassword bool) error {
	if p.ID == s.who.ID() && ownPassword {
		return nil
	}
	if err := s.requireSystem(privilege.UserAdmin); err != nil {
		return err
	}
	if s.engine.rightsOf(p.ID).Atoms(catalog.System, catalog.System).Has(privilege.SysAdmin) {
		return s.requireSystem(privilege.SysAdmin)
	}
	return nil
}

func runSetPassword(ctx *sql.Context, s *sqlSession, stmt dialect.Statement) ([]sql.Row, error) {
	n := stmt.(*dialect.SetPassword)
	account := dialect.Account{Current: true}
	if n.For != nil {
		account = *n.For
	}
	secret := n.Password
	alter := &dialect.AlterUser{Users: []dialect.UserSpec{{Account: account, Auth: &dialect.Auth{Password: &secret}}}}
	return runAlterUser(ctx, s, alter)
}

func runDropUser(ctx *sql.Context, s *sqlSession, stmt dialect.Statement) ([]sql.Row, error) {
	n := stmt.(*dialect.DropUser)
	if err := s.requireSystem(privilege.UserAdmin); err != nil {
		return nil, err
	}
	return nil, s.engine.update(ctx, s, func(tx *catalog.Tx) error {
		for _, a := range n.Accounts {
			p, err := find(tx.Snapshot, s, a, "DROP USER")
			if err != nil {
				if n.IfExists {
					ctx.Warn(errCannotUser, "%s", toClient(err).Message)
					continue
				}
				return err
			}
			if err := s.mayAlter(tx.Snapshot, p, false); err != nil {
				return err
			}
			if err := dropUser(tx, s, p, n); err != nil {
				return err
			}
		}
		return nil
	})
}

// dropUser removes the account. What it owns is given away or dropped when the
// statement says so, and otherwise keeps it from being dropped.
func dropUser(tx *catalog.Tx, s *sqlSession, p *catalog.Principal, n *dialect.DropUser) error {
	switch {
	case n.ReassignTo != nil:
		to, err := find(tx.Snapshot, s, *n.ReassignTo, "DROP USER")
		if err != nil {
			return err
		}
		if err := reassign(tx, p.ID, to.ID); err != nil {
			return err
		}
	case n.Behaviour == dialect.Cascade:
		if err := dropOwned(tx, p.ID); err != nil {
			return err
		}
	}
	_, err := grant.DropPrincipal(tx, p.ID)
	var owns *grant.OwnsError
	if errors.As(err, &owns) {
		return session.Errorf(errCannotUser, "HY000", "Operation DROP USER failed for '%s': %v", p.Name, owns).
			WithHint("DROP USER %s REASSIGN OWNED TO root, or DROP USER %s CASCADE to drop them too", p.Name, p.Name)
	}
	return err
}

// reassign makes to the owner and definer of everything that from owns.
func reassign(tx *catalog.Tx, from, to principal.ID) error {
	for _, o := range tx.Owned(from) {
		if err := setOwner(tx, o, to); err != nil {
			return err
		}
		if err := grant.Own(tx, o.ID); err != nil {
			return err
		}
	}
	return nil
}

func setOwner(tx *catalog.Tx, o catalog.Object, to principal.ID) error {
	switch o.Kind {
	case privilege.KindDatabase:
		rec := tx.DatabaseByID(o.ID).Clone()
		rec.Owner, rec.HomeOf = to, 0
		return tx.PutDatabase(rec)
	case privilege.KindTable:
		rec := tx.TableByID(o.ID).Clone()
		rec.Owner = to
		return tx.PutTable(rec)
	case privilege.KindView:
		rec := tx.ViewByID(o.ID).Clone()
		rec.Owner, rec.Definer = to, to
		return tx.PutView(rec)
	case privilege.KindRoutine:
		rec := tx.RoutineByID(o.ID).Clone()
		rec.Owner, rec.Definer = to, to
		return tx.PutRoutine(rec)
	}
	return nil
}

// dropOwned drops everything that p owns, databases with their contents.
func dropOwned(tx *catalog.Tx, p principal.ID) error {
	for _, o := range tx.Owned(p) {
		var err error
		switch {
		case tx.Object(o.ID).Kind == privilege.KindNone: // went with its database
		case o.Kind == privilege.KindDatabase:
			err = tx.DropDatabase(o.ID)
		case o.Kind == privilege.KindTable:
			err = tx.DropTable(o.ID)
		case o.Kind == privilege.KindView:
			err = tx.DropView(o.ID)
		case o.Kind == privilege.KindRoutine:
			err = tx.DropRoutine(o.ID)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func runRenameUser(ctx *sql.Context, s *sqlSession, stmt dialect.Statement) ([]sql.Row, error) {
	n := stmt.(*dialect.RenameUser)
	if err := s.requireSystem(privilege.UserAdmin); err != nil {
		return nil, err
	}
	return nil, s.engine.update(ctx, s, func(tx *catalog.Tx) error {
		for _, pair := range n.Pairs {
			p, err := find(tx.Snapshot, s, pair.From, "RENAME USER")
			if err != nil {
				return err
			}
			to, err := accountName(pair.To)
			if err != nil {
				return err
			}
			if err := s.mayAlter(tx.Snapshot, p, false); err != nil {
				return err
			}
			if other := tx.Principal(to); other != nil && other.ID != p.ID || p.ID == catalog.Root {
				return cannotUser("RENAME USER", p.Name)
			}
			changed := p.Clone()
			changed.Name = to
			if err := tx.PutPrincipal(changed); err != nil {
				return err
			}
		}
		return nil
	})
}

func runShowUsers(ctx *sql.Context, s *sqlSession, _ dialect.Statement) ([]sql.Row, error) {
	all := s.requireSystem(privilege.UserAdmin) == nil
	var out []sql.Row
	for _, p := range s.engine.cat.Snapshot().Principals() {
		if !all && p.ID != s.who.ID() {
			continue
		}
		locked := "NO"
		if p.Locked {
			locked = "YES"
		}
		out = append(out, sql.Row{p.Name, string(p.Kind), locked, p.DefaultSchema, p.Comment})
	}
	return out, nil
}

func runShowCreateUser(ctx *sql.Context, s *sqlSession, stmt dialect.Statement) ([]sql.Row, error) {
	n := stmt.(*dialect.ShowCreateUser)
	p, err := find(s.engine.cat.Snapshot(), s, n.Account, "SHOW CREATE USER")
	if err != nil {
		return nil, s.hideAccount(err)
	}
	if p.ID != s.who.ID() {
		if err := s.requireSystem(privilege.UserAdmin); err != nil {
			return nil, err
		}
	}
	create := &dialect.CreateUser{Users: []dialect.UserSpec{{Account: dialect.Account{Name: p.Name}}}}
	if p.Password != "" {
		hidden := dialect.NewSecret("")
		create.Users[0].Auth = &dialect.Auth{Password: &hidden}
	}
	if p.Locked {
		create.Options.Lock = dialect.Lock
	}
	if p.DefaultSchema != "" {
		create.Options.DefaultSchema = &p.DefaultSchema
	}
	if p.Comment != "" {
		create.Options.Comment = &p.Comment
	}
	return []sql.Row{{create.String()}}, nil
}
