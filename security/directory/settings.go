package directory

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Settings say how far the directory's word goes. A zero field is its default.
type Settings struct {
	// CacheTTL is how long a proved password counts without asking again, and
	// how old the groups of a user with open sessions get: 60 s. Who is disabled
	// in the directory may log in, or go on, that long.
	CacheTTL time.Duration
	// NegativeTTL is how long a refused password is refused again without asking:
	// 10 s. It spares the directory's own count of failures.
	NegativeTTL time.Duration
	// StaleMax is how long groups hold while no server answers: 5 min.
	StaleMax time.Duration
	// AutoCreate makes an account for whoever the directory accepts. Without it
	// CREATE USER @name comes first.
	AutoCreate bool
	// RequireGroups lets in only who is in one of these groups, when it is not empty.
	RequireGroups []string
	// RoleMap makes the members of a group of the directory members of roles and
	// groups of this database.
	RoleMap map[string][]string
	// FallbackLocal are the database's own users who may log in: root.
	FallbackLocal []string
}

func orDefault(v *time.Duration, d time.Duration) {
	if *v == 0 {
		*v = d
	}
}

func (s Settings) withDefaults() Settings {
	orDefault(&s.CacheTTL, time.Minute)
	orDefault(&s.NegativeTTL, 10*time.Second)
	orDefault(&s.StaleMax, 5*time.Minute)
	if s.FallbackLocal == nil {
		s.FallbackLocal = []string{"root"}
	}
	return s
}

// Key is a setting of a configuration file.
type Key struct {
	Name, Help string
	set        func(*Settings, string) error
}

// Keys are the settings, for help texts.
func Keys() []Key { return slices.Clone(keys) }

var keys = []Key{
	{"ldap-cache-ttl", "how long a proved password and groups count without asking again (60s)", duration(func(s *Settings) *time.Duration { return &s.CacheTTL })},
	{"ldap-negative-ttl", "how long a refused password stays refused without asking again (10s)", duration(func(s *Settings) *time.Duration { return &s.NegativeTTL })},
	{"ldap-stale-max", "how long groups hold while no server answers (5m)", duration(func(s *Settings) *time.Duration { return &s.StaleMax })},
	{"ldap-auto-create", "make an account for whoever the directory accepts (false)", setAutoCreate},
	{"ldap-require-group", "let in only members of this group; may be repeated", list(func(s *Settings) *[]string { return &s.RequireGroups })},
	{"ldap-role-map", "GROUP=ROLE: members of the group hold the role or group of this database; may be repeated", setRoleMap},
	{"ldap-fallback-local", "a user of this database who may log in with a password kept here; may be repeated (root)", list(func(s *Settings) *[]string { return &s.FallbackLocal })},
}

// Several reports whether a setting may be given more than once.
func Several(key string) bool {
	return slices.Contains([]string{"ldap-require-group", "ldap-role-map", "ldap-fallback-local"}, key)
}

// Set takes one setting of a configuration file. known is false for a key that
// is no setting of this package.
func (s *Settings) Set(key, value string) (known bool, err error) {
	for _, k := range keys {
		if k.Name == key {
			if err := k.set(s, value); err != nil {
				return true, fmt.Errorf("%s: %w", key, err)
			}
			return true, nil
		}
	}
	return false, nil
}

func duration(field func(*Settings) *time.Duration) func(*Settings, string) error {
	return func(s *Settings, text string) error {
		d, err := time.ParseDuration(text)
		if err != nil || d <= 0 || d > 24*time.Hour {
			return fmt.Errorf("%q is no time from 1ns to 24h, such as 30s or 5m", text)
		}
		*field(s) = d
		return nil
	}
}

func list(field func(*Settings) *[]string) func(*Settings, string) error {
	return func(s *Settings, text string) error {
		*field(s) = append(*field(s), text)
		return nil
	}
}

func setAutoCreate(s *Settings, text string) error {
	on, err := strconv.ParseBool(text)
	if err != nil {
		return fmt.Errorf("%q is neither true nor false", text)
	}
	s.AutoCreate = on
	return nil
}

// setRoleMap reads GROUP=ROLE. The last = counts: names of groups may have one.
func setRoleMap(s *Settings, text string) error {
	at := strings.LastIndexByte(text, '=')
	if at <= 0 || at == len(text)-1 {
		return fmt.Errorf("%q is not GROUP=ROLE", text)
	}
	group, role := strings.TrimSpace(text[:at]), strings.TrimSpace(text[at+1:])
	if s.RoleMap == nil {
		s.RoleMap = map[string][]string{}
	}
	s.RoleMap[group] = append(s.RoleMap[group], role)
	return nil
}
