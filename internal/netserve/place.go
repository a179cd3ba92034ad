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
	admitted, left bool
}

// Admit makes the connection one that has logged in. Later calls do nothing.
func (p *Place) Admit() {
	if p.srv == nil {
		return
	}
	p.srv.mu.Lock()
	defer p.srv.mu.Unlock()
	if !p.admitted && !p.left {
		p.admitted = true
		p.srv.add(p.from, 0, -1)
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
	delete(p.srv.places, p)
	strangers := 0
	if !p.admitted {
		strangers = -1
	}
	p.srv.add(p.from, -1, strangers)
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
