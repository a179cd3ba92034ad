package https

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"time"

	"github.com/lxdb/lxdb/frontend/https/avatica"
)

// errTooLarge is a body above its limit, errNoRoom one that fits and has to wait until
// others are gone, errStalled one that does not come.
var (
	errNoRoom   = errors.New("too many large requests")
	errTooLarge = errors.New("the request is too large")
	errStalled  = errors.New("the request does not come to its end")
)

// bodyReader reads a request's body with a deadline that moves on as bytes come.
type bodyReader struct {
	r     io.Reader
	ctl   *http.ResponseController
	stall time.Duration
}

func (b *bodyReader) Read(p []byte) (int, error) {
	// The deadline cannot be set on a recorded response, in tests.
	_ = b.ctl.SetReadDeadline(time.Now().Add(b.stall))
	return b.r.Read(p)
}

// readBody reads the whole body, which is held until release is called. A caller who has
// not proved anything has Options.LoginBytes; mayHaveMore looks at those and says whether
// the rest may come, up to Options.MaxBodyBytes.
func (s *Server) readBody(w http.ResponseWriter, r *http.Request, trusted bool, mayHaveMore func(head []byte) bool) (body []byte, release func(), err error) {
	ctl := http.NewResponseController(w)
	in := &bodyReader{r: r.Body, ctl: ctl, stall: s.opts.StallTimeout}
	defer func() { _ = ctl.SetReadDeadline(time.Time{}) }() // the same as above
	var buf bytes.Buffer
	var held int64
	release = func() { s.bodies.Add(-held) }
	body, err = readTo(&buf, in, s.opts.LoginBytes)
	if !errors.Is(err, errTooLarge) || !trusted && (mayHaveMore == nil || !mayHaveMore(buf.Bytes())) {
		return body, release, err
	}
	// A buffer that grows is twice as large as what is in it, at most.
	for limit := 2 * s.opts.LoginBytes; errors.Is(err, errTooLarge); limit *= 2 {
		if int64(buf.Len()) > s.opts.MaxBodyBytes {
			return nil, release, errTooLarge
		}
		more := 2*limit - held
		held += more
		if s.bodies.Add(more) > s.opts.BodyTotal {
			return nil, release, errNoRoom
		}
		body, err = readTo(&buf, in, min(limit, s.opts.MaxBodyBytes))
	}
	return body, release, err
}

// readTo reads until there are more than limit bytes in buf.
func readTo(buf *bytes.Buffer, in io.Reader, limit int64) ([]byte, error) {
	_, err := buf.ReadFrom(io.LimitReader(in, limit+1-int64(buf.Len())))
	switch {
	case err != nil:
		return nil, errors.Join(errStalled, err)
	case int64(buf.Len()) > limit:
		return nil, errTooLarge
	}
	return buf.Bytes(), nil
}

// write sends a body whole. Its deadline moves on with what the client takes.
func (s *Server) write(w http.ResponseWriter, status int, contentType string, body []byte) {
	h := w.Header()
	h.Set("Content-Type", contentType)
	h.Set("Content-Length", itoa(len(body)))
	ctl := http.NewResponseController(w)
	s.moveWriteDeadline(ctl)
	w.WriteHeader(status)
	for len(body) > 0 {
		n, err := w.Write(body[:min(len(body), 256<<10)])
		if err != nil {
			return // the client has gone
		}
		body = body[n:]
		s.moveWriteDeadline(ctl)
	}
}

func (s *Server) moveWriteDeadline(ctl *http.ResponseController) {
	_ = ctl.SetWriteDeadline(time.Now().Add(s.opts.StallTimeout)) // as in bodyReader
}

// knows reports whether the beginning of a large Avatica request names a connection
// whose id is its proof.
func (s *Server) knows(head []byte) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	c := s.clients[clientKey{connections, avatica.PeekConnection(head), 0}]
	return c != nil && !c.basic
}
