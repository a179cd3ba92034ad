package mysql

import (
	"encoding/binary"
	"errors"
	"io"
)

const (
	readBufferBytes = 4 << 10
	// keepBufferBytes is the largest read buffer that survives the packet it grew for.
	keepBufferBytes = 64 << 10
)

// reader cuts packets out of the client's byte stream. Small packets are
// returned in place. The buffer grows only as bytes arrive, so a client that
// announces 16 MB and sends nothing costs nothing.
type reader struct {
	src   io.Reader
	buf   []byte
	r, w  int    // buf[r:w] has been read and not been consumed
	limit int    // bytes of one packet
	seq   *uint8 // number that the next frame must have, shared with the writer

	hold func(bytes int) error // asked for what is more than keepBufferBytes; nil allows all
	held int
	// stall is called before a read within a packet: a client that has begun one goes on with it.
	stall func()
}

// next returns the payload of the next packet, valid until the following call.
// errOutOfOrder and errPacketTooBig are meant for the client; after either the
// stream cannot be used any more. Other errors are the connection's.
func (r *reader) next() ([]byte, error) {
	r.shrink()
	n, err := r.header()
	if err != nil {
		return nil, err
	}
	if n > r.limit {
		return nil, r.tooBig(n, n == maxFrame, errPacketTooBig)
	}
	if n > keepBufferBytes {
		return r.join(n)
	}
	if r.w-r.r < n {
		r.begun()
	}
	if err := r.fill(n); err != nil {
		return nil, err
	}
	payload := r.buf[r.r : r.r+n : r.r+n]
	r.r += n
	return payload, nil
}

// join collects a large frame of n bytes, and those that follow a full one, beside the buffer.
func (r *reader) join(n int) (payload []byte, err error) {
	for {
		if payload, err = r.append(payload, n); err != nil || n < maxFrame {
			return payload, err
		}
		if n, err = r.header(); err != nil {
			return nil, err
		}
		if len(payload)+n > r.limit {
			return nil, r.tooBig(n, n == maxFrame, errPacketTooBig)
		}
	}
}

// append adds a frame of n bytes to a payload, which grows as they arrive.
func (r *reader) append(payload []byte, n int) ([]byte, error) {
	for left := n; left > 0; {
		if len(payload) == cap(payload) {
			size := len(payload) + min(left, max(len(payload), keepBufferBytes))
			if err := r.charge(size + len(payload) + len(r.buf)); err != nil {
				return nil, r.tooBig(left, n == maxFrame, err)
			}
			payload = append(make([]byte, 0, size), payload...)
		}
		room := payload[len(payload):min(cap(payload), len(payload)+left)]
		got := copy(room, r.buf[r.r:r.w])
		r.r += got
		if got == 0 {
			r.begun()
			var err error
			if got, err = r.src.Read(room); err != nil && got == 0 {
				return nil, r.fault(err)
			}
		}
		payload = payload[:len(payload)+got]
		left -= got
	}
	return payload, r.charge(cap(payload) + len(r.buf))
}

// charge asks for the memory that is used now, in all.
func (r *reader) charge(bytes int) error {
	more := max(0, bytes-keepBufferBytes) - r.held
	if more == 0 || r.hold == nil {
		return nil
	}
	err := r.hold(more)
	if err == nil {
		r.held += more
	}
	return err
}

// begun notes that a packet is not whole.
func (r *reader) begun() {
	if r.stall != nil {
		r.stall()
	}
}

// header consumes a frame's header and returns the frame's length.
func (r *reader) header() (int, error) {
	if err := r.fill(packetHeader); err != nil {
		return 0, err
	}
	h := binary.LittleEndian.Uint32(r.buf[r.r:])
	r.r += packetHeader
	want := *r.seq
	*r.seq = uint8(h>>24) + 1 // our answer is the one that the client waits for
	if uint8(h>>24) != want {
		return 0, errOutOfOrder
	}
	return int(h & maxFrame), nil
}

// tooBig reads the rest of the packet away, n bytes of a frame and those behind a full one, because a client that
// is still sending does not read our answer, why. It needs no memory; the deadline of a packet that has begun
// bounds the time of a client that does not go on.
func (r *reader) tooBig(n int, full bool, why error) error {
	for {
		for left := n; left > 0; {
			if r.r == r.w {
				r.begun()
				if err := r.fill(1); err != nil {
					return err
				}
			}
			step := min(left, r.w-r.r)
			r.r += step
			left -= step
		}
		if !full {
			return why
		}
		var err error
		if n, err = r.header(); err != nil {
			return err
		}
		full = n == maxFrame
	}
}

// fill reads until n bytes are buffered.
func (r *reader) fill(n int) error {
	for r.w-r.r < n {
		if !r.room() {
			r.grow(n)
		}
		got, err := r.src.Read(r.buf[r.w:])
		r.w += got
		if err != nil && r.w-r.r < n {
			if err == io.EOF && r.w == r.r {
				return connectionFault{err}
			}
			return r.fault(err)
		}
	}
	return nil
}

// fault is that of a read within a packet.
func (r *reader) fault(err error) error {
	if err == io.EOF {
		err = io.ErrUnexpectedEOF
	}
	return connectionFault{err}
}

// room makes space behind w without growing, and says whether there is any.
func (r *reader) room() bool {
	if r.r == r.w {
		r.r, r.w = 0, 0
	}
	if r.w == len(r.buf) && r.r > 0 {
		r.w = copy(r.buf, r.buf[r.r:r.w])
		r.r = 0
	}
	return r.w < len(r.buf)
}

// grow doubles the full buffer, but not beyond what a packet of n bytes needs.
func (r *reader) grow(n int) {
	size := max(readBufferBytes, min(2*len(r.buf), n))
	buf := make([]byte, size)
	r.w = copy(buf, r.buf[r.r:r.w])
	r.r = 0
	r.buf = buf
}

// shrink gives back what one big packet needed.
func (r *reader) shrink() {
	if r.r == r.w && len(r.buf) > keepBufferBytes {
		r.buf, r.r, r.w = nil, 0, 0
	}
	_ = r.charge(len(r.buf)) // it is less than before
}

var errBufferFull = errors.New("read-ahead buffer is full")

// lookAhead waits for more bytes without consuming any: see watch. It is the
// only method that another goroutine than the connection's calls, and never at
// the same time as any other.
func (r *reader) lookAhead() error {
	if r.w == len(r.buf) {
		if r.w-r.r >= readBufferBytes {
			return errBufferFull
		}
		// The current command's payload may still be in use, so nothing moves
		// in the old buffer.
		buf := make([]byte, 2*readBufferBytes)
		r.r, r.w = 0, copy(buf, r.buf[r.r:r.w])
		r.buf = buf
	}
	n, err := r.src.Read(r.buf[r.w:])
	r.w += n
	return err
}
