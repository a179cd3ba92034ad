package engine

import (
	"slices"

	"github.com/dolthub/go-mysql-server/sql"
	"github.com/dolthub/go-mysql-server/sql/analyzer"
	"github.com/dolthub/go-mysql-server/sql/expression"
	"github.com/dolthub/go-mysql-server/sql/plan"
	"github.com/dolthub/go-mysql-server/sql/transform"
	"github.com/dolthub/go-mysql-server/sql/types"

	lxaccess "github.com/lxdb/lxdb/engine/access"
	"github.com/lxdb/lxdb/engine/objects"
	lxplan "github.com/lxdb/lxdb/engine/plan"
	"github.com/lxdb/lxdb/engine/table"
)

// replaceRules changes the analyzer rules that are wrong for us. The lists are
// the library's package variables, so this runs once per process, before any
// engine is built.
//
//	processTruncate  turns DELETE without WHERE into TRUNCATE, which cannot be
//	                 rolled back, needs another right, and asks for a current
//	                 database even when the table is named with one. A batch
//	                 of fixed rules for simple deletes has it too; there a
//	                 filter that is always true keeps it away.
//
//	applyTriggers    runs bodies inside the statement: see withTriggers
//
//	resolveDropConstraint  has one error for what are two: see WithUnknownConstraints
//
//	validateCreateTable, resolveAlterColumn  measure keys over prefixes wrongly: see WithPrefixes
//
//	validateDropTables     tells the name of the table below a view: see WithoutViews
//
// Nine are added: BareVariables, for names that are no columns, KeptVariables and KeptInto, for what user
// variables keep, CheckRanges, for numbers that a column does not hold,
// dependentColumns, for columns that an expression needs, orderColumns, for the
// columns that a clause of an ALTER TABLE finds,
// ReplaceShowCreate and
// ReplaceShowColumns, for what is shown of tables, and escapedLikes, before the library's own idea of LIKE.
func replaceRules() {
	for i, rule := range analyzer.OnceAfterAll {
		switch rule.Id.String() {
		case "applyTriggers":
			analyzer.OnceAfterAll[i].Apply = withTriggers
		case "assignExecIndexes":
			analyzer.OnceAfterAll[i].Apply = lxplan.WithoutClauses(rule.Apply)
		}
	}
	for i, rule := range analyzer.OnceAfterAll {
		if rule.Id.String() == "resolveInsertRows" {
			analyzer.OnceAfterAll = slices.Insert(analyzer.OnceAfterAll, i+1, analyzer.Rule{Id: lxplan.CheckRangesID, Apply: lxplan.CheckRanges})
			break
		}
	}
	for i, rule := range analyzer.OnceBeforeDefault {
		switch rule.Id.String() {
		case "resolveDropConstraint":
			analyzer.OnceBeforeDefault[i].Apply = objects.WithUnknownConstraints(rule.Apply)
		case "validateDropTables":
			analyzer.OnceBeforeDefault[i].Apply = objects.WithoutViews(rule.Apply)
		}
	}
	for i, rule := range analyzer.OnceBeforeDefault {
		if rule.Id == analyzer.ValidateCreateTableId {
			rule.Apply = objects.WithLikePrefixes(table.WithPrefixes(rule.Apply))
			analyzer.OnceBeforeDefault[i] = rule
		}
		if rule.Id == analyzer.ResolveAlterColumnId {
			analyzer.OnceBeforeDefault[i].Apply = table.WithPrefixes(rule.Apply)
			analyzer.OnceBeforeDefault = slices.Insert(analyzer.OnceBeforeDefault, i+1, analyzer.Rule{Id: lxplan.OrderColumnsID, Apply: lxplan.OrderColumns})
			analyzer.OnceBeforeDefault = slices.Insert(analyzer.OnceBeforeDefault, i, analyzer.Rule{Id: lxaccess.DependentColumnsID, Apply: lxaccess.DependentColumns})
			break
		}
	}
	// First of all, and again among those that no kind of statement is without.
	bare := analyzer.Rule{Id: lxplan.BareVariablesID, Apply: lxplan.BareVariables}
	analyzer.OnceBeforeDefault = slices.Insert(analyzer.OnceBeforeDefault, 0, bare, analyzer.Rule{Id: viewColumnsID, Apply: viewColumns})
	analyzer.OnceAfterAll = append(analyzer.OnceAfterAll, analyzer.Rule{Id: objects.CheckTextID, Apply: objects.SpellChecks})
	analyzer.OnceAfterAll = append(analyzer.OnceAfterAll, analyzer.Rule{Id: objects.ShowCreateID, Apply: objects.ReplaceShowCreate})
	analyzer.OnceAfterAll = append(analyzer.OnceAfterAll, analyzer.Rule{Id: objects.ShowColumnsID, Apply: objects.ReplaceShowColumns})
	analyzer.OnceAfterAll = append(analyzer.OnceAfterAll, analyzer.Rule{Id: objects.AnalyzeTableID, Apply: objects.ReplaceAnalyzeTable})
	analyzer.OnceAfterAll = append(analyzer.OnceAfterAll, analyzer.Rule{Id: objects.ShowIndexID, Apply: objects.ReplaceShowIndex})
	for i, rule := range analyzer.OnceBeforeDefault {
		if rule.Id.String() == "simplifyFilters" {
			analyzer.OnceBeforeDefault = slices.Insert(analyzer.OnceBeforeDefault, i, analyzer.Rule{Id: lxplan.LikesID, Apply: lxplan.EscapedLikes})
			break
		}
	}
	analyzer.AlwaysBeforeDefault = append(analyzer.AlwaysBeforeDefault, analyzer.Rule{Id: keepDeleteID, Apply: keepDelete}, bare,
		analyzer.Rule{Id: lxplan.KeptVariablesID, Apply: lxplan.KeptVariables})
	analyzer.OnceAfterAll = append(analyzer.OnceAfterAll, analyzer.Rule{Id: lxplan.KeptIntoID, Apply: lxplan.KeptInto})
	for i, rule := range analyzer.OnceAfterDefault {
		if rule.Id.String() == "processTruncate" {
			analyzer.OnceAfterDefault[i].Apply = exceptDelete(rule.Apply)
		}
	}
	for _, rules := range [][]analyzer.Rule{analyzer.OnceBeforeDefault, analyzer.AlwaysBeforeDefault, analyzer.OnceAfterDefault, analyzer.OnceAfterAll} {
		for i := range rules {
			rules[i].Apply = unlessEnded(rules[i].Apply)
		}
	}
}

