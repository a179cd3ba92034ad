package ldapd

import (
	"encoding/binary"

	"github.com/lxdb/lxdb/security/principal"
)

const (
	pagedControl       = "1.2.840.113556.1.4.319"
	manageDsaITControl = "2.16.840.1.113730.3.4.2"
)

// readControls keeps what the operation can use and refuses critical controls
// that it cannot.
func (op *operation) readControls() error {
	for _, c := range op.m.controls {
		switch {
		case c.oid == manageDsaITControl:
		case c.oid == policyControl:
			op.policy = mayChangePassword(op.m.op)
		case c.oid == pagedControl && op.m.op == opSearch:
			if op.paging != nil {
				return refuse(protocolError, "two paged results controls")
			}
			p, err := parsePaging(c.value)
			if err != nil {
				return err
			}
			op.paging = p
		case c.critical:
			return refuse(criticalExtension, "the critical control %.64s is not supported here", c.oid)
		}
	}
	return nil
}

// paging is the paged results control of RFC 2696.
type paging struct {
	size  int
	after *position // nil on the first page
}

// cookieForm is the first byte of a cookie: after it come the kind and the id of
// the last entry sent. A cookie is no secret and grants nothing; each page checks
// access again.
const (
	cookieForm  = 1
	cookieBytes = 6
)

func parsePaging(value []byte) (*paging, error) {
	outer := reader{rest: value}
	r := outer.inside(tagSequence)
	p := &paging{size: r.integer(tagInteger)}
	cookie := r.take(tagOctets)
	if r.bad {
		return nil, refuse(protocolError, "malformed paged results control")
	}
	if len(cookie) == 0 {
		return p, nil
	}
	if len(cookie) != cookieBytes || cookie[0] != cookieForm || rank(entryKind(cookie[1])) < 0 {
		return nil, refuse(unwilling, "the paging cookie is not from this server")
	}
	p.after = &position{entryKind(cookie[1]), principal.ID(binary.BigEndian.Uint32(cookie[2:]))}
	return p, nil
}

// appendPaging appends the controls of a page's end; last is nil when there is
// no further page.
func appendPaging(dst []byte, last *position) []byte {
	dst, list := open(dst, nested(0))
	dst, one := open(dst, tagSequence)
	dst = appendText(dst, tagOctets, pagedControl)
	dst, value := open(dst, tagOctets)
	dst, in := open(dst, tagSequence)
	dst = appendInt(dst, tagInteger, 0) // the estimate: unknown
	if last == nil {
		dst = appendText(dst, tagOctets, "")
	} else {
		dst = append(dst, byte(tagOctets), cookieBytes, cookieForm, byte(last.kind))
		dst = binary.BigEndian.AppendUint32(dst, uint32(last.id))
	}
	return shut(shut(shut(shut(dst, in), value), one), list)
}
