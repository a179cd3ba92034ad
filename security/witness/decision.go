package witness

import (
	"cmp"
	"slices"
	"sync"
	"time"

	"github.com/lxdb/lxdb/catalog"
	"github.com/lxdb/lxdb/security/access"
	"github.com/lxdb/lxdb/security/audit"
	"github.com/lxdb/lxdb/security/principal"
	"github.com/lxdb/lxdb/security/privilege"
)

// Decisions records what is enforced for one session: every refusal, and the first
// time that it reaches an object which is somebody else's by a system privilege
// alone. After repeatAfter that is told again, with how often it happened. What other sessions of the account do in the
// same minute, or this one when it begins anew, is counted with it. Whoever makes one closes it.
type Decisions struct {
	Log      *audit.Log
	Source   Source
	Snapshot func() *catalog.Snapshot
	// Also is told of every decision; it may be nil.
	Also access.Audit
	Now  func() time.Time // nil: time.Now
	// Refusals are those of all sessions; nil: these are a session's own, which its Close tells of.
	Refusals *Refusals

	// Sender is who has somebody else run what he sends, by a system privilege: what that opens of others, and is not
	// granted to him, he is told of in the log for as if he had opened it himself. 0: nobody has. Before is the catalog without what
	// his own statement makes.
	Sender principal.ID
	Before func() *catalog.Snapshot

	ownRefusals bool

	mu   sync.Mutex // of what follows: a statement may ask from several goroutines
	told map[told]*reach
	// relied are the answers that the running statement goes on with.
	relied []access.Decision
	// holding: a statement runs, which will end with an error or without one. held are its refusals
	// until then: what the client hears is a part of their records.
	holding bool
	held    []audit.Record
	// refusals are those since an error was answered; last is the answer to those before, in the same statement.
	refusals int
	last     Answer
}

// told is one way of one principal to one object. The object's id is never given
// twice; an owner or a grant may change, which epoch is for.
type told struct {
	who    principal.ID
	object catalog.ID
	atoms  privilege.Set
}

type reach struct {
	epoch  uint64
	theirs bool // somebody else's
	since  time.Time
	more   uint64 // times since it was told
}

const (
	repeatAfter = time.Minute
	maxTold     = 256 // objects that a session's reach is remembered for
)

// maxHeld bounds the refusals of one statement that wait for its error; more are recorded without it.
const maxHeld = 64

// Tell implements access.Audit.
func (d *Decisions) Tell(dec access.Decision) error {
	if d.Also != nil {
		if err := d.Also(dec); err != nil {
			return err
		}
	}
	if !dec.Allowed() {
		return d.refused(dec)
	}
	d.rely(dec)
	if d.Sender != 0 && dec.Wanted().Atoms().Minus(ofRows) != dec.Wanted().Atoms() {
		if err := d.sent(dec); err != nil {
			return err
		}
	}
	if !dec.BySystem() || dec.Object().Kind() == privilege.KindSystem {
		return nil
	}
	return d.reached(dec)
}

// ofRows are the rights to rows. Others, as to change a table, may go with what they
// were used for.
var ofRows = privilege.Of(privilege.Select, privilege.Insert, privilege.Update, privilege.Delete)

// maxRelied bounds what is remembered of one statement, more than it may join; the guard asks for the rest.
const maxRelied = 128

func (d *Decisions) rely(dec access.Decision) {
	atoms := dec.Wanted().Atoms()
	if atoms == 0 || atoms.Minus(ofRows) != 0 && !d.ofFunction(dec) {
		return
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, r := range d.relied {
		if r.Object() == dec.Object() && r.Wanted() == dec.Wanted() && r.Actor().Principal() == dec.Actor().Principal() {
			return
		}
	}
	if len(d.relied) < maxRelied {
		d.relied = append(d.relied, dec)
	}
}

// ofFunction says that a decision is about a call of a function: what it gives is in the rows, and it may have read what its
// caller cannot. A procedure has been called when its rows wait.
func (d *Decisions) ofFunction(dec access.Decision) bool {
	if dec.Wanted().Atoms() != privilege.Of(privilege.Execute) || dec.Object().Kind() != privilege.KindRoutine {
		return false
	}
	r := d.Snapshot().RoutineByID(dec.Object().ID())
	return r != nil && r.Function
}

// Relied is how many answers the running statement goes on with.
func (d *Decisions) Relied() int {
	d.mu.Lock()
	defer d.mu.Unlock()
	return len(d.relied)
}

// Since are those answers behind the first n.
func (d *Decisions) Since(n int) []access.Decision {
	d.mu.Lock()
	defer d.mu.Unlock()
	return slices.Clone(d.relied[min(n, len(d.relied)):])
}

// Begin is the beginning of a statement of a client. Whoever begins one ends it.
func (d *Decisions) Begin() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.forget(0)
	d.flush(Answer{})
	d.holding, d.refusals, d.last = true, 0, Answer{}
}

