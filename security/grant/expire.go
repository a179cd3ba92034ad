package grant

import (
	"container/heap"
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/lxdb/lxdb/catalog"
	"github.com/lxdb/lxdb/security/principal"
)

// Expire takes away what was granted, denied and given of roles until now and no longer, with what hung on it.
// The certificates that are made in the same transaction no longer say it; those in
// force end by themselves, should this never run, and a denial lasts.
func Expire(tx *catalog.Tx, now time.Time) error {
	l := newLedger(tx)
	l.expire(now)
	if err := l.flush(); err != nil {
		return err
	}
	return expireMemberships(tx, now)
}

// expire takes out of the ledger what has ended by then.
func (l *ledger) expire(now time.Time) {
	var objects []catalog.ID
	for _, g := range l.tx.Timed() {
		ended, options := g.Ends.By(now), g.OptionEnds.By(now)
		if ended|options == 0 {
			continue
		}
		left := *g
		left.Atoms, left.Options = left.Atoms.Minus(ended), left.Options.Minus(options)
		l.set(left)
		objects = append(objects, g.Object)
		if g.Object == catalog.System {
			l.forget(g.Grantee)
		}
	}
	for _, stored := range l.tx.TimedDenials() {
		e := l.exception(stored.Grantee, stored.Object)
		e.Deny, e.AdminDeny = e.Deny.Minus(e.DenyEnds.By(now)), e.AdminDeny.Minus(e.AdminDenyEnds.By(now))
		l.setException(e)
	}
	for _, id := range objects {
		l.cascade(id)
	}
}

// expireMemberships ends what was given of roles until now, and what members gave of them by an ADMIN OPTION that
// ended.
func expireMemberships(tx *catalog.Tx, now time.Time) error {
	at := now.UnixMicro()
	var roles []principal.ID
	for _, m := range tx.TimedMemberships() {
		if m.NextEnd() <= at {
			roles = append(roles, m.Role)
		}
	}
	slices.Sort(roles)
	for _, role := range slices.Compact(roles) {
		members := tx.MembersOf(role)
		for i, givers := range givenAfter(members, at) {
			if err := keepGiven(tx, members[i], givers); err != nil {
				return err
			}
		}
	}
	return nil
}

// givenAfter says of each membership in a role, of which these are all, who gives it still after a moment.
func givenAfter(members []*catalog.Membership, at int64) [][]catalog.Giver {
	ended := func(end int64) bool { return end != 0 && end <= at }
	given := make([][]catalog.Giver, len(members))
	var left []*catalog.Membership
	for i, m := range members {
		given[i] = slices.DeleteFunc(slices.Clone(m.Given()), func(g catalog.Giver) bool { return ended(g.Until) })
		for k := range given[i] {
			if g := &given[i][k]; ended(g.AdminUntil) {
				g.Admin, g.AdminUntil = false, 0
			}
		}
		if len(given[i]) > 0 {
			still := *m
			still.SetGiven(given[i])
			left = append(left, &still)
		}
	}
	may := catalog.StillGive(left)
	for i := range given {
		given[i] = slices.DeleteFunc(given[i], func(g catalog.Giver) bool { return !may[g.Grantor] })
	}
	return given
}

// roleEnds says when the memberships in a role end, and when the right to pass it on does: by an end of their own, or by
// that of what they hang on. Nothing is said of what has none. What somebody gave ends with his right to give it at the
// latest, and of several gifts the last one counts: who gives longest is looked at first, so that each is looked at once.
func roleEnds(s *catalog.Snapshot, role principal.ID) (member, admin map[principal.ID]int64) {
	if !slices.ContainsFunc(s.TimedMemberships(), func(m *catalog.Membership) bool { return m.Role == role }) {
		return nil, nil
	}
	type gift struct {
		to    principal.ID
		giver catalog.Giver
	}
	gifts, members := map[principal.ID][]gift{}, s.MembersOf(role)
	for _, m := range members {
		for _, g := range m.Given() {
			gifts[g.Grantor] = append(gifts[g.Grantor], gift{m.Member, g})
		}
	}
	last := func(at int64) int64 {
		if at == 0 {
			return ForGood
		}
		return at
	}
	held, gives, done := map[principal.ID]int64{}, map[principal.ID]int64{catalog.SystemGrantor: ForGood}, map[principal.ID]bool{}
	open := givers{{catalog.SystemGrantor, ForGood}}
	for len(open) > 0 {
		by := heap.Pop(&open).(giving)
		if done[by.who] {
			continue
		}
		done[by.who] = true
		for _, g := range gifts[by.who] {
			until := min(by.until, last(g.giver.Until))
			held[g.to] = max(held[g.to], until)
			if until = min(until, last(g.giver.AdminUntil)); g.giver.Admin && until > gives[g.to] {
				gives[g.to] = until
				heap.Push(&open, giving{g.to, until})
			}
		}
	}
	member, admin = map[principal.ID]int64{}, map[principal.ID]int64{}
	for _, m := range members {
		if at := held[m.Member]; at != ForGood && at != 0 {
			member[m.Member] = at
		}
		if at := gives[m.Member]; m.Admin && at != ForGood && at != 0 {
			admin[m.Member] = at
		}
	}
	return member, admin
}

