package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/signal"
	"sync"
	"syscall"

	"github.com/spf13/cobra"

	"github.com/lxdb/lxdb/cmd/lxdb/internal/sqlconn"
	lxdb "github.com/lxdb/lxdb/drivers/go"
)

func newTunnel() *cobra.Command {
	var web webFlags
	var listen string
	c := &cobra.Command{
		Use:   "tunnel [HOST:PORT]",
		Short: "Lead MySQL clients through the HTTPS port",
		Long: `Listen on this machine for MySQL clients and lead each connection through the HTTPS
port of a server, where only that one can be reached. Clients log in and speak TLS as if
they were there: give them the CA certificate, and the address of the tunnel.

The tunnel verifies the server with the CA certificate of the data directory, of --ca,
or by its --fingerprint. It knows no password.`,
		Example: `  lxdb tunnel db.example.org:1529 --ca ca.crt --listen 127.0.0.1:3306
  mariadb -h 127.0.0.1 -P 3306 -u marie -p --ssl-ca=ca.crt`,
		Args: atMost("HOST:PORT"),
		RunE: func(c *cobra.Command, args []string) error {
			cfg, err := web.config(c, append(args, "")[0])
			if err != nil {
				return err
			}
			return runTunnel(c, cfg, listen)
		},
	}
	web.add(c.Flags())
	c.Flags().StringVar(&listen, "listen", "127.0.0.1:3306", "`address` for MySQL clients; port 0 picks one")
	return c
}

func runTunnel(c *cobra.Command, cfg lxdb.Config, listen string) error {
	ctx, stop := signal.NotifyContext(c.Context(), syscall.SIGTERM, os.Interrupt)
	defer stop()
	// One connection ahead: a wrong address or CA is told now, not to the first client.
	probe, err := lxdb.DialTunnel(ctx, cfg)
	if err != nil {
		return clientFailure(err)
	}
	probe.Close()
	l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", listen)
	if err != nil {
		return fmt.Errorf("listen for MySQL clients: %w", err)
	}
	host, port, err := sqlconn.Reachable(l.Addr().String())
	if err != nil {
		return err
	}
	fmt.Fprintf(c.OutOrStdout(), "MySQL clients reach %s at %s\n", cfg.Address, net.JoinHostPort(host, port))
	context.AfterFunc(ctx, func() { l.Close() })
	var running sync.WaitGroup
	defer running.Wait()
	for {
		client, err := l.Accept()
		if ctx.Err() != nil {
			return nil
		}
		if err != nil {
			return fmt.Errorf("accept: %w", err)
		}
		running.Go(func() {
			defer client.Close()
			server, err := lxdb.DialTunnel(ctx, cfg)
			if err != nil {
				report(c.ErrOrStderr(), clientFailure(err))
				return
			}
			defer server.Close()
			join(ctx, client, server)
		})
	}
}

// join carries bytes both ways until either side ends.
func join(ctx context.Context, a, b net.Conn) {
	ended := make(chan error, 2)
	carry := func(to, from net.Conn) {
		_, err := io.Copy(to, from)
		ended <- err
	}
	go carry(a, b)
	go carry(b, a)
	left := 2
	select {
	case <-ended:
		left = 1
	case <-ctx.Done():
	}
	_ = errors.Join(a.Close(), b.Close()) // the other direction ends by that
	for range left {
		<-ended
	}
}
