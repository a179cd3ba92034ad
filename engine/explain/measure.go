package explain

import (
	"time"

	"github.com/lxdb/lxdb/engine/exec"
	"github.com/lxdb/lxdb/engine/expr"
	"github.com/lxdb/lxdb/engine/value"
)

// meter counts the memory that a statement takes.
type meter struct{ now, high int64 }

func (m *meter) add(n int) {
	m.now += int64(n)
	m.high = max(m.high, m.now)
}

// into lets the meter hear what an evaluation takes.
func (m *meter) into(env *value.Env) {
	heard := func(take func(int) error) func(int) error {
		if take == nil {
			return nil
		}
		return func(n int) error {
			err := take(n)
			if err == nil {
				m.add(n)
			}
			return err
		}
	}
	env.Budget, env.Keep = heard(env.Budget), heard(env.Keep)
	if overdraw := env.Overdraw; overdraw != nil {
		env.Overdraw = func(n int) { overdraw(n); m.add(n) }
	}
}

// measured is an operator that is watched while it runs, with everything below it.
type measured struct {
	exec.Node
	meter *meter

	loops       int
	rows        int64
	first, last time.Duration // until the first row, and until the end, of all loops
	taken, most int64         // memory
}

// Open implements exec.Node.
func (m *measured) Open(c *expr.Ctx) (exec.Rows, error) {
	m.loops++
	r := &measuredRows{m: m}
	done := m.begin()
	rows, err := m.Node.Open(c)
	r.spent += done()
	if err != nil {
		return nil, err
	}
	r.rows = rows
	return r, nil
}

// begin watches one call.
func (m *measured) begin() (done func() time.Duration) {
	begun, now, high := time.Now(), m.meter.now, m.meter.high
	m.meter.high = now
	return func() time.Duration {
		took := time.Since(begun)
		m.last += took
		m.most = max(m.most, m.taken+m.meter.high-now)
		m.taken += m.meter.now - now
		m.meter.high = max(high, m.meter.high)
		return took
	}
}

type measuredRows struct {
	m     *measured
	rows  exec.Rows
	spent time.Duration // so far
	given bool
}

// Next implements exec.Rows.
func (r *measuredRows) Next(c *expr.Ctx) (*exec.Batch, error) {
	done := r.m.begin()
	b, err := r.rows.Next(c)
	r.spent += done()
	if b != nil {
		r.m.rows += int64(b.Len())
		if !r.given {
			r.given = true
			r.m.first += r.spent
		}
	}
	return b, err
}

// Close implements exec.Rows.
func (r *measuredRows) Close() error {
	if !r.given { // no row: it took all the time to know
		r.given = true
		r.m.first += r.spent
	}
	done := r.m.begin()
	defer done()
	return r.rows.Close()
}
