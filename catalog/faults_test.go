package catalog

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/lxdb/lxdb/security/principal"
	"github.com/lxdb/lxdb/security/privilege"
)

// TestFaults takes records away, or changes them, behind the catalog's back.
func TestFaults(t *testing.T) {
	c := mustOpen(t, openKivi(t, ""))
	var user, role ID
	var db, table ID
	mustUpdate(t, c, func(tx *Tx) error {
		for _, id := range []*ID{&user, &role, &db, &table} {
			var err error
			if *id, err = tx.AllocID(); err != nil {
				return err
			}
		}
		for _, p := range []*Principal{{ID: 0, Name: "ann", Kind: KindUser}, {ID: 0, Name: "clerks", Kind: KindRole}} {
			p.ID = principal.ID(user)
			if p.Kind == KindRole {
				p.ID = principal.ID(role)
			}
			if err := tx.PutPrincipal(p); err != nil {
				return err
			}
		}
		if err := tx.PutDatabase(&Database{ID: db, Name: "d", Owner: principal.ID(user)}); err != nil {
			return err
		}
		rec := &Table{ID: table, Data: table, Database: db, Name: "t", Owner: principal.ID(user), NextColumn: 2, NextIndex: 1, Version: 1,
			Columns: []Column{{ID: 1, Name: "a", Type: "int"}}, Layouts: []Layout{{Version: 1, Columns: []LayoutColumn{{ID: 1, Width: 4}}}}}
		if err := tx.PutTable(rec); err != nil {
			return err
		}
		if err := tx.PutMembership(&Membership{Member: principal.ID(user), Role: principal.ID(role), Grantor: SystemGrantor}); err != nil {
			return err
		}
		return tx.PutGrant(&Grant{Grantee: principal.ID(user), Object: table, Kind: privilege.KindTable,
			Atoms: privilege.Of(privilege.Select), Grantor: principal.ID(role), By: Root})
	})
	for what, tt := range map[string]struct {
		damage func(s *Snapshot)
		want   []string
	}{
		"nothing": {func(*Snapshot) {}, nil},
		"database gone": {func(s *Snapshot) { databases(s).byID.delete(db) },
			[]string{"t: table in a database that does not exist"}},
		"table gone": {func(s *Snapshot) { tables(s).byID.delete(table); s.tableData.delete(table) },
			[]string{"account ann: holds a grant on an object that does not exist"}},
		"owner and grantee gone": {func(s *Snapshot) { s.principals.delete(principal.ID(user)) },
			[]string{"d: database whose owner does not exist", "d.t: table whose owner does not exist",
				"grants: grant to an account that does not exist", "account clerks: its member does not exist"}},
		"role and grantor gone": {func(s *Snapshot) { s.principals.delete(principal.ID(role)) },
			[]string{"account ann: holds a grant of an account that does not exist", "account ann: holds a role that does not exist"}},
		"numbers used twice": {func(s *Snapshot) {
			rec := s.TableByID(table).Clone()
			rec.NextColumn, rec.Version = 1, 7
			rec.Indexes = []Index{{ID: 5, Name: "x", Columns: []IndexColumn{{Column: 9}}}}
			s.tableData.set(table, rec)
		}, []string{"d.t: column number 1 is used twice, or is still to be given", "d.t: index number 5 is used twice, or is still to be given",
			"d.t: index x over a column that does not exist", "d.t: rows are written in layout 7, the newest is 1"}},
		"certificate of nobody": {func(s *Snapshot) { s.certificates.set(4_000_000, &Certificate{Principal: 4_000_000}) },
			[]string{"permission certificates: certificate of an account that does not exist"}},
	} {
		s := c.Snapshot().copy()
		tt.damage(s)
		var got []string
		for _, f := range s.Faults() {
			if !strings.Contains(f.What, "has no permission certificate") { // nobody issues them here
				got = append(got, f.Object+": "+f.What)
			}
		}
		if strings.Join(got, "\n") != strings.Join(tt.want, "\n") {
			t.Errorf("%s: found\n%s\nwant\n%s", what, strings.Join(got, "\n"), strings.Join(tt.want, "\n"))
		}
	}
	if n := len(c.Snapshot().Faults()); n != 4 { // root, PUBLIC, ann, clerks
		t.Errorf("%d accounts without a certificate, want 4", n)
	}
}

func TestReadChangesNothing(t *testing.T) {
	db := openKivi(t, "")
	if _, err := Read(context.Background(), db, Sealing{}); !errors.Is(err, ErrEmpty) {
		t.Errorf("an empty store: %v", err)
	}
	want := mustOpen(t, db).Snapshot()
	got, err := Read(context.Background(), db, Sealing{})
	if err != nil || got.Version() != want.Version() || got.Instance() != want.Instance() {
		t.Errorf("read %v, %v", got, err)
	}
}
