package fastpath

import (
	"strconv"
	"strings"

	ast "github.com/dolthub/vitess/go/vt/sqlparser"

	"github.com/lxdb/lxdb/engine/session"
)

// Kind is what a statement does.
type Kind uint8

const (
	None Kind = iota // not recognised
	Select
	Update
	Delete
	Insert
)

// maxAlternatives bounds the values of one IN list.
const maxAlternatives = 256

// Operand is a value that is known when the statement runs.
type Operand struct {
	Param int           // number of the placeholder from 0, or -1 for a literal
	Value session.Value // of a literal
}

// Bind returns the operand's value for one execution.
func (o Operand) Bind(args []session.Value) session.Value {
	if o.Param >= 0 {
		return args[o.Param]
	}
	return o.Value
}

// Equality is one condition of WHERE: the column has one of the values.
type Equality struct {
	Column string // lower case
	Values []Operand
}

// Shape is a recognised statement.
type Shape struct {
	Kind Kind
	// Table is the one table of the statement, as written.
	Table ast.TableName
	// Auth is what the planner will ask the authorizer about that table.
	Auth ast.AuthInformation
	// Where are the conditions, all of which must hold; none for Insert.
	Where []Equality
}

// Key arranges the conditions in the order of a primary key's columns. It is
// false unless there is exactly one for each of them and no other.
func (s *Shape) Key(columns []string) ([][]Operand, bool) {
	if len(columns) != len(s.Where) || len(columns) == 0 {
		return nil, false
	}
	out := make([][]Operand, len(columns))
	lists := 0
	for _, eq := range s.Where {
		at := -1
		for i, c := range columns {
			if strings.EqualFold(c, eq.Column) {
				at = i
			}
		}
		if at < 0 || out[at] != nil {
			return nil, false
		}
		out[at] = eq.Values
		if len(eq.Values) > 1 {
			lists++
		}
	}
	return out, lists <= 1
}

// Match recognises a statement; Kind is None for one that it does not know.
func Match(stmt ast.Statement) Shape {
	switch n := stmt.(type) {
	case *ast.Select:
		return matchSelect(n)
	case *ast.Update:
		return matchUpdate(n)
	case *ast.Delete:
		return matchDelete(n)
	case *ast.Insert:
		return matchInsert(n)
	}
	return Shape{}
}

func matchSelect(n *ast.Select) Shape {
	plain := len(n.Comments) == 0 && n.QueryOpts == (ast.QueryOpts{}) && n.With == nil && len(n.GroupBy) == 0 && n.Having == nil &&
		len(n.Window) == 0 && len(n.OrderBy) == 0 && n.Limit == nil && n.Lock == "" && n.Into == nil
	if !plain {
		return Shape{}
	}
	for _, e := range n.SelectExprs {
		switch e := e.(type) {
		case *ast.StarExpr:
		case *ast.AliasedExpr:
			if _, ok := e.Expr.(*ast.ColName); !ok {
				return Shape{}
			}
		default:
			return Shape{}
		}
	}
	return onTable(Select, n.From, n.Where)
}

func matchUpdate(n *ast.Update) Shape {
	plain := len(n.Comments) == 0 && n.Ignore == "" && n.With == nil && len(n.OrderBy) == 0 && n.Limit == nil && len(n.Returning) == 0
	if !plain {
		return Shape{}
	}
	for _, e := range n.Exprs {
		if !assignable(e.Expr) {
			return Shape{}
		}
	}
	return onTable(Update, n.TableExprs, n.Where)
}

// assignable are a value, a column, and a column plus or minus a value.
func assignable(e ast.Expr) bool {
	switch e := e.(type) {
	case *ast.SQLVal, *ast.NullVal, *ast.ColName:
		return true
	case *ast.BinaryExpr:
		if e.Operator != ast.PlusStr && e.Operator != ast.MinusStr {
			return false
		}
		_, column := e.Left.(*ast.ColName)
		_, value := e.Right.(*ast.SQLVal)
		return column && value
	}
	return false
}

