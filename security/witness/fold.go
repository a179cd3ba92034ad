package witness

import (
	"cmp"
	"fmt"
	"net/netip"
	"strings"
	"sync"
	"time"
	"unicode/utf8"

	"github.com/lxdb/lxdb/catalog"
	"github.com/lxdb/lxdb/security/audit"
	"github.com/lxdb/lxdb/security/principal"
)

// A program that catches what it is refused is refused ten thousand times a second, and a log that tells of each time
// is full of that alone. The first refusals of an account in a minute are told one by one, and those after them by how
// often, when the minute is over: of the same thing together, and when they are of too many things, all the others
// together. So none is lost, and what an account writes by being refused is bounded, however many sessions it has and
// however often they begin anew. The same holds of logins that are refused, by the address that they come from, of the
// runs of an account's events, and of what it reaches by a right of the system.
const (
	oneByOne  = 128         // refusals of a kind in a minute that are told one by one
	maxNames  = 64          // names of nothing, and kinds of statements, of which refusals are counted apart
	maxThings = 1024        // objects of which they are
	maxWays   = 256         // counts up to which the same object is counted apart by what was missing
	maxKept   = 1 << 14     // counts of all accounts
	maxBooks  = 1024        // accounts that are known apart, and as many addresses
	keptFrom  = maxKept / 2 // counts of logins: others have room beside them
)

// Refusals are those of all accounts in their minutes, and what else is bounded by them. Whoever makes one closes it.
type Refusals struct {
	Log *audit.Log
	// Snapshot tells what a name is of that a client may not know of; nil: names are of nothing.
	Snapshot func() *catalog.Snapshot
	Now      func() time.Time // nil: time.Now

	mu     sync.Mutex
	books  map[teller]*book
	from   int         // books of addresses among them
	kept   int         // counts in all of them
	timer  *time.Timer // while there are counts
	closed bool
}

// teller is an account, or who has none yet: an address.
type teller struct {
	account principal.ID
	from    netip.Prefix
}

// book is the minute of one account or address.
type book struct {
	since time.Time
	told  map[kind]int
	folds map[kind]*folds
	once  map[folded]bool // what was reached and told
}

// kind keeps what a client is refused, statements about accounts that were, and the others, from taking each other's places.
type kind struct {
	of    subject
	named bool // of what is there
}

type subject uint8

const (
	ofDenial subject = iota
	ofStatement
	ofLogin
	ofReach
	ofEvent
	subjects
)

// folds are counts in the order in which they began.
type folds struct {
	counts map[folded]*audit.Record
	order  []folded
}

// folded is what refusals have in common that are counted together; the zero one is all others.
type folded struct {
	who     principal.ID
	object  string
	id      catalog.ID
	missing string
	code    int
	event   string
	result  audit.Result
}

// Refused records a refusal of an account, or counts it. It writes no more
// for what is there than for what is not: how long that takes would tell.
func (f *Refusals) Refused(account principal.ID, r audit.Record) error {
	k := kind{}
	if r.Statement != "" {
		k.of = ofStatement
	}
	return f.tell(teller{account: account}, k, r)
}

// login records a login that was refused, or counts it with the others from there.
func (f *Refusals) login(r audit.Record) error {
	return f.tell(teller{from: network(r.Remote)}, kind{of: ofLogin}, r)
}

// Ran records a run of an event of an account, or another thing that it may do without end, or counts it.
func (f *Refusals) Ran(account principal.ID, r audit.Record) error {
	return f.tell(teller{account: account}, kind{of: ofEvent}, r)
}

// reached records that an account has reached something, once in its minute; it counts the other times, of all its
// sessions.
func (f *Refusals) reached(account principal.ID, r audit.Record) error {
	return f.tell(teller{account: account}, kind{of: ofReach}, r)
}

// network is where an address is from: who has one of IPv6 has a network of them.
func network(remote string) netip.Prefix {
	at, err := netip.ParseAddrPort(remote)
	if err != nil {
		return netip.Prefix{}
	}
	a, bits := at.Addr().Unmap().WithZone(""), 32
	if a.Is6() {
		bits = 64
	}
	p, _ := a.Prefix(bits)
	return p
}

