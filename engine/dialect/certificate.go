package dialect

import "github.com/lxdb/lxdb/engine/lex"

// ShowCertificates is SHOW CERTIFICATES: the permission certificates that the viewer may
// see, and what is revoked.
type ShowCertificates struct{}

// RotatePermissionKey is ALTER INSTANCE ROTATE PERMISSION KEY: another key signs
// permission certificates from now on, and all are made anew.
type RotatePermissionKey struct{}

// RevokeCertificate is REVOKE CERTIFICATE 'serial': a certificate that counts no more,
// although its time is not over.
type RevokeCertificate struct{ Serial string }

// revokeCertificate recognises it; a privilege of that name would have no quotes behind it.
func (p *parser) revokeCertificate() (Statement, bool) {
	if !p.at("CERTIFICATE") || !p.isString(1) {
		return nil, false
	}
	p.next()
	return &RevokeCertificate{p.text("a serial number")}, true
}

func (s *ShowCertificates) write(p *printer) { p.WriteString("SHOW CERTIFICATES") }
func (s *RotatePermissionKey) write(p *printer) {
	p.WriteString("ALTER INSTANCE ROTATE PERMISSION KEY")
}
func (s *RevokeCertificate) write(p *printer) {
	p.WriteString("REVOKE CERTIFICATE " + lex.QuoteString(s.Serial))
}

func (s *ShowCertificates) String() string      { return canonical(s) }
func (s *RotatePermissionKey) String() string   { return canonical(s) }
func (s *RevokeCertificate) String() string     { return canonical(s) }
func (s *ShowCertificates) Redacted() string    { return canonical(s) }
func (s *RotatePermissionKey) Redacted() string { return canonical(s) }
func (s *RevokeCertificate) Redacted() string   { return canonical(s) }
