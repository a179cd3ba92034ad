#!/usr/bin/env bash
# Runs queries that walk a table of a million rows (or as many as the argument says)
# against lxdb and against MariaDB, both over TLS, in turns, and prints a table of times,
# their ratio, and how high the memory of each server rose.
# Needs mariadbd, mariadb-install-db and openssl: apt-get install mariadb-server openssl.
set -euo pipefail
cd "$(dirname "$0")/.."
rows=${1:-1000000}

dir=$(mktemp -d)
pid=
stop() {
	[[ -z $pid ]] || { kill "$pid" && wait "$pid" || true; }
	rm -rf "$dir"
}
trap stop EXIT

openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=127.0.0.1 -keyout "$dir/key.pem" -out "$dir/cert.pem" 2>/dev/null
chmod 755 "$dir"
user=$(id -un)
mariadb-install-db --no-defaults --auth-root-authentication-method=normal --datadir="$dir/data" --user="$user" >/dev/null
mariadbd --no-defaults --user="$user" --datadir="$dir/data" --socket="$dir/sock" --pid-file="$dir/pid" \
	--bind-address=127.0.0.1 --port=0 --innodb-flush-log-at-trx-commit=1 --innodb-buffer-pool-size=1G \
	--ssl-cert="$dir/cert.pem" --ssl-key="$dir/key.pem" --require-secure-transport=OFF --log-error="$dir/log" &
pid=$!
port=
for _ in $(seq 200); do
	if mariadb --no-defaults -u root -S "$dir/sock" -e 'select 1' >/dev/null 2>&1; then
		port=$(ss -ltnp | awk -v pid="pid=$pid," 'index($0, pid) { sub(/.*:/, "", $4); print $4; exit }')
		break
	fi
	read -rt 0.1 <> <(:) || true
done
[[ -n $port ]] || { echo "mariadbd did not start:"; cat "$dir/log"; exit 1; }
mariadb --no-defaults -u root -S "$dir/sock" -e "CREATE USER bench@localhost IDENTIFIED BY 'bench'; GRANT ALL ON *.* TO bench@localhost"

LXDB_BENCH_ROWS=$rows LXDB_BENCH_PID=$pid LXDB_BENCH_DSN="bench:bench@tcp(127.0.0.1:$port)/?tls=skip-verify" \
	go test -count=1 -run '^$' -bench '^BenchmarkQueries$' -benchtime 1x -timeout 60m ./bench | grep -vE '^(goos|goarch|pkg|cpu|ok|PASS|Benchmark)'
