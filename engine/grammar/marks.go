package grammar

import (
	"math"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/dolthub/go-mysql-server/sql"
	ast "github.com/dolthub/vitess/go/vt/sqlparser"

	"github.com/lxdb/lxdb/engine/lex"
	"github.com/lxdb/lxdb/engine/sqlerr"
)

// MemberName is the function that MEMBER OF is read as, DefaultName that which DEFAULT(column)
// of a query is.
const (
	MemberName  = "member of"
	DefaultName = "default of"
	DecimalName = "cast decimal" // CAST(x AS DECIMAL(n)) of a query
	// UnderName is the function around what has another collation_connection than the statement that it stands in.
	UnderName  = "under collation"
	CharName   = "cast char" // CAST(x AS CHAR(n)), of queries and changes, as the next two
	BinaryName = "cast binary"
	TimeName   = "cast time"
	LikeName   = "like escape" // LIKE … ESCAPE
	// CollatedName is the function around a literal that has both a character set and a COLLATE.
	CollatedName = "literal collate"
)

// WordNames are the functions that no text can call by their name: lex or this package
// writes them for other forms.
var WordNames = []string{InvertName, NegateName, MemberName, DefaultName, DecimalName, CharName, BinaryName, TimeName, LikeName, UnderName, CollatedName, "date literal", "time literal", "timestamp literal"}

// Under is an expression as it is read under a collation_connection: each condition of an AND by itself, so that it can
// still be looked up in an index.
func Under(collation string, e ast.Expr) ast.Expr {
	switch n := e.(type) {
	case *ast.ParenExpr:
		return &ast.ParenExpr{Expr: Under(collation, n.Expr)}
	case *ast.AndExpr:
		return &ast.AndExpr{Left: Under(collation, n.Left), Right: Under(collation, n.Right)}
	}
	if !collates(e) {
		return e
	}
	return called(UnderName, ast.NewStrVal([]byte(collation)), e)
}

// collates says that an expression may be about a text of no column.
func collates(e ast.Expr) (yes bool) {
	_ = EveryNode(func(n ast.SQLNode) error {
		switch n := n.(type) {
		case *ast.SQLVal:
			yes = yes || n.Type != ast.IntVal && n.Type != ast.FloatVal
		case *ast.ComparisonExpr:
			yes = yes || strings.Contains(n.Operator, "like") || strings.Contains(n.Operator, "regexp")
		case *ast.ColName, *ast.NullVal, ast.BoolVal, *ast.BinaryExpr, *ast.ParenExpr, *ast.RangeCond, *ast.IsExpr, *ast.AndExpr, *ast.OrExpr, *ast.XorExpr, *ast.NotExpr, ast.ValTuple:
		case ast.Expr:
			yes = true
		}
		return nil
	}, e)
	return yes
}

// Printed is an expression as a text that can be read again: the grammar prints the names of functions without quotes.
func Printed(e ast.Expr) string {
	buf := ast.NewTrackedBuffer(func(buf *ast.TrackedBuffer, node ast.SQLNode) {
		if f, ok := node.(*ast.FuncExpr); ok && slices.Contains([]string{UnderName, CharName, BinaryName, TimeName, DecimalName, LikeName, CollatedName}, f.Name.String()) {
			buf.Myprintf("`%s`(%v)", f.Name.String(), f.Exprs)
			return
		}
		node.Format(buf)
	})
	buf.Myprintf("%v", e)
	return buf.String()
}

// collationMark stands before the name of the collation that the query of a view is read under, where the library keeps
// the text of it.
const collationMark = "\x00"

// UnderQuery has the query of a view read under a collation_connection. Literals behind the name of a character set have
// the collation of that.
func UnderQuery(view *ast.DDL, collation string) {
	view.SubStatementStr = collationMark + collation
	rewriter{expr: func(e ast.Expr) ast.Expr {
		u, ok := e.(*ast.UnaryExpr)
		if !ok || !strings.HasPrefix(u.Operator, "_") {
			return nil
		}
		if _, named := u.Expr.(*ast.CollateExpr); named {
			return nil
		}
		set, err := sql.ParseCharacterSet(strings.TrimSpace(u.Operator[1:]))
		if err != nil {
			return nil
		}
		return called(UnderName, ast.NewStrVal([]byte(set.DefaultCollation().Name())), u)
	}}.walk(reflect.ValueOf(view.ViewSpec))
}

// CollationOfQuery is what UnderQuery has noted at the text of a derived table; "" for none.
func CollationOfQuery(text string) string {
	name, marked := strings.CutPrefix(text, collationMark)
	if !marked {
		return ""
	}
	return name
}

