package spatial

import (
	"math"

	"github.com/lxdb/lxdb/engine/expr"
	"github.com/lxdb/lxdb/engine/sqlerr"
	"github.com/lxdb/lxdb/engine/value"
)

// hashFunctions are geohashes: a text whose every character halves the area five times.
var hashFunctions = []expr.Function{
	{Name: "st_geohash", Min: 2, Max: 3, Build: buildHash, About: "the geohash of a point, or of a longitude and a latitude, of so many characters"},
	{Name: "geohash", Min: 3, Max: 3, Args: []expr.Arg{expr.Double, expr.Double, expr.Int}, Text: expr.Connection, Result: hashType, Print: printHash, Eval: evalHash, About: "ST_GeoHash of a longitude and a latitude"},
	{Name: "st_longfromgeohash", Min: 1, Max: 1, Args: []expr.Arg{expr.Text}, Result: returnsDouble, Eval: evalFromHash(true), About: "the longitude of a geohash"},
	{Name: "st_latfromgeohash", Min: 1, Max: 1, Args: []expr.Arg{expr.Text}, Result: returnsDouble, Eval: evalFromHash(false), About: "the latitude of a geohash"},
	{Name: "st_pointfromgeohash", Min: 2, Max: 2, Args: []expr.Arg{expr.Text, expr.Int}, Result: returnsGeometry, Eval: evalPointFromHash, About: "the point of a geohash"},
}

const hashDigits = "0123456789bcdefghjkmnpqrstuvwxyz"

func hashType(*expr.Call) (value.Type, error) {
	t := value.Text(nil, 100)
	t.Nullable = true
	return t, nil
}

func buildHash(b *expr.Builder, args []expr.Expr) (expr.Expr, error) {
	if len(args) == 3 {
		return b.Call("geohash", args...)
	}
	return expr.Sharing(args[0], func(point expr.Expr) (expr.Expr, error) {
		x, err := b.Call("st_x", point)
		if err != nil {
			return nil, err
		}
		y, err := b.Call("st_y", point)
		if err != nil {
			return nil, err
		}
		return b.Call("geohash", x, y, args[1])
	})
}

func printHash(args []expr.Expr) string {
	return "st_geohash(" + args[0].String() + "," + args[1].String() + "," + args[2].String() + ")"
}

func evalHash(_ *expr.Ctx, _ *expr.Call, a []value.Value) (value.Value, error) {
	long, lat, n := a[0].Double(), a[1].Double(), a[2].Int()
	for _, bad := range []struct {
		is   bool
		what string
	}{{long < -180 || long > 180, "longitude"}, {lat < -90 || lat > 90, "latitude"}, {n < 1 || n > 100, "max geohash length"}} {
		if bad.is {
			return value.Null, sqlerr.DataOutOfRange.Errorf("%s value is out of range in '%s'", bad.what, "st_geohash")
		}
	}
	low, high := point{-180, -90}, point{180, 90}
	var out []byte
	even, bits, digit := true, 0, 0
	for len(out) < int(n) {
		digit <<= 1
		if even {
			if mid := (low.x + high.x) / 2; long >= mid {
				digit, low.x = digit|1, mid
			} else {
				high.x = mid
			}
		} else if mid := (low.y + high.y) / 2; lat >= mid {
			digit, low.y = digit|1, mid
		} else {
			high.y = mid
		}
		even = !even
		if bits++; bits == 5 {
			out = append(out, hashDigits[digit])
			bits, digit = 0, 0
			if low.x == long && low.y == lat && long != 180 && exact(low, high) { // more characters say nothing
				break
			}
		}
	}
	return value.Bytes(out), nil
}

// exact says that halves of the area cannot be told apart any more.
func exact(low, high point) bool {
	return (low.x+high.x)/2 == low.x || (low.y+high.y)/2 == low.y
}

// area is that which a geohash stands for.
func area(s []byte) (low, high point, ok bool) {
	low, high = point{-180, -90}, point{180, 90}
	even := true
	for _, c := range s {
		digit := -1
		for i := range hashDigits {
			if c|0x20 == hashDigits[i] || c == hashDigits[i] {
				digit = i
			}
		}
		if digit < 0 {
			return low, high, false
		}
		for bit := 16; bit > 0; bit >>= 1 {
			up := digit&bit != 0
			if even {
				halve(&low.x, &high.x, up)
			} else {
				halve(&low.y, &high.y, up)
			}
			even = !even
		}
	}
	return low, high, len(s) > 0
}

func halve(low, high *float64, up bool) {
	mid := (*low + *high) / 2
	if up {
		*low = mid
	} else {
		*high = mid
	}
}

// shortest is the number of the fewest digits that lies between two.
func shortest(low, high float64) float64 {
	mid := (low + high) / 2
	for digits := range 17 {
		p := math.Pow10(digits)
		if r := math.Round(mid*p) / p; r >= low && r <= high {
			return r
		}
	}
	return mid
}

func wrongHash(s []byte, function string) error {
	return sqlerr.WrongValueForType.Errorf("Incorrect geohash value: '%s' for function %s", s, function)
}

func evalFromHash(longitude bool) func(*expr.Ctx, *expr.Call, []value.Value) (value.Value, error) {
	return func(_ *expr.Ctx, f *expr.Call, a []value.Value) (value.Value, error) {
		low, high, ok := area(a[0].Bytes())
		if !ok {
			return value.Null, wrongHash(a[0].Bytes(), f.Function.Name)
		}
		if longitude {
			return value.Double(shortest(low.x, high.x)), nil
		}
		return value.Double(shortest(low.y, high.y)), nil
	}
}

func evalPointFromHash(c *expr.Ctx, f *expr.Call, a []value.Value) (value.Value, error) {
	low, high, ok := area(a[0].Bytes())
	if !ok {
		return value.Null, wrongHash(a[0].Bytes(), f.Function.Name)
	}
	if err := known(a[1].Int()); err != nil {
		return value.Null, err
	}
	return givePoint(c, point{shortest(low.x, high.x), shortest(low.y, high.y)}, uint32(a[1].Int()))
}
