#!/usr/bin/env bash
# Runs the directory benchmarks against lxdb and against OpenLDAP's slapd, the latter with
# {SSHA} passwords (one SHA-1) and with argon2 of our costs, in one run on one machine, and
# prints the times with their ratios. Both serve 1,000 users over TLS.
# Needs slapd, ldap-utils and openssl: apt-get install --no-install-recommends slapd ldap-utils openssl.
# The argument is the number of cold binds, at most 900.
set -euo pipefail
cd "$(dirname "$0")/.."
rounds=${1:-300}

dir=$(mktemp -d)
pid=
stop() {
	[[ -z $pid ]] || { kill "$pid" && wait "$pid" || true; }
	pid=
}
trap 'stop; rm -rf "$dir"' EXIT

openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj "/CN=bench CA" -keyout "$dir/ca.key" -out "$dir/ca.pem" 2>/dev/null
openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN=127.0.0.1 -keyout "$dir/server.key" -out "$dir/server.csr" 2>/dev/null
printf 'subjectAltName=IP:127.0.0.1\nextendedKeyUsage=serverAuth\n' >"$dir/ext"
openssl x509 -req -in "$dir/server.csr" -CA "$dir/ca.pem" -CAkey "$dir/ca.key" -CAcreateserial -days 2 -extfile "$dir/ext" -out "$dir/server.pem" 2>/dev/null
tr -dc a-z0-9 </dev/urandom | head -c 20 >"$dir/root.password" || true

bench() { # bench COLUMN: benchmark times in nanoseconds
	go test -count=1 -run '^$' -bench '^BenchmarkLDAP$' -benchtime "${rounds}x" -timeout 20m ./bench >"$dir/out" || { cat "$dir/out"; exit 1; }
	awk '/^BenchmarkLDAP\// { sub(/^BenchmarkLDAP\//, "", $1); sub(/-[0-9]+$/, "", $1); print $1, $3 }' "$dir/out" >"$dir/$1"
	[[ -s $dir/$1 ]] || { cat "$dir/out"; exit 1; }
}

slapd_with() { # slapd_with COLUMN STORED: measure slapd with that form of the password
	local db=$dir/db-$1
	mkdir "$db"
	cat >"$dir/slapd.conf" <<-CONF
		include /etc/ldap/schema/core.schema
		include /etc/ldap/schema/cosine.schema
		include /etc/ldap/schema/inetorgperson.schema
		pidfile $dir/slapd.pid
		modulepath /usr/lib/ldap
		moduleload back_mdb
		moduleload argon2
		TLSCACertificateFile $dir/ca.pem
		TLSCertificateFile $dir/server.pem
		TLSCertificateKeyFile $dir/server.key
		database mdb
		maxsize 67108864
		suffix "dc=lxdb"
		rootdn "uid=root,ou=users,dc=lxdb"
		rootpw $(cat "$dir/root.password")
		directory $db
		index objectClass,uid eq
		access to attrs=userPassword by anonymous auth by * none
		access to * by users read by * none
	CONF
	slapadd -q -f "$dir/slapd.conf" <<-LDIF
		dn: dc=lxdb
		objectClass: domain
		dc: lxdb

		dn: ou=users,dc=lxdb
		objectClass: organizationalUnit
		ou: users
	LDIF
	local port
	port=$((20000 + RANDOM % 20000))
	slapd -f "$dir/slapd.conf" -h "ldaps://127.0.0.1:$port/" -d 0 >"$dir/slapd.log" 2>&1 &
	pid=$!
	for ((i = 0; i < 100; i++)); do
		LDAPTLS_CACERT=$dir/ca.pem ldapsearch -x -H "ldaps://127.0.0.1:$port" -b '' -s base >/dev/null 2>&1 && break
		kill -0 "$pid" || { cat "$dir/slapd.log"; exit 1; }
		read -rt 0.1 <> <(:) || true
	done
	LXDB_BENCH_LDAPS=127.0.0.1:$port LXDB_BENCH_LDAP_CA=$dir/ca.pem LXDB_BENCH_LDAP_PASSWORD_FILE=$dir/root.password \
		LXDB_BENCH_LDAP_STORED=$2 bench "$1"
	stop
}

bench lxdb
slapd_with ssha "$(slappasswd -h '{SSHA}' -s geheim-12345)"
slapd_with argon2 "$(slappasswd -h '{ARGON2}' -o module-path=/usr/lib/ldap -o 'module-load=argon2 t=2 m=19456 p=1' -s geheim-12345)"

echo "$(slapd -VV 2>&1 | grep -o 'slapd [0-9.]*' | head -1), $(nproc) cores, 1,000 users, one client, TLS"
echo "lxdb stores argon2id (19 MiB, 2 passes); a password that was just right is not hashed again for a minute"
printf '%-14s %12s %16s %8s %18s %8s\n' "per second" lxdb "slapd {SSHA}" ratio "slapd {ARGON2}" ratio
join <(sort "$dir/lxdb") <(sort "$dir/ssha") | join - <(sort "$dir/argon2") |
	awk '{ printf "%-14s %12.0f %16.0f %8.3g %18.0f %8.3g\n", $1, 1e9/$2, 1e9/$3, $3/$2, 1e9/$4, $4/$2 }'
