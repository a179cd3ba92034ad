package lint

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

// layerRules is the import order of the repository. "a < b" means that b may
// import a, and whatever a may. A chain a < b < c is two rules. A package that
// stands in no rule is an error: say where it belongs first.
//
// The order follows the two paths of ARCHITECTURE.md. Do not add an edge to make
// a build pass: it is there to be discussed.
const layerRules = `
# Leaves: names and contracts that everyone shares. They import nothing of ours.
NONE < storage/kivi/kv, security/principal, security/privilege, security/keyfile, engine/lex, engine/variable;
engine/lex, engine/sqlerr < internal/may < cmd/lxdb; # how a server is asked whether somebody may; the engine's tests ask so, too
NONE < engine/sqlerr; # MySQL's numbers: front ends and the engine make errors from them
NONE < security/ldapclient; # asks a directory elsewhere; who calls it turns names into accounts
NONE < console, testdata/world, internal/lint, internal/icuregextest, internal/worldtest;
NONE < internal/netserve; # sockets, no protocol
NONE < internal/steady < engine; # a clock that does not go back
NONE < drivers/mysql/go; # samples see what an application sees
NONE < drivers/go < cmd/lxdb, drivers/conformance/go; # a driver of ours, which the shell is built on

security/privilege < engine/dialect; # the words of the one table of kinds

# The data path, from the bytes on disk upwards.
storage/kivi/kv < storage/kivi/codec, storage/kivi/conform;
storage/kivi/kv < storage/kivi/embed/locks, storage/kivi/embed/membuf < storage/kivi/embed;
storage/kivi/kv < storage/kivi/tikv, storage/kivi/etcd;
storage/kivi/codec, storage/kivi/embed < storage/kivi;
storage/kivi/codec < storage/vector;
storage/kivi, security/principal, security/privilege < catalog;
catalog, storage/vector < storage/relation; # rows and the policies on them; the engine's types stay above

# The permission path: grant, certificate, bucket, decision.
security/keyfile < security/tlsconf;
catalog < security/grant;
catalog, security/keyfile < security/cert;
security/cert < security/bucket;
catalog < security/access; # the one answer to "may he?"; it asks the bucket through an interface
catalog < security/role, security/rowpolicy, security/mask;
security/principal, security/privilege, security/keyfile < security/audit;
security/audit, security/access, security/authn < security/witness < security/accounts; # what the audit log is told
catalog < security/authn;
security/grant, security/authn, security/access < security/accounts;

security/authn, security/ldapclient < security/directory; # a company's LDAP servers instead of our own

# The engine brings both together.
engine/lex < engine/hint < engine/grammar; # what the planner is asked for travels in comments
engine/lex < engine/dialect, engine/grammar; engine/sqlerr, engine/value < engine/grammar; # every text goes through lex first
security/principal, engine/sqlerr < engine/session;
engine/grammar < engine/table;
engine/session < engine/table; # compiled reads decode straight into session.Value, a leaf's type
storage/relation, security/bucket, security/rowpolicy, security/mask < engine/table;
NONE < engine/process < engine;
engine/sqlerr < engine/wording < engine; # tables and columns of errors, as the statement writes them
engine/dialect, engine/sqlerr, engine/value < engine/clause < engine; # value lists the collations that there are
engine/session, engine/dialect, engine/variable, engine/table < engine;
storage/vector, engine/sqlerr < engine/value < engine/expr; # evaluation: it knows no sessions and no plans
engine/expr < engine/expr/codes, engine/expr/dates, engine/expr/documents, engine/expr/markup, engine/expr/patterns, engine/expr/spatial < engine/expr/functions; # families of functions, and the one table of them all
NONE < engine/libm < engine/expr;
security/accounts, security/witness < engine;
security/audit < engine/statement, engine/state;

engine/dialect, engine/sqlerr, security/accounts, security/grant < engine/statement < engine;
engine/session, engine/table < engine/plan;
engine/expr/functions < engine/plan;
NONE < engine/exec/cores < engine/exec; # how many processors are idle
engine/expr < engine/exec < engine/exec/change < engine/table; # operators over sources of rows; tables are one
engine/plan < engine/load < engine; # what LOAD DATA is
engine/plan < engine/explain < engine; # operators, as EXPLAIN shows them
engine/plan < engine/query < engine; # what a converted query needs of its session and gives to its client

engine/lex, engine/value < engine/program < engine/routine; # the language of stored programs; it knows no sessions
# The rooms of a statement: what a session is, its programs, the questions, what is found by name.
NONE < engine/userlock < engine/state;
engine/grammar, engine/clause, engine/variable, engine/table, security/access, security/accounts < engine/state; # who may act as somebody else is a question of accounts
catalog, engine/clause, engine/grammar < engine/newtable < engine; # what CREATE TABLE … SELECT makes
catalog, engine/value < engine/schedule < engine/objects; # when events run; it knows no sessions
engine/state < engine/routine < engine/access < engine/objects < engine;
engine/access < engine/compiled < engine;
engine/statement, engine/plan < engine/access;
engine/sqlerr, security/access < engine/numbers < engine/statement, engine/objects; # which sequence a name means, and who may
engine/numbers < engine/access;

# Front ends know sessions and logins, never the engine behind them.
engine/session, security/authn, security/principal, security/tlsconf, internal/netserve < frontend/mysql, frontend/https;
engine/session < frontend/sqltext < frontend/mysql, frontend/https; # values as MySQL shows them
frontend/sqltext < frontend/https/avatica < frontend/https; # a protocol's messages, without a connection
console < frontend/https;
storage/kivi, security/bucket < frontend/kivi;

# The directory reads snapshots; it meets the rest through small interfaces of its own.
catalog, internal/netserve < ldapd;

# Whole servers.
engine, frontend/mysql, frontend/https, frontend/kivi, ldapd, security/tlsconf, security/directory < internal/instance;
internal/instance, testdata/world < internal/lxtest;
engine/sqlerr < internal/difftest < internal/difftest/beside; # it speaks the protocol to servers, ours and others
internal/instance, testdata/world < bench < cmd/lxdb;
engine/sqlerr < bench/baseline; # it starts servers, ours and others, and knows them by their protocol alone
`

