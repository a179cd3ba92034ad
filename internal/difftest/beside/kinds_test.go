package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestKinds(t *testing.T) {
	k, err := readKinds("kinds.txt")
	if err != nil || len(k.all) == 0 {
		t.Fatal(k, err)
	}
	path := filepath.Join(t.TempDir(), "kinds")
	list := `
kind explain
why EXPLAIN is not ours
statement ^explain\s
answer ^Note
kind koi8r
why refused
from ^set names koi8r
until ^set names
kind sequences
why MariaDB's
from ^create sequence (\w+)
kind parts
why some lines of it
statement ^call
only ^W
instead ^create or replace => drop\ncreate
as 'SELECT'$ => 'field list'
alike near '.*' => near
`
	if err := os.WriteFile(path, []byte(list), 0o600); err != nil {
		t.Fatal(err)
	}
	if k, err = readKinds(path); err != nil {
		t.Fatal(err)
	}
	test := "select 1;\n1\nexplain select 1;\n2\nNote 3\nset names koi8r;\nselect\n4;\n5\nset names latin1;\n6\nselect 7;\n8\n" +
		"create sequence s;\n9\nselect s;\n10\ndrop sequence s;\n11\nselect s from t;\n12\ncall p;\n13\nW14\n"
	echoed := statementLines([]byte("select 1;\nexplain select 1;\nset names koi8r;\nselect\n4;\nset names latin1;\nselect 7;\n" +
		"create sequence s;\nselect s;\ndrop sequence s;\nselect s from t;\ncall p;\n"))
	all := steps([]byte(test), echoed)
	var got []string
	names := k.of(all)
	for i, line := range lines(all) {
		got = append(got, line+" "+names[i])
	}
	if want := "1 |2 explain|Note 3 explain|5 koi8r|6 koi8r|8 |9 sequences|10 sequences|11 sequences|12 |13 |W14 parts"; strings.Join(got, "|") != want {
		t.Errorf("got  %s\nwant %s", strings.Join(got, "|"), want)
	}
	if got := string(k.translate([]byte("a\nCREATE OR REPLACE t\n"))); got != "a\ndrop\ncreate t\n" {
		t.Errorf("instead: %q", got)
	}
	if got := k.words([]string{"in 'SELECT'"}); got[0] != "in 'field list'" {
		t.Errorf("as: %q", got)
	}
	if got := k.same([]string{"error near 'x' 1"}); got[0] != "error near 1" {
		t.Errorf("alike: %q", got)
	}
	sorted := anyOrder([]step{{"select 1", []string{"x", "2", "1", "Warnings:", "Note"}}, {"select 1 order\nby 1", []string{"x", "2", "1"}}})
	if got := strings.Join(lines(sorted), " "); got != "x 1 2 Warnings: Note x 2 1" {
		t.Errorf("any order: %s", got)
	}
	for _, bad := range []string{"statement x", "kind a", "kind a\nwhy b\nstatement (", "kind a\nwhy b\nfoo c"} {
		if err := os.WriteFile(path, []byte(bad), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := readKinds(path); err == nil {
			t.Errorf("%q is taken", bad)
		}
	}
}
