package audit

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"testing"
)

// verified is VerifyAll, with the events.
func verified(opts Options) (out []string, r Report, err error) {
	r, err = VerifyAll(Files{opts.Dir, opts.KeyFile}, func(rec Record) error {
		out = append(out, rec.Event)
		return nil
	})
	return out, r, err
}

// TestAttackE46CutEnd: whole records that are taken from the end leave a whole chain. The
// head tells, to who verifies and at the next start, which the log remembers.
func TestAttackE46CutEnd(t *testing.T) {
	for _, c := range []struct {
		name string
		harm func(t *testing.T, opts Options, lines [][]byte)
		want error
	}{
		{"nothing", func(*testing.T, Options, [][]byte) {}, nil},
		{"the last record", func(t *testing.T, opts Options, lines [][]byte) { cutTo(t, opts, lines[:4]) }, ErrCut},
		{"all but the first", func(t *testing.T, opts Options, lines [][]byte) { cutTo(t, opts, lines[:1]) }, ErrCut},
		{"within the last record", func(t *testing.T, opts Options, lines [][]byte) {
			cutTo(t, opts, append(slices.Clone(lines[:4]), lines[4][:20]))
		}, ErrCut},
		{"every file", func(t *testing.T, opts Options, _ [][]byte) {
			if err := os.Remove(filepath.Join(opts.Dir, segmentName(1))); err != nil {
				t.Fatal(err)
			}
		}, ErrCut},
		{"the head changed", func(t *testing.T, opts Options, lines [][]byte) {
			cutTo(t, opts, lines[:4])
			head, err := os.ReadFile(HeadFile(opts.KeyFile))
			if err != nil {
				t.Fatal(err)
			}
			forge(t, opts, bytes.Replace(head, []byte(`"written":5`), []byte(`"written":4`), 1))
		}, ErrTampered},
		{"an empty head", func(t *testing.T, opts Options, _ [][]byte) { forge(t, opts, nil) }, ErrTampered},
	} {
		t.Run(c.name, func(t *testing.T) {
			opts := options(t.TempDir())
			l := mustOpen(t, opts)
			mustWrite(t, l, "login", "denied", "grant", "logout")
			if err := l.Close(); err != nil {
				t.Fatal(err)
			}
			raw, err := os.ReadFile(filepath.Join(opts.Dir, segmentName(1)))
			if err != nil {
				t.Fatal(err)
			}
			c.harm(t, opts, bytes.SplitAfter(raw, []byte("\n")))
			if _, _, err := verified(opts); !errors.Is(err, c.want) {
				t.Errorf("verified: %v", err)
			}
			l = mustOpen(t, opts)
			mustWrite(t, l, "after")
			if err := l.Close(); err != nil {
				t.Fatal(err)
			}
			got, _, err := verified(opts)
			if c.want == nil {
				if err != nil || len(got) != 6 {
					t.Errorf("after a start: %v, %v", got, err)
				}
				return
			}
			if !errors.Is(err, ErrCut) || !slices.Contains(got, EventCut) {
				t.Errorf("forgotten after a start: %v, %v", got, err)
			}
		})
	}
}

func cutTo(t *testing.T, opts Options, lines [][]byte) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(opts.Dir, segmentName(1)), bytes.Join(lines, nil), 0o600); err != nil {
		t.Fatal(err)
	}
}

func forge(t *testing.T, opts Options, head []byte) {
	t.Helper()
	if err := os.WriteFile(HeadFile(opts.KeyFile), head, 0o600); err != nil {
		t.Fatal(err)
	}
}

// A power cut takes what was not synced: when the machine runs anew that is no fault, and
// what was synced must be there.
func TestHeadAfterAPowerCut(t *testing.T) {
	opts := options(t.TempDir())
	l := mustOpen(t, opts)
	if _, err := l.Commit(Record{Event: "change", Result: Done}); err != nil {
		t.Fatal(err)
	}
	mustWrite(t, l, "login")
	raw, err := os.ReadFile(filepath.Join(opts.Dir, segmentName(1)))
	if err != nil {
		t.Fatal(err)
	}
	head, err := os.ReadFile(HeadFile(opts.KeyFile))
	if err != nil {
		t.Fatal(err)
	}
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	lines := bytes.SplitAfter(raw, []byte("\n"))
	forge(t, opts, head)
	cutTo(t, opts, lines[:2])
	if _, _, err := verified(opts); !errors.Is(err, ErrCut) {
		t.Errorf("while the machine runs: %v", err)
	}
	defer func(boot string) { bootID = boot }(bootID)
	bootID = "another run"
	if _, _, err := verified(opts); err != nil {
		t.Errorf("after a power cut: %v", err)
	}
	cutTo(t, opts, lines[:1])
	if _, _, err := verified(opts); !errors.Is(err, ErrCut) {
		t.Errorf("what was synced: %v", err)
	}
}

