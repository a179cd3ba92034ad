#!/usr/bin/env bash
# Reads 100,000 rows of 5 columns by every client over HTTPS and by the MySQL port, in one run, so that the ratios mean
# something on a noisy machine; then prepared point selects over keep-alive connections, with their p50 and p99. What is
# missing is installed (drivers/setup.sh); LXDB_TOOLS=directory keeps it. LXDB_BENCH_PROFILE=directory keeps profiles of the
# reading Go client.
set -euo pipefail
cd "$(dirname "$0")/.."
exec </dev/null
# shellcheck source=drivers/setup.sh
source drivers/setup.sh

need_java
need_python PyMySQL cryptography || fail "cannot install PyMySQL"
need_phoenixdb
need_node @planetscale/database@1
need_jar org.apache.calcite.avatica:avatica:1.25.0
export LXDB_BENCH_PYTHON=$tools/venv/bin/python LXDB_BENCH_JAR=$tools/avatica.jar
export PYTHONPATH=$PWD/drivers/python PYTHONDONTWRITEBYTECODE=1
go test -count=1 -run '^$' -bench 'HTTPS' -benchtime 1x -v ./bench
