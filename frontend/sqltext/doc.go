// Package sqltext writes the engine's values as MySQL shows them: what every front end
// needs that sends text. Who reads it back (parsers of drivers, of our own MySQL front
// end) relies on each digit.
package sqltext
