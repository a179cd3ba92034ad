#!/usr/bin/env bash
# Runs clients over HTTPS against a real server: Avatica's JDBC driver in both serializations, phoenixdb plain and by
# SQLAlchemy, our own drivers, @planetscale/database, drizzle, kysely, curl, and isql through the tunnel; then the
# conformance cases with every client. What is missing is installed (setup.sh).
#
#     clients-https.sh                 all of it; the matrix in README.md must be the one that came out
#     clients-https.sh conformance     the conformance cases alone, and the matrix is written
#     clients-https.sh slapd           the clients alone, with a user of a company's directory
set -euo pipefail
cd "$(dirname "$0")/.."
exec </dev/null

what=${1:-all}
users=own
[[ $what != slapd ]] || users=slapd
# shellcheck source=drivers/setup.sh
source drivers/setup.sh

need_odbc
need_java
need_python PyMySQL cryptography pyodbc || { cat "$tmp/pip.log"; fail "cannot install PyMySQL and pyodbc"; }
need_phoenixdb
cp -r drivers/python "$tmp/python" # pip leaves its works beside what it builds
need_python "$tmp/python[test]" || { cat "$tmp/pip.log"; fail "cannot install our Python module"; }
need_node mysql2@3 @planetscale/database@1 drizzle-orm@0.45 kysely@0.28 kysely-planetscale@1
need_jar org.apache.calcite.avatica:avatica:1.25.0
need_jar org.apache.calcite.avatica:avatica:1.28.0 newest
need_jar org.slf4j:slf4j-api:2.0.13 newest # which that one does not have in its jar
need_jar org.mariadb.jdbc:mariadb-java-client:3.5.1
cp -r drivers/jdbc "$tmp/jdbc"
mvn -q -B -Dstyle.color=never -f "$tmp/jdbc" package >"$tmp/mvn.log" 2>&1 || { cat "$tmp/mvn.log"; fail "cannot build our JDBC driver"; }
ours=$tmp/jdbc/target/lxdb-jdbc.jar
world_setup "$users"
trust "$LXDB_CA" "$tmp/ca.p12"
trust "$LXDB_OTHER_CA" "$tmp/other.p12"
export LXDB_TRUST=$tmp/ca.p12 LXDB_OTHER_TRUST=$tmp/other.p12 LXDB_PYTHON=$tools/venv/bin/python
LXDB_FINGERPRINT=$(openssl x509 -in "$LXDB_CA" -noout -fingerprint -sha256 | cut -d= -f2)
export LXDB_FINGERPRINT

# quietly COMMAND…: what it says on standard error is shown when it fails. Clients complain there of refusals that we want.
quietly() { "$@" 2>"$tmp/stderr" || { cat "$tmp/stderr"; fail "$*"; }; }
python() { quietly "$LXDB_PYTHON" "$@"; }
java_() { quietly java -Dmariadb.logging.disable=true "$@"; }
node_() { NODE_EXTRA_CA_CERTS=$LXDB_CA quietly node "$@"; }

clients() {
	drivers/curl/check.sh
	drivers/avatica/jdbc/check.sh "$tools"
	python drivers/avatica/phoenixdb/check.py
	python drivers/avatica/phoenixdb/sqlalchemy_check.py
	python drivers/python/check.py
	node_ drivers/planetscale/check.mjs
	node_ drivers/node/orm.mjs
	java_ -cp "$ours" drivers/jdbc/src/test/Browse.java
	[[ $users == own ]] || return 0 # what comes now makes users, who cannot log in where a company's directory says who may
	drivers/shell/check.py
	(cd drivers/python && python -m mypy --cache-dir "$tmp/mypy")
	python -m pytest drivers/python/tests # the suite of SQLAlchemy has a configuration of its own
	python -m pytest drivers/python/suite
	node_ drivers/node/planetscale.mjs "$LXDB_HTTPS" root world | grep '^denied: .*1142' >/dev/null || fail "the samples of @planetscale/database"
	java_ -cp "$ours" drivers/jdbc/samples/Samples.java "jdbc:leanxcale://$LXDB_HTTPS/world;secure=true;ca=$LXDB_CA" root |
		grep '^denied: 1142 42000' >/dev/null || fail "the samples of our JDBC driver"
	drivers/odbc/check.sh "$tmp/odbc"
	go test github.com/lxdb/lxdb/drivers/go
}

conformance() { # conformance [--write]
	go build -o "$tmp/conformance" ./drivers/conformance/go
	mkdir -p "$tmp/java"
	javac -Xlint:all -d "$tmp/java" drivers/conformance/*.java
	local cases=drivers/conformance/cases.json
	{
		quietly "$tmp/conformance" "$cases" go-sql-driver lxdb-go
		python drivers/conformance/run.py pymysql lxdb-python phoenixdb pyodbc
		java_ -cp "$tmp/java:$ours:$tools/mariadb-java-client.jar:$tools/avatica.jar" Run "$cases" lxdb-jdbc connector-j avatica-protobuf avatica-json
		node_ drivers/conformance/run.mjs mysql2 planetscale
	} >"$tmp/results"
	python3 drivers/conformance/matrix.py "$@" "$tmp/results"
}

case $what in
conformance) conformance --write ;;
slapd) clients ;;
*)
	clients
	conformance
	;;
esac
stop "$tmp/data"
echo "clients over HTTPS: all passed ($users)"
