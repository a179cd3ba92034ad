package statement

import (
	"crypto/rand"
	"strings"

	"github.com/dolthub/go-mysql-server/sql"

	"github.com/lxdb/lxdb/catalog"
	"github.com/lxdb/lxdb/engine/dialect"
	"github.com/lxdb/lxdb/engine/sqlerr"
	"github.com/lxdb/lxdb/security/accounts"
	"github.com/lxdb/lxdb/security/authn"
	"github.com/lxdb/lxdb/security/privilege"
)

// proof is how a statement says that an account proves itself: by a password
// that is kept here, or to the company's directory. The zero proof says nothing.
type proof struct {
	phc           string
	plugin        bool // a plugin was named, so the other way of proving ends
	outside       bool
	directoryName string

	retain, discard bool
	random          string // the password that was made up
}

// proof reads the IDENTIFIED clause of one account. An account written @name is
// the directory's without one. Of an idle one nothing is going to be stored: its
// password is asked for what it must be, and not hashed.
func (s *Call) proof(op string, u dialect.UserSpec, idle bool) (proof, error) {
	switch {
	case u.Auth == nil && !u.Account.External:
		return proof{}, nil
	case u.Auth != nil && u.Auth.Discard:
		return proof{discard: true}, nil
	case u.Auth == nil, u.Auth.Plugin == dialect.PluginLDAP:
		return s.outsideProof(op, u)
	case u.Account.External && u.Auth.Plugin == "":
		return proof{}, &accounts.Error{
			Kind: accounts.ErrInvalid, Operation: op, Name: "@" + u.Account.Name, Reason: "the company's directory checks its password",
			Hint: "change it there, or write the name without @ for an account of this database",
		}
	}
	if err := checkPlugin(u.Auth.Plugin); err != nil {
		return proof{}, err
	}
	return s.ownProof(op, u, idle)
}

// ownProof is a password that is kept here: as it was written, as it is stored, or
// made up.
func (s *Call) ownProof(op string, u dialect.UserSpec, idle bool) (proof, error) {
	out := proof{plugin: u.Auth.Plugin != "", retain: u.Auth.Retain}
	if out.retain {
		if err := s.RequireSystem(privilege.UserAdmin); err != nil {
			return proof{}, err
		}
	}
	name, err := accountName(u.Account)
	if u.Account.Current { // the policy asks about his name
		name, err = s.existing(op, u.Account)
	}
	if err != nil {
		return proof{}, err
	}
	password := ""
	switch {
	case u.Auth.Hash != nil:
		out.phc, err = s.storedProof(u.Auth.Hash.Reveal())
		return out, err
	case u.Auth.Random:
		out.random = rand.Text()
		password = out.random
	case u.Auth.Password == nil:
		return out, nil
	default:
		password = u.Auth.Password.Reveal()
	}
	change := accounts.NewPassword{Actor: s.Who(), Operation: op, Name: name, Password: password}
	if u.Auth.Replace != nil {
		current := u.Auth.Replace.Reveal()
		change.Replace = &current
	}
	if s.asks() {
		return out, s.askedPassword(change)
	}
	if idle {
		_, err := s.Accounts().Admits(change)
		return out, err
	}
	out.phc, err = s.Accounts().Hash(s.Context, change)
	return out, err
}

// storedProof takes a password as it is stored. The policy cannot be asked about
// it, so it is for who could change the policy.
func (s *Call) storedProof(hash string) (string, error) {
	if err := s.RequireSystem(privilege.SysAdmin); err != nil {
		return "", err
	}
	if authn.CheckStored(hash) != nil {
		return "", sqlerr.PasswordFormat.Errorf("The password hash doesn't have the expected format.").
			WithHint("it is argon2id here, as SHOW CREATE USER shows it to SYSTEM ADMIN; of another server's hash no password can be made: give a new one with IDENTIFIED BY")
	}
	return hash, nil
}

