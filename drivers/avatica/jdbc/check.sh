#!/usr/bin/env bash
# Runs Check.java with Avatica's JDBC driver in both serializations. Maven fetches the driver
# into the directory that the first argument names; ../../clients.sh sets LXDB_*.
set -euo pipefail
cd "$(dirname "$0")"
jars=$1

mkdir -p "$jars"
mvn -q -B dependency:copy -Dartifact=org.apache.calcite.avatica:avatica:1.25.0 -DoutputDirectory="$jars" -Dmdep.stripVersion=true >"$jars/mvn.log" ||
	{ cat "$jars/mvn.log"; exit 1; }

trust() { # trust PEM STORE
	rm -f "$2"
	keytool -importcert -noprompt -alias lxdb -file "$1" -keystore "$2" -storetype PKCS12 -storepass changeit 2>/dev/null
}
trust "$LXDB_CA" "$jars/ca.p12"
trust "$LXDB_OTHER_CA" "$jars/other.p12"
export LXDB_TRUST=$jars/ca.p12 LXDB_OTHER_TRUST=$jars/other.p12
run() { java "$@" -cp "$jars/avatica.jar" Check.java 2> >(grep -v SLF4J >&2); }

# The wall clock of a DATETIME is the same in every zone.
LXDB_SERIALIZATION=protobuf run -Duser.timezone=America/New_York
LXDB_SERIALIZATION=json run
