# Sourced by scripts that need a company's LDAP directory: OpenLDAP's server on loopback,
# with one user in one group. company_start DIR USER PASSWORD makes it below DIR and
# writes DIR/lxdb.conf, the settings for `lxdb serve --config`; company_stop ends it.
# shellcheck shell=bash

company=

company_install() {
	PATH=$PATH:/usr/sbin command -v slapd >/dev/null && return
	local sudo=
	((EUID == 0)) || sudo=sudo
	echo 'slapd slapd/no_configuration boolean true' | $sudo debconf-set-selections
	$sudo apt-get update -qq && DEBIAN_FRONTEND=noninteractive $sudo apt-get install -y -qq --no-install-recommends slapd
}

company_start() {
	local dir=$1 user=$2 password=$3 port schema
	port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
	mkdir -p "$dir/db"
	openssl req -x509 -newkey rsa:2048 -nodes -days 2 -keyout "$dir/ca.key" -out "$dir/ca.pem" -subj "/CN=company CA" 2>/dev/null
	openssl req -newkey rsa:2048 -nodes -keyout "$dir/server.key" -out "$dir/server.csr" -subj "/CN=localhost" 2>/dev/null
	openssl x509 -req -in "$dir/server.csr" -CA "$dir/ca.pem" -CAkey "$dir/ca.key" -CAcreateserial -days 2 -out "$dir/server.pem" \
		-extfile <(printf 'subjectAltName=DNS:localhost,IP:127.0.0.1\nextendedKeyUsage=serverAuth\n') 2>/dev/null
	{
		for schema in core cosine inetorgperson; do echo "include /etc/ldap/schema/$schema.schema"; done
		cat <<-CONF
			pidfile $dir/slapd.pid
			modulepath /usr/lib/ldap
			moduleload back_mdb
			TLSCACertificateFile $dir/ca.pem
			TLSCertificateFile $dir/server.pem
			TLSCertificateKeyFile $dir/server.key
			database mdb
			maxsize 16777216
			suffix "dc=example,dc=org"
			directory $dir/db
			access to attrs=userPassword by anonymous auth by * none
			access to * by dn.exact="cn=svc,dc=example,dc=org" read by * none
		CONF
	} >"$dir/slapd.conf"
	PATH=$PATH:/usr/sbin slapadd -q -f "$dir/slapd.conf" <<-LDIF
		dn: dc=example,dc=org
		objectClass: dcObject
		objectClass: organization
		o: Example
		dc: example

		dn: cn=svc,dc=example,dc=org
		objectClass: applicationProcess
		objectClass: simpleSecurityObject
		cn: svc
		userPassword: svc-secret

		dn: ou=people,dc=example,dc=org
		objectClass: organizationalUnit
		ou: people

		dn: uid=$user,ou=people,dc=example,dc=org
		objectClass: inetOrgPerson
		uid: $user
		cn: $user
		sn: $user
		userPassword: $password

		dn: ou=groups,dc=example,dc=org
		objectClass: organizationalUnit
		ou: groups

		dn: cn=readers,ou=groups,dc=example,dc=org
		objectClass: groupOfNames
		cn: readers
		member: uid=$user,ou=people,dc=example,dc=org
	LDIF
	(umask 077 && echo svc-secret >"$dir/svc.password")
	cat >"$dir/lxdb.conf" <<-CONF
		ldap-url = ldaps://127.0.0.1:$port
		ldap-ca-file = $dir/ca.pem
		ldap-bind-dn = cn=svc,dc=example,dc=org
		ldap-bind-password-file = $dir/svc.password
		ldap-user-base = ou=people,dc=example,dc=org
		ldap-group-base = ou=groups,dc=example,dc=org
		ldap-auto-create = true
	CONF
	PATH=$PATH:/usr/sbin slapd -f "$dir/slapd.conf" -h "ldaps://127.0.0.1:$port/" -d 0 >"$dir/slapd.log" 2>&1 &
	company=$!
	for ((i = 0; i < 200; i++)); do
		(: <>"/dev/tcp/127.0.0.1/$port") 2>/dev/null && return
		kill -0 "$company" 2>/dev/null || { cat "$dir/slapd.log"; return 1; }
		sleep 0.1
	done
	return 1
}

company_stop() {
	[[ -n $company ]] || return 0
	kill "$company" 2>/dev/null || true
	wait "$company" 2>/dev/null || true
	company=
}
