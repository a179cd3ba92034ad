#!/usr/bin/env bash
# Runs stored programs against lxdb and against MariaDB, both over TLS, in turns, and prints a table of times and
# their ratio: calls, a loop, a cursor, a function, and inserts without a trigger, with one and with five.
# Needs what mariadb.sh needs.
set -euo pipefail
cd "$(dirname "$0")/.."

buffer_pool=1G
# shellcheck source=bench/mariadb.sh
source bench/mariadb.sh

LXDB_BENCH_DSN=$beside \
	go test -count=1 -run '^$' -bench '^BenchmarkPrograms$' -benchtime 1x -timeout 60m ./bench | grep -vE '^(goos|goarch|pkg|cpu|ok|PASS|Benchmark)'
