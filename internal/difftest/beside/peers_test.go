package main

import (
	"strings"
	"testing"
)

func TestFound(t *testing.T) {
	lines := func(s string) []string { return strings.Split(s, "") }
	for _, c := range []struct {
		want, got string
		share     float64
	}{
		{"abcd", "abcd", 1}, {"abcd", "xabyd", 0.75}, {"abcd", "dcba", 0.25}, {"ab", "xy", 0}, {"aabb", "bbaa", 0.5},
	} {
		n := 0
		for _, is := range found(lines(c.want), lines(c.got)) {
			if is {
				n++
			}
		}
		if got := float64(n) / float64(len(c.want)); got != c.share {
			t.Errorf("%s in %s: %v, want %v", c.want, c.got, got, c.share)
		}
	}
}

func TestPlain(t *testing.T) {
	got := string(plain([]byte("--error 1064\nSELECT 1;\nerror ER_X;\n--source include/have_innodb.inc\n--source include/x.inc\n")))
	if want := "SELECT 1;\n--source include/x.inc\n"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
}

func TestConnections(t *testing.T) {
	got := string(connections([]byte("connect (a,localhost,root,,mysqltest);\nconnect b,localhost,root;\n--connect (c, localhost, root,,)\n"+
		"create user m1@localhost;\nconnect (d,localhost,m1,,\"*NO-ONE*\");\nconnect (e,localhost,m2,own,db,$PORT,$SOCK);\nconnection a;\n"), "pw", "3306"))
	want := "connect(a,127.0.0.1,root,pw,mysqltest,3306,,SSL);\nconnect(b,127.0.0.1,root,pw,test,3306,,SSL);\n--connect(c,127.0.0.1,root,pw,test,3306,,SSL)\n" +
		"create user m1@localhost;\n--disable_query_log\nalter user m1@localhost identified by 'pw';\n--enable_query_log\n" +
		"connect(d,127.0.0.1,m1,pw,\"*NO-ONE*\",3306,,SSL);\nconnect(e,127.0.0.1,m2,own,db,3306,,SSL);\nconnection a;\n"
	if got != want {
		t.Errorf("got\n%swant\n%s", got, want)
	}
}

func TestConnectIsAnEcho(t *testing.T) {
	echoed := statementLines([]byte("connect (a,localhost,root,,);\n--connect b,localhost,root\n"))
	for _, line := range []string{"connect  a,localhost,root,,", "connect  b,localhost,root"} {
		if !echoed[line] {
			t.Errorf("%q is no echo in %v", line, echoed)
		}
	}
}
