package ldapclient

import (
	"errors"
	"testing"
	"time"

	ber "github.com/go-asn1-ber/asn1-ber"
	"github.com/go-ldap/ldap/v3"
)

// carried is a message with a number and what it carries.
func carried(id int64, op *ber.Packet) []byte {
	m := ber.NewSequence("message")
	m.AppendChild(ber.NewInteger(ber.ClassUniversal, ber.TypePrimitive, ber.TagInteger, id, ""))
	m.AppendChild(op)
	return m.Bytes()
}

// made is an operation whose parts are as they are written here.
func made(class ber.Class, tag ber.Tag, parts ...string) *ber.Packet {
	p := ber.Encode(class, ber.TypeConstructed, tag, nil, "")
	for _, part := range parts {
		child, err := ber.DecodePacketErr([]byte(part))
		if err != nil {
			panic(err)
		}
		p.AppendChild(child)
	}
	return p
}

// TestNoAnswer: what is no answer to a bind accepts no password, and what is no end of a
// search is no list of groups. The library alone takes each of these for success.
func TestNoAnswer(t *testing.T) {
	const success, text = "\x0a\x01\x00", "\x04\x00"
	app := ber.ClassApplication
	for name, answer := range map[string]func(own ber.Tag) *ber.Packet{
		"the end of a search":      func(ber.Tag) *ber.Packet { return done("search", 0, "") },
		"an extended response":     func(ber.Tag) *ber.Packet { return done("starttls", 0, "") },
		"a bind's":                 func(ber.Tag) *ber.Packet { return done("bind", 0, "") },
		"an answer to a change":    func(ber.Tag) *ber.Packet { return made(app, ldap.ApplicationModifyResponse, success, text, text) },
		"a request":                func(ber.Tag) *ber.Packet { return made(app, ldap.ApplicationBindRequest, success, text, text) },
		"an intermediate response": func(ber.Tag) *ber.Packet { return made(app, 25, success, text, text) },
		"of another class":         func(own ber.Tag) *ber.Packet { return made(ber.ClassContext, own, success, text, text) },
		"a code without bytes":     func(own ber.Tag) *ber.Packet { return made(app, own, "\x0a\x00", text, text) },
		"a code of nine bytes": func(own ber.Tag) *ber.Packet {
			return made(app, own, "\x0a\x09\x31\x00\x00\x00\x00\x00\x00\x00\x00", text, text)
		},
		"a code of five bytes":       func(own ber.Tag) *ber.Packet { return made(app, own, "\x0a\x05\x00\x00\x00\x00\x00", text, text) },
		"an integer as the code":     func(own ber.Tag) *ber.Packet { return made(app, own, "\x02\x01\x00", text, text) },
		"the code of another class":  func(own ber.Tag) *ber.Packet { return made(app, own, "\x8a\x01\x00", text, text) },
		"a code that is made of two": func(own ber.Tag) *ber.Packet { return made(app, own, "\x2a\x03\x0a\x01\x00", text, text) },
		"nothing but the code":       func(own ber.Tag) *ber.Packet { return made(app, own, success) },
		"no texts":                   func(own ber.Tag) *ber.Packet { return made(app, own, success, "\x05\x00", "\x05\x00") },
		"nothing":                    func(own ber.Tag) *ber.Packet { return made(app, own) },
	} {
		for _, asked := range []struct {
			op  string
			own ber.Tag
		}{{"bind", ldap.ApplicationBindResponse}, {"search", ldap.ApplicationSearchResultDone}} {
			op := answer(asked.own)
			if op.ClassType == app && op.Tag == asked.own && len(op.Children) == 3 && op.Children[0].ByteValue == nil {
				continue // done's, which is a right one here
			}
			err := loginAt(t, func(r request) []byte {
				if r.op == asked.op && (r.op == "search" || r.dn != service) {
					return carried(r.id, op)
				}
				return nil
			})
			if !errors.Is(err, ErrUnavailable) || !errors.Is(err, errAnswer) || errors.Is(err, ErrDenied) {
				t.Errorf("%s for a %s: %v", name, asked.op, err)
			}
		}
	}
}

// TestAnotherNumber: an answer to another request is none to this one.
func TestAnotherNumber(t *testing.T) {
	person := encode(company()[4], made(ber.ClassUniversal, ber.TagSequence, "\x04\x03uid"))
	for name, raw := range map[string]func(id int64) []byte{
		"0":              func(int64) []byte { return carried(0, done("bind", 0, "")) },
		"the next":       func(id int64) []byte { return carried(id+1, done("bind", 0, "")) },
		"the last":       func(id int64) []byte { return carried(id-1, done("bind", 0, "")) },
		"without bytes":  func(int64) []byte { return []byte("\x30\x0b\x02\x00\x61\x07\x0a\x01\x00\x04\x00\x04\x00") },
		"no number":      func(int64) []byte { return []byte("\x30\x0c\x04\x01\x01\x61\x07\x0a\x01\x00\x04\x00\x04\x00") },
		"no sequence":    func(int64) []byte { return []byte("\x31\x0c\x02\x01\x01\x61\x07\x0a\x01\x00\x04\x00\x04\x00") },
		"before its end": func(id int64) []byte { return append(carried(id+1, person), carried(id, done("bind", 0, ""))...) },
	} {
		err := loginAt(t, func(r request) []byte {
			if r.op == "bind" && r.dn != service {
				return raw(r.id)
			}
			return nil
		})
		if !errors.Is(err, ErrUnavailable) || !errors.Is(err, errAnswer) {
			t.Errorf("%s: %v", name, err)
		}
	}
	err := loginAt(t, func(r request) []byte {
		if r.op == "search" {
			return append(carried(r.id+7, person), carried(r.id, done("search", 0, ""))...)
		}
		return nil
	})
	if !errors.Is(err, errAnswer) {
		t.Errorf("an entry of another search: %v", err)
	}
}

// TestAnswersAfterTheEnd: what comes behind the end of a search is no answer to the next.
func TestAnswersAfterTheEnd(t *testing.T) {
	f := startFake(t)
	f.hook = func(r request) action {
		if r.op == "search" && r.conn == 1 {
			return action{raw: append(carried(r.id, done("search", 0, "")), carried(r.id+1, done("search", 0, ""))...)}
		}
		return action{}
	}
	c := mustNew(t, settingsFor(f.url()))
	if _, err := c.User(t.Context(), "alice"); !errors.Is(err, ErrNoUser) {
		t.Fatal(err)
	}
	if u, err := c.User(t.Context(), "alice"); err != nil || u.Name != "alice" {
		t.Errorf("%+v, %v", u, err)
	}
}

// loginAt is a login at a server that answers as raw says, where it says something.
func loginAt(t *testing.T, raw func(request) []byte) error {
	t.Helper()
	f := startFake(t, func(f *fake) {
		f.hook = func(r request) action { return action{raw: raw(r)} }
	})
	cfg := settingsFor(f.url())
	cfg.Timeout = 500 * time.Millisecond
	_, err := login(mustNew(t, cfg), "alice", "not her password")
	return err
}
