package mysql

import (
	"net"
	"net/netip"
)

// pending counts the connections that have not logged in, in all and by the
// client's address. The server's lock guards it.
type pending struct {
	all       int
	byAddress map[netip.Prefix]int
}

// room reports whether one more from an address may come in.
func (p *pending) room(from netip.Prefix, o *Options) bool {
	return p.all < o.MaxPending && p.byAddress[from] < o.MaxPendingPerAddress
}

func (p *pending) add(from netip.Prefix, n int) {
	p.all += n
	p.byAddress[from] += n
	if p.byAddress[from] == 0 {
		delete(p.byAddress, from)
	}
}

// addressOf is who counts as one client: an IPv4 address, or an IPv6 network of 64
// bits, which is what one client can have.
func addressOf(remote net.Addr) netip.Prefix {
	at, err := netip.ParseAddrPort(remote.String())
	if err != nil {
		return netip.Prefix{} // no address: all of these count as one
	}
	ip := at.Addr().Unmap().WithZone("")
	bits := 64
	if ip.Is4() {
		bits = 32
	}
	network, err := ip.Prefix(bits)
	if err != nil {
		return netip.Prefix{}
	}
	return network
}
