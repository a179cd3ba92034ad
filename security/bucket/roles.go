package bucket

import (
	"slices"

	"github.com/lxdb/lxdb/catalog"
	"github.com/lxdb/lxdb/security/cert"
	"github.com/lxdb/lxdb/security/principal"
)

// Roles says which of a user's roles count in a session. His groups always do,
// and so do the roles that an active role holds. What is denied to a role binds who
// holds it whether or not it is active. The zero Roles are those of the
// login: all, or the user's default roles where the instance says so.
type Roles struct {
	chosen bool
	all    bool
	ids    []principal.ID // those that count, or with all those that do not
}

// AllRoles are all but some.
func AllRoles(except ...principal.ID) Roles { return Roles{chosen: true, all: true, ids: except} }

// OnlyRoles are some, or none.
func OnlyRoles(ids ...principal.ID) Roles { return Roles{chosen: true, ids: ids} }

func (r Roles) has(id principal.ID) bool { return slices.Contains(r.ids, id) != r.all }

// WithRoles are the rights of the same user in a session that has chosen its
// roles. They are live, too: a role that he loses counts no more. What they are within
// they stay within.
func (r *Rights) WithRoles(roles Roles) *Rights {
	if r == nil {
		return nil
	}
	if !roles.chosen && r.within == nil {
		return r.bucket.shared(r.id, r.standing)
	}
	chosen := newRights(r.bucket, r.id)
	chosen.roles, chosen.within, chosen.standing = roles, r.within, r.standing
	return chosen
}

// ActivateAll says whether users log in with all their roles, or with their
// default roles. It changes running sessions that have not chosen, too.
func (b *Bucket) ActivateAll(all bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	old := b.state.Load()
	if old.defaultRoles == !all {
		return
	}
	next := *old
	next.gen, next.defaultRoles = old.gen+1, !all
	b.publishLocked(&next)
}

// ActivatesAll reports what ActivateAll has set; at first it is true.
func (b *Bucket) ActivatesAll() bool { return !b.state.Load().defaultRoles }

// Active lists the roles that were activated, ascending: not those that they hold.
func (r *Rights) Active() []principal.ID {
	if r == nil {
		return nil
	}
	v, _ := r.current()
	return v.active
}

// Holders lists whose grants count: the user, his active roles and what they hold,
// his groups, and PUBLIC. It is empty for who may do nothing.
func (r *Rights) Holders() []principal.ID {
	if r == nil {
		return nil
	}
	v, _ := r.current()
	out := make([]principal.ID, len(v.set))
	for i, p := range v.set {
		out[i] = p.Principal
	}
	return out
}

// ofLogin is what the zero Roles mean for a user.
func (s *state) ofLogin(rec *catalog.Principal) Roles {
	if s.defaultRoles {
		return Roles{ids: rec.DefaultRoles}
	}
	return Roles{all: true}
}

// collect gathers the certificates that count for a user: his own, those of the
// groups that it names and of theirs in turn, PUBLIC's, and those of the roles
// that any of these names, as far as the session has them active, with all that
// these hold. It is empty when the user may do nothing: unknown, no user, locked
// (but for what acts for him, where the lock is one of logins and standing says so),
// or without a certificate of his own in the bucket. Lost says that one is missing
// which would count: there may be denials in it.
func (s *state) collect(id principal.ID, roles Roles, standing bool) (set []*cert.Permissions, active []principal.ID, lost bool) {
	rec := s.snapshot.PrincipalByID(id)
	if rec == nil || rec.Kind != catalog.KindUser || rec.Locked && !(standing && rec.Standing) || standing && s.snapshot.Distrusted(id) {
		return nil, nil, false
	}
	own, ok := s.held.Get(id)
	if !ok || own.HasEnded() {
		return nil, nil, false
	}
	if !roles.chosen {
		roles = s.ofLogin(rec)
	}
	set = append(make([]*cert.Permissions, 0, 2+len(own.Roles)), own)
	held := slices.Clone(own.Roles)
	for i := 0; i < len(held); i++ { // grows as groups are found
		if s.isRole(held[i]) {
			continue
		}
		before := len(set)
		lost = lost || s.lost(held[i])
		if set = s.addRole(set, held[i]); len(set) > before {
			held = append(held, set[before].Roles...)
		}
	}
	public, ok := s.held.Get(catalog.Public)
	if ok {
		held = append(held, public.Roles...)
	}
	first := len(set)
	for _, role := range held {
		if s.isRole(role) && roles.has(role) {
			before := len(set)
			lost = lost || s.lost(role)
			if set = s.addRole(set, role); len(set) > before {
				active = append(active, role)
			}
		}
	}
	for i := first; i < len(set); i++ { // grows as roles are found
		for _, role := range set[i].Roles {
			lost = lost || s.lost(role)
			set = s.addRole(set, role)
		}
	}
	if ok {
		set = append(set, public)
	}
	slices.Sort(active)
	return set, active, lost || !ok
}

// idle gathers the certificates of what a user holds and has not activated, or not
// what he holds it by: set is what counts. A denial that could be put off would be none.
func (s *state) idle(id principal.ID, roles Roles, standing bool, set []*cert.Permissions) (idle []*cert.Permissions, lost bool) {
	if len(set) == 0 {
		return nil, false
	}
	if !roles.chosen {
		roles = s.ofLogin(s.snapshot.PrincipalByID(id))
	}
	if roles.all && len(roles.ids) == 0 {
		return nil, false
	}
	all, _, lost := s.collect(id, AllRoles(), standing)
	return slices.DeleteFunc(all, func(p *cert.Permissions) bool { return slices.Contains(set, p) }), lost
}

// lost reports whether a role or group that counts has no certificate in the bucket.
func (s *state) lost(id principal.ID) bool {
	rec := s.snapshot.PrincipalByID(id)
	_, ok := s.held.Get(id)
	return !ok && rec != nil && (!rec.Locked || s.snapshot.Distrusted(id))
}

func (s *state) isRole(id principal.ID) bool {
	p := s.snapshot.PrincipalByID(id)
	return p != nil && p.Kind == catalog.KindRole
}

// addRole adds a role's certificate once; a cycle therefore ends.
func (s *state) addRole(set []*cert.Permissions, role principal.ID) []*cert.Permissions {
	rec := s.snapshot.PrincipalByID(role)
	p, ok := s.held.Get(role)
	if rec == nil || rec.Locked || !ok || slices.Contains(set, p) {
		return set
	}
	return append(set, p)
}
