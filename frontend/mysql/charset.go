package mysql

import (
	"fmt"
	"unicode/utf8"

	"github.com/lxdb/lxdb/engine/session"
)

// Texts on the wire are in the character sets that the session's client has chosen. All of them are converted by what
// stands here: statements, names and bound texts when they come, columns, their names and errors when they go.

// speech is how the client writes and reads now.
func (c *conn) speech() session.Speech {
	if s, ok := c.sess.(session.Speaker); ok {
		return s.Speech()
	}
	return session.Speech{}
}

// name is a name that the client has sent outside a statement.
func (c *conn) name(raw []byte) string { return string(read(c.speech().Client, raw)) }

// statement is one that the client has sent.
func (c *conn) statement(raw string) string {
	if s, ok := c.sess.(session.Speaker); ok {
		return s.Statement(raw)
	}
	return raw
}

func read(from session.Charset, raw []byte) []byte {
	if from.Read == nil {
		return raw
	}
	return from.Read(raw)
}

func written(to session.Charset, text string) string {
	if to.Write == nil {
		return text
	}
	return string(to.Write([]byte(text)))
}

// listen converts what the client says of itself when it connects, before its session speaks as it does. The answer, a
// password or what was made of one, is bytes.
func (c *conn) listen(r *response) {
	sets, ok := c.opts.Opener.(session.Charsets)
	if !ok {
		return
	}
	from := sets.CharsetOf(r.collation)
	c.told = from
	if from.Read == nil {
		return
	}
	r.user, r.database = string(from.Read([]byte(r.user))), string(from.Read([]byte(r.database)))
	for key, value := range r.attributes {
		delete(r.attributes, key)
		r.attributes[string(from.Read([]byte(key)))] = string(from.Read([]byte(value)))
	}
}

// asShown are the columns of a result as the client gets them: named and described in its character set, or each in its
// own when it asked for none.
func (c *conn) asShown(cols []session.Column, to session.Charset) []session.Column {
	if to.Collation == collationUTF8MB4 && to.Write == nil {
		return cols // what they are already
	}
	sets, ok := c.sess.(session.Speaker)
	if !ok {
		return cols
	}
	out := append([]session.Column{}, cols...)
	for i := range out {
		col := &out[i]
		for _, text := range []*string{&col.Name, &col.Database, &col.Table, &col.OrgTable, &col.OrgName} {
			*text = written(to, *text)
		}
		if form := formOf(col.Type); !form.text || columnCharset(col, form) == collationBinary {
			continue
		}
		as := to
		if to.Collation == 0 {
			as = sets.CharsetOf(col.Charset)
		}
		if as.Collation == 0 {
			continue
		}
		col.Charset, col.Length = as.Collation, shownBytes(col, as.Width)
	}
	return out
}

// shownBytes is the length of a column of texts whose characters have so many bytes.
func shownBytes(col *session.Column, width uint32) uint32 {
	length := col.Length
	if length == 0 {
		length = formOf(col.Type).length
	}
	if length == 1<<32-1 { // there is no larger number
		return length
	}
	return length / maxCharacterBytes * width
}

// maxCharacterBytes is what the length of a column takes each character for.
const maxCharacterBytes = 4

// converters are what the texts of a result go through, a function for each column; nil is nothing at all.
func (c *conn) converters(cols []session.Column, to session.Charset) (out []func([]byte) []byte) {
	own := to.Collation == 0 || to.Collation == collationBinary
	if !own && to.Write == nil {
		return nil
	}
	sets, _ := c.sess.(session.Speaker)
	for i := range cols {
		form := formOf(cols[i].Type)
		if cols[i].Binary || !form.text && cols[i].Type != session.TypeJSON {
			continue
		}
		write := to.Write
		if own && sets != nil && form.text {
			write = sets.CharsetOf(columnCharset(&cols[i], form)).Write
		}
		if write == nil {
			continue
		}
		if out == nil {
			out = make([]func([]byte) []byte, len(cols))
		}
		out[i] = write
	}
	return out
}

// converted is a row with its texts converted, in memory that the next one takes again.
func converted(into, row session.Row, by []func([]byte) []byte) session.Row {
	into = append(into[:0], row...)
	for i, write := range by {
		if write != nil && row[i].Kind() == session.Bytes {
			into[i] = session.BytesValue(write(row[i].Bytes()))
		}
	}
	return into
}

// errorIn is an error's text in a character set: what that has not stands there by its number, as in MySQL.
func errorIn(to session.Charset, text string) string {
	if to.Write == nil || to.Has == nil {
		return text
	}
	out := make([]byte, 0, len(text))
	for _, r := range text {
		switch {
		case to.Has(r):
			out = append(out, to.Write(utf8.AppendRune(nil, r))...)
		case r <= 0xFFFF:
			out = fmt.Appendf(out, `\%04X`, r)
		default:
			out = fmt.Appendf(out, `\+%06X`, r)
		}
	}
	return string(out)
}
