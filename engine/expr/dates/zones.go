package dates

import (
	"strings"
	"time"

	"github.com/lxdb/lxdb/engine/expr"
	"github.com/lxdb/lxdb/engine/value"
)

// zoneFunctions go between UTC's seconds and the clocks of zones.
var zoneFunctions = []expr.Function{
	{Name: "unix_timestamp", Max: 1, Stable: true, Args: []expr.Arg{expr.Any}, Result: unixType, Eval: evalUnixTimestamp, About: "seconds since 1970 in UTC, of now or of a datetime of the session"},
	{Name: "from_unixtime", Min: 1, Max: 2, Build: buildFromUnixTime, About: "the session's datetime of seconds since 1970 in UTC; with a second argument, as a text in that format"},
	{Name: "from seconds", Min: 1, Max: 1, Stable: true, Args: []expr.Arg{expr.Decimal}, Result: fromUnixType, Eval: evalFromUnixTime, Print: printFromUnixTime, About: "what FROM_UNIXTIME of one argument is"},
	{Name: "convert_tz", Min: 3, Max: 3, Args: []expr.Arg{expr.DateTime, expr.Text, expr.Text}, Result: convertType, Prepare: zonesOf, Eval: evalConvertTZ, About: "a datetime from one zone in another; a zone is +hh:mm, SYSTEM or a name such as Europe/Berlin"},
}

// lastSecond is the end of what UNIX_TIMESTAMP and its kin know: 3001-01-18 23:59:59.
const lastSecond = 32536771199

func unixType(f *expr.Call) (value.Type, error) {
	if len(f.Args) == 0 {
		return value.BigInt, nil
	}
	if fsp := fraction(f, 0, false); fsp > 0 {
		return nullable(value.DecimalOf(11+fsp, fsp))
	}
	return nullable(value.BigInt)
}

// evalUnixTimestamp is 0 for what is no date or outside the range.
func evalUnixTimestamp(c *expr.Ctx, f *expr.Call, a []value.Value) (value.Value, error) {
	if len(a) == 0 {
		return value.Int(c.Now.Unix()), nil
	}
	v, err := value.ToDateTime(c.Env, a[0], f.Arg(0))
	if err != nil {
		return value.Null, err
	}
	var seconds, micro int64
	d := value.CivilOf(v.DateTime())
	if t, ok := value.Moment(v.DateTime(), c.Zone()); !v.IsNull() && ok && d.Month > 0 && d.Day > 0 && t.Unix() >= 0 && t.Unix() <= lastSecond {
		seconds, micro = t.Unix(), int64(d.Micro)
	}
	if f.Type().Kind == value.TypeDecimal {
		return value.Dec(value.DecimalOfUnscaled(seconds*value.MicrosPerSecond+micro, 6).Truncate(int(f.Type().Scale))), nil
	}
	return value.Int(seconds), nil
}

func buildFromUnixTime(b *expr.Builder, args []expr.Expr) (expr.Expr, error) {
	at, err := b.Call("from seconds", args[0])
	if err != nil || len(args) == 1 {
		return at, err
	}
	return b.Call("date_format", at, args[1])
}

func printFromUnixTime(args []expr.Expr) string { return "from_unixtime(" + args[0].String() + ")" }

func fromUnixType(f *expr.Call) (value.Type, error) { return dateTimeType(digits(f.Arg(0))) }

func evalFromUnixTime(c *expr.Ctx, f *expr.Call, a []value.Value) (value.Value, error) {
	n := a[0].Decimal()
	m, ok := micros(n.Round(int(f.Type().Scale)))
	if !ok || n.Sign() < 0 || m/value.MicrosPerSecond > lastSecond {
		return value.Null, nil
	}
	d, _ := value.PackTime(time.UnixMicro(m).In(c.Zone()))
	return value.DateTime(d), nil
}

func convertType(f *expr.Call) (value.Type, error) { return dateTimeType(fraction(f, 0, false)) }

// zonesOf finds the zones that are constant, as State; nil is one that is not.
func zonesOf(f *expr.Call) (any, error) {
	var out [2]*time.Location
	for i := range out {
		if v, ok := f.Const(i + 1); ok && !v.IsNull() {
			out[i], _ = zoneNamed(v.Text())
		}
	}
	return out, nil
}

// zoneNamed is an offset between -13:59 and +14:00, SYSTEM or a name, in any case.
func zoneNamed(name string) (*time.Location, bool) {
	if strings.EqualFold(name, "system") {
		return time.Local, true
	}
	if offset, ok := value.OffsetOf(name); ok {
		return time.FixedZone(name, offset), true
	}
	// names have letters, digits and -+_/, never a way out of the data of zones
	if name == "" || len(name) > 64 || strings.EqualFold(name, "local") || strings.Trim(name, zoneLetters) != "" {
		return nil, false
	}
	for _, n := range []string{name, strings.ToUpper(name), capitals(name)} {
		if z, err := time.LoadLocation(n); err == nil {
			return z, true
		}
	}
	return nil, false
}

const zoneLetters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-+_/"

// capitals writes a name as most zones are: America/New_York.
func capitals(name string) string {
	out := []byte(strings.ToLower(name))
	for i := range out {
		if (i == 0 || strings.IndexByte("/_-", out[i-1]) >= 0) && out[i] >= 'a' && out[i] <= 'z' {
			out[i] -= 'a' - 'A'
		}
	}
	return string(out)
}

// zone finds a zone that was not constant, and remembers a few of them.
func zone(c *expr.Ctx, f *expr.Call, i int, v value.Value) *time.Location {
	if z := f.State.([2]*time.Location)[i]; z != nil {
		return z
	}
	known := c.Keep(f, func() any { return map[string]*time.Location{} }).(map[string]*time.Location)
	z, ok := known[string(v.Bytes())]
	if !ok {
		z, _ = zoneNamed(v.Text())
		if len(known) < 1000 && len(v.Bytes()) <= 64 {
			known[v.Text()] = z
		}
	}
	return z
}

// evalConvertTZ leaves what is outside of TIMESTAMP's range as it is.
func evalConvertTZ(c *expr.Ctx, f *expr.Call, a []value.Value) (value.Value, error) {
	from, to := zone(c, f, 0, a[1]), zone(c, f, 1, a[2])
	_, ok, err := calendar(c, f, 0, a[0])
	if err != nil || !ok || from == nil || to == nil {
		return value.Null, err
	}
	fsp := int(f.Type().Scale)
	t, ok := value.Moment(a[0].DateTime(), from)
	if !ok || t.Unix() < 1 || t.Unix() > lastSecond {
		return value.DateTime(value.CutFraction(a[0].DateTime(), fsp)), nil
	}
	d, ok := value.PackTime(t.In(to))
	if !ok {
		return value.Null, nil
	}
	return value.DateTime(value.CutFraction(d, fsp)), nil
}
