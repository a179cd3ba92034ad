// Package instance is one whole server in a process: a data directory, the
// engine in it, its TLS identity, and the listeners. The verbs of cmd/lxdb and
// whole-server tests start it; it decides nothing about rights and knows no
// flags.
//
// Files of a data directory that this package owns (the store, the permission
// authority and the TLS files belong to engine and tlsconf):
//
//	root.password   root's first password, owner only; one line
//	endpoints.json  addresses of the running server; absent when none runs
package instance
