package codes

import (
	"bytes"
	"compress/zlib"
	"crypto/md5"
	"crypto/rand"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/binary"
	"encoding/hex"
	"io"
	"unicode/utf8"

	"github.com/lxdb/lxdb/engine/expr"
	"github.com/lxdb/lxdb/engine/sqlerr"
	"github.com/lxdb/lxdb/engine/value"
)

// hashFunctions are hashes, random bytes and compression.
var hashFunctions = []expr.Function{
	{Name: "md5", Min: 1, Max: 1, Args: []expr.Arg{expr.Encoded}, Text: expr.Connection, Result: expr.Returns(value.Text(nil, 32)), Eval: evalMD5, About: "the MD5 hash in hexadecimal digits"},
	{Name: "sha1", Aliases: []string{"sha"}, Min: 1, Max: 1, Args: []expr.Arg{expr.Encoded}, Text: expr.Connection, Result: expr.Returns(value.Text(nil, 40)), Eval: evalSHA1, About: "the SHA-1 hash in hexadecimal digits"},
	{Name: "sha2", Min: 2, Max: 2, Args: []expr.Arg{expr.Encoded, expr.Int}, Text: expr.Connection, Result: sha2Type, Eval: evalSHA2, About: "a SHA-2 hash of 224, 256, 384 or 512 bits (0 is 256) in hexadecimal digits"},
	{Name: "random_bytes", Min: 1, Max: 1, Args: []expr.Arg{expr.Int}, Text: expr.Fixed, Volatile: true, Result: randomBytesType, Eval: evalRandomBytes, About: "so many random bytes, 1 to 1024"},
	{Name: "compress", Min: 1, Max: 1, Args: []expr.Arg{expr.Encoded}, Text: expr.Fixed, Grows: true, Result: compressType, Eval: evalCompress, About: "the bytes compressed by zlib, behind their number"},
	{Name: "uncompress", Min: 1, Max: 1, Args: []expr.Arg{expr.Encoded}, Text: expr.Fixed, Grows: true, Result: uncompressType, Eval: evalUncompress, About: "the bytes that were compressed"},
	{Name: "uncompressed_length", Min: 1, Max: 1, Args: []expr.Arg{expr.Encoded}, Result: expr.Nullable(lengthType), Eval: evalUncompressedLength, About: "how many bytes were compressed"},
	{Name: "validate_password_strength", Min: 1, Max: 1, Args: []expr.Arg{expr.Text}, Result: expr.ReturnsInt(10), Eval: evalPasswordStrength, About: "how strong a password is, 0 to 100"},
}

var (
	empty      = value.Bytes([]byte{})
	lengthType = value.Type{Kind: value.TypeBigInt, Unsigned: true, Length: 10, Coercibility: value.Numeric, ASCII: true}
)

func evalMD5(_ *expr.Ctx, _ *expr.Call, a []value.Value) (value.Value, error) {
	sum := md5.Sum(a[0].Bytes())
	return value.Bytes(hex.AppendEncode(nil, sum[:])), nil
}

func evalSHA1(_ *expr.Ctx, _ *expr.Call, a []value.Value) (value.Value, error) {
	sum := sha1.Sum(a[0].Bytes())
	return value.Bytes(hex.AppendEncode(nil, sum[:])), nil
}

func sha2Type(f *expr.Call) (value.Type, error) {
	n := 128
	if bits, ok := f.ConstInt(1); ok {
		n = map[int]int{224: 56, 256: 64, 0: 64, 384: 96, 512: 128}[bits]
	}
	t := value.Text(nil, n)
	t.Nullable = true
	return t, nil
}

func evalSHA2(c *expr.Ctx, f *expr.Call, a []value.Value) (value.Value, error) {
	sum := sha2(a[0].Bytes(), a[1].Int())
	if sum == nil {
		return value.Null, c.Warn(sqlerr.WrongParametersToNativeFunction, "Incorrect parameters in the call to native function '%s'", f.Function.Name)
	}
	return value.Bytes(hex.AppendEncode(nil, sum)), nil
}

// sha2 is nil for a number of bits that is none.
func sha2(s []byte, bits int64) []byte {
	switch bits {
	case 224:
		sum := sha256.Sum224(s)
		return sum[:]
	case 0, 256:
		sum := sha256.Sum256(s)
		return sum[:]
	case 384:
		sum := sha512.Sum384(s)
		return sum[:]
	case 512:
		sum := sha512.Sum512(s)
		return sum[:]
	}
	return nil
}

const maxRandomBytes = 1024

func randomBytesType(*expr.Call) (value.Type, error) {
	return value.BytesOf(maxRandomBytes), nil
}

func evalRandomBytes(_ *expr.Ctx, f *expr.Call, a []value.Value) (value.Value, error) {
	n := a[0].Int()
	if n < 1 || n > maxRandomBytes {
		return value.Null, value.OutOfRange("length", f.Function.Name)
	}
	out := make([]byte, n)
	rand.Read(out)
	return value.Bytes(out), nil
}

