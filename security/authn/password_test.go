package authn

import (
	"context"
	"errors"
	"strings"
	"testing"
)

// cheap makes tests quick; nothing in them depends on the costs.
var cheap = Params{MemoryKiB: 64, Time: 1, Threads: 1}

func TestHashAndVerify(t *testing.T) {
	ctx := context.Background()
	h := NewHasher(cheap, 2)
	a, err := h.Hash(ctx, "geheim")
	if err != nil {
		t.Fatal(err)
	}
	b, err := h.Hash(ctx, "geheim")
	if err != nil {
		t.Fatal(err)
	}
	if a == b {
		t.Error("two hashes of one password are equal: no salt")
	}
	if !strings.HasPrefix(a, "$argon2id$v=19$m=64,t=1,p=1$") {
		t.Errorf("not a PHC string: %s", a)
	}
	// Other costs than the hasher's own are those in the string.
	other := NewHasher(Params{MemoryKiB: 128, Time: 2, Threads: 2}, 1)
	for _, hasher := range []*Hasher{h, other} {
		if ok, err := hasher.Verify(ctx, a, "geheim"); !ok || err != nil {
			t.Errorf("right password: %t, %v", ok, err)
		}
		for _, wrong := range []string{"Geheim", "geheim ", "g", strings.Repeat("x", MaxPasswordBytes)} {
			if ok, err := hasher.Verify(ctx, a, wrong); ok || err != nil {
				t.Errorf("password %q: %t, %v", wrong, ok, err)
			}
		}
	}
}

// TestReferenceHash is a hash made by the reference implementation's command
// line (echo -n password | argon2 somesalt -id -t 2 -m 16 -p 1 -l 24 -e).
func TestReferenceHash(t *testing.T) {
	const phc = "$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc"
	if ok, err := NewHasher(cheap, 1).Verify(context.Background(), phc, "password"); !ok || err != nil {
		t.Errorf("reference hash: %t, %v", ok, err)
	}
}

func TestImpossiblePasswords(t *testing.T) {
	ctx := context.Background()
	h := NewHasher(cheap, 1)
	phc, err := h.Hash(ctx, "x")
	if err != nil {
		t.Fatal(err)
	}
	for password, want := range map[string]error{
		"":                                      ErrPasswordEmpty,
		"x\x00":                                 ErrPasswordNUL,
		strings.Repeat("x", MaxPasswordBytes+1): ErrPasswordTooLong,
	} {
		if _, err := h.Hash(ctx, password); !errors.Is(err, want) {
			t.Errorf("Hash of %d bytes: %v", len(password), err)
		}
		if ok, err := h.Verify(ctx, phc, password); ok || !errors.Is(err, want) {
			t.Errorf("Verify of %d bytes: %t, %v", len(password), ok, err)
		}
	}
}

// TestDecoyIsNeverRight: without a usable hash no password is right, not even
// the decoy's hash against itself.
func TestDecoyIsNeverRight(t *testing.T) {
	h := NewHasher(cheap, 1)
	for _, phc := range []string{"", "x", "$argon2id$v=19$m=64,t=1,p=1$AAAA$", strings.Replace(h.decoy, "v=19", "v=18", 1)} {
		for _, password := range []string{"x", phc, h.decoy} {
			if password == "" {
				continue
			}
			ok, err := h.Verify(context.Background(), phc, password)
			if ok || (err == nil) != (phc == "") {
				t.Errorf("hash %q, password %q: %t, %v", phc, password, ok, err)
			}
		}
	}
}

// TestEveryVerifyTakesASlot shows that whoever has no usable hash costs the
// same work: with all slots taken he waits as everybody does.
func TestEveryVerifyTakesASlot(t *testing.T) {
	h := NewHasher(cheap, 1)
	phc, err := h.Hash(context.Background(), "x")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	h.slots <- struct{}{}
	for _, stored := range []string{phc, "", "broken"} {
		if ok, err := h.Verify(ctx, stored, "x"); ok || !errors.Is(err, context.Canceled) {
			t.Errorf("hash %q: %t, %v", stored, ok, err)
		}
	}
	if _, err := h.Hash(ctx, "x"); !errors.Is(err, context.Canceled) {
		t.Errorf("Hash without a slot: %v", err)
	}
	<-h.slots
	if ok, err := h.Verify(context.Background(), phc, "x"); !ok || err != nil {
		t.Errorf("with a slot: %t, %v", ok, err)
	}
}

func FuzzParsePHC(f *testing.F) {
	seeds := []string{
		NewHasher(cheap, 1).decoy,
		"$argon2id$v=19$m=19456,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc",
		"$argon2i$v=19$m=64,t=1,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc",
		"$argon2id$v=19$m=4294967295,t=1,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc",
		"$argon2id$v=19$m=064,t=+1,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc",
		"$$$$$", "",
	}
	accepted := 0
	for _, s := range seeds {
		f.Add(s)
		if _, _, _, err := parsePHC(s); err == nil {
			accepted++
		}
	}
	if accepted != 2 {
		f.Fatalf("%d of the seeds parse, want the first two", accepted)
	}
	f.Fuzz(func(t *testing.T, phc string) {
		p, salt, sum, err := parsePHC(phc)
		if err != nil {
			return
		}
		if !p.sound() || len(salt) == 0 || len(sum) == 0 {
			t.Errorf("unsound: %+v, salt %x, hash %x", p, salt, sum)
		}
		if back := formatPHC(p, salt, sum); back != phc {
			t.Errorf("%q reads back as %q", phc, back)
		}
	})
}
