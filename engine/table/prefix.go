package table

import (
	"context"
	"strings"

	"github.com/dolthub/go-mysql-server/sql"
	"github.com/dolthub/go-mysql-server/sql/analyzer"
	"github.com/dolthub/go-mysql-server/sql/plan"
	"github.com/dolthub/go-mysql-server/sql/transform"
	"github.com/dolthub/go-mysql-server/sql/types"

	"github.com/lxdb/lxdb/catalog"
	"github.com/lxdb/lxdb/engine/sqlerr"
)

// WithPrefixes looks itself at keys over the first characters of texts, before and around a rule of the library:
// that takes every character for four bytes, so that KEY (a(10)) of a VARCHAR(20) of latin1 was longer than its column.
func WithPrefixes(next analyzer.RuleFunc) analyzer.RuleFunc {
	return func(ctx *sql.Context, a *analyzer.Analyzer, n sql.Node, scope *plan.Scope, sel analyzer.RuleSelector, flags *sql.QueryFlags) (sql.Node, transform.TreeIdentity, error) {
		if _, create := n.(*plan.CreateTable); !create && !analyzer.FlagIsSet(flags, sql.QFlagAlterTable) {
			return next(ctx, a, n, scope, sel, flags) // every statement comes by
		}
		if err := noDefaults(n); err != nil {
			return nil, transform.SameTree, err
		}
		keys, columns := keysOf(n)
		if err := checkKeys(n, keys, columns); err != nil {
			return nil, transform.SameTree, err
		}
		if len(keys) == 0 && !modifies(n) {
			return next(ctx, a, n, scope, sel, flags)
		}
		var written []int64
		for _, key := range keys {
			for i := range key {
				part := &key[i]
				written = append(written, part.Length)
				if err := checkPrefix(part, columns[strings.ToLower(part.Name)]); err != nil {
					return nil, transform.SameTree, err
				}
			}
		}
		out, same, err := next(withShortPrefixes(ctx), a, n, scope, sel, flags)
		for _, key := range keys {
			for i := range key {
				key[i].Length, written = written[0], written[1:]
			}
		}
		return out, same, err
	}
}

// checkPrefix refuses a prefix that is too long, and gives the library one that it does not look at.
func checkPrefix(part *sql.IndexColumn, t sql.Type) error {
	text, ok := t.(sql.StringType)
	if !ok || part.Length <= 0 || !types.IsTextOnly(t) {
		return nil
	}
	if !types.IsTextBlob(t) && part.Length > text.MaxCharacterLength() {
		return sql.ErrInvalidIndexPrefix.New(part.Name)
	}
	if part.Length*text.CharacterSet().MaxLength() > longestKey {
		return errTooLongKey
	}
	if part.Length = 0; types.IsTextBlob(t) {
		part.Length = 1
	}
	return nil
}

// keysOf are the columns of the keys that a statement makes, and the types of its table's columns by
// their names in lower case.
func keysOf(n sql.Node) (keys [][]sql.IndexColumn, columns map[string]sql.Type) {
	columns = map[string]sql.Type{}
	add := func(c *sql.Column) { columns[strings.ToLower(c.Name)] = c.Type }
	of := func(n sql.Node) {
		if t, ok := n.(sql.TableNode); ok {
			for _, c := range t.Schema() {
				if _, known := columns[strings.ToLower(c.Name)]; !known {
					add(c)
				}
			}
		}
	}
	transform.Inspect(n, func(n sql.Node) bool {
		switch n := n.(type) {
		case *plan.CreateTable:
			for _, c := range n.PkSchema().Schema {
				add(c)
			}
			for _, def := range n.Indexes() {
				keys = append(keys, def.Columns)
			}
		case *plan.AddColumn:
			add(n.Column())
		case *plan.ModifyColumn:
			add(n.NewColumn())
		case *plan.AlterIndex:
			if n.Action == plan.IndexAction_Create {
				of(n.Table)
				keys = append(keys, n.Columns)
			}
		case *plan.AlterPK:
			if n.Action == plan.PrimaryKeyAction_Create {
				of(n.Table)
				keys = append(keys, n.Columns)
			}
		}
		return true
	})
	return keys, columns
}

// noDefaults refuses DEFAULT in a column with AUTO_INCREMENT, in MySQL's words.
func noDefaults(n sql.Node) (err error) {
	see := func(c *sql.Column) {
		if c.AutoIncrement && c.Default != nil && err == nil {
			err = sqlerr.InvalidDefault.Errorf("Invalid default value for '%s'", c.Name)
		}
	}
	transform.Inspect(n, func(n sql.Node) bool {
		switch n := n.(type) {
		case *plan.CreateTable:
			for _, c := range n.PkSchema().Schema {
				see(c)
			}
		case *plan.AddColumn:
			see(n.Column())
		case *plan.ModifyColumn:
			see(n.NewColumn())
		}
		return err == nil
	})
	return err
}

// modifies says that a statement gives a column another type, at which the library looks at its keys.
func modifies(n sql.Node) (is bool) {
	transform.Inspect(n, func(n sql.Node) bool {
		_, modify := n.(*plan.ModifyColumn)
		is = is || modify
		return !is
	})
	return is
}

type shortPrefixes struct{}

// withShortPrefixes has the library see keys over prefixes as if they were one character long, which fits
// every text.
func withShortPrefixes(ctx *sql.Context) *sql.Context {
	return ctx.WithContext(context.WithValue(ctx.Context, shortPrefixes{}, true))
}

// prefixIn is the prefix of a column in a key: 0, which is all of it, also for one that the column is not longer than.
func prefixIn(c *catalog.Column, length uint32) uint32 {
	if length == 0 {
		return 0
	}
	t, err := parseType(c.Type)
	if err != nil {
		return length
	}
	text, ok := t.(sql.StringType)
	if !ok || !types.IsTextBlob(t) && int64(length) >= text.MaxCharacterLength() { // a number has no first characters
		return 0
	}
	return length
}
