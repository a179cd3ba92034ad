package catalog

// The set functions put a decoded record into every tree that finds it. They
// are shared by Tx and by the reload at Open, so both build the same Snapshot.

func (s *Snapshot) setState(rec *state) {
	s.instance, s.version, s.epoch = rec.Instance, rec.Version, rec.Epoch
}

func (s *Snapshot) setDatabase(rec *Database) {
	s.databases.set(rec.ID, rec)
	s.databaseNames.set(FoldName(rec.Name), rec)
}

func (s *Snapshot) setTable(rec *Table) {
	s.tables.set(rec.ID, rec)
	s.tableNames.set(rec.Database, FoldName(rec.Name), rec)
	s.tableData.set(rec.Data, rec)
}

func (s *Snapshot) setView(rec *View) {
	s.views.set(rec.ID, rec)
	s.viewNames.set(rec.Database, FoldName(rec.Name), rec)
}

func (s *Snapshot) setTrigger(rec *Trigger) {
	s.triggers.set(rec.ID, rec)
	s.triggerNames.set(rec.Database, FoldName(rec.Name), rec)
}

func (s *Snapshot) setRoutine(rec *Routine) {
	s.routines.set(rec.ID, rec)
	s.routineNames.set(rec.Database, routineKey(rec.Name, rec.Function), rec)
}

func (s *Snapshot) setEvent(rec *Event) {
	s.events.set(rec.ID, rec)
	s.eventNames.set(rec.Database, FoldName(rec.Name), rec)
}

func (s *Snapshot) setPrincipal(rec *Principal) {
	s.principals.set(rec.ID, rec)
	s.principalNames.set(rec.Folded, rec)
}

func (s *Snapshot) setGrant(rec *Grant) {
	to, on := grantKeys(rec)
	s.grantsTo.set(rec.Grantee, to, rec)
	s.grantsOn.set(rec.Object, on, rec)
}

// grantKeys are the second keys of a grant in grantsTo and grantsOn.
func grantKeys(g *Grant) (to, on uint64) {
	return uint64(g.Object)<<32 | uint64(g.Grantor), uint64(g.Grantee)<<32 | uint64(g.Grantor)
}

func (s *Snapshot) setException(rec *Exception) {
	s.exceptionsOf.set(rec.Grantee, rec.Object, rec)
	s.exceptionsOn.set(rec.Object, rec.Grantee, rec)
}

func (s *Snapshot) setMembership(rec *Membership) {
	s.membershipsOf.set(rec.Member, rec.Role, rec)
	s.membersOf.set(rec.Role, rec.Member, rec)
}

func (s *Snapshot) setCertificate(rec *Certificate) { s.certificates.set(rec.Principal, rec) }