// A log that an earlier release has written has no head: the next start begins one, and
// says from where on it counts.
func TestHeadOfAnEarlierLog(t *testing.T) {
	opts := options(t.TempDir())
	earlierLog(t, opts)
	if _, r, err := verified(opts); err != nil || !r.Headless {
		t.Errorf("%+v, %v", r, err)
	}
	l := mustOpen(t, opts)
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	got, r, err := verified(opts)
	if err != nil || r.Headless || got[len(got)-1] != "audit.headless" {
		t.Errorf("%v, %+v, %v", got, r, err)
	}
	// From there on it had one.
	if err := os.Remove(HeadFile(opts.KeyFile)); err != nil {
		t.Fatal(err)
	}
	if _, _, err := verified(opts); !errors.Is(err, ErrCut) {
		t.Errorf("taken away after that: %v", err)
	}
}

// earlierLog writes what a release without heads did.
func earlierLog(t *testing.T, opts Options) {
	t.Helper()
	l := mustOpen(t, opts)
	key := l.key
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	var lines [][]byte
	var at mac
	for i, r := range []Record{{Event: "audit.file", Result: Done, Count: 1, Previous: at.String()}, {Event: "login", Result: Done}} {
		r.Seq = uint64(i + 1)
		text, err := r.encode()
		if err != nil {
			t.Fatal(err)
		}
		line, m := key.line(at, text)
		lines, at = append(lines, line), m
	}
	cutTo(t, opts, lines)
	if err := os.Remove(HeadFile(opts.KeyFile)); err != nil {
		t.Fatal(err)
	}
}

// A log that had a head and has none, or is gone and has its key still, was changed: a start
// and a verification say so, and the log remembers it.
func TestAttackE46HeadTakenAway(t *testing.T) {
	for _, c := range []struct {
		name string
		harm func(opts Options) error
	}{
		{"the head", func(opts Options) error { return os.Remove(HeadFile(opts.KeyFile)) }},
		{"the log", func(opts Options) error {
			return errors.Join(os.RemoveAll(opts.Dir), os.MkdirAll(opts.Dir, 0o700))
		}},
		{"both", func(opts Options) error {
			return errors.Join(os.Remove(HeadFile(opts.KeyFile)), os.RemoveAll(opts.Dir), os.MkdirAll(opts.Dir, 0o700))
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			opts := options(t.TempDir())
			l := mustOpen(t, opts)
			mustWrite(t, l, "login")
			if err := l.Close(); err != nil {
				t.Fatal(err)
			}
			if err := c.harm(opts); err != nil {
				t.Fatal(err)
			}
			if _, _, err := verified(opts); !errors.Is(err, ErrCut) {
				t.Errorf("verified: %v", err)
			}
			for range 2 { // the second start finds nothing new, and it stays a finding
				l = mustOpen(t, opts)
				if err := l.Close(); err != nil {
					t.Fatal(err)
				}
			}
			if got, _, err := verified(opts); !errors.Is(err, ErrCut) || !slices.Contains(got, EventCut) {
				t.Errorf("after a start: %v, %v", got, err)
			}
		})
	}
}

// A first start that ends before its log has begun leaves a key that is not in its place: the
// next one is a first start as well.
func TestFirstStartCutShort(t *testing.T) {
	opts := options(t.TempDir())
	if _, kept, err := openKey(opts.KeyFile, true); err != nil || kept {
		t.Fatalf("kept %v, %v", kept, err)
	}
	if err := os.WriteFile(HeadFile(opts.KeyFile), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	l := mustOpen(t, opts)
	mustWrite(t, l, "login")
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	if got, _, err := verified(opts); err != nil || slices.Contains(got, EventCut) {
		t.Errorf("%v, %v", got, err)
	}
}
