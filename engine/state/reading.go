package state

import (
	"context"
	"strings"

	"github.com/dolthub/go-mysql-server/sql"

	"github.com/lxdb/lxdb/engine/lex"
	"github.com/lxdb/lxdb/engine/variable"
)

// ModeOf returns how a SQL mode makes texts be read. Most sessions have a mode
// that changes nothing.
func ModeOf(mode string) lex.Mode {
	if mode == sql.DefaultSqlMode {
		return lex.Mode{}
	}
	var m lex.Mode
	for word := range strings.SplitSeq(strings.ToUpper(mode), ",") {
		switch strings.TrimSpace(word) {
		case "ANSI": // of programs that were stored when it was not spelled out
			m.ANSIQuotes, m.PipesAsConcat = true, true
		case "REAL_AS_FLOAT":
			m.RealAsFloat = true
		case "HIGH_NOT_PRECEDENCE":
			m.HighNot = true
		case "ANSI_QUOTES":
			m.ANSIQuotes = true
		case "PIPES_AS_CONCAT":
			m.PipesAsConcat = true
		case "NO_BACKSLASH_ESCAPES":
			m.NoBackslashEscapes = true
		}
	}
	return m
}

// QuoteNames gives the session of a client that writes names in double quotes the mode
// for it.
func (s *Variables) QuoteNames(ansi bool) error {
	if !ansi {
		return nil
	}
	v, err := s.GetSessionVariable(NoContext, sql.SqlModeSessionVar)
	if err != nil {
		return err
	}
	mode, _ := v.(string)
	mode, _ = variable.SpellModes(mode + ",ANSI_QUOTES")
	return s.SetSessionVariable(NoContext, sql.SqlModeSessionVar, mode) // the library initializes one that is not its default no more
}

// Reading is the session's own, as it is now.
func (s *Variables) Reading() lex.Mode { return s.Settings().reading }

func (s *Variables) readReading() lex.Mode {
	v, err := s.GetSessionVariable(NoContext, sql.SqlModeSessionVar)
	mode, ok := v.(string)
	if err != nil || !ok {
		return lex.Mode{}
	}
	return ModeOf(mode)
}

// ReadingIn is how a text is read in ctx: stored text as it was when it was stored,
// any other in the session's mode.
func ReadingIn(ctx context.Context, text string) lex.Mode {
	c, ok := ctx.(*sql.Context)
	if !ok {
		return lex.Mode{}
	}
	s := Of(c)
	if s == nil {
		return lex.Mode{}
	}
	if m, stored := s.storedReading[text]; stored {
		return m
	}
	return s.Reading()
}

// KeepReading notes how a stored text that the library is about to get was read
// when it was stored. It is forgotten with the statement.
func (s *Scope) KeepReading(text, mode string) {
	if s.storedReading == nil {
		s.storedReading = map[string]lex.Mode{}
	}
	s.storedReading[text] = ModeOf(mode)
}
