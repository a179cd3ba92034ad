package codes

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/pbkdf2"
	"crypto/sha512"
	"strconv"
	"strings"

	"github.com/lxdb/lxdb/engine/expr"
	"github.com/lxdb/lxdb/engine/sqlerr"
	"github.com/lxdb/lxdb/engine/value"
)

// cipherFunctions are AES in the modes of block_encryption_mode.
var cipherFunctions = []expr.Function{
	{Name: "aes_encrypt", Min: 2, Max: 6, Args: []expr.Arg{expr.Encoded}, Null: expr.Own, Text: expr.Fixed, Stable: true, Grows: true, Result: aesType(true), Eval: evalAES(true), About: "encrypted by a key, an initialization vector and a way to derive the key"},
	{Name: "aes_decrypt", Min: 2, Max: 6, Args: []expr.Arg{expr.Encoded}, Null: expr.Own, Text: expr.Fixed, Stable: true, Result: aesType(false), Eval: evalAES(false), About: "what AES_ENCRYPT encrypted; NULL if the key is another one"},
}

func aesType(encrypt bool) func(*expr.Call) (value.Type, error) {
	return func(f *expr.Call) (value.Type, error) {
		n := f.Length(0)
		if t := f.Arg(0); encrypt && !t.IsBinary() && t.Collation != nil {
			n = expr.Times(int64(n), int64(t.Collation.MaxBytes))
		}
		if encrypt {
			n = n/aes.BlockSize*aes.BlockSize + aes.BlockSize
		}
		t := value.BytesOf(n)
		t.Nullable = true
		return t, nil
	}
}

// aesMode is what block_encryption_mode says.
type aesMode struct {
	keyBytes int
	chain    string // ecb, cbc, cfb1, cfb8, cfb128, ofb
}

// aesModeOf reads what the session says; MySQL's default is aes-128-ecb.
func aesModeOf(c *expr.Ctx) aesMode {
	words := strings.Split(c.Encryption, "-") // aes-256-cbc
	if len(words) != 3 {
		return aesMode{16, "ecb"}
	}
	bits, _ := strconv.Atoi(words[1])
	return aesMode{bits / 8, words[2]}
}

func evalAES(encrypt bool) func(*expr.Ctx, *expr.Call, []value.Value) (value.Value, error) {
	return func(c *expr.Ctx, f *expr.Call, a []value.Value) (value.Value, error) {
		mode := aesModeOf(c)
		iv, err := vector(c, f, mode, a)
		if err != nil {
			return value.Null, err
		}
		if a[0].IsNull() || a[1].IsNull() || mode.chain != "ecb" && a[2].IsNull() {
			return value.Null, nil
		}
		key, err := deriveKey(f, a, mode.keyBytes)
		if err != nil || key == nil {
			return value.Null, err
		}
		block, err := aes.NewCipher(key)
		if err != nil {
			return value.Null, err
		}
		s := a[0].Bytes()
		if large, err := c.TooLarge(f.Function.Name, len(s)+aes.BlockSize); large || err != nil {
			return value.Null, err
		}
		out, ok := mode.run(block, iv, s, encrypt)
		if !ok {
			return value.Null, nil
		}
		return value.Bytes(out), nil
	}
}

// vector is the initialization vector, which all modes but ECB need.
func vector(c *expr.Ctx, f *expr.Call, mode aesMode, a []value.Value) ([]byte, error) {
	if mode.chain == "ecb" {
		if len(a) > 2 && !a[2].IsNull() {
			return nil, c.Warn(sqlerr.WarnOptionIgnored, "<IV> option ignored")
		}
		return nil, nil
	}
	if len(a) < 3 {
		return nil, sqlerr.WrongParamCountToNativeFunction.Errorf("Incorrect parameter count in the call to native function '%s'", f.Function.Name)
	}
	if a[2].IsNull() {
		return nil, nil
	}
	iv := a[2].Bytes()
	if len(iv) < aes.BlockSize {
		return nil, sqlerr.AESInvalidIV.Errorf("The initialization vector supplied to %s is too short. Must be at least %d bytes long", f.Function.Name, aes.BlockSize)
	}
	return iv[:aes.BlockSize], nil
}

