package ldapclient

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/go-ldap/ldap/v3"
)

// TestCheck runs the check against faults and looks at which step tells, and
// whether its hint names the setting to change.
func TestCheck(t *testing.T) {
	id := newIdentity(t, "127.0.0.1")
	good := startFake(t)
	secure := startFake(t, func(f *fake) { f.tls, f.ldaps = id.conf, true })
	for _, tc := range []struct {
		name           string
		set            func(*Config)
		user, password string
		want           string // "step" of each failure, or the last step when there is none
		hint           string
	}{
		{"all is well", func(*Config) {}, "alice", "pw-alice", "groups", ""},
		{"without a password", func(*Config) {}, "alice", "", "groups", ""},
		{"without a user", func(*Config) {}, "", "", "group base", ""},
		{"anonymous", func(c *Config) { c.BindDN, c.BindPassword = "", "" }, "alice", "pw-alice", "groups", ""},
		{"settings", func(c *Config) { c.UserBase = "" }, "alice", "pw-alice", "settings failed", ""},
		{"unknown host", func(c *Config) { c.URLs, c.CAFile = []string{"ldaps://no-such-host.invalid"}, "" }, "alice", "", "resolve failed", "ldap-url"},
		{"nobody listens", func(c *Config) { c.URLs = []string{refusing(t)} }, "alice", "", "connect failed", "host and port"},
		{"second server down", func(c *Config) { c.URLs = append(c.URLs, refusing(t)) }, "alice", "pw-alice", "connect failed", "host and port"},
		{"authority", func(c *Config) { c.URLs, c.CAFile = []string{secure.url()}, "" }, "alice", "", "tls failed", "ldap-ca-file"},
		{"no TLS there", func(c *Config) { c.StartTLS = true }, "alice", "", "tls failed", "ldaps://"},
		{"service password", func(c *Config) { c.BindPassword = "wrong" }, "alice", "", "service bind failed", "password"},
		{"user base", func(c *Config) { c.UserBase, c.GroupBase = "ou=gone,"+suffix, groups }, "alice", "", "user base failed", "ldap-user-base"},
		{"group base", func(c *Config) { c.GroupBase = "ou=gone," + suffix }, "alice", "", "group base failed", "ldap-group-base"},
		{"unknown user", func(*Config) {}, "nobody", "x", "user search failed", "ldap-user-filter"},
		{"password", func(*Config) {}, "alice", "wrong", "user bind failed", ""},
		{"groups", func(c *Config) { c.InChain = true }, "alice", "pw-alice", "groups failed", ""},
		{"too many groups", func(c *Config) { c.MaxGroups = 2 }, "alice", "pw-alice", "groups failed", ""},
	} {
		cfg := settingsFor(good.url())
		tc.set(&cfg)
		cfg.Timeout = 500 * time.Millisecond
		last, hints, secrets := "", "", ""
		var failed []string
		err := cfg.Check(context.Background(), tc.user, tc.password, func(s Step) {
			last = s.Name
			secrets += s.Detail + s.Hint
			if s.Err != nil {
				failed = append(failed, s.Name+" failed")
				hints += s.Hint
				secrets += s.Err.Error()
			}
		})
		got := last
		if len(failed) > 0 {
			got = strings.Join(failed, ", ")
		}
		if got != tc.want || (err != nil) != (len(failed) > 0) || !strings.Contains(hints, tc.hint) {
			t.Errorf("%s: %s, hint %q; %s expected, hint with %q: %v", tc.name, got, hints, tc.want, tc.hint, err)
		}
		for _, secret := range []string{"pw-alice", "svc-secret"} {
			if strings.Contains(secrets, secret) {
				t.Errorf("%s: a password is shown", tc.name)
			}
		}
	}
}

// TestCheckDetail: what is found helps to write the next setting.
func TestCheckDetail(t *testing.T) {
	id := newIdentity(t, "127.0.0.1")
	f := startFake(t, func(f *fake) { f.tls = id.conf })
	cfg := settingsFor(f.url())
	cfg.StartTLS, cfg.CAFile = true, id.caFile
	details := map[string]string{}
	if err := cfg.Check(context.Background(), "ALICE", "pw-alice", func(s Step) { details[s.Name] = s.Detail }); err != nil {
		t.Fatal(err)
	}
	pin := keySum(id.leaf)
	for step, want := range map[string]string{
		"tls": "ldap-pin-sha256 = " + hexOf(pin[:]), "service bind": service, "user search": `called "alice"`, "groups": "devs, everyone, loop",
	} {
		if !strings.Contains(details[step], want) {
			t.Errorf("%s: %q lacks %q", step, details[step], want)
		}
	}
}

func TestHints(t *testing.T) {
	for code := range codeHints {
		err := serviceError("x", ldap.NewError(code, errors.New("y")))
		if hint(err) != codeHints[code] {
			t.Errorf("code %d: %q", code, hint(err))
		}
	}
	if hint(nil) != "" {
		t.Error("a hint for nothing")
	}
}
