package objects

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/dolthub/go-mysql-server/sql"
	"github.com/dolthub/go-mysql-server/sql/types"

	"github.com/lxdb/lxdb/catalog"
	lxaccess "github.com/lxdb/lxdb/engine/access"
	"github.com/lxdb/lxdb/engine/state"
	"github.com/lxdb/lxdb/security/audit"
	"github.com/lxdb/lxdb/security/grant"
	"github.com/lxdb/lxdb/security/principal"
	"github.com/lxdb/lxdb/security/privilege"
)

// The tables of sys.

// auditLog is sys.audit_log: the whole log, oldest first, whose chain is verified on
// the way.
var auditLog = virtualTable{
	name: "audit_log",
	columns: sql.Schema{
		virtualColumn("seq", virtualNumber),
		virtualColumn("time", types.DatetimeMaxPrecision),
		virtualColumn("event", virtualText),
		virtualColumn("result", virtualText),
		virtualColumn("user", virtualText),
		virtualColumn("login", virtualText),
		virtualColumn("connection", virtualNumber),
		virtualColumn("remote", virtualText),
		virtualColumn("transport", virtualText),
		virtualColumn("object", virtualText),
		virtualColumn("missing", virtualText),
		virtualColumn("code", virtualNumber),
		virtualColumn("reason", virtualText),
		virtualColumn("statement", virtualText),
		virtualColumn("version", virtualNumber),
		virtualColumn("changes", virtualText),
		virtualColumn("count", virtualNumber),
		virtualColumn("user_id", virtualNumber),
		virtualColumn("login_id", virtualNumber),
		virtualColumn("object_id", virtualNumber),
		virtualColumn("sql_state", virtualText),
		virtualColumn("purpose", virtualText),
	},
	rows: auditRows,
}

func auditRows(_ *sql.Context, s *state.Session, row func(sql.Row) error) error {
	err := s.Inst.Audit.Read(func(r audit.Record) error {
		var changes any
		if len(r.Changes) > 0 {
			text, err := json.Marshal(r.Changes)
			if err != nil {
				return err
			}
			changes = string(text)
		}
		return row(sql.Row{
			r.Seq, r.Time.UTC(), r.Event, string(r.Result), orNull(r.Name), orNull(r.LoginName), orNull(uint64(r.Connection)),
			orNull(r.Remote), orNull(r.Transport), orNull(r.Object), orNull(r.Missing), orNull(uint64(r.Code)), orNull(r.Reason),
			orNull(r.Statement), orNull(r.Version), changes, orNull(r.Count),
			orNull(uint64(r.Who)), orNull(uint64(r.Login)), orNull(uint64(r.ObjectID)),
			orNull(r.State), orNull(r.Purpose),
		})
	})
	if err != nil {
		return fmt.Errorf("sys.audit_log: %w", err)
	}
	return nil
}

// roleMemberships is sys.role_memberships: who holds which role or group, and by whose right he was given it, a row for each
// giver. mysql.role_edges, which MySQL's tools read, has no place for that.
var roleMemberships = virtualTable{
	name: "role_memberships",
	columns: sql.Schema{
		virtualColumn("role", virtualText), virtualColumn("member", virtualText), virtualColumn("member_host", virtualText), virtualColumn("member_type", virtualText),
		virtualColumn("admin_option", virtualText),
		virtualColumn("grantor", virtualText),                           // NULL: an administrator's, or who made the role
		virtualColumn("given_by", virtualText),                          // who sent the statement; NULL: a directory
		virtualColumn("valid_until", types.DatetimeMaxPrecision),        // UTC; NULL: no end
		virtualColumn("admin_option_until", types.DatetimeMaxPrecision), // NULL: as long as the membership
	},
	rows: func(_ *sql.Context, s *state.Session, row func(sql.Row) error) error {
		snap := s.Inst.Cat.Snapshot()
		name := func(id principal.ID) any {
			if p := snap.PrincipalByID(id); p != nil {
				return p.Name
			}
			return nil
		}
		for _, role := range snap.Principals() {
			for _, m := range snap.MembersOf(role.ID) {
				member := snap.PrincipalByID(m.Member)
				if member == nil {
					continue
				}
				for _, g := range m.Given() {
					if err := row(sql.Row{role.Name, member.LoginName(), hostOf(member), strings.ToUpper(string(member.Kind)), yes(g.Admin), name(g.Grantor), name(g.By), endOf(g.Until), endOf(g.AdminUntil)}); err != nil {
						return err
					}
				}
			}
		}
		return nil
	},
}

