package statement

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/dolthub/go-mysql-server/sql"

	"github.com/lxdb/lxdb/engine/dialect"
	"github.com/lxdb/lxdb/engine/sqlerr"
	"github.com/lxdb/lxdb/security/access"
	"github.com/lxdb/lxdb/security/privilege"
)

// A declaration that forgets what would protect it keeps the program from starting.
func TestDefineRefusesHalfADeclaration(t *testing.T) {
	run := func(*Call, *dialect.ShowUsers) ([]sql.Row, error) { return nil, nil }
	for name, d := range map[string]Definition[*dialect.ShowUsers]{
		"Need":      {Audit: "x", Run: run},
		"audit log": {Need: Anyone("test"), Run: run},
		"Run":       {Need: Anyone("test"), Audit: "x"},
	} {
		if text := panics(func() { Define(d) }); !strings.Contains(text, name) {
			t.Errorf("without %s: %q", name, text)
		}
	}
	whole := Define(Definition[*dialect.ShowUsers]{Need: Anyone("test"), Audit: "x", Run: run})
	if text := panics(func() { NewTable(whole, whole) }); !strings.Contains(text, "twice") {
		t.Errorf("declared twice: %q", text)
	}
}

func panics(f func()) (text string) {
	defer func() { text, _ = recover().(string) }()
	f()
	return ""
}

// session is a session of somebody who may do nothing.
type session struct {
	*sql.BaseSession
	Host    // what no statement of these tests asks for
	refuses error
	told    []Event
}

func (s *session) Actor() access.Actor           { return access.Actor{} }
func (s *session) AdmitsStatements() error       { return s.refuses }
func (s *session) AuditStatement(ev Event) error { s.told = append(s.told, ev); return nil }
func (s *session) context() *sql.Context {
	return sql.NewContext(context.Background(), sql.WithSession(s))
}
func (s *session) iter(n *Node) error       { _, err := n.RowIter(s.context(), nil); return err }
func number(err error) (number sqlerr.Code) { return sqlerr.From(err).Number }

func TestNeedIsAskedBeforeRun(t *testing.T) {
	ran := 0
	run := func(*Call, *dialect.ShowUsers) ([]sql.Row, error) { ran++; return nil, nil }
	table := func(n Need) *Node {
		return NewTable(Define(Definition[*dialect.ShowUsers]{Need: n, Audit: "user.list", Run: run})).Node(&dialect.ShowUsers{})
	}
	refused := errors.New("no")
	for name, c := range map[string]struct {
		need Need
		want error
	}{
		"system privilege": {SystemPrivilege(privilege.UserAdmin), sqlerr.DeniedSystem("USER ADMIN")},
		"function":         {When("test", func(*Call, *dialect.ShowUsers) error { return refused }), refused},
		"another type's":   {When("test", func(*Call, *dialect.ShowGroups) error { return nil }), sqlerr.DeniedSystem("SYSTEM ADMIN")},
	} {
		s := &session{BaseSession: sql.NewBaseSession()}
		err := s.iter(table(c.need))
		if err == nil || err.Error() != c.want.Error() || ran != 0 {
			t.Errorf("%s: %v, ran %d times", name, err, ran)
		}
		if len(s.told) != 1 || s.told[0].Err != err || s.told[0].Name != "user.list" || s.told[0].Text != "SHOW USERS" {
			t.Errorf("%s: audited %v", name, s.told)
		}
	}
	s := &session{BaseSession: sql.NewBaseSession(), refuses: refused}
	if err := s.iter(table(Anyone("test"))); !errors.Is(err, refused) || ran != 0 {
		t.Errorf("in a session that admits none: %v, ran %d times", err, ran)
	}
	s.refuses = nil
	if err := s.iter(table(Anyone("test"))); err != nil || ran != 1 || len(s.told) != 2 || s.told[1].Err != nil {
		t.Errorf("everyone: %v, ran %d times, audited %v", err, ran, s.told)
	}
}

func TestUndeclaredStatementIsRefused(t *testing.T) {
	s := &session{BaseSession: sql.NewBaseSession()}
	if err := s.iter(NewTable().Node(&dialect.ShowUsers{})); number(err) != sqlerr.NotSupportedYet {
		t.Errorf("got %v", err)
	}
}

// One statement may commit and return rows with typed columns.
func TestStatementThatChangesAndReturns(t *testing.T) {
	n := NewTable(Define(Definition[*dialect.ShowUsers]{
		Need: Anyone("test"), Audit: "x", Commits: true, Columns: []Column{Text("made"), YesNo("new")},
		Run: func(*Call, *dialect.ShowUsers) ([]sql.Row, error) { return []sql.Row{{"a", "YES"}, {"b", "NO"}}, nil },
	})).Node(&dialect.ShowUsers{})
	s := &session{BaseSession: sql.NewBaseSession()}
	iter, err := n.RowIter(s.context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	rows, err := sql.RowIterToRows(s.context(), iter)
	if err != nil || len(rows) != 2 || rows[1][0] != "b" {
		t.Errorf("rows %v, error %v", rows, err)
	}
	if sch := n.Schema(); !n.Commits() || n.IsReadOnly() || len(sch) != 2 || !sch[0].Nullable || sch[1].Nullable || sch[1].Name != "new" {
		t.Errorf("commits %v, schema %v", n.Commits(), n.Schema())
	}
	if found, ok := Of(n.Inject()); !ok || found != n {
		t.Error("the node is not found in the tree")
	}
}
