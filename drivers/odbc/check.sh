#!/usr/bin/env bash
# isql with the data sources that write_ini.py makes of the guide's keys: at the MySQL port and through the tunnel of
# the HTTPS port. ../clients-https.sh sets LXDB_*, and LXDB, the binary; the argument is a directory to work in.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
dir=$1
mkdir -p "$dir"

n=0
fail() {
	echo "ODBC: $*" >&2
	exit 1
}
tunnel=
trap '[[ -z $tunnel ]] || kill "$tunnel"' EXIT

ini() { # ini SERVER PORT SECURE [PASSWORD]
	(
		umask 077
		printf '[world]\nDriver = LeanXcaleODBCDriver\nDescription = countries\nServer = %s\nPort = %s\nDatabase = %s\nUserName = %s\nPassword = %s\nEncoding = WCHAR_T\nSecure = %s\n' \
			"$1" "$2" "$LXDB_DATABASE" "$LXDB_USER" "${4:-$LXDB_PASSWORD}" "$3" >"$dir/guide.ini"
	)
}
sql() { ODBCSYSINI=$dir/$1 ODBCINI=$dir/$1/odbc.ini isql world -b -v -c -d, 2>&1; }
answers() { # answers DIR
	[[ $(echo "SELECT name FROM country WHERE alpha3 = 'CHE'" | sql "$1") == *Switzerland* ]] || fail "$1: $(echo 'SELECT 1' | sql "$1")"
	n=$((n + 1))
}
refused() { # refused WHAT DIR
	local out
	out=$(echo 'SELECT 1' | sql "$2") && fail "$1: connected"
	grep -q 'Could not SQLConnect' <<<"$out" || fail "$1: $out"
	n=$((n + 1))
}

ini "$LXDB_HOST" "$LXDB_PORT" True
"$here/write_ini.py" "$dir/guide.ini" --ca "$LXDB_CA" --out "$dir/direct" >/dev/null
answers direct
[[ $(stat -c %a "$dir/direct/odbc.ini") == 600 ]] || fail "odbc.ini, which has a password, can be read by others"
"$here/write_ini.py" "$dir/guide.ini" --ca "$LXDB_OTHER_CA" --out "$dir/otherca" >/dev/null
refused 'another CA' otherca
ini "$LXDB_HOST" "$LXDB_PORT" True wrong
"$here/write_ini.py" "$dir/guide.ini" --ca "$LXDB_CA" --out "$dir/wrong" >/dev/null
refused 'a wrong password' wrong

ini "$LXDB_HOST" 1529 False
"$here/write_ini.py" "$dir/guide.ini" --ca "$LXDB_CA" --out "$dir/no" >/dev/null 2>&1 && fail "Secure = False was taken"
ini "$LXDB_HOST" 1529 True
"$here/write_ini.py" "$dir/guide.ini" --ca "$LXDB_CA" --out "$dir/no" >/dev/null 2>&1 && fail "the HTTPS port was taken for a MySQL port"
"$here/write_ini.py" "$dir/guide.ini" --out "$dir/no" >/dev/null 2>&1 && fail "no CA was needed"
sed -i 1d "$dir/guide.ini" # as the guide prints it, without the line that names the source
"$here/write_ini.py" "$dir/guide.ini" --name world --ca "$LXDB_CA" --out "$dir/no" --tunnel 127.0.0.1:3307 >/dev/null || fail "the guide's own lines"
echo 'Nonsense = 1' >>"$dir/guide.ini"
"$here/write_ini.py" "$dir/guide.ini" --ca "$LXDB_CA" --out "$dir/no" --tunnel 127.0.0.1:3307 >/dev/null 2>&1 && fail "an unknown key was taken"
n=$((n + 6))

"$LXDB" tunnel "$LXDB_HTTPS" --ca "$LXDB_CA" --listen 127.0.0.1:0 >"$dir/tunnel.log" 2>&1 &
tunnel=$!
for ((i = 0; i < 100; i++)); do
	listen=$(sed -n "s/.* at //p" "$dir/tunnel.log" 2>/dev/null || true)
	[[ -n $listen ]] && break
	sleep 0.1
done
[[ -n $listen ]] || fail "the tunnel does not begin: $(<"$dir/tunnel.log")"
ini "${LXDB_HTTPS%:*}" "${LXDB_HTTPS##*:}" True
"$here/write_ini.py" "$dir/guide.ini" --ca "$LXDB_CA" --out "$dir/tunneled" --tunnel "$listen" >"$dir/said"
grep -q "lxdb tunnel $LXDB_HTTPS" "$dir/said" || fail "nothing is said about the tunnel"
answers tunneled
[[ $(echo 'SELECT * FROM nope' | sql tunneled || true) == *S0002* ]] || fail "an error through the tunnel"
n=$((n + 1))
LXDB_HOST=${listen%:*} LXDB_PORT=${listen##*:} "$here/../mysql/odbc/check.sh"
if [[ -n ${LXDB_PYTHON:-} ]]; then
	ODBCSYSINI=$dir/tunneled ODBCINI=$dir/tunneled/odbc.ini "$LXDB_PYTHON" "$here/samples.py" world >"$dir/samples.log" || fail "samples.py: $(<"$dir/samples.log")"
	grep -q 'denied: 42000 True' "$dir/samples.log" || fail "samples.py: $(<"$dir/samples.log")"
	n=$((n + 1))
fi
echo "ODBC by the guide's keys: $n checks passed"