// Hold is for what a client asks that is no statement, as to prepare one. release is called with what
// he hears, before he does.
func (d *Decisions) Hold() (release func(Answer)) {
	d.mu.Lock()
	defer d.mu.Unlock()
	before := d.holding
	d.holding, d.refusals, d.last = true, 0, Answer{}
	return func(a Answer) {
		d.mu.Lock()
		defer d.mu.Unlock()
		d.answered(a, true)
		d.holding = before
		if !before {
			d.last = Answer{}
		}
	}
}

// Answered records the refusals that led to an error, before anybody hears of it. whole says that the error is that
// of what the client has sent: one that has come out of a program was answered there.
func (d *Decisions) Answered(a Answer, whole bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.answered(a, whole)
}

// Told is Answered for who records the answer himself: recorded says whether a refusal that was recorded has led to it.
func (d *Decisions) Told(a Answer) (recorded bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	recorded = d.refusals > 0
	d.flush(a)
	d.refusals, d.last = 0, a
	return recorded
}

// answered records a denial that no decision has led to, as where somebody names what he may not know of and what may
// not be there: one record for each answer, as decisions leave one each.
func (d *Decisions) answered(a Answer, whole bool) {
	d.flush(a)
	known := d.refusals > 0 || d.last == a || whole && d.last.Code == a.Code
	d.refusals, d.last = 0, a
	if !d.holding {
		d.last = Answer{}
	}
	if a.Denial == "" || known {
		return
	}
	_ = d.denied(audit.Record{
		Event: "denied", Result: audit.Refused, Origin: d.Source.AuditOrigin(), Object: a.On, Missing: a.Missing, Code: a.Code, State: a.State, Reason: a.Denial,
	})
}

// End lets go of all answers but the first n: what came behind them has ended; whole says that it was a
// statement of a client. Refusals that no error followed are recorded without one.
func (d *Decisions) End(n int, whole bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.forget(n)
	d.flush(Answer{})
	d.refusals = 0
	if whole {
		d.holding, d.last = false, Answer{}
	}
}

func (d *Decisions) forget(n int) {
	if n < len(d.relied) {
		clear(d.relied[n:])
		d.relied = d.relied[:n]
	}
}

// flush records what is held. Who was refused stays so, whether that can be written or not: the log reports
// its own failure.
func (d *Decisions) flush(a Answer) {
	for i, r := range d.held {
		r.Code, r.State = a.Code, a.State
		_ = d.denied(r)
		d.held[i] = audit.Record{}
	}
	d.held = d.held[:0]
}

// Answer is what a client hears of a refusal. The zero Answer is no error.
type Answer struct {
	Code  int    // MySQL's number; of the directory, that of LDAP
	State string // SQLSTATE
	// Denial is its text where it says that the client may not; Missing is the right that he lacks and On what he lacks it
	// on, as far as the error knows.
	Denial, Missing, On string
}

// Lost says whether a right that the running statement relies on is gone. It may be
// called from any goroutine.
func (d *Decisions) Lost() bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	return Lost(d.relied)
}

// Lost says whether one of the answers would be another one now.
func Lost(relied []access.Decision) bool {
	return slices.ContainsFunc(relied, func(r access.Decision) bool {
		return !access.May(r.Actor(), r.Object(), r.Wanted(), access.Explain)
	})
}

