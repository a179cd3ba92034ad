package engine

import (
	"context"
	"errors"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/dolthub/go-mysql-server/sql"

	"github.com/lxdb/lxdb/catalog"
	"github.com/lxdb/lxdb/engine/dialect"
	"github.com/lxdb/lxdb/engine/sqlerr"
	ours "github.com/lxdb/lxdb/engine/statement"
	"github.com/lxdb/lxdb/security/access"
	"github.com/lxdb/lxdb/security/authn"
	"github.com/lxdb/lxdb/security/grant"
	"github.com/lxdb/lxdb/security/principal"
	"github.com/lxdb/lxdb/security/privilege"
)

// The worked example of CONTRIBUTING.md: a new kind of object with one privilege
// and one statement. The blocks of code there stand here word for word.

// feed is a source of data elsewhere.
type feed struct {
	ID       catalog.ID   `json:"id"`
	Database catalog.ID   `json:"database"`
	Name     string       `json:"name"`
	URL      string       `json:"url"`
	Owner    principal.ID `json:"owner"`
}

var feeds = catalog.NewKind(catalog.Descriptor[feed]{
	Record: 0x7E, Name: "feed", Grants: privilege.KindDataSource,
	Fields: func(f *feed) catalog.Fields {
		return catalog.Fields{ID: f.ID, Database: f.Database, Name: f.Name, Owner: &f.Owner}
	},
})

// createFeed makes a feed that its owner has every right on.
func createFeed(tx *catalog.Tx, f *feed) (err error) {
	if f.ID, err = tx.AllocID(); err != nil {
		return err
	}
	if err := feeds.Put(tx, f); err != nil {
		return err
	}
	return grant.Own(tx, f.ID)
}

// pingFeed is PING FEED database.name.
type pingFeed struct {
	dialect.Statement
	database, name string
}

var feedStatements = ours.NewTable(
	ours.Define(ours.Definition[*pingFeed]{
		Need:    ours.When("CONNECT on the feed", mayPing),
		Audit:   "feed.ping",
		Columns: []ours.Column{ours.Text("URL")},
		Run: func(c *ours.Call, n *pingFeed) ([]sql.Row, error) {
			return []sql.Row{{n.find(c.Snapshot()).URL}}, nil
		},
	}),
)

// mayPing has one answer for a feed that is not there and one that may not be
// used: who lacks the right does not learn which.
func mayPing(c *ours.Call, n *pingFeed) error {
	f := n.find(c.Snapshot())
	if f != nil && access.May(c.Actor(), access.In(privilege.KindDataSource, f.ID, f.Database), access.One(privilege.Connect), access.Enforce) {
		return nil
	}
	return sqlerr.TableAccessDenied.Errorf("CONNECT command denied to user '%s' for feed '%s'", c.Who().Name(), n.name)
}

func (n *pingFeed) find(s *catalog.Snapshot) *feed {
	if db := s.Database(n.database); db != nil {
		return feeds.Find(s, db.ID, catalog.FoldName(n.name))
	}
	return nil
}

func (n *pingFeed) Redacted() string { return "PING FEED " + n.database + "." + n.name }

// feedWorld is an engine on a directory, with the example's way to run its
// statement: the parser of real ones is in engine/dialect.
type feedWorld struct {
	*testDB
	dir string
}

func newFeedWorld(t *testing.T, dir string) *feedWorld {
	t.Helper()
	e, err := Open(context.Background(), Options{Dir: dir, Hash: authn.Params{MemoryKiB: 64, Time: 1, Threads: 1}})
	if err != nil {
		t.Fatal(err)
	}
	return &feedWorld{&testDB{t: t, engine: e, sessions: map[string]*Session{}}, dir}
}

func (w *feedWorld) close() {
	w.t.Helper()
	for _, s := range w.sessions {
		if err := s.Close(); err != nil {
			w.t.Error(err)
		}
	}
	if err := w.engine.Close(); err != nil {
		w.t.Error(err)
	}
}

func (w *feedWorld) change(change func(*catalog.Tx) error) {
	w.t.Helper()
	if err := w.engine.inst.Cat.Update(context.Background(), change); err != nil {
		w.t.Fatal(err)
	}
}

// connect grants or revokes CONNECT on a feed, as its owner.
func (w *feedWorld) connect(id catalog.ID, owner, grantee string, revoke bool) {
	w.t.Helper()
	w.change(func(tx *catalog.Tx) error {
		_, err := grant.Apply(tx, grant.Actor{ID: tx.Principal(owner).ID}, grant.Request{
			Revoke: revoke, Object: id, Kind: privilege.KindDataSource, Grantees: []principal.ID{tx.Principal(grantee).ID},
			Privileges: []grant.Privilege{{Name: "CONNECT", Atoms: privilege.Of(privilege.Connect)}},
		})
		return err
	})
}

