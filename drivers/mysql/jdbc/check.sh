#!/usr/bin/env bash
# Runs Check.java with MySQL's and MariaDB's JDBC drivers, which Maven fetches into
# the directory that the first argument names; ../../clients.sh sets LXDB_*.
set -euo pipefail
cd "$(dirname "$0")"
jars=$1

mkdir -p "$jars"
for artifact in com.mysql:mysql-connector-j:9.1.0 org.mariadb.jdbc:mariadb-java-client:3.5.1; do
	mvn -q -B dependency:copy -Dartifact="$artifact" -DoutputDirectory="$jars" -Dmdep.stripVersion=true >"$jars/mvn.log" ||
		{ cat "$jars/mvn.log"; exit 1; }
done

# Java wants certificate authorities in a key store. The password guards nothing: they are public.
trust() { # trust PEM STORE
	keytool -importcert -noprompt -alias lxdb -file "$1" -keystore "$2" -storetype PKCS12 -storepass changeit 2>/dev/null
}
trust "$LXDB_CA" "$jars/ca.p12"
trust "$LXDB_OTHER_CA" "$jars/other.p12"
export LXDB_TRUST=$jars/ca.p12 LXDB_OTHER_TRUST=$jars/other.p12

LXDB_JDBC=mysql java -cp "$jars/mysql-connector-j.jar" Check.java
LXDB_JDBC=mariadb java -Dmariadb.logging.disable=true -cp "$jars/mariadb-java-client.jar" Check.java
