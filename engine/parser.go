package engine

import (
	"context"
	"errors"
	"strings"

	"github.com/dolthub/go-mysql-server/sql"
	ast "github.com/dolthub/vitess/go/vt/sqlparser"

	"github.com/lxdb/lxdb/engine/clause"
	"github.com/lxdb/lxdb/engine/dialect"
	"github.com/lxdb/lxdb/engine/sqlerr"
	ours "github.com/lxdb/lxdb/engine/statement"
)

// parser is the one parser, for text, prepared statements, and whatever the
// library parses by itself (views, triggers, routines): security statements
// first, then the vitess grammar, then annotate. There is no second reading of
// a statement anywhere, so what was authorized is what runs.
type parser struct{}

var _ sql.Parser = parser{}

// one parses the first statement of text.
func (p parser) one(ctx context.Context, text string, opts ast.ParserOptions, view *viewUse) (ast.Statement, error) {
	if !dialect.Bounded(text, lexing(opts)) {
		return nil, sqlerr.StackOverrunNeedMore.Errorf("the statement is nested too deep").
			WithHint("long lists belong in IN (…), VALUES or a table")
	}
	stmt, recognised, err := dialect.Parse(text, lexing(opts))
	if err != nil {
		return nil, err
	}
	if recognised {
		return ours.All.Node(stmt).Inject(), nil
	}
	text = dialect.ResolveComments(text, lexing(opts))
	definer, found, err := dialect.FindDefiner(text, lexing(opts))
	if err != nil {
		return nil, err
	}
	if found {
		text = dialect.BlankDefiner(text, definer)
	}
	read, err := clause.Read(text, lexing(opts))
	if err != nil {
		return nil, err
	}
	if read.Only {
		return keeping(read.Change), nil
	}
	parsed, err := ast.ParseWithOptions(ctx, read.Text, opts)
	if err != nil {
		if errors.Is(err, ast.ErrEmpty) {
			return nil, err
		}
		if useInBody(text, err, opts) {
			return nil, notInRoutine("USE")
		}
		if _, plain := ast.ParseWithOptions(ctx, text, opts); plain != nil {
			err = plain // its positions are those of the client's text
		}
		return nil, sql.ErrSyntaxError.New(err.Error())
	}
	if set, ok := parsed.(*ast.Set); ok {
		if err := knownVariables(set); err != nil {
			return nil, err
		}
	}
	if err := clause.Check(parsed); err != nil {
		return nil, err
	}
	if found {
		setDefiner(parsed, p.actor(ctx, definer.Account))
	}
	if err := annotate(parsed, view); err != nil {
		return nil, err
	}
	if err := carry(parsed, read); err != nil {
		return nil, err
	}
	if view != nil && view.actor != "" {
		nameActor(parsed, view.actor)
	}
	return parsed, nil
}

// useInBody reports that the grammar stopped at USE in the body of a stored
// program, where it knows no such statement.
func useInBody(text string, err error, opts ast.ParserOptions) bool {
	return strings.HasSuffix(strings.ToLower(err.Error()), "near 'use'") && dialect.IsProgram(text, lexing(opts))
}

// actor is the name of an account in a DEFINER clause.
func (parser) actor(ctx context.Context, a dialect.Account) string {
	if c, ok := ctx.(*sql.Context); ok && a.Current {
		if s := sessionOf(c); s != nil {
			return s.who.Name()
		}
	}
	return a.Name
}

// ParseSimple implements sql.Parser.
func (p parser) ParseSimple(query string) (ast.Statement, error) {
	return p.one(context.Background(), query, ast.ParserOptions{}, nil)
}

// Parse implements sql.Parser.
func (p parser) Parse(ctx *sql.Context, query string, multi bool) (ast.Statement, string, string, error) {
	return p.ParseWithOptions(ctx, query, ';', multi, sql.LoadSqlMode(ctx).ParserOptions())
}

// ParseWithOptions implements sql.Parser. The library calls it for the text of
// a view or trigger after it asked the database for the definition; only then,
// and only for exactly that text, tables are opened for the definer.
func (p parser) ParseWithOptions(ctx context.Context, query string, delimiter rune, multi bool, opts ast.ParserOptions) (ast.Statement, string, string, error) {
	text, rest := sql.RemoveSpaceAndDelimiter(query, delimiter), ""
	if multi {
		text, rest = dialect.Split(text, lexing(opts))
	}
	var view *viewUse
	if c, ok := ctx.(*sql.Context); ok {
		view = sessionOf(c).storedUse(query)
	}
	stmt, err := p.one(ctx, text, opts, view)
	return stmt, text, rest, err
}

// ParseOneWithOptions implements sql.Parser.
func (p parser) ParseOneWithOptions(ctx context.Context, query string, opts ast.ParserOptions) (ast.Statement, int, error) {
	first, rest := dialect.Split(query, lexing(opts))
	stmt, err := p.one(ctx, first, opts, nil)
	switch stmt.(type) {
	case *ast.LockTables, *ast.UnlockTables: // EXECUTE would run the library's, which lock nothing
		return nil, 0, sqlerr.UnsupportedPS.Errorf("This command is not supported in the prepared statement protocol yet")
	}
	return stmt, len(query) - len(rest), err
}

// lexing gives the dialect the same reading of quotes as the grammar has.
func lexing(opts ast.ParserOptions) dialect.Options {
	return dialect.Options{ANSIQuotes: opts.AnsiQuotes}
}
