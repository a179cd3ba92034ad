// Package lint holds the rules of this repository as Go tests: who may import
// whom, how long a file may grow, what must not be called from where, and that
// the documents name things that exist. They need no tool but Go and run with
// every `go test ./...`. Each message says why the rule is there and what to do
// instead. When a rule is in your way, change the code or argue for a change of
// the rule in an ADR; do not edit a list just to make a build pass.
//
// Every rule is a function from sources to findings, and selftest_test.go feeds
// each one a source that it must complain about.
package lint
