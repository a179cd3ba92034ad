package witness

import (
	"cmp"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/lxdb/lxdb/catalog"
	"github.com/lxdb/lxdb/security/audit"
	"github.com/lxdb/lxdb/security/principal"
)

// A program that catches what it is refused is refused ten thousand times a second, and a log that tells of each time
// is full of that alone. The first refusals of an account in a minute are told one by one, and those after them by how
// often, when the minute is over: of the same thing together, and when they are of too many things, all the others
// together. So none is lost, and what an account writes by being refused is bounded, however many sessions it has and
// however often they begin anew.
const (
	oneByOne  = 128     // refusals of a kind in a minute that are told one by one
	maxNames  = 64      // names of nothing, and kinds of statements, of which refusals are counted apart
	maxThings = 1024    // objects of which they are
	maxWays   = 256     // counts up to which the same object is counted apart by what was missing
	maxKept   = 1 << 14 // counts of all accounts
	maxBooks  = 1024    // accounts that are known apart
)

// Refusals are those of all accounts in their minutes. Whoever makes one closes it.
type Refusals struct {
	Log *audit.Log
	// Snapshot tells what a name is of that a client may not know of; nil: names are of nothing.
	Snapshot func() *catalog.Snapshot
	Now      func() time.Time // nil: time.Now

	mu     sync.Mutex
	books  map[principal.ID]*book
	kept   int         // counts in all of them
	timer  *time.Timer // while there are counts
	closed bool
}

// book is the minute of one account.
type book struct {
	since time.Time
	told  map[kind]int
	folds map[kind]*folds
}

// kind keeps what a client is refused, and statements about accounts that were, from taking each other's places.
type kind struct{ statement, named bool }

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
}

// Refused records a refusal of an account, or counts it. It writes no more
// for what is there than for what is not: how long that takes would tell.
func (f *Refusals) Refused(account principal.ID, r audit.Record) error {
	now := f.now()
	f.mu.Lock()
	b, over := f.book(account, now)
	k := kind{statement: r.Statement != ""}
	b.told[k]++
	one := b.told[k] <= oneByOne || f.closed
	if !one {
		f.count(b, k, r)
	}
	f.mu.Unlock()
	f.write(over)
	if one {
		return f.Log.Write(r)
	}
	return nil
}

// book is the account's of this minute, and what was counted in the one before.
func (f *Refusals) book(account principal.ID, now time.Time) (*book, []audit.Record) {
	b := f.books[account]
	if b == nil && len(f.books) >= maxBooks {
		account = 0 // one for all who come then
		b = f.books[account]
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
		f.books = map[principal.ID]*book{}
	}
	f.books[account] = b
	f.arm(now)
	return b, over
}

// count counts a refusal with those that are alike.
func (f *Refusals) count(b *book, k kind, r audit.Record) {
	at := folded{r.Who, r.Object, r.ObjectID, r.Missing, r.Code, r.Event}
	most, within := maxNames, r.Object
	if !k.statement {
		if at.id == 0 {
			at.id, within = f.named(r.Object)
		}
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
	if known == nil && (len(l.counts) >= most || f.kept >= maxKept) {
		at = folded{}
		r.Object, r.ObjectID, r.Missing, r.Code, r.State, r.Statement = "others", 0, "", 0, "", ""
		r.Reason = fmt.Sprintf("refused more often and for more things than are told apart in %v", repeatAfter)
		known = l.counts[at]
	} else if known == nil && several {
		r.Object, r.Missing, r.Code, r.State, r.Reason = within, "", 0, "", "refused in more ways than are told apart"
	}
	if known == nil {
		known = &r
		l.counts[at] = known
		l.order = append(l.order, at)
		f.kept++
	}
	known.Count++
}

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
	for i := range len(name) {
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
	for _, k := range []kind{{}, {named: true}, {statement: true}} {
		if l := b.folds[k]; l != nil {
			for _, at := range l.order {
				out = append(out, *l.counts[at])
			}
			f.kept -= len(l.order)
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
	for account, b := range f.books {
		passed := now.Sub(b.since) >= repeatAfter
		if all || passed {
			over = append(over, f.end(b)...)
		}
		if passed {
			delete(f.books, account)
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
