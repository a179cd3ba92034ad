// Package conform is the suite that every kv.Engine must pass. An engine's
// tests call Run with a function that opens an empty store; cases that need
// what an engine does not promise (kv.Caps) are skipped by name.
//
// The cases state behaviour one by one; Random then runs long mixed histories
// against a model in memory and prints its seed when they differ.
package conform

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/lxdb/lxdb/storage/kivi/kv"
)

// Open returns an empty engine. Run closes it.
type Open func(t testing.TB) kv.Engine

// longWait is a lock wait that no passing test exhausts.
const longWait = 30 * time.Second

type testCase struct {
	name string
	run  func(h *harness)
}

// Run runs every case on an engine of its own.
func Run(t *testing.T, open Open) {
	var all []testCase
	for _, part := range [][]testCase{readCases, writeCases, lockCases, serializableCases, engineCases} {
		all = append(all, part...)
	}
	for _, c := range all {
		t.Run(c.name, func(t *testing.T) {
			h := &harness{T: t, e: open(t)}
			c.run(h)
			h.ok(h.e.Close())
		})
	}
}

// harness shortens the cases: it fails the test on every unexpected error.
type harness struct {
	*testing.T
	e kv.Engine
}

var bg = context.Background()

func (h *harness) ok(err error) {
	h.Helper()
	if err != nil {
		h.Fatalf("unexpected error: %v", err)
	}
}

func (h *harness) is(err, want error) {
	h.Helper()
	if !errors.Is(err, want) {
		h.Fatalf("got error %v, want %v", err, want)
	}
}

func (h *harness) same(got, want string) {
	h.Helper()
	if got != want {
		h.Fatalf("got  %s\nwant %s", got, want)
	}
}

func (h *harness) begin(iso kv.Isolation) kv.Txn {
	h.Helper()
	t, err := h.e.Begin(bg, kv.TxnOptions{Isolation: iso})
	h.ok(err)
	return t
}

// put commits pairs "k=v" in one transaction.
func (h *harness) put(pairs ...string) {
	h.Helper()
	t := h.begin(kv.RepeatableRead)
	for _, p := range pairs {
		k, v, _ := strings.Cut(p, "=")
		h.ok(t.Lock(bg, longWait, []byte(k)))
		h.ok(t.Put([]byte(k), []byte(v)))
	}
	h.ok(t.Commit(bg))
}

// get returns the value, or "-" when the key is absent.
func (h *harness) get(r kv.Reader, key string) string {
	h.Helper()
	v, err := r.Get(bg, []byte(key))
	if errors.Is(err, kv.ErrNotFound) {
		return "-"
	}
	h.ok(err)
	return string(v)
}

// now reads the key in a transaction of its own.
func (h *harness) now(key string) string {
	h.Helper()
	t := h.begin(kv.RepeatableRead)
	defer t.Rollback()
	return h.get(t, key)
}

// scan returns "k=v k=v ..." of lo <= key < hi.
func (h *harness) scan(r kv.Reader, lo, hi string, reverse bool) string {
	h.Helper()
	it, err := r.Iter(bg, []byte(lo), []byte(hi), reverse)
	h.ok(err)
	var out []string
	for it.Next() {
		out = append(out, fmt.Sprintf("%s=%s", it.Key(), it.Value()))
	}
	h.ok(it.Err())
	if it.Next() {
		h.Fatal("Next after the end returned true")
	}
	h.ok(it.Close())
	h.ok(it.Close())
	return strings.Join(out, " ")
}

// batch returns "v v - v".
func (h *harness) batch(r kv.Reader, keys ...string) string {
	h.Helper()
	var ks [][]byte
	for _, k := range keys {
		ks = append(ks, []byte(k))
	}
	vs, err := r.BatchGet(bg, ks)
	h.ok(err)
	out := make([]string, len(vs))
	for i, v := range vs {
		if out[i] = string(v); v == nil {
			out[i] = "-"
		}
	}
	return strings.Join(out, " ")
}

// run starts f and returns where its error arrives.
func run(f func() error) <-chan error {
	done := make(chan error, 1)
	go func() { done <- f() }()
	return done
}

func repeat(b byte, n int) []byte { return bytes.Repeat([]byte{b}, n) }
