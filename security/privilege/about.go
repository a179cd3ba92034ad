package privilege

// aboutRelation are the atoms that are about a table or view that exists. Those
// that let the holder make new objects, or name the database, are not.
var aboutRelation = Of(Select, Insert, Update, Delete, Truncate, Alter, Drop, Index, References, Trigger, ShowView, Metadata,
	IndirectAccess, Grant, SysAdmin, SysRead, SysWrite)

var aboutRoutine = Of(Execute, AlterRoutine, Alter, Drop, Metadata, Grant, SysAdmin)

var aboutSequence = Of(SeqSelect, SeqUse, Alter, Drop, Metadata, Grant, SysAdmin)

// About is what of an object's atoms shows the object to the holder. Atoms are
// inherited from the database and the system: EVENT on a database is held on
// each of its tables, too, and tells nothing of them.
func About(k Kind) Set {
	switch k {
	case KindTable, KindView:
		return aboutRelation
	case KindRoutine:
		return aboutRoutine
	case KindSequence:
		return aboutSequence
	}
	return ^Set(0)
}
