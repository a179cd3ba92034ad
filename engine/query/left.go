package query

import (
	"maps"
	"sync"
)

// Left counts the queries that were left to the library's executor, by reason.
type Left struct {
	mu      sync.Mutex
	reasons map[string]int
	own     int
	changes int
}

// maxReasons bounds the reasons that are kept; one more is "others".
const maxReasons = 1000

// Add counts one.
func (l *Left) Add(why string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.reasons == nil {
		l.reasons = map[string]int{}
	}
	if len(l.reasons) >= maxReasons && l.reasons[why] == 0 {
		why = "others"
	}
	l.reasons[why]++
}

// Own counts a query that was converted.
func (l *Left) Own() {
	l.mu.Lock()
	l.own++
	l.mu.Unlock()
}

// Changed counts a statement that changes rows and was converted.
func (l *Left) Changed() {
	l.mu.Lock()
	l.changes++
	l.mu.Unlock()
}

// Changes is how many those were.
func (l *Left) Changes() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.changes
}

// Reasons are the counts so far, and how many queries were converted.
func (l *Left) Reasons() (left map[string]int, own int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return maps.Clone(l.reasons), l.own
}
