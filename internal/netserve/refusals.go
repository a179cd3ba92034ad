package netserve

import (
	"log/slog"
	"net"
	"sync"
	"time"
)

// refusalPause is the time between two log lines about refused connections. A
// flood of connections must not become a flood of lines.
const refusalPause = 10 * time.Second

// refusals writes the first refusal at once and then, each pause, how many came.
type refusals struct {
	log   *slog.Logger
	name  string
	pause time.Duration // 0: refusalPause

	mu      sync.Mutex
	waiting *time.Timer // nil: nothing was written lately
	count   int         // since the last line
	last    net.Addr
	limit   string
}

func (r *refusals) note(remote net.Addr, limit string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.count++
	r.last, r.limit = remote, limit
	if r.waiting == nil {
		r.write()
	}
}

// write reports what came and begins a pause. REQUIRES: mu.
func (r *refusals) write() {
	r.log.Warn(r.name+": connections refused: too many", "count", r.count, "last", r.last, "limit", r.limit)
	r.count = 0
	pause := r.pause
	if pause == 0 {
		pause = refusalPause
	}
	r.waiting = time.AfterFunc(pause, r.after)
}

// after ends a pause: another one begins when somebody was refused in it.
func (r *refusals) after() {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.waiting = nil; r.count > 0 {
		r.write()
	}
}

// stop writes what is left; nothing is noted after it.
func (r *refusals) stop() {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.waiting != nil {
		r.waiting.Stop()
		r.waiting = nil
	}
	if r.count > 0 {
		r.write()
		r.waiting.Stop()
		r.waiting = nil
	}
}
