package authn

import (
	"errors"
	"net/netip"
	"strings"

	"github.com/lxdb/lxdb/catalog"
)

// errHostName: hosts are not looked up by name, since who answers such a question
// would decide who somebody is.
var errHostName = errors.New("it is no address, network or pattern of addresses")

// hostRule is the host part of an account.
type hostRule struct {
	text    string
	local   bool         // localhost: the machine itself
	network netip.Prefix // an address is a network of one
	pattern bool         // text has wildcards
}

// CanonicalHost is the one spelling of a host part: an address, a network as
// 10.0.0.0/255.0.0.0 or 10.0.0.0/8, a pattern of addresses with % and _, or
// localhost. "" and "%" are any.
func CanonicalHost(text string) (string, error) {
	h, err := parseHost(text)
	return h.text, err
}

func parseHost(text string) (hostRule, error) {
	text = strings.ToLower(text)
	switch {
	case text == "", text == "%":
		return hostRule{}, nil
	case text == "localhost":
		return hostRule{text: text, local: true}, nil
	case strings.ContainsAny(text, "%_"):
		if strings.Trim(text, "0123456789abcdef.:%_") != "" {
			return hostRule{}, errHostName
		}
		return hostRule{text: text, pattern: true}, nil
	}
	if address, mask, ok := strings.Cut(text, "/"); ok {
		return parseNetwork(address, mask)
	}
	addr, err := netip.ParseAddr(text)
	if err != nil || addr.Zone() != "" {
		return hostRule{}, errHostName
	}
	addr = addr.Unmap()
	return hostRule{text: addr.String(), network: netip.PrefixFrom(addr, addr.BitLen())}, nil
}

// parseNetwork reads a network whose mask is an address or a number of bits.
func parseNetwork(address, mask string) (hostRule, error) {
	addr, err := netip.ParseAddr(address)
	if err != nil {
		return hostRule{}, errHostName
	}
	bits := -1
	if m, err := netip.ParseAddr(mask); err == nil && m.Is4() && addr.Is4() {
		bits = maskBits(m.As4())
	} else if p, err := netip.ParsePrefix(address + "/" + mask); err == nil {
		bits = p.Bits()
	}
	if bits < 0 {
		return hostRule{}, errors.New("its mask is no number of leading bits")
	}
	network := netip.PrefixFrom(addr, bits)
	if network.Masked() != network {
		return hostRule{}, errors.New("the address has bits that its mask leaves out, so nobody could match it")
	}
	return hostRule{text: network.String(), network: network}, nil
}

// maskBits counts the leading ones, -1 when others follow.
func maskBits(mask [4]byte) int {
	n, ended := 0, false
	for _, b := range mask {
		for bit := 7; bit >= 0; bit-- {
			switch one := b>>bit&1 == 1; {
			case one && ended:
				return -1
			case one:
				n++
			default:
				ended = true
			}
		}
	}
	return n
}

// matches says whether a client at the address is meant.
func (h hostRule) matches(addr netip.Addr) bool {
	switch {
	case h.text == "":
		return true
	case !addr.IsValid():
		return false
	case h.local:
		return addr.IsLoopback()
	case h.pattern:
		return like(addr.String(), h.text)
	}
	return h.network.Contains(addr)
}

// like matches % and _ as MySQL's host patterns do.
func like(text, pattern string) bool {
	star, back := -1, 0
	t, p := 0, 0
	for t < len(text) {
		switch {
		case p < len(pattern) && pattern[p] == '%':
			star, back = p, t
			p++
		case p < len(pattern) && (pattern[p] == '_' || pattern[p] == text[t]):
			p, t = p+1, t+1
		case star >= 0:
			back++
			p, t = star+1, back
		default:
			return false
		}
	}
	return strings.Trim(pattern[p:], "%") == ""
}

// specific orders hosts: an address before the machine's own name, networks by
// their length, patterns by what stands before the first wildcard.
func (h hostRule) specific() int {
	switch {
	case h.text == "":
		return 0
	case h.local:
		return 1_000
	case h.pattern:
		return 1 + strings.IndexAny(h.text, "%_")
	case h.network.IsSingleIP():
		return 2_000
	}
	return 500 + h.network.Bits()
}

// Resolver is a Directory in which one login name can be several accounts, by
// where the client is.
type Resolver interface {
	// Resolve finds the account that a login name means for a client, by the name
	// that Verify and Live know. ok is false when there is none: the login then takes
	// the usual time and fails.
	Resolve(name, remote string) (account string, ok bool)
	// Admits says whether the connection is what the account requires, and whether
	// it may come in this way at all.
	Admits(account Account, try Attempt) error
}

// ErrNoHost: the account is for other hosts.
var ErrNoHost = errors.New("no account of that name is for this host")

// Resolve implements Resolver: the account for the most specific host that the
// client is at, and none for a name that is written with a host.
func (d *CatalogDirectory) Resolve(name, remote string) (string, bool) {
	snap := d.catalog.Snapshot()
	plain := snap.Principal(name)
	if plain != nil && plain.Host != "" {
		return "", false
	}
	hosted := snap.Hosted(name)
	if len(hosted) == 0 {
		return name, true
	}
	addr := addressOf(remote)
	var best *catalog.Principal
	var rule hostRule
	for _, p := range hosted {
		h, err := parseHost(p.Host)
		if err != nil || !h.matches(addr) {
			continue
		}
		if best == nil || h.specific() > rule.specific() || h.specific() == rule.specific() && h.text < rule.text {
			best, rule = p, h
		}
	}
	switch {
	case best != nil:
		return best.Name, true
	case plain != nil:
		return name, true
	}
	return "", false
}

// addressOf reads a client's address, with or without a port.
func addressOf(remote string) netip.Addr {
	if ap, err := netip.ParseAddrPort(remote); err == nil {
		return ap.Addr().Unmap().WithZone("")
	}
	addr, err := netip.ParseAddr(remote)
	if err != nil {
		return netip.Addr{}
	}
	return addr.Unmap().WithZone("")
}
