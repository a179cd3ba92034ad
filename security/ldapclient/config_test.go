package ldapclient

import (
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	ber "github.com/go-asn1-ber/asn1-ber"
	"github.com/go-ldap/ldap/v3"
)

func TestValidate(t *testing.T) {
	dir := t.TempDir()
	file := func(name, text string, mode os.FileMode) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), mode); err != nil {
			t.Fatal(err)
		}
		return path
	}
	id := newIdentity(t, "ldap.example.org")
	good := Config{URLs: []string{"ldaps://ldap.example.org"}, UserBase: people}
	pin := strings.Repeat("ab", 32)
	for name, tc := range map[string]struct {
		set  func(*Config)
		want []string // in the error; none: valid
	}{
		"least":    {func(*Config) {}, nil},
		"StartTLS": {func(c *Config) { c.URLs, c.StartTLS = []string{"ldap://ldap.example.org:3389"}, true }, nil},
		"this machine": {func(c *Config) {
			c.URLs = []string{"ldap://localhost", "ldap://127.9.9.9:1", "ldap://[::1]:389", "LDAP://LOCALHOST/"}
		}, nil},
		"mixed":      {func(c *Config) { c.URLs, c.StartTLS = []string{"ldaps://a", "ldap://b"}, true }, nil},
		"service":    {func(c *Config) { c.BindDN, c.BindPasswordFile = service, file("pw", "secret\n", 0o600) }, nil},
		"AD's names": {func(c *Config) { c.BindDN, c.BindPassword = "reader@corp.example.org", "x" }, nil},
		"TLS files":  {func(c *Config) { c.CAFile, c.ClientCert, c.ClientKey = id.caFile, id.certFile, id.keyFile }, nil},
		"pins": {func(c *Config) {
			c.PinSHA256 = []string{pin, strings.ToUpper(pin), "sha256//q6urq6urq6urq6urq6urq6urq6urq6urq6urq6urq6s=", "q6urq6urq6urq6urq6urq6urq6urq6urq6urq6urq6s="}
		}, nil},
		"AD's filter": {func(c *Config) { c.UserFilter = "(&(objectClass=user)(sAMAccountName=%USER%))" }, nil},
		"nothing":     {func(c *Config) { *c = Config{} }, []string{"ldap-url: is not set; write ldaps://HOST", "ldap-user-base: "}},
		"plain":       {func(c *Config) { c.URLs = []string{"ldap://ldap.example.org"} }, []string{"ldap-url: ldap://ldap.example.org:389 would carry passwords without TLS; write ldaps://ldap.example.org, or set ldap-start-tls"}},
		"plain is not local": {func(c *Config) {
			c.URLs = []string{"ldap://localhost.example.org", "ldap://0.0.0.0", "ldap://127.0.0.1.example.org"}
		}, []string{"localhost.example.org:389 would", "0.0.0.0:389 would", "127.0.0.1.example.org:389 would"}},
		"scheme":              {func(c *Config) { c.URLs = []string{"http://ldap.example.org", "ldapi://%2frun"} }, []string{`"http://ldap.example.org" is unknown`}},
		"base in the URL":     {func(c *Config) { c.URLs = []string{"ldaps://h/dc=example"} }, []string{"ldap-user-base"}},
		"password in the URL": {func(c *Config) { c.URLs = []string{"ldaps://cn=admin:topsecret@h"} }, []string{"…@h"}},
		"no host":             {func(c *Config) { c.URLs = []string{"ldaps://", "ldaps://:636", "h"} }, []string{`"ldaps://" is not a server`, `"ldaps://:636" names no host`, `"h" is not a server`}},
		"useless StartTLS":    {func(c *Config) { c.StartTLS = true }, []string{"ldap-start-tls: "}},
		"no CA":               {func(c *Config) { c.CAFile = filepath.Join(dir, "gone") }, []string{"ldap-ca-file: cannot be read"}},
		"empty CA":            {func(c *Config) { c.CAFile = file("empty", "hello", 0o600) }, []string{"has no certificate"}},
		"bad pin":             {func(c *Config) { c.PinSHA256 = []string{"abcd"} }, []string{"ldap-pin-sha256: "}},
		"half a certificate":  {func(c *Config) { c.ClientCert = id.certFile }, []string{"ldap-client-key: is not set"}},
		"key for all":         {func(c *Config) { c.ClientCert, c.ClientKey = id.certFile, file("key", "x", 0o644) }, []string{"ldap-client-key: ", "chmod 600"}},
		"no password":         {func(c *Config) { c.BindDN = service }, []string{"ldap-bind-password: ", "anonymous"}},
		"no DN":               {func(c *Config) { c.BindPassword = "x" }, []string{"ldap-bind-dn: "}},
		"two passwords":       {func(c *Config) { c.BindDN, c.BindPassword, c.BindPasswordFile = service, "x", file("pw2", "y", 0o600) }, []string{"together"}},
		"file for all":        {func(c *Config) { c.BindDN, c.BindPasswordFile = service, file("pw3", "y", 0o640) }, []string{"ldap-bind-password-file: ", "mode 0640", "chmod 600"}},
		"empty file":          {func(c *Config) { c.BindDN, c.BindPasswordFile = service, file("pw4", "\n", 0o600) }, []string{"ldap-bind-password-file: "}},
		"directory":           {func(c *Config) { c.BindDN, c.BindPasswordFile = service, dir }, []string{"is not a file"}},
		"no file":             {func(c *Config) { c.BindDN, c.BindPasswordFile = service, filepath.Join(dir, "gone") }, []string{"cannot be read"}},
		"bind DN":             {func(c *Config) { c.BindDN, c.BindPassword = "reader", "x" }, []string{`"reader" is not a DN`}},
		"bases":               {func(c *Config) { c.UserBase, c.GroupBase = "people", "groups" }, []string{"ldap-user-base: ", "ldap-group-base: "}},
		"filter without name": {func(c *Config) { c.UserFilter, c.GroupFilter = "(uid=*)", "(cn=%USER%)" }, []string{"ldap-user-filter: has no %USER%", "ldap-group-filter: has no %GROUP%"}},
		"bad filters":         {func(c *Config) { c.UserFilter, c.GroupFilter = "uid=%USER%", "(&(cn=%GROUP%)" }, []string{"ldap-user-filter: is not a filter", "ldap-group-filter: is not a filter"}},
		"attributes":          {func(c *Config) { c.UserAttr, c.GroupNameAttr, c.MemberAttrs = "uid)(x", "", []string{"member", "a b"} }, []string{"ldap-user-attr: ", `ldap-member-attr: "a b"`}},
		"numbers":             {func(c *Config) { c.MaxDepth, c.MaxGroups, c.PoolSize, c.Timeout, c.DownFor = -1, 1e6, 1000, -1, -1 }, []string{"ldap-max-depth: ", "ldap-max-groups: ", "ldap-pool-size: ", "ldap-timeout: ", "ldap-down-for: "}},
		"flat chain":          {func(c *Config) { c.Flat, c.InChain = true, true }, []string{"ldap-in-chain: "}},
	} {
		cfg := good
		tc.set(&cfg)
		err := cfg.Validate()
		if len(tc.want) == 0 {
			if err != nil {
				t.Errorf("%s: %v", name, err)
			}
			continue
		}
		if !errors.Is(err, ErrConfiguration) || errors.Is(err, ErrDenied) {
			t.Errorf("%s: %v", name, err)
			continue
		}
		for _, want := range tc.want {
			if !strings.Contains(err.Error(), want) {
				t.Errorf("%s: %q is not in:\n%v", name, want, err)
			}
		}
		if strings.Contains(err.Error(), "topsecret") {
			t.Errorf("%s: a password is in the error: %v", name, err)
		}
		if _, err := New(cfg, nil); err == nil {
			t.Errorf("%s: New takes it", name)
		}
	}
}

