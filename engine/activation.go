package engine

import (
	"strings"

	"github.com/dolthub/go-mysql-server/sql"
	ast "github.com/dolthub/vitess/go/vt/sqlparser"
	"github.com/lxdb/lxdb/catalog"
	"github.com/lxdb/lxdb/engine/sqlerr"
	"github.com/lxdb/lxdb/security/bucket"
	"github.com/lxdb/lxdb/security/principal"
)

// activation is one call of a procedure. The library's interpreter runs a body
// statement by statement through a runner of ours, and for each of them, from
// its planning to its last row, the session is the one that the routine
// declared: its definer's identity and rights, its database, its sql_mode. In
// between the session is the caller's: it is he who computes the arguments.
type activation struct {
	outer    *activation
	routine  *catalog.Routine
	database string
	mode     string // sql_mode; SET in the body changes it for the rest of the body
	who      principal.Principal
	rights   *bucket.Rights
	execute  term // the caller's right to call it
	// definer: this routine, or one that called it, acts for its definer. What
	// acts for its invoker inside is held to its owner's rights, too.
	definer bool

	text   string // of the CREATE, as the library parses it
	notes  *bodyNotes
	schema sql.Schema // of the result for the client, nil before there is one
	result []sql.Row

	params   map[string]*sql.StoredProcParam
	passed   map[string]*sql.StoredProcParam // of the caller, for the call that is bound next
	prepared map[string]bool                 // statements that the body has prepared
}

// inDefiner reports whether the session runs the body of a routine that acts for
// its definer.
func (s *state) inDefiner() bool { return s != nil && s.calls != nil && s.calls.definer }

// NewStoredProcParam implements sql.Session. While a CALL is bound it makes the
// parameters of the procedure; before that, the variables that a body passes on.
func (s *state) NewStoredProcParam(name string, p *sql.StoredProcParam) *sql.StoredProcParam {
	name = strings.ToLower(name)
	switch {
	case s.binding != nil:
		s.binding.params[name] = p
	case s.calls != nil:
		if s.calls.passed == nil {
			s.calls.passed = map[string]*sql.StoredProcParam{}
		}
		s.calls.passed[name] = p
	}
	return p
}

// GetStoredProcParam implements sql.Session.
func (s *state) GetStoredProcParam(name string) *sql.StoredProcParam {
	if s.calls == nil {
		return nil
	}
	name = strings.ToLower(name)
	if p := s.calls.passed[name]; p != nil && s.binding != nil {
		return p
	}
	return s.calls.params[name]
}

// SetUserVariable implements sql.Session. In a body the library names variables
// with their @.
func (s *state) SetUserVariable(ctx *sql.Context, name string, value any, typ sql.Type) error {
	return s.BaseSession.SetUserVariable(ctx, strings.TrimPrefix(name, "@"), value, typ)
}

// SetStoredProcParam implements sql.Session. SELECT … INTO @x has set the user's
// variable already when the library comes here with it.
func (s *state) SetStoredProcParam(name string, value any) error {
	if strings.HasPrefix(name, "@") {
		return nil
	}
	p := s.GetStoredProcParam(name)
	if p == nil {
		return sqlerr.UnknownSystemVariable.Errorf("Unknown system variable '%s'", name)
	}
	p.SetValue(value)
	return nil
}

// bodyNotes is what the runner knows of the statements of a body before they
// run; the library takes their INTO away.
type bodyNotes struct {
	into  map[*ast.Select]*ast.Into
	shows map[ast.Statement]bool // whose rows go to the client
}
