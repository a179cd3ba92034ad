// Command lxdb is the database: one binary whose verbs serve it, show it, and
// look after its users, certificates and data. This package is wiring, flags and
// exit codes; what the verbs do is in the packages that they call.
//
// Messages: what a person asked for goes to standard output; progress, prompts,
// "lxdb: error: …" and "lxdb: hint: …" go to standard error, in lower case and
// without a full stop.
package main

import (
	"context"
	"os"
)

func main() { os.Exit(run(context.Background(), os.Args[1:], os.Stdin, os.Stdout, os.Stderr)) }
