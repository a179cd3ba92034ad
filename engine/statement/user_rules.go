package statement

import (
	"bytes"
	"encoding/json"

	"github.com/dolthub/go-mysql-server/sql"

	"github.com/lxdb/lxdb/catalog"
	"github.com/lxdb/lxdb/engine/dialect"
	"github.com/lxdb/lxdb/engine/sqlerr"
	"github.com/lxdb/lxdb/security/grant"
	"github.com/lxdb/lxdb/security/privilege"
)

// applyRules writes what a statement says of logins, passwords and resources.
func applyRules(r *catalog.Rules, o dialect.UserOptions) {
	if o.Expire != nil {
		switch *o.Expire {
		case dialect.ExpireNow:
			r.PasswordExpired = true
		case dialect.Unbounded:
			r.LifetimeDays = new(int)
		default:
			r.LifetimeDays = orDefault(o.Expire)
		}
	}
	if o.History != nil {
		r.History = orDefault(o.History)
	}
	if o.Reuse != nil {
		r.ReuseDays = orDefault(o.Reuse)
	}
	if o.RequireCurrent != nil {
		required := *o.RequireCurrent == dialect.CurrentRequired
		if r.RequireCurrent = &required; *o.RequireCurrent == dialect.CurrentDefault {
			r.RequireCurrent = nil
		}
	}
	if q := o.Require; q != nil {
		r.Subject, r.Issuer, r.Cipher = q.Subject, q.Issuer, q.Cipher
		switch {
		case q.SSL:
			r.Transport = catalog.TransportTLS
		case q.X509:
			r.Transport = catalog.TransportX509
		case q.Subject+q.Issuer+q.Cipher != "":
			r.Transport = catalog.TransportSpecified
		default:
			r.Transport = ""
		}
	}
	for _, limit := range []struct {
		said *int
		in   *int
	}{{o.MaxQueries, &r.QueriesPerHour}, {o.MaxUpdates, &r.UpdatesPerHour}, {o.MaxConnections, &r.ConnectionsPerHour}, {o.MaxUserConnections, &r.Connections}} {
		if limit.said != nil {
			*limit.in = *limit.said
		}
	}
	if o.Attribute != nil {
		r.Attribute = merged(r.Attribute, *o.Attribute)
	}
}

func orDefault(n *int) *int {
	if *n == dialect.ByDefault {
		return nil
	}
	return n
}

// checkAttribute asks for a JSON object.
func checkAttribute(text *string) error {
	if text == nil {
		return nil
	}
	if _, ok := attributeOf(*text); !ok || *text == "" || len(*text) > maxAttribute {
		return sqlerr.InvalidUserAttributeJSON.Errorf("The user attribute must be a valid JSON object")
	}
	return nil
}

const maxAttribute = 16 << 10

func attributeOf(text string) (map[string]any, bool) {
	if text == "" {
		return map[string]any{}, true
	}
	d := json.NewDecoder(bytes.NewReader([]byte(text)))
	d.UseNumber()
	var v map[string]any
	if err := d.Decode(&v); err != nil || v == nil || d.More() {
		return nil, false
	}
	return v, true
}

// merged is what JSON_MERGE_PATCH makes of the attribute so far and another one, as
// ALTER USER … ATTRIBUTE does.
func merged(old, patch string) string {
	into, _ := attributeOf(old)
	with, ok := attributeOf(patch)
	if !ok {
		return old
	}
	out, _ := mergePatch(into, with).(map[string]any)
	if len(out) == 0 {
		return ""
	}
	text, err := json.Marshal(out)
	if err != nil {
		return old
	}
	return string(text)
}

func mergePatch(target any, patch any) any {
	with, ok := patch.(map[string]any)
	if !ok {
		return patch
	}
	into, _ := target.(map[string]any)
	out := make(map[string]any, len(into)+len(with))
	for k, v := range into {
		out[k] = v
	}
	for k, v := range with {
		if v == nil {
			delete(out, k)
		} else {
			out[k] = mergePatch(out[k], v)
		}
	}
	return out
}

// knownSchema refuses a default schema that is not there; one's own home, which
// CREATE USER makes, is.
func (s *Call) knownSchema(name *string, made []dialect.UserSpec) error {
	if name == nil || *name == "" || s.Snapshot().Database(*name) != nil {
		return nil
	}
	own := len(made) > 0
	for _, u := range made {
		own = own && catalog.FoldName(u.Account.Name) == catalog.FoldName(*name)
	}
	if own || !s.HasSystem(privilege.UserAdmin) { // who is refused anyway hears nothing of schemas
		return nil
	}
	return sqlerr.BadDB.Errorf("Unknown database '%s'", *name)
}

