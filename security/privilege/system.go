package privilege

var (
	sysReadMeans   = Of(Select, Metadata, SeqSelect, ShowView, Show)
	sysWriteMeans  = Of(Insert, Update, Delete, SeqUse)
	sysCreateMeans = Of(Create, CreateView, CreateRoutine, CreateTemp)
)

// ofData are the atoms that reach rows, the numbers of sequences, or what routines give of them, and those that let
// their holder act as somebody who has them.
var ofData = Of(Select, Insert, Update, Delete, Truncate, References, Trigger, IndirectAccess, SeqSelect, SeqUse, Execute,
	SysRead, SysWrite, Unmask, RLSExempt, Backup, Impersonate, Proxy, SetAnyDefiner)

// Becoming is what on an account makes its holder that account, by a statement or at his login.
var Becoming = Of(Impersonate, Proxy)

// OfData says whether an atom is one that SYSTEM ADMIN does not contain where administrators have no
// access to data.
func OfData(a Atom) bool { return ofData.Has(a) }

// Blind is what atoms held on the system are where administrators have no access to data: SYSTEM ADMIN is
// all but that. What was granted besides is as it is.
func Blind(held Set) Set {
	if !held.Has(SysAdmin) {
		return held
	}
	admin := Of(SysAdmin)
	return held.Minus(admin).Union(Known.Minus(ofData).Minus(admin))
}

// FromSystem is what atoms held on the system mean on every object, present and
// future: themselves, and what the system-wide ones stand for.
func FromSystem(held Set) Set {
	if held.Has(SysAdmin) {
		return Known
	}
	out := held
	if held.Has(SysRead) {
		out |= sysReadMeans
	}
	if held.Has(SysWrite) {
		out |= sysWriteMeans
	}
	if held.Has(SysCreate) {
		out |= sysCreateMeans
	}
	return out
}
