//go:build race

package icuregextest

const raceEnabled = true
