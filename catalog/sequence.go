package catalog

import (
	"fmt"

	"github.com/lxdb/lxdb/security/principal"
)

// Sequence hands out numbers. Which one is next stands among the private keys of its data id: in
// no record, because taking a number is no change of the catalog. Whatever moves a sequence (ALTER,
// RESTART) gives it another data id, so that nobody goes on in numbers of before.
type Sequence struct {
	ID        ID           `json:"id"`
	Database  ID           `json:"database"`
	Name      string       `json:"name"`
	Data      ID           `json:"data"`
	Owner     principal.ID `json:"owner"`
	Type      string       `json:"type"` // bigint, int, …
	Start     int64        `json:"start"`
	First     int64        `json:"first"` // the first number of this data id
	Increment int64        `json:"increment"`
	Min       int64        `json:"min"`
	Max       int64        `json:"max"`
	Cache     uint64       `json:"cache"` // numbers that are reserved at a time; 0 is one
	Cycle     bool         `json:"cycle,omitempty"`
	Comment   string       `json:"comment,omitempty"`
	Created   int64        `json:"created"` // microseconds since 1970, UTC
}

// Sequence finds a sequence by name.
func (s *Snapshot) Sequence(database ID, name string) *Sequence {
	return sequences(s).byName.get(database, FoldName(name))
}

// SequenceByID finds a sequence.
func (s *Snapshot) SequenceByID(id ID) *Sequence { return sequences(s).byID.get(id) }

// SequenceByData finds the sequence whose state has the data id in its keys.
func (s *Snapshot) SequenceByData(data ID) *Sequence { return s.sequenceData.get(data) }

// Sequences lists the sequences of a database by name.
func (s *Snapshot) Sequences(database ID) []*Sequence { return sequences(s).byName.list(database) }

// PutSequence creates or changes a sequence. Who gives it a new Data id also calls Purge for the
// old one.
func (tx *Tx) PutSequence(rec *Sequence) error { return sequences(tx.Snapshot).kind.Put(tx, rec) }

// DropSequence removes a sequence and the grants on it.
func (tx *Tx) DropSequence(id ID) error { return sequences(tx.Snapshot).kind.Delete(tx, id) }

func checkSequence(tx *Tx, rec, _ *Sequence) error {
	if rec.Data < FirstID {
		return fmt.Errorf("%w: sequence %q with data id %d", ErrInvalid, rec.Name, rec.Data)
	}
	if other := tx.sequenceData.get(rec.Data); other != nil && other.ID != rec.ID || tx.tableData.get(rec.Data) != nil {
		return fmt.Errorf("%w: data id %d of sequence %q is used", ErrInvalid, rec.Data, rec.Name)
	}
	if fault := rec.fault(); fault != "" {
		return fmt.Errorf("%w: sequence %q %s", ErrInvalid, rec.Name, fault)
	}
	return tx.checkRelationName(rec.ID, rec.Database, rec.Name)
}

// fault says what is wrong with the numbers.
func (q *Sequence) fault() string {
	switch {
	case q.Increment == 0:
		return "does not go on"
	case q.Min >= q.Max:
		return "has no room between its bounds"
	case q.Start < q.Min || q.Start > q.Max || q.First < q.Min || q.First > q.Max:
		return "starts outside of its bounds"
	}
	return ""
}

// changedSequence: the state of a dropped sequence is purged after the commit.
func changedSequence(tx *Tx, rec, old *Sequence) {
	switch {
	case old == nil:
		tx.touchData(rec.Data)
	case rec == nil:
		tx.touchData(old.Data)
		tx.Purge(old.Data)
	case old.Data != rec.Data, old.Database != rec.Database:
		tx.touchData(old.Data, rec.Data)
	}
}

func indexSequence(s *Snapshot, rec *Sequence, in bool) {
	if in {
		s.sequenceData.set(rec.Data, rec)
	} else {
		s.sequenceData.delete(rec.Data)
	}
}

// HasData says whether a table or a sequence has a data id.
func (s *Snapshot) HasData(data ID) bool {
	return s.TableByData(data) != nil || s.SequenceByData(data) != nil
}
