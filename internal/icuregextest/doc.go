// Package icuregextest makes `go test ./...` at the root of the repository
// cover internal/icuregex, which is a module of its own and would be left out.
// It has only tests: the behaviour table in testdata, go-mysql-server's own
// corpus of regular expression queries, the limits, and a fuzz target.
package icuregextest
