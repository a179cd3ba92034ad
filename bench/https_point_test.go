package bench

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"database/sql"
	"encoding/json"
	"fmt"
	"io"
	mrand "math/rand/v2"
	"net/http"
	"os"
	"slices"
	"sync"
	"time"

	"google.golang.org/protobuf/encoding/protowire"
)

// pointTime is how long each of the point selects is measured.
const pointTime = 3 * time.Second

// worker has connections of its own; select reads a row by connection and key.
type worker struct {
	read  func(conn int, id int) error
	close func()
}

// points prints the rate and the latencies of point selects over so many connections.
func (s *overHTTPS) points(name string, conns int, open func(context.Context, int) (worker, error)) {
	ctx := context.Background()
	w, err := open(ctx, conns)
	if err != nil {
		s.b.Errorf("%s, %d connections: %v", name, conns, err)
		return
	}
	defer w.close()
	took := make([][]time.Duration, conns)
	var wg sync.WaitGroup
	failed := make(chan error, conns)
	until := time.Now().Add(pointTime)
	for c := range conns {
		wg.Go(func() {
			for {
				began := time.Now()
				if began.After(until) {
					return
				}
				if err := w.read(c, mrand.IntN(tableRows)); err != nil {
					failed <- err
					return
				}
				took[c] = append(took[c], time.Since(began))
			}
		})
	}
	wg.Wait()
	select {
	case err := <-failed:
		s.b.Errorf("%s, %d connections: %v", name, conns, err)
	default:
		all := slices.Concat(took...)
		slices.Sort(all)
		at := func(share float64) float64 { return float64(all[int(share*float64(len(all)-1))].Microseconds()) / 1000 }
		fmt.Printf("%3d connections  %-18s %7.0f/s  p50 %7.2f ms  p99 %7.2f ms\n", conns, name, float64(len(all))/pointTime.Seconds(), at(0.5), at(0.99))
	}
}

// sqlWorker prepares on connections of a pool.
func sqlWorker(ctx context.Context, db *sql.DB, n int) (worker, error) {
	db.SetMaxOpenConns(n)
	db.SetMaxIdleConns(n)
	conns, stmts := make([]*sql.Conn, n), make([]*sql.Stmt, n)
	for i := range n {
		var err error
		if conns[i], err = db.Conn(ctx); err != nil {
			return worker{}, err
		}
		if stmts[i], err = conns[i].PrepareContext(ctx, "SELECT name FROM d.r WHERE id = ?"); err != nil {
			return worker{}, err
		}
	}
	return worker{
		read: func(conn, id int) error {
			var name string
			return stmts[conn].QueryRowContext(ctx, id).Scan(&name)
		},
		close: func() {
			for _, c := range conns {
				_ = c.Close()
			}
		},
	}, nil
}

// httpClients are n clients with a connection each.
func (s *overHTTPS) httpClients(n int) ([]*http.Client, error) {
	pem, err := os.ReadFile(s.ca())
	if err != nil {
		return nil, err
	}
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(pem)
	out := make([]*http.Client, n)
	for i := range out {
		out[i] = &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots}, MaxConnsPerHost: 1, DisableCompression: true}}
	}
	return out, nil
}

