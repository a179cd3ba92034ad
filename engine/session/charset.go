package session

// Charset is one in which clients write and read texts. Inside, every text is UTF-8. The zero
// Charset is that of bytes that nobody converts.
type Charset struct {
	Collation uint16 // MySQL's number for it, which the definitions of columns show; 0 is none
	Width     uint32 // how many bytes a character has at most
	// Read makes UTF-8 of what stands in the character set, Write the opposite. nil: there is
	// nothing to convert. What they return may be what they got.
	Read, Write func(text []byte) []byte
	// Has says whether there is a character; nil is for all of them.
	Has func(r rune) bool
}

// Speech is how the client of a session writes and reads.
type Speech struct {
	Client  Charset // of statements, names and bound texts
	Results Charset // of columns, their names and errors; with the number 0 or 63 each column keeps its own
}

// Charsets is implemented by an Opener and a Session that know character sets.
type Charsets interface {
	// CharsetOf is that of a collation by MySQL's number; the zero Charset is for one that is not known.
	CharsetOf(collation uint16) Charset
}

// Speaker is implemented by a Session whose client may choose character sets.
type Speaker interface {
	Charsets
	// Speech is what the session has chosen now.
	Speech() Speech
	// Statement is a statement in UTF-8 that the client has written in its character set. A literal behind the
	// name of a character set keeps its bytes.
	Statement(raw string) string
}
