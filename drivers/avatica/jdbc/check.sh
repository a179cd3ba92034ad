#!/usr/bin/env bash
# Runs Check.java with Avatica's JDBC driver in both serializations, with the oldest version that we support and with a
# new one. Their jars are in the directory that the first argument names, and in newest below it; ../../clients-https.sh
# sets LXDB_*.
set -euo pipefail
cd "$(dirname "$0")"
jars=$1

run() { # run CLASSPATH OPTION…
	java "${@:2}" -cp "$1" Check.java 2> >(grep -v SLF4J >&2)
}
newest=$jars/newest/avatica.jar:$jars/newest/slf4j-api.jar

# The wall clock of a DATETIME is the same in every zone.
LXDB_SERIALIZATION=protobuf run "$jars/avatica.jar" -Duser.timezone=America/New_York
LXDB_SERIALIZATION=json run "$jars/avatica.jar"
LXDB_SERIALIZATION=protobuf run "$newest"
LXDB_SERIALIZATION=json run "$newest" -Duser.timezone=Asia/Kathmandu
