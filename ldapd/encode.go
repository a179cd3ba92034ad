package ldapd

// appendHead appends a tag and the shortest form of a length.
func appendHead(dst []byte, t tag, n int) []byte {
	dst = append(dst, byte(t))
	switch {
	case n < 0x80:
		return append(dst, byte(n))
	case n <= 0xFF:
		return append(dst, 0x81, byte(n))
	case n <= 0xFFFF:
		return append(dst, 0x82, byte(n>>8), byte(n))
	case n <= 0xFFFFFF:
		return append(dst, 0x83, byte(n>>16), byte(n>>8), byte(n))
	}
	return append(dst, 0x84, byte(n>>24), byte(n>>16), byte(n>>8), byte(n))
}

func appendText(dst []byte, t tag, s string) []byte {
	return append(appendHead(dst, t, len(s)), s...)
}

// appendInt appends a non-negative number in as few octets as it needs.
func appendInt(dst []byte, t tag, n int) []byte {
	octets := 1
	for v := n >> 7; v > 0; v >>= 8 {
		octets++
	}
	dst = appendHead(dst, t, octets)
	for i := octets - 1; i >= 0; i-- {
		dst = append(dst, byte(n>>(8*i)))
	}
	return dst
}

// open appends a tag whose length is not known yet. It returns where the content
// begins, for shut.
func open(dst []byte, t tag) ([]byte, int) {
	dst = append(dst, byte(t), 0)
	return dst, len(dst)
}

// shut writes the length of what was appended since open, moving the content
// when the length needs more than one octet.
func shut(dst []byte, start int) []byte {
	n := len(dst) - start
	if n < 0x80 {
		dst[start-1] = byte(n)
		return dst
	}
	var head [6]byte
	length := appendHead(head[:0], 0, n)[1:]
	dst = append(dst, length[1:]...)
	copy(dst[start-1+len(length):], dst[start:start+n])
	copy(dst[start-1:], length)
	return dst
}
