// Package progress shows how far a load is: a bar that is redrawn on a
// terminal, nothing elsewhere, where the caller prints a line when it is done.
package progress

import (
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"golang.org/x/term"
)

const (
	cells = 30
	// redraw bounds how often the terminal is written to.
	redraw = 50 * time.Millisecond
)

// Bar is a progress bar. The zero Bar, and one that does not write to a
// terminal, show nothing.
type Bar struct {
	w     io.Writer
	title string
	total int64
	now   func() time.Time
	drawn time.Time
	width int // of the line on the screen
}

// New returns a bar for total units. It is shown if w is a terminal.
func New(w io.Writer, title string, total int64) *Bar {
	b := &Bar{title: title, total: max(total, 1), now: time.Now}
	if IsTerminal(w) {
		b.w = w
	}
	return b
}

// IsTerminal reports whether a person sees what is written to w as it comes.
func IsTerminal(w any) bool {
	f, ok := w.(*os.File)
	return ok && term.IsTerminal(int(f.Fd()))
}

// Set shows that done units are done, in a phase of the work.
func (b *Bar) Set(phase string, done int64) {
	if b.w == nil {
		return
	}
	now := b.now()
	if now.Sub(b.drawn) < redraw {
		return
	}
	b.drawn = now
	line := b.line(phase, done)
	pad := strings.Repeat(" ", max(0, b.width-len([]rune(line))))
	b.width = len([]rune(line))
	fmt.Fprintf(b.w, "\r%s%s", line, pad)
}

func (b *Bar) line(phase string, done int64) string {
	done = min(max(done, 0), b.total)
	full := int(done * cells / b.total)
	return fmt.Sprintf("%s %-11s [%s%s] %3d%%", b.title, phase, strings.Repeat("#", full), strings.Repeat(".", cells-full), done*100/b.total)
}

// Clear takes the bar off the screen.
func (b *Bar) Clear() {
	if b.w == nil || b.width == 0 {
		return
	}
	fmt.Fprintf(b.w, "\r%s\r", strings.Repeat(" ", b.width))
	b.width = 0
}
