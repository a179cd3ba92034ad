// Package dialect reads the security statements of lxdb: GRANT and REVOKE in
// all the spellings of the merged surface, accounts, passwords, and what shows
// them. It knows neither the SQL library nor the catalog: text in, a typed
// statement out.
//
// Who may do what is decided from this package's reading alone. So there is one
// lexer for execution, for splitting a batch and for the audit log (Redact);
// the first tokens say whether a statement is ours; and a statement that is
// ours is never handed on to another parser, even when it is wrong or not
// built yet. No clause is skipped: it is in the tree, or the parser refuses.
//
//	Split            cuts the first statement off a batch
//	Parse            statement, "not ours", *SyntaxError or *NotSupportedError
//	ResolveComments  gives other parsers the same reading of /*! … */
//	String           of a statement: its canonical form, which parses to an equal tree
//
// Passwords are Secrets: they print as '***' wherever they are printed.
package dialect
