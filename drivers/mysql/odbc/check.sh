#!/usr/bin/env bash
# MariaDB Connector/ODBC through unixODBC's isql; ../../clients.sh sets LXDB_*.
set -euo pipefail

n=0
fail() {
	echo "ODBC: $*" >&2
	exit 1
}

# sql CONNECTION… reads statements and prints rows with tabs between, names first.
sql() { isql -b -c -d$'\t' -k "Driver={$driver};Server=$LXDB_HOST;Port=$LXDB_PORT;Database=$LXDB_DATABASE;Charset=utf8mb4;$1" 2>&1; }

driver=$(odbcinst -q -d | tr -d '[]' | grep -m1 -i mariadb) || fail "no MariaDB driver is registered"
login="Uid=$LXDB_USER;Pwd=$LXDB_PASSWORD"
tls="SSLCA=$LXDB_CA;SSLVERIFY=1"

for sql in "$LXDB_QUERIES"/*.sql; do
	# isql takes one line as one statement and prints NULL as nothing.
	diff -u <(sed 's/\bNULL\b//g' "${sql%.sql}.tsv") <(tr '\n' ' ' <"$sql" | sed 's/$/\n/' | sql "$login;$tls") ||
		fail "$(basename "$sql"): another result (expected lines begin with -)"
	n=$((n + 1))
done

refused() { # refused WHAT CONNECTION
	local out
	out=$(echo 'SELECT 1' | sql "$2") && fail "$1: connected, refusal expected"
	grep -q 'Could not SQLDriverConnect' <<<"$out" || fail "$1: $out"
	n=$((n + 1))
}
refused 'another CA' "$login;SSLCA=$LXDB_OTHER_CA;SSLVERIFY=1"
refused 'without TLS' "$login"
refused 'wrong password' "Uid=$LXDB_USER;Pwd=wrong;$tls"

echo "ODBC $driver: $n checks passed"
