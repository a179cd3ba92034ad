package kivi

import (
	"errors"
	"fmt"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/cockroachdb/datadriven"

	"github.com/lxdb/lxdb/storage/kivi/codec"
	"github.com/lxdb/lxdb/storage/kivi/kv"
)

// TestScripts runs the histories in testdata/txn, one store per file. Each line
// of a "run" block is one call of one transaction, and the answer stands below:
//
//	T begin [rc|rr|serializable] [readonly]
//	T get K...          snapshot               T put K V      row lock and write
//	T current K         newest committed       T delete K
//	T lockget K         row lock, then newest  T entry K V    write without a lock
//	T scan|current-scan|lockscan LO HI [reverse]
//	T lock K [nowait]                          T refresh
//	T mark M            T rollback-to M        T commit       T rollback
//	T ... &             the call must wait for a row lock
//	await T             the result of that call
//	rights R[+R...]     what the guard of every transaction allows from now on
//
// Keys are rows of one object, asked for with read+insert+update+delete.
func TestScripts(t *testing.T) {
	datadriven.Walk(t, "testdata/txn", func(t *testing.T, path string) {
		s := &script{
			t: t, db: openDB(t), guard: newGuard(scriptObject, all),
			txns: map[string]*scriptTxn{},
		}
		datadriven.RunTest(t, path, func(t *testing.T, d *datadriven.TestData) string {
			var out strings.Builder
			for line := range strings.Lines(d.Input) {
				line = strings.TrimSpace(line)
				fmt.Fprintf(&out, "%s: %s\n", line, s.do(strings.Fields(line)))
			}
			return out.String()
		})
		for name, x := range s.txns {
			if x.pending != nil {
				t.Errorf("%s still waits at the end of the script", name)
			}
			ok(t, x.txn.Rollback())
		}
	})
}

const (
	scriptObject = 2000
	scriptRights = Read | Insert | Update | Delete
)

type script struct {
	t     *testing.T
	db    *DB
	guard *fakeGuard
	txns  map[string]*scriptTxn
}

type scriptTxn struct {
	txn     *Txn
	marks   map[string]Mark
	pending chan string
}

func (s *script) do(f []string) string {
	switch f[0] {
	case "await":
		x := s.txns[f[1]]
		defer func() { x.pending = nil }()
		return <-x.pending
	case "rights":
		r := Rights(0)
		for _, name := range strings.Split(f[1], "+") {
			for i, n := range rightNames {
				if n == name {
					r |= 1 << i
				}
			}
		}
		s.guard.set(r)
		return r.String()
	}
	if f[1] == "begin" {
		return s.begin(f[0], f[2:])
	}
	x := s.txns[f[0]]
	if f[len(f)-1] != "&" {
		return s.call(x, f[1], f[2:])
	}
	return s.background(x, f[1], f[2:len(f)-1])
}

func (s *script) begin(name string, how []string) string {
	var o kv.TxnOptions
	for _, h := range how {
		switch h {
		case "rc":
			o.Isolation = kv.ReadCommitted
		case "serializable":
			o.Isolation = kv.Serializable
		case "readonly":
			o.ReadOnly = true
		}
	}
	txn, err := s.db.Begin(bg, o)
	ok(s.t, err)
	s.txns[name] = &scriptTxn{txn: txn, marks: map[string]Mark{}}
	return "ok"
}

// background starts a call and returns when it waits for a lock.
func (s *script) background(x *scriptTxn, call string, args []string) string {
	before, _ := s.db.Stats()
	x.pending = make(chan string, 1)
	go func() { x.pending <- s.call(x, call, args) }()
	for deadline := time.Now().Add(30 * time.Second); ; runtime.Gosched() {
		if now, _ := s.db.Stats(); now.LockWaits > before.LockWaits {
			return "waits"
		}
		if len(x.pending) > 0 || time.Now().After(deadline) {
			return "does not wait"
		}
	}
}

func scriptKey(k string) []byte {
	return append(codec.AppendHeader(nil, codec.SpaceData, scriptObject, codec.IndexRows), k...)
}

func (s *script) call(x *scriptTxn, call string, args []string) string {
	tab := x.txn.Table(scriptObject, s.guard, scriptRights)
	switch call {
	case "get":
		return s.get(tab, args)
	case "current":
		return value(tab.CurrentGet(bg, scriptKey(args[0])))
	case "lockget":
		return value(tab.LockGet(bg, scriptKey(args[0])))
	case "scan", "current-scan", "lockscan":
		return s.scan(tab, call, args)
	case "put":
		return result(tab.Put(bg, scriptKey(args[0]), []byte(args[1])))
	case "entry":
		return result(tab.PutEntry(bg, scriptKey(args[0]), []byte(args[1])))
	case "delete":
		return result(tab.Delete(bg, scriptKey(args[0])))
	case "lock":
		if len(args) > 1 {
			x.txn.SetLockWait(0)
			defer x.txn.SetLockWait(DefaultLockWait)
		}
		return result(tab.Lock(bg, scriptKey(args[0])))
	case "refresh":
		return result(x.txn.Refresh(bg))
	case "mark":
		x.marks[args[0]] = x.txn.Mark()
		return "ok"
	case "rollback-to":
		return result(x.txn.RollbackTo(x.marks[args[0]]))
	case "commit":
		return result(x.txn.Commit(bg))
	case "rollback":
		return result(x.txn.Rollback())
	}
	s.t.Fatalf("unknown call %q", call)
	return ""
}

func (s *script) get(tab *Table, names []string) string {
	if len(names) == 1 {
		return value(tab.Get(bg, scriptKey(names[0])))
	}
	var keys [][]byte
	for _, n := range names {
		keys = append(keys, scriptKey(n))
	}
	vals, err := tab.GetBatch(bg, keys)
	if err != nil {
		return result(err)
	}
	var out []string
	for _, v := range vals {
		if v == nil {
			v = []byte("-")
		}
		out = append(out, string(v))
	}
	return strings.Join(out, " ")
}

func (s *script) scan(tab *Table, kind string, args []string) string {
	open := tab.Scan
	switch kind {
	case "current-scan":
		open = tab.CurrentScan
	case "lockscan":
		open = tab.LockScan
	}
	sc, err := open(bg, scriptKey(args[0]), scriptKey(args[1]), len(args) > 2)
	if err != nil {
		return result(err)
	}
	var out []string
	for sc.Next() {
		out = append(out, fmt.Sprintf("%s=%s", sc.Key()[codec.HeaderBytes:], sc.Value()))
	}
	if err := errors.Join(sc.Err(), sc.Close()); err != nil {
		out = append(out, result(err))
	}
	if len(out) == 0 {
		return "nothing"
	}
	return strings.Join(out, " ")
}

func value(v []byte, err error) string {
	switch {
	case errors.Is(err, kv.ErrNotFound):
		return "-"
	case err != nil:
		return result(err)
	}
	return string(v)
}

func result(err error) string {
	if err != nil {
		return "error: " + err.Error()
	}
	return "ok"
}