func checkPlugin(name string) error {
	switch strings.ToLower(name) {
	case "", "caching_sha2_password", "mysql_clear_password":
		return nil
	}
	return sqlerr.PluginIsNotLoaded.Errorf("Plugin '%s' is not loaded", name).
		WithHint("leave the plugin out: passwords are sent inside TLS and stored as argon2id")
}

func (s *Call) outsideProof(op string, u dialect.UserSpec) (proof, error) {
	if op == "ALTER USER" && u.Auth == nil {
		return proof{}, nil
	}
	if s.Outside() == nil {
		return proof{}, noOutside(u.Account.Name)
	}
	p := proof{plugin: true, outside: true}
	if u.Auth == nil {
		return p, nil
	}
	if u.Auth.DataSource != nil {
		s.Session.Warn(&sql.Warning{Level: "Note", Code: int(sqlerr.UnknownError), Message: "there is one directory, the one that the server is configured with: DATASOURCE " +
			strings.Join(u.Auth.DataSource, ".") + " means that one"})
	}
	if catalog.FoldOutside(u.Auth.DirectoryName) != catalog.FoldOutside(u.Account.Name) {
		p.directoryName = u.Auth.DirectoryName
	}
	return p, nil
}

// apply writes the proof into a record.
func (p proof) apply(rec *catalog.Principal) {
	r := rec.Rule()
	switch {
	case p.outside:
		// What was said about passwords is the directory's to say from now on.
		rec.Plugin, rec.DirectoryName, rec.Password = catalog.PluginLDAP, p.directoryName, ""
		rec.DirectoryUUID = "" // the next entry of that name is his
		rec.FailedLoginAttempts, rec.PasswordLockDays = 0, 0
		r.PasswordExpired, r.LifetimeDays, r.History, r.ReuseDays, r.RequireCurrent = false, nil, nil, nil, nil
		r.OldPassword, r.Past = "", nil
	case p.plugin:
		rec.Plugin, rec.DirectoryName, rec.DirectoryUUID = "", "", ""
	}
	switch {
	case p.discard:
		r.OldPassword = ""
	case p.retain && p.phc != "":
		r.OldPassword = rec.Password
	}
	rec.SetRules(r)
	if p.phc != "" {
		accounts.GivePassword(rec, p.phc)
	}
}

// check refuses a proof that does not fit the account it is for.
func (p proof) check(rec *catalog.Principal) error {
	if p.retain && rec.Password == "" {
		return sqlerr.SecondPasswordCannotBeEmpty.Errorf("Empty password can not be retained as second password for user '%s'@'%s'.", rec.LoginName(), shownHost(rec.Host))
	}
	return nil
}

func shownHost(host string) string {
	if host == "" {
		return "%"
	}
	return host
}

// generatedColumns are those of a statement that makes passwords up.
func generatedColumns(users []dialect.UserSpec) []Column {
	for _, u := range users {
		if u.Auth != nil && u.Auth.Random {
			return []Column{Text("user"), Text("host"), Text("generated password"), Number("auth_factor")}
		}
	}
	return nil
}

// generated are their rows.
func generated(names []string, hosts []string, proofs []proof) []sql.Row {
	var out []sql.Row
	for i, p := range proofs {
		if p.random != "" {
			out = append(out, sql.Row{names[i], shownHost(hosts[i]), p.random, int64(1)})
		}
	}
	return out
}

// renamedTo is the new name of an account. @name names one of the directory's,
// which an account of this database does not become by another name.
func renamedTo(pair dialect.Renaming) (login, host string, err error) {
	if pair.To.External && !pair.From.External {
		return "", "", sqlerr.CannotUser.Errorf("Operation RENAME USER failed for '%s'", pair.From.Name).
			WithHint("an account becomes the directory's by ALTER USER %s IDENTIFIED WITH ldap", pair.From.Name)
	}
	return accountParts(pair.To)
}
