// Package dialect reads the security statements of lxdb: GRANT and REVOKE in
// all the spellings of the merged surface, accounts, passwords, and what shows
// them. It knows neither the SQL library nor the catalog: text in, a typed
// statement out.
//
// Who may do what is decided from this package's reading alone. So it reads the
// tokens of engine/lex, as all others do; the first tokens say whether a statement
// is ours; and a statement that is ours is never handed on to another parser, even
// when it is wrong or not built yet. No clause is skipped: it is in the tree, or the
// parser refuses.
//
//	Parse   statement, "not ours", *SyntaxError or *NotSupportedError
//	String  of a statement: its canonical form, which parses to an equal tree
//
// Passwords are Secrets: they print as '***' wherever they are printed.
package dialect
