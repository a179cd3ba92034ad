# Bare `make` prints the targets. Variables: GO, PKG, TIME, BENCH, N, SEED, ARGS.
.DEFAULT_GOAL := help
SHELL := bash
.SHELLFLAGS := -euo pipefail -c

GO    ?= go
PKG   ?= ./...
TIME  ?= 30s
BENCH ?= .
N     ?= 20000
SEED  ?= 0
ARGS  ?=

export CGO_ENABLED ?= 0

.PHONY: help
help: ## print this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-13s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

.PHONY: build
build: ## build the binary ./lxdb
	$(GO) build -trimpath -o lxdb ./cmd/lxdb

.PHONY: demo
demo: ## serve the world data set and show what is allowed and denied
	$(GO) run ./cmd/lxdb demo

.PHONY: check
check: fmt vet lint ## before each commit: format, vet, lint, short tests
	$(GO) test -short $(PKG)

.PHONY: fmt
fmt: ## list files that gofmt would change, and fail
	@out=$$(find . -name '*.go' -not -path './.*' -print0 | xargs -0 gofmt -l); \
	if [ -n "$$out" ]; then echo "run gofmt -w on:"; echo "$$out"; exit 1; fi

.PHONY: vet
vet: ## go vet, with the packages that ./... leaves out
	$(GO) vet ./... ./testdata/world github.com/dolthub/go-icu-regex github.com/lxdb/lxdb/drivers/go

.PHONY: lint
lint: ## the repository's own rules (internal/lint)
	$(GO) test -count=1 ./internal/lint

.PHONY: test
test: ## all tests
	$(GO) test $(PKG) github.com/dolthub/go-icu-regex github.com/lxdb/lxdb/drivers/go

.PHONY: race
race: ## short tests of the concurrent packages under the race detector (installs a C compiler where there is none)
	@command -v cc >/dev/null || { apt-get update -qq && apt-get install -y -qq gcc libc6-dev >/dev/null; }
	CGO_ENABLED=1 $(GO) test -short -race -timeout 20m ./storage/... ./catalog/... ./security/... ./engine/... ./frontend/... ./ldapd/... ./internal/instance

.PHONY: crash
crash: export LXDB_CRASH_ROUNDS ?= 50
crash: export LXDB_POWERCUT_ROUNDS ?= 60
crash: ## crash sweeps: power cuts at every write, kill -9 under load
	@out=$$(mktemp); trap 'rm -f "$$out"' EXIT; \
	$(GO) test -count=1 -v -run 'Crash|PowerCut|Kill' ./storage/... ./catalog/... ./internal/lxtest/... ./cmd/... 2>&1 | tee "$$out" | grep -Ev '^(=== |\? )' || true; \
	if grep -Eq '^(--- FAIL|FAIL|panic:)' "$$out"; then exit 1; fi; \
	grep -q '^--- PASS: ' "$$out" || { echo "no crash test ran"; exit 1; }

.PHONY: crash-rights
crash-rights: export LXDB_CRASH_ROUNDS ?= 100
crash-rights: export LXDB_CRASH_CHANGES ?= 2000
crash-rights: ## 100 times kill -9 after some 1,000 of grants, revokes, role and account changes each
	$(GO) test -count=1 -v -timeout 4h ./internal/lxtest -run '^TestCrashOfRights$$' | grep -Ev '^=== '

.PHONY: oracle
oracle: export LXDB_RIGHTS_CASES ?= 100000
oracle: ## 100,000 questions of who may do what, asked by five ways and of a model; lxdb can beside the statements
	$(GO) test -count=1 -v -timeout 30m ./engine -run '^TestOneTruth$$' | grep -Ev '^(=== |    --- PASS)'
	$(GO) test -count=1 ./cmd/lxdb -run '^TestScript/can$$'

.PHONY: visibility
visibility: ## each form of statement, in each place: what is hidden and what is missing are one to who may see neither
	LXDB_ALL_FORMS=1 $(GO) test -count=1 -v -timeout 60m ./engine -run '^TestMissingAndForbidden$$' | grep -Ev '^(=== |    --- PASS)'

.PHONY: cases
cases: ## testdata/sql whole, with the cases that do not pass yet: says which of them pass now
	LXDB_ALL_CASES=1 $(GO) test -count=1 ./internal/lxtest -run '^TestSQL$$'

.PHONY: diff
diff: ## N=20000 generated statements against a MariaDB beside lxdb; SEED repeats a run (installs MariaDB)
	@command -v mariadbd >/dev/null || { apt-get update -qq && apt-get install -y -qq mariadb-server >/dev/null; }
	@d=$$(mktemp -d); trap 'rm -rf "$$d"' EXIT; $(GO) build -o "$$d/beside" ./internal/difftest/beside; "$$d/beside" diff -n $(N) -seed $(SEED)

