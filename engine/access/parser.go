package access

import (
	"cmp"
	"context"
	"errors"
	"strings"

	"github.com/dolthub/go-mysql-server/sql"
	ast "github.com/dolthub/vitess/go/vt/sqlparser"

	"github.com/lxdb/lxdb/engine/clause"
	"github.com/lxdb/lxdb/engine/dialect"
	"github.com/lxdb/lxdb/engine/grammar"
	"github.com/lxdb/lxdb/engine/lex"
	"github.com/lxdb/lxdb/engine/routine"
	"github.com/lxdb/lxdb/engine/sqlerr"
	"github.com/lxdb/lxdb/engine/state"
	ours "github.com/lxdb/lxdb/engine/statement"
	"github.com/lxdb/lxdb/engine/value"
)

// Parser is the one parser, for text, prepared statements, and whatever the
// library parses by itself (views, triggers, routines): security statements
// first, then the vitess grammar, then annotate. There is no second reading of
// a statement anywhere, so what was authorized is what runs.
//
// Some statements are run by other rooms. Whoever parses what a client sent says
// how they are made; stored texts are none of them.
type Parser struct {
	// CheckOption keeps what a CREATE VIEW says of WITH CHECK OPTION, which is ours to keep: the
	// library would refuse some of it.
	CheckOption bool
	// Show replaces a SHOW statement; done says that it is complete.
	Show func(ctx context.Context, n *ast.Show) (stmt ast.Statement, done bool, err error)
	// Keep makes the statement of an ALTER TABLE whose parts are all kept.
	Keep func(*clause.Change) ast.Statement
	// Histogram makes the statement of an ANALYZE TABLE about histograms.
	Histogram func(*clause.Histogram) ast.Statement
	// Upkeep makes the statement of CHECK, OPTIMIZE and REPAIR TABLE.
	Upkeep func(*clause.Upkeep) ast.Statement
	// Define makes the statement of a CREATE, ALTER or DROP of a stored program.
	Define func(text, kind string, mode lex.Mode) (ast.Statement, error)
	// Alone reads what is a statement of programs and of clients.
	Alone func(ctx context.Context, text string, mode lex.Mode) (stmt ast.Statement, is bool, err error)
	// Names replaces names in a tree by placeholders, before anything is noted on it.
	Names func(ast.Statement) error
	// Joins rewrites the joins by name of a stored text for the tables as they are now; a
	// client's statement is kept as it is, and may be bound again.
	Joins func(ctx *sql.Context, stmt ast.Statement, text string) (ast.Statement, error)
}

var _ sql.Parser = Parser{}

// maxReferences bounds the table references of a statement, as they are planned.
const maxReferences = 1000

// maxLevels bounds the names of WITH that stand for each other, one by one: each is a level of queries to the planner, which
// has no more.
const maxLevels = 250