func (f *Refusals) tell(by teller, k kind, r audit.Record) error {
	f.mu.Lock()
	b, over := f.book(by, f.now())
	again := k.of == ofReach && b.again(k, r)
	if !again {
		b.told[k]++
	}
	one := !again && b.told[k] <= oneByOne || f.closed
	f.mu.Unlock()
	if one {
		f.write(over)
		return f.Log.Write(r)
	}
	r = r.Counted() // what a client has sent is as long as he likes
	id, within := r.ObjectID, r.Object
	if id == 0 && k.of != ofStatement && k.of != ofLogin {
		id, within = f.named(r.Object) // nobody else waits for it
	}
	f.mu.Lock()
	b, more := f.book(by, f.now())
	if f.closed {
		f.mu.Unlock()
		f.write(append(over, more...))
		return f.Log.Write(r)
	}
	f.count(b, k, r, id, within)
	f.mu.Unlock()
	f.write(append(over, more...))
	return nil
}

// again says whether a minute has told of the same already.
func (b *book) again(k kind, r audit.Record) bool {
	at := k.fold(r)
	switch {
	case b.once[at]:
		return true
	case b.once == nil:
		b.once = map[folded]bool{}
	}
	if b.told[k] < oneByOne {
		b.once[at] = true
	}
	return false
}

// fold is what a record has in common with those that it is counted with.
func (k kind) fold(r audit.Record) folded {
	at := folded{r.Who, r.Object, r.ObjectID, r.Missing, r.Code, r.Event, r.Result}
	switch k.of {
	case ofLogin:
		at.object, at.missing = r.Name, r.Reason
	case ofReach:
		at.missing = r.Reason
	}
	return at
}

// book is the account's of this minute, and what was counted in the one before.
func (f *Refusals) book(by teller, now time.Time) (*book, []audit.Record) {
	b, full := f.books[by], len(f.books)-f.from >= maxBooks
	if by.from.IsValid() {
		full = f.from >= maxBooks
	}
	if b == nil && full {
		by = teller{} // one for all who come then
		b = f.books[by]
	}
	if b != nil && now.Sub(b.since) < repeatAfter {
		return b, nil
	}
	var over []audit.Record
	if b != nil {
		over = f.end(b)
	}
	b = &book{since: now, told: map[kind]int{}, folds: map[kind]*folds{}}
	if f.books == nil {
		f.books = map[teller]*book{}
	}
	if f.books[by] == nil && by.from.IsValid() {
		f.from++
	}
	f.books[by] = b
	f.arm(now)
	return b, over
}

// count counts a refusal with those that are alike, of what has that id and, where it is told of by more than its
// name, that name.
func (f *Refusals) count(b *book, k kind, r audit.Record, id catalog.ID, within string) {
	at, times := k.fold(r), max(1, r.Count)
	at.id = id
	most, room := maxNames, maxKept
	switch k.of {
	case ofLogin:
		room = keptFrom
	case ofStatement:
	default:
		if k.named = at.id == 0; !k.named {
			most = maxThings
		}
	}
	l := b.folds[k]
	if l == nil {
		l = &folds{counts: map[folded]*audit.Record{}}
		b.folds[k] = l
	}
	several := false
	if at.id != 0 && len(l.counts) >= maxWays && l.counts[at] == nil {
		at, several = folded{who: r.Who, id: at.id}, true
	}
	known := l.counts[at]
	if known == nil && (len(l.counts) >= most || f.kept >= room) {
		at = folded{}
		r.Object, r.ObjectID, r.Missing, r.Code, r.State, r.Statement = "others", 0, "", 0, "", ""
		r.Reason = fmt.Sprintf("refused more often and for more things than are told apart in %v", repeatAfter)
		switch k.of {
		case ofLogin:
			r.Name, r.Reason = "", fmt.Sprintf("refused for more names and reasons than are told apart in %v", repeatAfter)
		case ofReach, ofEvent:
			r.Reason = fmt.Sprintf("more than are told apart in %v", repeatAfter)
		}
		known = l.counts[at]
	} else if known == nil && several {
		r.Object, r.Missing, r.Code, r.State, r.Reason = within, "", 0, "", "in more ways than are told apart"
	}
	if known == nil {
		r.Count = 0
		known = &r
		l.counts[at] = known
		l.order = append(l.order, at)
		f.kept++
	}
	known.Count += times
}

