package lxdb

import (
	"bufio"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/http"
	"time"
)

// tunnelTime bounds the making of a tunnel.
const tunnelTime = 15 * time.Second

// DialTunnel connects to the MySQL listener of a server through its HTTPS port. The
// user and password of cfg are not used: who speaks MySQL's protocol on the connection
// logs in there.
func DialTunnel(ctx context.Context, cfg Config) (net.Conn, error) {
	conf, err := cfg.tlsConfig()
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, tunnelTime)
	defer cancel()
	conf.NextProtos = []string{"http/1.1"} // an upgrade has no form in HTTP/2
	raw, err := (&tls.Dialer{Config: conf}).DialContext(ctx, "tcp", cfg.Address)
	if err != nil {
		return nil, fmt.Errorf("lxdb: %w", err)
	}
	stop := context.AfterFunc(ctx, func() { raw.Close() })
	defer stop()
	c, err := upgrade(raw, cfg.Address)
	if err != nil {
		return nil, errors.Join(err, raw.Close())
	}
	return c, nil
}

func upgrade(raw net.Conn, host string) (net.Conn, error) {
	if _, err := fmt.Fprintf(raw, "GET /tunnel/mysql HTTP/1.1\r\nHost: %s\r\nConnection: Upgrade\r\nUpgrade: mysql\r\n\r\n", host); err != nil {
		return nil, fmt.Errorf("lxdb: %w", err)
	}
	in := bufio.NewReader(raw)
	res, err := http.ReadResponse(in, nil)
	if err != nil {
		return nil, fmt.Errorf("lxdb: the server does not answer: %w", err)
	}
	if res.StatusCode != http.StatusSwitchingProtocols {
		return nil, fmt.Errorf("lxdb: the server has no tunnel: it answers %s", res.Status)
	}
	return &tunneled{raw, in}, nil
}

// tunneled reads what was read ahead first.
type tunneled struct {
	net.Conn
	in *bufio.Reader
}

func (t *tunneled) Read(b []byte) (int, error) { return t.in.Read(b) }
