package privilege

var (
	sysReadMeans   = Of(Select, Metadata, SeqSelect, ShowView, Show)
	sysWriteMeans  = Of(Insert, Update, Delete, SeqUse)
	sysCreateMeans = Of(Create, CreateView, CreateRoutine, CreateTemp)
)

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
