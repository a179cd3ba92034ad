package objects

import (
	"cmp"

	ast "github.com/dolthub/vitess/go/vt/sqlparser"

	"github.com/lxdb/lxdb/engine/grammar"
	"github.com/lxdb/lxdb/engine/numbers"
	"github.com/lxdb/lxdb/engine/sqlerr"
	"github.com/lxdb/lxdb/engine/state"
)

// plainNumbers looks at the sequences that a definition names. A DEFAULT takes numbers with the right of
// the table's owner; so whoever brings one in must be allowed to take some himself, or ALTER on a table would be a way to
// the sequences of its owner. What is kept names the database. Views name no sequences.
func plainNumbers(s *state.Session, n *ast.DDL) error {
	if n.ViewSpec != nil {
		return noNumbers(s, n)
	}
	if n.DefaultSpec != nil {
		if err := defaultNumbers(s, n.DefaultSpec.Value); err != nil {
			return err
		}
	}
	if n.TableSpec == nil {
		return nil
	}
	for _, c := range n.TableSpec.Columns {
		if err := defaultNumbers(s, c.Type.Default); err != nil {
			return err
		}
	}
	return nil
}

func defaultNumbers(s *state.Session, e ast.Expr) (err error) {
	if e == nil {
		return nil
	}
	grammar.Parts(e, func(n any) {
		name, ok := grammar.SequenceIn(n)
		if !ok || err != nil {
			return
		}
		lit, ok := name.Expr.(*ast.SQLVal)
		if !ok || lit.Type != ast.StrVal {
			err = sqlerr.Syntax.Errorf("a DEFAULT names its sequence, as in NEXT VALUE FOR s")
			return
		}
		database, sequence, ok := grammar.SequenceName(string(lit.Val))
		if !ok {
			err = sqlerr.Syntax.Errorf("'%s' is no name of a sequence", lit.Val)
			return
		}
		db, q, found := numbers.Find(s.Inst.Cat.Snapshot(), s.Actor(), s.User.Name(), cmp.Or(database, s.GetCurrentDatabase()), sequence,
			commands["nextval"], numbers.MayTake)
		if found != nil {
			err = found
			return
		}
		name.Expr = ast.NewStrVal([]byte(grammar.SequenceText(db.Name, q.Name)))
	})
	return err
}

// noNumbers refuses a view of a sequence.
func noNumbers(s *state.Session, n *ast.DDL) (err error) {
	snap := s.Inst.Cat.Snapshot()
	grammar.Parts(n.ViewSpec, func(part any) {
		_, named := grammar.SequenceIn(part)
		if t, ok := part.(*ast.AliasedTableExpr); ok {
			if name, ok := t.Expr.(ast.TableName); ok {
				db := snap.Database(cmp.Or(name.DbQualifier.String(), s.GetCurrentDatabase()))
				if db == nil {
					return
				}
				q := snap.Sequence(db.ID, name.Name.String())
				named = q != nil && s.Sees(numbers.Object(q)) // others are told what is said of any name
			}
		}
		if named && err == nil {
			err = sqlerr.NotSupportedYet.Errorf("This version of lxdb doesn't yet support 'sequences in views'")
		}
	})
	return err
}
