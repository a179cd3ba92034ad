#!/usr/bin/env bash
# curl: the JSON API, Avatica's JSON by hand, and what is refused; ../clients-https.sh sets LXDB_*.
set -euo pipefail

n=0
fail() {
	echo "curl: $*" >&2
	exit 1
}
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
site=https://$LXDB_HTTPS

# The password is in a file that only we can read, not on the command line.
umask 077
printf 'user = "%s:%s"\n' "$LXDB_USER" "$LXDB_PASSWORD" >"$dir/root"
printf 'user = "%s:%s"\n' "$LXDB_READER" "$LXDB_READER_PASSWORD" >"$dir/reader"
printf 'user = "%s:wrong"\n' "$LXDB_USER" >"$dir/wrong"
: >"$dir/nobody"

# as WHO CURL-ARGUMENTS…: prints the body, and the status on a line of its own
as() { curl -sS --cacert "$LXDB_CA" -K "$dir/$1" -w '\n%{http_code}' "${@:2}" 2>&1; }
query() { as "$1" "$site/api/v1/query" -H 'Content-Type: application/json' -d "$2" "${@:3}"; }
has() { # has WHAT STATUS WORDS GOT
	[[ ${4##*$'\n'} == "$2" ]] || fail "$1: status ${4##*$'\n'} instead of $2: $4"
	[[ $4 == *"$3"* ]] || fail "$1: no $3 in $4"
	n=$((n + 1))
}

has 'a row' 200 '[["Switzerland"]]' "$(query root '{"sql": "SELECT name FROM country WHERE alpha3 = ?", "params": ["CHE"], "database": "'"$LXDB_DATABASE"'"}')"
has 'NULL, a number, bytes' 200 '[[null,9007199254740993,"AP8="]]' "$(query root '{"sql": "SELECT NULL, 9007199254740993, x'"'00ff'"'"}')"
has 'lines' 200 '[2]' "$(query root '{"sql": "SELECT 1 UNION ALL SELECT 2", "stream": true}')"
[[ $(query root '{"sql": "WITH RECURSIVE n AS (SELECT 1 AS i UNION ALL SELECT i + 1 FROM n WHERE i < 1000) SELECT a.i * b.i FROM n a, n b LIMIT 100000"}' -H 'Accept: application/x-ndjson' | grep -c '^\[') == 100000 ]] || fail 'lines of 100,000 rows'
session=$(as root -X POST "$site/api/v1/session" -d '{"database": "'"$LXDB_DATABASE"'"}' | sed -n 's/.*"session":"\([^"]*\)".*/\1/p')
in_session() { query root "{\"sql\": \"$1\"}" -H "Lxdb-Session: $session"; }
has 'a table' 200 affectedRows "$(in_session 'CREATE TABLE cu_t (id INT PRIMARY KEY)')"
has 'BEGIN' 200 '"inTransaction":true' "$(in_session BEGIN)"
has 'an insert' 200 '"affectedRows":1' "$(in_session 'INSERT INTO cu_t VALUES (1)')"
has 'outside of the transaction' 200 '[[0]]' "$(query root "{\"sql\": \"SELECT COUNT(*) FROM $LXDB_DATABASE.cu_t\"}")"
has 'COMMIT' 200 '"inTransaction":false' "$(in_session COMMIT)"
has 'a duplicate key' 409 1062 "$(in_session 'INSERT INTO cu_t VALUES (1)')"
has 'the end of the table' 200 affectedRows "$(in_session 'DROP TABLE cu_t')"
has 'the end of the session' 204 '' "$(as root -X DELETE "$site/api/v1/session" -H "Lxdb-Session: $session")"

has 'no SQL' 400 '"code":1064' "$(query root '{"sql": "SELEC 1"}')"
has 'a wrong password' 401 1045 "$(query wrong '{"sql": "SELECT 1"}')"
has 'no password' 401 '"error"' "$(query nobody '{"sql": "SELECT 1"}')"
has 'what the reader reads' 200 '[[249]]' "$(query reader "{\"sql\": \"SELECT COUNT(*) FROM $LXDB_DATABASE.country\"}")"
has 'what the reader may not' 403 '"code":1142' "$(query reader "{\"sql\": \"SELECT * FROM $LXDB_DATABASE.currency\"}")"
has 'another site' 403 '' "$(query root '{"sql": "SELECT 1"}' -H 'Origin: https://evil.example')"
has 'GET' 405 '' "$(as root "$site/")"
has 'health' 200 '' "$(as nobody "$site/healthz")"
has 'the CA' 200 'BEGIN CERTIFICATE' "$(as nobody "$site/ca.crt")"
[[ $(curl -sS --cacert "$LXDB_CA" "$site/ca.crt") == "$(<"$LXDB_CA")" ]] || fail 'the CA that is given away is another'
curl -sS --cacert "$LXDB_OTHER_CA" "$site/healthz" >"$dir/out" 2>&1 && fail 'another CA was taken'
curl -sS --cacert "$LXDB_CA" --tls-max 1.1 "$site/healthz" >"$dir/out" 2>&1 && fail 'TLS 1.1 was taken'
curl -sS "http://$LXDB_HTTPS/healthz" 2>&1 | grep -q '^ok' && fail 'clear text was served'
n=$((n + 5))

id=$(cat /proc/sys/kernel/random/uuid)
avatica() { as root "$site/" -H 'Content-Type: application/json' -d "{\"connectionId\": \"$id\", $1}"; }
has 'Avatica opens' 200 openConnection "$(avatica '"request": "openConnection", "info": {"database": "'"$LXDB_DATABASE"'"}')"
has 'Avatica makes a statement' 200 '"statementId":1' "$(avatica '"request": "createStatement"')"
has 'Avatica executes' 200 '"rows":[[249]]' "$(avatica '"request": "prepareAndExecute", "statementId": 1, "sql": "SELECT COUNT(*) FROM country", "maxRowsTotal": -1')"
has 'Avatica fails' 500 '"errorCode":1146' "$(avatica '"request": "prepareAndExecute", "statementId": 1, "sql": "SELECT * FROM nope", "maxRowsTotal": -1')"
has 'Avatica closes' 200 closeConnection "$(avatica '"request": "closeConnection"')"

echo "curl: $n checks passed"
