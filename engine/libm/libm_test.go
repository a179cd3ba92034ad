package libm

import (
	"math"
	"testing"
)

// TestLastDigit holds functions to all 17 digits, as a C library has them.
func TestLastDigit(t *testing.T) {
	for _, c := range []struct {
		name      string
		got, want float64
	}{
		{"log10(1000)", Log10(1000), 3},
		{"log10(1e15)", Log10(1e15), 15},
		{"log10(0.1)", Log10(0.1), -1},
		{"ln(10)", Ln(10), 2.302585092994046},
		{"ln(1)", Ln(1), 0},
		{"ln(1.0000000001)", Ln(1.0000000001), 1.000000082690371e-10},
		{"ln(5e-324)", Ln(5e-324), -744.4400719213812},
		{"exp(1)", Exp(1), 2.718281828459045},
		{"exp(-700)", Exp(-700), 9.859676543759770e-305},
		{"exp(0)", Exp(0), 1},
		{"pow(10, 127)", Pow(10, 127), 1e127},
		{"pow(65535, 10.505)", Pow(65535, 10.505), 3.954140129328334e50},
		{"pow(-2, 3)", Pow(-2, 3), -8},
		{"pow(-2, -2)", Pow(-2, -2), 0.25},
		{"pow(2, -1074)", Pow(2, -1074), 5e-324},
		{"tan(1)", Tan(1), 1.5574077246549023},
		{"sin(18446744073709551615)", Sin(18446744073709551615), 0.023598509904439558},
		{"sin(largest)", Sin(math.MaxFloat64), 0.004961954789184062},
		{"cos(9223372036854775807)", Cos(9223372036854775807), 0.011800076512800236},
		{"sin(0)", Sin(0), 0},
		{"sin(pi)", Sin(math.Pi), 1.2246467991473532e-16},
		{"cos(pi/2)", Cos(math.Pi / 2), 6.123233995736766e-17},
		{"asin(1)", Asin(1), 1.5707963267948966},
		{"asin(0.5)", Asin(0.5), 0.5235987755982989},
		{"acos(-1)", Acos(-1), 3.141592653589793},
		{"acos(1)", Acos(1), 0},
		{"atan(1)", Atan(1), 0.7853981633974483},
		{"atan2(-1, -1)", Atan2(-1, -1), -2.356194490192345},
	} {
		if c.got != c.want {
			t.Errorf("%s is %v, want %v", c.name, c.got, c.want)
		}
	}
	for _, x := range []float64{math.Inf(1), math.NaN(), 2} {
		if !math.IsNaN(Asin(x)) || !math.IsNaN(Acos(x)) {
			t.Errorf("asin and acos of %v are no numbers", x)
		}
	}
	if !math.IsInf(Exp(1000), 1) || Exp(-1000) != 0 || !math.IsInf(Pow(10, 400), 1) || !math.IsNaN(Pow(-2, 0.5)) {
		t.Error("what is too large or has no value stays so")
	}
}
