# Sourced by scripts that run clients against a real server. start and stop are for servers, world_setup starts one with the
# world data, a user who may read one table, and exports LXDB_*; need_* install what is missing. LXDB=path uses that binary
# instead of building one. What is made is below $tmp, and gone at the end.
# Environments of Python, Node.js and Maven go to LXDB_TOOLS, if that names a directory, and stay there for the next script.
# shellcheck shell=bash

# shellcheck source=drivers/company.sh
source "${BASH_SOURCE[0]%/*}/company.sh"

tmp=$(mktemp -d)
tools=${LXDB_TOOLS:-$tmp/tools}
mkdir -p "$tools"
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
	echo "${0##*/}: $*" >&2
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

need_lxdb() { # the binary
	export LXDB=${LXDB:-}
	[[ -z $LXDB ]] || return 0
	LXDB=$tmp/lxdb
	go build -o "$LXDB" ./cmd/lxdb
}
need_mariadb() { command -v mariadb >/dev/null || need mariadb-client; }
need_odbc() { command -v isql >/dev/null && odbcinst -q -d | grep -qi mariadb || need unixodbc odbc-mariadb; }
need_java() { command -v javac >/dev/null && command -v mvn >/dev/null || need default-jdk-headless maven; }

need_jar() { # need_jar ARTIFACT [DIRECTORY]: by Maven, without its version in the name
	local name=${1#*:} to=$tools/${2:-}
	[[ -s $to/${name%:*}.jar ]] && return
	mvn -q -B -Dstyle.color=never dependency:copy -Dartifact="$1" -DoutputDirectory="$to" -Dmdep.stripVersion=true >"$tmp/mvn.log" 2>&1 || { cat "$tmp/mvn.log"; fail "cannot fetch $1"; }
}

need_python() { # need_python PACKAGE…: into an environment of our own
	command -v python3 >/dev/null || need python3 python3-venv
	[[ -d $tools/venv ]] || python3 -m venv "$tools/venv" >/dev/null 2>&1 || { need python3-venv && python3 -m venv "$tools/venv"; }
	"$tools/venv/bin/pip" install --quiet --disable-pip-version-check "$@" >"$tmp/pip.log" 2>&1
}

need_phoenixdb() {
	need_python phoenixdb || {
		need libkrb5-dev gcc python3-dev
		need_python phoenixdb || { cat "$tmp/pip.log"; fail "cannot install phoenixdb"; }
	}
}

need_node() { # need_node PACKAGE…
	command -v node >/dev/null && command -v npm >/dev/null || need nodejs npm
	npm install --silent --no-fund --no-audit --prefix "$tools/node" "$@" >"$tmp/npm.log" 2>&1 || { cat "$tmp/npm.log"; fail "cannot install $*"; }
	export LXDB_NODE_MODULES=$tools/node/node_modules
}

# --- two servers: one to use, one whose CA is the wrong one ------------------------

start() { # start DIR FLAG…: sets server, waits until it is ready
	"$LXDB" serve --data "$1" --mysql 127.0.0.1:0 --kivi off "${@:2}" >>"$tmp/server.log" 2>&1 &
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

trust() { # trust PEM STORE: Java wants authorities in a key store. The password guards nothing: they are public.
	rm -f "$2"
	keytool -importcert -noprompt -alias lxdb -file "$1" -keystore "$2" -storetype PKCS12 -storepass changeit 2>/dev/null
}

endpoint() { python3 -c 'import json, sys; print(json.load(open(sys.argv[1]))[sys.argv[2]])' "$tmp/data/endpoints.json" "$1"; }

# root runs statements as root. The password goes through a file that only we can read, not the command line.
root() { mariadb --defaults-file="$tmp/root.cnf" "$@"; }

world_setup() { # world_setup own|slapd: where the user of limited rights is
	need_mariadb
	need_lxdb
	local serve=(--https 127.0.0.1:0 --ldap off --ldaps off)
	LXDB_READER_PASSWORD=$(python3 -c 'import secrets; print(secrets.token_hex(16))')
	if [[ $1 == slapd ]]; then
		company_install || fail "cannot install slapd"
		company_start "$tmp/company" reader "$LXDB_READER_PASSWORD" || fail "slapd does not start"
		serve+=(--config "$tmp/company/lxdb.conf")
	fi
	start "$tmp/other" "${serve[@]}"
	stop "$tmp/other"
	start "$tmp/data" "${serve[@]}"

	local address
	address=$(endpoint mysql)
	export LXDB_HOST=${address%:*} LXDB_PORT=${address##*:}
	LXDB_HTTPS=$(endpoint https)
	export LXDB_HTTPS
	export LXDB_CA=$tmp/data/ca.crt LXDB_OTHER_CA=$tmp/other/ca.crt
	export LXDB_USER=root LXDB_READER=reader LXDB_DATABASE=world
	export LXDB_QUERIES=$PWD/testdata/world/queries
	LXDB_PASSWORD=$(<"$tmp/data/root.password")
	export LXDB_PASSWORD LXDB_READER_PASSWORD
	cmp -s "$LXDB_CA" "$LXDB_OTHER_CA" && fail "two servers have the same CA"

	(
		umask 077
		printf '[client]\nhost=%s\nport=%s\nuser=root\npassword="%s"\nssl-ca=%s\nssl-verify-server-cert\ndefault-character-set=utf8mb4\n' \
			"$LXDB_HOST" "$LXDB_PORT" "$LXDB_PASSWORD" "$LXDB_CA" >"$tmp/root.cnf"
	)
	root -e 'CREATE DATABASE world'
	root world <testdata/world/schema.sql
	local table
	for table in country subdivision currency language script timezone; do
		"$LXDB" import "testdata/world/$table.csv" --table "world.$table" --data "$tmp/data"
	done
	if [[ $1 == slapd ]]; then
		echo 'GRANT READ ON TABLE world.country TO ldapGroup:readers' | root
	else
		root <<-SQL
			CREATE USER reader IDENTIFIED BY '$LXDB_READER_PASSWORD';
			GRANT READ ON TABLE world.country TO reader;
		SQL
	fi
}