func matchDelete(n *ast.Delete) Shape {
	plain := len(n.Comments) == 0 && len(n.Targets) == 0 && n.With == nil && len(n.Partitions) == 0 && len(n.OrderBy) == 0 &&
		n.Limit == nil && len(n.Returning) == 0
	if !plain {
		return Shape{}
	}
	return onTable(Delete, n.TableExprs, n.Where)
}

func matchInsert(n *ast.Insert) Shape {
	plain := n.Action == ast.InsertStr && len(n.Comments) == 0 && n.Ignore == "" && n.With == nil && len(n.Partitions) == 0 &&
		len(n.Returning) == 0 && len(n.OnDup) == 0
	if !plain {
		return Shape{}
	}
	rows, ok := n.Rows.(*ast.AliasedValues)
	if !ok || !rows.As.IsEmpty() || len(rows.Columns) != 0 || len(rows.Values) != 1 {
		return Shape{}
	}
	for _, v := range rows.Values[0] {
		switch v.(type) {
		case *ast.SQLVal, *ast.NullVal:
		default:
			return Shape{}
		}
	}
	return Shape{Kind: Insert, Table: n.Table, Auth: n.Auth}
}

// onTable completes the shape of a statement with FROM and WHERE.
func onTable(kind Kind, from ast.TableExprs, where *ast.Where) Shape {
	if len(from) != 1 || where == nil || where.Type != ast.WhereStr {
		return Shape{}
	}
	t, ok := from[0].(*ast.AliasedTableExpr)
	if !ok || len(t.Partitions) != 0 || t.Hints != nil || t.AsOf != nil || t.Lateral {
		return Shape{}
	}
	name, ok := t.Expr.(ast.TableName)
	if !ok || !name.SchemaQualifier.IsEmpty() || kind != Select && !t.As.IsEmpty() {
		return Shape{}
	}
	s := Shape{Kind: kind, Table: name, Auth: t.Auth}
	if !s.conditions(where.Expr) {
		return Shape{}
	}
	return s
}

// conditions collects the equalities of an expression that consists of nothing
// else.
func (s *Shape) conditions(e ast.Expr) bool {
	switch e := e.(type) {
	case *ast.AndExpr:
		return s.conditions(e.Left) && s.conditions(e.Right)
	case *ast.ParenExpr:
		return s.conditions(e.Expr)
	case *ast.ComparisonExpr:
		return e.Escape == nil && s.comparison(e)
	}
	return false
}

func (s *Shape) comparison(e *ast.ComparisonExpr) bool {
	left, right := e.Left, e.Right
	if _, ok := right.(*ast.ColName); ok && e.Operator == ast.EqualStr {
		left, right = right, left
	}
	column, ok := left.(*ast.ColName)
	if !ok || column.StoredProcVal != nil {
		return false
	}
	eq := Equality{Column: column.Name.Lowered()}
	switch e.Operator {
	case ast.EqualStr:
		v, ok := operand(right)
		if !ok {
			return false
		}
		eq.Values = []Operand{v}
	case ast.InStr:
		list, ok := right.(ast.ValTuple)
		if !ok || len(list) == 0 || len(list) > maxAlternatives {
			return false
		}
		for _, x := range list {
			v, ok := operand(x)
			if !ok {
				return false
			}
			eq.Values = append(eq.Values, v)
		}
	default:
		return false
	}
	s.Where = append(s.Where, eq)
	return true
}

// operand takes a placeholder, a decimal integer or a string.
func operand(e ast.Expr) (Operand, bool) {
	v, ok := e.(*ast.SQLVal)
	if !ok {
		return Operand{}, false
	}
	switch v.Type {
	case ast.ValArg:
		n, err := strconv.Atoi(strings.TrimPrefix(string(v.Val), ":v"))
		return Operand{Param: n - 1}, err == nil && n > 0
	case ast.IntVal:
		n, err := strconv.ParseInt(string(v.Val), 10, 64)
		return Operand{Param: -1, Value: session.IntValue(n)}, err == nil
	case ast.StrVal:
		return Operand{Param: -1, Value: session.BytesValue(v.Val)}, true
	}
	return Operand{}, false
}