func TestSet(t *testing.T) {
	var c Config
	for _, kv := range [][2]string{
		{"ldap-url", "ldaps://a"}, {"ldap-url", "ldaps://b, ldaps://c"}, {"ldap-start-tls", "yes"}, {"ldap-ca-file", "ca.pem"},
		{"ldap-pin-sha256", "aa"}, {"ldap-pin-sha256", "bb"}, {"ldap-server-name", "n"}, {"ldap-client-cert", "cc"}, {"ldap-client-key", "ck"},
		{"ldap-bind-dn", "cn=r,dc=o"}, {"ldap-bind-password-file", "pf"}, {"ldap-bind-password", "p w"}, {"ldap-user-base", "ou=u,dc=o"},
		{"ldap-user-filter", "(mail=%USER%)"}, {"ldap-user-attr", "mail"}, {"ldap-group-base", "ou=g,dc=o"}, {"ldap-group-filter", "(cn=%GROUP%)"},
		{"ldap-group-name-attr", "ou"}, {"ldap-member-attr", "member"}, {"ldap-member-attr", "owner"}, {"ldap-nested", "false"}, {"ldap-in-chain", "on"},
		{"ldap-max-depth", "3"}, {"ldap-max-groups", "7"}, {"ldap-timeout", "1m30s"}, {"ldap-pool-size", "2"}, {"ldap-down-for", "9"},
	} {
		if known, err := c.Set(kv[0], kv[1]); !known || err != nil {
			t.Errorf("%v: %v, %v", kv, known, err)
		}
	}
	want := Config{URLs: []string{"ldaps://a", "ldaps://b", "ldaps://c"}, StartTLS: true, CAFile: "ca.pem", PinSHA256: []string{"aa", "bb"}, ServerName: "n",
		ClientCert: "cc", ClientKey: "ck", BindDN: "cn=r,dc=o", BindPasswordFile: "pf", BindPassword: "p w", UserBase: "ou=u,dc=o", UserFilter: "(mail=%USER%)",
		UserAttr: "mail", GroupBase: "ou=g,dc=o", GroupFilter: "(cn=%GROUP%)", GroupNameAttr: "ou", MemberAttrs: []string{"member", "owner"}, Flat: true, InChain: true,
		MaxDepth: 3, MaxGroups: 7, Timeout: 90 * time.Second, PoolSize: 2, DownFor: 9 * time.Second}
	if !reflect.DeepEqual(c, want) {
		t.Errorf("%+v\n%+v expected", c, want)
	}
	// Every field can be set: a field added to Config needs a key.
	for v, i := reflect.ValueOf(c), 0; i < v.NumField(); i++ {
		if v.Field(i).IsZero() {
			t.Errorf("nothing sets %s", v.Type().Field(i).Name)
		}
	}
}