// One parses the first statement of text.
func (p Parser) One(ctx context.Context, text string, mode lex.Mode, view *state.ViewUse) (ast.Statement, error) {
	if err := lex.Bounded(text, mode); err != nil {
		return nil, err
	}
	if stmt, is, err := grammar.ParseDo(text, mode, func(query string) (ast.Statement, error) { return p.One(ctx, query, mode, view) }); is {
		return stmt, err
	}
	if stmt, is, err := grammar.ParseLoad(text, mode, func(insert string) (ast.Statement, error) { return p.One(ctx, insert, mode, view) }); is {
		return stmt, err
	}
	of, plain, format, err := grammar.ReadExplain(text, mode)
	if err != nil {
		return nil, err
	}
	if of != nil {
		return of, nil
	}
	text = plain
	if p.Alone != nil && view == nil {
		if stmt, is, err := p.Alone(ctx, text, mode); is {
			return stmt, err
		}
	}
	stmt, recognised, err := dialect.Parse(text, mode)
	if err != nil {
		return nil, err
	}
	if recognised {
		node := ours.All.Node(stmt)
		if c, ok := ctx.(*sql.Context); ok {
			if s := state.Of(c); s != nil {
				node = node.For(s.User.Name())
			}
		}
		return node.Inject(), nil
	}
	if p.Define != nil && view == nil && dialect.Defines(text, mode) { // what was stored is read as it is
		if kind := dialect.Program(text, mode); kind != "" {
			if stmt, err := p.Define(text, kind, mode); stmt != nil || err != nil {
				return stmt, err
			}
		}
	}
	parsed, err := p.tree(ctx, text, mode)
	if err != nil || parsed.done {
		return parsed.stmt, err
	}
	if execute, ok := parsed.stmt.(*ast.Execute); ok {
		for _, name := range execute.VarList {
			if !strings.HasPrefix(name, "@") {
				return nil, sqlerr.Syntax.Errorf("You have an error in your SQL syntax; EXECUTE … USING takes variables of the user (@%s), not '%s'", name, name)
			}
		}
	}
	if explain, ok := parsed.stmt.(*ast.Explain); ok {
		explain.ExplainFormat = format
	}
	if lex.Upserts(text, mode) {
		if err := upsert(ctx, parsed.stmt, text, mode); err != nil {
			return nil, err
		}
	}
	if err := annotate(parsed.stmt, view); err != nil {
		return nil, filesRefused(ctx, err)
	}
	if ddl, ok := parsed.stmt.(*ast.DDL); ok && ddl.ViewSpec != nil && !p.CheckOption {
		ddl.ViewSpec.CheckOption = ast.ViewCheckOptionUnspecified
	}
	for _, name := range parsed.with {
		noTable(name)
	}
	if err := carry(parsed.stmt, parsed.said); err != nil {
		return nil, err
	}
	if ddl, ok := parsed.stmt.(*ast.DDL); ok && view != nil && ddl.ViewSpec != nil {
		functionsOf(ctx, ddl.ViewSpec.ViewExpr, view)
		if view.Collation != "" {
			grammar.UnderQuery(ddl, view.Collation)
		}
	}
	if view != nil && view.Actor != "" {
		grammar.NameActor(parsed.stmt, view.Actor)
	}
	return parsed.stmt, divide(ctx, parsed.stmt, text, view)
}

// tree is what the grammar makes of a text.
type tree struct {
	stmt ast.Statement
	done bool          // a statement of ours, which nothing is noted on
	said clause.Result // what the text says beside it
	with []*ast.AliasedTableExpr
}

// tree reads a statement of the vitess grammar, and refuses what must not run.
func (p Parser) tree(ctx context.Context, text string, mode lex.Mode) (t tree, err error) {
	definer, found, err := definerIn(text, mode)
	if err != nil {
		return t, err
	}
	plain := text
	if found {
		plain = dialect.BlankDefiner(text, definer, mode)
	}
	if t.said, err = clause.Read(lex.OpenComments(plain, mode), mode); err != nil {
		return t, err
	}
	if t.said.Histogram != nil && p.Histogram != nil {
		return tree{stmt: p.Histogram(t.said.Histogram), done: true}, nil
	}
	if t.said.Upkeep != nil && p.Upkeep != nil {
		return tree{stmt: p.Upkeep(t.said.Upkeep), done: true}, nil
	}
	if t.said.Only {
		if p.Keep == nil {
			return t, sqlerr.Syntax.Errorf("not a stored text")
		}
		return tree{stmt: p.Keep(t.said.Change), done: true}, nil
	}
	if t.stmt, err = grammar.Parse(ctx, t.said.Text, mode); err != nil {
		if show := showFunction(t.said.Text, mode); show != nil {
			t.stmt, err = show, nil
		}
	}
	if err != nil && dialect.Program(plain, mode) == "" && !dialect.Defines(plain, mode) { // of a definition the text is kept
		if spelled := lex.IndexHints(t.said.Text, mode); spelled != t.said.Text {
			t.stmt, err = grammar.Parse(ctx, spelled, mode)
		}
	}
	if err != nil {
		return tree{}, refusal(ctx, text, plain, mode, err)
	}
	if t.said.Query != "" {
		if err := withQuery(ctx, t.stmt, t.said.Query, mode); err != nil {
			return tree{}, err
		}
	}
	if p.Names != nil {
		if err := p.Names(t.stmt); err != nil {
			return tree{}, err
		}
	}
	with := grammar.Expand(t.stmt, t.said.Text+" "+t.said.Query) // the query of a CREATE TABLE is read by itself
	t.with = with.Names
	if err := admitWith(with); err != nil {
		return tree{}, err
	}
	if set, ok := t.stmt.(*ast.Set); ok {
		if err := state.KnownVariables(set); err != nil {
			return tree{}, err
		}
	}
	if err := clause.Check(t.stmt); err != nil {
		return tree{}, err
	}
	if show, ok := t.stmt.(*ast.Show); ok && p.Show != nil {
		if t.stmt, t.done, err = p.Show(ctx, show); err != nil {
			return tree{}, err
		}
	}
	if found && !t.done {
		setDefiner(t.stmt, p.actor(ctx, definer.Account))
	}
	return t, nil
}

