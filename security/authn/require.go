package authn

import (
	"crypto/tls"
	"crypto/x509/pkix"
	"encoding/asn1"
	"errors"
	"fmt"
	"strings"

	"github.com/lxdb/lxdb/catalog"
)

// ErrTransport: the connection is not what the account requires.
var ErrTransport = errors.New("the connection is not as the account requires")

// Admits implements Resolver. REQUIRE is asked for after the password was right,
// so that nobody learns of it who does not know that.
func (d *CatalogDirectory) Admits(account Account, try Attempt) error {
	rec := d.catalog.Snapshot().PrincipalByID(account.ID)
	if rec == nil {
		return ErrUnknownUser
	}
	if err := requires(rec.Rule(), try); err != nil {
		return err
	}
	if rec.Rule().NeedsCertificate() && d.Revoked(Serials(try.TLS)) {
		return fmt.Errorf("%w: %w", ErrTransport, ErrRevoked)
	}
	return nil
}

func requires(r catalog.Rules, try Attempt) error {
	if r.Transport == "" {
		return nil
	}
	state := try.TLS
	if state == nil {
		if r.Transport == catalog.TransportTLS && try.Transport == "ldap" {
			return nil // the directory takes no password outside TLS
		}
		return fmt.Errorf("%w: nothing is known of its TLS", ErrTransport)
	}
	if r.Cipher != "" && !strings.EqualFold(cipherName(state.CipherSuite), r.Cipher) && tls.CipherSuiteName(state.CipherSuite) != r.Cipher {
		return fmt.Errorf("%w: its cipher is %s", ErrTransport, cipherName(state.CipherSuite))
	}
	if r.Transport == catalog.TransportTLS || r.Transport == catalog.TransportSpecified && r.Subject == "" && r.Issuer == "" {
		return nil
	}
	if len(state.VerifiedChains) == 0 || len(state.VerifiedChains[0]) == 0 {
		return fmt.Errorf("%w: %w", ErrTransport, ErrNoCertificate)
	}
	cert := state.VerifiedChains[0][0]
	switch {
	case r.Subject != "" && !sameDN(r.Subject, cert.RawSubject):
		return fmt.Errorf("%w: the certificate's subject is another", ErrTransport)
	case r.Issuer != "" && !sameDN(r.Issuer, cert.RawIssuer):
		return fmt.Errorf("%w: the certificate's issuer is another", ErrTransport)
	}
	return nil
}

// sameDN compares a name as REQUIRE spells it, /O=lxdb/CN=ann, with that of a
// certificate.
func sameDN(want string, raw []byte) bool {
	have, err := SlashName(raw)
	return err == nil && have == want
}

// shortNames are those that OpenSSL prints, and MySQL with it.
var shortNames = map[string]string{
	"2.5.4.3": "CN", "2.5.4.4": "SN", "2.5.4.5": "serialNumber", "2.5.4.6": "C", "2.5.4.7": "L", "2.5.4.8": "ST",
	"2.5.4.9": "street", "2.5.4.10": "O", "2.5.4.11": "OU", "2.5.4.12": "title", "2.5.4.42": "GN",
	"1.2.840.113549.1.9.1": "emailAddress", "0.9.2342.19200300.100.1.25": "DC", "0.9.2342.19200300.100.1.1": "UID",
}

// SlashName is a distinguished name in the order of the certificate, each part
// after a slash, as REQUIRE SUBJECT and ISSUER take it.
func SlashName(raw []byte) (string, error) {
	var name pkix.RDNSequence
	if rest, err := asn1.Unmarshal(raw, &name); err != nil || len(rest) > 0 {
		return "", errors.New("malformed distinguished name")
	}
	var b strings.Builder
	for _, set := range name {
		for _, part := range set {
			short := shortNames[part.Type.String()]
			if short == "" {
				short = part.Type.String()
			}
			fmt.Fprintf(&b, "/%s=%v", short, part.Value)
		}
	}
	return b.String(), nil
}

// openSSLNames are the ciphers as MySQL's clients know them.
var openSSLNames = map[uint16]string{
	tls.TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256:       "ECDHE-ECDSA-AES128-GCM-SHA256",
	tls.TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384:       "ECDHE-ECDSA-AES256-GCM-SHA384",
	tls.TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256:         "ECDHE-RSA-AES128-GCM-SHA256",
	tls.TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384:         "ECDHE-RSA-AES256-GCM-SHA384",
	tls.TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256: "ECDHE-ECDSA-CHACHA20-POLY1305",
	tls.TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256:   "ECDHE-RSA-CHACHA20-POLY1305",
}

func cipherName(id uint16) string {
	if name := openSSLNames[id]; name != "" {
		return name
	}
	return tls.CipherSuiteName(id)
}
