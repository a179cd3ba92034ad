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
	dumpAll(databases(s).byID.all(), line)
	dumpAll(tables(s).byID.all(), line)
	dumpAll(views(s).byID.all(), line)
	dumpAll(triggers(s).byID.all(), line)
	dumpAll(routines(s).byID.all(), line)
	dumpAll(events(s).byID.all(), line)
	dumpAll(s.principals.all(), line)
	for _, p := range s.Principals() {
		dumpAll(s.GrantsTo(p.ID), line)
		dumpAll(s.MembershipsOf(p.ID), line)
	}
	dumpAll(s.certificates.all(), line)
	dumpAll(s.Revocations(), line)
	for p := range s.pages.firsts() {
		dumpAll(s.CertificatePages(p), line)
	}
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
	var nTables, nViews, nTriggers, nRoutines, nEvents, to, on, of, members int
	for _, db := range s.Databases() {
		nTables += len(s.Tables(db.ID))
		nViews += len(s.Views(db.ID))
		nTriggers += len(s.Triggers(db.ID))
		nRoutines += len(s.Routines(db.ID))
		nEvents += len(s.Events(db.ID))
		on += len(s.GrantsOn(db.ID))
		if s.Database(db.Name) != db {
			t.Fatalf("database %q is not found by name", db.Name)
		}
		for _, o := range s.Objects(db.ID) {
			on += len(s.GrantsOn(o.ID))
		}
	}
	on += len(s.GrantsOn(System))
	for _, table := range tables(s).byID.all() {
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
	got := []int{nTables, nViews, nTriggers, nRoutines, nEvents, to, on, of, members}
	want := []int{
		tables(s).byID.len(), views(s).byID.len(), triggers(s).byID.len(), routines(s).byID.len(), events(s).byID.len(),
		s.grantsTo.len(), s.grantsOn.len(), s.membershipsOf.len(), s.membersOf.len(),
	}
	if fmt.Sprint(got) != fmt.Sprint(want) || to != on || of != members {
		t.Fatalf("trees disagree: reached %v of %v", got, want)
	}
}
