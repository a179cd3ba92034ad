package lint

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

// fence keeps a package of others in the places that are made for it.
type fence struct {
	path      string   // import path, with everything below it
	where     []string // directories whose code may import it
	testWhere []string // directories whose tests may too; "*" is every test
	why       string
}

var fences = []fence{
	{"github.com/dolthub/go-mysql-server", []string{"engine"}, []string{"engine", "internal"},
		"it is pinned and has faults that engine works around (ADR 0001); use engine/session, or ask engine for what is missing"},
	{"github.com/dolthub/vitess", []string{"engine"}, []string{"engine", "internal"},
		"its parser belongs to the SQL engine (ADR 0001); security statements are read by engine/dialect, which does without it"},
	{"github.com/cockroachdb/pebble", []string{"storage/kivi/embed"}, []string{"storage/kivi/embed"},
		"every engine is reached through storage/kivi/kv (ADR 0002); put what you need into that interface"},
	{"github.com/tikv", []string{"storage/kivi/tikv"}, nil, "every engine is reached through storage/kivi/kv"},
	{"go.etcd.io", []string{"storage/kivi/etcd"}, nil, "every engine is reached through storage/kivi/kv"},
	{"github.com/go-sql-driver/mysql", []string{"cmd/lxdb", "internal/lxtest", "bench", "drivers"}, []string{"*"},
		"it is a client: the server speaks the protocol by frontend/mysql alone"},
	{"github.com/dlclark/regexp2", nil, nil,
		"internal/icuregex sets its time limit; use package regexp, which needs none"},
	{"github.com/go-ldap/ldap", []string{"security/ldapclient", "cmd/lxdb/internal/ldapconn"}, []string{"ldapd", "internal/instance", "bench"},
		"it is the client of directories elsewhere (ADR 0012); ask security/ldapclient, or ldapconn at the command line. The bundled directory speaks LDAP by itself"},
	{"github.com/go-asn1-ber/asn1-ber", []string{"security/ldapclient"}, nil,
		"it takes many times the memory of what it decodes, and its limits are set in security/ldapclient alone (ADR 0012)"},
	{"github.com/spf13/cobra", []string{"cmd/lxdb"}, nil,
		"packages take Options; flags are read in one place"},
	{"google.golang.org/protobuf", []string{"frontend/https/avatica"}, []string{"frontend/https", "internal/lxtest", "bench"},
		"messages are read and written field by field, by encoding/protowire alone: no generated code, no reflection"},
	{"github.com/prometheus/client_golang", []string{"frontend/https"}, []string{"frontend/https"},
		"what is measured is told by one page; a package counts for itself and is asked"},
	{"golang.org/x/crypto/argon2", []string{"security/authn"}, []string{"security/authn"},
		"passwords are hashed in one place; ask security/authn"},
	{"crypto/tls", []string{"security/tlsconf", "security/authn", "security/ldapclient", "frontend", "cmd/lxdb", "internal/lxtest", "internal/difftest", "bench", "ldapd", "drivers"}, []string{"*"},
		"TLS settings have one owner, security/tlsconf; take a *tls.Config as an option"},
	{"crypto/x509", []string{"security/tlsconf", "security/cert", "security/authn", "security/keyfile", "security/ldapclient", "frontend", "cmd/lxdb", "internal/lxtest", "internal/difftest", "drivers"}, []string{"*"},
		"certificates are made by security/tlsconf and security/cert"},
	{"math/rand", []string{"internal", "bench"}, []string{"*"},
		"what it makes can be guessed; use crypto/rand, or math/rand/v2 where guessing does no harm"},
	{"math/rand/v2", []string{"storage", "engine", "internal", "bench", "cmd/lxdb"}, []string{"*"},
		"security and the front ends must not use numbers that can be guessed; use crypto/rand"},
	{"net/http/pprof", []string{"cmd/lxdb"}, nil, "it registers handlers on a global mux, without a login"},
	{"unsafe", nil, nil, "a wrong length would read another session's memory; there is no measured need"},
	{"C", nil, nil, "CGO_ENABLED=0 must build and pass (ADR 0010)"},
}

func TestFences(t *testing.T) { report(t, checkFences(fences, mustPackages(t))) }

func checkFences(fences []fence, pkgs []*pkg) (findings []string) {
	for _, p := range pkgs {
		for _, imp := range p.Imports {
			if f := fenceOf(fences, imp); f != nil && !under(p.name(), f.where...) {
				findings = append(findings, fmt.Sprintf("%s must not import %s: %s.\n\tIt is for: %s",
					p.name(), imp, f.why, orNobody(f.where)))
			}
		}
		for _, imp := range append(p.TestImports, p.XTestImports...) {
			f := fenceOf(fences, imp)
			if f == nil || under(p.name(), f.where...) || under(p.name(), f.testWhere...) || strings.Join(f.testWhere, "") == "*" {
				continue
			}
			findings = append(findings, fmt.Sprintf("tests of %s must not import %s: %s.\n\tIt is for: %s; tests in: %s",
				p.name(), imp, f.why, orNobody(f.where), orNobody(f.testWhere)))
		}
	}
	return findings
}

// TestEvaluationStandsAlone: what is computed must not be what the SQL library
// computes, and needs none of its types.
func TestEvaluationStandsAlone(t *testing.T) { report(t, checkEvaluation(mustPackages(t))) }

// ownRegex is internal/icuregex: go.mod replaces the module of that name by it, which
// TestPinned watches over.
const ownRegex = "github.com/dolthub/go-icu-regex"

func checkEvaluation(pkgs []*pkg) (findings []string) {
	for _, p := range pkgs {
		if !under(p.name(), "engine/value", "engine/expr", "engine/exec") {
			continue
		}
		for _, imp := range slices.Concat(p.Imports, p.TestImports, p.XTestImports) {
			if under(imp, "github.com/dolthub") && imp != ownRegex {
				findings = append(findings, fmt.Sprintf("%s must not import %s: engine/plan converts what the library planned", p.name(), imp))
			}
		}
	}
	return findings
}

// fenceOf finds the fence with the longest path around an import.
func fenceOf(fences []fence, imp string) (best *fence) {
	for i, f := range fences {
		if under(imp, f.path) && (best == nil || len(f.path) > len(best.path)) {
			best = &fences[i]
		}
	}
	return best
}

func orNobody(dirs []string) string {
	if len(dirs) == 0 {
		return "nobody"
	}
	return strings.Join(dirs, ", ")
}

// TestPinned holds the versions that other modules would silently raise.
func TestPinned(t *testing.T) {
	for modulePath, version := range map[string]string{
		"github.com/dolthub/go-mysql-server": "v0.20.0", // ADR 0001: faults are worked around version by version
		"github.com/prometheus/common":       "v0.67.5", // ADR 0009: 0.68 needs a module that cannot be had
	} {
		if !strings.Contains(readFile(t, "go.mod"), modulePath+" "+version) {
			t.Errorf("go.mod must require %s at %s exactly; read docs/adr before raising it", modulePath, version)
		}
	}
	if !strings.Contains(readFile(t, "go.mod"), "github.com/dolthub/go-icu-regex => ./internal/icuregex") {
		t.Error("go.mod must replace go-icu-regex by internal/icuregex: the original costs 0.75 s and 21 MB at every start (ADR 0008)")
	}
}
