package statement

import (
	"cmp"
	"fmt"
	"io"
	"reflect"

	"github.com/dolthub/go-mysql-server/sql"
	"github.com/dolthub/go-mysql-server/sql/types"
	ast "github.com/dolthub/vitess/go/vt/sqlparser"

	"github.com/lxdb/lxdb/engine/dialect"
	"github.com/lxdb/lxdb/engine/sqlerr"
	"github.com/lxdb/lxdb/security/principal"
)

// Event is one statement that ran or was refused, for the audit log.
type Event struct {
	Name string       // of the declaration, as in "user.create"
	Who  principal.ID // who sent it
	Text string       // canonical, without passwords
	Err  error        // nil when it was done
	// Reads: it returns rows and changes nothing.
	Reads bool
}

// Node is a statement of ours as the library's plan node. It has no children, so
// the planner leaves it alone; what it needs is asked when it runs.
type Node struct {
	stmt dialect.Statement
	decl Declaration
}

var _ sql.ExecSourceRel = (*Node)(nil)

// Node makes the plan node of a statement. One that is not declared is refused
// when it runs.
func (t *Table) Node(stmt dialect.Statement) *Node {
	decl, declared := t.byType[reflect.TypeOf(stmt)]
	if !declared {
		decl.need.check = func(*Call, dialect.Statement) error {
			return sqlerr.NotSupportedYet.Errorf("this statement is not supported yet")
		}
	}
	if decl.shape != nil {
		decl.schema = decl.shape(stmt)
	}
	return &Node{stmt, decl}
}

// Inject carries the node through the library's syntax tree.
func (n *Node) Inject() ast.InjectedStatement {
	return ast.InjectedStatement{
		Statement: injected{n},
		Auth:      ast.AuthInformation{AuthType: ast.AuthType_IGNORE, TargetType: ast.AuthTargetType_Ignore},
	}
}

// Of returns the statement of ours in a syntax tree, if that is one.
func Of(stmt ast.Statement) (*Node, bool) {
	if n, ok := stmt.(ast.InjectedStatement); ok {
		if i, ok := n.Statement.(injected); ok {
			return i.node, true
		}
	}
	return nil, false
}

// Statement is the statement itself.
func (n *Node) Statement() dialect.Statement { return n.stmt }

// For names the columns for who sends the statement.
func (n *Node) For(user string) *Node {
	if n.decl.titles == nil {
		return n
	}
	c := *n
	c.decl.schema = n.decl.schema.Copy()
	for i, name := range n.decl.titles(n.stmt, user) {
		c.decl.schema[i].Name = name
	}
	return &c
}

// Commits says whether the statement commits the open transaction.
func (n *Node) Commits() bool { return n.decl.commits }

func (n *Node) Resolved() bool       { return true }
func (n *Node) IsReadOnly() bool     { return !n.decl.commits }
func (n *Node) Children() []sql.Node { return nil }
func (n *Node) String() string       { return n.stmt.Redacted() }
func (n *Node) DebugString() string  { return n.String() }

// WithChildren implements sql.Node.
func (n *Node) WithChildren(children ...sql.Node) (sql.Node, error) {
	if len(children) != 0 {
		return nil, sql.ErrInvalidChildrenNumber.New(n, len(children), 0)
	}
	return n, nil
}

// Schema implements sql.Node.
func (n *Node) Schema() sql.Schema {
	if n.decl.schema == nil {
		return types.OkResultSchema
	}
	return n.decl.schema
}

// RowIter implements sql.ExecSourceRel.
func (n *Node) RowIter(ctx *sql.Context, _ sql.Row) (sql.RowIter, error) {
	host, ok := ctx.Session.(Host)
	if !ok {
		return nil, fmt.Errorf("%s: no session", n.String())
	}
	rows, err := n.do(&Call{ctx, host})
	told := host.AuditStatement(Event{
		Name: n.decl.audit, Who: host.Actor().Principal(), Text: n.stmt.Redacted(), Err: err,
		Reads: n.decl.schema != nil && !n.decl.commits,
	})
	if err != nil || told != nil {
		return nil, cmp.Or(err, told)
	}
	if n.decl.schema == nil {
		rows = []sql.Row{sql.NewRow(types.NewOkResult(0))}
	}
	return sql.RowsToRowIter(rows...), nil
}

type injected struct{ node *Node }

// WithResolvedChildren implements the library's interface.
func (i injected) WithResolvedChildren(children []any) (any, error) {
	if len(children) != 0 {
		return nil, io.ErrUnexpectedEOF
	}
	return i.node, nil
}

func (i injected) String() string { return i.node.String() }
