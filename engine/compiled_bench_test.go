package engine

import (
	"context"
	"testing"

	"github.com/lxdb/lxdb/catalog"
	"github.com/lxdb/lxdb/engine/session"
	"github.com/lxdb/lxdb/security/access"
	"github.com/lxdb/lxdb/security/principal"
	"github.com/lxdb/lxdb/security/privilege"
	"github.com/lxdb/lxdb/storage/kivi"
)

// allowAll is security switched off.
type allowAll struct{}

func (allowAll) Principal() principal.ID { return 0 }

func (allowAll) Allows(kivi.ObjectID, kivi.Rights) bool           { return true }
func (allowAll) Epoch() uint64                                    { return 0 }
func (allowAll) Restricted(kivi.ObjectID, kivi.Rights) uint64     { return 0 }
func (allowAll) Atoms(catalog.ID, catalog.ID) (all privilege.Set) { return ^all }
func (allowAll) System() privilege.Set                            { return 0 }
func (allowAll) AnyInDatabase(catalog.ID) bool                    { return true }

// BenchmarkPrepared runs statements by primary key compiled, planned each time,
// and compiled with security off. Most of the rows that Delete names are gone.
func BenchmarkPrepared(b *testing.B) {
	for _, q := range []struct{ name, text string }{
		{"Select", "SELECT c FROM t WHERE id = ?"},
		{"SelectAll", "SELECT * FROM t WHERE id = ?"},
		{"Update", "UPDATE t SET k = k + 1 WHERE id = ?"},
		{"Delete", "DELETE FROM t WHERE id = ?"},
		{"Insert", "INSERT INTO t VALUES (?, 1, 'x')"},
	} {
		for _, mode := range []string{"compiled", "open", "planned"} {
			if mode == "open" && q.name != "Select" {
				continue
			}
			b.Run(q.name+"/"+mode, func(b *testing.B) { benchPrepared(b, q.name, q.text, mode) })
		}
	}
}

func benchPrepared(b *testing.B, name, text, mode string) {
	db, s := benchTable(b)
	db.engine.opts.planEverything = mode == "planned"
	st, err := s.Prepare(context.Background(), text)
	if err != nil {
		b.Fatal(err)
	}
	id := 20000 // nothing is there
	execute(b, st, session.IntValue(int64(id)))
	if mode == "open" {
		st.(*Stmt).compiled[0].Actor = access.As(allowAll{}, nil)
	}
	b.ReportAllocs()
	for b.Loop() {
		id++
		at := id % 10000
		if name == "Insert" {
			at = id
		}
		execute(b, st, session.IntValue(int64(at)))
	}
}
