// Package netserve is what every listener needs below its protocol: accepting,
// limits on who may come in, one log line for many refusals, and a drain that ends
// whatever runs. A protocol gives it a Conn for each connection and hears no more
// of sockets that were turned away.
//
// # Limits
//
// A connection is a stranger until its protocol calls Place.Admit, at the login.
// Strangers have their own bounds, in all and for each address, so that who never
// logs in cannot take the places of who does; and one machine cannot take those of
// the others. When there is no room for one more, the stranger that has waited longest
// is cut, so that who comes to log in is let in. An address is an IPv4 address or an IPv6 network of 64 bits, which is
// what one client can have.
//
// # Drain
//
// Shutdown asks each connection to end (Conn.End) and waits; when its context ends
// it cuts them (Conn.Cut). A connection whose goroutine cannot be stopped gives up
// its place by Place.Leave: nobody waits for it any more.
package netserve