// runShowCreateUser shows a statement that makes the account again, rules and all; a role's makes a role.
// The stored password is for SYSTEM ADMIN; others see that there is one.
func runShowCreateUser(s *Call, n *dialect.ShowCreateUser) ([]sql.Row, error) {
	name, err := s.existing("SHOW CREATE USER", n.Account)
	if err != nil {
		return nil, err
	}
	p := s.Snapshot().Principal(name)
	switch {
	case p != nil && p.Kind == catalog.KindRole: // mysql.user lists it, and programs that copy accounts ask for each of those
		role := &dialect.CreateRole{
			Roles:   []dialect.Account{{Name: p.Name}},
			Options: dialect.RoleOptions{Comment: unlessEmpty(p.Comment), DefaultSchema: unlessEmpty(p.DefaultSchema)},
		}
		return []sql.Row{{dialect.Replayed(role, s.Reading())}}, nil
	case p == nil || p.Kind != catalog.KindUser:
		return nil, cannotUser("SHOW CREATE USER", name)
	}
	create := createOf(p, s.HasSystem(privilege.SysAdmin))
	spans := grant.SpansOf(s.Snapshot())
	for _, role := range p.DefaultRoles {
		if r := s.Snapshot().PrincipalByID(role); r != nil && spans.Lasts(p.ID, role) { // CREATE USER gives it for good
			if create.Options.DefaultRole == nil {
				create.Options.DefaultRole = &dialect.DefaultRoles{}
			}
			create.Options.DefaultRole.Roles = append(create.Options.DefaultRole.Roles, dialect.Account{Name: r.Name})
		}
	}
	return []sql.Row{{dialect.Replayed(create, s.Reading())}}, nil
}

// hiddenHash stands for a stored password, as in MySQL.
const hiddenHash = "<secret>"

func createOf(p *catalog.Principal, hashes bool) *dialect.CreateUser {
	spec := dialect.UserSpec{Account: accountOf(p)}
	switch {
	case p.Outside():
		spec.Auth = &dialect.Auth{Plugin: dialect.PluginLDAP, DirectoryName: p.DirectoryName}
	case p.Password != "":
		hash := dialect.NewSecret(hiddenHash)
		if hashes {
			hash = dialect.NewSecret(p.Password)
		}
		spec.Auth = &dialect.Auth{Plugin: "caching_sha2_password", Hash: &hash}
	}
	create := &dialect.CreateUser{Users: []dialect.UserSpec{spec}, Options: optionsOf(p)}
	return create
}

// optionsOf are the clauses that a record came from.
func optionsOf(p *catalog.Principal) dialect.UserOptions {
	r := p.Rule()
	o := dialect.UserOptions{
		MaxQueries: unlessZero(r.QueriesPerHour), MaxUpdates: unlessZero(r.UpdatesPerHour),
		MaxConnections: unlessZero(r.ConnectionsPerHour), MaxUserConnections: unlessZero(r.Connections),
		FailedLogins: unlessZero(p.FailedLoginAttempts), LockDays: unlessZero(p.PasswordLockDays),
		DefaultSchema: unlessEmpty(p.DefaultSchema), Comment: unlessEmpty(p.Comment), Attribute: unlessEmpty(r.Attribute),
		History: r.History, Reuse: r.ReuseDays, Expire: r.LifetimeDays,
	}
	switch {
	case p.Standing:
		o.Lock = dialect.Lock
	case p.Locked:
		o.Lock = dialect.Deactivate
	}
	if r.LifetimeDays != nil && *r.LifetimeDays == 0 {
		never := dialect.Unbounded
		o.Expire = &never
	}
	if r.PasswordExpired {
		now := dialect.ExpireNow
		o.Expire = &now
	}
	if r.RequireCurrent != nil {
		rule := dialect.CurrentOptional
		if *r.RequireCurrent {
			rule = dialect.CurrentRequired
		}
		o.RequireCurrent = &rule
	}
	if r.Transport != "" {
		o.Require = &dialect.Require{
			SSL: r.Transport == catalog.TransportTLS, X509: r.Transport == catalog.TransportX509,
			Subject: r.Subject, Issuer: r.Issuer, Cipher: r.Cipher,
		}
	}
	return o
}

func unlessZero(n int) *int {
	if n == 0 {
		return nil
	}
	return &n
}

func unlessEmpty(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}