func (s *overHTTPS) post(c *http.Client, path, session string, body []byte) ([]byte, error) {
	r, err := http.NewRequest(http.MethodPost, "https://"+s.https+path, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	r.SetBasicAuth("root", s.secret())
	if session != "" {
		r.Header.Set("Lxdb-Session", session)
	}
	res, err := c.Do(r)
	if err != nil {
		return nil, err
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	if err == nil && res.StatusCode >= 300 {
		err = fmt.Errorf("%s: %.200s", res.Status, text)
	}
	return text, err
}

// secret is the password, read once.
func (s *overHTTPS) secret() string {
	if s.root == "" {
		s.root = s.password()
	}
	return s.root
}

func closeIdle(clients []*http.Client) {
	for _, c := range clients {
		c.CloseIdleConnections()
	}
}

func (s *overHTTPS) jsonWorker(_ context.Context, n int) (worker, error) {
	clients, err := s.httpClients(n)
	if err != nil {
		return worker{}, err
	}
	sessions := make([]string, n)
	for i, c := range clients {
		text, err := s.post(c, "/api/v1/session", "", nil)
		if err != nil {
			return worker{}, err
		}
		var opened struct{ Session string }
		if err := json.Unmarshal(text, &opened); err != nil {
			return worker{}, err
		}
		sessions[i] = opened.Session
	}
	return worker{
		read: func(conn, id int) error {
			text, err := s.post(clients[conn], "/api/v1/query", sessions[conn], fmt.Appendf(nil, `{"sql": "SELECT name FROM d.r WHERE id = ?", "params": [%d]}`, id))
			return found(text, id, err)
		},
		close: func() {
			for i, c := range clients {
				r, _ := http.NewRequest(http.MethodDelete, "https://"+s.https+"/api/v1/session", nil)
				r.SetBasicAuth("root", s.secret())
				r.Header.Set("Lxdb-Session", sessions[i])
				if res, err := c.Do(r); err == nil {
					res.Body.Close()
				}
			}
			closeIdle(clients)
		},
	}, nil
}

func found(text []byte, id int, err error) error {
	if err == nil && !bytes.Contains(text, fmt.Appendf(nil, "name of row %d", id)) {
		err = fmt.Errorf("no row %d in %.200q", id, text)
	}
	return err
}

// wire is an Avatica request.
func wire(name string, fields []byte) []byte {
	b := protowire.AppendTag(nil, 1, protowire.BytesType)
	b = protowire.AppendString(b, "org.apache.calcite.avatica.proto.Requests$"+name)
	b = protowire.AppendTag(b, 2, protowire.BytesType)
	return protowire.AppendBytes(b, fields)
}

func field(b []byte, n protowire.Number, text string) []byte {
	return protowire.AppendString(protowire.AppendTag(b, n, protowire.BytesType), text)
}

func number(b []byte, n protowire.Number, v uint64) []byte {
	return protowire.AppendVarint(protowire.AppendTag(b, n, protowire.VarintType), v)
}

func (s *overHTTPS) protoWorker(_ context.Context, n int) (worker, error) {
	clients, err := s.httpClients(n)
	if err != nil {
		return worker{}, err
	}
	handles := make([][]byte, n)
	ids := make([]string, n)
	for i, c := range clients {
		ids[i] = rand.Text() + rand.Text()
		if _, err := s.post(c, "/", "", wire("OpenConnectionRequest", field(nil, 1, ids[i]))); err != nil {
			return worker{}, err
		}
		text, err := s.post(c, "/", "", wire("PrepareRequest", field(field(nil, 1, ids[i]), 2, "SELECT name FROM d.r WHERE id = ?")))
		if err != nil {
			return worker{}, err
		}
		handles[i] = number(field(nil, 1, ids[i]), 2, statementOf(text))
	}
	return worker{
		read: func(conn, id int) error {
			value := number(number(nil, 1, 12), 4, protowire.EncodeZigZag(int64(id))) // an INTEGER
			b := field(field(nil, 1, string(handles[conn])), 2, string(value))
			text, err := s.post(clients[conn], "/", "", wire("ExecuteRequest", number(number(b, 4, 1), 5, 100)))
			return found(text, id, err)
		},
		close: func() {
			for i, c := range clients {
				_, _ = s.post(c, "/", "", wire("CloseConnectionRequest", field(nil, 1, ids[i])))
			}
			closeIdle(clients)
		},
	}, nil
}

// statementOf finds the id in a PrepareResponse: WireMessage.wrapped_message.statement.id.
func statementOf(text []byte) uint64 {
	for _, n := range []protowire.Number{2, 1} {
		text = inside(text, n)
	}
	for len(text) > 0 {
		num, typ, l := protowire.ConsumeTag(text)
		if l < 0 {
			return 0
		}
		if num == 2 && typ == protowire.VarintType {
			v, _ := protowire.ConsumeVarint(text[l:])
			return v
		}
		skip := protowire.ConsumeFieldValue(num, typ, text[l:])
		if skip < 0 {
			return 0
		}
		text = text[l+skip:]
	}
	return 0
}

func inside(text []byte, n protowire.Number) []byte {
	for len(text) > 0 {
		num, typ, l := protowire.ConsumeTag(text)
		if l < 0 {
			return nil
		}
		if num == n && typ == protowire.BytesType {
			v, _ := protowire.ConsumeBytes(text[l:])
			return v
		}
		skip := protowire.ConsumeFieldValue(num, typ, text[l:])
		if skip < 0 {
			return nil
		}
		text = text[l+skip:]
	}
	return nil
}