// endOf is a time in microseconds since 1970 in a column, NULL for none.
func endOf(at int64) any {
	if at == 0 {
		return nil
	}
	return time.UnixMicro(at).UTC()
}

// grantRows is sys.grants: who holds what on what, given by whom, until when and by which way: SHOW SECURITY for everybody, with the
// givers. Rows without a way are what is kept; the others are the same rows again, for who has them through a role, a group or PUBLIC.
var grantRows = virtualTable{
	name: "grants",
	columns: sql.Schema{
		virtualColumn("grantee", virtualText), virtualColumn("grantee_host", virtualText), virtualColumn("grantee_type", virtualText),
		virtualColumn("effect", virtualText), // GRANT, EXCEPT, DENY
		virtualColumn("privilege", virtualText),
		virtualColumn("object_type", virtualText), virtualColumn("object_schema", virtualText), virtualColumn("object_name", virtualText),
		virtualColumn("object", virtualText), // as it stands after ON
		virtualColumn("is_grantable", virtualText),
		virtualColumn("grantor", virtualText),                    // NULL: an administrator's, or what who made the object has
		virtualColumn("given_by", virtualText),                   // who sent the statement
		virtualColumn("valid_until", types.DatetimeMaxPrecision), // UTC; NULL: no end
		virtualColumn("via", virtualText),                        // role:r via ldapGroup:g; NULL: his own
	},
	rows: func(_ *sql.Context, s *state.Session, row func(sql.Row) error) error {
		snap := s.Inst.Cat.Snapshot()
		ledger := grant.Read(snap)
		name := func(id principal.ID) any {
			if p := snap.PrincipalByID(id); p != nil {
				return p.Name
			}
			return nil
		}
		for _, p := range snap.Principals() {
			of := func(holder principal.ID, via any) error {
				return ledger.Of(holder, func(r grant.Row) error {
					kind, database, object := grant.Place(snap, r.Object)
					return row(sql.Row{
						p.LoginName(), hostOf(p), strings.ToUpper(string(p.Kind)), r.Effect, r.Privilege, kind, orNull(database), orNull(object), r.Target,
						yes(r.Grantable), name(r.Grantor), name(r.By), endOf(r.Until), via,
					})
				})
			}
			if err := of(p.ID, nil); err != nil {
				return err
			}
			holders := snap.Held(p.ID, false)
			if p.Kind == catalog.KindUser {
				holders = append(holders, catalog.Public)
			}
			for _, id := range holders {
				if err := of(id, grant.Through(snap, p.ID, id)); err != nil {
					return err
				}
			}
		}
		return nil
	},
}

// unboundNames is sys.unbound_names: names in the texts of programs, and of functions in views, that mean something now and meant
// nothing when the text was made, or were not kept by the release that made it. CALL sys.bind_names() binds them.
func unboundNames() virtualTable {
	return virtualTable{
		name: "unbound_names",
		columns: sql.Schema{
			virtualColumn("object_type", virtualText), virtualColumn("object_schema", virtualText), virtualColumn("object_name", virtualText), virtualColumn("definer", virtualText),
			virtualColumn("name_type", virtualText), virtualColumn("name_schema", virtualText), virtualColumn("name", virtualText), virtualColumn("name_owner", virtualText),
		},
		rows: func(ctx *sql.Context, s *state.Session, row func(sql.Row) error) error {
			return eachText(ctx, s, func(t storedText) error {
				for _, n := range t.unbound {
					kind := n.Kind.String()
					if n.Kind == privilege.KindRoutine {
						kind = routineKind(&catalog.Routine{Function: n.Function})
					}
					if err := row(sql.Row{t.kind, t.database, t.name, s.Inst.AccountOf(t.definer), kind, n.Database, n.Name, s.Inst.AccountOf(n.Owner)}); err != nil {
						return err
					}
				}
				return nil
			})
		},
	}
}

// storedText is a program or a view, with the names in it that are not bound.
type storedText struct {
	kind, database, name string
	definer              principal.ID
	unbound              catalog.Names
	bind                 func(tx *catalog.Tx) error // does nothing when it was made again meanwhile
}