// callMarked makes calls of a <=> mark | b, which lex has written for an operator that the
// parser lacks. b may be a chain of | itself.
func callMarked(stmt ast.Statement) {
	rewriter{expr: func(e ast.Expr) ast.Expr {
		c, ok := e.(*ast.ComparisonExpr)
		if !ok || c.Operator != ast.NullSafeEqualStr {
			return nil
		}
		switch mark, right := unmarked(c.Right); mark {
		case lex.SoundsMark:
			return &ast.ComparisonExpr{Operator: ast.EqualStr, Left: called("soundex", c.Left), Right: called("soundex", right)}
		case lex.MemberMark:
			return called(MemberName, c.Left, right)
		}
		return nil
	}}.walk(reflect.ValueOf(stmt))
}

func called(name string, args ...ast.Expr) ast.Expr {
	f := &ast.FuncExpr{Name: ast.NewColIdent(name)}
	for _, a := range args {
		f.Exprs = append(f.Exprs, &ast.AliasedExpr{Expr: a})
	}
	return f
}

// unmarked takes the mark from the left end of a chain of |.
func unmarked(e ast.Expr) (mark string, rest ast.Expr) {
	b, ok := e.(*ast.BinaryExpr)
	if !ok || b.Operator != ast.BitOrStr {
		return "", e
	}
	if c, ok := b.Left.(*ast.ColName); ok && c.Qualifier.IsEmpty() {
		if name := c.Name.String(); name == lex.SoundsMark || name == lex.MemberMark {
			return name, b.Right
		}
		return "", e
	}
	mark, left := unmarked(b.Left)
	if mark == "" {
		return "", e
	}
	return mark, &ast.BinaryExpr{Left: left, Operator: ast.BitOrStr, Right: b.Right}
}

// callChar makes calls of CHAR(…), and of CHAR(… USING set) one that CONVERT is around: the
// library's own is a text in both cases.
func callChar(stmt ast.Statement) {
	rewriter{expr: func(e ast.Expr) ast.Expr {
		c, ok := e.(*ast.CharExpr)
		if !ok {
			return nil
		}
		f := &ast.FuncExpr{Name: ast.NewColIdent("char"), Exprs: c.Exprs}
		if c.Type == "" {
			return f
		}
		return &ast.ConvertUsingExpr{Expr: f, Type: c.Type}
	}}.walk(reflect.ValueOf(stmt))
}

// callDefaults makes calls of DEFAULT(column): where a statement gives values to columns Places finds them, and
// all others are of the tables of the query or of the rows to change that they stand in.
func callDefaults(stmt ast.Statement) {
	rewriter{expr: func(e ast.Expr) ast.Expr {
		d, ok := e.(*ast.Default)
		if !ok || d.ColName == "" {
			return nil
		}
		table, column, qualified := strings.Cut(d.ColName, lex.DefaultMark)
		if !qualified {
			table, column = "", d.ColName
		}
		return called(DefaultName, &ast.ColName{Name: ast.NewColIdent(column), Qualifier: ast.TableName{Name: ast.NewTableIdent(table)}})
	}}.walk(reflect.ValueOf(stmt))
}

// DefaultOf is the column of a call of DEFAULT(column), nil of another expression.
func DefaultOf(e ast.Expr) *ast.ColName {
	f, ok := e.(*ast.FuncExpr)
	if !ok || len(f.Exprs) != 1 || f.Name.Lowered() != DefaultName {
		return nil
	}
	a, ok := f.Exprs[0].(*ast.AliasedExpr)
	if !ok {
		return nil
	}
	column, _ := a.Expr.(*ast.ColName)
	return column
}

// checkDecimals refuses CAST(x AS DECIMAL(m, d)) of digits that there are not.
func checkDecimals(stmt ast.Statement) error {
	return ast.Walk(func(n ast.SQLNode) (bool, error) {
		c, ok := n.(*ast.ConvertExpr)
		if !ok || c == nil || c.Type == nil || !strings.EqualFold(c.Type.Type, "decimal") || c.Type.Length == nil {
			return true, nil
		}
		m, err := strconv.ParseUint(string(c.Type.Length.Val), 10, 64)
		if err != nil {
			m = math.MaxUint64
		}
		d := uint64(0)
		if c.Type.Scale != nil {
			if d, err = strconv.ParseUint(string(c.Type.Scale.Val), 10, 64); err != nil {
				d = math.MaxUint64
			}
		}
		of := ast.String(c.Expr)
		switch {
		case d > 30:
			return false, sqlerr.TooBigScale.Errorf("Too big scale %d specified for column '%.64s'. Maximum is 30.", d, of)
		case m > 65:
			return false, sqlerr.TooBigPrecision.Errorf("Too-big precision %d specified for '%.64s'. Maximum is 65.", m, of)
		case d > m && m > 0:
			return false, sqlerr.MBiggerThanD.Errorf("For float(M,D), double(M,D) or decimal(M,D), M must be >= D (column '%.64s').", of)
		}
		return true, nil
	}, stmt)
}

// callDecimals makes calls of CAST(x AS DECIMAL(n)) in queries, changes and views.
func callDecimals(stmt ast.Statement) {
	if !keepsCasts(stmt) {
		return
	}
	rewriter{expr: func(e ast.Expr) ast.Expr {
		if c, ok := e.(*ast.ConvertExpr); ok {
			return wholeDecimal(c)
		}
		return nil
	}}.walk(reflect.ValueOf(stmt))
}

