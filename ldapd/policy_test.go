package ldapd

import (
	"context"
	"strings"
	"testing"

	"github.com/lxdb/lxdb/catalog"
)

// askPolicy is the password policy control in a request, as the only one.
var askPolicy = func() []byte {
	b, one := open(nil, tagSequence)
	return shut(appendBool(appendText(b, tagOctets, policyControl), tagBoolean, true), one)
}()

const noPolicyError = "3000"

func TestPolicyControl(t *testing.T) {
	h := newHouse(t)
	h.user("anna", "bob")
	anna := h.as("anna")
	root := h.as("root")
	const dn = "uid=anna,ou=users,dc=lxdb"
	for _, c := range []struct {
		what   string
		client *client
		op     tag
		body   []byte
		code   code
		policy string
	}{
		{"short", anna, opExtended, passwordBody("", "annapw", "abc"), constraintViolation, "3003810106"},
		{"his name", anna, opExtended, passwordBody("", "annapw", "anna"), constraintViolation, "3003810105"},
		{"without the old one", anna, opExtended, passwordBody("", "", "abcdef"), unwilling, "3003810104"},
		{"wrong old one", anna, opExtended, passwordBody("", "wrong", "abcdef"), invalidCredentials, noPolicyError},
		{"somebody else", anna, opExtended, passwordBody("bob", "bobpw", "abcdef"), noSuchObject, noPolicyError},
		{"taken away", anna, opModify, modifyBody(dn, []string{"delete userPassword: annapw"}), unwilling, "3003810103"},
		{"short, modify", anna, opModify, modifyBody(dn, []string{"delete userPassword: annapw", "add userPassword: abc"}), constraintViolation, "3003810106"},
		{"short, by root", root, opModify, modifyBody(dn, []string{"replace userPassword: abc"}), constraintViolation, "3003810106"},
		{"another attribute", root, opModify, modifyBody(dn, []string{"replace mail: a@x"}), success, noPolicyError},
		{"good", anna, opExtended, passwordBody("", "annapw", "annapw2"), success, noPolicyError},
		{"delete", root, opDelete, []byte(dn), success, ""},
	} {
		a := c.client.call(c.op, c.body, askPolicy...)
		if a.code != c.code || a.policy != c.policy {
			t.Errorf("%s: %v policy %s, want %d and %s", c.what, a, a.policy, c.code, c.policy)
		}
		if c.policy == "3003810106" && !strings.Contains(a.text, "too short") {
			t.Errorf("%s: the rule is not named: %v", c.what, a)
		}
	}
	if a := root.call(opModify, modifyBody("uid=bob,ou=users,dc=lxdb", []string{"replace userPassword: abc"})); a.code != constraintViolation || a.policy != "" {
		t.Errorf("control without being asked: %v %s", a, a.policy)
	}
}

// TestPolicyControlTellsNothing: the answers to refused binds are the same bytes,
// whoever is meant and why ever it was refused.
func TestPolicyControlTellsNothing(t *testing.T) {
	h := newHouse(t)
	h.user("anna", "locked")
	if err := h.edit(context.Background(), "locked", func(p *catalog.Principal) { p.Locked = true }); err != nil {
		t.Fatal(err)
	}
	answers := map[answer][]string{}
	for what, body := range map[string][]byte{
		"wrong":         bindBody(3, "uid=anna,ou=users,dc=lxdb", "wrong"),
		"short":         bindBody(3, "uid=anna,ou=users,dc=lxdb", "x"),
		"unknown":       bindBody(3, "uid=nobody,ou=users,dc=lxdb", "wrong"),
		"locked":        bindBody(3, "uid=locked,ou=users,dc=lxdb", "lockedpw"),
		"no user":       bindBody(3, "cn=devs,ou=groups,dc=lxdb", "wrong"),
		"no such DN":    bindBody(3, "uid=anna,dc=elsewhere", "wrong"),
		"much too long": bindBody(3, "uid=anna,ou=users,dc=lxdb", strings.Repeat("x", 2000)),
	} {
		a := h.dial().call(opBind, body, askPolicy...)
		answers[a] = append(answers[a], what)
	}
	if len(answers) != 1 {
		t.Errorf("refused binds differ: %v", answers)
	}
	for a := range answers {
		if a.code != invalidCredentials || a.policy != noPolicyError {
			t.Errorf("answer %v, policy %s", a, a.policy)
		}
	}
	if a := h.dial().call(opBind, bindBody(3, "uid=anna,ou=users,dc=lxdb", "annapw"), askPolicy...); a.code != success || a.policy != noPolicyError {
		t.Errorf("good bind: %v %s", a, a.policy)
	}
}
