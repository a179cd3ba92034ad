package netserve

import (
	"net"
	"net/netip"
)

// Place is what a connection takes of the limits. The zero Place counts nowhere: for
// tests of a protocol without a server.
type Place struct {
	srv  *Server
	conn Conn
	from netip.Prefix
	// The server's mu guards the rest.
	admitted, dropped, left bool
	all, here               link // among the strangers of all addresses, and of its own
}

// Admit makes the connection one that has logged in. Later calls do nothing.
func (p *Place) Admit() {
	if p.srv == nil {
		return
	}
	p.srv.mu.Lock()
	defer p.srv.mu.Unlock()
	if !p.admitted && !p.dropped && !p.left {
		p.srv.known(p)
		p.admitted = true
	}
}

// Leave gives the place up. The server calls it when Conn.Serve returns; a protocol
// calls it for a connection that is closed while its goroutine goes on. Later calls
// do nothing.
func (p *Place) Leave() {
	if p.srv == nil {
		return
	}
	p.srv.mu.Lock()
	defer p.srv.mu.Unlock()
	if p.left {
		return
	}
	p.left = true
	p.srv.leave(p)
	p.srv.wg.Done()
}

// AddressOf is who counts as one client.
func AddressOf(remote net.Addr) netip.Prefix {
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
