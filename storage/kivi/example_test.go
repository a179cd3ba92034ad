package kivi_test

import (
	"context"
	"fmt"
	"log"

	"github.com/lxdb/lxdb/storage/kivi"
	"github.com/lxdb/lxdb/storage/kivi/codec"
	"github.com/lxdb/lxdb/storage/kivi/kv"
)

// A transfer between two rows: lock, read the newest, write, commit.
func Example() {
	ctx := context.Background()
	db, err := kivi.Open(kivi.Options{InMemory: true})
	if err != nil {
		log.Fatal(err)
	}
	defer db.Close()
	accounts, err := db.AllocID(ctx)
	if err != nil {
		log.Fatal(err)
	}
	key := func(n int64) []byte {
		return codec.AppendInt(codec.AppendHeader(nil, codec.SpaceData, accounts, codec.IndexRows), n, 8)
	}
	guard := kivi.Internal("example") // a session has one of security/bucket

	txn, err := db.Begin(ctx, kv.TxnOptions{})
	if err != nil {
		log.Fatal(err)
	}
	defer txn.Rollback()
	table := txn.Table(accounts, guard, kivi.Read|kivi.Insert|kivi.Update)
	for n := range int64(2) {
		if err := table.Put(ctx, key(n), []byte{100}); err != nil {
			log.Fatal(err)
		}
	}
	for n, amount := range []int{-30, +30} {
		v, err := table.LockGet(ctx, key(int64(n)))
		if err != nil {
			log.Fatal(err)
		}
		if err := table.Put(ctx, key(int64(n)), []byte{byte(int(v[0]) + amount)}); err != nil {
			log.Fatal(err)
		}
	}
	if err := txn.Commit(ctx); err != nil { // on disk when it returns
		log.Fatal(err)
	}

	txn, err = db.Begin(ctx, kv.TxnOptions{ReadOnly: true})
	if err != nil {
		log.Fatal(err)
	}
	defer txn.Rollback()
	lo, hi := codec.ObjectBounds(codec.SpaceData, accounts)
	scan, err := txn.Table(accounts, guard, kivi.Read).Scan(ctx, lo, hi, false)
	if err != nil {
		log.Fatal(err)
	}
	defer scan.Close()
	for scan.Next() {
		fmt.Println(scan.Value()[0])
	}
	if err := scan.Err(); err != nil {
		log.Fatal(err)
	}
	// Output:
	// 70
	// 130
}
