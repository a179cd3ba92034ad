package engine

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/dolthub/go-mysql-server/enginetest/queries"
	"github.com/dolthub/go-mysql-server/enginetest/scriptgen/setup"
)

// TestLeftToTheLibrary: nothing falls back to the library's executor silently. The
// library's own queries are run; what they have that we do not know stands in
// testdata/left_to_library, with how many queries have it. The list must shrink: a reason that
// is not there, or more queries than it says, fails. LXDB_REWRITE=1 writes it anew.
func TestLeftToTheLibrary(t *testing.T) {
	h := newHarness(t, "TestQueries")
	h.Setup(setup.SimpleSetup...)
	if _, err := h.NewEngine(t); err != nil {
		t.Fatal(err)
	}
	s := h.session
	seen := map[string]bool{}
	for _, q := range queries.QueryTests {
		if seen[q.Query] {
			continue
		}
		seen[q.Query] = true
		ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
		if res, _, err := s.Query(ctx, q.Query); err == nil {
			_, _ = drain(res)
		}
		cancel()
	}
	left, own := h.engine.left.Reasons()
	path := filepath.Join("testdata", "left_to_library")
	if os.Getenv("LXDB_REWRITE") != "" {
		var lines []string
		for why, n := range left {
			lines = append(lines, fmt.Sprintf("%s\t%d", why, n))
		}
		slices.Sort(lines)
		text := "# What the library's queries have that our operators do not know: reason, tab, how many queries.\n" + strings.Join(lines, "\n") + "\n"
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	allowed := map[string]int{}
	for line := range strings.Lines(string(data)) {
		if why, n, ok := strings.Cut(strings.TrimSpace(line), "\t"); ok {
			allowed[why], _ = strconv.Atoi(n)
		}
	}
	all := 0
	for why, n := range left {
		all += n
		if n > allowed[why] {
			t.Errorf("%d queries are left to the library because of %s; %d are known", n, why, allowed[why])
		}
	}
	t.Logf("%d queries were run by our operators, %d were left", own, all)
}