func TestSetRefuses(t *testing.T) {
	for _, kv := range [][2]string{
		{"ldap-url", ""}, {"ldap-start-tls", "maybe"}, {"ldap-nested", "2"}, {"ldap-max-depth", "0"}, {"ldap-max-groups", "many"}, {"ldap-timeout", "0"},
		{"ldap-timeout", "-1s"}, {"ldap-down-for", "soon"}, {"leanxcale.ldap.conntype", "sasl"}, {"leanxcale.queryEngine.authentication.type", "kerberos"},
		{"LXLDAP", "ldap://h"}, {"LXLDAP", "ldap://h|strong|dc=o"}, {"LXLDAP", "ldap://h|simple|"}, {"auth-provider", "BUILTIN"},
	} {
		var c Config
		known, err := c.Set(kv[0], kv[1])
		if !known || !errors.Is(err, ErrConfiguration) || !strings.HasPrefix(err.Error(), kv[0]+": ") {
			t.Errorf("%v: %v, %v", kv, known, err)
		}
	}
	for _, key := range []string{"", "ldap", "ldap-", "ldap-colour", "mysql", "gemfirexd.", "gemfirexd.log-level", "leanxcale.ldap"} {
		var c Config
		if known, err := c.Set(key, "x"); known || err != nil || !reflect.DeepEqual(c, Config{}) {
			t.Errorf("%q: %v, %v", key, known, err)
		}
	}
}

