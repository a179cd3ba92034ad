// Package lex is the one lexer: it reads every statement before anything else
// does, whoever sent or stored it.
//
//	Lexer      tokens, read as MySQL 8.0 reads them
//	Split      cuts the first statement off a batch
//	Canonical  the text that the SQL parser gets to see
//	Redact     a text that may be shown
//
// Two readings of one text are two statements, of which one was looked at and
// the other runs. So the SQL parser, whose own lexer differs from MySQL's in
// comments, escapes, numbers and names, never sees what a client wrote: it sees
// the canonical text, in which nothing is left that it could read otherwise. A
// test in package engine holds that, token for token.
//
// What is not clear is refused: a quote or comment that does not end, a byte that
// starts no token. So is what nests too deep for those who come after.
//
// The package imports neither the SQL library nor its parser.
package lex
