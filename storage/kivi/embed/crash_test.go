package embed

import (
	"bufio"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
)

// The kill test runs this test binary again as a server process that commits
// and prints every acknowledgement, kills it with SIGKILL, and checks the store.
const (
	crashDirEnv    = "LXDB_CRASH_CHILD_DIR"
	crashRoundsEnv = "LXDB_CRASH_ROUNDS"
	crashClients   = 8
)

func TestMain(m *testing.M) {
	if dir := os.Getenv(crashDirEnv); dir != "" {
		fmt.Fprintln(os.Stderr, crashChild(dir))
		os.Exit(1)
	}
	os.Exit(m.Run())
}

func crashOptions(dir string) Options {
	return Options{Dir: dir, CacheBytes: 8 << 20, MemtableBytes: 512 << 10, IngestBytes: 16 << 10, Logger: quiet}
}

// crashChild commits until it is killed.
func crashChild(dir string) error {
	e, err := Open(crashOptions(dir))
	if err != nil {
		return err
	}
	var mu sync.Mutex
	out := bufio.NewWriter(os.Stdout)
	w := &workload{e: e, clients: crashClients, bigEvery: 50, ack: func(id int, n uint64) {
		mu.Lock()
		defer mu.Unlock()
		fmt.Fprintf(out, "ack %d %d\n", id, n)
		out.Flush()
	}}
	if err := w.fill(); err != nil {
		return err
	}
	errs := make(chan error)
	for id := range crashClients {
		go func() { errs <- w.client(id, rand.Uint64(), nil) }()
	}
	return <-errs
}

// TestKill kills a real process 5 times; LXDB_CRASH_ROUNDS=50 is what `make
// crash` runs. Every second time garbage is appended to the newest log, as a
// torn write would leave it.
func TestKill(t *testing.T) {
	rounds := 5
	if s := os.Getenv(crashRoundsEnv); s != "" {
		n, err := strconv.Atoi(s)
		ok(t, err)
		rounds = n
	}
	dir := filepath.Join(t.TempDir(), "db")
	rng := rand.New(rand.NewPCG(1, 1))
	acked := make([]uint64, crashClients)
	total := 0
	for round := range rounds {
		n := killOne(t, dir, 50+rng.IntN(1500), acked)
		total += n
		if round%2 == 1 {
			appendGarbage(t, dir, rng)
		}
		e, err := Open(crashOptions(dir))
		if err != nil {
			t.Fatalf("round %d: %v", round, err)
		}
		w := &workload{e: e}
		if err := w.verify(acked); err != nil {
			t.Fatalf("round %d: %v", round, err)
		}
		ok(t, e.Close())
	}
	t.Logf("%d kills, %d acknowledged commits, none lost", rounds, total)
}

// killOne lets a child acknowledge limit commits and kills it; it returns how
// many acknowledgements arrived and raises acked.
func killOne(t *testing.T, dir string, limit int, acked []uint64) (total int) {
	t.Helper()
	child := exec.Command(os.Args[0])
	child.Env = append(os.Environ(), crashDirEnv+"="+dir)
	var stderr strings.Builder
	child.Stderr = &stderr
	out, err := child.StdoutPipe()
	ok(t, err)
	ok(t, child.Start())
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		var id int
		var n uint64
		// The last line may be cut short: then it acknowledged nothing.
		if c, err := fmt.Sscanf(lines.Text()+"\n", "ack %d %d\n", &id, &n); c != 2 || err != nil {
			continue
		}
		acked[id] = max(acked[id], n)
		if total++; total == limit {
			ok(t, child.Process.Kill())
		}
	}
	err = child.Wait()
	if total < limit {
		t.Fatalf("the child ended after %d acknowledgements: %v\n%s", total, err, stderr.String())
	}
	return total
}

func appendGarbage(t *testing.T, dir string, rng *rand.Rand) {
	t.Helper()
	logs, err := filepath.Glob(filepath.Join(dir, "*.log"))
	ok(t, err)
	if len(logs) == 0 {
		t.Fatal("the store has no log")
	}
	slices.Sort(logs)
	f, err := os.OpenFile(logs[len(logs)-1], os.O_WRONLY|os.O_APPEND, 0)
	ok(t, err)
	garbage := make([]byte, 1+rng.IntN(5000))
	for i := range garbage {
		garbage[i] = byte(rng.Uint32())
	}
	_, err = f.Write(garbage)
	ok(t, err)
	ok(t, f.Close())
}