// unlessEnded has KILL and a limit of time end a statement between two rules: each walks thousands of clauses.
func unlessEnded(rule analyzer.RuleFunc) analyzer.RuleFunc {
	return func(ctx *sql.Context, a *analyzer.Analyzer, n sql.Node, scope *plan.Scope, sel analyzer.RuleSelector, flags *sql.QueryFlags) (sql.Node, transform.TreeIdentity, error) {
		if err := ctx.Err(); err != nil {
			return nil, transform.SameTree, err
		}
		return rule(ctx, a, n, scope, sel, flags)
	}
}

// keepDeleteID is above the library's own numbers.
const keepDeleteID analyzer.RuleId = 1000

func keepDelete(_ *sql.Context, _ *analyzer.Analyzer, n sql.Node, _ *plan.Scope, _ analyzer.RuleSelector, _ *sql.QueryFlags) (sql.Node, transform.TreeIdentity, error) {
	del, ok := n.(*plan.DeleteFrom)
	if !ok {
		return n, transform.SameTree, nil
	}
	if _, ok := del.Child.(*plan.ResolvedTable); !ok {
		return n, transform.SameTree, nil
	}
	kept, err := del.WithChildren(plan.NewFilter(expression.NewLiteral(true, types.Boolean), del.Child))
	return kept, transform.NewTree, err
}

func exceptDelete(rule analyzer.RuleFunc) analyzer.RuleFunc {
	return func(ctx *sql.Context, a *analyzer.Analyzer, n sql.Node, scope *plan.Scope, sel analyzer.RuleSelector, flags *sql.QueryFlags) (sql.Node, transform.TreeIdentity, error) {
		switch n := n.(type) {
		case *plan.DeleteFrom:
			return n, transform.SameTree, nil
		case *plan.Truncate:
			if t, err := plan.GetTruncatable(n.Child); err == nil {
				if own, ok := lxaccess.OwnTable(t); ok {
					if own.IsTemporary() { // the keys of others name what it hides
						return n, transform.SameTree, nil
					}
					if err := lxaccess.Truncatable(ctx, own.Record()); err != nil {
						return nil, transform.SameTree, err
					}
				}
			}
		}
		return rule(ctx, a, n, scope, sel, flags)
	}
}
