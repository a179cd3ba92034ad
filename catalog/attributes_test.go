package catalog

import (
	"bytes"
	"context"
	"errors"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/lxdb/lxdb/security/principal"
)

// A store written before principals had a UUID opens; they get one, once, and
// keep everything else.
func TestPrincipalsOfVersion1(t *testing.T) {
	ctx := context.Background()
	db := openKivi(t, "")
	c, err := Open(ctx, db)
	if err != nil {
		t.Fatal(err)
	}
	old := []byte("\x01" + `{"id":1000,"name":"Einstein","folded":"einstein","kind":"user","password":"x","epoch":2}`)
	if err := c.Update(ctx, func(tx *Tx) error {
		tx.changed = true
		return tx.txn.put(ctx, recordKey(recPrincipal, 1000), old)
	}); err != nil {
		t.Fatal(err)
	}
	var uuid string
	for range 2 {
		if c, err = Open(ctx, db); err != nil {
			t.Fatal(err)
		}
		p := c.Snapshot().Principal("einstein")
		if p == nil || !isUUID(p.UUID) || p.Epoch != 2 || p.Password != "x" || p.PasswordChanged != 0 {
			t.Fatalf("principal is %+v", p)
		}
		if uuid != "" && p.UUID != uuid {
			t.Fatalf("UUID %s became %s", uuid, p.UUID)
		}
		uuid = p.UUID
	}
}

// Members of version 2 under the byte of version 1 would be lost by an old
// program, so they are not believed.
func TestPrincipalVersions(t *testing.T) {
	const plain = `{"id":1000,"name":"a","folded":"a","kind":"user","epoch":1`
	for _, member := range []string{`"uuid":"u"`, `"created":1`, `"modified":1`, `"password_changed":1`, `"attributes":{"a":["b"]}`} {
		val := []byte(plain + "," + member + "}")
		if _, err := decodeRecord[Principal](append([]byte{1}, val...)); !errors.Is(err, ErrCorrupt) {
			t.Errorf("%s in version 1: %v", member, err)
		}
		p, err := decodeRecord[Principal](append([]byte{2}, val...))
		if err != nil {
			t.Fatal(err)
		}
		if again, err := encodeRecord(p); err != nil || !bytes.Equal(again[1:], val) || again[0] != 2 {
			t.Errorf("%s was written as %q, %v", val, again, err)
		}
	}
}

// Who made a group may put members into it: an old program would lose that, PUBLIC
// has none, and it is for life.
func TestCreatorOfAGroup(t *testing.T) {
	val := []byte(`{"id":1001,"name":"g","folded":"g","kind":"group","epoch":1,"creator":1000}`)
	if _, err := decodeRecord[Principal](append([]byte{3}, val...)); !errors.Is(err, ErrCorrupt) {
		t.Errorf("a creator in version 3: %v", err)
	}
	p, err := decodeRecord[Principal](append([]byte{4}, val...))
	if err != nil {
		t.Fatal(err)
	}
	if again, err := encodeRecord(p); err != nil || !bytes.Equal(again, append([]byte{4}, val...)) {
		t.Errorf("it was written as %q, %v", again, err)
	}
	ctx := context.Background()
	c, err := Open(ctx, openKivi(t, ""))
	if err != nil {
		t.Fatal(err)
	}
	put := func(p *Principal) error { return c.Update(ctx, func(tx *Tx) error { return tx.PutPrincipal(p) }) }
	if err := put(&Principal{ID: 1001, Name: "g", Kind: KindGroup, Creator: 1000}); err != nil {
		t.Fatal(err)
	}
	for _, bad := range []*Principal{
		{ID: 1001, Name: "g", Kind: KindGroup},
		{ID: 1001, Name: "g", Kind: KindGroup, Creator: 1002},
		{ID: Public, Name: "PUBLIC", Kind: KindPublic, Creator: 1000},
	} {
		if err := put(bad); !errors.Is(err, ErrInvalid) {
			t.Errorf("%+v: %v", bad, err)
		}
	}
}

