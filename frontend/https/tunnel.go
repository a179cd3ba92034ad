package https

import (
	"io"
	"net"
	"net/http"
	"strings"
	"time"
)

// tunnel turns the connection into one of the MySQL protocol: who cannot reach the
// MySQL port rides on this one. Its client logs in there, under the limits of that
// listener, and speaks TLS with it once more: the tunnel proves nothing.
func (s *Server) tunnel(w http.ResponseWriter, r *http.Request) {
	if !strings.EqualFold(r.Header.Get("Upgrade"), "mysql") || !hasToken(r.Header.Get("Connection"), "upgrade") || r.ProtoMajor != 1 {
		w.Header().Set("Upgrade", "mysql")
		w.Header().Set("Connection", "Upgrade")
		s.plain(w, http.StatusUpgradeRequired, "ask for Upgrade: mysql, with HTTP/1.1; lxdb tunnel does")
		return
	}
	if s.opts.Tunnel == nil {
		s.plain(w, http.StatusNotFound, "the MySQL listener is off")
		return
	}
	raw, buf, err := http.NewResponseController(w).Hijack()
	if err != nil {
		s.logInternal(r, err)
		s.plain(w, http.StatusInternalServerError, "internal error")
		return
	}
	if s := socketOf(r); s != nil {
		s.admit() // the other listener counts it now
	}
	fail := raw.SetDeadline(time.Time{})
	if fail == nil {
		_, fail = io.WriteString(raw, "HTTP/1.1 101 Switching Protocols\r\nUpgrade: mysql\r\nConnection: Upgrade\r\n\r\n")
	}
	if fail != nil {
		raw.Close()
		return
	}
	s.metrics.requests.WithLabelValues("tunnel", "mysql", "ok").Inc()
	if n := buf.Reader.Buffered(); n > 0 {
		head, err := buf.Reader.Peek(n)
		if err != nil {
			raw.Close()
			return
		}
		raw = &prefixed{Conn: raw, head: head}
	}
	s.opts.Tunnel(raw)
}

// prefixed is a connection of which the beginning was read already.
type prefixed struct {
	net.Conn
	head []byte
}

func (p *prefixed) Read(b []byte) (int, error) {
	if len(p.head) > 0 {
		n := copy(b, p.head)
		p.head = p.head[n:]
		return n, nil
	}
	return p.Conn.Read(b)
}

func hasToken(list, token string) bool {
	for word := range strings.SplitSeq(list, ",") {
		if strings.EqualFold(strings.TrimSpace(word), token) {
			return true
		}
	}
	return false
}
