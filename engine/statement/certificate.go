package statement

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/dolthub/go-mysql-server/sql"

	"github.com/lxdb/lxdb/catalog"
	"github.com/lxdb/lxdb/engine/dialect"
	"github.com/lxdb/lxdb/engine/sqlerr"
	"github.com/lxdb/lxdb/security/principal"
	"github.com/lxdb/lxdb/security/privilege"
)

// Certificate is what SHOW CERTIFICATES says of one permission certificate.
type Certificate struct {
	Serial, Issuer string
	Epoch          uint64
	Entries, Pages int
	From, Until    time.Time
	State          string // "in force", or why it does not count
}

// Certificates are the permission certificates of the instance.
type Certificates interface {
	// Certificate verifies the one of a principal.
	Certificate(id principal.ID) Certificate
	// Own are the serial numbers of the client certificate that the session relies on.
	Own() []string
	// Presented are those of the one that the session's connection came with, whether it relies on it or not.
	Presented() []string
	// Authority is the serial number of the one that signs now.
	Authority() string
	// RotateKey makes all anew with another key.
	RotateKey(ctx context.Context) error
}

var certificateCommands = []Declaration{
	Define(Definition[*dialect.ShowCertificates]{
		Need: Anyone("who lacks USER ADMIN and AUDIT READ is shown those that count for himself"), Audit: "certificate.show",
		Columns: []Column{
			Text("Principal"), Text("Kind"), Text("Serial"), Text("Issuer"), Number("Epoch"), Number("Entries"), Number("Pages"),
			Text("Valid from"), Text("Valid until"), Text("State"),
		},
		Run: runShowCertificates,
	}),
	Define(Definition[*dialect.RotatePermissionKey]{
		Need: SystemPrivilege(privilege.SysAdmin), Audit: "certificate.rotate", Commits: true, Run: runRotatePermissionKey,
	}),
	Define(Definition[*dialect.RevokeCertificate]{
		Need: SystemPrivilege(privilege.SysAdmin), Audit: "certificate.revoke", Commits: true, Run: runRevokeCertificate,
	}),
}

func runShowCertificates(s *Call, _ *dialect.ShowCertificates) ([]sql.Row, error) {
	snap := s.Snapshot()
	all := s.HasSystem(privilege.UserAdmin) || s.HasSystem(privilege.AuditRead)
	own := append(s.Holders(), s.Who().ID(), catalog.Public)
	var out []sql.Row
	for _, p := range snap.Principals() {
		if !all && !slices.Contains(own, p.ID) {
			continue
		}
		c := s.Certificates().Certificate(p.ID)
		out = append(out, sql.Row{
			p.Name, string(p.Kind), c.Serial, c.Issuer, int64(c.Epoch), int64(c.Entries), int64(c.Pages),
			s.moment(c.From), s.moment(c.Until), c.State,
		})
	}
	if !all {
		return out, nil
	}
	for _, r := range snap.Revocations() {
		at := s.moment(time.UnixMicro(r.At))
		out = append(out, sql.Row{"", r.What, r.Serial, "", int64(0), int64(0), int64(0), nil, at, "revoked"})
	}
	return out, nil
}

// moment is a time in the session's zone, NULL for none.
func (s *Call) moment(t time.Time) any {
	if t.IsZero() {
		return nil
	}
	return t.In(s.Zone()).Format(time.DateTime)
}

func runRotatePermissionKey(s *Call, _ *dialect.RotatePermissionKey) ([]sql.Row, error) {
	return nil, s.Certificates().RotateKey(s.Context)
}

func runRevokeCertificate(s *Call, n *dialect.RevokeCertificate) ([]sql.Row, error) {
	serial := catalog.FoldSerial(n.Serial)
	if serial == "" {
		return nil, sqlerr.WrongArguments.Errorf("Incorrect arguments to REVOKE CERTIFICATE: '%s' is no serial number", n.Serial).
			WithHint("it is hexadecimal, as SHOW CERTIFICATES and openssl x509 -serial have it")
	}
	var whose *catalog.Principal
	err := s.Update(s.Context, func(tx *catalog.Tx) error {
		if tx.Revoked(serial) {
			return nil
		}
		what := "client certificate"
		for _, c := range tx.Certificates() {
			if serial == fmt.Sprintf("%x", c.Serial) {
				what, whose = "permission certificate", tx.PrincipalByID(c.Principal)
			}
		}
		if err := s.keepsRights(tx.Snapshot, serial, whose); err != nil {
			return err
		}
		return tx.PutRevocation(&catalog.Revocation{Serial: serial, What: what})
	})
	if err == nil && whose != nil {
		s.Warn(int(sqlerr.UnknownError), "'%s' is denied everything until the next change of his rights, by GRANT or REVOKE, makes another certificate", whose.Name)
	}
	return nil, err
}

// keepsRights refuses a revocation after which nobody could give back what it takes: whose
// is root, PUBLIC, who revokes or what makes an administrator of him; and what has no
// effect at all. whose is nil where it is no permission certificate.
func (s *Call) keepsRights(snap *catalog.Snapshot, serial string, whose *catalog.Principal) error {
	refuse := func(why, hint string) error {
		return sqlerr.WrongArguments.Errorf("Incorrect arguments to REVOKE CERTIFICATE: %s", why).WithHint("%s", hint)
	}
	const other = "ALTER INSTANCE ROTATE PERMISSION KEY makes all permission certificates anew; to keep an account out, lock it"
	switch {
	case serial == s.Certificates().Authority():
		return refuse("it is that of the permission authority, which signs all others", other)
	case slices.Contains(s.Certificates().Own(), serial):
		return refuse("this session came with it", "log in without it first")
	case whose == nil:
		return nil
	case whose.ID == catalog.Root || whose.ID == catalog.Public:
		return refuse("'"+whose.Name+"' would be denied everything, and with him whoever relies on it", other)
	case whose.ID == s.Who().ID() || whose.ID == s.AuditOrigin().Login:
		return refuse("it is your own", other)
	}
	for _, holder := range append(s.Holders(), s.Who().ID()) {
		if holder == whose.ID {
			continue
		}
		for _, g := range snap.GrantsToOn(holder, catalog.System) {
			if g.Atoms.Has(privilege.SysAdmin) {
				return nil
			}
		}
	}
	return refuse("it is what makes you an administrator", other)
}
