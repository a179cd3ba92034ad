package csvload

import (
	"fmt"
	"io"
)

// shownFaults is how many faults a report lists; the rest is counted.
const shownFaults = 20

// Fault is one thing that is wrong with a line.
type Fault struct {
	Line   int
	Column string // empty when the line as a whole is wrong
	Reason string
}

// BadLines is why a file was not loaded: what is wrong with its lines.
type BadLines struct {
	File   string
	Faults []Fault // the first ones
	Total  int
	// Stopped says that later lines were not looked at.
	Stopped bool
}

func (b *BadLines) add(f Fault) {
	b.Total++
	if len(b.Faults) < shownFaults {
		b.Faults = append(b.Faults, f)
	}
}

func (b *BadLines) full() bool { return len(b.Faults) == shownFaults }

func (b *BadLines) Error() string {
	faults := "1 fault"
	if b.Total != 1 {
		faults = fmt.Sprintf("%d faults", b.Total)
	}
	if b.Stopped {
		faults = "at least " + faults
	}
	return fmt.Sprintf("%s has %s, nothing was loaded", b.File, faults)
}

// Print lists the faults as file:line: column: reason.
func (b *BadLines) Print(w io.Writer) {
	for _, f := range b.Faults {
		if f.Column == "" {
			fmt.Fprintf(w, "%s:%d: %s\n", b.File, f.Line, f.Reason)
		} else {
			fmt.Fprintf(w, "%s:%d: %s: %s\n", b.File, f.Line, f.Column, f.Reason)
		}
	}
	if more := b.Total - len(b.Faults); more > 0 {
		fmt.Fprintf(w, "%s: and %d more\n", b.File, more)
	}
}
