package ldapd

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/lxdb/lxdb/security/principal"
)

// Options of New. Catalog, Login, Accounts and Rights are required.
type Options struct {
	Catalog  Catalog
	Login    Authenticator
	Accounts Accounts
	Rights   Rights
	// Certificates lets clients bind by SASL EXTERNAL with the certificate that
	// TLS verified; nil offers no EXTERNAL. TLS must ask for certificates.
	Certificates Certificates

	// TLS is what StartTLS and ServeTLS use. Without it there is neither, and
	// nobody can bind except as PlainOnLoopback allows.
	TLS *tls.Config
	// PlainOnLoopback accepts passwords without TLS from the machine itself.
	PlainOnLoopback bool
	// Suffix is the DN at the top of the tree; "" is dc=lxdb.
	Suffix  string
	Version string       // vendorVersion of the root DSE; "" shows none
	Limits  Limits       // zero fields are the defaults
	Logger  *slog.Logger // nil discards

	// From makes the context of what a client does; nil is the connection's own.
	From func(ctx context.Context, who principal.Principal, remote string) context.Context
	// Refused is told what a client who has bound was refused; it may be nil.
	Refused func(ctx context.Context, r Refusal)
}

// Limits bound what clients can take. A zero field is its default.
type Limits struct {
	Connections int // 1,024
	PerAddress  int // connections of one address: 64
	Strangers   int // connections that never bound: three quarters of Connections
	Operations  int // running operations of one connection: 16

	MessageBytes      int   // after a bind: 4 MiB
	AnonymousBytes    int   // a message before a bind: 64 KiB
	LargeMessageBytes int64 // messages above AnonymousBytes in memory, of all connections: 64 MiB

	Entries int           // entries of one answer or page: 1,000
	Search  time.Duration // time of one search: 10 s

	AnonymousIdle time.Duration // between messages before a bind: 30 s
	Idle          time.Duration // between messages after a bind: 15 min
	Message       time.Duration // from the first byte of a message to its last: 30 s
	Write         time.Duration // one write to a slow client: 30 s
	Handshake     time.Duration // TLS: 10 s
}

// Bounds that are no settings: nobody needs other ones.
const (
	maxDepth    = 48
	maxElements = 200_000
	maxControls = 16
)

func orDefault[T int | int64 | time.Duration](v *T, d T) {
	if *v == 0 {
		*v = d
	}
}

func (l Limits) withDefaults() Limits {
	orDefault(&l.Connections, 1024)
	orDefault(&l.PerAddress, 64)
	orDefault(&l.Strangers, max(1, l.Connections*3/4))
	orDefault(&l.Operations, 16)
	orDefault(&l.MessageBytes, 4<<20)
	orDefault(&l.AnonymousBytes, 64<<10)
	orDefault(&l.LargeMessageBytes, 64<<20)
	orDefault(&l.Entries, 1000)
	orDefault(&l.Search, 10*time.Second)
	orDefault(&l.AnonymousIdle, 30*time.Second)
	orDefault(&l.Idle, 15*time.Minute)
	orDefault(&l.Message, 30*time.Second)
	orDefault(&l.Write, 30*time.Second)
	orDefault(&l.Handshake, 10*time.Second)
	return l
}

func (o Options) withDefaults() (Options, error) {
	if o.Catalog == nil || o.Login == nil || o.Accounts == nil || o.Rights == nil {
		return o, errors.New("ldapd: Catalog, Login, Accounts and Rights are required")
	}
	if o.Suffix == "" {
		o.Suffix = "dc=lxdb"
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	o.Limits = o.Limits.withDefaults()
	return o, nil
}

// newDirectory checks the suffix and makes what the root DSE and the subschema
// show.
func newDirectory(o Options) (*directory, error) {
	suffix, err := parseDN(o.Suffix)
	if err != nil || len(suffix) == 0 || suffix.key() == schemaDN {
		return nil, fmt.Errorf("ldapd: %q cannot be the suffix; write it as in dc=example,dc=org", o.Suffix)
	}
	d := &directory{
		catalog: o.Catalog, rights: o.Rights,
		suffix: suffix, suffixKey: suffix.key(), suffixDN: suffix.String(),
		schema: subschema(),
	}
	d.root = map[string][]string{
		"namingContexts":       {d.suffixDN},
		"supportedLDAPVersion": {"3"},
		"supportedControl":     {pagedControl, manageDsaITControl, policyControl},
		"supportedExtension":   {passwordModifyOID, whoAmIOID, cancelOID},
		"supportedFeatures":    {"1.3.6.1.4.1.4203.1.5.1", "1.3.6.1.4.1.4203.1.5.3"}, // "+" and empty filters
		"vendorName":           {"lxdb"},
	}
	if o.TLS != nil {
		d.root["supportedExtension"] = append(d.root["supportedExtension"], startTLSOID)
	}
	if o.Version != "" {
		d.root["vendorVersion"] = []string{o.Version}
	}
	return d, nil
}
