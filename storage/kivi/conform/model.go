package conform

import (
	"bytes"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/lxdb/lxdb/storage/kivi/kv"
)

// model is the contract in 150 lines: committed states as a list of maps,
// transactions as a snapshot number, a map of writes and a set of locks.
type model struct {
	states []map[string]string // states[n] after n commits
	writes []map[string]string // writes[n] made states[n]; "" deletes
	locks  map[string]*modelTxn
}

func newModel() *model {
	return &model{states: []map[string]string{{}}, writes: []map[string]string{{}}, locks: map[string]*modelTxn{}}
}

func (m *model) newest() int { return len(m.states) - 1 }

type modelTxn struct {
	m    *model
	iso  kv.Isolation
	snap int               // -1: nothing read yet
	own  map[string]string // "" deletes
	// read is what Serializable validates: ranges lo <= key < hi.
	read [][2]string
}

func (m *model) begin(iso kv.Isolation) *modelTxn {
	return &modelTxn{m: m, iso: iso, snap: -1, own: map[string]string{}}
}

func (t *modelTxn) at(current bool) int {
	if current && t.iso != kv.Serializable {
		return t.m.newest()
	}
	if t.snap < 0 {
		t.snap = t.m.newest()
	}
	return t.snap
}

// modelView is what a read sees: own writes, now or at a mark, over a state.
type modelView struct {
	own     map[string]string
	current bool
}

func (t *modelTxn) get(key string, view modelView) string {
	if v, ok := view.own[key]; ok {
		return v
	}
	t.read = append(t.read, [2]string{key, key + "\x00"})
	return t.m.states[t.at(view.current)][key]
}

// scan returns "k=v ..." of at most limit rows.
func (t *modelTxn) scan(lo, hi string, reverse bool, view modelView, limit int) string {
	rows := maps.Clone(t.m.states[t.at(view.current)])
	maps.Copy(rows, view.own)
	keys := slices.Sorted(maps.Keys(rows))
	if reverse {
		slices.Reverse(keys)
	}
	var out []string
	from, to := lo, hi
	for _, k := range keys {
		if k < lo || k >= hi || rows[k] == "" {
			continue
		}
		if len(out) == limit {
			break
		}
		out = append(out, k+"="+rows[k])
		if len(out) == limit && reverse {
			from = k
		} else if len(out) == limit {
			to = k + "\x00"
		}
	}
	t.read = append(t.read, [2]string{from, to})
	return strings.Join(out, " ")
}

// lock says whether the lock is free or already ours.
func (t *modelTxn) lock(key string) bool {
	if holder := t.m.locks[key]; holder != nil && holder != t {
		return false
	}
	t.m.locks[key] = t
	return true
}

// conflict: somebody wrote what t read or writes after its snapshot, if only
// with the same value.
func (t *modelTxn) conflict() bool {
	if t.iso != kv.Serializable || t.snap < 0 || len(t.own) == 0 {
		return false
	}
	for _, writes := range t.m.writes[t.snap+1:] {
		for k := range writes {
			if _, mine := t.own[k]; mine {
				return true
			}
			for _, r := range t.read {
				if k >= r[0] && k < r[1] {
					return true
				}
			}
		}
	}
	return false
}

func (t *modelTxn) commit() {
	if len(t.own) > 0 {
		next := maps.Clone(t.m.states[t.m.newest()])
		for k, v := range t.own {
			if v == "" {
				delete(next, k)
			} else {
				next[k] = v
			}
		}
		t.m.states = append(t.m.states, next)
		t.m.writes = append(t.m.writes, t.own)
	}
	t.rollback()
}

func (t *modelTxn) rollback() {
	maps.DeleteFunc(t.m.locks, func(_ string, holder *modelTxn) bool { return holder == t })
}

// describe renders an iterator as the model's scan does.
func describe(it kv.Iterator, limit int) (string, error) {
	var b bytes.Buffer
	for n := 0; n < limit && it.Next(); n++ {
		if n > 0 {
			b.WriteByte(' ')
		}
		fmt.Fprintf(&b, "%s=%s", it.Key(), it.Value())
	}
	if err := it.Err(); err != nil {
		return "", err
	}
	return b.String(), it.Close()
}
