package routine

import (
	"errors"
	"strings"

	"github.com/dolthub/go-mysql-server/sql"

	"github.com/lxdb/lxdb/catalog"
	"github.com/lxdb/lxdb/engine/sqlerr"
	"github.com/lxdb/lxdb/engine/state"
	"github.com/lxdb/lxdb/security/access"
	"github.com/lxdb/lxdb/security/bucket"
	"github.com/lxdb/lxdb/security/principal"
	"github.com/lxdb/lxdb/security/privilege"
)

// Caller is who calls a routine: the session as it is now, or who a view acts for.
type Caller struct {
	User    principal.Principal
	Rights  *bucket.Rights
	Definer bool // of a view or routine around
}

// CallerOf is the session as it is now.
func CallerOf(s *state.Session) Caller {
	return Caller{User: s.User, Rights: s.Rights, Definer: s.InDefiner()}
}

// Find is the procedure or function of a name, if its caller may call it. Who may not
// know of it is told the same as where there is none.
func (by Caller) Find(s *state.Session, database, name string, function bool) (*catalog.Database, *catalog.Routine, error) {
	if database == "" {
		database = s.GetCurrentDatabase()
	}
	if database == "" {
		return nil, nil, sql.ErrNoDatabaseSelected.New()
	}
	snap := s.Catalog()
	db := snap.Database(database)
	kind := "PROCEDURE"
	if function {
		kind = "FUNCTION"
	}
	if db == nil { // as in one that he may not know of, unless he may call in all that there could be
		if access.May(s.As(by.Rights), access.System(), access.SystemPrivilege(privilege.SysAdmin), access.List) {
			return nil, nil, sqlerr.SPDoesNotExist.Errorf("%s %s.%s does not exist", kind, database, name)
		}
		return nil, nil, sqlerr.DeniedRoutine(by.User.Name(), database, name)
	}
	r := snap.Routine(db.ID, name, function)
	on, why := access.Database(db.ID), access.List // nothing is denied: EXPLAIN SECURITY names no more of it than of what is hidden
	if r != nil {
		on, why = state.RoutineObject(r), access.Enforce
	}
	if !access.May(s.As(by.Rights), on, access.One(privilege.Execute), why) {
		return nil, nil, sqlerr.DeniedRoutine(by.User.Name(), database, name)
	}
	if r == nil {
		return nil, nil, sqlerr.SPDoesNotExist.Errorf("%s %s.%s does not exist", kind, db.Name, name)
	}
	if err := s.Calls.Admits(s.Inst, Named(db, r)); err != nil {
		return nil, nil, err
	}
	s.Fence.Note(state.Term{Rights: by.Rights, On: on, Want: access.One(privilege.Execute)})
	return db, r, nil
}

// Named is what the name of a routine means.
func Named(db *catalog.Database, r *catalog.Routine) catalog.BoundRelation {
	return catalog.BoundRelation{Database: db.Name, Name: r.Name, ID: r.ID, Kind: privilege.KindRoutine, Function: r.Function, Owner: r.Owner}
}

// Activate makes the activation of a routine that is called. With an error it is given where the
// routine's definer is known.
func (by Caller) Activate(s *state.Session, db *catalog.Database, r *catalog.Routine) (*state.Activation, error) {
	a := &state.Activation{
		Outer: s.Calls, Routine: r, Database: db.Name, Mode: r.SQLMode, Charsets: r.Charsets.Or(), User: by.User, Rights: by.Rights,
		Execute: state.Term{Rights: by.Rights, On: state.RoutineObject(r), Want: access.One(privilege.Execute)},
		Definer: !r.Invoker || by.Definer, Prepared: map[string]bool{},
	}
	switch {
	case !r.Invoker:
		p := s.Inst.Cat.Snapshot().PrincipalByID(r.Definer)
		if p == nil || p.Kind != catalog.KindUser {
			return nil, sqlerr.NoSuchUser.Errorf("The user specified as a definer of '%s.%s' does not exist", db.Name, r.Name)
		}
		a.User, a.Rights, a.Makers, a.Names = principal.Trusted(p.ID, p.Name), s.ActingFor(p.ID), r.Makers, r.Names
		if err := a.MayAct(s.Inst); err != nil {
			return a, err
		}
	case by.Definer: // whose rights it has, so that it is held to what its names meant as his programs are
		a.Names = r.Names
		a.Rights = by.Rights.Within(s.Inst.StandingOf(r.Owner))
	}
	return a, nil
}

// Enter makes the session the routine's until the function that it returns is called.
func Enter(s *state.Session, ctx *sql.Context, a *state.Activation) (func(), error) {
	who, rights, database := s.User, s.Rights, s.BaseSession.GetCurrentDatabase()
	outer, under := s.Calls, s.Planning
	before, err := s.Manner(ctx)
	if err != nil {
		return nil, err
	}
	own := state.MannerOf(a.Mode, a.Charsets)
	if err := setManner(s, ctx, own); err != nil {
		return nil, errors.Join(err, setManner(s, ctx, before))
	}
	if s.Planning != under {
		s.ProgramManner(under, own)
	}
	inside := s.Planning
	s.User, s.Rights, s.Calls = a.User, a.Rights, a
	leave := func() {}
	if a.Trigger != 0 || a.Routine != nil && a.Routine.Function {
		leave = s.SavepointLevel()
	}
	if database != a.Database { // it costs a log entry
		s.SetCurrentDatabase(a.Database)
	}
	return func() {
		leave()
		if a.Roles != nil { // what was planned since has the rights that were chosen
			defer s.Replan()
		}
		if a.Roles != nil && a.Routine != nil && a.Routine.Invoker && !a.Definer { // inside a definer's it is nobody's self
			rights = rights.WithRoles(*a.Roles)
			if outer != nil {
				outer.Roles = a.Roles
			} else {
				s.Own = rights
			}
		}
		s.User, s.Rights, s.Calls = who, rights, outer
		if s.BaseSession.GetCurrentDatabase() != database {
			s.SetCurrentDatabase(database)
		}
		if s.Planning == under {
			return
		}
		same := s.Planning == inside // the body has set nothing
		if err := setManner(s, ctx, before); err != nil {
			s.Inst.Log.Error("variables after a routine", "connection", s.ID(), "err", err)
			return
		}
		if same {
			s.BackTo(under, before)
		}
	}, nil
}

func setManner(s *state.Session, ctx *sql.Context, m state.Manner) error {
	now, err := s.Manner(ctx)
	if err != nil || !strings.EqualFold(now.Mode, m.Mode) {
		if err := s.SetSessionVariable(ctx, sql.SqlModeSessionVar, m.Mode); err != nil {
			return err
		}
	}
	return s.SetCharsets(now, m)
}

// MadeText is an error of a statement whose text a definer's routine has made: of
// rows, perhaps, that the caller may not read. Its text quotes that text.
type MadeText struct{ Cause error }

func (e *MadeText) Error() string {
	return "a statement that the routine has made failed: " + e.Cause.Error()
}
func (e *MadeText) Unwrap() error { return e.Cause }

// Recursion refuses a function or trigger that runs already.
func Recursion() error {
	return sqlerr.SPNoRecursion.Errorf("Recursive stored functions and triggers are not allowed.")
}

// NotInRoutine refuses a statement that MySQL does not take in a body.
func NotInRoutine(what string) error {
	return sqlerr.SPBadStatement.Errorf("%s is not allowed in stored procedures", what)
}
