package routine

import (
	"runtime"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/lxdb/lxdb/engine/state"
)

// A stored program that was cancelled is unwound by a panic. The library's
// interpreter takes every error for a condition that a handler may catch, an
// interruption, too, and a loop without statements meets no error at all; a program
// with CONTINUE HANDLER would run for ever. What it does at each step is to make a
// context with a fresh session, which asks for the variables (NewSessionMap), and
// that is ours. The interpreter holds no lock there, and execute recovers.

// Unwinding is what the panic carries.
type Unwinding struct{}

// programs are the goroutines whose stored program is to end. They are the
// process's, because the library's registry of variables is.
var programs struct {
	any atomic.Int64 // how many there are, so that others pay for one load
	mu  sync.Mutex
	all map[uint64]stoppedCall
}

type stoppedCall struct {
	calls *state.Calls
	call  uint64
}

// BeginProgram notes which goroutine runs a stored program for the call.
func BeginProgram(c *state.Calls) {
	if c.Program.Load() != 0 {
		return
	}
	c.Program.Store(goroutine())
	if n, _ := c.Running(); c.Interrupted() { // before anybody could know the goroutine
		UnwindProgram(c, n)
	}
}

// UnwindProgram has the stored program that runs in this call end.
func UnwindProgram(c *state.Calls, call uint64) {
	id := c.Program.Load()
	if id == 0 {
		return
	}
	programs.mu.Lock()
	defer programs.mu.Unlock()
	if programs.all == nil {
		programs.all = map[uint64]stoppedCall{}
	}
	programs.all[id] = stoppedCall{c, call}
	programs.any.Store(int64(len(programs.all)))
}

// EndProgram forgets the goroutine; it runs something else from now on.
func EndProgram(c *state.Calls) {
	id := c.Program.Swap(0)
	if id == 0 || programs.any.Load() == 0 {
		return
	}
	programs.mu.Lock()
	defer programs.mu.Unlock()
	delete(programs.all, id)
	programs.any.Store(int64(len(programs.all)))
}

// Unwind ends the stored program that asks, if it was cancelled.
func Unwind() {
	if programs.any.Load() == 0 || !interpreting() {
		return
	}
	programs.mu.Lock()
	stopped, ok := programs.all[goroutine()]
	programs.mu.Unlock()
	if ok && stopped.calls.Now.Load() == stopped.call {
		panic(Unwinding{})
	}
}

// interpreting reports whether the interpreter's loop is what asks.
func interpreting() bool {
	var pcs [8]uintptr
	frames := runtime.CallersFrames(pcs[:runtime.Callers(3, pcs[:])])
	for {
		f, more := frames.Next()
		if strings.HasSuffix(f.Function, "/sql/procedures.Call") {
			return true
		}
		if !more {
			return false
		}
	}
}

// goroutine is the number of the running goroutine. The runtime tells it in the
// first line of a stack trace only; that costs a microsecond, once for each CALL.
func goroutine() uint64 {
	var line [64]byte
	text := strings.TrimPrefix(string(line[:runtime.Stack(line[:], false)]), "goroutine ")
	number, _, _ := strings.Cut(text, " ")
	id, err := strconv.ParseUint(number, 10, 64)
	if err != nil {
		return 0 // the runtime spells it otherwise: programs are then given up, not unwound
	}
	return id
}