// eachText visits those that have such names. A text that cannot be read has none: it is refused where it is used.
func eachText(ctx *sql.Context, s *state.Session, visit func(storedText) error) error {
	snap := s.Inst.Cat.Snapshot()
	found := func(t storedText, known, names catalog.Names) error {
		for _, n := range names {
			if known.Of(n) == nil {
				t.unbound = append(t.unbound, n)
			}
		}
		if len(t.unbound) == 0 {
			return nil
		}
		return visit(t)
	}
	for _, db := range snap.Databases() {
		namesOf := func(text, mode string, on *catalog.Table) catalog.Names {
			p, err := ReadProgram(ctx, s.Inst, db, nil, text, state.ModeOf(mode), on)
			if err != nil {
				return nil
			}
			return namesIn(s, db, p)
		}
		for _, r := range snap.Routines(db.ID) {
			names := namesOf(r.Create, r.SQLMode, nil)
			err := found(storedText{kind: routineKind(r), database: db.Name, name: r.Name, definer: r.Definer, bind: func(tx *catalog.Tx) error {
				now := tx.RoutineByID(r.ID)
				if now == nil || now.Create != r.Create {
					return nil
				}
				changed := now.Clone()
				changed.Names = withNames(now.Names, names)
				return tx.PutRoutine(changed)
			}}, r.Names, names)
			if err != nil {
				return err
			}
		}
		for _, t := range snap.Triggers(db.ID) {
			names := namesOf(t.Create, t.SQLMode, snap.TableByID(t.Table))
			err := found(storedText{kind: "TRIGGER", database: db.Name, name: t.Name, definer: t.Definer, bind: func(tx *catalog.Tx) error {
				now := tx.Trigger(db.ID, t.Name)
				if now == nil || now.ID != t.ID || now.Create != t.Create {
					return nil
				}
				changed := now.Clone()
				changed.Names = withNames(now.Names, names)
				return tx.PutTrigger(changed)
			}}, t.Names, names)
			if err != nil {
				return err
			}
		}
		for _, e := range snap.Events(db.ID) {
			names := namesOf(e.Create, e.SQLMode, nil)
			err := found(storedText{kind: "EVENT", database: db.Name, name: e.Name, definer: e.Definer, bind: func(tx *catalog.Tx) error {
				now := tx.Event(db.ID, e.Name)
				if now == nil || now.ID != e.ID || now.Create != e.Create {
					return nil
				}
				changed := now.Clone()
				changed.Names = withNames(now.Names, names)
				return tx.PutEvent(changed)
			}}, e.Names, names)
			if err != nil {
				return err
			}
		}
		for _, v := range snap.Views(db.ID) {
			if v.Bound == nil {
				continue // its text cannot be read
			}
			read, err := lxaccess.NamesOf(ctx, v.Create, v.SQLMode, v.Bound.Database)
			if err != nil {
				continue
			}
			names := lxaccess.Bind(snap, read).Functions
			err = found(storedText{kind: "VIEW", database: db.Name, name: v.Name, definer: v.Definer, bind: func(tx *catalog.Tx) error {
				now := tx.ViewByID(v.ID)
				if now == nil || now.Create != v.Create || now.Bound == nil {
					return nil
				}
				changed, bound := now.Clone(), *now.Bound
				bound.Functions = withNames(bound.Functions, names)
				changed.Bound = &bound
				return tx.PutView(changed)
			}}, v.Bound.Functions, names)
			if err != nil {
				return err
			}
		}
	}
	return nil
}

// withNames adds to what is known the names that are not.
func withNames(known, names catalog.Names) catalog.Names {
	out := slices.Clone(known)
	for _, n := range names {
		if out.Of(n) == nil {
			out = append(out, n)
		}
	}
	return out
}

// BindNames binds the names that sys.unbound_names shows to what they mean now, and says how many.
func BindNames(ctx *sql.Context, s *state.Session) (n int, err error) {
	var texts []storedText
	if err := eachText(ctx, s, func(t storedText) error {
		n += len(t.unbound)
		texts = append(texts, t)
		return ctx.Err()
	}); err != nil || n == 0 {
		return 0, err
	}
	return n, s.Update(ctx, func(tx *catalog.Tx) error {
		for _, t := range texts {
			if err := t.bind(tx); err != nil {
				return err
			}
		}
		return nil
	})
}
