package ldapclient

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"sync"

	ber "github.com/go-asn1-ber/asn1-ber"
	"github.com/go-ldap/ldap/v3"
)

// errAnswer is a message that answers nothing that was asked, or says nothing.
var errAnswer = errors.New("the server's message is no answer to the request")

// answers lets only messages through to the library that answer the request which is
// under way. The library takes whatever carries the request's number for the answer to
// it, of any kind, and a result without a code for success: a bind would be
// accepted by the end of a search. What it gets here is an answer or the end of the line.
type answers struct {
	net.Conn
	from *bufio.Reader
	rest []byte // of the message that is being handed on

	mu    sync.Mutex
	id    int64   // of the request under way; 0: none
	op    ber.Tag // and what it is
	fault error   // what ended the line
}

func newAnswers(line net.Conn) *answers {
	return &answers{Conn: line, from: bufio.NewReader(line)}
}

// Write notes what is asked. The library writes each message at once.
func (a *answers) Write(p []byte) (int, error) {
	id, op, err := requestOf(p)
	if err != nil {
		return 0, err
	}
	a.mu.Lock()
	a.id, a.op = id, op
	a.mu.Unlock()
	return a.Conn.Write(p)
}

func requestOf(p []byte) (id int64, op ber.Tag, err error) {
	m, err := ber.DecodePacketErr(p)
	if err != nil {
		return 0, 0, err
	}
	id, request, err := envelope(m)
	if err != nil {
		return 0, 0, err
	}
	return id, request.Tag, nil
}

func (a *answers) Read(p []byte) (int, error) {
	if len(a.rest) == 0 {
		m, err := a.next()
		if err != nil {
			a.mu.Lock()
			a.fault = err
			a.mu.Unlock()
			return 0, err
		}
		a.rest = m
	}
	n := copy(p, a.rest)
	a.rest = a.rest[n:]
	return n, nil
}

// next reads a whole message and looks at it.
func (a *answers) next() (raw []byte, err error) {
	defer func() {
		// The decoder reads what a server made up.
		if p := recover(); p != nil {
			err = fmt.Errorf("%w: it cannot be decoded: %v", errAnswer, p)
		}
	}()
	var read bytes.Buffer
	m, err := ber.ReadPacket(io.TeeReader(a.from, &read))
	if err != nil {
		return nil, err
	}
	id, op, err := envelope(m)
	if err != nil {
		return nil, err
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if id != a.id || id == 0 {
		return nil, fmt.Errorf("%w: it has the number %d", errAnswer, id)
	}
	last, err := fits(a.op, op)
	if err != nil {
		return nil, err
	}
	if last {
		a.id = 0
	}
	return read.Bytes(), nil
}

// why is what ended the line, if it was a message that is no answer.
func (a *answers) why() error {
	a.mu.Lock()
	defer a.mu.Unlock()
	if errors.Is(a.fault, errAnswer) {
		return a.fault
	}
	return nil
}

// envelope takes a message apart: its number and what it carries (RFC 4511 4.1.1).
func envelope(m *ber.Packet) (id int64, op *ber.Packet, err error) {
	if !is(m, ber.ClassUniversal, ber.TypeConstructed, ber.TagSequence) || len(m.Children) < 2 {
		return 0, nil, fmt.Errorf("%w: it is no LDAP message", errAnswer)
	}
	number, op := m.Children[0], m.Children[1]
	id, ok := number.Value.(int64)
	if !ok || !is(number, ber.ClassUniversal, ber.TypePrimitive, ber.TagInteger) || !ofLength(number) || op.ClassType != ber.ClassApplication {
		return 0, nil, fmt.Errorf("%w: it is no LDAP message", errAnswer)
	}
	return id, op, nil
}

// fits says whether op answers a request, and whether it is the last of its answers.
func fits(request ber.Tag, op *ber.Packet) (last bool, err error) {
	want := ber.Tag(0)
	switch request {
	case ldap.ApplicationBindRequest:
		want = ldap.ApplicationBindResponse
	case ldap.ApplicationSearchRequest:
		if op.TagType == ber.TypeConstructed && (op.Tag == ldap.ApplicationSearchResultEntry || op.Tag == ldap.ApplicationSearchResultReference) {
			return false, nil
		}
		want = ldap.ApplicationSearchResultDone
	case ldap.ApplicationExtendedRequest:
		want = ldap.ApplicationExtendedResponse
	default:
		return false, fmt.Errorf("%w: nothing was asked", errAnswer)
	}
	if op.TagType != ber.TypeConstructed || op.Tag != want {
		return false, fmt.Errorf("%w: it is of the kind %d, and %d would be one", errAnswer, op.Tag, want)
	}
	if len(op.Children) < 3 || !is(op.Children[0], ber.ClassUniversal, ber.TypePrimitive, ber.TagEnumerated) || !ofLength(op.Children[0]) ||
		!is(op.Children[1], ber.ClassUniversal, ber.TypePrimitive, ber.TagOctetString) ||
		!is(op.Children[2], ber.ClassUniversal, ber.TypePrimitive, ber.TagOctetString) {
		return false, fmt.Errorf("%w: it has no result", errAnswer)
	}
	return true, nil
}

func is(p *ber.Packet, class ber.Class, form ber.Type, tag ber.Tag) bool {
	return p.ClassType == class && p.TagType == form && p.Tag == tag
}

// ofLength: the decoder takes a number without bytes, and one of too many, for 0. LDAP's are
// of 31 bits.
func ofLength(number *ber.Packet) bool {
	return len(number.ByteValue) > 0 && len(number.ByteValue) <= 4
}
