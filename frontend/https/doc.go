// Package https serves SQL over HTTPS: the Avatica protocol, in both of its
// serializations, for JDBC, Python and Go drivers; a JSON API for curl, browsers and
// our own drivers; and a tunnel for MySQL's protocol. All of it is TLS.
//
// Read in this order: server.go and listener.go (sockets and limits), handler.go (what
// every request passes through), client.go (a session between requests), cursor.go (a
// result between requests), avatica.go and the files named avatica_… (one function for
// each kind of request), api.go (JSON).
//
// # Sessions without connections
//
// HTTP has no connection that a session could live in: a client's requests come on any
// of its sockets. A session hangs on a connection id (Avatica, chosen by the client) or
// on a token (JSON, made here), and on who opened it: whoever is somebody else gets the
// answer that there is no such connection, as for an id that nobody has. A session
// that is not used for a while is closed.
//
// # One session, several statements
//
// A session runs one statement at a time and has one open result. What a client asks
// of one connection is done one after the other. When a second statement comes while a
// result is open, the rows that are left of it are encoded and kept, up to
// Options.BufferBytes for a connection and Options.BufferTotal for all of them; when
// they are more, the second statement is refused and the first goes on.
//
// # Memory
//
// Results are pulled when the client asks for more, so a paused client keeps a result
// open and not its rows. What a connection holds is the last frame that was fetched (a
// client that lost the answer asks again), and the buffer above.
package https
