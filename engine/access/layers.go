package access

import (
	"context"
	"slices"
	"strings"

	"github.com/dolthub/go-mysql-server/sql"
	ast "github.com/dolthub/vitess/go/vt/sqlparser"

	"github.com/lxdb/lxdb/catalog"
	"github.com/lxdb/lxdb/engine/grammar"
	"github.com/lxdb/lxdb/engine/lex"
	"github.com/lxdb/lxdb/engine/state"
	"github.com/lxdb/lxdb/security/privilege"
)

// divide keeps the library from taking ever longer for layers of views and derived tables: see grammar.Divide. view is
// whose text the statement is, nil for that of a client.
func divide(ctx context.Context, stmt ast.Statement, text string, view *state.ViewUse) error {
	switch stmt.(type) {
	case *ast.Select, *ast.SetOp, *ast.ParenSelect, *ast.Insert, *ast.Update, *ast.Delete, *ast.DDL, *ast.Explain, *ast.Set:
	default:
		return nil
	}
	_, update := stmt.(*ast.Update)
	_, deletes := stmt.(*ast.Delete)
	if update || deletes || saysSelect(text) {
		return divideFor(ctx, stmt, view)
	}
	return nil
}

// Divide is the same for a query that no text was read for.
func Divide(ctx *sql.Context, query ast.Statement) error { return divideFor(ctx, query, nil) }

func divideFor(ctx context.Context, stmt ast.Statement, view *state.ViewUse) error {
	return grammar.Divide(stmt, layersOf(ctx, view))
}

// layersOf tells what names in FROM are to who asks.
func layersOf(ctx context.Context, view *state.ViewUse) func(ast.TableName) grammar.Layer {
	c, _ := ctx.(*sql.Context)
	s := state.Of(c)
	if s == nil {
		return func(ast.TableName) grammar.Layer { return grammar.Layer{} }
	}
	l := viewLayers{snap: s.Inst.Cat.Snapshot(), known: map[catalog.ID]grammar.Layer{}}
	return func(name ast.TableName) grammar.Layer {
		in := name.DbQualifier.String()
		if in == "" && view != nil {
			in = view.Database
		} else if in == "" {
			in = s.GetCurrentDatabase()
		}
		db := l.snap.Database(in)
		if db == nil {
			return grammar.Layer{}
		}
		if v := l.snap.View(db.ID, name.Name.String()); v != nil {
			if of := l.view(v); view != nil || s.Sees(state.ViewObject(v)) { // or a refusal would tell how wide it is
				return of
			}
			return grammar.Layer{}
		}
		if t := l.snap.Table(db.ID, name.Name.String()); t != nil {
			if view != nil || s.Sees(state.TableObject(t)) {
				return grammar.Layer{Columns: len(t.Columns), Cost: 1}
			}
		}
		return grammar.Layer{}
	}
}

// saysSelect says whether the word stands in a text; whether it means it is the grammar's affair.
func saysSelect(text string) bool {
	for at := strings.IndexAny(text, "sS"); at >= 0 && at+6 <= len(text); {
		if strings.EqualFold(text[at:at+6], "select") {
			return true
		}
		next := strings.IndexAny(text[at+1:], "sS")
		if next < 0 {
			return false
		}
		at += 1 + next
	}
	return false
}

// viewLayers are what views are to who reads them, as near as their texts tell.
type viewLayers struct {
	snap  *catalog.Snapshot
	known map[catalog.ID]grammar.Layer
}

func (l *viewLayers) view(v *catalog.View) grammar.Layer {
	if out, ok := l.known[v.ID]; ok {
		return out
	}
	l.known[v.ID] = grammar.Layer{Columns: 1, Cost: 1}
	below := grammar.Layer{Cost: 1}
	if v.Bound != nil {
		for _, r := range v.Bound.Relations {
			of := grammar.Layer{Columns: 1, Cost: 1}
			if r.Kind == privilege.KindView {
				if inner := l.snap.ViewByID(r.ID); inner != nil {
					of = l.view(inner)
				}
			} else if t := l.snap.TableByID(r.ID); t != nil {
				of.Columns = len(t.Columns)
			}
			below.Columns, below.Cost = below.Columns+of.Columns, max(below.Cost, of.Cost)
		}
	}
	exprs, stars, derived := listOf(v.Definition, state.ModeOf(v.SQLMode))
	out := grammar.Layer{Columns: max(exprs+stars*below.Columns, 1)}
	if derived {
		below.Cost = max(below.Cost, out.Columns)
	}
	if out.Cost = out.Columns * below.Cost; out.Cost > grammar.MostLayered {
		out.Cost = out.Columns
	}
	l.known[v.ID] = out
	return out
}

// listOf counts what stands in the list of a query, and says whether there are queries inside of it.
func listOf(query string, m lex.Mode) (exprs, stars int, derived bool) {
	l := lex.New(query, m)
	depth, inList, first := 0, true, true
	var before string
	for t := l.Next(); t.Kind != lex.EOF && t.Kind != lex.Bad; t = l.Next() {
		word := query[t.Pos:t.End]
		switch {
		case word == "(":
			depth++
		case word == ")":
			depth--
		case t.Kind == lex.Word && !first && lex.EqualKeyword(word, "SELECT"):
			derived = true
		case depth == 0 && t.Kind == lex.Word && slices.ContainsFunc([]string{"FROM", "UNION", "LIMIT", "WHERE"}, func(k string) bool { return lex.EqualKeyword(word, k) }):
			inList = false
		case depth == 0 && inList && word == ",":
			exprs++
		case depth == 0 && inList && word == "*" && (before == "," || before == "." || lex.EqualKeyword(before, "SELECT")):
			stars++
			exprs--
		}
		first, before = false, word
	}
	return exprs + 1, stars, derived
}
