package ldapd

import (
	"errors"
	"math"
)

// tag is the identifier octet of a BER element. LDAP uses numbers below 31 only,
// so one octet is enough.
type tag byte

const (
	tagBoolean    tag = 0x01
	tagInteger    tag = 0x02
	tagOctets     tag = 0x04
	tagEnumerated tag = 0x0A
	tagSequence   tag = 0x30
	tagSet        tag = 0x31

	constructed tag = 0x20
)

// primitive is the tag [n] of a primitive element.
func primitive(n byte) tag { return tag(0x80 | n) }

// nested is the tag [n] of a constructed element.
func nested(n byte) tag { return tag(0xA0 | n) }

var (
	errBER   = errors.New("malformed BER")
	errDepth = errors.New("BER nested too deeply")
	errNodes = errors.New("too many BER elements")
)

// split cuts the first element off b. It accepts what LDAP allows of BER: a
// definite length in at most four octets, and no tag numbers above 30.
func split(b []byte) (t tag, body, rest []byte, err error) {
	if len(b) < 2 || b[0]&0x1F == 0x1F {
		return 0, nil, nil, errBER
	}
	n, head, err := lengthOf(b[1:])
	if err != nil {
		return 0, nil, nil, err
	}
	b, t = b[1+head:], tag(b[0])
	if n > len(b) {
		return 0, nil, nil, errBER
	}
	return t, b[:n:n], b[n:], nil
}

// lengthOf reads length octets and says how many there were.
func lengthOf(b []byte) (n, octets int, err error) {
	first := b[0]
	if first < 0x80 {
		return int(first), 1, nil
	}
	octets = int(first & 0x7F)
	if octets == 0 || octets > 4 || len(b) <= octets {
		return 0, 0, errBER
	}
	length := uint64(0)
	for _, c := range b[1 : 1+octets] {
		length = length<<8 | uint64(c)
	}
	if length > math.MaxInt32 {
		return 0, 0, errBER
	}
	return int(length), 1 + octets, nil
}

// checkBER walks all elements of b, so that whoever reads it afterwards meets
// neither a broken length nor a bomb. nodes is what is left of the budget.
func checkBER(b []byte, depth int, nodes *int) error {
	if depth == 0 {
		return errDepth
	}
	for len(b) > 0 {
		if *nodes--; *nodes < 0 {
			return errNodes
		}
		t, body, rest, err := split(b)
		if err != nil {
			return err
		}
		if t&constructed != 0 {
			if err := checkBER(body, depth-1, nodes); err != nil {
				return err
			}
		}
		b = rest
	}
	return nil
}

// reader walks the elements of one constructed element in place. The first
// element that is not as demanded makes it bad for good, so that a parser asks
// once, at its end.
type reader struct {
	rest []byte
	bad  bool
}

func (r *reader) more() bool { return !r.bad && len(r.rest) > 0 }

// next takes an element of any tag.
func (r *reader) next() (tag, []byte) {
	if r.bad {
		return 0, nil
	}
	t, body, rest, err := split(r.rest)
	if err != nil {
		r.bad = true
		return 0, nil
	}
	r.rest = rest
	return t, body
}

// take demands an element with the tag.
func (r *reader) take(want tag) []byte {
	t, body := r.next()
	if t != want {
		r.bad = true
		return nil
	}
	return body
}

// optional takes the next element if it has the tag.
func (r *reader) optional(want tag) ([]byte, bool) {
	if !r.more() || tag(r.rest[0]) != want {
		return nil, false
	}
	body := r.take(want)
	return body, !r.bad
}

func (r *reader) inside(want tag) reader { return reader{rest: r.take(want), bad: r.bad} }

func (r *reader) text(want tag) string { return string(r.take(want)) }

// integer demands a non-negative number below 2^31, which is what all of LDAP's
// are: message ids, limits, enumerations.
func (r *reader) integer(want tag) int {
	body := r.take(want)
	n, ok := number(body)
	if !ok {
		r.bad = true
	}
	return n
}

func number(body []byte) (int, bool) {
	if len(body) == 0 || len(body) > 5 || body[0]&0x80 != 0 {
		return 0, false
	}
	n := 0
	for _, c := range body {
		n = n<<8 | int(c)
	}
	return n, n <= math.MaxInt32
}

func (r *reader) boolean(want tag) bool {
	body := r.take(want)
	if len(body) != 1 {
		r.bad = true
		return false
	}
	return body[0] != 0
}
