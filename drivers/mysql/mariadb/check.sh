#!/usr/bin/env bash
# The mariadb command line client against a server; ../../clients.sh sets LXDB_*.
set -euo pipefail

n=0
fail() {
	echo "mariadb: $*" >&2
	exit 1
}

# client ARGUMENT… speaks to the server with nothing but the address given.
client() { mariadb --no-defaults --protocol=TCP -h "$LXDB_HOST" -P "$LXDB_PORT" --default-character-set=utf8mb4 --connect-timeout=10 "$@"; }

# refused PATTERN ARGUMENT… must fail with a message that matches.
refused() {
	local pattern=$1 out
	shift
	if out=$(client "$@" -e 'SELECT 1' 2>&1); then
		fail "connected, refusal expected: $*"
	fi
	grep -Eqi "$pattern" <<<"$out" || fail "refused with another message than $pattern: $out"
	n=$((n + 1))
}

tls=(--ssl-ca="$LXDB_CA" --ssl-verify-server-cert)

export MYSQL_PWD=$LXDB_PASSWORD
client "${tls[@]}" -u "$LXDB_USER" -e status | grep -q 'Cipher in use' || fail "the connection is not encrypted"
n=$((n + 1))
refused 'certificate|self.signed|TLS' --ssl-ca="$LXDB_OTHER_CA" --ssl-verify-server-cert -u "$LXDB_USER"
refused '3159|secure.transport|TLS' --skip-ssl -u "$LXDB_USER"
MYSQL_PWD=wrong refused '1045' "${tls[@]}" -u "$LXDB_USER"
MYSQL_PWD= refused '1045' "${tls[@]}" -u "$LXDB_USER"
MYSQL_PWD=$LXDB_PASSWORD refused '1045' "${tls[@]}" -u nobody

for sql in "$LXDB_QUERIES"/*.sql; do
	diff -u "${sql%.sql}.tsv" <(client "${tls[@]}" -u "$LXDB_USER" --batch "$LXDB_DATABASE" <"$sql") ||
		fail "$(basename "$sql"): another result (expected lines begin with -)"
	n=$((n + 1))
done

# One who may read one table reads it, and nothing else.
export MYSQL_PWD=$LXDB_READER_PASSWORD
[[ $(client "${tls[@]}" -u "$LXDB_READER" -N -B -e 'SELECT COUNT(*) FROM world.country') == 249 ]] || fail "the reader cannot read"
for denied in 'SELECT * FROM world.currency' 'DELETE FROM world.country' 'DROP TABLE world.country'; do
	out=$(client "${tls[@]}" -u "$LXDB_READER" -e "$denied" 2>&1) && fail "the reader may: $denied"
	grep -q 'ERROR 1142' <<<"$out" || fail "$denied: error 1142 expected: $out"
	n=$((n + 1))
done

echo "mariadb $(client --version | grep -o 'Distrib [^,]*' | cut -d' ' -f2): $n checks passed"
