package lxdb_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log"

	lxdb "github.com/lxdb/lxdb/drivers/go"
)

// sample is a database with a table of elements; programs write their own name here:
//
//	sql.Open("lxdb", "lxdb://marie:secret@db.example.org:1529/lab?ca=ca.crt")
func sample(name string) *sql.DB {
	root, err := sql.Open("lxdb", dsn("root", home.password, "", ""))
	if err != nil {
		log.Fatal(err)
	}
	defer root.Close()
	for _, text := range []string{
		"DROP DATABASE IF EXISTS " + name, "CREATE DATABASE " + name,
		"CREATE TABLE " + name + ".element (number INT PRIMARY KEY, name VARCHAR(20))",
		"INSERT INTO " + name + ".element VALUES (84, 'polonium'), (88, 'radium')",
	} {
		if _, err := root.Exec(text); err != nil {
			log.Fatal(err)
		}
	}
	db, err := sql.Open("lxdb", dsn("root", home.password, name, ""))
	if err != nil {
		log.Fatal(err)
	}
	return db
}

func Example_connect() {
	db := sample("ex_connect") // sql.Open("lxdb", "lxdb://…")
	defer db.Close()
	fmt.Println(db.Ping())
	// Output: <nil>
}

func Example_query() {
	db := sample("ex_query")
	defer db.Close()
	rows, err := db.Query("SELECT number, name FROM element WHERE number < ? ORDER BY number", 100)
	if err != nil {
		log.Fatal(err)
	}
	defer rows.Close()
	for rows.Next() {
		var number int
		var name string
		if err := rows.Scan(&number, &name); err != nil {
			log.Fatal(err)
		}
		fmt.Println(number, name)
	}
	fmt.Println(rows.Err())
	// Output:
	// 84 polonium
	// 88 radium
	// <nil>
}

func Example_prepared() {
	db := sample("ex_prepared")
	defer db.Close()
	byNumber, err := db.Prepare("SELECT name FROM element WHERE number = ?")
	if err != nil {
		log.Fatal(err)
	}
	defer byNumber.Close()
	for _, number := range []int{88, 84} {
		var name string
		if err := byNumber.QueryRow(number).Scan(&name); err != nil {
			log.Fatal(err)
		}
		fmt.Println(name)
	}
	// Output:
	// radium
	// polonium
}

func Example_transaction() {
	db := sample("ex_transaction")
	defer db.Close()
	tx, err := db.BeginTx(context.Background(), &sql.TxOptions{Isolation: sql.LevelReadCommitted})
	if err != nil {
		log.Fatal(err)
	}
	defer tx.Rollback() // of what is not committed
	res, err := tx.Exec("UPDATE element SET name = ? WHERE number = ?", "radium, Ra", 88)
	if err != nil {
		log.Fatal(err)
	}
	if err := tx.Commit(); err != nil {
		log.Fatal(err)
	}
	fmt.Println(res.RowsAffected())
	// Output: 1 <nil>
}

func Example_denied() {
	db := sample("ex_denied")
	defer db.Close()
	for _, text := range []string{"DROP USER IF EXISTS ex_visitor", "CREATE USER ex_visitor IDENTIFIED BY 'a long password'", "GRANT READ ON TABLE ex_denied.element TO ex_visitor"} {
		if _, err := db.Exec(text); err != nil {
			log.Fatal(err)
		}
	}
	visitor, err := sql.Open("lxdb", dsn("ex_visitor", "a long password", "ex_denied", ""))
	if err != nil {
		log.Fatal(err)
	}
	defer visitor.Close()
	var n int
	fmt.Println(visitor.QueryRow("SELECT COUNT(*) FROM element").Scan(&n), n)
	var told *lxdb.Error
	if _, err := visitor.Exec("DELETE FROM element"); errors.As(err, &told) {
		fmt.Println(told.Number, told.SQLState)
	}
	// Output:
	// <nil> 2
	// 1142 42000
}

func Example_bulk() {
	db := sample("ex_bulk")
	defer db.Close()
	tx, err := db.Begin()
	if err != nil {
		log.Fatal(err)
	}
	defer tx.Rollback()
	const columns, batch = 2, 500 // one request for each 500 rows
	for from := 100; from < 2100; from += batch {
		text, args := "INSERT INTO element VALUES ", make([]any, 0, columns*batch)
		for i := range batch {
			if i > 0 {
				text += ", "
			}
			text += "(?, ?)"
			args = append(args, from+i, fmt.Sprint("element ", from+i))
		}
		if _, err := tx.Exec(text, args...); err != nil {
			log.Fatal(err)
		}
	}
	if err := tx.Commit(); err != nil {
		log.Fatal(err)
	}
	var n int
	fmt.Println(db.QueryRow("SELECT COUNT(*) FROM element").Scan(&n), n)
	// Output: <nil> 2002
}
