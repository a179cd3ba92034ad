#!/usr/bin/env bash
# Runs queries that walk a table of a million rows (or as many as the argument says)
# against lxdb and against MariaDB, both over TLS, in turns, and prints a table of times,
# their ratio, and how high the memory of each server rose.
# Needs what mariadb.sh needs.
set -euo pipefail
cd "$(dirname "$0")/.."
rows=${1:-1000000}

buffer_pool=1G
# shellcheck source=bench/mariadb.sh
source bench/mariadb.sh

LXDB_BENCH_ROWS=$rows LXDB_BENCH_PID=$pid LXDB_BENCH_DSN=$beside \
	go test -count=1 -run '^$' -bench '^BenchmarkQueries$' -benchtime 1x -timeout 60m ./bench | grep -vE '^(goos|goarch|pkg|cpu|ok|PASS|Benchmark)'
