package ldapclient

import (
	"fmt"
	"log/slog"
	"strings"
	"time"
)

// Config says where the directory is and how to ask it. A zero field is its
// default. In filters %USER% and %GROUP% stand for the escaped name, or for *
// where all are meant.
type Config struct {
	// URLs are tried in order: ldap://host:389, ldaps://host:636. Plain ldap://
	// without StartTLS is for the machine itself.
	URLs     []string
	StartTLS bool // TLS on every ldap:// connection, before anything else

	CAFile     string   // PEM; "": the authorities that the system trusts
	PinSHA256  []string // SHA-256 of the server's public key (SPKI), base64 or hex; one must match
	ServerName string   // name in the certificate; "": the URL's host
	ClientCert string   // PEM; shown to a server that asks for it
	ClientKey  string   // PEM, owner only

	BindDN           string // service account; "": searches are anonymous
	BindPassword     string `json:"-"`
	BindPasswordFile string // owner only; read at each bind, so that it can be replaced

	UserBase   string
	UserFilter string // "": person, inetOrgPerson or user with UserAttr=%USER%
	UserAttr   string // its value is the user's name: uid

	GroupBase     string   // "": the parent of UserBase, or UserBase at the top of a tree
	GroupFilter   string   // "": the usual classes of groups with cn or name
	GroupNameAttr string   // cn
	MemberAttrs   []string // member, uniqueMember, memberUid; the last holds names, others DNs

	Flat      bool // do not look for groups in groups
	InChain   bool // let Active Directory walk nested groups; other servers find none
	MaxDepth  int  // levels of nested groups: 16
	MaxGroups int  // groups of one user, or in one group: 1,000

	Timeout  time.Duration // of a connection, and of each request: 5 s
	DownFor  time.Duration // how long a server that failed is asked last: 30 s
	PoolSize int           // connections for searches, and as many for binds: 8
}

const defaultGroupFilter = "(&(|(objectClass=group)(objectClass=groupOfNames)(objectClass=groupOfMembers)" +
	"(objectClass=groupOfUniqueNames)(objectClass=posixGroup))(|(cn=%GROUP%)(name=%GROUP%)))"

func orDefault[T comparable](v *T, d T) {
	var zero T
	if *v == zero {
		*v = d
	}
}

// withDefaults expects a Config that is valid otherwise.
func (c Config) withDefaults() Config {
	orDefault(&c.UserAttr, "uid")
	orDefault(&c.UserFilter, "(&(|(objectClass=person)(objectClass=inetOrgPerson)(objectClass=user))("+c.UserAttr+"=%USER%))")
	orDefault(&c.GroupBase, parentOf(c.UserBase))
	orDefault(&c.GroupFilter, defaultGroupFilter)
	orDefault(&c.GroupNameAttr, "cn")
	if len(c.MemberAttrs) == 0 {
		c.MemberAttrs = []string{"member", "uniqueMember", "memberUid"}
	}
	orDefault(&c.MaxDepth, 16)
	orDefault(&c.MaxGroups, 1000)
	orDefault(&c.Timeout, 5*time.Second)
	orDefault(&c.DownFor, 30*time.Second)
	orDefault(&c.PoolSize, 8)
	return c
}

// String is for logs: it has no password.
func (c Config) String() string {
	var urls []string
	for _, u := range c.URLs {
		urls = append(urls, redact(u))
	}
	return fmt.Sprintf("%s, users below %q, as %q", strings.Join(urls, " "), c.UserBase, c.BindDN)
}

// GoString is what %#v shows.
func (c Config) GoString() string { return "ldapclient.Config{" + c.String() + "}" }

// LogValue keeps the password out of structured logs.
func (c Config) LogValue() slog.Value { return slog.StringValue(c.String()) }
