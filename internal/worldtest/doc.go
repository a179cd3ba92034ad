// Package worldtest checks the world data set. Its tests stand here because
// `./...` leaves directories called testdata out.
package worldtest
