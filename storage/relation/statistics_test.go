package relation

import (
	"encoding/hex"
	"testing"
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
