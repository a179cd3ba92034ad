#!/usr/bin/env bash
# Runs Check.java with Avatica's JDBC driver in both serializations. Its jar is in the directory that the first argument
# names; ../../clients-https.sh sets LXDB_*.
set -euo pipefail
cd "$(dirname "$0")"
jars=$1

run() { java "$@" -cp "$jars/avatica.jar" Check.java 2> >(grep -v SLF4J >&2); }

# The wall clock of a DATETIME is the same in every zone.
LXDB_SERIALIZATION=protobuf run -Duser.timezone=America/New_York
LXDB_SERIALIZATION=json run
