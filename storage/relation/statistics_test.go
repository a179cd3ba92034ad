package relation

import (
	"encoding/hex"
	"reflect"
	"testing"
	"time"

	"github.com/lxdb/lxdb/storage/kivi/codec"
)

// What is stored is read back, and nothing damaged is.
func FuzzStatistics(f *testing.F) {
	for _, seed := range []string{"01", "010000", "01ac020201020302", "0105010002050500", "02", "", "01ffffffffffffffffff01", "010501000a05"} {
		b, err := hex.DecodeString(seed)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		st, err := decodeStatistics(b)
		if err != nil {
			return
		}
		for _, list := range st.Distinct {
			for _, n := range list {
				if n < 0 {
					t.Errorf("%d values", n)
				}
			}
		}
		if st.Rows < 0 || len(st.Distinct) > len(b) {
			t.Errorf("%+v", st)
		}
	})
}

func TestStatisticsAreRead(t *testing.T) {
	b, _ := hex.DecodeString("01" + "d804" + "02" + "0001d804" + "030214d804")
	st, err := decodeStatistics(b)
	if err != nil || st.Rows != 600 || len(st.Distinct) != 2 || st.Distinct[0][0] != 600 || st.Distinct[3][0] != 20 || st.Distinct[3][1] != 600 {
		t.Errorf("%+v %v", st, err)
	}
}

// A stored histogram is read back as it was, and nothing damaged is.
func FuzzHistogram(f *testing.F) {
	for _, h := range histograms() {
		f.Add(uint8(h.kind), h.of.encode())
	}
	f.Fuzz(func(t *testing.T, kind uint8, b []byte) {
		h, err := decodeHistogram(1, codec.Kind(kind), b)
		if err != nil {
			return
		}
		for i := range h.Buckets {
			if k := &h.Buckets[i]; !(k.Up >= 0 && k.Up <= 1) || k.Distinct < 1 {
				t.Errorf("%+v", k)
			}
		}
		if len(h.Buckets) > MostBuckets {
			t.Errorf("%d buckets", len(h.Buckets))
		}
	})
}

type histogramOf struct {
	kind codec.Kind
	of   Histogram
}

func histograms() []histogramOf {
	made := time.Unix(1_700_000_000, 0).UTC()
	return []histogramOf{
		{codec.KindInt, Histogram{Column: 1, Type: "int", Made: made, Wanted: 10, Sampled: 1, Nulls: 0.25, Singleton: true, Buckets: []Bucket{
			{Low: codec.Int(-3), High: codec.Int(-3), Up: 0.5, Distinct: 1}, {Low: codec.Int(9), High: codec.Int(9), Up: 0.75, Distinct: 1},
		}}},
		{codec.KindText, Histogram{Column: 1, Type: "varchar(9)", Made: made, Wanted: 1024, Sampled: 0.5, Buckets: []Bucket{
			{Low: codec.Bytes([]byte("")), High: codec.Bytes([]byte("b")), Up: 0.5, Distinct: 7},
		}}},
		{codec.KindFloat, Histogram{Column: 1, Type: "double", Made: made, Wanted: 1, Sampled: 1}},
	}
}

func TestHistogramsAreRead(t *testing.T) {
	for _, h := range histograms() {
		got, err := decodeHistogram(1, h.kind, h.of.encode())
		if err != nil || !reflect.DeepEqual(*got, h.of) {
			t.Errorf("%+v\n%+v %v", h.of, got, err)
		}
		for n := range h.of.encode() {
			if got, err := decodeHistogram(1, h.kind, h.of.encode()[:n]); err == nil {
				t.Errorf("%d bytes: %+v", n, got)
			}
		}
	}
}

// Values that are often are told from those that are seldom, whichever way they are put together.
func TestHistogramShares(t *testing.T) {
	x := &Index{Parts: []Part{{limit: secondaryWeights, Field: codec.Field{Kind: codec.KindInt, Width: 4, Nullable: true}}}}
	p := &x.Parts[0]
	of := sampled{part: p}
	for i := range 1000 { // 0 to 99 nine times each, 50 a hundred times more
		d := codec.Int(int64(i % 100))
		if i >= 900 {
			d = codec.Int(50)
		}
		if _, err := of.take(d); err != nil {
			t.Fatal(err)
		}
	}
	key := func(n int64) []byte { b, _ := p.Append(nil, codec.Int(n)); return b }
	for _, buckets := range []int{1024, 100, 40, 7, 1} {
		h := &Histogram{}
		h.fill(append([]sampledValue(nil), of.values...), buckets)
		if len(h.Buckets) > buckets || h.Buckets[len(h.Buckets)-1].Up != 1 {
			t.Errorf("%d buckets: %d, %v", buckets, len(h.Buckets), h.Buckets[len(h.Buckets)-1])
		}
		near := func(what string, got, want, by float64) {
			t.Helper()
			if got < want-by || got > want+by {
				t.Errorf("%d buckets, %s: %v, want %v", buckets, what, got, want)
			}
		}
		by := 1/float64(buckets) + 0.001
		near("all", h.Share([]byte{1}, nil), 1, 0)
		near("below 20", h.Share([]byte{1}, key(20)), 0.18, by)
		near("from 60", h.Share(key(60), nil), 0.36, by)
		if buckets >= 7 {
			near("3", h.Share(key(3), codec.PrefixEnd(key(3))), 0.009, 0.004)
		}
		if buckets >= 100 {
			near("50", h.Share(key(50), codec.PrefixEnd(key(50))), 0.109, 0.001)
		}
		near("1000", h.Share(key(1000), codec.PrefixEnd(key(1000))), leastShare, 0)
	}
}