// withQuery puts the query of CREATE TABLE … SELECT where it belongs.
func withQuery(ctx context.Context, stmt ast.Statement, text string, mode lex.Mode) error {
	ddl, ok := stmt.(*ast.DDL)
	switch {
	case ok && ddl.OptSelect != nil: // it was read with the statement, which forgets what columns are called
	case !ok || ddl.TableSpec == nil || len(ddl.TableSpec.Columns) == 0 || ddl.TableSpec.Columns[0].Name.String() != clause.NoColumn:
		return sqlerr.UnknownError.Errorf("a query that belongs to no table")
	default:
		ddl.TableSpec.Columns = ddl.TableSpec.Columns[1:]
	}
	query, err := grammar.Parse(ctx, strings.TrimRight(text, "; \t\r\n"), mode)
	if err != nil {
		return err
	}
	sel, ok := query.(ast.SelectStatement)
	if !ok {
		return &grammar.SyntaxError{Near: text, Line: 1}
	}
	ddl.OptSelect = &ast.OptSelect{Select: sel}
	return nil
}

// showFunction reads SHOW CREATE FUNCTION, which the grammar does not know; nil for
// other texts.
func showFunction(text string, mode lex.Mode) ast.Statement {
	l := lex.New(text, mode)
	var toks []string
	for t := l.Next(); t.Kind != lex.EOF && t.Kind != lex.Bad && len(toks) < 8; t = l.Next() {
		toks = append(toks, lex.Value(text, t, mode))
	}
	if len(toks) < 4 || !strings.EqualFold(strings.Join(toks[:3], " "), "SHOW CREATE FUNCTION") {
		return nil
	}
	show := &ast.Show{Type: "create function"}
	switch {
	case len(toks) == 4:
		show.Table.Name = ast.NewTableIdent(toks[3])
	case len(toks) == 6 && toks[4] == ".":
		show.Table.DbQualifier, show.Table.Name = ast.NewTableIdent(toks[3]), ast.NewTableIdent(toks[5])
	default:
		return nil
	}
	return show
}

// refusal words why the grammar did not take a text; plain is the client's but for
// its DEFINER clause.
func refusal(ctx context.Context, text, plain string, mode lex.Mode, err error) error {
	if useInBody(text, err, mode) {
		return routine.NotInRoutine("USE")
	}
	if _, again := grammar.Parse(ctx, plain, mode); again != nil {
		return again // it speaks of the client's text
	}
	return err
}

// admitWith bounds what the WITH clauses of a statement are read for.
func admitWith(with grammar.Expansion) error {
	if with.Tables > maxReferences {
		return sqlerr.TooManyTables.Errorf("Too many tables; lxdb can only use %d table references in a statement, and WITH is read once for each reference to it", maxReferences)
	}
	if with.Levels > maxLevels {
		return value.TooDeep("the query")
	}
	if with.Uneven != "" {
		return sqlerr.ViewWrongList.Errorf("In definition of view, derived table or common table expression, SELECT list and column names list have different column counts").
			WithHint("%s", with.Uneven)
	}
	if with.Hidden != "" {
		return sqlerr.NotSupportedYet.Errorf("This version of lxdb doesn't yet support 'a table and a WITH of the same name in one statement'").
			WithHint("give the WITH another name than %s", with.Hidden)
	}
	return nil
}

