// Package bench measures the whole server as its users meet it: the built
// binary in a process of its own, real drivers over TLS. Benchmarks of single
// packages stand beside their code. `make bench` runs all of them.
//
// baseline runs sysbench's workloads and the queries over big tables on lxdb and MariaDB in turns and writes
// one table of all of it: `make baseline`.
//
// compare.sh and ldap.sh run them beside MariaDB and OpenLDAP's slapd; https.sh reads
// by every client over HTTPS, docs/https.md has the figures.
//
// Machines are noisy: compare figures of one run, never of two.
package bench
