package statement

import (
	"strings"

	"github.com/dolthub/go-mysql-server/sql"

	"github.com/lxdb/lxdb/catalog"
	"github.com/lxdb/lxdb/engine/dialect"
	"github.com/lxdb/lxdb/engine/sqlerr"
	"github.com/lxdb/lxdb/security/accounts"
)

// proof is how a statement says that an account proves itself: by a password
// that is kept here, or to the company's directory. The zero proof says nothing.
type proof struct {
	phc           string
	plugin        bool // a plugin was named, so the other way of proving ends
	outside       bool
	directoryName string
}

// proof reads the IDENTIFIED clause of one account. An account written @name is
// the directory's without one.
func (s *Call) proof(op string, u dialect.UserSpec) (proof, error) {
	switch {
	case u.Auth == nil && !u.Account.External:
		return proof{}, nil
	case u.Auth == nil, u.Auth.Plugin == dialect.PluginLDAP:
		return s.outsideProof(op, u)
	case u.Account.External && u.Auth.Plugin == "":
		return proof{}, &accounts.Error{
			Kind: accounts.ErrInvalid, Operation: op, Name: "@" + u.Account.Name, Reason: "the company's directory checks its password",
			Hint: "change it there, or write the name without @ for an account of this database",
		}
	case u.Auth.Password == nil:
		return proof{plugin: true}, checkPlugin(u.Auth.Plugin)
	}
	if err := checkPlugin(u.Auth.Plugin); err != nil {
		return proof{}, err
	}
	name := u.Account.Name
	if u.Account.Current { // the policy asks about his name
		var err error
		if name, err = s.existing(u.Account); err != nil {
			return proof{}, err
		}
	}
	phc, err := s.Accounts().HashNew(s.Context, op, name, u.Auth.Password.Reveal())
	return proof{phc: phc, plugin: u.Auth.Plugin != ""}, err
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
	switch {
	case p.outside:
		rec.Plugin, rec.DirectoryName, rec.Password = catalog.PluginLDAP, p.directoryName, ""
	case p.plugin:
		rec.Plugin, rec.DirectoryName = "", ""
	}
	if p.phc != "" {
		rec.Password = p.phc
	}
}

// renamedTo is the new name of an account. @name names one of the directory's,
// which an account of this database does not become by another name.
func renamedTo(pair dialect.Renaming) (string, error) {
	if pair.To.External && !pair.From.External {
		return "", sqlerr.CannotUser.Errorf("Operation RENAME USER failed for '%s'", pair.From.Name).
			WithHint("an account becomes the directory's by ALTER USER %s IDENTIFIED WITH ldap", pair.From.Name)
	}
	return accountName(pair.To)
}
