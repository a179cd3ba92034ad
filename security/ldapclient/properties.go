package ldapclient

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// Key is a setting as it stands in a configuration file.
type Key struct {
	Name    string
	Value   string   // what to write: URL, DN, FILE, …
	Help    string   // one line
	Several bool     // each use adds a value
	Aliases []string // names of the same setting in other products
}

// Keys lists the settings that Set takes, in the order of a help text. Aliases
// that stand for several settings, or only say that LDAP is used, are LXLDAP,
// leanxcale.queryEngine.authentication.type, leanxcale.ldap.conntype and auth-provider.
func Keys() []Key {
	keys := make([]Key, len(settings))
	for i, s := range settings {
		keys[i] = s.Key
	}
	return keys
}

// setting is a key with what it does.
type setting struct {
	Key
	set func(*Config, string) error
}

var settings = []setting{
	{Key{"ldap-url", "URL", "server, as in ldaps://HOST:636; the first that answers is used", true,
		[]string{"java.naming.provider.url", "auth-ldap-server"}}, (*Config).addURLs},
	{Key{"ldap-start-tls", "BOOL", "TLS on ldap:// connections, before anything else", false, nil}, flag(func(c *Config) *bool { return &c.StartTLS })},
	{Key{"ldap-ca-file", "FILE", "authorities that may sign the server's certificate, PEM; default: the system's", false, nil}, text(func(c *Config) *string { return &c.CAFile })},
	{Key{"ldap-pin-sha256", "HASH", "SHA-256 of the server's public key, which must match besides the certificate", true, nil}, list(func(c *Config) *[]string { return &c.PinSHA256 })},
	{Key{"ldap-server-name", "NAME", "name in the server's certificate; default: the host in the URL", false, nil}, text(func(c *Config) *string { return &c.ServerName })},
	{Key{"ldap-client-cert", "FILE", "certificate to show to the server, PEM", false, nil}, text(func(c *Config) *string { return &c.ClientCert })},
	{Key{"ldap-client-key", "FILE", "its private key, PEM, owner only", false, nil}, text(func(c *Config) *string { return &c.ClientKey })},
	{Key{"ldap-bind-dn", "DN", "service account for searches; default: anonymous searches", false,
		[]string{"leanxcale.ldap.adminDn", "auth-ldap-search-dn"}}, text(func(c *Config) *string { return &c.BindDN })},
	{Key{"ldap-bind-password-file", "FILE", "file with its password, owner only; read at each bind", false, nil}, text(func(c *Config) *string { return &c.BindPasswordFile })},
	{Key{"ldap-bind-password", "TEXT", "its password; a file is better", false,
		[]string{"leanxcale.ldap.adminPwd", "auth-ldap-search-pw"}}, text(func(c *Config) *string { return &c.BindPassword })},
	{Key{"ldap-user-base", "DN", "where users are", false,
		[]string{"leanxcale.ldap.ldapBase", "auth-ldap-search-base"}}, text(func(c *Config) *string { return &c.UserBase })},
	{Key{"ldap-user-filter", "FILTER", "which entry is meant by %USER%; default: a person with uid=%USER%", false,
		[]string{"auth-ldap-search-filter"}}, text(func(c *Config) *string { return &c.UserFilter })},
	{Key{"ldap-user-attr", "NAME", "attribute that has the user's name; default uid", false, nil}, text(func(c *Config) *string { return &c.UserAttr })},
	{Key{"ldap-group-base", "DN", "where groups are; default: the DN above ldap-user-base", false,
		[]string{"group-ldap-search-base"}}, text(func(c *Config) *string { return &c.GroupBase })},
	{Key{"ldap-group-filter", "FILTER", "which entry is meant by %GROUP%; default: the usual classes of groups", false,
		[]string{"group-ldap-search-filter"}}, text(func(c *Config) *string { return &c.GroupFilter })},
	{Key{"ldap-group-name-attr", "NAME", "attribute that has the group's name; default cn", false, nil}, text(func(c *Config) *string { return &c.GroupNameAttr })},
	{Key{"ldap-member-attr", "NAME", "attribute that lists members; default member, uniqueMember and memberUid", true,
		[]string{"group-ldap-member-attributes"}}, list(func(c *Config) *[]string { return &c.MemberAttrs })},
	{Key{"ldap-nested", "BOOL", "look for groups in groups; default true", false, nil}, (*Config).setNested},
	{Key{"ldap-in-chain", "BOOL", "let Active Directory look for them, with one search", false, nil}, flag(func(c *Config) *bool { return &c.InChain })},
	{Key{"ldap-max-depth", "N", "levels of groups in groups; default 16", false, nil}, number(func(c *Config) *int { return &c.MaxDepth })},
	{Key{"ldap-max-groups", "N", "groups of one user; default 1000", false, nil}, number(func(c *Config) *int { return &c.MaxGroups })},
	{Key{"ldap-timeout", "TIME", "for a connection and for each request; default 5s", false, nil}, duration(func(c *Config) *time.Duration { return &c.Timeout })},
	{Key{"ldap-pool-size", "N", "connections for searches, and as many for logins; default 8", false, nil}, number(func(c *Config) *int { return &c.PoolSize })},
	{Key{"ldap-down-for", "TIME", "how long a server that failed is asked last; default 30s", false, nil}, duration(func(c *Config) *time.Duration { return &c.DownFor })},
}

