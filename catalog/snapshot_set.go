package catalog

// The set functions put a decoded record of the permission path into every tree
// that finds it; Kind.set does so for objects. They are shared by Tx and by the
// reload at Open, so both build the same Snapshot.

func (s *Snapshot) setState(rec *state) {
	s.instance, s.version, s.epoch, s.sealed = rec.Instance, rec.Version, rec.Epoch, rec.Seal
	s.audited, s.level = rec.Audited, rec.Level
}

func (s *Snapshot) setPrincipal(rec *Principal) {
	s.principals.set(rec.ID, rec)
	s.principalNames.set(rec.Folded, rec)
}

func (s *Snapshot) setGrant(rec *Grant) {
	to, on := grantKeys(rec)
	s.grantsTo.set(rec.Grantee, to, rec)
	s.grantsOn.set(rec.Object, on, rec)
	if rec.Ends != "" || rec.OptionEnds != "" {
		s.timed.set(rec.Grantee, to, rec)
	} else {
		s.timed.delete(rec.Grantee, to)
	}
}

// grantKeys are the second keys of a grant in grantsTo and grantsOn.
func grantKeys(g *Grant) (to, on uint64) {
	return uint64(g.Object)<<32 | uint64(g.Grantor), uint64(g.Grantee)<<32 | uint64(g.Grantor)
}

func (s *Snapshot) setException(rec *Exception) {
	s.exceptionsOf.set(rec.Grantee, rec.Object, rec)
	s.exceptionsOn.set(rec.Object, rec.Grantee, rec)
	if rec.DenyEnds != "" || rec.AdminDenyEnds != "" {
		s.timedDenials.set(rec.Grantee, rec.Object, rec)
	} else {
		s.timedDenials.delete(rec.Grantee, rec.Object)
	}
}

func (s *Snapshot) setMembership(rec *Membership) {
	s.membershipsOf.set(rec.Member, rec.Role, rec)
	s.membersOf.set(rec.Role, rec.Member, rec)
	if rec.NextEnd() != 0 {
		s.timedMembers.set(rec.Member, rec.Role, rec)
	} else {
		s.timedMembers.delete(rec.Member, rec.Role)
	}
}

func (s *Snapshot) setCertificate(rec *Certificate) { s.certificates.set(rec.Principal, rec) }

func (s *Snapshot) setPage(rec *CertificatePage) { s.pages.set(rec.Principal, rec.Node, rec) }
