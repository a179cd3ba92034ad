package mysql

import (
	"testing"
)

func TestDriverQuery(t *testing.T) {
	s := startServer(t)
	db := s.open("alice", "wonder")
	var got string
	if err := db.QueryRowContext(testContext(t), "echo hello").Scan(&got); err != nil {
		t.Fatal(err)
	}
	if got != "hello" {
		t.Errorf("got %q", got)
	}
	if err := db.QueryRowContext(testContext(t), "args ?, ?", 7, "x").Scan(&got, new(string)); err != nil {
		t.Fatal(err)
	}
	if got != "1:7" {
		t.Errorf("got %q", got)
	}
}