func compressType(f *expr.Call) (value.Type, error) {
	t := value.BytesOf(expr.Times(int64(f.Length(0)), 4) + 20)
	t.Nullable = true
	return t, nil
}

// evalCompress: four bytes with the length, the zlib stream, and a point if it ends
// in a space, which a CHAR column would lose.
func evalCompress(c *expr.Ctx, f *expr.Call, a []value.Value) (value.Value, error) {
	s := a[0].Bytes()
	if len(s) == 0 {
		return empty, nil
	}
	if large, err := c.TooLarge(f.Function.Name, len(s)); large || err != nil {
		return value.Null, err
	}
	out := bytes.NewBuffer(binary.LittleEndian.AppendUint32(nil, uint32(len(s))&0x3FFFFFFF))
	w := zlib.NewWriter(out)
	if err := write(c, w, s); err != nil {
		return value.Null, err
	}
	if err := w.Close(); err != nil {
		return value.Null, err
	}
	if b := out.Bytes(); b[len(b)-1] == ' ' {
		out.WriteByte('.')
	}
	return value.Bytes(out.Bytes()), nil
}

// write hands s on piece by piece, and stops when the statement is to end.
func write(c *expr.Ctx, w io.Writer, s []byte) error {
	for len(s) > 0 {
		if err := c.Context().Err(); err != nil {
			return err
		}
		n := min(len(s), 1<<20)
		if _, err := w.Write(s[:n]); err != nil {
			return err
		}
		s = s[n:]
	}
	return nil
}

func uncompressType(*expr.Call) (value.Type, error) {
	t := value.BytesOf(1<<24 - 1)
	t.Kind, t.Nullable = value.TypeLongText, true
	return t, nil
}

const compressHead = 4

func noCompressed(c *expr.Ctx) error {
	return c.Warn(sqlerr.ZlibDataError, "ZLIB: Input data corrupted")
}

func evalUncompress(c *expr.Ctx, f *expr.Call, a []value.Value) (value.Value, error) {
	s := a[0].Bytes()
	if len(s) == 0 {
		return empty, nil
	}
	if len(s) <= compressHead {
		return value.Null, noCompressed(c)
	}
	size := int(binary.LittleEndian.Uint32(s) & 0x3FFFFFFF)
	if size > c.PacketLimit() {
		return value.Null, c.Warn(sqlerr.TooBigForUncompress, "Uncompressed data size too large; the maximum size is %d (probably, length of uncompressed data was corrupted)", c.PacketLimit())
	}
	if large, err := c.TooLarge(f.Function.Name, size); large || err != nil {
		return value.Null, err
	}
	out, err := inflate(c, s[compressHead:], size)
	if err != nil {
		return value.Null, err
	}
	if out == nil {
		return value.Null, noCompressed(c)
	}
	return value.Bytes(out), nil
}

// inflate reads at most size bytes; nil is data that is no zlib stream of that size.
func inflate(c *expr.Ctx, s []byte, size int) ([]byte, error) {
	r, err := zlib.NewReader(bytes.NewReader(s))
	if err != nil {
		return nil, nil
	}
	out := make([]byte, 0, min(size, 1<<16))
	for {
		if err := c.Context().Err(); err != nil {
			return nil, err
		}
		piece := out[len(out):cap(out)]
		if len(piece) == 0 {
			out = append(out, make([]byte, min(max(size-len(out)+1, 1), 1<<20))...)[:len(out)]
			continue
		}
		n, err := r.Read(piece)
		out = out[:len(out)+n]
		switch {
		case len(out) > size:
			return nil, nil
		case err == io.EOF:
			return out, nil
		case err != nil:
			return nil, nil
		}
	}
}

func evalUncompressedLength(c *expr.Ctx, _ *expr.Call, a []value.Value) (value.Value, error) {
	s := a[0].Bytes()
	if len(s) == 0 {
		return value.Uint(0), nil
	}
	if len(s) <= compressHead {
		return value.Null, noCompressed(c)
	}
	return value.Uint(uint64(binary.LittleEndian.Uint32(s) & 0x3FFFFFFF)), nil
}

// evalPasswordStrength follows validate_password's default policy: 8 characters, a
// digit, a small and a capital letter, and something else.
func evalPasswordStrength(_ *expr.Ctx, _ *expr.Call, a []value.Value) (value.Value, error) {
	s := a[0].Bytes()
	n := utf8.RuneCount(s)
	switch {
	case n < 4:
		return value.Int(0), nil
	case n < 8:
		return value.Int(25), nil
	}
	var digit, small, capital, other bool
	for _, b := range s {
		switch {
		case b >= '0' && b <= '9':
			digit = true
		case b >= 'a' && b <= 'z':
			small = true
		case b >= 'A' && b <= 'Z':
			capital = true
		default:
			other = true
		}
	}
	if digit && small && capital && other {
		return value.Int(100), nil
	}
	return value.Int(50), nil
}
