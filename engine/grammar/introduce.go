package grammar

import (
	"encoding/hex"
	"fmt"
	"math/big"
	"reflect"
	"strings"
	"unicode/utf8"

	ast "github.com/dolthub/vitess/go/vt/sqlparser"

	"github.com/lxdb/lxdb/engine/sqlerr"
)

// introduced refuses literals whose bytes are no text of the character set that stands
// before them. The library takes the bytes of _utf8mb4 and _utf8mb3 as they are, and a
// client that is promised UTF-8 ends its connection at others.
func introduced(stmt ast.Statement) (err error) {
	if d, ok := stmt.(*ast.DDL); keepsCasts(stmt) && (!ok || d.TableSpec == nil) {
		callCollated(stmt)
	}
	rewriter{node: func(n any) {
		u, ok := n.(*ast.UnaryExpr)
		if !ok || err != nil {
			return
		}
		charset := strings.TrimPrefix(strings.ToLower(strings.TrimSpace(u.Operator)), "_")
		e := u.Expr
		if c, ok := e.(*ast.CollateExpr); ok {
			e = c.Expr
		}
		if v, ok := e.(*ast.SQLVal); ok && strings.HasPrefix(charset, "utf8") {
			err = utf8Text(charset, literalBytes(v))
		}
	}}.walk(reflect.ValueOf(stmt))
	return err
}

// callCollated has a COLLATE behind a literal with a character set say so: the library makes one literal of it, of which
// nobody could tell that its collation is asked for and counts for more than a column's.
func callCollated(stmt ast.Statement) {
	rewriter{expr: func(e ast.Expr) ast.Expr {
		u, ok := e.(*ast.UnaryExpr)
		if !ok || !strings.HasPrefix(u.Operator, "_") {
			return nil
		}
		if c, ok := u.Expr.(*ast.CollateExpr); ok {
			return called(CollatedName, u, ast.NewStrVal([]byte(c.Collation)))
		}
		return nil
	}}.walk(reflect.ValueOf(stmt))
}

// utf8Text is MySQL's error 1300 for bytes that are no text: utf8mb3 has no character of
// four bytes.
func utf8Text(charset string, b []byte) error {
	for len(b) > 0 {
		r, n := utf8.DecodeRune(b)
		if r == utf8.RuneError && n <= 1 || n == 4 && charset != "utf8mb4" {
			return sqlerr.InvalidCharacterString.Errorf("Invalid %s character string: '%s'", charset, fmt.Sprintf("%X", b[:min(len(b), 3)]))
		}
		b = b[n:]
	}
	return nil
}

// literalBytes are the bytes of a literal that an introducer can stand before.
func literalBytes(v *ast.SQLVal) []byte {
	digits := string(v.Val)
	switch v.Type {
	case ast.StrVal:
		return v.Val
	case ast.HexNum:
		digits = digits[min(len(digits), 2):]
	case ast.HexVal:
	case ast.BitVal:
		n, ok := new(big.Int).SetString(strings.TrimPrefix(digits, "0b"), 2)
		if !ok {
			return nil
		}
		return n.Bytes()
	default:
		return nil
	}
	if len(digits)%2 == 1 {
		digits = "0" + digits
	}
	b, err := hex.DecodeString(digits)
	if err != nil {
		return nil
	}
	return b
}
