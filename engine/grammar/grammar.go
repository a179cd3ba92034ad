// Package grammar is the only caller of the SQL parser. Every text goes through
// engine/lex first, whoever sent, stored or made it, and what comes back speaks of
// the text that was given: positions, the names of result columns, syntax errors.
package grammar

import (
	"context"
	"errors"
	"strings"

	ast "github.com/dolthub/vitess/go/vt/sqlparser"
	"github.com/dolthub/vitess/go/vt/vterrors"

	"github.com/lxdb/lxdb/engine/lex"
	"github.com/lxdb/lxdb/engine/sqlerr"
)

// ErrEmpty is for a text without a statement. It is the parser's own, which the
// library compares with.
var ErrEmpty = ast.ErrEmpty

// SyntaxError says where the text stopped being a statement; MySQL's 1064.
type SyntaxError = lex.SyntaxError

// Parse reads one statement. Its errors are *lex.Error for what nests too deep or
// holds a name that cannot be read, *SyntaxError and ErrEmpty.
func Parse(ctx context.Context, text string, m lex.Mode) (ast.Statement, error) {
	canonical, err := lex.Canonical(text, m)
	if err != nil {
		var e *lex.Error
		if errors.As(err, &e) && e.Reason == lex.Syntax {
			return nil, syntaxError(text, e.Pos, m, "")
		}
		return nil, err
	}
	stmt, err := ast.ParseWithOptions(ctx, canonical.SQL, ast.ParserOptions{})
	if err != nil {
		if errors.Is(err, ast.ErrEmpty) {
			return nil, ErrEmpty
		}
		again, changed := lex.Respelled(text, m)
		if !changed {
			return nil, refused(ctx, text, &canonical, m, err)
		}
		var second error
		if stmt, second = ast.ParseWithOptions(ctx, again.SQL, ast.ParserOptions{}); second != nil {
			return nil, refused(ctx, text, &canonical, m, err)
		}
		canonical = again
	}
	if err := rewrite(stmt, text, canonical.SQL, m); err != nil {
		return nil, err
	}
	if canonical.Changed() || strings.IndexByte(text, '\\') >= 0 {
		toSource(stmt, &canonical, m)
	}
	if d, ok := stmt.(*ast.DDL); ok && d.ViewSpec != nil && d.SubStatementStr == "" {
		// of this text, whatever comments stand in the one that was sent
		d.SubStatementStr = strings.TrimSpace(text[d.SubStatementPositionStart:min(d.SubStatementPositionEnd, len(text))])
	}
	return stmt, nil
}

// inFrom rewrites what stands in FROM, and beside it.
func (s *survey) inFrom(stmt ast.Statement) {
	if s.hinted {
		hints(stmt)
	}
	if s.renamed {
		starsOfRenamed(stmt)
	}
}

// rewrite puts into the tree what the parser does not know, and refuses what it should.
func rewrite(stmt ast.Statement, text, canonical string, m lex.Mode) error {
	in := surveyed(stmt, canonical, m)
	if in.err != nil {
		return in.err
	}
	if err := in.misplaced(text, m); err != nil {
		return err
	}
	if in.introducers {
		if err := introduced(stmt); err != nil {
			return err
		}
	}
	if in.inverted {
		invertBits(stmt)
	}
	if in.minuses > 0 {
		if err := negate(stmt, in.minuses); err != nil {
			return err
		}
	}
	if strings.IndexByte(canonical, 0) >= 0 { // every mark of lex has one in it
		if m.PipesAsConcat {
			joinStrings(stmt)
		}
		callMarked(stmt)
		assignments(stmt)
		quantify(stmt)
	}
	in.inFrom(stmt)
	if in.named {
		nameConstants(stmt)
	}
	if in.anyValues {
		anyValues(stmt)
	}
	if in.dotted {
		callDotted(stmt)
	}
	if in.numbers {
		numbersOf(stmt)
	}
	if in.char {
		callChar(stmt)
	}
	if in.escapes {
		callLikes(stmt, m)
	}
	if in.defaults {
		callDefaults(stmt)
	}
	decimal, cast := mayCast(text)
	if decimal {
		if err := checkDecimals(stmt); err != nil {
			return err
		}
		callDecimals(stmt)
	}
	if cast {
		callCasts(stmt)
	}
	if strings.Contains(text, "@@") {
		sayScope(stmt)
	}
	if in.subqueries > 1 {
		if err := nested(stmt, in.subqueries); err != nil {
			return err
		}
	}
	if in.qualified {
		qualifiedFunctions(stmt)
	}
	if in.windows {
		if err := functionsOver(stmt); err != nil {
			return err
		}
	}
	if in.groups && in.subqueries >= maxGroups && groupedIn(stmt) > maxGroups {
		return sqlerr.StackOverrunNeedMore.Errorf("more than %d queries with aggregates or GROUP BY stand in one another", maxGroups).
			WithHint("compute the inner ones first, in a WITH or a table")
	}
	if set, ok := stmt.(*ast.Set); ok && (in.groups || in.anyValues) {
		if err := ungrouped(set); err != nil {
			return err
		}
	}
	if in.groups && in.subqueries > 0 {
		outerAggregates(stmt)
	}
	if in.groups {
		if err := groups(stmt, in.concats); err != nil {
			return err
		}
	}
	if in.sources {
		return sources(stmt)
	}
	return nil
}

