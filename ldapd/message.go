package ldapd

import (
	"bufio"
	"errors"
	"io"
	"slices"
)

// Tags of protocolOp.
const (
	opBind             tag = 0x60
	opBindResponse     tag = 0x61
	opUnbind           tag = 0x42
	opSearch           tag = 0x63
	opSearchEntry      tag = 0x64
	opSearchDone       tag = 0x65
	opModify           tag = 0x66
	opModifyResponse   tag = 0x67
	opAdd              tag = 0x68
	opAddResponse      tag = 0x69
	opDelete           tag = 0x4A
	opDeleteResponse   tag = 0x6B
	opModifyDN         tag = 0x6C
	opModifyDNResponse tag = 0x6D
	opCompare          tag = 0x6E
	opCompareResponse  tag = 0x6F
	opAbandon          tag = 0x50
	opExtended         tag = 0x77
	opExtendedResponse tag = 0x78
)

// message is an LDAPMessage; its bytes belong to nobody else.
type message struct {
	id       int
	op       tag
	body     []byte
	controls []control
	size     int // bytes on the wire, without the head
}

type control struct {
	oid      string
	critical bool
	value    []byte
	hasValue bool
}

var (
	errFraming  = errors.New("this is no LDAP message")
	errTooLarge = errors.New("the message is too large")
	errBusy     = errors.New("too many large messages at once")
)

// readFrame reads the content of one message. The announced length is judged by
// admit before anything is allocated, and memory grows with what arrives.
func readFrame(r *bufio.Reader, admit func(n int) error) ([]byte, error) {
	first, err := r.ReadByte()
	if err != nil {
		return nil, err
	}
	if tag(first) != tagSequence {
		return nil, errFraming
	}
	head := make([]byte, 0, 5)
	for want := 1; len(head) < want; {
		b, err := r.ReadByte()
		if err != nil {
			return nil, err
		}
		head = append(head, b)
		if len(head) == 1 && b > 0x80 && b <= 0x84 {
			want = 1 + int(b&0x7F)
		}
	}
	n, _, err := lengthOf(head)
	if err != nil {
		return nil, errFraming
	}
	if err := admit(n); err != nil {
		return nil, err
	}
	var body []byte
	for len(body) < n {
		step := min(n-len(body), max(4096, len(body)))
		body = slices.Grow(body, step)[:len(body)+step]
		if _, err := io.ReadFull(r, body[len(body)-step:]); err != nil {
			return nil, err
		}
	}
	return body, nil
}

// parseMessage takes a message apart. What is left to read inside of it is known
// to be well-formed BER within the bounds.
func parseMessage(body []byte) (message, error) {
	nodes := maxElements
	if err := checkBER(body, maxDepth, &nodes); err != nil {
		return message{}, err
	}
	r := reader{rest: body}
	m := message{id: r.integer(tagInteger), size: len(body)}
	m.op, m.body = r.next()
	if r.bad || m.id == 0 || m.op&0xC0 != 0x40 {
		return message{}, errFraming
	}
	if list, ok := r.optional(nested(0)); ok {
		var err error
		if m.controls, err = parseControls(reader{rest: list}); err != nil {
			return message{}, err
		}
	}
	return m, nil
}

func parseControls(r reader) ([]control, error) {
	var list []control
	for r.more() {
		in := r.inside(tagSequence)
		c := control{oid: in.text(tagOctets)}
		if len(in.rest) > 0 && tag(in.rest[0]) == tagBoolean {
			c.critical = in.boolean(tagBoolean)
		}
		c.value, c.hasValue = in.optional(tagOctets)
		if in.bad || r.bad || len(list) == maxControls {
			return nil, errFraming
		}
		list = append(list, c)
	}
	return list, nil
}

// appendResult appends the message that ends an operation. extra, if any, goes
// behind the result, controls behind the operation.
func appendResult(dst []byte, id int, op tag, f *fault, extra, controls []byte) []byte {
	dst, msg := open(dst, tagSequence)
	dst = appendInt(dst, tagInteger, id)
	dst, res := open(dst, op)
	dst = appendInt(dst, tagEnumerated, int(f.code))
	dst = appendText(dst, tagOctets, f.matched)
	dst = appendText(dst, tagOctets, f.text)
	dst = append(dst, extra...)
	dst = shut(dst, res)
	dst = append(dst, controls...)
	return shut(dst, msg)
}

const noticeOID = "1.3.6.1.4.1.1466.20036"

// appendNotice appends the notice of disconnection.
func appendNotice(dst []byte, c code, text string) []byte {
	return appendResult(dst, 0, opExtendedResponse, &fault{code: c, text: text},
		appendText(nil, primitive(10), noticeOID), nil)
}
