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
	return nil, s.Update(s.Context, func(tx *catalog.Tx) error {
		if tx.Revoked(serial) {
			return nil
		}
		what := "client certificate"
		for _, c := range tx.Certificates() {
			if serial == fmt.Sprintf("%x", c.Serial) {
				what = "permission certificate"
			}
		}
		return tx.PutRevocation(&catalog.Revocation{Serial: serial, What: what})
	})
}
