package engine_test

import (
	"context"
	"fmt"
	"io"
	"log"

	"github.com/lxdb/lxdb/engine"
	"github.com/lxdb/lxdb/engine/session"
)

// An engine embedded in a program: no network, no files.
func ExampleOpen() {
	ctx := context.Background()
	db, err := engine.Open(ctx, engine.Options{InMemory: true})
	if err != nil {
		log.Fatal(err)
	}
	defer db.Close()

	root, err := db.NewSession(ctx, db.Root(), session.Options{})
	if err != nil {
		log.Fatal(err)
	}
	defer root.Close()

	for text := "CREATE DATABASE lab; CREATE TABLE lab.t (id INT PRIMARY KEY, v TEXT); INSERT INTO lab.t VALUES (1,'one'), (2,'two')"; text != ""; {
		res, rest, err := root.Query(ctx, text)
		if err != nil {
			log.Fatal(err)
		}
		res.Close()
		text = rest
	}

	res, _, err := root.Query(ctx, "SELECT id, v FROM lab.t ORDER BY id DESC")
	if err != nil {
		log.Fatal(err)
	}
	defer res.Close()
	for {
		rows, err := res.Next(ctx)
		if err == io.EOF {
			break
		}
		if err != nil {
			log.Fatal(err)
		}
		for _, row := range rows {
			fmt.Println(row[0].Int(), string(row[1].Bytes()))
		}
	}
	// Output:
	// 2 two
	// 1 one
}
