package shell

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// TestHistory keeps lines for the next session, and none of a statement that may have a
// password in it.
func TestHistory(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "history")
	var pending string
	h := openHistory(path, &pending)
	for _, line := range []string{"SELECT 1;", "SELECT 1;", " ", "CREATE USER a IDENTIFIED BY 'x';", "SET PASSWORD = 'x';", "SELECT AES_ENCRYPT('a', 'key');",
		"UPDATE app SET user_password = 'x';", "INSERT INTO app (passwd) VALUES ('x');", "SELECT '" + strings.Repeat("x", bufio.MaxScanTokenSize) + "';", "SELECT 2;"} {
		h.Add(line)
	}
	pending = "ALTER USER a IDENTIFIED\n"
	h.Add("BY 'x';")
	pending = ""
	again := openHistory(path, &pending)
	if again.Len() != 2 || again.At(0) != "SELECT 2;" || again.At(1) != "SELECT 1;" || !slices.Equal(h.lines, again.lines) {
		t.Errorf("kept: %q, then %q", h.lines, again.lines)
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the file: %v, %v", info, err)
	}
	for i := range 3 * maxHistory {
		again.Add(fmt.Sprint("SELECT ", i))
	}
	short := openHistory(path, &pending)
	if short.Len() != maxHistory || short.At(0) != fmt.Sprint("SELECT ", 3*maxHistory-1) {
		t.Errorf("%d lines, the last is %q", short.Len(), short.At(0))
	}
	if b, err := os.ReadFile(path); err != nil || bytes.Count(b, []byte{'\n'}) != maxHistory {
		t.Errorf("the file has %d lines, %v", bytes.Count(b, []byte{'\n'}), err)
	}
	none := openHistory("", &pending)
	none.Add("SELECT 1")
	nowhere := openHistory(filepath.Join(t.TempDir(), "no", "such", "directory"), &pending)
	nowhere.Add("SELECT 1")
	if none.Len() != 1 || nowhere.Len() != 1 {
		t.Error("a session without a file has no history")
	}
}

// TestPager leaves what fits the screen alone.
func TestPager(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		command string
		lines   int
		want    string
	}{
		{"sed s/^/+/", 3, "a\na\na\n"}, {"sed s/^/+/", 9, strings.Repeat("+a\n", 9)}, {"", 9, strings.Repeat("a\n", 9)}, {"sed s/^/+/", 0, ""},
	} {
		var out bytes.Buffer
		p := &paged{out: &out, command: c.command, lines: 5}
		for range c.lines {
			if _, err := p.Write([]byte("a\n")); err != nil {
				t.Fatal(err)
			}
		}
		if err := p.Close(); err != nil || out.String() != c.want {
			t.Errorf("%q, %d lines: %q, %v", c.command, c.lines, out.String(), err)
		}
	}
	left := &paged{out: &bytes.Buffer{}, command: "true", lines: 2}
	line := bytes.Repeat([]byte("a\n"), 1<<16)
	var err error
	for range 100 {
		if _, err = left.Write(line); err != nil {
			break
		}
	}
	if !errors.Is(err, errPagerLeft) {
		t.Errorf("a pager that was left: %v", err)
	}
	_ = left.Close()
}

// TestWaiting says that a statement runs when it takes long, and takes that back.
func TestWaiting(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	quick := wait(&out, time.Hour)
	quick.end()
	quick.end()
	if out.Len() > 0 {
		t.Errorf("a quick statement: %q", out.String())
	}
	said := make(chanWriter)
	slow := wait(said, time.Millisecond)
	slow.rows.Store(7)
	text := <-said
	for !strings.Contains(text, "7 rows") { // the first may be older than the rows
		text = <-said
	}
	go slow.end()
	for text != clearLine {
		if !strings.HasPrefix(text, clearLine+"running for 0 s") || !strings.HasSuffix(text, "; ^C cancels") {
			t.Fatalf("a slow one: %q", text)
		}
		text = <-said
	}
}

// chanWriter sends what is written.
type chanWriter chan string

func (c chanWriter) Write(b []byte) (int, error) {
	c <- string(b)
	return len(b), nil
}

// TestNamesThatAreNotClear are shown.
func TestNamesThatAreNotClear(t *testing.T) {
	t.Parallel()
	var shown []string
	n := names{known: []string{"country", "countries_old"}, show: func(found []string) { shown = found }}
	for i := range 100 {
		n.known = append(n.known, fmt.Sprint("many", i))
	}
	if line, _, _ := n.complete("countr", 6, '\t'); line != "countr" || !slices.Equal(shown, []string{"country", "countries_old"}) {
		t.Errorf("%q, %q", line, shown)
	}
	if _, _, _ = n.complete("many", 4, '\t'); len(shown) != maxShown+1 || shown[maxShown] != "… 40 more" {
		t.Errorf("%d are shown, the last is %q", len(shown), shown[len(shown)-1])
	}
}
