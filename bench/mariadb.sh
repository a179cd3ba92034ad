# Sourced by scripts that measure beside MariaDB: starts one with durable commits and TLS on a temporary directory, and sets
# pid and beside, its name for LXDB_BENCH_DSN. buffer_pool is the size of its memory for pages.
# Needs mariadbd, mariadb-install-db and openssl: apt-get install mariadb-server openssl.
# shellcheck shell=bash

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
	--bind-address=127.0.0.1 --port=0 --innodb-flush-log-at-trx-commit=1 --innodb-buffer-pool-size="$buffer_pool" \
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
beside="bench:bench@tcp(127.0.0.1:$port)/?tls=skip-verify"
