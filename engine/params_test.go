package engine

import (
	"errors"
	"math"
	"strings"
	"testing"

	"github.com/lxdb/lxdb/engine/session"
	"github.com/lxdb/lxdb/engine/sqlerr"
)

// TestParametersAreWhatTheyStandBeside describes placeholders to clients that choose by
// it how they send a value.
func TestParametersAreWhatTheyStandBeside(t *testing.T) {
	db := newTestDB(t)
	s := db.as("root")
	for _, text := range []string{
		"CREATE DATABASE lab", "USE lab",
		"CREATE TABLE t (i INT PRIMARY KEY, b BIGINT UNSIGNED, v VARCHAR(20), x BLOB, d DATE, at DATETIME(6), dc DECIMAL(12,3), f DOUBLE, bits BIT(8))",
		"CREATE TABLE u (i INT PRIMARY KEY, day DATE)",
	} {
		res, _, err := s.Query(t.Context(), text)
		if err != nil {
			t.Fatalf("%s: %v", text, err)
		}
		if err := res.Close(); err != nil {
			t.Fatal(err)
		}
	}
	for text, want := range map[string]string{
		"INSERT INTO t (i, v, x, d, dc) VALUES (?, ?, ?, ?, ?)":                             "INT VARCHAR BLOB DATE DECIMAL",
		"INSERT INTO t (i, bits) VALUES (?, ?), (?, ?)":                                     "INT BIT INT BIT",
		"INSERT INTO t (i, f) SELECT i, ? FROM u WHERE day > ?":                             "? DATE",
		"INSERT INTO t (i) VALUES (?) ON DUPLICATE KEY UPDATE at = ?":                       "INT DATETIME",
		"UPDATE t SET v = ?, at = ? WHERE i = ? AND b <> ?":                                 "VARCHAR DATETIME INT BIGINT",
		"DELETE FROM t WHERE d BETWEEN ? AND ? OR f IN (?, ?)":                              "DATE DATE DOUBLE DOUBLE",
		"SELECT ?, v FROM t WHERE ? < i ORDER BY i LIMIT ? OFFSET ?":                        "? INT BIGINT BIGINT",
		"SELECT (SELECT MAX(day) FROM u WHERE u.i = ?) FROM t WHERE v LIKE ?":               "INT ?",
		"SELECT * FROM (SELECT i FROM t WHERE dc >= ?) s JOIN u ON u.i = s.i AND u.day = ?": "DECIMAL DATE",
		"SELECT ? + 1, CONCAT(?, 'x')":                                                      "? ?",
	} {
		st, err := s.Prepare(t.Context(), text)
		if err != nil {
			t.Errorf("%s: %v", text, err)
			continue
		}
		var got []string
		for _, c := range st.Params() {
			got = append(got, paramName(c))
		}
		if strings.Join(got, " ") != strings.ReplaceAll(want, "?", "VARCHAR") {
			t.Errorf("%s: %v instead of %s", text, got, want)
		}
		if err := st.Close(); err != nil {
			t.Error(err)
		}
	}
}

func paramName(c session.Column) string {
	return map[session.Type]string{
		session.TypeInt: "INT", session.TypeBigInt: "BIGINT", session.TypeVarChar: "VARCHAR", session.TypeText: "BLOB", session.TypeDate: "DATE",
		session.TypeDateTime: "DATETIME", session.TypeDecimal: "DECIMAL", session.TypeDouble: "DOUBLE", session.TypeBit: "BIT",
	}[c.Type]
}

// TestParametersThatAreNoNumber refuses what no column can hold, and counts rows with what
// a client sends.
func TestParametersThatAreNoNumber(t *testing.T) {
	s := newTestDB(t).as("root")
	for text, arg := range map[string]session.Value{
		"SELECT ? + 0":     session.Float64Value(math.NaN()),
		"SELECT ?":         session.Float64Value(math.Inf(-1)),
		"SELECT 1 LIMIT ?": session.IntValue(-1),
	} {
		st, err := s.Prepare(t.Context(), text)
		if err != nil {
			t.Fatalf("%s: %v", text, err)
		}
		want := sqlerr.IllegalValueForType
		if strings.Contains(text, "LIMIT") {
			want = sqlerr.WrongArguments
		}
		var e *sqlerr.Error
		if _, err := st.Execute(t.Context(), []session.Value{arg}); !errors.As(err, &e) || e.Number != want {
			t.Errorf("%s with %v: %v, want %d", text, arg, err, want)
		}
	}
	st, err := s.Prepare(t.Context(), "SELECT 1 LIMIT ?")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		arg  session.Value
		rows int
	}{{session.IntValue(1), 1}, {session.Value{}, 0}, {session.IntValue(0), 0}, {session.BytesValue([]byte("1")), 1}} {
		res, err := st.Execute(t.Context(), []session.Value{c.arg})
		if err != nil {
			t.Fatal(err)
		}
		rows, err := drain(res)
		if err != nil || len(rows) != c.rows {
			t.Errorf("LIMIT %v: %d rows, %v, want %d", c.arg, len(rows), err, c.rows)
		}
	}
}
