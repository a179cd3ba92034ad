#!/usr/bin/env bash
# Runs the tests of external LDAP against a real OpenLDAP server: logins, nested and
# cyclic groups, certificates, failover, limits, a restart. The tests start slapd on a
# temporary directory and end it. Then MySQL's clients log in as a user of it. What is
# missing is installed; the package's own service is left without a configuration.
set -euo pipefail
cd "$(dirname "$0")/.."
exec </dev/null

fail() {
	echo "slapd: $*" >&2
	exit 1
}

# shellcheck source=drivers/company.sh
source drivers/company.sh
company_install || fail "cannot install slapd"

# Only packages that have such tests, or go would say "no tests to run" and pass.
packages=$(grep -rl --include='*_test.go' '^func TestSlapd' . | xargs -n1 dirname | sort -u)
[[ -n $packages ]] || fail "no tests"
# shellcheck disable=SC2086 # one argument for each package
LXDB_NEED_SLAPD=1 go test -count=1 -run '^TestSlapd' $packages

# MySQL's clients, as a user whom slapd knows.
drivers/clients.sh slapd
drivers/clients-https.sh slapd
