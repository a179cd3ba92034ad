// Package lxtest runs a whole server in the test's process: a data directory of
// its own, the engine, TLS, and the MySQL front end on a free port. Clients
// reach it as they reach a real one, through the wire, so what a test sees is
// what a user sees.
//
// Only tests import it. When the test ends the server is shut down, and the
// fixture checks itself: no goroutine of the server is left, private keys are
// private, and the store opens again.
package lxtest
