#!/usr/bin/env bash
# Runs the tests of external LDAP against a real OpenLDAP server: logins, nested and
# cyclic groups, certificates, failover, limits, a restart. The tests start slapd on a
# temporary directory and end it. What is missing is installed; the package's own
# service is left without a configuration.
set -euo pipefail
cd "$(dirname "$0")/.."
exec </dev/null

fail() {
	echo "slapd: $*" >&2
	exit 1
}

if ! PATH=$PATH:/usr/sbin command -v slapd >/dev/null; then
	sudo=
	((EUID == 0)) || sudo=sudo
	echo 'slapd slapd/no_configuration boolean true' | $sudo debconf-set-selections || fail "debconf is needed to install slapd"
	$sudo apt-get update -qq && DEBIAN_FRONTEND=noninteractive $sudo apt-get install -y -qq --no-install-recommends slapd ||
		fail "cannot install slapd"
fi

# Only packages that have such tests, or go would say "no tests to run" and pass.
packages=$(grep -rl --include='*_test.go' '^func TestSlapd' . | xargs -n1 dirname | sort -u)
[[ -n $packages ]] || fail "no tests"
# shellcheck disable=SC2086 # one argument for each package
LXDB_NEED_SLAPD=1 go test -count=1 -run '^TestSlapd' $packages
