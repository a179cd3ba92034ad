package authn

import (
	"errors"
	"fmt"
	"time"
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
	// What accounts do that say nothing themselves. LifetimeDays is after how many
	// days a password expires, 0 for never; History and ReuseDays how many earlier
	// passwords, and for how many days, cannot be set again; RequireCurrent asks who
	// changes his own for the one he has.
	LifetimeDays, History, ReuseDays int
	RequireCurrent                   bool
}

// LooksBack says how many earlier passwords, the current one included, and for how
// many days, cannot be set again.
func (p Policy) LooksBack(r catalog.Rules) (history, days int) {
	history, days = p.History, p.ReuseDays
	if r.History != nil {
		history = *r.History
	}
	if r.ReuseDays != nil {
		days = *r.ReuseDays
	}
	return history, days
}

// AsksCurrent says whether who changes his own password has to give the one before.
func (p Policy) AsksCurrent(r catalog.Rules) bool {
	if r.RequireCurrent != nil {
		return *r.RequireCurrent
	}
	return p.RequireCurrent
}

// Expired says whether an account's password must be changed before anything else.
func (p Policy) Expired(rec *catalog.Principal, now time.Time) bool {
	r := rec.Rule()
	if rec.Outside() || rec.Password == "" {
		return false
	}
	days := p.LifetimeDays
	if r.LifetimeDays != nil {
		days = *r.LifetimeDays
	}
	changed := time.UnixMicro(max(rec.PasswordChanged, rec.Created))
	return r.PasswordExpired || days > 0 && !now.Before(changed.Add(time.Duration(days)*24*time.Hour))
}

// Validate says whether it can be a policy at all.
func (p Policy) Validate() error {
	if p.MinLength < 0 || p.MinLength > MaxMinLength {
		return fmt.Errorf("a minimum password length of %d: it can be 1 to %d characters", p.MinLength, MaxMinLength)
	}
	for what, n := range map[string]int{"password lifetime": p.LifetimeDays, "number of earlier passwords": p.History, "reuse interval": p.ReuseDays} {
		if n < 0 || n > 65535 {
			return fmt.Errorf("a %s of %d: it can be 0 to 65535", what, n)
		}
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
