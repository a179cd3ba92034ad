package codes

import (
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"strings"
	"sync/atomic"
	"time"

	"github.com/lxdb/lxdb/engine/expr"
	"github.com/lxdb/lxdb/engine/sqlerr"
	"github.com/lxdb/lxdb/engine/value"
)

// uuidFunctions make UUIDs, and read and show them.
var uuidFunctions = []expr.Function{
	{Name: "uuid", Volatile: true, Text: expr.Fixed, Result: expr.MadeName(36), Eval: evalUUID, About: "a new UUID of version 1, of random numbers instead of an address"},
	{Name: "uuid_short", Volatile: true, Result: expr.Returns(value.BigUint), Eval: evalUUIDShort, About: "a number that no other call gives while the server runs"},
	{Name: "is_uuid", Min: 1, Max: 1, Args: []expr.Arg{expr.Text}, Result: expr.Returns(value.Boolean), Eval: evalIsUUID, About: "whether a text is a UUID"},
	{Name: "uuid_to_bin", Min: 1, Max: 2, Args: []expr.Arg{expr.Text, expr.Bool}, Text: expr.Fixed, Result: expr.Nullable(value.BytesOf(16)), Eval: evalUUIDToBin, About: "the 16 bytes of a UUID; with 1 the time comes first"},
	{Name: "bin_to_uuid", Min: 1, Max: 2, Args: []expr.Arg{expr.Text, expr.Bool}, Text: expr.Connection, Result: expr.Nullable(value.Text(nil, 36)), Eval: evalBinToUUID, About: "the UUID of 16 bytes"},
}

// evalUUID makes one of version 1: the time is in it, the address is random.
func evalUUID(*expr.Ctx, *expr.Call, []value.Value) (value.Value, error) {
	var u [16]byte
	_, _ = rand.Read(u[8:]) // never fails
	const since1582 = 0x01B21DD213814000
	t := uint64(time.Now().UnixNano()/100) + since1582 + shortIDs.next()%10
	u[0], u[1], u[2], u[3] = byte(t>>24), byte(t>>16), byte(t>>8), byte(t)
	u[4], u[5], u[6], u[7] = byte(t>>40), byte(t>>32), 0x10|byte(t>>56)&0x0F, byte(t>>48)
	u[8], u[10] = u[8]&0x3F|0x80, u[10]|1 // no address of a device
	return value.String(uuidText(u)), nil
}

func uuidText(u [16]byte) string {
	return fmt.Sprintf("%x-%x-%x-%x-%x", u[:4], u[4:6], u[6:8], u[8:10], u[10:])
}

// parseUUID reads 32 digits, with dashes, and in braces.
func parseUUID(s string) (u [16]byte, ok bool) {
	if len(s) == 38 && s[0] == '{' && s[37] == '}' {
		s = s[1:37]
	}
	if len(s) == 36 {
		if s[8] != '-' || s[13] != '-' || s[18] != '-' || s[23] != '-' {
			return u, false
		}
		s = strings.ReplaceAll(s, "-", "")
	}
	if len(s) != 32 {
		return u, false
	}
	_, err := hex.Decode(u[:], []byte(s))
	return u, err == nil
}

func evalIsUUID(_ *expr.Ctx, _ *expr.Call, a []value.Value) (value.Value, error) {
	_, ok := parseUUID(a[0].Text())
	return value.Bool(ok), nil
}

func evalUUIDToBin(_ *expr.Ctx, _ *expr.Call, a []value.Value) (value.Value, error) {
	u, ok := parseUUID(a[0].Text())
	if !ok {
		return value.Null, sqlerr.WrongValueForType.Errorf("Incorrect string value: '%s' for function uuid_to_bin", value.Shown(a[0].Bytes()))
	}
	if len(a) == 2 && a[1].Int() != 0 {
		u = [16]byte{u[6], u[7], u[4], u[5], u[0], u[1], u[2], u[3], u[8], u[9], u[10], u[11], u[12], u[13], u[14], u[15]}
	}
	return value.Bytes(u[:]), nil
}

func evalBinToUUID(_ *expr.Ctx, _ *expr.Call, a []value.Value) (value.Value, error) {
	b := a[0].Bytes()
	if len(b) != 16 {
		return value.Null, sqlerr.WrongValueForType.Errorf("Incorrect string value: '%s' for function bin_to_uuid", value.Shown(b))
	}
	u := [16]byte(b)
	if len(a) == 2 && a[1].Int() != 0 {
		u = [16]byte{u[4], u[5], u[6], u[7], u[2], u[3], u[0], u[1], u[8], u[9], u[10], u[11], u[12], u[13], u[14], u[15]}
	}
	return value.String(uuidText(u)), nil
}

// shortIDs are UUID_SHORT's numbers: the second of the start, then a counter.
var shortIDs counter

type counter struct{ n atomic.Uint64 }

func (c *counter) next() uint64 {
	c.n.CompareAndSwap(0, uint64(time.Now().Unix())<<24)
	return c.n.Add(1)
}

// evalUUIDShort counts up from the moment when it was first asked for.
func evalUUIDShort(*expr.Ctx, *expr.Call, []value.Value) (value.Value, error) {
	return value.Uint(shortIDs.next()), nil
}
