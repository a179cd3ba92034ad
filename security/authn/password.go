package authn

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"
	"sync/atomic"

	"golang.org/x/crypto/argon2"
)

// Params are argon2id's costs.
type Params struct {
	MemoryKiB uint32
	Time      uint32
	Threads   uint8
}

// DefaultParams are those that OWASP recommends for interactive logins: 19 MiB,
// two passes, one thread.
var DefaultParams = Params{MemoryKiB: 19 << 10, Time: 2, Threads: 1}

// Bounds on the costs in a stored hash, so that a record cannot make a login
// take all memory.
var maxParams = Params{MemoryKiB: 256 << 10, Time: 16, Threads: 16}

// MaxPasswordBytes bounds what is hashed.
const MaxPasswordBytes = 1024

const (
	saltBytes = 16
	hashBytes = 32
)

// Why a password cannot be set.
var (
	ErrPasswordEmpty   = errors.New("the password is empty")
	ErrPasswordTooLong = errors.New("the password is longer than 1024 bytes")
	ErrPasswordNUL     = errors.New("the password contains a NUL byte")
)

// errHash: a stored hash is not one that this program writes.
var errHash = errors.New("malformed password hash")

// CheckPassword says whether text can be a password at all. A NUL would end it
// early in the protocols of some clients.
func CheckPassword(password string) error {
	switch {
	case password == "":
		return ErrPasswordEmpty
	case len(password) > MaxPasswordBytes:
		return ErrPasswordTooLong
	case strings.IndexByte(password, 0) >= 0:
		return ErrPasswordNUL
	}
	return nil
}

// Hasher makes and checks argon2id hashes, no more than a fixed number at once:
// each takes Params.MemoryKiB, and a flood of logins must not take it all.
type Hasher struct {
	params Params
	slots  chan struct{}
	decoy  string
	made   atomic.Uint64 // hashes, as many for each login that is refused
}

// NewHasher makes a hasher that works on at most parallel passwords at once.
func NewHasher(params Params, parallel int) *Hasher {
	h := &Hasher{params: params, slots: make(chan struct{}, max(1, parallel))}
	// The decoy is the hash of a random password, compared with when there is
	// nothing to compare with, so that an unknown user takes the same time.
	h.decoy = h.hash(rand.Text())
	return h
}

// Hash makes the PHC string of a new password. It waits for a slot until ctx
// ends. Errors: those of CheckPassword, ctx's.
func (h *Hasher) Hash(ctx context.Context, password string) (string, error) {
	if err := CheckPassword(password); err != nil {
		return "", err
	}
	if err := h.acquire(ctx); err != nil {
		return "", err
	}
	defer h.release()
	return h.hash(password), nil
}

// Verify reports whether password is the one of a PHC string. An empty or
// malformed string takes the same work and is never right; only a malformed one
// is an error, which says nothing about the password.
func (h *Hasher) Verify(ctx context.Context, phc, password string) (bool, error) {
	if err := CheckPassword(password); err != nil {
		return false, err
	}
	params, salt, want, err := parsePHC(phc)
	usable := err == nil
	if !usable {
		if params, salt, want, _ = parsePHC(h.decoy); phc == "" {
			err = nil
		}
	}
	if slotErr := h.acquire(ctx); slotErr != nil {
		return false, slotErr
	}
	defer h.release()
	h.made.Add(1)
	got := argon2.IDKey([]byte(password), salt, params.Time, params.MemoryKiB, params.Threads, uint32(len(want)))
	equal := subtle.ConstantTimeCompare(got, want) == 1
	return equal && usable, err
}

func (h *Hasher) acquire(ctx context.Context) error {
	select {
	case h.slots <- struct{}{}:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("wait to check a password: %w", ctx.Err())
	}
}

func (h *Hasher) release() { <-h.slots }

func (h *Hasher) hash(password string) string {
	salt := make([]byte, saltBytes)
	rand.Read(salt) // never fails: it stops the program instead
	p := h.params
	sum := argon2.IDKey([]byte(password), salt, p.Time, p.MemoryKiB, p.Threads, hashBytes)
	return formatPHC(p, salt, sum)
}

func formatPHC(p Params, salt, sum []byte) string {
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s", argon2.Version, p.MemoryKiB, p.Time, p.Threads,
		phcEncoding.EncodeToString(salt), phcEncoding.EncodeToString(sum))
}

// phcEncoding is base64 without padding; strict, so that a hash has one text.
var phcEncoding = base64.RawStdEncoding.Strict()

// parsePHC reads $argon2id$v=19$m=19456,t=2,p=1$salt$hash. It accepts only what
// formatPHC writes: one form for each value, costs within bounds.
func parsePHC(phc string) (p Params, salt, sum []byte, err error) {
	parts := strings.Split(phc, "$")
	if len(parts) != 6 || parts[0] != "" || parts[1] != "argon2id" {
		return Params{}, nil, nil, errHash
	}
	var version int
	if _, err := fmt.Sscanf(parts[2]+" "+parts[3], "v=%d m=%d,t=%d,p=%d", &version, &p.MemoryKiB, &p.Time, &p.Threads); err != nil {
		return Params{}, nil, nil, errHash
	}
	canonical := fmt.Sprintf("v=%d$m=%d,t=%d,p=%d", version, p.MemoryKiB, p.Time, p.Threads)
	if version != argon2.Version || canonical != parts[2]+"$"+parts[3] || !p.sound() {
		return Params{}, nil, nil, errHash
	}
	salt, saltErr := phcEncoding.DecodeString(parts[4])
	sum, sumErr := phcEncoding.DecodeString(parts[5])
	if saltErr != nil || sumErr != nil || len(salt) < 8 || len(salt) > 64 || len(sum) < 16 || len(sum) > 64 {
		return Params{}, nil, nil, errHash
	}
	return p, salt, sum, nil
}

// CheckStored says whether text is the stored form of a password.
func CheckStored(text string) error {
	_, _, _, err := parsePHC(text)
	return err
}

func (p Params) sound() bool {
	return p.Time >= 1 && p.Threads >= 1 && p.MemoryKiB >= 8*uint32(p.Threads) &&
		p.Time <= maxParams.Time && p.Threads <= maxParams.Threads && p.MemoryKiB <= maxParams.MemoryKiB
}
