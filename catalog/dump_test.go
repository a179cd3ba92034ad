package catalog

import (
	"fmt"
	"strings"
	"testing"
)

// dump writes everything a snapshot holds, read through its id trees.
func dump(s *Snapshot) string {
	var b strings.Builder
	line := func(rec any) {
		val, err := encodeRecord(rec)
		if err != nil {
			panic(err)
		}
		fmt.Fprintf(&b, "%T %s\n", rec, val[1:])
	}
	line(&state{Instance: s.instance, Version: s.version, Epoch: s.epoch})
	dumpAll(s.databases.all(), line)
	dumpAll(s.tables.all(), line)
	dumpAll(s.views.all(), line)
	dumpAll(s.triggers.all(), line)
	dumpAll(s.routines.all(), line)
	dumpAll(s.events.all(), line)
	dumpAll(s.principals.all(), line)
	for _, p := range s.Principals() {
		dumpAll(s.GrantsTo(p.ID), line)
		dumpAll(s.MembershipsOf(p.ID), line)
	}
	dumpAll(s.certificates.all(), line)
	return b.String()
}

func dumpAll[T any](list []*T, line func(any)) {
	for _, rec := range list {
		line(rec)
	}
}

// checkTrees checks that every other tree of a snapshot agrees with those by id.
func checkTrees(t testing.TB, s *Snapshot) {
	t.Helper()
	if err := s.checkLoaded(); err != nil {
		t.Fatal(err)
	}
	var tables, views, triggers, routines, events, to, on, of, members int
	for _, db := range s.Databases() {
		tables += len(s.Tables(db.ID))
		views += len(s.Views(db.ID))
		triggers += len(s.Triggers(db.ID))
		routines += len(s.Routines(db.ID))
		events += len(s.Events(db.ID))
		on += len(s.GrantsOn(db.ID))
		if s.Database(db.Name) != db {
			t.Fatalf("database %q is not found by name", db.Name)
		}
		for _, o := range s.Objects(db.ID) {
			on += len(s.GrantsOn(o.ID))
		}
	}
	on += len(s.GrantsOn(System))
	for _, table := range s.tables.all() {
		if s.Table(table.Database, table.Name) != table || s.TableByData(table.Data) != table {
			t.Fatalf("table %q is not found by name and data id", table.Name)
		}
	}
	for _, p := range s.Principals() {
		to += len(s.GrantsTo(p.ID))
		of += len(s.MembershipsOf(p.ID))
		members += len(s.MembersOf(p.ID))
		if s.Principal(p.Name) != p {
			t.Fatalf("principal %q is not found by name", p.Name)
		}
		for _, g := range s.GrantsTo(p.ID) {
			if s.Grant(g.Grantee, g.Object, g.Grantor) != g || s.Object(g.Object).Kind != g.Kind {
				t.Fatalf("grant %+v: row or object is missing", g)
			}
		}
	}
	got := []int{tables, views, triggers, routines, events, to, on, of, members}
	want := []int{
		s.tables.len(), s.views.len(), s.triggers.len(), s.routines.len(), s.events.len(),
		s.grantsTo.len(), s.grantsOn.len(), s.membershipsOf.len(), s.membersOf.len(),
	}
	if fmt.Sprint(got) != fmt.Sprint(want) || to != on || of != members {
		t.Fatalf("trees disagree: reached %v of %v", got, want)
	}
}