// others are names from other products that are no single setting of ours.
var others = map[string]func(*Config, string) error{
	"LXLDAP": (*Config).setLXLDAP,
	"leanxcale.queryEngine.authentication.type": only("ldap"),
	"leanxcale.ldap.conntype":                   only("simple"),
	"auth-provider":                             only("ldap"),
	"auth-ldap-search-filter":                   (*Config).setDerbyFilter,
}

// Set takes one setting: a key of Keys, or the name that LeanXcale or ComputeDB
// has for it (the latter also with gemfirexd. and -J-D before it). known tells
// whether the key is one of these; the fault of a value is found here where it
// shows in the text alone, and by Validate otherwise. An alias sets the same
// field as the key itself: the last one wins.
func (c *Config) Set(key, value string) (known bool, err error) {
	name := strings.TrimPrefix(strings.TrimPrefix(strings.TrimSpace(key), "-J-D"), "gemfirexd.")
	set, ok := others[name]
	if !ok {
		set, ok = lookup(name)
	}
	if !ok {
		return false, nil
	}
	value = strings.TrimSpace(value)
	if value == "" {
		return true, wrong(name, "has no value; remove it for the default")
	}
	if err := set(c, value); err != nil {
		return true, &settingError{setting: name, fault: err.Error()}
	}
	return true, nil
}

func lookup(name string) (func(*Config, string) error, bool) {
	for _, s := range settings {
		if s.Name == name {
			return s.set, true
		}
		for _, alias := range s.Aliases {
			if alias == name {
				return s.set, true
			}
		}
	}
	return nil, false
}

func text(field func(*Config) *string) func(*Config, string) error {
	return func(c *Config, v string) error {
		*field(c) = v
		return nil
	}
}

func list(field func(*Config) *[]string) func(*Config, string) error {
	return func(c *Config, v string) error {
		*field(c) = append(*field(c), words(v)...)
		return nil
	}
}

// words splits at commas and blanks.
func words(v string) []string {
	return strings.FieldsFunc(v, func(r rune) bool { return r == ',' || r == ' ' || r == '\t' })
}

func flag(field func(*Config) *bool) func(*Config, string) error {
	return func(c *Config, v string) (err error) {
		*field(c), err = boolean(v)
		return err
	}
}

func boolean(v string) (bool, error) {
	switch strings.ToLower(v) {
	case "true", "yes", "on", "1":
		return true, nil
	case "false", "no", "off", "0":
		return false, nil
	}
	return false, fmt.Errorf("%q is neither true nor false", printable(v))
}

// number refuses 0, which would silently be the default.
func number(field func(*Config) *int) func(*Config, string) error {
	return func(c *Config, v string) error {
		n, err := strconv.Atoi(v)
		if err != nil || n < 1 {
			return fmt.Errorf("%q is not a number above 0", printable(v))
		}
		*field(c) = n
		return nil
	}
}

// duration takes 5s, 1m30s or a number of seconds.
func duration(field func(*Config) *time.Duration) func(*Config, string) error {
	return func(c *Config, v string) error {
		d, err := time.ParseDuration(v)
		if _, e := strconv.Atoi(v); e == nil {
			d, err = time.ParseDuration(v + "s") // which knows how long one can be
		}
		if err != nil || d <= 0 {
			return fmt.Errorf("%q is not a time as in 5s", printable(v))
		}
		*field(c) = d
		return nil
	}
}

func only(want string) func(*Config, string) error {
	return func(_ *Config, v string) error {
		if !strings.EqualFold(v, want) {
			return fmt.Errorf("%q is not supported, only %s is", printable(v), want)
		}
		return nil
	}
}

func (c *Config) setNested(v string) error {
	nested, err := boolean(v)
	c.Flat = err == nil && !nested
	return err
}

// addURLs also takes a bare host, as LeanXcale's and ComputeDB's manuals write it.
func (c *Config) addURLs(v string) error {
	for _, u := range words(v) {
		if !strings.Contains(u, "://") {
			u = "ldap://" + u
		}
		c.URLs = append(c.URLs, u)
	}
	return nil
}

// setLXLDAP takes LeanXcale's one line, URL|simple|BASE.
func (c *Config) setLXLDAP(v string) error {
	parts := strings.Split(v, "|")
	if len(parts) != 3 || parts[0] == "" || parts[2] == "" {
		return fmt.Errorf("%q is not as in ldap://HOST:389|simple|ou=People,dc=example,dc=com", printable(redact(v)))
	}
	if err := only("simple")(c, strings.TrimSpace(parts[1])); err != nil {
		return err
	}
	c.UserBase = strings.TrimSpace(parts[2])
	return c.addURLs(strings.TrimSpace(parts[0]))
}

// setDerbyFilter takes ComputeDB's filter for users, which it has from Derby:
// the name is %USERNAME%, and a filter without it is a further condition.
func (c *Config) setDerbyFilter(v string) error {
	if !strings.HasPrefix(v, "(") {
		v = "(" + v + ")"
	}
	v = strings.ReplaceAll(v, "%USERNAME%", userMark)
	if !strings.Contains(v, userMark) {
		v = and(v, "(objectClass=inetOrgPerson)", "(uid="+userMark+")")
	}
	c.UserFilter = v
	return nil
}