// TestAliases are the settings of LeanXcale's and ComputeDB's manuals.
func TestAliases(t *testing.T) {
	set := func(pairs ...string) Config {
		var c Config
		for pair := range slices.Chunk(pairs, 2) {
			if known, err := c.Set(pair[0], pair[1]); !known || err != nil {
				t.Errorf("%q: %v, %v", pair, known, err)
			}
		}
		return c
	}
	for name, tc := range map[string]struct{ got, want Config }{
		"LeanXcale 1": {
			set("leanxcale.queryEngine.authentication.type", "ldap", "java.naming.provider.url", "172.31.59.177", "leanxcale.ldap.ldapBase", "dc=lxc-db,dc=com",
				"leanxcale.ldap.conntype", "simple", "leanxcale.ldap.adminDn", "cn=admin,dc=lxc-db,dc=com", "leanxcale.ldap.adminPwd", "secret"),
			Config{URLs: []string{"ldap://172.31.59.177"}, UserBase: "dc=lxc-db,dc=com", BindDN: "cn=admin,dc=lxc-db,dc=com", BindPassword: "secret"},
		},
		"LeanXcale 2": {
			set("LXLDAP", "ldap://ldapsrv:389|simple|ou=People,dc=leanxcale,dc=com"),
			Config{URLs: []string{"ldap://ldapsrv:389"}, UserBase: "ou=People,dc=leanxcale,dc=com"},
		},
		"ComputeDB": {
			set("auth-provider", "LDAP", "-J-Dgemfirexd.auth-ldap-server", "ldap://localhost:389/", "gemfirexd.auth-ldap-search-base", "ou=sales,dc=example,dc=com",
				"auth-ldap-search-dn", "cn=admin,dc=example,dc=com", "-J-Dgemfirexd.auth-ldap-search-pw", "user123", "gemfirexd.auth-ldap-search-filter", "(&(objectClass=person)(uid=%USERNAME%))",
				"group-ldap-search-base", "ou=group,dc=example,dc=com", "gemfirexd.group-ldap-search-filter", "(&(objectClass=groupOfNames)(cn=%GROUP%))", "group-ldap-member-attributes", "member,uniqueMember"),
			Config{URLs: []string{"ldap://localhost:389/"}, UserBase: "ou=sales,dc=example,dc=com", BindDN: "cn=admin,dc=example,dc=com", BindPassword: "user123",
				UserFilter: "(&(objectClass=person)(uid=%USER%))", GroupBase: "ou=group,dc=example,dc=com", GroupFilter: "(&(objectClass=groupOfNames)(cn=%GROUP%))",
				MemberAttrs: []string{"member", "uniqueMember"}},
		},
		"a further condition": {set("auth-ldap-search-filter", "l=Madrid"), Config{UserFilter: "(&(l=Madrid)(objectClass=inetOrgPerson)(uid=%USER%))"}},
	} {
		if !reflect.DeepEqual(tc.got, tc.want) {
			t.Errorf("%s: %+v\n%+v expected", name, tc.got, tc.want)
		}
	}
}

func TestKeys(t *testing.T) {
	seen := map[string]bool{}
	for _, k := range Keys() {
		for _, name := range append([]string{k.Name}, k.Aliases...) {
			if seen[name] {
				t.Errorf("%s stands for two settings", name)
			}
			seen[name] = true
		}
		if !strings.HasPrefix(k.Name, "ldap-") || k.Value == "" || k.Help == "" {
			t.Errorf("%+v", k)
		}
	}
	for _, name := range []string{"ldap-url", "ldap-bind-password-file", "ldap-in-chain", "ldap-down-for", "auth-ldap-search-filter"} {
		if !seen[name] {
			t.Errorf("%s is missing", name)
		}
	}
}

// FuzzFilter: whatever is typed stays one value in the filter.
func FuzzFilter(f *testing.F) {
	for _, seed := range []string{"ann", "*", "a)(uid=*", `\2a`, "a\x00b", "(|(uid=%USER%))", "ü", "\xff", "%GROUP%", ""} {
		f.Add(seed)
	}
	cfg := (&Config{UserBase: people}).withDefaults()
	f.Fuzz(func(t *testing.T, name string) {
		made := func(name string) []string {
			return []string{cfg.userFilter(name), cfg.groupFilter(name), and(cfg.allGroups(), or([]string{equal("member", name), equal("cn", "y")}))}
		}
		const mark = "the-name"
		models := made(mark)
		for i, filter := range made(name) {
			p, err := ldap.CompileFilter(filter)
			model, err2 := ldap.CompileFilter(models[i])
			if err != nil || err2 != nil {
				t.Fatalf("%s: %v, %v", filter, err, err2)
			}
			if !sameShape(p, model, name, mark) {
				t.Errorf("%q changes the filter: %s", name, filter)
			}
		}
	})
}

// sameShape says whether two filters differ only in the value for mark.
func sameShape(a, model *ber.Packet, name, mark string) bool {
	if a.Tag != model.Tag || a.ClassType != model.ClassType || len(a.Children) != len(model.Children) {
		return false
	}
	for i := range a.Children {
		if !sameShape(a.Children[i], model.Children[i], name, mark) {
			return false
		}
	}
	want := model.Data.String()
	if want == mark {
		want = name
	}
	return len(a.Children) > 0 || a.Data.String() == want
}
