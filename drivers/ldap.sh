#!/usr/bin/env bash
# Runs OpenLDAP's command line tools and Python's ldap3 and python-ldap against a real
# server: TLS both ways, client certificates, refusals, users and groups made, changed and
# taken away, and the same accounts seen by the server's own command line. What is missing
# is installed (setup.sh); everything made is in a temporary directory.
set -euo pipefail
cd "$(dirname "$0")/.."
exec </dev/null

# shellcheck source=drivers/setup.sh
source drivers/setup.sh

python=/usr/bin/python3 # the one that apt's modules are for
command -v ldapsearch >/dev/null || need ldap-utils
command -v openssl >/dev/null || need openssl
"$python" -c 'import ldap, ldap3' 2>/dev/null || need python3 python3-ldap python3-ldap3
need_lxdb
start "$tmp/data" --https off --ldap 127.0.0.1:0 --ldaps 127.0.0.1:0 --password-min-length 8
plain=ldap://$(endpoint ldap) secure=ldaps://$(endpoint ldaps)
[[ $plain != ldap:// && $secure != ldaps:// ]] || fail "endpoints.json has no directory"

export LDAPTLS_CACERT=$tmp/data/ca.crt LDAPTLS_REQCERT=demand
base=dc=lxdb
tr -d '\n' <"$tmp/data/root.password" >"$tmp/root.pw"
chmod 600 "$tmp/root.pw" # else every tool warns
root=(-x -D "uid=root,ou=users,$base" -y "$tmp/root.pw" -o ldif-wrap=no)
tested=0

# result CODE COMMAND…: the command must end with that result code. Its output is in $tmp/out.
result() {
	local want=$1 status=0
	shift
	"$@" >"$tmp/out" 2>&1 || status=$?
	tested=$((tested + 1))
	((status == want)) || { cat "$tmp/out"; fail "result $status, $want expected: $*"; }
}
has() { grep -qE -- "$1" "$tmp/out" || { cat "$tmp/out"; fail "the answer lacks $1"; }; }
lacks() { ! grep -qE -- "$1" "$tmp/out" || { cat "$tmp/out"; fail "the answer has $1"; }; }
count() { # count N: entries
	local n
	n=$(grep -c '^dn:' "$tmp/out" || true)
	((n == $1)) || { cat "$tmp/out"; fail "$n entries, $1 expected"; }
}

# --- TLS and refusals -----------------------------------------------------------------

result 0 ldapsearch -x -H "$plain" -b '' -s base -LLL '*' +
has "^namingContexts: $base"
has '^supportedLDAPVersion: 3'
lacks '^supportedSASLMechanisms'
result 50 ldapsearch -x -H "$plain" -b "$base"
result 13 ldapwhoami -H "$plain" "${root[@]}"
result 0 ldapwhoami -H "$plain" -ZZ "${root[@]}"
has "^dn:uid=root,ou=users,$base"
result 0 ldapwhoami -H "$secure" "${root[@]}"
has "^dn:uid=root,ou=users,$base"
result 49 ldapwhoami -x -H "$secure" -D "uid=root,ou=users,$base" -w wrong
result 49 ldapwhoami -x -H "$secure" -D "uid=nobody,ou=users,$base" -w wrong
result 2 ldapsearch -x -P 2 -H "$secure" -D "uid=root,ou=users,$base" -w wrong -b ''
openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=other -keyout "$tmp/other.key" -out "$tmp/other.pem" 2>/dev/null
LDAPTLS_CACERT=$tmp/other.pem result 255 ldapwhoami -H "$secure" "${root[@]}"
LDAPTLS_CACERT=$tmp/other.pem result 1 ldapwhoami -H "$plain" -ZZ "${root[@]}"
LDAPTLS_CACERT=/dev/null result 255 ldapwhoami -H "$secure" "${root[@]}"
LDAPTLS_CACERT=/dev/null result 1 ldapwhoami -H "$plain" -ZZ "${root[@]}"

# --- client certificates ---------------------------------------------------------------

external() { # external CODE NAME [ARGUMENT…]: who am I, by the certificate of NAME
	local code=$1 certs=$tmp/certs/$2
	shift 2
	LDAPTLS_CERT=$certs/client-cert.pem LDAPTLS_KEY=$certs/client-key.pem result "$code" ldapwhoami -Q -Y EXTERNAL "$@"
}
for name in root nobody; do "$LXDB" cert client "$name" --data "$tmp/data" --out "$tmp/certs/$name" 2>/dev/null; done
external 0 root -H "$secure"
has "^dn:uid=root,ou=users,$base"
external 0 root -H "$plain" -ZZ
external 0 root -H "$secure" -X u:root
external 49 root -H "$secure" -X u:nobody
external 49 nobody -H "$secure"
LDAPTLS_CERT=$tmp/certs/root/client-cert.pem LDAPTLS_KEY=$tmp/certs/root/client-key.pem \
	result 0 ldapsearch -x -H "$secure" -b '' -s base -LLL supportedSASLMechanisms
has '^supportedSASLMechanisms: EXTERNAL'
result 0 ldapsearch -x -H "$secure" -b '' -s base -LLL supportedSASLMechanisms
lacks 'EXTERNAL'
mkdir "$tmp/certs/foreign"
openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=root -addext extendedKeyUsage=clientAuth \
	-keyout "$tmp/certs/foreign/client-key.pem" -out "$tmp/certs/foreign/client-cert.pem" 2>/dev/null
# What the client library makes of a server that does not ask for its authority differs.
! LDAPTLS_CERT=$tmp/certs/foreign/client-cert.pem LDAPTLS_KEY=$tmp/certs/foreign/client-key.pem \
	ldapwhoami -Q -Y EXTERNAL -H "$secure" >"$tmp/out" 2>&1 || fail "a certificate of another authority logged in"

# --- programs --------------------------------------------------------------------------------

for script in drivers/ldap/ldap3_test.py drivers/ldap/python_ldap_test.py; do
	"$python" "$script" "${plain##*:}" "${secure##*:}" "$LDAPTLS_CACERT" "$tmp/other.pem" "$tmp/root.pw" \
		"$tmp/certs/root/client-cert.pem" "$tmp/certs/root/client-key.pem" || fail "$script"
done

# --- users and groups -------------------------------------------------------------------

cat >"$tmp/people.ldif" <<LDIF
dn: uid=ann,ou=users,$base
objectClass: inetOrgPerson
uid: ann
cn: Ann Example
sn: Example
mail: ann@example.org
userPassword: ann-secret-1

dn: uid=bob (the second\, tester),ou=users,$base
objectClass: inetOrgPerson
cn:: SsO8cmdlbg==
sn: Tester
userPassword: bob-secret-1

dn: cn=devs,ou=groups,$base
objectClass: groupOfNames
cn: devs
member: uid=ann,ou=users,$base

dn: cn=staff,ou=groups,$base
objectClass: groupOfNames
cn: staff
member: cn=devs,ou=groups,$base
LDIF
result 0 ldapadd -H "$secure" "${root[@]}" -f "$tmp/people.ldif"
result 68 ldapadd -H "$secure" "${root[@]}" -f "$tmp/people.ldif"
result 0 ldapsearch -H "$secure" "${root[@]}" -b "$base" -LLL '(&(objectClass=person)(memberOf=cn=staff,ou=groups,dc=lxdb))' '*' +
count 1
has '^dn: uid=ann,'
has '^entryUUID: '
lacks 'userPassword|secret'
result 0 ldapsearch -H "$secure" "${root[@]}" -b "$base" -LLL -E pr=2/noprompt '(objectClass=*)' 1.1
count 8
result 4 ldapsearch -H "$secure" "${root[@]}" -b "$base" -LLL -z 3 '(objectClass=*)' 1.1
count 3
result 12 ldapsearch -H "$secure" "${root[@]}" -b "$base" -E '!sync=ro'
result 12 ldapdelete -H "$secure" "${root[@]}" -e '!1.2.3.4' "uid=ann,ou=users,$base"
result 6 ldapcompare -H "$secure" "${root[@]}" "uid=ann,ou=users,$base" 'mail:ANN@example.org'
result 5 ldapcompare -H "$secure" "${root[@]}" "uid=ann,ou=users,$base" 'mail:bob@example.org'
result 0 ldapsearch -H "$secure" "${root[@]}" -b cn=subschema -s base -LLL attributeTypes objectClasses
has "NAME 'inetOrgPerson'"

printf 'dn: uid=ann,ou=users,%s\nchangetype: modify\nreplace: mail\nmail: new@example.org\n-\nadd: title\ntitle: Boss\n' "$base" >"$tmp/modify.ldif"
result 0 ldapmodify -H "$secure" "${root[@]}" -f "$tmp/modify.ldif"
result 0 ldapsearch -H "$secure" "${root[@]}" -b "$base" -LLL '(&(title=boss)(mail=new@*))' 1.1
count 1
printf 'dn: cn=devs,ou=groups,%s\nchangetype: modify\nadd: member\nmember: cn=staff,ou=groups,%s\n' "$base" "$base" >"$tmp/cycle.ldif"
result 53 ldapmodify -H "$secure" "${root[@]}" -f "$tmp/cycle.ldif"
result 0 ldapmodrdn -r -H "$secure" "${root[@]}" "cn=devs,ou=groups,$base" cn=makers
result 53 ldapmodrdn -H "$secure" "${root[@]}" "cn=makers,ou=groups,$base" cn=devs

# --- LDIF, from and to the server's own command line ------------------------------------------

ldif() { result 0 "$LXDB" ldap "$@"; }
result 0 ldapsearch -H "$secure" "${root[@]}" -b "$base" -LLL '(objectClass=inetOrgPerson)'
cp "$tmp/out" "$tmp/searched.ldif"
ldif import "$tmp/searched.ldif" --dry-run
has ' 3 records; nothing was sent$'
ldif import "$tmp/searched.ldif" --data "$tmp/data"
has ': 0 added, 0 changed, 3 skipped, 0 refused$'
ldif export "$tmp/export.ldif" --data "$tmp/data"
has '^exported 2 users and 2 groups, without passwords'
result 0 ldapadd -n -H "$secure" "${root[@]}" -f "$tmp/export.ldif"
result 0 ldapdelete -H "$secure" "${root[@]}" "uid=bob (the second\\, tester),ou=users,$base" "cn=staff,ou=groups,$base"
result 68 ldapadd -c -H "$secure" "${root[@]}" -f "$tmp/export.ldif"
ldif export --data "$tmp/data"
count 4
ldif search '(&(objectClass=person)(memberOf=cn=staff,ou=groups,dc=lxdb))' 1.1 --data "$tmp/data"
count 1

# --- a user and his password ---------------------------------------------------------------

ann() { local code=$1; shift; local tool=$1; shift; result "$code" "$tool" -x -H "$secure" -D "uid=ann,ou=users,$base" -w "$secret" "$@"; }
secret=ann-secret-1
ann 0 ldapsearch -b "$base" -LLL '(objectClass=*)' memberOf
count 4
has "^memberOf: cn=staff,ou=groups,$base"
ann 32 ldapsearch -b "uid=root,ou=users,$base" -s base
ann 50 ldapdelete "uid=ann,ou=users,$base"
ann 1 ldappasswd -a wrong-secret -s ann-secret-2
has '\(49\)'
ann 1 ldappasswd -a ann-secret-1 -s short
has '\(19\)'
has 'at least 8 characters'
ann 1 ldappasswd -e ppolicy -a ann-secret-1 -s short
has '\(19\)'
ann 0 ldapwhoami -e ppolicy
result 19 ldapadd -H "$secure" "${root[@]}" <<<"dn: uid=short,ou=users,$base
objectClass: inetOrgPerson
userPassword: short"
ann 0 ldappasswd -a ann-secret-1 -s ann-secret-2
ann 49 ldapwhoami
secret=ann-secret-2
ann 0 ldappasswd -a ann-secret-2
has '^New password: '
secret=$(sed -n 's/^New password: //p' "$tmp/out")
ann 0 ldapwhoami
result 0 ldappasswd -H "$secure" "${root[@]}" -s ann-secret-3 "uid=ann,ou=users,$base"
ann 49 ldapwhoami
secret=ann-secret-3
ann 0 ldapwhoami
ann 0 ldapexop 1.3.6.1.4.1.4203.1.11.3
ann 1 ldapexop 1.2.3.4
has '\(2\)'

# --- the end ---------------------------------------------------------------------------------

result 0 ldapdelete -H "$secure" "${root[@]}" "cn=makers,ou=groups,$base" "uid=ann,ou=users,$base"
result 49 ldapwhoami -x -H "$secure" -D "uid=ann,ou=users,$base" -w "$secret"
stop "$tmp/data"
"$LXDB" user list --data "$tmp/data" >"$tmp/out"
has '^bob \(the second, tester\)'
lacks '^ann'
echo "ldap: $tested commands behaved"
