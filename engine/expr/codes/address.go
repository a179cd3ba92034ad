package codes

import (
	"encoding/binary"
	"net/netip"
	"strconv"
	"strings"

	"github.com/lxdb/lxdb/engine/expr"
	"github.com/lxdb/lxdb/engine/sqlerr"
	"github.com/lxdb/lxdb/engine/value"
)

// addressFunctions read and show addresses of the internet.
var addressFunctions = []expr.Function{
	{Name: "inet_aton", Min: 1, Max: 1, Args: []expr.Arg{expr.Text}, Result: expr.Nullable(value.BigUint), Eval: evalInetAton, About: "the number of an IPv4 address"},
	{Name: "inet_ntoa", Min: 1, Max: 1, Args: []expr.Arg{expr.Integer}, Text: expr.Connection, Result: expr.Nullable(value.Text(nil, 15)), Eval: evalInetNtoa, About: "the IPv4 address of a number"},
	{Name: "inet6_aton", Min: 1, Max: 1, Args: []expr.Arg{expr.Text}, Text: expr.Fixed, Result: expr.Nullable(value.BytesOf(16)), Eval: evalInet6Aton, About: "the bytes of an IPv4 or IPv6 address"},
	{Name: "inet6_ntoa", Min: 1, Max: 1, Args: []expr.Arg{expr.Text}, Text: expr.Connection, Result: expr.Nullable(value.Text(nil, 39)), Eval: evalInet6Ntoa, About: "the address that bytes are"},
	{Name: "is_ipv4", Min: 1, Max: 1, Args: []expr.Arg{expr.Text}, Result: expr.Returns(value.Boolean), Eval: evalIsIPv4, About: "whether a text is an IPv4 address"},
	{Name: "is_ipv6", Min: 1, Max: 1, Args: []expr.Arg{expr.Text}, Result: expr.Returns(value.Boolean), Eval: evalIsIPv6, About: "whether a text is an IPv6 address"},
	{Name: "is_ipv4_compat", Min: 1, Max: 1, Args: []expr.Arg{expr.Text}, Result: expr.Returns(value.Boolean), Eval: evalIPv4Within(0, 0), About: "whether bytes are an IPv6 address that an IPv4 one is compatible with"},
	{Name: "is_ipv4_mapped", Min: 1, Max: 1, Args: []expr.Arg{expr.Text}, Result: expr.Returns(value.Boolean), Eval: evalIPv4Within(0xFF, 0xFF), About: "whether bytes are an IPv6 address that an IPv4 one is mapped to"},
}

// wrongFor is warning 1411 about an argument that is none of its kind.
func wrongFor(c *expr.Ctx, what, text, function string) error {
	return c.Warn(sqlerr.WrongValueForType, "Incorrect %s value: '%s' for function %s", what, value.Shown([]byte(text)), function)
}

// evalInetAton takes short forms, too: 127.1 is 127.0.0.1. A part may be empty, the
// last one may not.
func evalInetAton(c *expr.Ctx, _ *expr.Call, a []value.Value) (value.Value, error) {
	s := a[0].Bytes()
	var whole, part uint64
	dots, last, good := 0, byte('.'), true
	for _, last = range s {
		switch {
		case last >= '0' && last <= '9':
			part = part*10 + uint64(last-'0')
			good = good && part <= 255
		case last == '.':
			dots++
			whole, part = whole<<8+part, 0
		default:
			good = false
		}
		if !good {
			break
		}
	}
	if !good || last == '.' {
		return value.Null, wrongFor(c, "string", string(s), "inet_aton")
	}
	if dots == 1 || dots == 2 {
		whole <<= 8 * (3 - dots)
	}
	return value.Uint(whole<<8 + part), nil
}

func evalInetNtoa(c *expr.Ctx, f *expr.Call, a []value.Value) (value.Value, error) {
	n := a[0].Uint()
	if n > 1<<32-1 {
		return value.Null, wrongFor(c, "string", string(value.AppendText(nil, a[0], f.Arg(0))), "inet_ntoa")
	}
	return value.String(netip.AddrFrom4([4]byte{byte(n >> 24), byte(n >> 16), byte(n >> 8), byte(n)}).String()), nil
}

