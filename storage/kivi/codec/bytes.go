package codec

import "bytes"

// A byte string in a key is its bytes, each 00 escaped as 00 FF, and the end
// mark 00 01. The mark is smaller than an escaped 00 and than any other byte
// pair that could follow, so a prefix sorts before what it begins.
// EndMarkBytes is how long the mark is that ends text and bytes in a key.
const EndMarkBytes = 2

const (
	escape    byte = 0x00
	escaped00 byte = 0xFF
	endMark   byte = 0x01
)

// AppendBytes appends a byte string.
func AppendBytes(dst, s []byte) []byte {
	for {
		i := bytes.IndexByte(s, escape)
		if i < 0 {
			dst = append(dst, s...)
			return append(dst, escape, endMark)
		}
		dst = append(dst, s[:i]...)
		dst = append(dst, escape, escaped00)
		s = s[i+1:]
	}
}

// AppendBytesPrefix appends a byte string without its end mark: the common
// beginning of all strings that begin with s, for LIKE 'abc%' scans together
// with PrefixEnd.
func AppendBytesPrefix(dst, s []byte) []byte {
	dst = AppendBytes(dst, s)
	return dst[:len(dst)-2]
}

// DecodeBytes is the inverse of AppendBytes. The result is part of key when
// nothing was escaped, and is appended to scratch otherwise.
func DecodeBytes(scratch, key []byte) (s, rest []byte, err error) {
	i := bytes.IndexByte(key, escape)
	if i >= 0 && i+1 < len(key) && key[i+1] == endMark {
		return key[:i:i], key[i+2:], nil
	}
	return unescape(scratch, key, 0)
}

// unescape decodes a string whose bytes were combined with mask: 0x00 for an
// ascending column, 0xFF for a descending one.
func unescape(scratch, key []byte, mask byte) (s, rest []byte, err error) {
	from := len(scratch)
	for {
		i := bytes.IndexByte(key, escape^mask)
		if i < 0 || i+1 >= len(key) {
			return nil, nil, ErrShortKey
		}
		for _, b := range key[:i] {
			scratch = append(scratch, b^mask)
		}
		next := key[i+1] ^ mask
		key = key[i+2:]
		switch next {
		case endMark:
			return scratch[from:len(scratch):len(scratch)], key, nil
		case escaped00:
			scratch = append(scratch, 0)
		default:
			return nil, nil, ErrCorruptKey
		}
	}
}

// skipString returns what follows a byte string or a text.
func skipString(key []byte, mask byte) (rest []byte, err error) {
	for {
		i := bytes.IndexByte(key, escape^mask)
		if i < 0 || i+1 >= len(key) {
			return nil, ErrShortKey
		}
		next := key[i+1] ^ mask
		key = key[i+2:]
		switch next {
		case endMark:
			return key, nil
		case escaped00:
		default:
			return nil, ErrCorruptKey
		}
	}
}
