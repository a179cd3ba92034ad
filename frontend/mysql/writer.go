package mysql

import (
	"encoding/binary"
	"net"
	"sync"
	"time"
)

const (
	// recordBytes is the payload of the largest TLS record: what leaves in one
	// system call.
	recordBytes     = 16 << 10
	writeBufferSize = recordBytes + 4<<10
	// maxPooledBytes keeps buffers that grew for one big row out of the pool.
	maxPooledBytes = 64 << 10
)

var writeBuffers = sync.Pool{New: func() any {
	b := make([]byte, 0, writeBufferSize)
	return &b
}}

// writer frames packets into a buffer and sends it in TLS records. Between
// begin and end callers append the payload to buf. The first failed write is
// kept in err and everything after it is dropped.
type writer struct {
	dst   net.Conn
	buf   []byte  // framed packets, and the one being built at start
	box   *[]byte // the pooled slice behind buf, nil while idle
	start int
	seq   *uint8 // number of the next frame, shared with the reader
	err   error

	timeout time.Duration // per write; 0 leaves the deadline alone
	until   time.Time     // deadline that is set
}

// begin starts a packet.
func (w *writer) begin() {
	if w.box == nil {
		w.box = writeBuffers.Get().(*[]byte)
		w.buf = (*w.box)[:0]
	}
	w.start = len(w.buf)
	w.buf = append(w.buf, 0, 0, 0, 0)
}

// drop forgets the packet that begin started.
func (w *writer) drop() { w.buf = w.buf[:w.start] }

// end completes the packet and sends what fills TLS records.
func (w *writer) end() {
	n := len(w.buf) - w.start - packetHeader
	if n >= maxFrame {
		w.endHuge()
		return
	}
	w.putHeader(w.buf[w.start:], n)
	if len(w.buf) >= recordBytes {
		w.send(len(w.buf) - len(w.buf)%recordBytes)
	}
}

func (w *writer) putHeader(b []byte, n int) {
	binary.LittleEndian.PutUint32(b, uint32(n)|uint32(*w.seq)<<24)
	*w.seq++
}

// endHuge sends a packet that needs several frames.
func (w *writer) endHuge() {
	end := len(w.buf)
	for at := w.start; ; at += maxFrame {
		// The header goes where the last bytes of the frame before were, or
		// begin left room; those bytes have been sent.
		n := min(end-at-packetHeader, maxFrame)
		w.putHeader(w.buf[at:], n)
		from := at
		if at == w.start {
			from = 0
		}
		w.write(w.buf[from : at+packetHeader+n])
		if n < maxFrame {
			break
		}
	}
	w.buf = w.buf[:0]
}

// send writes the first n bytes of the buffer.
func (w *writer) send(n int) {
	w.write(w.buf[:n])
	w.buf = w.buf[:copy(w.buf, w.buf[n:])]
}

func (w *writer) write(b []byte) {
	if w.err != nil || len(b) == 0 {
		return
	}
	if w.timeout > 0 {
		// Setting a deadline costs as much as encoding a row, so one is good
		// for several writes.
		if now := time.Now(); w.until.Sub(now) < w.timeout {
			w.until = now.Add(2 * w.timeout)
			w.err = w.dst.SetWriteDeadline(w.until)
		}
	}
	if w.err == nil {
		_, w.err = w.dst.Write(b)
	}
}

// flush sends everything and gives the buffer back.
func (w *writer) flush() error {
	if w.box == nil {
		return w.err
	}
	w.write(w.buf)
	if cap(w.buf) <= maxPooledBytes {
		*w.box = w.buf[:0]
		writeBuffers.Put(w.box)
	}
	w.box, w.buf = nil, nil
	return w.err
}