.PHONY: programs
programs: ## N=20000 generated stored programs against a MariaDB beside lxdb; SEED repeats a run; in a TMPDIR in memory it takes a third of the time (installs MariaDB)
	@command -v mariadbd >/dev/null || { apt-get update -qq && apt-get install -y -qq mariadb-server >/dev/null; }
	@d=$$(mktemp -d); trap 'rm -rf "$$d"' EXIT; $(GO) build -o "$$d/beside" ./internal/difftest/beside; "$$d/beside" programs -n $(N) -seed $(SEED)

.PHONY: peers
peers: ## the test files of MariaDB's package: the share of each that lxdb answers alike (installs MariaDB)
	@command -v mariadb-test >/dev/null || { apt-get update -qq && apt-get install -y -qq mariadb-server mariadb-test >/dev/null; }
	@d=$$(mktemp -d); trap 'rm -rf "$$d"' EXIT; $(GO) build -o "$$d/beside" ./internal/difftest/beside; "$$d/beside" peers

.PHONY: dead
dead: ## functions that neither the binary nor an embedder reaches; internal/lint/dead.txt lists those that may be
	@out=$$(mktemp); trap 'rm -f "$$out"' EXIT; $(GO) tool deadcode ./cmd/lxdb | sed -E 's/:[0-9]+:[0-9]+: unreachable func: / /' | sort >"$$out"; \
	LC_ALL=C; if ! diff <(grep -v '^#' internal/lint/dead.txt | grep . | sort) "$$out"; then \
		echo "< is in internal/lint/dead.txt and can be reached now: take it out. > is dead: delete it, or use it"; exit 1; fi

.PHONY: bench
bench: ## benchmarks; BENCH=regexp picks some
	@for p in $$(grep -rl --include='*_test.go' '^func Benchmark' . | xargs -n1 dirname | sort -u); do \
		$(GO) test -run '^$$' -bench '$(BENCH)' -benchmem "$$p"; done

.PHONY: baseline
baseline: ## sysbench and queries over big tables beside MariaDB, written to bench/baseline/latest.md; ARGS='-seconds 2 -threads 4' (installs both)
	@command -v sysbench >/dev/null && command -v mariadbd >/dev/null && command -v openssl >/dev/null || \
		{ apt-get update -qq && apt-get install -y -qq sysbench mariadb-server openssl >/dev/null; }
	@d=$$(mktemp -d); trap 'rm -rf "$$d"' EXIT; $(GO) build -o "$$d/baseline" ./bench/baseline; "$$d/baseline" $(ARGS)

.PHONY: fuzz
fuzz: ## every fuzz target in turn; TIME=30s for each
	@n=0; while read -r file name; do n=$$((n+1)); echo "$$name in $$(dirname "$$file")"; \
		(cd "$$(dirname "$$file")" && $(GO) test -run '^$$' -fuzz "^$$name\$$" -fuzztime $(TIME) .) </dev/null; \
	done < <(grep -ro --include='*_test.go' '^func Fuzz[A-Za-z0-9_]*' . | sed 's/:func / /' | sort); \
	test $$n -gt 0

.PHONY: golden
golden: ## rewrite the data-driven files of PKG=./dir, then show what changed
	@test '$(PKG)' != ./... || { echo "say which package: make golden PKG=./security/grant"; exit 2; }
	$(GO) test $(PKG) -rewrite
	git diff --stat

.PHONY: world
world: ## rebuild testdata/world from Debian's iso-codes and tzdata
	python3 testdata/world/build.py
	$(GO) test ./internal/worldtest

.PHONY: clients
clients: ## mariadb, PyMySQL, Go's driver, ODBC, JDBC and mysql2 against a real server (installs what it needs)
	drivers/clients.sh

.PHONY: clients-https
clients-https: ## Avatica, phoenixdb, our drivers, PlanetScale's, curl and ODBC over HTTPS, and the conformance cases (installs what it needs)
	drivers/clients-https.sh

.PHONY: conformance
conformance: ## the conformance cases with every client; writes the matrix of drivers/README.md
	drivers/clients-https.sh conformance

.PHONY: ldap
ldap: ## OpenLDAP's tools and Python's LDAP modules against our directory, and our client against slapd (installs what it needs)
	drivers/ldap.sh
	drivers/slapd.sh

.PHONY: ci
ci: ## what CI runs
	.ci/run
