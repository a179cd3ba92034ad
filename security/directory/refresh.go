package directory

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/lxdb/lxdb/catalog"
	"github.com/lxdb/lxdb/security/ldapclient"
	"github.com/lxdb/lxdb/security/principal"
)

// restFactor is how much rarer the groups of users without an open session are
// read: they count for views and triggers that these users defined.
const restFactor = 10

// Run keeps the groups of users up to date until ctx ends.
func (d *Directory) Run(ctx context.Context) {
	tick := time.NewTicker(max(d.cfg.CacheTTL/8, 50*time.Millisecond))
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			d.refreshDue(ctx)
		}
	}
}

// refreshDue reads the groups of those whose turn it is. After the first outage
// the others are not asked about, which could take a time limit for each, but
// while it lasts what is too old is taken from all of them.
func (d *Directory) refreshDue(ctx context.Context) {
	asking := true
	for _, t := range d.turns() {
		if ctx.Err() != nil {
			return
		}
		if asking && d.opts.Now().Sub(t.tried) >= t.every {
			asking = d.refreshUser(ctx, t.user)
		}
		if d.silent.Load() {
			d.dropStale(ctx, t.user, t.every+d.cfg.StaleMax)
		}
	}
}

// turn says when the groups of a user are to be read.
type turn struct {
	user  *catalog.Principal
	tried time.Time
	every time.Duration
}

// turns lists the users whose groups count, who waits longest first: an entry
// that the directory cannot answer for must not keep the others waiting forever.
func (d *Directory) turns() []turn {
	open := map[principal.ID]bool{}
	for _, id := range d.opts.LoggedIn() {
		open[id] = true
	}
	var out []turn
	snap := d.opts.Catalog.Snapshot()
	for _, p := range snap.Principals() {
		if p.Kind != catalog.KindUser || !p.Outside() {
			continue
		}
		every := d.cfg.CacheTTL
		if !open[p.ID] {
			if len(snap.MembershipsOf(p.ID)) == 0 {
				continue
			}
			every *= restFactor
		}
		out = append(out, turn{p, d.since(d.of(p.ID).tried), every})
	}
	slices.SortStableFunc(out, func(a, b turn) int { return a.tried.Compare(b.tried) })
	return out
}

// since is t, or the start of the server where nothing has happened since then.
func (d *Directory) since(t time.Time) time.Time {
	if t.IsZero() {
		return d.started
	}
	return t
}

// refreshUser reads the groups of one user. It returns false when no server
// answered.
func (d *Directory) refreshUser(ctx context.Context, p *catalog.Principal) bool {
	now := d.opts.Now()
	d.update(p.ID, func(k *known) { k.tried = now })
	u, err := d.entry(ctx, p, p.Name)
	var groups []string
	if err == nil && p.DirectoryName == "" && !sameName(u.Name, p.Name) {
		err = errAnother
	}
	if err == nil {
		err = sameEntry(p, u)
	}
	if err == nil {
		groups, err = d.groupsOf(ctx, u)
	}
	switch {
	case err == nil:
		err = d.opts.Accounts.SetOutsideGroups(ctx, p.ID, p.Epoch, groups)
		d.update(p.ID, func(k *known) { k.synced, k.groups, k.read, k.stale = now, groups, p.Epoch, false })
	case errors.Is(err, ldapclient.ErrDenied), errors.Is(err, ErrNotInGroup):
		d.opts.Logger.Warn("the directory no longer lets a user in; his sessions end", "user", p.Name, "reason", err)
		err = d.opts.Accounts.EndOutside(ctx, p.ID)
		d.update(p.ID, func(k *known) { *k = known{tried: now, synced: now} })
	}
	if err != nil && ctx.Err() == nil {
		d.opts.Logger.Warn("read the groups of a user", "user", p.Name, "err", err)
	}
	silent := errors.Is(err, ldapclient.ErrUnavailable) || errors.Is(err, ldapclient.ErrConfiguration)
	d.silent.Store(silent)
	return !silent
}

// dropStale takes the groups of a user away that nobody has confirmed for too long.
func (d *Directory) dropStale(ctx context.Context, p *catalog.Principal, limit time.Duration) {
	k := d.of(p.ID)
	since := d.since(k.synced)
	if k.stale || d.opts.Now().Sub(since) <= limit {
		return
	}
	d.opts.Logger.Warn("no LDAP server has confirmed the groups of a user for too long; he is in none until one does",
		"user", p.Name, "since", since)
	if err := d.opts.Accounts.SetOutsideGroups(ctx, p.ID, 0, nil); err != nil {
		d.opts.Logger.Warn("take the groups of a user away", "user", p.Name, "err", err)
		return
	}
	d.update(p.ID, func(k *known) { k.stale = true })
}

// Group finds a group by its exact name and returns it as the directory spells
// it; "" is that there is none.
func (d *Directory) Group(ctx context.Context, name string) (string, error) {
	spelled, err := d.opts.Client.Group(ctx, name)
	if errors.Is(err, ldapclient.ErrNoGroup) {
		return "", nil
	}
	return spelled, err
}

// Refresh reads the members of a group of the catalog now. One that is gone from
// the directory has none.
func (d *Directory) Refresh(ctx context.Context, group string) error {
	users, err := d.opts.Client.Members(ctx, group)
	if err != nil && !errors.Is(err, ldapclient.ErrNoGroup) {
		return err
	}
	if err := d.opts.Accounts.SetOutsideMembers(ctx, group, users); err != nil {
		return err
	}
	for _, p := range d.opts.Catalog.Snapshot().Principals() {
		if p.Kind == catalog.KindUser && p.Outside() && p.DirectoryName != "" {
			d.refreshUser(ctx, p) // one entry without an answer is no fault of the group's; Run asks again
		}
	}
	return nil
}