// deriveKey makes a key of the right length: by HKDF or PBKDF2 if one is named, else
// by MySQL's own way, which lays the bytes over one another.
func deriveKey(f *expr.Call, a []value.Value, size int) ([]byte, error) {
	for _, v := range a[min(3, len(a)):] {
		if v.IsNull() {
			return nil, nil
		}
	}
	arg := func(i int) []byte {
		if i < len(a) {
			return a[i].Bytes()
		}
		return nil
	}
	switch name := string(arg(3)); {
	case len(a) <= 3:
		key := make([]byte, size)
		for i, b := range a[1].Bytes() {
			key[i%size] ^= b
		}
		return key, nil
	case name == "hkdf":
		return hkdf.Key(sha512.New, a[1].Bytes(), arg(4), string(arg(5)), size)
	case name == "pbkdf2_hmac":
		rounds := 1000
		if len(a) > 5 {
			rounds, _ = strconv.Atoi(string(arg(5)))
		}
		if rounds < 1000 || rounds > 65535 {
			return nil, sqlerr.WrongArguments.Errorf("Incorrect arguments to %s", f.Function.Name).WithHint("PBKDF2 takes 1000 to 65535 rounds")
		}
		return pbkdf2.Key(sha512.New, string(a[1].Bytes()), arg(4), rounds, size)
	}
	return nil, sqlerr.WrongArguments.Errorf("Incorrect arguments to %s", f.Function.Name).WithHint("a key is derived by hkdf or pbkdf2_hmac")
}

func (m aesMode) run(block cipher.Block, iv, s []byte, encrypt bool) (out []byte, ok bool) {
	switch m.chain {
	case "ecb", "cbc":
		if encrypt {
			return m.encryptBlocks(block, iv, s), true
		}
		return m.decryptBlocks(block, iv, s)
	case "ofb":
		return feedback(block, iv, s, func(_, stream byte) byte { return stream }), true
	case "cfb8":
		return shiftFeedback(block, iv, s, 8, encrypt), true
	case "cfb1":
		return shiftFeedback(block, iv, s, 1, encrypt), true
	}
	if encrypt {
		return feedback(block, iv, s, func(in, stream byte) byte { return in ^ stream }), true
	}
	return feedback(block, iv, s, func(in, _ byte) byte { return in }), true
}

// encryptBlocks fills the last block up with bytes that tell how many they are.
func (m aesMode) encryptBlocks(block cipher.Block, iv, s []byte) []byte {
	pad := aes.BlockSize - len(s)%aes.BlockSize
	out := append(make([]byte, 0, len(s)+pad), s...)
	for range pad {
		out = append(out, byte(pad))
	}
	if m.chain == "cbc" {
		cipher.NewCBCEncrypter(block, iv).CryptBlocks(out, out)
		return out
	}
	for at := 0; at < len(out); at += aes.BlockSize {
		block.Encrypt(out[at:], out[at:])
	}
	return out
}

func (m aesMode) decryptBlocks(block cipher.Block, iv, s []byte) (out []byte, ok bool) {
	if len(s) == 0 || len(s)%aes.BlockSize != 0 {
		return nil, false
	}
	out = make([]byte, len(s))
	if m.chain == "cbc" {
		cipher.NewCBCDecrypter(block, iv).CryptBlocks(out, s)
	} else {
		for at := 0; at < len(s); at += aes.BlockSize {
			block.Decrypt(out[at:], s[at:])
		}
	}
	pad := int(out[len(out)-1])
	if pad < 1 || pad > aes.BlockSize {
		return nil, false
	}
	for _, b := range out[len(out)-pad:] {
		if int(b) != pad {
			return nil, false
		}
	}
	return out[:len(out)-pad], true
}

// feedback is OFB and CFB128: what goes into the next block is what next makes of a
// byte of the text and the byte that it was mixed with.
func feedback(block cipher.Block, iv, s []byte, next func(in, stream byte) byte) []byte {
	out := make([]byte, len(s))
	register, stream := append([]byte(nil), iv...), make([]byte, aes.BlockSize)
	for i, b := range s {
		at := i % aes.BlockSize
		if at == 0 {
			block.Encrypt(stream, register)
		}
		out[i] = b ^ stream[at]
		register[at] = next(b, stream[at])
	}
	return out
}

// shiftFeedback is CFB8 and CFB1: bits many go through at once, and into the register.
func shiftFeedback(block cipher.Block, iv, s []byte, bits int, encrypt bool) []byte {
	out := make([]byte, len(s))
	register, stream := append([]byte(nil), iv...), make([]byte, aes.BlockSize)
	for i, b := range s {
		for done := 0; done < 8; done += bits {
			block.Encrypt(stream, register)
			in := b << done >> (8 - bits)
			mixed := in ^ stream[0]>>(8-bits)
			out[i] |= mixed << (8 - bits - done)
			if encrypt {
				in = mixed
			}
			shiftLeft(register, bits, in)
		}
	}
	return out
}

func shiftLeft(register []byte, bits int, in byte) {
	for i := range register {
		next := in << (8 - bits)
		if i+1 < len(register) {
			next = register[i+1]
		}
		register[i] = register[i]<<bits | next>>(8-bits)
	}
}
