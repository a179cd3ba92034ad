package steady

import (
	"testing"
	"time"
)

func TestClock(t *testing.T) {
	noon := time.Date(2030, 1, 2, 12, 0, 0, 0, time.UTC)
	wall, runs := noon, time.Duration(0)
	c := start(func() time.Time { return wall }, func() time.Duration { return runs })
	want := func(what string, w time.Time) {
		t.Helper()
		if got := c.Now(); !got.Equal(w) {
			t.Errorf("%s: %v, want %v", what, got, w)
		}
	}
	want("begun", noon)
	wall, runs = wall.Add(time.Minute), runs+time.Minute
	want("a minute later", noon.Add(time.Minute))
	wall = wall.Add(time.Hour)
	want("moved ahead", noon.Add(time.Hour+time.Minute))
	wall = noon.Add(-24 * time.Hour)
	want("moved back", noon.Add(time.Hour+time.Minute))
	runs += time.Minute
	want("runs on", noon.Add(time.Hour+2*time.Minute))
	if behind := c.AtLeast(noon); behind != 0 {
		t.Errorf("what was long ago: %v behind", behind)
	}
	if behind := c.AtLeast(noon.Add(2*time.Hour + 2*time.Minute)); behind != time.Hour {
		t.Errorf("%v behind, want an hour", behind)
	}
	want("known to have been", noon.Add(2*time.Hour+2*time.Minute))
	wall = noon.Add(72 * time.Hour)
	want("right again", wall)
}

func TestClockOfTheMachine(t *testing.T) {
	c, before := New(), time.Now()
	if now := c.Now(); now.Before(before.Round(0)) || now.After(time.Now().Add(time.Minute)) {
		t.Errorf("%v at %v", now, before)
	}
}
