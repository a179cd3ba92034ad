#!/usr/bin/env bash
# Runs stock MySQL clients, and Avatica clients over HTTPS, against a real server: connect over TLS with the CA,
# be refused with another CA, without TLS and with a wrong password, run the world
# queries, and meet the limits of a user who may read one table.
#
# What it needs and does not find, it installs: mariadb-client, an ODBC driver, a JDK and
# Maven by apt-get, PyMySQL and phoenixdb (with what compiles its Kerberos part) by pip into a virtual environment of its own, JDBC drivers by Maven, Node.js, mysql2 and @planetscale/database by apt-get and npm. LXDB=path uses that binary instead
# of building one. Everything it makes is in a temporary directory.
#
# With the argument slapd, the user of limited rights is one of a company's directory, which
# OpenLDAP's server plays, and has his right through one of its groups.
set -euo pipefail
cd "$(dirname "$0")/.."
exec </dev/null

users=${1:-own}
# shellcheck source=drivers/company.sh
source drivers/company.sh

tmp=$(mktemp -d)
server=
cleanup() {
	status=$?
	company_stop
	if [[ -n $server ]] && kill -0 "$server" 2>/dev/null; then
		kill "$server" 2>/dev/null || true
		wait "$server" 2>/dev/null || true
	fi
	if ((status)) && [[ -f $tmp/server.log ]]; then
		echo "--- last lines of the server:"
		tail -n 40 "$tmp/server.log"
	fi
	rm -rf "$tmp"
}
trap cleanup EXIT

fail() {
	echo "clients: $*" >&2
	exit 1
}

# --- what we need ---------------------------------------------------------------

need() { # need PACKAGE…: install it
	echo "installing $*"
	local sudo=
	((EUID == 0)) || sudo=sudo
	$sudo apt-get update -qq >"$tmp/apt.log" 2>&1 &&
		DEBIAN_FRONTEND=noninteractive $sudo apt-get install -y -qq --no-install-recommends "$@" >>"$tmp/apt.log" 2>&1 ||
		{ tail -n 20 "$tmp/apt.log"; fail "cannot install $*"; }
}

command -v mariadb >/dev/null || need mariadb-client
command -v isql >/dev/null && odbcinst -q -d | grep -qi mariadb || need unixodbc odbc-mariadb
command -v javac >/dev/null && command -v mvn >/dev/null || need default-jdk-headless maven
command -v python3 >/dev/null || need python3 python3-venv
python3 -m venv "$tmp/venv" >/dev/null 2>&1 || { need python3-venv && python3 -m venv "$tmp/venv"; }
command -v node >/dev/null && command -v npm >/dev/null || need nodejs npm
npm install --silent --no-fund --no-audit --prefix "$tmp/node" mysql2@3 @planetscale/database@1 >"$tmp/npm.log" 2>&1 || { cat "$tmp/npm.log"; fail "cannot install mysql2 and @planetscale/database"; }
"$tmp/venv/bin/pip" install --quiet --disable-pip-version-check PyMySQL cryptography
"$tmp/venv/bin/pip" install --quiet --disable-pip-version-check phoenixdb >"$tmp/pip.log" 2>&1 || {
	need libkrb5-dev gcc python3-dev
	"$tmp/venv/bin/pip" install --quiet --disable-pip-version-check phoenixdb
}
cp -r drivers/python "$tmp/python" # pip leaves its works beside what it builds
"$tmp/venv/bin/pip" install --quiet --disable-pip-version-check "$tmp/python[sqlalchemy]"

if [[ -z ${LXDB:-} ]]; then
	LXDB=$tmp/lxdb
	go build -o "$LXDB" ./cmd/lxdb
fi
go build -o "$tmp/goclient" ./drivers/mysql/go

# --- two servers: one to use, one whose CA is the wrong one ------------------------

