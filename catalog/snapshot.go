package catalog

import (
	"github.com/lxdb/lxdb/security/principal"
)

// Snapshot is the catalog at one version. It never changes, may be kept as long
// as wanted and read from any goroutine. Look-ups return nil for what does not
// exist; names are matched without case. Returned records are shared: Clone
// before changing one.
type Snapshot struct {
	instance string
	version  uint64
	epoch    uint64
	audited  uint64
	level    uint64

	sum      sum // of the tags of all records
	sealed   []byte
	tampered []Tampered

	objects   []anyCollection  // by Kind.at
	tableData byKey[ID, Table] // by Table.Data

	sequenceData byKey[ID, Sequence] // by Sequence.Data

	principals     byKey[principal.ID, Principal]
	principalNames byKey[string, Principal]

	grantsTo byPair[principal.ID, uint64, Grant] // object and grantor
	grantsOn byPair[ID, uint64, Grant]           // grantee and grantor

	timed        byPair[principal.ID, uint64, Grant]            // those of grantsTo that have an end
	timedDenials byPair[principal.ID, ID, Exception]            // those of exceptionsOf
	timedMembers byPair[principal.ID, principal.ID, Membership] // those of membershipsOf

	exceptionsOf byPair[principal.ID, ID, Exception] // grantee, object
	exceptionsOn byPair[ID, principal.ID, Exception]

	membershipsOf byPair[principal.ID, principal.ID, Membership] // member, role
	membersOf     byPair[principal.ID, principal.ID, Membership] // role, member

	certificates byKey[principal.ID, Certificate]
	pages        byPair[principal.ID, uint32, CertificatePage] // principal, node
	revocations  byKey[string, Revocation]                     // by serial number
}

func newSnapshot() *Snapshot {
	s := &Snapshot{
		tableData: newByKey[ID, Table](), sequenceData: newByKey[ID, Sequence](),
		principals: newByKey[principal.ID, Principal](), principalNames: newByKey[string, Principal](),
		grantsTo: newByPair[principal.ID, uint64, Grant](), grantsOn: newByPair[ID, uint64, Grant](),
		timed:        newByPair[principal.ID, uint64, Grant](),
		timedDenials: newByPair[principal.ID, ID, Exception](), timedMembers: newByPair[principal.ID, principal.ID, Membership](),
		exceptionsOf: newByPair[principal.ID, ID, Exception](), exceptionsOn: newByPair[ID, principal.ID, Exception](),
		membershipsOf: newByPair[principal.ID, principal.ID, Membership](),
		membersOf:     newByPair[principal.ID, principal.ID, Membership](),
		certificates:  newByKey[principal.ID, Certificate](),
		pages:         newByPair[principal.ID, uint32, CertificatePage](),
		revocations:   newByKey[string, Revocation](),
	}
	for _, k := range kinds {
		s.objects = append(s.objects, k.newCollection())
	}
	return s
}

// copy makes a working copy in O(1): the trees are shared until written. Only
// Update calls it, under its mutex, because copying marks the original's trees.
func (s *Snapshot) copy() *Snapshot {
	c := &Snapshot{
		instance: s.instance, version: s.version, epoch: s.epoch, audited: s.audited, level: s.level, sum: s.sum, tampered: s.tampered,
		tableData: s.tableData.copy(), sequenceData: s.sequenceData.copy(),
		principals: s.principals.copy(), principalNames: s.principalNames.copy(),
		grantsTo: s.grantsTo.copy(), grantsOn: s.grantsOn.copy(), timed: s.timed.copy(),
		timedDenials: s.timedDenials.copy(), timedMembers: s.timedMembers.copy(),
		exceptionsOf: s.exceptionsOf.copy(), exceptionsOn: s.exceptionsOn.copy(),
		membershipsOf: s.membershipsOf.copy(), membersOf: s.membersOf.copy(),
		certificates: s.certificates.copy(), pages: s.pages.copy(), revocations: s.revocations.copy(),
		objects: make([]anyCollection, len(s.objects)),
	}
	for i, objects := range s.objects {
		c.objects[i] = objects.copy()
	}
	return c
}

// Instance is the random id given to the store when it was created, 32 hex digits.
func (s *Snapshot) Instance() string { return s.instance }

// Version rises by one with each Update that changed something.
func (s *Snapshot) Version() uint64 { return s.version }

// Audited is the number of the audit record of the last change that was recorded: the log
// must reach so far. 0 is of none.
func (s *Snapshot) Audited() uint64 { return s.audited }

// PrivilegeLevel is the privilege.Level of who last gave, or completed, what lacks newer privileges: at a lower one a
// row that has all the others was ALL when it was written, and at this one somebody left the newer ones out. The zero
// level stands as long as no row lacks them.
func (s *Snapshot) PrivilegeLevel() uint64 { return s.level }

// SecurityEpoch is the version of the last change after which somebody may do
// more or less than before.
func (s *Snapshot) SecurityEpoch() uint64 { return s.epoch }
