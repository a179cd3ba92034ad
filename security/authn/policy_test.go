package authn

import (
	"errors"
	"strings"
	"testing"
)

func TestPolicy(t *testing.T) {
	for _, c := range []struct {
		min            int
		name, password string
		want           error
	}{
		{0, "ann", "x", nil},
		{0, "ann", "ann", nil},
		{0, "ann", "", ErrPasswordEmpty},
		{1, "ann", "ann", nil},
		{1, "ann", strings.Repeat("x", MaxPasswordBytes), nil},
		{1, "ann", strings.Repeat("x", MaxPasswordBytes+1), ErrPasswordTooLong},
		{8, "ann", "1234567", ErrPasswordTooShort},
		{8, "ann", "12345678", nil},
		{8, "ann", "ééééééé", ErrPasswordTooShort}, // 14 bytes, 7 characters
		{8, "ann", "éééééééé", nil},
		{8, "Annabella", "ANNABELLA", ErrPasswordIsName},
		{8, "Annabella", "annabella1", nil},
		{8, "ann", "1234567\x00", ErrPasswordNUL},
		{8, "ann", "", ErrPasswordEmpty},
		{MaxMinLength, "ann", strings.Repeat("x", MaxMinLength), nil},
	} {
		if err := (Policy{MinLength: c.min}).Check(c.name, c.password); !errors.Is(err, c.want) {
			t.Errorf("min %d, %q for %s: %v, want %v", c.min, c.password, c.name, err, c.want)
		}
	}
}

func TestPolicyBounds(t *testing.T) {
	for n, ok := range map[int]bool{-1: false, 0: true, 1: true, MaxMinLength: true, MaxMinLength + 1: false} {
		p := Policy{MinLength: n}
		if err := p.Validate(); (err == nil) != ok {
			t.Errorf("%d: %v", n, err)
		}
	}
	if rule := (Policy{MinLength: 12}).Rule(); !strings.Contains(rule, "12") {
		t.Errorf("rule %q", rule)
	}
}
