package plan

import (
	"math"
	"slices"
	"strings"

	"github.com/dolthub/go-mysql-server/sql"
	"github.com/dolthub/go-mysql-server/sql/plan"

	"github.com/lxdb/lxdb/engine/hint"
	"github.com/lxdb/lxdb/engine/sqlerr"
	"github.com/lxdb/lxdb/engine/table"
)

// What the hints of a query block mean for the order of its joins and the indexes of its tables.

// hinted finds what a query block wishes. Of a change of rows the binder keeps nothing: its host knows.
func (c *converter) hinted(n sql.Node) *hint.Block {
	if b := c.wishes; b != nil {
		c.wishes = nil
		return b
	}
	return blockOf(n)
}

// blockOf are the hints of the query block whose FROM and WHERE a node is.
func blockOf(n sql.Node) *hint.Block {
	for {
		f, ok := n.(*plan.Filter)
		if !ok {
			break
		}
		n = f.Child
	}
	if x, ok := n.(sql.CommentedNode); ok {
		return hint.Decode(x.Comment())
	}
	return nil
}

// wish gives the hints of a block to its sets.
func (s *joinSet) wish(b *hint.Block) {
	s.hints = b
	for _, it := range s.items {
		if it.left != nil {
			it.left.wish(b)
		}
		if it.right != nil {
			it.right.wish(b)
		}
	}
}

// knowIndexes looks whether the indexes are there that a table's hints name.
func (p *planner) knowIndexes(it *item) error {
	b := p.set.hints
	if b == nil || it.source == nil || p.c.told[it] {
		return nil
	}
	if p.c.told == nil {
		p.c.told = map[*item]bool{}
	}
	p.c.told[it] = true
	all := it.source.Indexes()
	for _, list := range [][]hint.Index{b.Indexes, b.NoRange, b.Merge, b.NoMerge} {
		for _, x := range list {
			if x.Table != strings.ToLower(it.name) {
				continue
			}
			for _, name := range x.Names {
				if indexMeant(all, name) != "" {
					continue
				}
				if x.From == "" {
					return sqlerr.KeyDoesNotExist.Errorf("Key '%s' doesn't exist in table '%s'", name, it.name)
				}
				p.c.ctx.Session.Warn(&sql.Warning{Level: "Warning", Code: int(sqlerr.UnresolvedHintName),
					Message: "Unresolved name `" + it.name + "` `" + name + "` for " + x.From + " hint"})
			}
		}
	}
	return nil
}

// indexMeant is the index that a hint names: by its name, or by a beginning that no other has.
func indexMeant(all []table.IndexInfo, name string) (meant string) {
	begin := 0
	for i := range all {
		full := all[i].Name
		if strings.EqualFold(full, name) {
			return full
		}
		if len(full) >= len(name) && strings.EqualFold(full[:len(name)], name) {
			meant = full
			begin++
		}
	}
	if begin > 1 {
		return ""
	}
	return meant
}

// mayUse says whether a table may be read by an index; forced that it should be.
func (p *planner) mayUse(it *item, index string) (yes, forced bool) {
	b := p.set.hints
	if b == nil {
		return true, false
	}
	if p.merging && !p.mayMerge(it, index) {
		return false, false
	}
	listed, named := false, false
	for i := range b.Indexes {
		x := &b.Indexes[i]
		if x.Table != strings.ToLower(it.name) {
			continue
		}
		has := len(x.Names) == 0 || slices.ContainsFunc(x.Names, func(n string) bool {
			return strings.EqualFold(n, index) || strings.EqualFold(indexMeant(it.source.Indexes(), n), index)
		})
		switch {
		case x.How == hint.Ignore && has:
			return false, false
		case x.How != hint.Ignore:
			listed, named = true, named || has
			forced = forced || x.How == hint.Force
		}
	}
	return !listed || named, forced && named
}

// mayMerge says whether an index may be one of several that a table is read by.
func (p *planner) mayMerge(it *item, index string) bool {
	named := func(x hint.Index) bool { return x.Table == strings.ToLower(it.name) }
	meant := func(x hint.Index) bool { return named(x) && p.meant(it, &x, index) }
	b := p.set.hints
	return !slices.ContainsFunc(b.NoMerge, meant) && (!slices.ContainsFunc(b.Merge, named) || slices.ContainsFunc(b.Merge, meant))
}

// meant says that a hint is for an index.
func (p *planner) meant(it *item, x *hint.Index, index string) bool {
	return len(x.Names) == 0 || slices.ContainsFunc(x.Names, func(n string) bool { return strings.EqualFold(indexMeant(it.source.Indexes(), n), index) })
}

// mayRange says whether an index may be read in stretches.
func (p *planner) mayRange(it *item, index string) bool {
	return p.set.hints == nil || hint.Of(p.set.hints.NoRange, it.name, index) == nil
}

// called says that an item is a table of this name, or has one in it.
func (it *item) called(name string) bool {
	if it.left == nil {
		return strings.EqualFold(it.name, name)
	}
	in := func(s *joinSet) bool {
		return s != nil && slices.ContainsFunc(s.items, func(it *item) bool { return it.called(name) })
	}
	return in(it.left) || in(it.right)
}

// joined says that a table is part of the result, or of none of the set.
func (p *planner) joined(name string) bool {
	for i, it := range p.set.items {
		if p.done&(1<<i) == 0 && it.called(name) {
			return false
		}
	}
	return true
}

// mayFollow says whether an item may be the next one, as the hints have it.
func (p *planner) mayFollow(i int) bool {
	b, it := p.set.hints, p.set.items[i]
	if b == nil {
		return true
	}
	if b.Fixed && p.done != 1<<i-1 {
		return false
	}
	for _, pair := range b.Left {
		if it.called(pair[1]) && !it.called(pair[0]) && !p.joined(pair[0]) {
			return false
		}
	}
	for _, order := range b.Orders {
		if !p.afterAll(it, order) {
			return false
		}
	}
	for _, name := range b.Prefix {
		if !p.joined(name) {
			return it.called(name)
		}
	}
	if at := slices.IndexFunc(b.Suffix, it.called); at >= 0 {
		for k, other := range p.set.items {
			if p.done&(1<<k) == 0 && k != i && !slices.ContainsFunc(b.Suffix, other.called) {
				return false
			}
		}
		return p.afterAll(it, b.Suffix)
	}
	return true
}

// afterAll says that the tables that stand before an item in a list are joined.
func (p *planner) afterAll(it *item, order []string) bool {
	at := slices.IndexFunc(order, it.called)
	for _, name := range order[:max(at, 0)] {
		if !p.joined(name) {
			return false
		}
	}
	return true
}

// choices are the items that may come next: all that are left where the hints contradict each other.
func (p *planner) choices() (out []int) {
	var left []int
	for i := range p.set.items {
		if p.done&(1<<i) != 0 {
			continue
		}
		left = append(left, i)
		if p.mayFollow(i) {
			out = append(out, i)
		}
	}
	if len(out) == 0 {
		return left
	}
	return out
}

// hashWish is what the hints say of a join by a hash of a table.
func (p *planner) hashWish(it *item) (no, only bool) {
	b := p.set.hints
	if b == nil {
		return false, false
	}
	return hint.Names(b.NoHash, it.name), hint.Names(b.Hash, it.name)
}

// closed says that conditions do not reach into a derived table.
func (p *planner) closed(it *item) bool {
	return p.set.hints != nil && hint.Names(p.set.hints.NoPush, it.name)
}

// forcedCost is that of all rows of a table of which an index was asked for.
var forcedCost = math.MaxFloat64 / 4
