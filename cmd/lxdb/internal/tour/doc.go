// Package tour is what lxdb demo shows: the world data set and a guided tour of
// the permissions, played against a running server through the MySQL driver. The
// tour is a text (tour.txt) of statements and what must come of them, so what a
// newcomer reads is what was checked.
package tour
