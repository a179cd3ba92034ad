package ldif

import (
	"bufio"
	"encoding/base64"
	"fmt"
	"io"
)

// width is how many bytes stand on a line.
const width = 76

// Writer writes LDIF. It buffers: Flush when done.
type Writer struct {
	w     *bufio.Writer
	began bool
	line  []byte
}

// NewWriter returns a Writer.
func NewWriter(w io.Writer) *Writer { return &Writer{w: bufio.NewWriter(w)} }

// Write writes a record. The first brings the version line with it.
func (w *Writer) Write(r *Record) error {
	if !w.began {
		w.began = true
		w.text("version", "1")
	}
	_ = w.w.WriteByte('\n') // the buffer keeps an error for Flush
	w.text("dn", r.DN)
	if r.Kind != Content {
		w.text("changetype", changeTypes[r.Kind])
	}
	var err error
	switch r.Kind {
	case Content, Add:
		for _, a := range r.Attributes {
			if err = w.values(a); err != nil {
				return err
			}
		}
	case Modify:
		for _, c := range r.Changes {
			w.text(ops[c.Op], c.Name)
			if err = w.values(c.Attribute); err != nil {
				return err
			}
			_, err = w.w.WriteString("-\n")
		}
	case Rename:
		w.rename(r.Rename)
	}
	return err
}

// Flush hands everything on, and returns the first error of all writes.
func (w *Writer) Flush() error { return w.w.Flush() }

func (w *Writer) values(a Attribute) error {
	if !isDescription(a.Name) {
		return fmt.Errorf("%.40q is no name of an attribute", a.Name)
	}
	for _, v := range a.Values {
		w.text(a.Name, v)
	}
	return nil
}

func (w *Writer) rename(n NewName) {
	w.text("newrdn", n.RDN)
	old := "0"
	if n.DeleteOld {
		old = "1"
	}
	w.text("deleteoldrdn", old)
	if n.Moves {
		w.text("newsuperior", n.Superior)
	}
}

// text writes one logical line, folded.
func (w *Writer) text(name, value string) {
	b := append(append(w.line[:0], name...), ':')
	switch {
	case value == "":
	case plain(value):
		b = append(append(b, ' '), value...)
	default:
		b = base64.StdEncoding.AppendEncode(append(b, ':', ' '), []byte(value))
	}
	w.line = b
	for room := width; len(b) > room; room = width - 1 {
		_, _ = w.w.Write(b[:room])
		_, _ = w.w.WriteString("\n ")
		b = b[room:]
	}
	_, _ = w.w.Write(b)
	_ = w.w.WriteByte('\n')
}

// plain says whether a value can stand as it is. Control characters could by the
// RFC, but a terminal would obey them.
func plain(v string) bool {
	if v[0] == ' ' || v[0] == ':' || v[0] == '<' || v[len(v)-1] == ' ' {
		return false
	}
	for i := range len(v) {
		if v[i] < ' ' || v[i] >= 0x7F {
			return false
		}
	}
	return true
}
