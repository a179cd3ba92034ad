package objects

import (
	"time"

	"github.com/dolthub/go-mysql-server/sql"

	"github.com/lxdb/lxdb/catalog"
	"github.com/lxdb/lxdb/engine/program"
	"github.com/lxdb/lxdb/engine/state"
	"github.com/lxdb/lxdb/engine/variable"
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

// routineRows are the routines that the session sees, their text only for who may read it.
func routineRows(ctx *sql.Context, s *state.Session) (out []sql.Row) {
	types := newParameterTypes(ctx, s)
	eachRoutine(s, func(db *catalog.Database, r *catalog.Routine, h *program.Header) {
		var text any
		name, security, deterministic, result := "", "DEFINER", "NO", make([]any, 8)
		if r.Function {
			t := types.of(db, r, h.Returns)
			name, result = t.name(), t.described()
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
		client, connection, database := shownCharsets(ctx, s, db, r.Charsets)
		row := append(sql.Row{r.Name, infoCatalog, db.Name, r.Name, routineKind(r), name}, result...)
		out = append(out, append(row,
			"SQL", text, nil, "SQL", "SQL", deterministic, h.Access.String(), nil, security,
			time.UnixMicro(r.Created).UTC(), time.UnixMicro(r.Modified).UTC(), variable.StoredModes(r.SQLMode), r.Comment, s.Inst.AccountOf(r.Definer),
			client, connection, database,
		))
	})
	return out
}

// parameterRows are the parameters of those routines; the result of a function stands at 0.
func parameterRows(ctx *sql.Context, s *state.Session) (out []sql.Row) {
	types := newParameterTypes(ctx, s)
	eachRoutine(s, func(db *catalog.Database, r *catalog.Routine, h *program.Header) {
		row := func(at int, mode, name any, written string) {
			t := types.of(db, r, written)
			row := append(sql.Row{infoCatalog, db.Name, r.Name, uint64(at), mode, name, t.name()}, t.described()...)
			out = append(out, append(row, routineKind(r)))
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