// layerOf is the name under which a package stands in the rules. What is below
// cmd/lxdb is one layer with it: parts of one program.
func layerOf(name string) string {
	if under(name, "cmd/lxdb") {
		return "cmd/lxdb"
	}
	return name
}

// never are edges that must not exist even indirectly, with the reason.
var never = []struct{ from, to, why string }{
	{"ldapd", "security/authn", "they meet at authn.Directory, so that an outside directory can take its place; declare a small interface in ldapd"},
	{"security", "ldapd", "login asks a Directory; which one is wired in cmd/lxdb"},
	{"security", "engine", "a decision must not depend on SQL; pass ids and atoms"},
	{"storage/kivi", "security", "kivi asks through kivi.Guard, which it declares itself"},
	{"storage/kivi", "catalog", "the catalog is stored in kivi; kivi knows data ids only"},
	{"storage", "engine", "the store knows tables, rows and guards, not SQL"},
	{"storage/relation", "security/bucket", "rights are a kivi.Guard; which principal's is the caller's business"},
	{"catalog", "engine", "records hold SQL text; only the engine reads it as SQL"},
	{"frontend/mysql", "catalog", "a front end holds no catalog knowledge; ask engine.Session"},
	{"frontend/mysql", "storage", "a front end reaches data through engine.Session only, because the checks are behind it"},
	{"frontend/https", "storage", "a front end reaches data through engine.Session only, because the checks are behind it"},
	{"engine", "frontend", "the engine holds no wire knowledge"},
}

// direct says what "never" leaves to a direct look: these front ends see
// the catalog below security/authn, which is no fault of theirs.
var direct = map[string]bool{"frontend/mysql": true, "frontend/https": true}

func TestLayers(t *testing.T) {
	order, err := parseLayers(layerRules)
	if err != nil {
		t.Fatal(err)
	}
	report(t, checkLayers(order, mustPackages(t)))
	report(t, checkNever(mustPackages(t)))
}

