package main

import (
	"strings"
	"testing"
	"time"
)

const printed = `SQL statistics:
    queries performed:
        read:                            0
        total:                           25622
    transactions:                        25622  (12793.69 per sec.)
    queries:                             25622  (12793.69 per sec.)
    ignored errors:                      3      (0.00 per sec.)
    reconnects:                          0      (0.00 per sec.)

General statistics:
    total time:                          2.0021s
    total number of events:              25622

Latency (ms):
         min:                                    0.00
         95th percentile:                        1.42
`

func TestParse(t *testing.T) {
	m, err := parse(printed)
	if want := (measure{queries: 25622, elapsed: 2002100 * time.Microsecond, p95: 1.42, ignored: 3}); err != nil || m != want {
		t.Errorf("%+v, %v", m, err)
	}
	for _, bad := range []string{"", strings.Replace(printed, "total time", "time", 1), strings.ReplaceAll(printed, "25622", "0")} {
		if _, err := parse(bad); err == nil {
			t.Errorf("taken: %s", bad)
		}
	}
}

func TestProcessorTime(t *testing.T) {
	got, err := processorTimeOf("12 (a ) b) S 1 12 12 0 -1 4194560 100 0 0 0 250 50 0 0 20 0 9 0 100 1 2")
	if err != nil || got != 3*time.Second {
		t.Errorf("%v, %v", got, err)
	}
	if _, err := processorTimeOf("12 (a"); err == nil {
		t.Error("half a line is taken")
	}
}

// The line of a point says ratio and aim.
func TestLine(t *testing.T) {
	p := point{workload: find("oltp_point_select"), mode: "text", threads: 4, of: [2]measure{
		{queries: 3000, elapsed: time.Second, cpu: 30 * time.Millisecond, p95: 1}, {queries: 1000, elapsed: time.Second, cpu: 20 * time.Millisecond, p95: 2, ignored: 1}}}
	if got, want := p.line(), "| oltp_point_select | text | 4 | 3000 | 1000 | **3.00** | 2.0 | yes | 10.0 | 20.0 | 1.00 | 2.00 | 0, 1 tried again |\n"; got != want {
		t.Errorf("got  %swant %s", got, want)
	}
}
