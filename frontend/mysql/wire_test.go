package mysql

import (
	"bytes"
	"encoding/hex"
	"fmt"
	"strconv"
	"strings"
	"testing"

	"github.com/cockroachdb/datadriven"
)

// TestWire replays the conversations in testdata/wire. Each file has a server of
// its own and speaks this language, one connection at a time:
//
//	connect                        connect and print the greeting
//	tls                            ask for TLS and shake hands
//	login user=U password=P [db=D] [caps=(+multi_statements,-deprecate_eof)]
//	                               connect, tls, log in; print what the server says
//	hello user=U [password=P] [plugin=X] [caps=...]
//	                               send a handshake response, with the scramble of P
//	send [seq=N]                   send one packet; N defaults to the next number
//	raw                            send bytes with the packet header in them
//	command                        send one packet with number 0
//	recv [N]                       print N packets, 1 by default
//	end                            check that the server ended the connection
//
// Packets are written and printed as hexadecimal bytes and "quoted text".
// Nonces are random and print as NONCE.
func TestWire(t *testing.T) {
	datadriven.Walk(t, "testdata/wire", func(t *testing.T, path string) {
		s := startServer(t, func(o *Options) { o.MaxStatements = 2; o.MaxPacketBytes = 4096 })
		w := &wireTest{server: s}
		datadriven.RunTest(t, path, func(t *testing.T, d *datadriven.TestData) string {
			s.t = t
			return w.run(t, d)
		})
		s.t = t
	})
}

type wireTest struct {
	server *testServer
	client *client
}

func (w *wireTest) run(t *testing.T, d *datadriven.TestData) string {
	if w.client != nil {
		w.client.t = t
	}
	switch d.Cmd {
	case "connect":
		w.client = w.server.dial()
		g := w.client.greeting()
		copy(g[bytes.Index(g, w.client.nonce[:8]):], "<nonce_>")
		copy(g[bytes.Index(g, w.client.nonce[8:]):], "<rest nonce>")
		return w.show(g)
	case "tls":
		w.client.startTLS()
		return "encrypted"
	case "login":
		w.client = w.server.connect()
		w.client.caps = parseCaps(t, d)
		var user, password, db string
		d.ScanArgs(t, "user", &user)
		d.ScanArgs(t, "password", &password)
		d.MaybeScanArgs(t, "db", &db)
		var out []string
		for _, p := range w.client.login(user, password, db) {
			out = append(out, w.show(p))
		}
		return strings.Join(out, "\n")
	case "hello":
		h := hello{plugin: pluginSHA2}
		w.client.caps = parseCaps(t, d)
		var password string
		d.ScanArgs(t, "user", &h.user)
		d.MaybeScanArgs(t, "password", &password)
		d.MaybeScanArgs(t, "plugin", &h.plugin)
		h.answer = scramblePassword(password, w.client.nonce)
		w.client.send(w.client.response(h))
		return "sent"
	case "send", "command":
		if d.Cmd == "command" {
			w.client.seq = 0
		}
		var seq int
		if d.MaybeScanArgs(t, "seq", &seq) {
			w.client.seq = uint8(seq)
		}
		w.client.send(parseBytes(t, d))
		return "sent"
	case "raw":
		if _, err := w.client.conn.Write(parseBytes(t, d)); err != nil {
			d.Fatalf(t, "%v", err)
		}
		w.client.seq++
		return "sent"
	case "recv":
		return w.recv(t, d)
	case "end":
		w.client.mustEnd()
		return "ended"
	}
	d.Fatalf(t, "unknown command %s", d.Cmd)
	return ""
}

func (w *wireTest) recv(t *testing.T, d *datadriven.TestData) string {
	n := 1
	if len(d.CmdArgs) > 0 {
		var err error
		if n, err = strconv.Atoi(d.CmdArgs[0].Key); err != nil {
			d.Fatalf(t, "%v", err)
		}
	}
	var out []string
	for range n {
		out = append(out, w.show(w.client.mustRecv()))
	}
	return strings.Join(out, "\n")
}

// show prints a packet with its number and without what is random in it.
func (w *wireTest) show(p []byte) string {
	c := w.client
	text := showPacket(p)
	if plugin, nonce, ok := bytes.Cut(p, []byte{0}); ok && p[0] == headerSwitch && len(nonce) == nonceBytes+1 {
		text = showPacket(plugin) + " 00 NONCE 00"
	}
	return fmt.Sprintf("%d: %s", c.seq-1, text)
}

// parseBytes reads hexadecimal bytes and "quoted text".
func parseBytes(t *testing.T, d *datadriven.TestData) []byte {
	var out []byte
	rest := strings.TrimSpace(d.Input)
	for rest != "" {
		if rest[0] == '"' {
			quoted, err := strconv.QuotedPrefix(rest)
			if err != nil {
				d.Fatalf(t, "%v", err)
			}
			text, err := strconv.Unquote(quoted)
			if err != nil {
				d.Fatalf(t, "%v", err)
			}
			out = append(out, text...)
			rest = strings.TrimSpace(rest[len(quoted):])
			continue
		}
		word, after, _ := strings.Cut(rest, " ")
		if line, more, ok := strings.Cut(word, "\n"); ok {
			word, after = line, more+" "+after
		}
		b, err := hex.DecodeString(word)
		if err != nil {
			d.Fatalf(t, "%v", err)
		}
		out = append(out, b...)
		rest = strings.TrimSpace(after)
	}
	return out
}

// showPacket is parseBytes' inverse: three printable bytes in a row are text.
func showPacket(p []byte) string {
	var out []string
	for i := 0; i < len(p); {
		end := i
		for end < len(p) && p[end] >= ' ' && p[end] < 0x7f {
			end++
		}
		if end-i >= 3 {
			out = append(out, strconv.Quote(string(p[i:end])))
			i = end
			continue
		}
		out = append(out, hex.EncodeToString(p[i:i+1]))
		i++
	}
	return strings.Join(out, " ")
}

var capNames = map[string]capability{
	"multi_statements": capMultiStatements,
	"deprecate_eof":    capDeprecateEOF,
	"ssl":              capSSL,
}

func parseCaps(t *testing.T, d *datadriven.TestData) capability {
	caps := clientCaps
	arg, ok := d.Arg("caps")
	if !ok {
		return caps
	}
	for _, v := range arg.Vals {
		c, ok := capNames[v[1:]]
		switch {
		case !ok:
			d.Fatalf(t, "unknown capability %s", v)
		case v[0] == '+':
			caps |= c
		case v[0] == '-':
			caps &^= c
		}
	}
	return caps
}