func (d *Decisions) refused(dec access.Decision) error {
	snap := d.Snapshot()
	r := d.record("denied", dec, snap)
	r.Result, r.Missing = audit.Refused, dec.MissingText()
	r.Reason = dec.Reason(snap)
	d.mu.Lock()
	defer d.mu.Unlock()
	d.refusals++
	if d.holding && len(d.held) < maxHeld {
		d.held = append(d.held, r)
		return nil
	}
	return d.denied(r)
}

func (d *Decisions) record(event string, dec access.Decision, snap *catalog.Snapshot) audit.Record {
	r := audit.Record{
		Event: event, Result: audit.Done, Origin: d.Source.AuditOrigin(),
		Object: dec.Object().Describe(snap), ObjectID: dec.Object().ID(),
	}
	if who := dec.Actor().Principal(); who != r.Who { // the definer of a view or a program
		if r.Login == 0 {
			r.Login, r.LoginName = r.Who, r.Name
		}
		r.Who, r.Name = who, ""
		if p := snap.PrincipalByID(who); p != nil {
			r.Name = p.Name
		}
	}
	return r
}

// reached records that a system privilege opened what is somebody else's.
func (d *Decisions) reached(dec access.Decision) error {
	return d.opened(dec, d.Snapshot(), dec.Actor().Principal(), "by "+dec.BySystemText()+", with no right on it")
}

// sent records what opened to who runs it for another one.
func (d *Decisions) sent(dec access.Decision) error {
	snap := d.Before()
	if dec.Object().Kind() == privilege.KindSystem || snap.Object(dec.Object().ID()).Owner == 0 { // what the statement itself makes
		return nil
	}
	return d.opened(dec, snap, d.Sender, "as another account, in whose name a part of the statement runs")
}

func (d *Decisions) opened(dec access.Decision, snap *catalog.Snapshot, who principal.ID, why string) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	at := told{who, dec.Object().ID(), dec.Wanted().Atoms()}
	known := d.told[at]
	if known != nil && known.epoch == snap.SecurityEpoch() && !known.theirs {
		return nil
	}
	now := d.now()
	if known == nil || known.epoch != snap.SecurityEpoch() {
		known = &reach{epoch: snap.SecurityEpoch(), theirs: others(snap, dec, who)}
		d.remember(at, known)
		if !known.theirs {
			return nil
		}
	} else if known.more++; now.Sub(known.since) < repeatAfter {
		return nil
	}
	r := d.record("admin.access", dec, snap)
	r.Reason = why
	r.Count = known.more
	known.since, known.more = now, 0
	d.flush(Answer{}) // in their order
	return d.refusalsOf().reached(cmp.Or(r.Login, r.Who), r)
}

func (d *Decisions) remember(at told, known *reach) {
	if d.told == nil || len(d.told) >= maxTold {
		d.told = map[told]*reach{}
	}
	d.told[at] = known
}

func (d *Decisions) now() time.Time {
	if d.Now != nil {
		return d.Now()
	}
	return time.Now()
}

// others says whether the object is somebody else's, and open to the actor by a
// system privilege alone. What has no owner, as virtual tables have none, is nobody's.
func others(s *catalog.Snapshot, dec access.Decision, who principal.ID) bool {
	object := s.Object(dec.Object().ID())
	return object.Owner != 0 && object.Owner != who && !dec.Wanted().Met(granted(s, who, object))
}

// granted is what the grants say that somebody holds on an object, without system
// privileges. His certificate does not list what those contain.
func granted(s *catalog.Snapshot, who principal.ID, object catalog.Object) privilege.Set {
	var held privilege.Set
	for _, id := range append(s.Held(who, false), who, catalog.Public) {
		except := s.Exception(id, object.ID).Atoms
		own, wider := s.Reaching(id, object)
		for _, g := range own {
			held |= g.Atoms
		}
		for _, g := range wider {
			held |= g.Atoms &^ except
		}
		around, matching := s.Reaching(id, s.Object(object.Database))
		for _, g := range slices.Concat(around, matching) {
			held |= g.Atoms &^ s.Excepted(id, object)
		}
	}
	return held
}
