package state

import (
	"strings"

	"github.com/dolthub/go-mysql-server/sql"
	ast "github.com/dolthub/vitess/go/vt/sqlparser"

	"github.com/lxdb/lxdb/catalog"
	"github.com/lxdb/lxdb/engine/sqlerr"
	"github.com/lxdb/lxdb/security/bucket"
	"github.com/lxdb/lxdb/security/principal"
)

// Activation is one call of a procedure. The library's interpreter runs a body
// statement by statement through a runner of ours, and for each of them, from
// its planning to its last row, the session is the one that the routine
// declared: its definer's identity and rights, its database, its sql_mode. In
// between the session is the caller's: it is he who computes the arguments.
type Activation struct {
	Outer    *Activation
	Routine  *catalog.Routine
	Database string
	Mode     string // sql_mode; SET in the body changes it for the rest of the body
	User     principal.Principal
	Rights   *bucket.Rights
	Execute  Term // the caller's right to call it
	// Definer: this routine, or one that called it, acts for its definer. What
	// acts for its invoker inside is held to its owner's rights, too.
	Definer bool
	Made    bool // it acts for its definer and runs a statement whose text it has made

	Text   string // of the CREATE, as the library parses it
	Notes  *BodyNotes
	Schema sql.Schema // of the result for the client, nil before there is one
	Result []sql.Row

	Params   map[string]*sql.StoredProcParam
	Passed   map[string]*sql.StoredProcParam // of the caller, for the call that is bound next
	Prepared map[string]bool                 // statements that the body has prepared
}

// InDefiner reports whether the session runs the body of a routine that acts for
// its definer.
func (s *Session) InDefiner() bool { return s != nil && s.Calls != nil && s.Calls.Definer }

// NewStoredProcParam implements sql.Session. While a CALL is bound it makes the
// parameters of the procedure; before that, the variables that a body passes on.
func (s *Session) NewStoredProcParam(name string, p *sql.StoredProcParam) *sql.StoredProcParam {
	name = strings.ToLower(name)
	switch {
	case s.Binding != nil:
		s.Binding.Params[name] = p
	case s.Calls != nil:
		if s.Calls.Passed == nil {
			s.Calls.Passed = map[string]*sql.StoredProcParam{}
		}
		s.Calls.Passed[name] = p
	}
	return p
}

// GetStoredProcParam implements sql.Session.
func (s *Session) GetStoredProcParam(name string) *sql.StoredProcParam {
	if s.Calls == nil {
		return nil
	}
	name = strings.ToLower(name)
	if p := s.Calls.Passed[name]; p != nil && s.Binding != nil {
		return p
	}
	return s.Calls.Params[name]
}

// SetUserVariable implements sql.Session. In a body the library names variables
// with their @.
func (s *Session) SetUserVariable(ctx *sql.Context, name string, value any, typ sql.Type) error {
	return s.BaseSession.SetUserVariable(ctx, strings.TrimPrefix(name, "@"), value, typ)
}

// SetStoredProcParam implements sql.Session. SELECT … INTO @x has set the user's
// variable already when the library comes here with it.
func (s *Session) SetStoredProcParam(name string, value any) error {
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

// BodyNotes is what the runner knows of the statements of a body before they
// run; the library takes their INTO away.
type BodyNotes struct {
	Into  map[*ast.Select]*ast.Into
	Shows map[ast.Statement]bool // whose rows go to the client
}
