package shell

import (
	"fmt"
	"io"
	"sync/atomic"
	"time"
)

// patience is how long a statement may take before something is said about it.
const patience = time.Second

// clearLine goes to the beginning of a terminal's line and empties it.
const clearLine = "\r\x1b[K"

// waiting tells a person that a statement still runs: one line of the terminal, that is
// cleared when there is something to show.
type waiting struct {
	rows atomic.Int64
	stop chan struct{}
	done chan struct{}
}

// wait begins. Nothing is shown before patience has passed.
func wait(w io.Writer, patience time.Duration) *waiting {
	p := &waiting{stop: make(chan struct{}), done: make(chan struct{})}
	begun := time.Now()
	go func() {
		defer close(p.done)
		shown := false
		for tick := time.NewTicker(patience); ; {
			select {
			case <-tick.C:
				text := fmt.Sprintf("%srunning for %.0f s", clearLine, time.Since(begun).Seconds())
				if n := p.rows.Load(); n > 0 {
					text += ", " + plural(n, "row")
				}
				fmt.Fprint(w, text+"; ^C cancels")
				shown = true
			case <-p.stop:
				tick.Stop()
				if shown {
					fmt.Fprint(w, clearLine)
				}
				return
			}
		}
	}()
	return p
}

// end clears the line. It may be called again.
func (p *waiting) end() {
	select {
	case <-p.stop:
	default:
		close(p.stop)
	}
	<-p.done
}
