#!/usr/bin/env bash
# Runs stock MySQL clients against a real server: connect over TLS with the CA, be refused with another CA, without TLS
# and with a wrong password, run the world queries, and meet the limits of a user who may read one table. What is
# missing is installed (setup.sh); everything made is in a temporary directory.
#
# With the argument slapd, the user of limited rights is one of a company's directory, which OpenLDAP's server plays, and
# has his right through one of its groups.
set -euo pipefail
cd "$(dirname "$0")/.."
exec </dev/null

users=${1:-own}
# shellcheck source=drivers/setup.sh
source drivers/setup.sh

need_odbc
need_java
need_python PyMySQL cryptography || { cat "$tmp/pip.log"; fail "cannot install PyMySQL"; }
need_node mysql2@3
go build -o "$tmp/goclient" ./drivers/mysql/go
world_setup "$users"

drivers/mysql/mariadb/check.sh
"$tools/venv/bin/python" drivers/mysql/pymysql/check.py
"$tmp/goclient"
drivers/mysql/odbc/check.sh
need_jar com.mysql:mysql-connector-j:9.1.0
need_jar org.mariadb.jdbc:mariadb-java-client:3.5.1
drivers/mysql/jdbc/check.sh "$tools"
node drivers/mysql/node/check.mjs
if [[ $users == own ]]; then # the samples make a user, who cannot log in where a company's directory says who may
	node drivers/node/mysql2.mjs "$LXDB_HOST:$LXDB_PORT" root world "$LXDB_CA" | grep '^denied: 1142 42000' >/dev/null || fail "the samples of mysql2"
fi

stop "$tmp/data"
echo "clients: all passed ($users)"
