package https_test

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"net/http"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/lxdb/lxdb/frontend/https"
)

// The figures that these tests log are in docs/https-tests.md.

// heap is what is in use after a collection.
func heap() int64 {
	var m runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}

// bystander is a session that somebody uses while others attack.
type bystander struct {
	v  *visitor
	st any
}

func (s *site) bystander() *bystander {
	v := s.visit("root", s.Root)
	v.open(idOne, nil)
	return &bystander{v, v.statement(idOne)}
}

// works runs statements, and tells how long the middle one and the longest took.
func (b *bystander) works(t *testing.T, n int) (middle, longest time.Duration) {
	t.Helper()
	var took []time.Duration
	for range n {
		begun := time.Now()
		if status, o := b.v.avatica(execute(idOne, b.st, "SELECT 1")); status != http.StatusOK {
			t.Fatalf("a bystander's statement: %d %v", status, o)
		}
		took = append(took, time.Since(begun))
	}
	slices.Sort(took)
	return took[n/2], took[n-1]
}

// flood opens n sockets at one time, sends a head on each, and then a piece again and
// again, until it is cut off or limit bytes are taken. What is answered has the status. It
// returns how many bytes were taken in all.
func (s *site) flood(t *testing.T, n, limit int, status string, words func(i int) (head, piece string)) int64 {
	t.Helper()
	var sent atomic.Int64
	var all sync.WaitGroup
	for i := range n {
		c := s.dial("http/1.1")
		all.Go(func() {
			defer c.Close()
			head, piece := words(i)
			_, err := io.WriteString(c, head)
			for n := 0; n < limit && err == nil; n += len(piece) {
				if _, err = io.WriteString(c, piece); err == nil {
					sent.Add(int64(len(piece)))
				}
			}
			if err == nil {
				t.Errorf("%d bytes were taken on one socket", limit)
			}
			answer := make([]byte, 64)
			if n, err := c.Read(answer); err == nil && !bytes.Contains(answer[:n], []byte(status)) {
				t.Errorf("answered %q", answer[:n])
			}
		})
	}
	all.Wait()
	return sent.Load()
}

// TestAttackH12Slowloris holds half a request on as many sockets as one address may have.
// Who has logged in is served meanwhile, another can log in, and the sockets are closed
// when their time is up.
func TestAttackH12Slowloris(t *testing.T) {
	if testing.Short() {
		t.Skip("waits until the time of sockets is up")
	}
	s := start(t, func(o *https.Options) {
		o.MaxConnections, o.MaxPending, o.MaxPendingPerAddress = 400, 200, 150
		o.HeaderTimeout, o.StallTimeout, o.LoginTimeout = 2*time.Second, 2*time.Second, 3*time.Second
	})
	b := s.bystander()
	before := heap()
	words := []string{"POST / HTTP/1.1\r\nHost: x\r\nX-Slow: ", "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 60000\r\n\r\n{\"request\":", "P"}
	begun := time.Now()
	var sockets []io.ReadWriteCloser
	for i := range 140 {
		c := s.dial("http/1.1")
		if _, err := io.WriteString(c, words[i%len(words)]); err != nil {
			t.Fatal(err)
		}
		sockets = append(sockets, c)
	}
	middle, longest := b.works(t, 100)
	grown := heap() - before
	s.visit("root", s.Root).open(idTwo, nil)
	for _, c := range sockets {
		if _, err := io.Copy(io.Discard, c); err != nil && !isReset(err) {
			t.Errorf("a slow socket: %v", err)
		}
	}
	t.Logf("140 slow sockets: gone after %v, heap grown by %d KiB; a bystander's statement %v, at most %v", time.Since(begun).Round(100*time.Millisecond), grown>>10, middle, longest)
	if grown > 64<<20 || longest > 5*time.Second {
		t.Errorf("the heap grew by %d bytes, a statement took %v", grown, longest)
	}
}

// TestAttackH13Guesses guesses connection ids: every answer is the same, nobody is locked
// out by it, and the one whose neighbours are guessed goes on.
func TestAttackH13Guesses(t *testing.T) {
	s := start(t, nil)
	root := s.visit("", "") // the id alone is the proof
	root.open(idOne, object{"user": "root", "password": s.Root})
	st := root.statement(idOne)
	guesser := s.visit("", "")
	answers := map[string]int{}
	begun := time.Now()
	const guesses = 1000
	for i := range guesses {
		id := fmt.Sprintf("%s%04x", idOne[:len(idOne)-4], i)
		_, o := guesser.avatica(execute(id, st, "SELECT 1"))
		delete(o, "rpcMetadata")
		answers[encode(o)]++
	}
	took := time.Since(begun)
	if len(answers) != 1 {
		t.Errorf("answers differ: %v", answers)
	}
	if status, o := root.avatica(execute(idOne, st, "SELECT 1")); status != http.StatusOK {
		t.Errorf("the owner: %d %v", status, o)
	}
	t.Logf("%d guesses in %v, one answer; an id has 122 random bits", guesses, took.Round(time.Millisecond))
}