// maxDatabase is how many bytes the name of a database may take: 64 characters.
const maxDatabase = 64 * utf8.UTFMax

// named is the object that a denial says by its name, as clients hear of one that they may not know of: "table d.t"; or
// the database, where there is only that. It is looked for in all that a name may mean, since a dot may be part of it.
func (f *Refusals) named(object string) (id catalog.ID, name string) {
	what, name, ok := strings.Cut(object, " ")
	if !ok || f.Snapshot == nil {
		return 0, object
	}
	s := f.Snapshot()
	if what == "database" {
		if db := s.Database(name); db != nil {
			return db.ID, object
		}
		return 0, object
	}
	for i := range min(len(name), maxDatabase+1) {
		if name[i] != '.' {
			continue
		}
		if db := s.Database(name[:i]); db != nil {
			if o := s.Relation(db.ID, name[i+1:]); o.ID != 0 {
				return o.ID, object
			}
			id, object = db.ID, "database "+db.Name
		}
	}
	return id, object
}

// end takes what an account's minute has counted.
func (f *Refusals) end(b *book) (out []audit.Record) {
	for of := range subjects {
		for _, named := range []bool{false, true} {
			if l := b.folds[kind{of, named}]; l != nil {
				for _, at := range l.order {
					out = append(out, *l.counts[at])
				}
				f.kept -= len(l.order)
			}
		}
	}
	b.folds = map[kind]*folds{}
	return out
}

// Sweep tells of the minutes that are over, all of them or what there is of them too, and lets go of them.
func (f *Refusals) Sweep(all bool) {
	now := f.now()
	f.mu.Lock()
	var over []audit.Record
	for by, b := range f.books {
		passed := now.Sub(b.since) >= repeatAfter
		if all || passed {
			over = append(over, f.end(b)...)
		}
		if passed {
			delete(f.books, by)
			if by.from.IsValid() {
				f.from--
			}
		}
	}
	if f.timer != nil {
		f.timer.Stop()
		f.timer = nil
	}
	f.arm(now)
	f.mu.Unlock()
	f.write(over)
}

// arm sees to the end of the next minute that ends, also when nobody comes any more.
func (f *Refusals) arm(now time.Time) {
	if f.timer != nil || len(f.books) == 0 || f.closed {
		return
	}
	wait := repeatAfter
	for _, b := range f.books {
		wait = min(wait, repeatAfter-now.Sub(b.since))
	}
	f.timer = time.AfterFunc(max(wait, time.Second), func() { f.Sweep(false) })
}

// Close tells of all that was counted. What is refused afterwards is told one by one.
func (f *Refusals) Close() {
	f.mu.Lock()
	f.closed = true
	f.mu.Unlock()
	f.Sweep(true)
}

// write tells of what was counted. The log reports its own failure.
func (f *Refusals) write(list []audit.Record) {
	for i := range list {
		_ = f.Log.Write(list[i])
	}
}

func (f *Refusals) now() time.Time {
	if f.Now != nil {
		return f.Now()
	}
	return time.Now()
}

// denied records a refusal of the session's account, or counts it.
func (d *Decisions) denied(r audit.Record) error {
	return d.refusalsOf().Refused(cmp.Or(r.Login, r.Who), r)
}

func (d *Decisions) refusalsOf() *Refusals {
	if d.Refusals == nil {
		d.Refusals, d.ownRefusals = &Refusals{Log: d.Log, Snapshot: d.Snapshot, Now: d.Now}, true
	}
	return d.Refusals
}

// Statement records a statement about accounts and rights that was refused, or counts it. Those that were not are
// recorded one by one.
func (d *Decisions) Statement(r audit.Record) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.denied(r)
}

// Close ends them with the session. What was counted is the account's, and told when its minute is over.
func (d *Decisions) Close() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.flush(Answer{})
	if d.ownRefusals {
		d.Refusals.Close()
	}
}
