package tour

import (
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"github.com/lxdb/lxdb/cmd/lxdb/internal/sqlconn"
)

// ANSI colours.
const (
	bold  = "\x1b[1m"
	dim   = "\x1b[2m"
	red   = "\x1b[31m"
	green = "\x1b[32m"
	plain = "\x1b[0m"
)

const (
	lineWidth = 92
	cellWidth = 48
)

// page writes the tour for a person. What is written is already on its way to
// the person; a broken pipe ends the process.
type page struct {
	w       io.Writer
	color   bool
	chapter int
	inProse bool
	hint    string // the last one shown
}

func (p *page) paint(color, text string) string {
	if !p.color {
		return text
	}
	return color + text + plain
}

func (p *page) title(text string) {
	p.chapter++
	p.hint = ""
	p.inProse = false
	fmt.Fprintf(p.w, "\n%s\n", p.paint(bold, fmt.Sprintf("%d. %s", p.chapter, text)))
}

func (p *page) prose(text string) {
	if !p.inProse {
		fmt.Fprintln(p.w)
	}
	p.inProse = true
	fmt.Fprintf(p.w, "   %s\n", text)
}

// statement shows who runs what; verb is prepare, execute, or empty.
func (p *page) statement(user, verb, text string) {
	p.inProse = false
	who := user + ">"
	if verb != "" {
		who += " " + verb
	}
	lines := strings.Split(text, "\n")
	fmt.Fprintf(p.w, "\n   %s %s\n", p.paint(bold, who), lines[0])
	for _, line := range lines[1:] {
		fmt.Fprintf(p.w, "   %s %s\n", strings.Repeat(" ", len(who)), line)
	}
}

func (p *page) outcome(s step, rows sqlconn.Rows, answer *sqlconn.Error) {
	switch {
	case answer != nil:
		word := "denied"
		if s.want != wantDenied || int(answer.Number) != s.count {
			word = "error"
		}
		p.label(red, word, fmt.Sprintf("%s (error %d)", answer.Message, answer.Number))
		// The same hint again and again is noise.
		if answer.Hint != "" && answer.Hint != p.hint {
			p.label(dim, "hint", answer.Hint)
			p.hint = answer.Hint
		}
	case len(rows.Columns) > 0:
		p.table(rows)
	default:
		p.label(green, "ok", "")
	}
}

func (p *page) unexpected(s step) {
	told := map[want]string{wantOK: "success", wantRows: fmt.Sprintf("%d rows", s.count), wantText: "a cell with " + s.text, wantDenied: fmt.Sprintf("error %d", s.count)}
	p.label(red, "WRONG", "the tour expects "+told[s.want])
}

// label writes a word and a text that is broken between words.
func (p *page) label(color, word, text string) {
	const indent = "     "
	first := indent + p.paint(color, fmt.Sprintf("%-6s", word))
	line, width := first, 0
	for w := range strings.FieldsSeq(text) {
		if width > 0 && width+1+utf8.RuneCountInString(w) > lineWidth-len(indent)-7 {
			fmt.Fprintln(p.w, line)
			line, width = indent+strings.Repeat(" ", 6), 0
		}
		line += " " + w
		width += 1 + utf8.RuneCountInString(w)
	}
	fmt.Fprintln(p.w, strings.TrimRight(line, " "))
}

// table shows rows in aligned columns.
func (p *page) table(rows sqlconn.Rows) {
	lines := [][]string{rows.Columns}
	for _, row := range rows.Rows {
		cells := make([]string, len(row))
		for i, c := range row {
			cells[i] = "NULL"
			if c != nil {
				cells[i] = *c
			}
			// One column has the line for itself; several must share it.
			if r := []rune(cells[i]); len(row) > 1 && len(r) > cellWidth {
				cells[i] = string(r[:cellWidth-1]) + "…"
			}
		}
		lines = append(lines, cells)
	}
	widths := make([]int, len(rows.Columns))
	for _, cells := range lines {
		for i, c := range cells {
			widths[i] = max(widths[i], utf8.RuneCountInString(c))
		}
	}
	for n, cells := range lines {
		var b strings.Builder
		for i, c := range cells {
			b.WriteString(c + strings.Repeat(" ", widths[i]-utf8.RuneCountInString(c)+2))
		}
		text := strings.TrimRight(b.String(), " ")
		if n == 0 {
			text = p.paint(dim, text)
		}
		fmt.Fprintf(p.w, "     %s\n", text)
	}
}