// TestAttackH14Headers sends headers without end, in number and in size, on HTTP/1.1 and 2.
func TestAttackH14Headers(t *testing.T) {
	s := start(t, nil)
	b := s.bystander()
	before := heap()
	sent := s.flood(t, 20, 8<<20, " 431 ", func(i int) (string, string) {
		return "POST / HTTP/1.1\r\nHost: x\r\n", fmt.Sprintf("X-%d: %s\r\n", i, strings.Repeat("y", []int{10, 60_000}[i%2]))
	})
	v := s.visit("", "")
	if r, err := v.do(t.Context(), "POST", "/", "{}", "X-Large", strings.Repeat("y", 4<<20)); err == nil && r.status != http.StatusRequestHeaderFieldsTooLarge {
		t.Errorf("HTTP/2: %d", r.status)
	}
	grown := heap() - before
	middle, longest := b.works(t, 50)
	t.Logf("20 floods, %d KiB were taken, heap grown by %d KiB; a bystander's statement %v, at most %v", sent>>10, grown>>10, middle, longest)
	if grown > 32<<20 {
		t.Errorf("the heap grew by %d bytes", grown)
	}
}

// TestAttackH15BodiesWithoutEnd declares, and sends, more than is taken, by strangers: what
// is read of it is little.
func TestAttackH15BodiesWithoutEnd(t *testing.T) {
	s := start(t, nil)
	b := s.bystander()
	before := heap()
	sent := s.flood(t, 20, 64<<20, " 413 ", func(i int) (string, string) {
		const post = "POST / HTTP/1.1\r\nHost: x\r\n"
		piece := strings.Repeat("x", 32<<10)
		if i%2 == 0 {
			return post + "Content-Length: 1099511627776\r\n\r\n", piece
		}
		return post + "Transfer-Encoding: chunked\r\n\r\n", "8000\r\n" + piece + "\r\n"
	})
	grown := heap() - before
	middle, longest := b.works(t, 50)
	t.Logf("20 endless bodies, %d KiB were taken, heap grown by %d KiB; a bystander's statement %v, at most %v", sent>>10, grown>>10, middle, longest)
	if grown > 32<<20 || sent > 256<<20 {
		t.Errorf("the heap grew by %d bytes, %d were taken", grown, sent)
	}
}

// TestAttackH16Messages cuts a request of protobuf off at each byte, changes each, and
// nests messages: every one is answered, and nothing is opened. The decoder's fuzz target is
// FuzzDecode.
func TestAttackH16Messages(t *testing.T) {
	s := start(t, nil)
	stranger := s.visit("", "")
	field := func(n byte, body string) string {
		return string(binary.AppendUvarint([]byte{n<<3 | 2}, uint64(len(body)))) + body
	}
	// Without a password, or each of them would be a failed login, which takes its time.
	inner := field(1, idOne) + field(2, field(1, "database")+field(2, "lab"))
	whole := field(1, "org.apache.calcite.avatica.proto.Requests$OpenConnectionRequest") + field(2, inner)
	nested := "x"
	for range 5000 {
		nested = field(2, nested)
	}
	bad := []string{
		whole, whole + whole, "\x0a", "\x0a\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01", "\x0a\xff\xff\xff\xff\x0f", field(1, "org.apache.calcite.avatica.proto.Requests$OpenConnectionRequest") + nested,
		field(1, "org.apache.calcite.avatica.proto.Requests$ExecuteRequest") + field(2, field(1, field(1, idOne))+strings.Repeat(field(2, ""), 30_000)),
	}
	for i := range len(whole) {
		changed := []byte(whole)
		changed[i] ^= 0x55
		bad = append(bad, whole[:i], string(changed))
	}
	statuses := map[int]int{}
	for _, body := range bad {
		r := stranger.send("POST", "/", body)
		statuses[r.status]++
		if r.status == http.StatusOK || strings.Contains(r.body, "goroutine") || strings.Contains(r.body, ".go:") {
			t.Errorf("%.80q: %d %.200s", body, r.status, r.body)
		}
		if r.status != http.StatusUnauthorized && r.status != http.StatusBadRequest && r.status != http.StatusInternalServerError {
			t.Errorf("%.80q: %d", body, r.status)
		}
	}
	t.Logf("%d bad messages: %v", len(bad), statuses)
	s.visit("root", s.Root).open(idTwo, nil)
}