// maxNesting is what the parser says of more than 199 subqueries in one another.
const maxNesting = "max nesting level reached"

// refused turns an error of the parser into one about the source.
func refused(ctx context.Context, text string, canonical *lex.Text, m lex.Mode, cause error) error {
	// With a space at its end the parser tells the end of the text from its last token.
	_, err := ast.ParseWithOptions(ctx, canonical.SQL+" ", ast.ParserOptions{})
	e, ok := vterrors.AsSyntaxError(err)
	if !ok {
		return syntaxError(text, 0, m, cause.Error())
	}
	if strings.HasPrefix(e.Message, maxNesting) {
		return &lex.Error{Reason: lex.Nested, Pos: canonical.Start(e.Position - 1)}
	}
	if err := frameRefused(e.Message); err != nil {
		return err
	}
	hint := ""
	if !strings.HasPrefix(e.Message, "syntax error") {
		hint, _, _ = strings.Cut(e.Message, " at position ")
	}
	if hint == "incorrect usage of DISTINCT and ALL" {
		return sqlerr.WrongUsage.Errorf("Incorrect usage of ALL and DISTINCT")
	}
	pos := canonical.Start(canonical.TokenBefore(e.Position - 1))
	if err := concatOver(text, pos, m); err != nil {
		return err
	}
	return syntaxError(text, pos, m, hint)
}

func syntaxError(text string, pos int, m lex.Mode, hint string) *SyntaxError {
	near, line := lex.Near(text, pos, m, false)
	return &SyntaxError{Near: near, Line: line, Hint: hint}
}

// NoPlaceholder refuses a ? in a statement that is not prepared: nothing will ever
// stand in its place.
func NoPlaceholder(text string, m lex.Mode) error {
	if strings.IndexByte(text, '?') < 0 {
		return nil
	}
	l := lex.New(text, m)
	for t := l.Next(); t.Kind != lex.EOF && t.Kind != lex.Bad; t = l.Next() {
		if t.Kind == lex.Punct && text[t.Pos] == '?' {
			return syntaxError(text, t.Pos, m, "a placeholder stands in prepared statements only")
		}
	}
	return nil
}

// mayCast says that a text may cast to DECIMAL, and to anything. It looks at whole statements, of which some are
// long: a regular expression took most of the time of a restore's.
func mayCast(text string) (decimal, cast bool) {
	for i := 0; i < len(text); i++ {
		switch text[i] | 0x20 {
		case 'd':
			decimal = decimal || beginsWith(text[i:], "decimal")
		case 'c':
			cast = cast || beginsWith(text[i:], "cast") || beginsWith(text[i:], "convert")
		}
	}
	return decimal, cast
}

func beginsWith(text, word string) bool {
	return len(text) >= len(word) && strings.EqualFold(text[:len(word)], word)
}