// parseLayers returns, for each package, every package that it may import.
func parseLayers(rules string) (map[string]map[string]bool, error) {
	var text strings.Builder
	for line := range strings.Lines(rules) {
		line, _, _ = strings.Cut(line, "#")
		text.WriteString(line)
	}
	below := map[string]map[string]bool{}
	for rule := range strings.SplitSeq(text.String(), ";") {
		if strings.TrimSpace(rule) == "" {
			continue
		}
		groups := strings.Split(rule, "<")
		if len(groups) < 2 {
			return nil, fmt.Errorf("layer rule without <: %q", rule)
		}
		for i := 1; i < len(groups); i++ {
			for _, upper := range names(groups[i]) {
				if below[upper] == nil {
					below[upper] = map[string]bool{}
				}
				for _, lower := range names(groups[i-1]) {
					if lower != "NONE" {
						below[upper][lower] = true
					}
				}
			}
		}
	}
	return closure(below)
}

// closure makes the order transitive and refuses a cycle.
func closure(below map[string]map[string]bool) (map[string]map[string]bool, error) {
	for changed := true; changed; {
		changed = false
		for upper, lowers := range below {
			for lower := range lowers {
				if _, known := below[lower]; !known {
					return nil, fmt.Errorf("layer rules: %s may import %s, which stands on the right of no rule", upper, lower)
				}
				for next := range below[lower] {
					if next == upper {
						return nil, fmt.Errorf("layer rules: %s and %s are below each other", upper, lower)
					}
					if !lowers[next] {
						lowers[next], changed = true, true
					}
				}
			}
		}
	}
	return below, nil
}

func names(list string) []string {
	var out []string
	for name := range strings.SplitSeq(list, ",") {
		out = append(out, strings.TrimSpace(name))
	}
	return out
}

func checkLayers(order map[string]map[string]bool, pkgs []*pkg) (findings []string) {
	for _, p := range pkgs {
		layer := layerOf(p.name())
		may, known := order[layer]
		if !known {
			findings = append(findings, fmt.Sprintf(
				"%s stands in no layer: add it to layerRules in internal/lint/layers_test.go, as low as it can go", p.name()))
			continue
		}
		for _, imp := range p.Imports {
			if q := inside(imp); q != "" && !may[layerOf(q)] && layerOf(q) != layer {
				findings = append(findings, fmt.Sprintf(
					"%s must not import %s: the order in internal/lint/layers_test.go has no such edge.\n"+
						"\tDeclare the one or two methods you need as an interface in %s, or move the shared type to a leaf.",
					p.name(), q, p.name()))
			}
		}
	}
	return findings
}

// checkNever follows imports to the end, so that a detour is found as well.
func checkNever(pkgs []*pkg) (findings []string) {
	imports := map[string][]string{}
	for _, p := range pkgs {
		for _, imp := range p.Imports {
			if q := inside(imp); q != "" {
				imports[p.name()] = append(imports[p.name()], q)
			}
		}
	}
	for _, p := range pkgs {
		for _, rule := range never {
			if !under(p.name(), rule.from) {
				continue
			}
			if way := wayTo(imports, p.name(), rule.to, rule.from, direct[rule.from]); way != nil {
				findings = append(findings, fmt.Sprintf("%s must not reach %s (%s): %s",
					p.name(), rule.to, strings.Join(way, " -> "), rule.why))
			}
		}
	}
	return findings
}

// wayTo finds imports that lead from a package to one under target. Packages
// under home belong to the rule's own side and are reported for themselves.
func wayTo(imports map[string][]string, from, target, home string, directOnly bool) []string {
	seen := map[string]bool{from: true}
	queue := [][]string{{from}}
	for len(queue) > 0 {
		way := queue[0]
		queue = queue[1:]
		for _, next := range imports[way[len(way)-1]] {
			longer := append(slices.Clone(way), next)
			if under(next, target) && !under(next, home) {
				return longer
			}
			if !seen[next] && !directOnly {
				seen[next] = true
				queue = append(queue, longer)
			}
		}
	}
	return nil
}