func TestStamp(t *testing.T) {
	ctx := context.Background()
	c, err := Open(ctx, openKivi(t, ""))
	if err != nil {
		t.Fatal(err)
	}
	put := func(change func(*Principal)) *Principal {
		t.Helper()
		if err := c.Update(ctx, func(tx *Tx) error {
			p := &Principal{ID: principal.ID(FirstID), Name: "a", Kind: KindUser}
			if old := tx.PrincipalByID(principal.ID(FirstID)); old != nil {
				p = old.Clone()
			}
			change(p)
			return tx.PutPrincipal(p)
		}); err != nil {
			t.Fatal(err)
		}
		return c.Snapshot().PrincipalByID(principal.ID(FirstID))
	}
	first := put(func(*Principal) {})
	if !isUUID(first.UUID) || first.Created == 0 || first.Modified != first.Created || first.PasswordChanged != 0 {
		t.Fatalf("new principal is %+v", first)
	}
	named := put(func(p *Principal) { p.Name, p.UUID, p.Created = "b", "", 0 })
	if named.UUID != first.UUID || named.Created != first.Created || named.Modified < first.Modified || named.PasswordChanged != 0 {
		t.Fatalf("after a rename: %+v", named)
	}
	if p := put(func(p *Principal) { p.Password = "x" }); p.PasswordChanged != p.Modified {
		t.Fatalf("after a password: %+v", p)
	}
	epoch := c.Snapshot().SecurityEpoch()
	p := put(func(p *Principal) { p.Attributes = map[string][]string{"mail": {"a@b", "c@d"}} })
	if !maps.EqualFunc(p.Attributes, map[string][]string{"mail": {"a@b", "c@d"}}, slices.Equal[[]string]) {
		t.Fatalf("attributes are %v", p.Attributes)
	}
	if c.Snapshot().SecurityEpoch() != epoch {
		t.Error("attributes decide nothing about rights, yet the security epoch rose")
	}
	for what, change := range map[string]func(*Principal){
		"another UUID": func(p *Principal) { p.UUID = newUUID() },
		"another kind": func(p *Principal) { p.Kind, p.Password = KindGroup, "" },
		"attributes":   func(p *Principal) { p.Attributes = map[string][]string{"": {"x"}} },
	} {
		if err := c.Update(ctx, func(tx *Tx) error {
			p := tx.PrincipalByID(principal.ID(FirstID)).Clone()
			change(p)
			return tx.PutPrincipal(p)
		}); !errors.Is(err, ErrInvalid) {
			t.Errorf("%s: %v", what, err)
		}
	}
	if err := c.Update(ctx, func(tx *Tx) error {
		return tx.PutPrincipal(&Principal{ID: principal.ID(FirstID + 1), Name: "g", Kind: KindGroup, Password: "x"})
	}); !errors.Is(err, ErrInvalid) {
		t.Errorf("group with a password: %v", err)
	}
}

func TestCheckAttributes(t *testing.T) {
	many := map[string][]string{}
	for i := range MaxAttributes + 1 {
		many["a"+strings.Repeat("b", i%60)+string(rune('a'+i/60))] = []string{"v"}
	}
	for what, bad := range map[string]map[string][]string{
		"empty name":     {"": {"v"}},
		"digit first":    {"1a": {"v"}},
		"space":          {"a b": {"v"}},
		"not ASCII":      {"ä": {"v"}},
		"long name":      {strings.Repeat("a", MaxAttributeName+1): {"v"}},
		"no values":      {"a": {}},
		"empty value":    {"a": {"v", ""}},
		"not UTF-8":      {"a": {"\xff"}},
		"case":           {"mail": {"v"}, "Mail": {"v"}},
		"too many":       many,
		"too many value": {"a": slices.Repeat([]string{"v"}, MaxAttributeValues+1)},
		"too long":       {"a": {strings.Repeat("v", MaxAttributeBytes)}},
	} {
		if err := CheckAttributes(bad); !errors.Is(err, ErrInvalid) {
			t.Errorf("%s: %v", what, err)
		}
	}
	good := map[string][]string{"mail": {"a@b"}, "x-509-Name": {"ü"}, "a": {strings.Repeat("v", MaxAttributeBytes-100)}}
	if err := CheckAttributes(good); err != nil {
		t.Error(err)
	}
}

// A cycle cannot be made, and one that is there, from a foreign store, ends.
func TestHeldInACycle(t *testing.T) {
	ctx := context.Background()
	db := openKivi(t, "")
	c := mustOpen(t, db)
	mustUpdate(t, c, func(tx *Tx) error {
		for id, name := range []string{"a", "b", "c"} {
			if err := tx.PutPrincipal(&Principal{ID: principal.ID(1000 + id), Name: name, Kind: KindGroup}); err != nil {
				return err
			}
		}
		if err := tx.PutMembership(&Membership{Member: 1000, Role: 1001}); err != nil {
			return err
		}
		return tx.PutMembership(&Membership{Member: 1001, Role: 1002})
	})
	for _, m := range []Membership{{Member: 1002, Role: 1000}, {Member: 1001, Role: 1000}, {Member: 1000, Role: 1000}} {
		if err := c.Update(ctx, func(tx *Tx) error { return tx.PutMembership(&m) }); !errors.Is(err, ErrCycle) || !errors.Is(err, ErrInvalid) {
			t.Errorf("%d in %d: %v", m.Member, m.Role, err)
		}
	}
	mustUpdate(t, c, func(tx *Tx) error {
		tx.setMembership(&Membership{Member: 1002, Role: 1000})
		tx.changed = true
		return nil
	})
	for id := principal.ID(1000); id < 1003; id++ {
		if held := c.Snapshot().Held(id, false); len(held) != 2 || slices.Contains(held, id) {
			t.Errorf("%d holds %v", id, held)
		}
	}
}