// ping wants the feed's URL, or "" for a refusal.
func (w *feedWorld) ping(user, want string) {
	w.t.Helper()
	ctx := sql.NewContext(context.Background(), sql.WithSession(w.as(user).sql))
	rows, err := feedStatements.Node(&pingFeed{database: "ann", name: "Weather"}).RowIter(ctx, nil)
	if err != nil {
		if want != "" || sqlerr.From(err).Number != sqlerr.TableAccessDenied {
			w.t.Errorf("%s pings: %v", user, err)
		}
		return
	}
	row, err := rows.Next(ctx)
	if err != nil || want == "" || row[0] != want {
		w.t.Errorf("%s pings: %v, %v; want %q", user, row, err, want)
	}
}

func TestWorkedExample(t *testing.T) {
	const url = "https://weather.example/feed"
	w := newFeedWorld(t, t.TempDir())
	w.ok("root", "CREATE USER ann IDENTIFIED BY 'pw-ann', bob IDENTIFIED BY 'pw-bob', cid IDENTIFIED BY 'pw-cid'")
	f := &feed{Name: "weather", URL: url}
	w.change(func(tx *catalog.Tx) error {
		f.Database, f.Owner = tx.Database("ann").ID, tx.Principal("ann").ID
		return createFeed(tx, f)
	})
	err := w.engine.inst.Cat.Update(context.Background(), func(tx *catalog.Tx) error {
		return createFeed(tx, &feed{Name: "WEATHER", Database: f.Database, Owner: f.Owner})
	})
	if !errors.Is(err, catalog.ErrExists) {
		t.Errorf("a second feed of the name: %v", err)
	}

	// The privilege has effect, is listed, and is there after a restart.
	w.ping("ann", url)
	w.ping("bob", "")
	w.connect(f.ID, "ann", "bob", false)
	w.ping("bob", url)
	w.close()
	w = newFeedWorld(t, w.dir)
	defer func() { w.close() }()
	w.ping("bob", url)
	w.ping("cid", "")
	s := w.engine.inst.Cat.Snapshot()
	if lines := grant.Show(s, s.Principal("bob").ID); !slices.Contains(lines, "GRANT CONNECT ON DATA SOURCE `ann`.`weather` TO `bob`@`%`") {
		t.Errorf("SHOW GRANTS: %q", lines)
	}
	if list := s.Objects(f.Database); len(list) != 1 || list[0].Name != "weather" || list[0].What != "feed" {
		t.Errorf("listed: %+v", list)
	}

	// It keeps its owner from being dropped, and gets another one.
	if _, err := w.run("root", "DROP USER ann"); err == nil || !strings.Contains(err.Error(), "DATA SOURCE `ann`.`weather`") {
		t.Errorf("DROP USER: %v", err)
	}
	w.ok("root", "DROP USER ann REASSIGN OWNED TO cid")
	w.ping("cid", url)
	w.ping("bob", "") // what ann gave went with her
	w.connect(f.ID, "cid", "bob", false)
	w.ping("bob", url)
	w.connect(f.ID, "cid", "bob", true)
	w.ping("bob", "")

	// It goes with its database, and every grant on it as well.
	w.ok("root", "DROP DATABASE ann")
	w.ping("cid", "")
	if s := w.engine.inst.Cat.Snapshot(); feeds.ByID(s, f.ID) != nil || len(s.GrantsOn(f.ID)) != 0 {
		t.Error("something of the dropped feed is left")
	}
}

// TestWorkedExampleIsInTheDocument: what CONTRIBUTING.md shows is what runs here.
func TestWorkedExampleIsInTheDocument(t *testing.T) {
	document, err := os.ReadFile("../CONTRIBUTING.md")
	if err != nil {
		t.Fatal(err)
	}
	source, err := os.ReadFile("worked_example_test.go")
	if err != nil {
		t.Fatal(err)
	}
	blocks := strings.Split(string(document), "```go\n")[1:]
	if len(blocks) < 3 {
		t.Fatalf("%d blocks of Go", len(blocks))
	}
	for _, block := range blocks {
		code, _, closed := strings.Cut(block, "```")
		if !closed || !strings.Contains(string(source), code) {
			t.Errorf("this stands in no test:\n%s", code)
		}
	}
}
