package engine

import (
	"context"
	"strings"
	"testing"

	"github.com/lxdb/lxdb/engine/session"
)

// What a CALL gives to placeholders: a last result of a prepared statement, the variables
// behind USING of an EXECUTE.
func TestOutputs(t *testing.T) {
	db := newTestDB(t)
	db.ok("root", `CREATE DATABASE lab; USE lab; CREATE PROCEDURE p(IN a INT, OUT b DECIMAL(10,2), INOUT c VARCHAR(20), OUT d DATETIME)
		BEGIN SELECT a; SET b = a / 2, c = CONCAT(c, '!'), d = '2024-02-29 01:02:03'; END`)
	st, err := db.as("root").Prepare(context.Background(), "CALL p(?, ?, ?, ?)")
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		res, err := st.Execute(context.Background(), []session.Value{session.IntValue(3), {}, session.StringValue("hi"), {}})
		var got []string
		for err == nil && res != nil {
			names := ""
			for _, c := range res.Columns() {
				names += c.Name + " "
			}
			out := res.Summary().Outputs
			rows, failed := drain(res)
			if failed != nil {
				t.Fatal(failed)
			}
			got = append(got, names+strings.Join(rows, ","))
			if out {
				got = append(got, "out")
			}
			res, err = res.(session.Several).More()
		}
		if want := "a 3;b c d 1.50|hi!|2024-02-29 01:02:03;out;"; err != nil || strings.Join(got, ";") != want {
			t.Errorf("got %q, %v; want %q", got, err, want)
		}
	}
	if err := st.Close(); err != nil {
		t.Error(err)
	}
	db.ok("root", "SET @a = 5, @b = 0, @c = 'x'; PREPARE q FROM 'CALL p(?, ?, ?, ?)'")
	db.ok("root", "EXECUTE q USING @a, @b, @c, @d")
	db.rows("root", "SELECT @a, @b, @c, @d", "5|2.50|x!|2024-02-29 01:02:03")
}
