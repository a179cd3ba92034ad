package shell

import (
	"bufio"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

// maxHistory bounds how many lines are kept.
const maxHistory = 1000

// history is the lines of this session and, from a file, of earlier ones. It is what
// the line editor asks for.
type history struct {
	path    string   // "" keeps nothing on disk
	lines   []string // the newest last
	pending *string  // the statement of which the lines before were typed already
}

// HistoryFile is where lines are kept: $LXDB_HISTORY, which may be empty for nowhere,
// or a file in the home directory.
func HistoryFile() string {
	if path, ok := os.LookupEnv("LXDB_HISTORY"); ok {
		return path
	}
	home, err := os.UserHomeDir()
	if err != nil {
		return ""
	}
	return filepath.Join(home, ".lxdb_history")
}

// openHistory reads what earlier sessions left. A file that cannot be read is none.
func openHistory(path string, pending *string) *history {
	h := &history{path: path, pending: pending}
	if path == "" {
		return h
	}
	f, err := os.Open(path)
	if err != nil {
		return h
	}
	defer f.Close()
	in := bufio.NewScanner(f)
	total := 0
	for ; in.Scan(); total++ {
		h.lines = append(h.lines, in.Text())
		if len(h.lines) > maxHistory {
			h.lines = h.lines[1:]
		}
	}
	if total > 2*maxHistory { // it only grows otherwise
		h.rewrite()
	}
	return h
}

func (h *history) rewrite() {
	text := strings.Join(h.lines, "\n") + "\n"
	beside := h.path + ".new"
	if os.WriteFile(beside, []byte(text), 0o600) == nil {
		_ = os.Rename(beside, h.path) // the old one is as good
	}
}

// secret is in statements that may have a password in them, in names of columns, too.
var secret = regexp.MustCompile(`(?i)identified|passw|pwd|secret|crypt`)

// maxLine is the longest line that is kept: a longer one cannot be read again, nor what
// stands behind it.
const maxLine = bufio.MaxScanTokenSize / 2

// Add implements term.History. Lines of a statement that may have a password in it are
// kept nowhere.
func (h *history) Add(line string) {
	if strings.TrimSpace(line) == "" || len(line) > maxLine || len(h.lines) > 0 && h.lines[len(h.lines)-1] == line || secret.MatchString(*h.pending+line) {
		return
	}
	h.lines = append(h.lines, line)
	if len(h.lines) > maxHistory {
		h.lines = slices.Clone(h.lines[1:])
	}
	if h.path == "" {
		return
	}
	f, err := os.OpenFile(h.path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		h.path = "" // it will not be better at the next line
		return
	}
	defer f.Close()
	fmt.Fprintln(f, line)
}

// Len implements term.History.
func (h *history) Len() int { return len(h.lines) }

// At implements term.History: 0 is the newest.
func (h *history) At(i int) string { return h.lines[len(h.lines)-1-i] }