// giving is until when somebody gives a role; givers have who gives longest first.
type giving struct {
	who   principal.ID
	until int64
}

type givers []giving

func (g givers) Len() int           { return len(g) }
func (g givers) Less(i, j int) bool { return g[i].until > g[j].until }
func (g givers) Swap(i, j int)      { g[i], g[j] = g[j], g[i] }
func (g *givers) Push(x any)        { *g = append(*g, x.(giving)) }
func (g *givers) Pop() any {
	last := (*g)[len(*g)-1]
	*g = (*g)[:len(*g)-1]
	return last
}

// Lasting are a principal and what it holds for good, PUBLIC too: not what it has through a membership that ends by itself.
func Lasting(s *catalog.Snapshot, p principal.ID) map[principal.ID]bool { return lasting(s, p, true) }

// Counting is Lasting without what is locked, and what is held through that alone: it gives nothing as long as it is.
func Counting(s *catalog.Snapshot, p principal.ID) map[principal.ID]bool { return lasting(s, p, false) }

func lasting(s *catalog.Snapshot, p principal.ID, locked bool) map[principal.ID]bool {
	lasting := map[principal.ID]bool{p: true, catalog.Public: true}
	for open := []principal.ID{p, catalog.Public}; len(open) > 0; open = open[1:] {
		for _, m := range s.MembershipsOf(open[0]) {
			if role := s.PrincipalByID(m.Role); lasting[m.Role] || !locked && (role == nil || role.Locked) {
				continue
			}
			if ends, _ := roleEnds(s, m.Role); ends[m.Member] == 0 {
				lasting[m.Role] = true
				open = append(open, m.Role)
			}
		}
	}
	return lasting
}

// keepGiven leaves of a membership what some gave of it. Who is in a role no more has it as no default role.
func keepGiven(tx *catalog.Tx, m *catalog.Membership, givers []catalog.Giver) error {
	kept := *m
	switch {
	case slices.Equal(givers, m.Given()):
		return nil
	case len(givers) > 0:
		kept.SetGiven(givers)
		return tx.PutMembership(&kept)
	}
	if err := tx.DropMembership(m.Member, m.Role); err != nil {
		return err
	}
	p := tx.PrincipalByID(m.Member)
	if p == nil || !slices.Contains(p.DefaultRoles, m.Role) {
		return nil
	}
	changed := p.Clone()
	changed.DefaultRoles = slices.DeleteFunc(changed.DefaultRoles, func(id principal.ID) bool { return id == m.Role })
	return tx.PutPrincipal(changed)
}

// Expirer runs Expire when something ends.
type Expirer struct {
	catalog *catalog.Catalog
	now     func() time.Time
	report  func(error)

	mu     sync.Mutex
	timer  *time.Timer
	closed bool
}

// retryAfter is when a change that failed is tried again.
const retryAfter = time.Second

// ExpireGrants takes away what has ended while nobody ran, and from then on
// whatever ends, when it does. The issuer of certificates is attached before. It is
// closed before the catalog. A clock that goes back gives nobody back what has ended: now
// should be one that does not.
func ExpireGrants(ctx context.Context, c *catalog.Catalog, now func() time.Time, report func(error)) (*Expirer, error) {
	e := &Expirer{catalog: c, now: now, report: report}
	if e.due(c.Snapshot(), now()) {
		if err := c.Update(ctx, func(tx *catalog.Tx) error { return Expire(tx, now()) }); err != nil {
			return nil, fmt.Errorf("take away grants that have ended: %w", err)
		}
	}
	e.mu.Lock()
	e.timer = time.AfterFunc(time.Hour, e.run)
	e.mu.Unlock()
	c.AfterCommit(func(s *catalog.Snapshot, t catalog.Touched) {
		if len(t.Principals) > 0 {
			e.plan(s)
		}
	})
	e.plan(c.Snapshot())
	return e, nil
}

func (e *Expirer) due(s *catalog.Snapshot, now time.Time) bool {
	at, ok := s.NextEnd()
	return ok && !at.After(now)
}

// plan sets the timer for the first end. It looks at the clock every hour, too, which
// somebody may have moved.
func (e *Expirer) plan(s *catalog.Snapshot) {
	wait := time.Hour
	if at, ok := s.NextEnd(); ok {
		wait = min(wait, at.Sub(e.now()))
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	if !e.closed {
		e.timer.Reset(max(wait, 0))
	}
}

func (e *Expirer) run() {
	s := e.catalog.Snapshot()
	if e.due(s, e.now()) {
		err := e.catalog.Update(context.Background(), func(tx *catalog.Tx) error { return Expire(tx, e.now()) })
		if err != nil {
			e.report(fmt.Errorf("take away grants that have ended: %w", err))
			e.mu.Lock()
			defer e.mu.Unlock()
			if !e.closed {
				e.timer.Reset(retryAfter)
			}
			return
		}
	}
	e.plan(e.catalog.Snapshot())
}

// Close ends it.
func (e *Expirer) Close() {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.closed = true
	e.timer.Stop()
}
