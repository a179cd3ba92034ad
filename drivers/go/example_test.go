package lxdb_test

import (
	"database/sql"
	"errors"
	"fmt"
	"log"

	lxdb "github.com/lxdb/lxdb/drivers/go"
)

// A program connects, asks with a parameter, runs a transaction and looks at why a
// statement was refused.
func Example() {
	db, err := sql.Open("lxdb", "lxdb://marie:secret@db.example.org:1529/lab?ca=ca.crt")
	if err != nil {
		log.Fatal(err)
	}
	defer db.Close()
	var name string
	if err := db.QueryRow("SELECT name FROM element WHERE number = ?", 88).Scan(&name); err != nil {
		log.Fatal(err)
	}
	fmt.Println(name)

	tx, err := db.Begin()
	if err != nil {
		log.Fatal(err)
	}
	defer tx.Rollback() // of what is not committed
	if _, err := tx.Exec("INSERT INTO note (text) VALUES (?)", "it glows"); err != nil {
		log.Fatal(err)
	}
	if err := tx.Commit(); err != nil {
		log.Fatal(err)
	}

	var told *lxdb.Error
	if _, err := db.Exec("DELETE FROM element"); errors.As(err, &told) {
		fmt.Println(told.Number, told.Message, told.Hint)
	}
}
