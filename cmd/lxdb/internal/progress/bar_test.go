package progress

import (
	"bytes"
	"strings"
	"testing"
	"time"
)

// shown is a bar that draws into a buffer on a clock of its own.
func shown(total int64) (*Bar, *bytes.Buffer, *time.Time) {
	now := time.Date(2030, 1, 1, 0, 0, 0, 0, time.UTC)
	var out bytes.Buffer
	b := New(&out, "f.csv", total)
	b.w, b.now = &out, func() time.Time { return now }
	return b, &out, &now
}

func TestBar(t *testing.T) {
	b, out, now := shown(200)
	b.Set("checking", 0)
	b.Set("checking", 50) // too soon to be drawn
	*now = now.Add(redraw)
	b.Set("loading", 100)
	*now = now.Add(redraw)
	b.Set("loading", 900)
	want := "\rf.csv checking    [..............................]   0%" +
		"\rf.csv loading     [###############...............]  50%" +
		"\rf.csv loading     [##############################] 100%"
	if out.String() != want {
		t.Errorf("got  %q\nwant %q", out.String(), want)
	}
	out.Reset()
	b.Clear()
	if got := out.String(); strings.Trim(got, "\r ") != "" || !strings.HasSuffix(got, "\r") || len(got) < 50 {
		t.Errorf("Clear wrote %q", got)
	}
	out.Reset()
	b.Clear()
	if out.Len() > 0 {
		t.Errorf("a second Clear wrote %q", out.String())
	}
}

func TestNothingIsShownElsewhere(t *testing.T) {
	var out bytes.Buffer
	b := New(&out, "f.csv", 0)
	b.Set("loading", 1)
	b.Clear()
	new(Bar).Set("loading", 1)
	if out.Len() > 0 {
		t.Errorf("wrote %q to what is no terminal", out.String())
	}
}