// keepsCasts says that calls may stand for the casts of a statement. The definition of a table says them as casts again.
func keepsCasts(stmt ast.Statement) bool {
	switch n := stmt.(type) {
	case *ast.Select, *ast.SetOp, *ast.ParenSelect, *ast.Insert, *ast.Update, *ast.Delete, *ast.Set, *ast.AlterTable:
		return true
	case *ast.DDL:
		return n.ViewSpec != nil || n.TableSpec != nil || n.OptSelect != nil
	}
	return false
}

// wholeDecimal is a call for CAST(x AS DECIMAL(n)), nil for other ones: the library takes it for
// DECIMAL(65,30), and leaves it out where x is one.
func wholeDecimal(c *ast.ConvertExpr) ast.Expr {
	if c.Type == nil || !strings.EqualFold(c.Type.Type, "decimal") || c.Type.Scale != nil && string(c.Type.Scale.Val) != "0" {
		return nil
	}
	length := c.Type.Length
	if length == nil {
		length = ast.NewIntVal([]byte("10"))
	}
	return called(DecimalName, c.Expr, length)
}

// callCasts makes calls of CAST(x AS CHAR), BINARY and TIME: the library leaves such a cast out where
// it takes x for a text, bytes or a time already, whatever their length, fraction and character set.
func callCasts(stmt ast.Statement) {
	if !keepsCasts(stmt) {
		return
	}
	rewriter{expr: func(e ast.Expr) ast.Expr {
		if c, ok := e.(*ast.ConvertExpr); ok {
			return keptCast(c)
		}
		return nil
	}}.walk(reflect.ValueOf(stmt))
}

// keptCast is a call for a cast that the library might leave out, nil for other ones.
func keptCast(c *ast.ConvertExpr) ast.Expr {
	if c.Type == nil || c.Type.Scale != nil {
		return nil
	}
	if charset := castCharset(c.Type); charset != "" {
		length := ast.Expr(&ast.NullVal{})
		if c.Type.Length != nil {
			length = c.Type.Length
		}
		if set, binary := strings.CutSuffix(charset, lex.BinaryMark); binary {
			charset = set + " binary"
		}
		return called(CharName, c.Expr, length, ast.NewStrVal([]byte(charset)))
	}
	if v, ok := c.Expr.(*ast.SQLVal); ok && v.Type != ast.HexVal && v.Type != ast.HexNum && v.Type != ast.BitVal {
		return nil
	}
	name, ok := map[string]string{"char": CharName, "nchar": CharName, "binary": BinaryName, "time": TimeName}[strings.ToLower(c.Type.Type)]
	if !ok {
		return nil
	}
	if c.Type.Length == nil {
		return called(name, c.Expr)
	}
	return called(name, c.Expr, c.Type.Length)
}

func isLike(e *ast.ComparisonExpr) bool {
	return e.Operator == ast.LikeStr || e.Operator == ast.NotLikeStr
}

// callLikes makes calls of LIKE … ESCAPE, which the library forgets when it prints a definition. NO_BACKSLASH_ESCAPES
// is an empty ESCAPE of every other LIKE: as in MySQL, the mode counts where the text is read, not where a CHECK or a view that
// has it is asked.
func callLikes(stmt ast.Statement, m lex.Mode) {
	rewriter{expr: func(e ast.Expr) ast.Expr {
		c, ok := e.(*ast.ComparisonExpr)
		if !ok || !isLike(c) {
			return nil
		}
		escape := c.Escape
		if escape == nil && m.NoBackslashEscapes {
			escape = ast.NewStrVal(nil)
		}
		if escape == nil {
			return nil
		}
		call := called(LikeName, c.Left, c.Right, escape)
		if c.Operator == ast.NotLikeStr {
			return &ast.NotExpr{Expr: call}
		}
		return call
	}}.walk(reflect.ValueOf(stmt))
}

// castCharset is the character set that a cast names, which the library forgets. Behind CHAR, ASCII and UNICODE are words
// for latin1 and ucs2, and NCHAR is CHAR of utf8mb3.
func castCharset(t *ast.ConvertType) string {
	switch {
	case strings.EqualFold(t.Type, "nchar"):
		return "utf8mb3"
	case t.Charset != "" && t.Operator == "" && strings.EqualFold(t.Charset, "ascii"):
		return "latin1"
	case t.Charset != "" && t.Operator == "" && strings.EqualFold(t.Charset, "unicode"):
		return "ucs2"
	}
	return t.Charset
}

// Ignores says that a DELETE is a DELETE IGNORE, which lex has written as a comment.
func Ignores(n *ast.Delete) bool {
	return slices.ContainsFunc(n.Comments, func(c []byte) bool { return string(c) == lex.IgnoreMark })
}
