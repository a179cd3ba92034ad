#!/usr/bin/env bash
# Runs Check.java with MySQL's and MariaDB's JDBC drivers, whose jars are in the directory that the first argument names;
# ../../clients.sh sets LXDB_*.
set -euo pipefail
cd "$(dirname "$0")"
jars=$1

# Java wants certificate authorities in a key store. The password guards nothing: they are public.
stores=$(mktemp -d)
trap 'rm -rf "$stores"' EXIT
trust() { # trust PEM STORE
	keytool -importcert -noprompt -alias lxdb -file "$1" -keystore "$2" -storetype PKCS12 -storepass changeit 2>/dev/null
}
trust "$LXDB_CA" "$stores/ca.p12"
trust "$LXDB_OTHER_CA" "$stores/other.p12"
export LXDB_TRUST=$stores/ca.p12 LXDB_OTHER_TRUST=$stores/other.p12

LXDB_JDBC=mysql java -cp "$jars/mysql-connector-j.jar" Check.java
LXDB_JDBC=mariadb java -Dmariadb.logging.disable=true -cp "$jars/mariadb-java-client.jar" Check.java
