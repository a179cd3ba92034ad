package mysql

import (
	"context"
	"errors"
	"io"
	"os"
	"time"
)

// LOAD DATA LOCAL: the server names a file, and the client sends it in packets, the last of
// them empty. It does so while the statement runs, whose goroutine is the connection's.

// headerLocalFile begins the packet that asks for a file.
const headerLocalFile = 0xfb

var errLocalFile = errors.New("the connection ended while a file was sent")

// localFile is what a session asks; nil for a client that sends no files.
func (c *conn) localFile() func(ctx context.Context, name string) (io.ReadCloser, error) {
	if !c.caps.has(capLocalFiles) {
		return nil
	}
	return c.askFile
}

// askFile asks the client for a file. The look-out for a client that is gone ends here: from
// now on the file is read, which shows it as well.
func (c *conn) askFile(ctx context.Context, name string) (io.ReadCloser, error) {
	if !c.turn.tryTake() {
		return nil, errLocalFile
	}
	defer c.turn.give()
	if c.watch.disarm() {
		c.idleUntil = time.Time{}
	}
	c.wr.begin()
	c.wr.buf = append(append(c.wr.buf, headerLocalFile), written(c.speech().Client, name)...) // as the client wrote it
	c.wr.end()
	if err := c.wr.flush(); err != nil {
		return nil, err
	}
	f := &sentFile{c: c, ctx: ctx}
	c.file = f
	f.patience()
	f.stop = context.AfterFunc(ctx, func() { c.raw.setReadDeadline(longAgo) })
	return f, nil
}

// sentFile is a file that a client sends. It is read as it comes: a packet may be as long as the
// client likes.
type sentFile struct {
	c    *conn
	ctx  context.Context // of the statement
	left int             // bytes of the frame that is being read
	full bool            // the frame was of the largest length, and another one goes on with its packet
	done bool            // the empty packet has come, or nothing can come any more
	stop func() bool
	// stopped says that the end of the statement has interrupted no read, and does not any more.
	stopped bool
}

// patience bounds how long the client may take for the next piece.
func (f *sentFile) patience() { f.c.raw.setReadDeadline(time.Now().Add(f.c.opts.IdleTimeout)) }

// Read implements io.Reader.
func (f *sentFile) Read(p []byte) (int, error) {
	if err := f.ctx.Err(); err != nil {
		return 0, err
	}
	n, err := f.read(p)
	if err != nil && err != io.EOF && f.ctx.Err() == nil {
		f.lose()
	}
	return n, err
}

// lose gives the connection up: its bytes have no meaning any more, or none will come.
func (f *sentFile) lose() {
	f.done = true
	f.c.vanished()
}

func (f *sentFile) read(p []byte) (int, error) {
	r := &f.c.rd
	for f.left == 0 {
		if f.done {
			return 0, io.EOF
		}
		n, err := r.header()
		if err != nil {
			return 0, err
		}
		f.done = n == 0 && !f.full
		f.left, f.full = n, n == maxFrame
	}
	if r.r == r.w {
		if err := r.fill(1); err != nil {
			return 0, err
		}
	}
	n := copy(p, r.buf[r.r:min(r.w, r.r+f.left)])
	r.r += n
	f.left -= n
	return n, nil
}

// Close implements io.Closer: nothing interrupts a read any more. What the client still sends is
// read away behind the statement: see finishFile.
func (f *sentFile) Close() error {
	f.stopped = f.stop()
	return nil
}

// finishFile reads away what the client still sends of the file that the last statement asked
// for: it reads no answer before. Not inside the statement, which would not end when it is told to.
func (c *conn) finishFile() {
	f := c.file
	if f == nil {
		return
	}
	c.file = nil
	rest := make([]byte, readBufferBytes)
	f.patience()
	for !f.done {
		switch _, err := f.read(rest); {
		case err == nil || err == io.EOF:
		case errors.Is(err, os.ErrDeadlineExceeded) && !f.stopped:
			f.stopped = true // the end of the statement has interrupted this read as well
			f.patience()
		default:
			f.lose()
		}
	}
	c.idleUntil = time.Time{}
}
