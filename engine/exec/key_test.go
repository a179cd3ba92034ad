package exec

import (
	"bytes"
	"cmp"
	"math/big"
	"math/rand/v2"
	"testing"

	"github.com/lxdb/lxdb/engine/value"
)

// randomDecimal is often small, often equal to another one of another scale.
func randomDecimal(r *rand.Rand) value.Decimal {
	scale := r.IntN(7)
	switch r.IntN(4) {
	case 0:
		return value.DecimalOfUnscaled(r.Int64()-r.Int64(), scale)
	case 1:
		m := new(big.Int).Mul(big.NewInt(r.Int64()), big.NewInt(r.Int64()))
		if r.IntN(2) == 0 {
			m.Neg(m)
		}
		return value.DecimalOfBig(m, scale)
	}
	return value.DecimalOfUnscaled((r.Int64N(41)-20)*[]int64{1, 10, 100, 1000}[r.IntN(4)], scale)
}

// TestKeysOrderLikeValues: keys of decimals and integers compare as the numbers do, those of
// small decimals are those of large ones.
func TestKeysOrderLikeValues(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	key := Key{class: keyDecimal}
	for range 20_000 {
		a, b := randomDecimal(r), randomDecimal(r)
		if got, want := bytes.Compare(key.append(nil, value.Dec(a)), key.append(nil, value.Dec(b))), a.Cmp(b); got != want {
			t.Fatalf("%s and %s: %d, want %d", a, b, got, want)
		}
		m, n := r.Int64()-r.Int64(), r.Int64()-r.Int64()
		ints := Key{class: keyInt}
		if got, want := bytes.Compare(ints.append(nil, value.Int(m)), ints.append(nil, value.Int(n))), cmp.Compare(m, n); got != want {
			t.Fatalf("%d and %d: %d, want %d", m, n, got, want)
		}
		if !bytes.Equal(key.append(nil, value.Int(m)), key.append(nil, value.Dec(value.DecimalOfUnscaled(m, 0)))) {
			t.Fatalf("%d has two keys", m)
		}
	}
	if bytes.Compare(key.append(nil, value.Null), key.append(nil, value.Dec(value.DecimalOfInt(-1)))) >= 0 {
		t.Error("NULL is not first")
	}
}