// address reads an address without a zone. Numbers of an IPv4 address may have zeros in
// front, up to three digits.
func address(text []byte) (netip.Addr, bool) {
	if parts := strings.Split(string(text), "."); len(parts) == 4 && !strings.Contains(parts[0], ":") {
		var ip [4]byte
		for i, p := range parts {
			n, err := strconv.ParseUint(p, 10, 8)
			if err != nil || len(p) > 3 {
				return netip.Addr{}, false
			}
			ip[i] = byte(n)
		}
		return netip.AddrFrom4(ip), true
	}
	a, err := netip.ParseAddr(string(text))
	return a, err == nil && a.Zone() == ""
}

func evalInet6Aton(c *expr.Ctx, f *expr.Call, a []value.Value) (value.Value, error) {
	addr, ok := address(a[0].Bytes())
	if !ok || f.Mixed.Binary() {
		return value.Null, wrongFor(c, "string", a[0].Text(), "inet6_aton")
	}
	return value.Bytes(addr.AsSlice()), nil
}

func evalInet6Ntoa(c *expr.Ctx, f *expr.Call, a []value.Value) (value.Value, error) {
	addr, ok := netip.AddrFromSlice(a[0].Bytes())
	if !ok || !f.Mixed.Binary() {
		return value.Null, wrongFor(c, "string", a[0].Text(), "inet6_ntoa")
	}
	return value.String(shown6(addr)), nil
}

// shown6 leaves out the longest run of zeros, even of one, and writes an IPv4 address
// that is compatible or mapped with points.
func shown6(a netip.Addr) string {
	if a.Is4() {
		return a.String()
	}
	ip := a.As16()
	var words [8]uint16
	start, length := -1, 0
	for i, run := 0, 0; i < 8; i++ {
		words[i] = uint16(ip[2*i])<<8 | uint16(ip[2*i+1])
		if words[i] != 0 {
			run = 0
			continue
		}
		if run++; run > length {
			start, length = i-run+1, run
		}
	}
	var out []byte
	for i := 0; i < 8; i++ {
		switch {
		case i == start:
			if i == 0 {
				out = append(out, ':')
			}
			out = append(out, ':')
			i += length - 1
		case i == 6 && start == 0 && (length == 6 || length == 5 && words[5] == 0xFFFF):
			return string(out) + netip.AddrFrom4([4]byte(ip[12:])).String()
		default:
			out = strconv.AppendUint(out, uint64(words[i]), 16)
			if i < 7 {
				out = append(out, ':')
			}
		}
	}
	return string(out)
}

func evalIsIPv4(_ *expr.Ctx, _ *expr.Call, a []value.Value) (value.Value, error) {
	addr, ok := address(a[0].Bytes())
	return value.Bool(ok && addr.Is4()), nil
}

func evalIsIPv6(_ *expr.Ctx, _ *expr.Call, a []value.Value) (value.Value, error) {
	addr, ok := address(a[0].Bytes())
	return value.Bool(ok && addr.Is6()), nil
}

// evalIPv4Within looks at the 16 bytes of an address: ten zeros, two given ones, and an
// IPv4 address, which in the compatible form is above 0.0.0.1.
func evalIPv4Within(x, y byte) func(*expr.Ctx, *expr.Call, []value.Value) (value.Value, error) {
	return func(_ *expr.Ctx, f *expr.Call, a []value.Value) (value.Value, error) {
		b := a[0].Bytes()
		if len(b) != 16 || !f.Mixed.Binary() {
			return value.Bool(false), nil
		}
		is := strings.Trim(string(b[:10]), "\x00") == "" && b[10] == x && b[11] == y
		return value.Bool(is && (x != 0 || binary.BigEndian.Uint32(b[12:]) > 1)), nil
	}
}
