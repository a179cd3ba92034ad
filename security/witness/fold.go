package witness

import (
	"fmt"
	"time"

	"github.com/lxdb/lxdb/catalog"
	"github.com/lxdb/lxdb/security/audit"
	"github.com/lxdb/lxdb/security/principal"
)

// A program that catches what it is refused is refused ten thousand times a second, and a log that tells of each time
// is full of that alone. The first refusals of a session in a minute are told one by one, and those after them by how
// often: of the same thing together, and when they are of too many things, all the others together. So none is lost,
// and what a session writes is bounded.
const (
	oneByOne  = 128 // refusals in a minute that are told one by one
	maxFolded = 64  // things of which refusals are counted apart
)

// folds are the refusals of a session in a minute.
type folds struct {
	since  time.Time
	told   int
	counts map[folded]*audit.Record // with how often
	order  []folded
}

// folded is what refusals have in common that are counted together; the zero one is all others.
type folded struct {
	who     principal.ID
	object  string
	id      catalog.ID
	missing string
	code    int
}

// denied records a refusal, or counts it.
func (d *Decisions) denied(r audit.Record) error {
	now := d.now()
	if now.Sub(d.folds.since) >= repeatAfter {
		d.unfold()
		d.folds.since, d.folds.told = now, 0
	}
	if d.folds.told++; d.folds.told <= oneByOne {
		return d.Log.Write(r)
	}
	at := folded{r.Who, r.Object, r.ObjectID, r.Missing, r.Code}
	if d.folds.counts[at] == nil {
		if len(d.folds.counts) >= maxFolded {
			at = folded{}
			r.Object, r.ObjectID, r.Missing, r.Code, r.State = "others", 0, "", 0, ""
			r.Reason = fmt.Sprintf("refused more often and for more things than are told apart in %v", repeatAfter)
		}
		if d.folds.counts == nil {
			d.folds.counts = map[folded]*audit.Record{}
		}
		if d.folds.counts[at] == nil {
			d.folds.counts[at] = &r
			d.folds.order = append(d.folds.order, at)
		}
	}
	d.folds.counts[at].Count++
	return nil
}

// unfold tells of what was counted. The log reports its own failure.
func (d *Decisions) unfold() {
	for _, at := range d.folds.order {
		_ = d.Log.Write(*d.folds.counts[at])
	}
	d.folds.counts, d.folds.order = nil, nil
}

// passed tells of what was counted in a minute that is over.
func (d *Decisions) passed() {
	if len(d.folds.order) > 0 && d.now().Sub(d.folds.since) >= repeatAfter {
		d.unfold()
	}
}

// After makes them those of a session that begins anew: it does not write more than one that goes on.
func (d *Decisions) After(before *Decisions) {
	if before == nil {
		return
	}
	before.mu.Lock()
	defer before.mu.Unlock()
	d.folds.since, d.folds.told = before.folds.since, before.folds.told
}

// Close tells of what was counted: the session ends.
func (d *Decisions) Close() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.flush(Answer{})
	d.unfold()
}
