package authn

import (
	"errors"
	"fmt"
	"unicode/utf8"

	"github.com/lxdb/lxdb/catalog"
)

// MaxMinLength is the longest minimum that a Policy can have: the passwords that
// the program makes have that many characters, and they must satisfy it.
const MaxMinLength = 26

// Why a Policy refuses a password that could be one.
var (
	ErrPasswordTooShort = errors.New("the password is too short")
	ErrPasswordIsName   = errors.New("the password is the user's name")
)

// Policy is what a new password must satisfy, whoever sets it and by which way
// in. Passwords that are stored already are not asked about again. The zero
// Policy demands what CheckPassword does.
type Policy struct {
	// MinLength is in characters. Above 1 it also keeps the user's own name from
	// being his password.
	MinLength int
}

// Validate says whether it can be a policy at all.
func (p Policy) Validate() error {
	if p.MinLength < 0 || p.MinLength > MaxMinLength {
		return fmt.Errorf("a minimum password length of %d: it can be 1 to %d characters", p.MinLength, MaxMinLength)
	}
	return nil
}

// Check says whether name may have the password. Errors: those of CheckPassword,
// ErrPasswordTooShort, ErrPasswordIsName.
func (p Policy) Check(name, password string) error {
	if err := CheckPassword(password); err != nil {
		return err
	}
	switch {
	case utf8.RuneCountInString(password) < p.MinLength:
		return fmt.Errorf("%w: it needs %d characters", ErrPasswordTooShort, p.MinLength)
	case p.MinLength > 1 && catalog.FoldPrincipal(password) == catalog.FoldPrincipal(name):
		return ErrPasswordIsName
	}
	return nil
}

// Rule is what the policy demands, in a sentence for who has to choose a password.
func (p Policy) Rule() string {
	if p.MinLength <= 1 {
		return fmt.Sprintf("a password has 1 to %d bytes, none of them zero", MaxPasswordBytes)
	}
	return fmt.Sprintf("a password has at least %d characters and at most %d bytes, and is not the user's name", p.MinLength, MaxPasswordBytes)
}
