// Package mysql is the MySQL wire protocol front end: everything between the
// bytes of a client and session.Session. It holds no SQL knowledge and proves
// no identity itself; it asks a Login and opens sessions with a session.Opener.
//
// # Life of a connection
//
// internal/netserve accepts it, if the limits have room, and starts one goroutine (conn.go). The greeting goes
// out, the client must ask for TLS (handshake.go), then it logs in (auth.go)
// under one deadline and one byte budget. After that the goroutine reads one
// command at a time (command.go), runs it, and streams the result batch by batch
// through a bounded buffer (result.go, writer.go).
//
// # What a hostile client meets
//
// Nothing but a greeting and a refusal travels without TLS. The greeting is the
// only thing we allocate for before the client proved that it speaks TLS, no
// length that a client announces is allocated before the bytes arrive
// (reader.go), and every refused login gets the same answer whatever the reason.
// A panic ends the one connection it happened on.
//
// # Who may touch what
//
// One goroutine owns a connection's reader, writer and session. Two others may
// interrupt it: the watch (watch.go), which reads ahead while a statement runs
// so that a vanished client stops its statement, and Server.Shutdown or the
// session's Done channel, which go through conn.end. A statement that cannot be
// stopped loses its connection to a third, the attendant (takeover.go).
package mysql
