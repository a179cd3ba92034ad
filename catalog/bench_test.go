package catalog

import (
	"context"
	"fmt"
	"sync"
	"testing"

	"github.com/lxdb/lxdb/security/principal"
	"github.com/lxdb/lxdb/security/privilege"
)

// nullStore keeps nothing: it leaves the cost of the catalog itself.
type nullStore struct{ mu sync.Mutex }

func (*nullStore) begin(context.Context, bool) (storeTxn, error) { return nullTxn{}, nil }
func (*nullStore) allocIDs(context.Context, uint32) (ID, error)  { return 1 << 30, nil }
func (*nullStore) dataObjects(context.Context) ([]ID, error)     { return nil, nil }
func (*nullStore) purge(context.Context, ID) error               { return nil }

type nullTxn struct{}

func (nullTxn) get(context.Context, []byte) ([]byte, error)             { return nil, nil }
func (nullTxn) put(context.Context, []byte, []byte) error               { return nil }
func (nullTxn) delete(context.Context, []byte) error                    { return nil }
func (nullTxn) scan(context.Context, func(key, val []byte) error) error { return nil }
func (nullTxn) commit(context.Context) error                            { return nil }
func (nullTxn) rollback()                                               {}

// fill puts n tables of ten columns into databases of 100, each with its
// owner's grant.
func fill(tx *Tx, n int) error {
	columns := make([]Column, 10)
	for i := range columns {
		columns[i] = Column{ID: uint16(i + 1), Name: fmt.Sprint("column_", i), Type: "varchar(20) character set utf8mb4 collate utf8mb4_0900_ai_ci"}
	}
	all := privilege.Owner(privilege.KindTable)
	owner, db := principal.ID(0), ID(0)
	for i := range n {
		id := FirstID + 1_000_000 + ID(i)
		if i%100 == 0 {
			owner, db = principal.ID(FirstID+ID(i)), FirstID+500_000+ID(i)
			if err := tx.PutPrincipal(&Principal{ID: owner, Name: fmt.Sprint("user", i), Kind: KindUser}); err != nil {
				return err
			}
			if err := tx.PutDatabase(&Database{ID: db, Name: fmt.Sprint("db", i), Owner: owner}); err != nil {
				return err
			}
		}
		if err := tx.PutTable(&Table{ID: id, Database: db, Name: fmt.Sprint("table", i), Data: id, Owner: owner, Columns: columns}); err != nil {
			return err
		}
		if err := tx.PutGrant(&Grant{Grantee: owner, Object: id, Kind: privilege.KindTable, Atoms: all, Options: all, Grantor: SystemGrantor}); err != nil {
			return err
		}
	}
	return nil
}

var sizes = []int{100, 10_000, 100_000}

// BenchmarkPutTable is one Update that changes one table, without the disk. It
// must grow with the logarithm of the number of tables only.
func BenchmarkPutTable(b *testing.B) {
	for _, n := range sizes {
		b.Run(fmt.Sprint(n, " tables"), func(b *testing.B) {
			ctx := context.Background()
			c, err := open(ctx, &nullStore{}, Sealing{})
			if err != nil {
				b.Fatal(err)
			}
			mustUpdate(b, c, func(tx *Tx) error { return fill(tx, n) })
			b.ReportAllocs()
			for i := 0; b.Loop(); i++ {
				id := FirstID + 1_000_000 + ID(i*7919%n)
				err := c.Update(ctx, func(tx *Tx) error {
					t := *tx.TableByID(id)
					t.Version++
					return tx.PutTable(&t)
				})
				if err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// BenchmarkPutGrant is one Update with one grant.
func BenchmarkPutGrant(b *testing.B) {
	for _, n := range sizes {
		b.Run(fmt.Sprint(n, " tables"), func(b *testing.B) {
			ctx := context.Background()
			c, err := open(ctx, &nullStore{}, Sealing{})
			if err != nil {
				b.Fatal(err)
			}
			mustUpdate(b, c, func(tx *Tx) error { return fill(tx, n) })
			sel := privilege.Of(privilege.Select)
			b.ReportAllocs()
			for i := 0; b.Loop(); i++ {
				id := FirstID + 1_000_000 + ID(i*7919%n)
				err := c.Update(ctx, func(tx *Tx) error {
					return tx.PutGrant(&Grant{Grantee: Public, Object: id, Kind: privilege.KindTable, Atoms: sel, Grantor: Root})
				})
				if err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// BenchmarkLookup is what a statement does for each table it names.
func BenchmarkLookup(b *testing.B) {
	c, err := open(context.Background(), &nullStore{}, Sealing{})
	if err != nil {
		b.Fatal(err)
	}
	mustUpdate(b, c, func(tx *Tx) error { return fill(tx, 100_000) })
	s := c.Snapshot()
	db := s.Database("db5000").ID
	b.Run("by name", func(b *testing.B) {
		for b.Loop() {
			if s.Table(db, "table5050") == nil {
				b.Fatal("not found")
			}
		}
	})
	b.Run("by data id", func(b *testing.B) {
		for b.Loop() {
			if s.TableByData(FirstID+1_000_000+5050) == nil {
				b.Fatal("not found")
			}
		}
	})
}

// BenchmarkOpen reads a catalog of 100,000 tables, 1,000 users and their grants.
func BenchmarkOpen(b *testing.B) {
	ctx := context.Background()
	db := openKivi(b, "")
	mustUpdate(b, mustOpen(b, db), func(tx *Tx) error { return fill(tx, 100_000) })
	for b.Loop() {
		c, err := Open(ctx, db)
		if err != nil || tables(c.Snapshot()).byID.len() != 100_000 {
			b.Fatal(err)
		}
	}
}
