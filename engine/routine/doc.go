// Package routine is about who stored programs act for: which routine a name means, the
// activation that makes the session its definer's. The language itself is package program; where programs are kept is the
// business of package objects, and package engine runs their statements.
package routine
