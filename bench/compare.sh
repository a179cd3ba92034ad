#!/usr/bin/env bash
# Runs the statement benchmarks against lxdb and against MariaDB (TLS, durable
# commits) in one run, so that the ratio means something on a noisy machine.
# Needs what mariadb.sh needs.
set -euo pipefail
cd "$(dirname "$0")/.."
benchtime=${1:-3s}

buffer_pool=512M
# shellcheck source=bench/mariadb.sh
source bench/mariadb.sh

run() { go test -count=1 -run '^$' -bench 'PointSelect|Update' -benchtime "$benchtime" ./bench | grep -E "^(Benchmark|---|    )"; }
for round in 1 2; do
	echo "lxdb, round $round"
	run
	echo "$(mariadbd --version | grep -o '[0-9.]*-MariaDB' | head -1), round $round"
	LXDB_BENCH_DSN=$beside run
done
