package ldapclient

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net"
	"strings"

	"github.com/go-ldap/ldap/v3"
)

// hint says in plain words what to do about an error; "" when nothing is known.
func hint(err error) string {
	var (
		authority x509.UnknownAuthorityError
		host      x509.HostnameError
		invalid   x509.CertificateInvalidError
		record    tls.RecordHeaderError
		dns       *net.DNSError
	)
	switch {
	case err == nil:
		return ""
	case errors.As(err, &authority):
		return "give ldap-ca-file the authority that signed the server's certificate" + issuer(authority.Cert)
	case errors.As(err, &host):
		return "use a name of the certificate in ldap-url, or set ldap-server-name to one of: " + certNames(host.Certificate)
	case errors.As(err, &invalid):
		return "the server's certificate must be replaced (expired, not yet valid, or not for servers), or this machine's clock is wrong"
	case errors.Is(err, errPin):
		return "compare ldap-pin-sha256 with the key that the server's administrator names; an unexpected change may be an attack"
	case errors.As(err, &record):
		return "this port does not speak TLS: use ldap:// with ldap-start-tls, or the ldaps port (636)"
	case errors.Is(err, errPlain):
		return "use ldaps://, or set ldap-start-tls"
	case errors.As(err, &dns):
		return "check the host's name in ldap-url"
	case errors.Is(err, ErrNoUser):
		return "check ldap-user-base and ldap-user-filter, and that the service account may read the user's entry"
	case errors.Is(err, ErrAmbiguous):
		return "make ldap-user-filter or ldap-user-base narrower, so that a name fits one entry"
	}
	if code, answered := resultCode(err); answered {
		return codeHints[code]
	}
	if errors.Is(err, ErrUnavailable) {
		return "check host and port in ldap-url, that the server runs, and firewalls between; a TLS port wants ldaps://"
	}
	return ""
}

var codeHints = map[uint16]string{
	ldap.LDAPResultOperationsError:             "Active Directory wants a service account: set ldap-bind-dn and its password",
	ldap.LDAPResultProtocolError:               "the server may not support what was asked, such as StartTLS: use ldaps://",
	ldap.LDAPResultSizeLimitExceeded:           "raise the server's size limit for the service account (slapd: limits dn.exact=… size.prtotal=unlimited)",
	ldap.LDAPResultAdminLimitExceeded:          "raise the server's limits for the service account, or let it index the searched attributes",
	ldap.LDAPResultReferral:                    "ldap-url must name a server that holds the entries itself; referrals are not followed",
	ldap.LDAPResultStrongAuthRequired:          "the server wants TLS: use ldaps://, or set ldap-start-tls",
	ldap.LDAPResultConfidentialityRequired:     "the server wants TLS: use ldaps://, or set ldap-start-tls",
	ldap.LDAPResultNoSuchObject:                "the base does not exist or the service account may not see it: check ldap-user-base, ldap-group-base and ldap-bind-dn",
	ldap.LDAPResultInvalidDNSyntax:             "a DN is written as in ou=people,dc=example,dc=org",
	ldap.LDAPResultInvalidCredentials:          "check the DN and the password",
	ldap.LDAPResultInsufficientAccessRights:    "the account lacks rights in the directory; a search account must read users and groups",
	ldap.LDAPResultUnavailable:                 "the server cannot do this now, or has no TLS set up for StartTLS",
	ldap.LDAPResultInappropriateAuthentication: "the entry has no password, or the server allows no anonymous searches: set ldap-bind-dn",
}

func issuer(cert *x509.Certificate) string {
	if cert == nil {
		return ""
	}
	return ` ("` + printable(cert.Issuer.String()) + `")`
}

func certNames(cert *x509.Certificate) string {
	var all []string
	if cert != nil {
		all = append(all, cert.DNSNames...)
		for _, ip := range cert.IPAddresses {
			all = append(all, ip.String())
		}
	}
	if len(all) == 0 {
		return "none, the certificate has no names"
	}
	return printable(strings.Join(all, ", "))
}