start() { # start DIR: sets server, waits until it is ready
	"$LXDB" serve --data "$1" "${serve[@]}" --mysql 127.0.0.1:0 --https 127.0.0.1:0 --kivi off --ldap off --ldaps off >>"$tmp/server.log" 2>&1 &
	server=$!
	for ((i = 0; i < 600; i++)); do
		[[ -s $1/endpoints.json ]] && return
		kill -0 "$server" 2>/dev/null || fail "the server ended before it was ready"
		sleep 0.1
	done
	fail "the server was not ready within 60 s"
}

stop() { # stop DIR: SIGTERM must drain, remove endpoints.json and exit 0
	kill -TERM "$server"
	local status=0
	wait "$server" || status=$?
	server=
	((status == 0)) || fail "SIGTERM: exit status $status, 0 expected"
	[[ ! -e $1/endpoints.json ]] || fail "SIGTERM: endpoints.json is still there"
}

serve=()
LXDB_READER_PASSWORD=$(python3 -c 'import secrets; print(secrets.token_hex(16))')
if [[ $users == slapd ]]; then
	company_install || fail "cannot install slapd"
	company_start "$tmp/company" reader "$LXDB_READER_PASSWORD" || fail "slapd does not start"
	serve=(--config "$tmp/company/lxdb.conf")
fi

start "$tmp/other"
stop "$tmp/other"
start "$tmp/data"

address=$(python3 -c 'import json, sys; print(json.load(open(sys.argv[1]))["mysql"])' "$tmp/data/endpoints.json")
export LXDB_HOST=${address%:*} LXDB_PORT=${address##*:}
LXDB_HTTPS=$(python3 -c 'import json, sys; print(json.load(open(sys.argv[1]))["https"])' "$tmp/data/endpoints.json")
export LXDB_HTTPS
export LXDB_CA=$tmp/data/ca.crt LXDB_OTHER_CA=$tmp/other/ca.crt
export LXDB_USER=root LXDB_READER=reader LXDB_DATABASE=world
export LXDB_QUERIES=$PWD/testdata/world/queries
LXDB_PASSWORD=$(<"$tmp/data/root.password")
export LXDB_PASSWORD LXDB_READER_PASSWORD
cmp -s "$LXDB_CA" "$LXDB_OTHER_CA" && fail "two servers have the same CA"

# --- the data and a user who may read one table -------------------------------------

# The password goes through a file that only we can read, not the command line.
(
	umask 077
	printf '[client]\nhost=%s\nport=%s\nuser=root\npassword="%s"\nssl-ca=%s\nssl-verify-server-cert\ndefault-character-set=utf8mb4\n' \
		"$LXDB_HOST" "$LXDB_PORT" "$LXDB_PASSWORD" "$LXDB_CA" >"$tmp/root.cnf"
)
root() { mariadb --defaults-file="$tmp/root.cnf" "$@"; }

root -e 'CREATE DATABASE world'
root world <testdata/world/schema.sql
for table in country subdivision currency language script timezone; do
	"$LXDB" import "testdata/world/$table.csv" --table "world.$table" --data "$tmp/data"
done
if [[ $users == slapd ]]; then
	echo 'GRANT READ ON TABLE world.country TO ldapGroup:readers' | root
else
	root <<-SQL
		CREATE USER reader IDENTIFIED BY '$LXDB_READER_PASSWORD';
		GRANT READ ON TABLE world.country TO reader;
	SQL
fi

# --- the clients ---------------------------------------------------------------------

drivers/mysql/mariadb/check.sh
"$tmp/venv/bin/python" drivers/mysql/pymysql/check.py
"$tmp/goclient"
drivers/mysql/odbc/check.sh
drivers/mysql/jdbc/check.sh "$tmp/jdbc"
LXDB_NODE_MODULES=$tmp/node/node_modules node drivers/mysql/node/check.mjs
drivers/avatica/jdbc/check.sh "$tmp/avatica"
"$tmp/venv/bin/python" drivers/avatica/phoenixdb/check.py
"$tmp/venv/bin/python" drivers/python/check.py
LXDB_NODE_MODULES=$tmp/node/node_modules NODE_EXTRA_CA_CERTS=$LXDB_CA node drivers/planetscale/check.mjs

stop "$tmp/data"
echo "clients: all passed ($users)"
