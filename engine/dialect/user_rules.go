package dialect

import (
	"strconv"

	"github.com/lxdb/lxdb/engine/lex"
)

// passwordRule reads a rule about passwords; PASSWORD is taken.
func (u *userReader) passwordRule() {
	p := u.p
	switch {
	case p.accept("EXPIRE", "NEVER"):
		u.set(&u.opts.Expire, Unbounded)
	case p.accept("EXPIRE", "INTERVAL"):
		n := u.number(1)
		p.expect("DAY")
		u.set(&u.opts.Expire, n)
	case p.at("EXPIRE", "DEFAULT") && !p.atAny(2, "SCHEMA", "ROLE"):
		p.i += 2
		u.set(&u.opts.Expire, ByDefault)
	case p.accept("EXPIRE"):
		u.set(&u.opts.Expire, ExpireNow)
	case p.accept("HISTORY", "DEFAULT"):
		u.set(&u.opts.History, ByDefault)
	case p.accept("HISTORY"):
		u.set(&u.opts.History, u.number(0))
	case p.accept("REUSE", "INTERVAL", "DEFAULT"):
		u.set(&u.opts.Reuse, ByDefault)
	case p.accept("REUSE", "INTERVAL"):
		n := u.number(0)
		p.expect("DAY")
		u.set(&u.opts.Reuse, n)
	case p.accept("REQUIRE", "CURRENT"):
		rule := CurrentRequired
		switch {
		case p.accept("OPTIONAL"):
			rule = CurrentOptional
		case p.at("DEFAULT") && !p.atAny(1, "SCHEMA", "ROLE"):
			p.i++
			rule = CurrentDefault
		}
		if u.opts.RequireCurrent != nil {
			p.unexpected("this is set twice")
		}
		u.opts.RequireCurrent = &rule
	default:
		p.i++
		p.unexpected("expected EXPIRE, HISTORY n, REUSE INTERVAL n DAY or REQUIRE CURRENT")
	}
}

// number reads a number of days or passwords, from least to 65535 as in MySQL.
func (u *userReader) number(least int) int {
	p := u.p
	t := p.peek()
	n, err := strconv.Atoi(p.value(t))
	if t.Kind != lex.Number || err != nil || n < least || n > 65535 {
		p.unexpected("expected a number up to 65535")
		return least
	}
	p.next()
	return n
}

// require reads what the connection must be; REQUIRE is taken.
func (u *userReader) require() {
	p := u.p
	if u.opts.Require != nil {
		p.unexpected("REQUIRE is written twice")
	}
	r := &Require{}
	u.opts.Require = r
	switch {
	case p.accept("NONE"):
		return
	case p.accept("SSL"):
		r.SSL = true
		return
	case p.accept("X509"):
		r.X509 = true
		return
	}
	for first := true; p.err == nil; first = false {
		into := map[string]*string{"SUBJECT": &r.Subject, "ISSUER": &r.Issuer, "CIPHER": &r.Cipher}
		found := false
		for _, word := range []string{"SUBJECT", "ISSUER", "CIPHER"} {
			if p.at(word) || !first && p.at("AND", word) {
				p.accept("AND")
				p.next()
				found = true
				if *into[word] != "" {
					p.unexpected(word + " is written twice")
				}
				if *into[word] = p.text("what it must be"); *into[word] == "" {
					p.unexpected(word + " must not be empty")
				}
				break
			}
		}
		if !found && first {
			p.unexpected("expected NONE, SSL, X509, SUBJECT, ISSUER or CIPHER")
		}
		if !found {
			return
		}
	}
}

// resource reads [WITH] MAX_… n, and reports whether one stands there.
func (u *userReader) resource() bool {
	p := u.p
	n := 0
	if p.at("WITH") {
		n = 1
	}
	for _, r := range resourceWords {
		if !p.wordAt(n, r.word) {
			continue
		}
		p.i += n + 1
		t := p.peek()
		v, err := strconv.ParseUint(p.value(t), 10, 31)
		if t.Kind != lex.Number || err != nil {
			p.unexpected("expected a number")
			return true
		}
		p.next()
		u.set(r.in(&u.opts), int(v))
		return true
	}
	return false
}