// useInBody reports that the grammar stopped at USE in the body of a stored
// program, where it knows no such statement.
func useInBody(text string, err error, mode lex.Mode) bool {
	var syntax *grammar.SyntaxError
	return errors.As(err, &syntax) && len(syntax.Near) >= 3 && strings.EqualFold(syntax.Near[:3], "use") && dialect.Program(text, mode) != ""
}

// definerIn finds the DEFINER clause of a statement.
func definerIn(text string, mode lex.Mode) (d dialect.Definer, found bool, err error) {
	if !dialect.Defines(text, mode) {
		return d, false, nil
	}
	return dialect.FindDefiner(text, mode)
}

// actor is the account of a DEFINER clause, as the library's nodes have it.
func (Parser) actor(ctx context.Context, a dialect.Account) string {
	if c, ok := ctx.(*sql.Context); ok && a.Current {
		if s := state.Of(c); s != nil {
			return "`" + s.User.Name() + "`@`%`"
		}
	}
	return "`" + a.Name + "`@`" + cmp.Or(a.Host, "%") + "`"
}

// ParseSimple implements sql.Parser. The library calls it for expressions that it
// has printed itself, in the default mode.
func (p Parser) ParseSimple(query string) (ast.Statement, error) {
	return p.One(context.Background(), query, lex.Mode{}, nil)
}

// Parse implements sql.Parser.
func (p Parser) Parse(ctx *sql.Context, query string, multi bool) (ast.Statement, string, string, error) {
	return p.ParseWithOptions(ctx, query, ';', multi, sql.LoadSqlMode(ctx).ParserOptions())
}

// ParseWithOptions implements sql.Parser. The library calls it for the text of
// a view or trigger after it asked the database for the definition; only then,
// and only for exactly that text, tables are opened for the definer. What opts say
// is part of the mode that the text is read in.
func (p Parser) ParseWithOptions(ctx context.Context, query string, delimiter rune, multi bool, _ ast.ParserOptions) (ast.Statement, string, string, error) {
	mode := state.ReadingIn(ctx, query)
	text, rest := sql.RemoveSpaceAndDelimiter(query, delimiter), ""
	if multi {
		text, rest = lex.Split(text, mode)
	}
	var view *state.ViewUse
	if c, ok := ctx.(*sql.Context); ok {
		view = state.Of(c).StoredUse(query)
	}
	stmt, err := p.One(ctx, text, mode, view)
	if c, ok := ctx.(*sql.Context); ok && err == nil && view != nil && p.Joins != nil {
		stmt, err = p.Joins(c, stmt, text)
	}
	if err == nil && !multi {
		err = Preparable(stmt)
	}
	if do, ok := stmt.(*grammar.Do); ok && !multi { // PREPARE asks whether it can be bound
		stmt = do.Select
	}
	return stmt, text, rest, err
}

// Preparable refuses what must not stand in PREPARE … FROM: a statement that
// prepares or executes another, itself perhaps, and LOCK TABLES, of which EXECUTE
// would run the library's, which lock nothing. The library asks for stored texts
// and for those of PREPARE without more statements behind them, and no stored text
// is such a statement.
func Preparable(stmt ast.Statement) error {
	switch stmt.(type) {
	case interface{ Unpreparable() }, *ast.Prepare, *ast.Execute, *ast.Deallocate, *ast.LockTables, *ast.UnlockTables, *grammar.Load:
		return sqlerr.UnsupportedPS.Errorf("This command is not supported in the prepared statement protocol yet")
	}
	return nil
}

// ParseOneWithOptions implements sql.Parser. The library calls it for PREPARE.
func (p Parser) ParseOneWithOptions(ctx context.Context, query string, _ ast.ParserOptions) (ast.Statement, int, error) {
	mode := state.ReadingIn(ctx, query)
	first, rest := lex.Split(query, mode)
	stmt, err := p.One(ctx, first, mode, nil)
	if err == nil {
		err = Preparable(stmt)
	}
	return stmt, len(query) - len(rest), err
}
