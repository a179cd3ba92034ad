// Package routine is about stored programs: what may stand in the body of a
// procedure or trigger, how a body is written so that the library's interpreter
// runs it right, who it acts for while it runs, and how it ends when the client
// cancels. Where programs are kept is the business of package objects.
package routine
