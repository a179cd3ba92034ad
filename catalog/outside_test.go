package catalog

import (
	"context"
	"errors"
	"testing"

	"github.com/lxdb/lxdb/security/principal"
)

// What the company's directory checks has no password here, and root is never its.
func TestOutsidePrincipals(t *testing.T) {
	c, err := Open(context.Background(), openKivi(t, ""))
	if err != nil {
		t.Fatal(err)
	}
	put := func(p Principal) error {
		return c.Update(context.Background(), func(tx *Tx) error {
			if p.ID == 0 {
				id, err := tx.AllocID()
				if err != nil {
					return err
				}
				p.ID = principal.ID(id)
			}
			return tx.PutPrincipal(&p)
		})
	}
	for _, p := range []Principal{
		{Name: "a", Kind: KindUser, Plugin: PluginLDAP},
		{Name: "b", Kind: KindUser, Plugin: PluginLDAP, DirectoryName: "uid=b,dc=example,dc=org"},
		{Name: "c", Kind: KindGroup, Plugin: PluginLDAP},
	} {
		if err := put(p); err != nil {
			t.Errorf("%+v: %v", p, err)
		}
	}
	for _, p := range []Principal{
		{Name: "d", Kind: KindUser, Plugin: PluginLDAP, Password: "$argon2id$x"},
		{Name: "e", Kind: KindUser, Plugin: "mysql_native_password"},
		{Name: "f", Kind: KindUser, DirectoryName: "f"},
		{Name: "i", Kind: KindUser, DirectoryUUID: "6a2f41a3-c54c-4ce8-9a5e-3d1c2b0f7e11"},
		{Name: "j", Kind: KindGroup, Plugin: PluginLDAP, DirectoryUUID: "6a2f41a3-c54c-4ce8-9a5e-3d1c2b0f7e11"},
		{Name: "g", Kind: KindRole, Plugin: PluginLDAP},
		{Name: "h", Kind: KindGroup, Plugin: PluginLDAP, DirectoryName: "h"},
		{ID: Root, Name: "root", Kind: KindUser, Plugin: PluginLDAP},
	} {
		if err := put(p); !errors.Is(err, ErrInvalid) {
			t.Errorf("%+v: %v", p, err)
		}
	}
	before := c.Snapshot().Principal("a").Epoch
	changed := c.Snapshot().Principal("a").Clone()
	changed.DirectoryName = "another"
	if err := put(*changed); err != nil {
		t.Fatal(err)
	}
	if after := c.Snapshot().Principal("a").Epoch; after <= before {
		t.Errorf("epoch %d after %d: what was proved for another entry of the directory still counts", after, before)
	}
}

func TestFoldOutside(t *testing.T) {
	for _, c := range []struct {
		a, b string
		same bool
	}{
		{"Ann", "ANN", true},
		{"Müller", "MÜLLER", true},
		{"Müller", "Mu\u0308ller", true},
		{"Ω", "ω", true},
		{"strauß", "strauss", false},
		{"STRAUẞ", "STRAUSS", false},
		{"ａｎｎ", "ann", false},
		{"ſam", "sam", false},
		{"İ", "i", false},
		{"ﬁ", "fi", false},
		{"muller", "müller", false},
	} {
		if same := FoldOutside(c.a) == FoldOutside(c.b); same != c.same {
			t.Errorf("%q and %q: one name in every directory is %v, %v expected", c.a, c.b, same, c.same)
		}
	}
}

func FuzzFoldOutside(f *testing.F) {
	f.Add("Ann")
	f.Add("STRAUẞ")
	f.Fuzz(func(t *testing.T, name string) {
		if folded := FoldOutside(name); FoldOutside(folded) != folded {
			t.Errorf("%q folds to %q, and that to %q", name, folded, FoldOutside(folded))
		}
	})
}

// What the directory said of an entry does not stay with an account that is no
// longer the entry's.
func TestChangedEntryLeavesGroups(t *testing.T) {
	const user, company, local = principal.ID(FirstID), principal.ID(FirstID + 1), principal.ID(FirstID + 2)
	for name, c := range map[string]struct {
		edit  func(*Principal)
		stays bool
	}{
		"local":   {func(p *Principal) { p.Plugin = "" }, false},
		"pinned":  {func(p *Principal) { p.DirectoryName = "b" }, false},
		"renamed": {func(p *Principal) { p.Name = "b" }, false},
		"proved":  {func(p *Principal) { p.DirectoryUUID = "6a2f41a3-c54c-4ce8-9a5e-3d1c2b0f7e11" }, true},
		"folds":   {func(p *Principal) { p.Name = "strauß" }, false},
		"case":    {func(p *Principal) { p.Name = "STRAUSS" }, true},
		"comment": {func(p *Principal) { p.Comment = "x" }, true},
		"locked":  {func(p *Principal) { p.Locked = true }, true},
	} {
		cat, err := Open(context.Background(), openKivi(t, ""))
		if err != nil {
			t.Fatal(err)
		}
		if err := cat.Update(context.Background(), func(tx *Tx) error {
			for id, p := range map[principal.ID]Principal{
				user:    {Name: "strauss", Kind: KindUser, Plugin: PluginLDAP},
				company: {Name: "company", Kind: KindGroup, Plugin: PluginLDAP},
				local:   {Name: "local", Kind: KindGroup},
			} {
				p.ID = id
				if err := tx.PutPrincipal(&p); err != nil {
					return err
				}
			}
			if err := tx.PutMembership(&Membership{Member: user, Role: company}); err != nil {
				return err
			}
			return tx.PutMembership(&Membership{Member: user, Role: local})
		}); err != nil {
			t.Fatal(err)
		}
		before := cat.Snapshot().PrincipalByID(user)
		if err := cat.Update(context.Background(), func(tx *Tx) error {
			p := tx.PrincipalByID(user).Clone()
			c.edit(p)
			return tx.PutPrincipal(p)
		}); err != nil {
			t.Fatal(err)
		}
		s := cat.Snapshot()
		if stays := s.Membership(user, user+1) != nil; stays != c.stays || s.Membership(user, user+2) == nil {
			t.Errorf("%s: in the company's group %v, %v expected; memberships %d", name, stays, c.stays, len(s.MembershipsOf(user)))
		}
		if !c.stays && s.PrincipalByID(user).Epoch == before.Epoch {
			t.Errorf("%s: what was proved before still counts", name)
		}
	}
}
