package objects

import (
	"strings"
	"time"

	"github.com/dolthub/go-mysql-server/sql"

	"github.com/lxdb/lxdb/catalog"
	"github.com/lxdb/lxdb/engine/program"
	"github.com/lxdb/lxdb/engine/state"
	"github.com/lxdb/lxdb/security/access"
)

// eachRoutine visits the procedures and functions that the session sees.
func eachRoutine(s *state.Session, visit func(db *catalog.Database, r *catalog.Routine, h *program.Header)) {
	snap := s.Inst.Cat.Snapshot()
	for _, db := range snap.Databases() {
		for _, r := range snap.Routines(db.ID) {
			if !s.Sees(state.RoutineObject(r)) {
				continue
			}
			if h, err := program.Read(r.Create, state.ModeOf(r.SQLMode)); err == nil {
				visit(db, r, &h)
			}
		}
	}
}

func routineKind(r *catalog.Routine) string {
	if r.Function {
		return "FUNCTION"
	}
	return "PROCEDURE"
}

// dataType is a type as written: what it is called, and all of it.
func dataType(written string) (name, all string) {
	all = strings.ToLower(strings.TrimSpace(written))
	end := strings.IndexFunc(all, func(r rune) bool { return r == '(' || r == ' ' })
	if end < 0 {
		return all, all
	}
	return all[:end], all
}

// routineRows are the routines that the session sees, their text only for who may read it.
func routineRows(ctx *sql.Context, s *state.Session) (out []sql.Row) {
	client, connection := sessionText(ctx, "character_set_client"), sessionText(ctx, "collation_connection")
	eachRoutine(s, func(db *catalog.Database, r *catalog.Routine, h *program.Header) {
		var text, identifier any
		name, security, deterministic := "", "DEFINER", "NO"
		if r.Function {
			name, identifier = dataType(h.Returns)
		}
		if access.May(s.Actor(), state.RoutineObject(r), routineText, access.List) {
			text = r.Create[h.BodyAt:]
		}
		if r.Invoker {
			security = "INVOKER"
		}
		if h.Deterministic {
			deterministic = "YES"
		}
		out = append(out, sql.Row{
			r.Name, infoCatalog, db.Name, r.Name, routineKind(r), name, nil, nil, nil, nil, nil, nil, nil, identifier,
			"SQL", text, nil, "SQL", "SQL", deterministic, h.Access.String(), nil, security,
			time.UnixMicro(r.Created).UTC(), time.UnixMicro(r.Modified).UTC(), r.SQLMode, r.Comment, s.Inst.AccountOf(r.Definer),
			client, connection, s.Inst.CollationOf(db).String(),
		})
	})
	return out
}

// parameterRows are the parameters of those routines; the result of a function stands at 0.
func parameterRows(_ *sql.Context, s *state.Session) (out []sql.Row) {
	eachRoutine(s, func(db *catalog.Database, r *catalog.Routine, h *program.Header) {
		row := func(at int, mode, name any, written string) {
			kind, all := dataType(written)
			out = append(out, sql.Row{
				infoCatalog, db.Name, r.Name, uint64(at), mode, name, kind, nil, nil, nil, nil, nil, nil, nil, all, routineKind(r),
			})
		}
		if r.Function {
			row(0, nil, nil, h.Returns)
		}
		for i, p := range h.Params {
			row(i+1, p.Mode.String(), p.Name, p.Type)
		}
	})
	return out
}
