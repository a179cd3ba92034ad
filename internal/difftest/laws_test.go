package difftest_test

import (
	"crypto/tls"
	"flag"
	"fmt"
	"strings"
	"testing"

	"github.com/lxdb/lxdb/internal/difftest"
	"github.com/lxdb/lxdb/internal/lxtest"
)

var (
	lawSeed  = flag.Uint64("laws.seed", 1, "first seed of the laws' databases")
	lawWild  = flag.Bool("laws.wild", false, "all types and functions in the laws' statements")
	lawSeeds = flag.Int("laws.seeds", 3, "databases for each law")
)

// perSeed is how often a law is tried on one database.
const perSeed = 120

// lawServer is a server with a session for each of its databases.
type lawServer struct {
	*lxtest.Server
	t *testing.T
}

func (s *lawServer) session(database string) *difftest.Conn {
	s.t.Helper()
	c, err := difftest.Dial(difftest.Where{Network: "tcp", Address: s.Addr, TLS: &tls.Config{RootCAs: s.CA, ServerName: "localhost"},
		User: "root", Password: s.Root}, database)
	if err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(c.Close)
	return c
}

// must runs statements that cannot fail.
func (s *lawServer) must(c *difftest.Conn, statements ...string) {
	s.t.Helper()
	for _, text := range statements {
		r, err := c.Query(text)
		if err != nil {
			s.t.Fatalf("%s: %v", text, err)
		}
		if r.Number != 0 {
			s.t.Fatalf("%s: %d %s", text, r.Number, r.Message)
		}
	}
}

// fill makes the tables in a database of their own.
func (s *lawServer) fill(c *difftest.Conn, database string, tables []*difftest.Table, indexed bool) {
	s.t.Helper()
	s.must(c, "CREATE DATABASE "+database+" CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci", "USE "+database)
	for _, t := range tables {
		s.must(c, t.Create(indexed), t.Insert())
	}
}

// laws are what TestLaws holds the server to.
var laws = []struct {
	name string
	make func(g *difftest.Gen, plain string) *difftest.Law
}{
	{"NoREC", func(g *difftest.Gen, _ string) *difftest.Law { return g.NoREC() }},
	{"TLP", func(g *difftest.Gen, _ string) *difftest.Law { return g.TLP() }},
	{"PQS", func(g *difftest.Gen, _ string) *difftest.Law { return g.PQS() }},
	{"SecondPlan", (*difftest.Gen).SecondPlan},
}

// TestLaws holds the server to relations between its own answers. A statement
// that it refuses proves nothing; that most are answered is demanded as well.
func TestLaws(t *testing.T) {
	server := lxtest.Start(t)
	for _, law := range laws {
		t.Run(law.name, func(t *testing.T) {
			for i := range *lawSeeds {
				(&lawServer{server, t}).try(law.name, law.make, *lawSeed+uint64(i))
			}
		})
	}
}

// try makes a database and tells each statement that breaks the law in it.
func (s *lawServer) try(name string, make func(*difftest.Gen, string) *difftest.Law, seed uint64) {
	s.t.Helper()
	g := difftest.NewGen(seed)
	g.Tame = !*lawWild
	base := fmt.Sprintf("%s_%d", strings.ToLower(name), seed)
	plain := base + "_plain"
	if name == "PQS" {
		g.PivotTables(2, 20)
	} else {
		g.MakeTables(3, 12)
	}
	c := s.session("")
	s.fill(c, plain, g.Tables, false)
	s.fill(c, base, g.Tables, true)
	answered := 0
	for range perSeed {
		law := make(g, plain)
		fault, full, err := holds(c, base, law)
		if err != nil {
			fault, c = err.Error(), s.session("")
		}
		if full {
			answered++
		}
		if fault == "" {
			continue
		}
		s.t.Errorf("seed %d: %s\n%s", seed, fault, strings.Join(law.Statements, ";\n"))
	}
	if answered < perSeed/3 {
		s.t.Errorf("seed %d: %d of %d statements were answered", seed, answered, perSeed)
	}
}

// holds asks a law's statements. full says that all were answered; an error is
// the end of the connection.
func holds(c *difftest.Conn, database string, law *difftest.Law) (fault string, full bool, err error) {
	answers := []*difftest.Result{}
	for _, text := range append([]string{"USE " + database}, law.Statements...) {
		r, err := c.Query(text)
		if err != nil {
			return "", false, fmt.Errorf("%s: %w", text, err)
		}
		if r.Number != 0 {
			return "", false, nil
		}
		answers = append(answers, r)
	}
	return law.Broken(answers[1:]), true, nil
}
