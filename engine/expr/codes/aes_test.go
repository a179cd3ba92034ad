package codes

import (
	"crypto/aes"
	"encoding/hex"
	"strings"
	"testing"
)

// TestAESModes has the examples of NIST SP 800-38A.
func TestAESModes(t *testing.T) {
	key, _ := hex.DecodeString("2b7e151628aed2a6abf7158809cf4f3c")
	iv, _ := hex.DecodeString("000102030405060708090a0b0c0d0e0f")
	for _, c := range []struct{ mode, plain, cipher string }{
		{"ecb", "6bc1bee22e409f96e93d7e117393172a", "3ad77bb40d7a3660a89ecaf32466ef97"},
		{"cbc", "6bc1bee22e409f96e93d7e117393172aae2d8a571e03ac9c9eb76fac45af8e51", "7649abac8119b246cee98e9b12e9197d5086cb9b507219ee95db113a917678b2"},
		{"cfb128", "6bc1bee22e409f96e93d7e117393172aae2d8a571e03ac9c9eb76fac45af8e51", "3b3fd92eb72dad20333449f8e83cfb4ac8a64537a0b3a93fcde3cdad9f1ce58b"},
		{"ofb", "6bc1bee22e409f96e93d7e117393172aae2d8a571e03ac9c9eb76fac45af8e51", "3b3fd92eb72dad20333449f8e83cfb4a7789508d16918f03f53c52dac54ed825"},
		{"cfb8", "6bc1bee22e409f96e93d7e117393172aae2d", "3b79424c9c0dd436bace9e0ed4586a4f32b9"},
		{"cfb1", "6bc1", "68b3"},
	} {
		block, err := aes.NewCipher(key)
		if err != nil {
			t.Fatal(err)
		}
		plain, _ := hex.DecodeString(c.plain)
		m := aesMode{16, c.mode}
		out, _ := m.run(block, iv, plain, true)
		if got := hex.EncodeToString(out); !strings.HasPrefix(got, c.cipher) {
			t.Errorf("%s encrypts to %s, want %s", c.mode, got, c.cipher)
		}
		back, ok := m.run(block, iv, out, false)
		if got := hex.EncodeToString(back); !ok || got != c.plain {
			t.Errorf("%s decrypts to %s, want %s", c.mode, got, c.plain)
		}
	}
}
