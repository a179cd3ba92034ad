package ldapd

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"runtime"
	"testing"
	"time"
)

// TestSlowWriter: the time of a message counts from its first byte, so that a byte
// now and then does not hold a connection.
func TestSlowWriter(t *testing.T) {
	h := newHouse(t, func(o *Options) { o.Limits.Message = 50 * time.Millisecond })
	theirs, ours := net.Pipe()
	h.server.take(ours, false)
	c := newClient(t, theirs)
	stop := make(chan struct{})
	go func() {
		defer close(stop)
		for _, b := range append([]byte{0x30, 0x82, 0x40, 0x00}, make([]byte, 1<<14)...) {
			if _, err := theirs.Write([]byte{b}); err != nil {
				return
			}
			<-time.After(time.Millisecond)
		}
	}()
	if a := c.closed(); a.code != unavailable {
		t.Errorf("%+v", a)
	}
	wait(t, stop, "the writer was cut")
}

// TestShutdownIsQuick: idle clients that read are told and gone in no time.
func TestShutdownIsQuick(t *testing.T) {
	h := newHouse(t, func(o *Options) { o.Limits.PerAddress = 500 })
	clients := make([]*client, 0, 200)
	for range cap(clients) / 2 {
		a, b := h.dial(), h.dialTLS()
		a.whoAmI()
		b.whoAmI()
		clients = append(clients, a, b)
	}
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	begin := time.Now()
	if err := h.server.Shutdown(ctx); err != nil {
		t.Fatal(err)
	}
	took := time.Since(begin)
	if took > time.Second {
		t.Errorf("%d idle clients took %v", len(clients), took)
	}
	t.Logf("%d idle clients, half of them inside TLS: %v", len(clients), took)
	for _, c := range clients {
		if a := c.closed(); a.name != noticeOID {
			t.Fatalf("no notice: %+v", a)
		}
	}
}

// TestConnectionsLeaveNothing: goroutines and places are back when clients have gone.
func TestConnectionsLeaveNothing(t *testing.T) {
	h := newHouse(t, func(o *Options) { o.Limits.PerAddress = 500 })
	before := runtime.NumGoroutine() // the store has some that come and go
	for range 100 {
		c := h.as("root")
		c.send(opSearch, query{base: "dc=lxdb", scope: scopeSub, filter: "(objectClass=*)"}.body(t), nil)
		_ = c.conn.Close() // in the middle
	}
	deadline := time.Now().Add(patience)
	for h.server.Connections() > 0 || runtime.NumGoroutine() > before+5 {
		if time.Now().After(deadline) {
			t.Fatalf("%d connections, %d goroutines, %d before", h.server.Connections(), runtime.NumGoroutine(), before)
		}
		runtime.Gosched()
	}
}

// BenchmarkIdleConnections is what 2,000 clients cost that say nothing more, above
// the default limits. Both ends are in the figure; the client's end is a bare
// socket, or TLS over one.
func BenchmarkIdleConnections(b *testing.B) {
	for name, dial := range map[string]func(*house) (net.Conn, error){
		"plain": func(h *house) (net.Conn, error) { return net.Dial("tcp", h.plain) },
		"TLS":   func(h *house) (net.Conn, error) { return tls.Dial("tcp", h.secure, h.client) },
	} {
		b.Run(name, func(b *testing.B) {
			const clients = 2000
			h := newHouse(b, func(o *Options) { o.Limits.Connections, o.Limits.PerAddress = clients+10, clients+10 })
			for range b.N {
				idleConnections(b, h, clients, dial)
			}
		})
	}
}

func idleConnections(b *testing.B, h *house, n int, dial func(*house) (net.Conn, error)) {
	b.Helper()
	before, goroutines := memoryInUse(), runtime.NumGoroutine()
	request := packet(1, opExtended, extendedBody(whoAmIOID, nil), nil)
	answer := make([]byte, 64)
	var all []net.Conn
	for range n {
		c, err := dial(h)
		if err != nil {
			b.Fatal(err)
		}
		all = append(all, c)
		if _, err := c.Write(request); err != nil {
			b.Fatal(err)
		}
		if _, err := c.Read(answer); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(memoryInUse()-before)/float64(n), "bytes/conn")
	b.ReportMetric(float64(runtime.NumGoroutine()-goroutines)/float64(n), "goroutines/conn")
	for _, c := range all {
		if err := c.Close(); err != nil && !errors.Is(err, net.ErrClosed) {
			b.Fatal(err)
		}
	}
	for h.server.Connections() > 0 {
		runtime.Gosched()
	}
}

// memoryInUse is what is alive on the heap and in stacks.
func memoryInUse() int64 {
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc + m.StackInuse)
}
