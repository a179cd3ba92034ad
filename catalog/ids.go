package catalog

import (
	"github.com/lxdb/lxdb/security/principal"
	"github.com/lxdb/lxdb/storage/kivi/codec"
)

// ID identifies whatever a grant can name, and a range of data in kivi. Ids of
// databases, tables, views, routines, principals and data come from one
// allocator and are never used twice, so a grant can never fall to an object
// that was created later under an old name.
type ID = codec.ObjectID

// Reserved ids. Virtual databases have 10 to 99; FirstID is the first that is allocated.
const (
	System            ID = codec.ObjectSystem // object of system-wide grants; as a grantor: the administrator
	InformationSchema ID = 10
	MySQL             ID = 11
	Sys               ID = 12
	LastVirtual       ID = 99
	FirstID           ID = codec.FirstFreeID
)

// Reserved principals.
const (
	SystemGrantor principal.ID = 1 // stands in Grant.Grantor for SYSTEM ADMIN; nobody logs in as it
	Root          principal.ID = 2
	Public        principal.ID = 3
)

// virtualNames are the databases that the engine computes; they have ids, so
// that they can be asked for like any other, but no records.
var virtualNames = map[ID]string{InformationSchema: "information_schema", MySQL: "mysql", Sys: "sys"}
