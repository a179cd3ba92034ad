package tour

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"time"

	"github.com/lxdb/lxdb/cmd/lxdb/internal/sqlconn"
)

// overAvatica runs a statement as Java's Avatica driver does: each step is a request,
// in the JSON of that protocol.
func (p *player) overAvatica(ctx context.Context, s step) (sqlconn.Rows, error) {
	pem, err := os.ReadFile(p.opts.CAFile)
	if err != nil {
		return sqlconn.Rows{}, err
	}
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(pem)
	transport := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots}}
	defer transport.CloseIdleConnections()
	a := &avatica{client: &http.Client{Transport: transport, Timeout: time.Minute}, url: "https://" + p.opts.HTTPS + "/", id: rand.Text() + rand.Text()}
	return a.run(ctx, s.user, p.opts.Passwords[s.user], s.sql)
}

// avatica is a connection: the client invents its id.
type avatica struct {
	client  *http.Client
	url, id string
}

// reply has what the answers that we ask for have.
type reply struct {
	StatementID  int `json:"statementId"`
	Results      []frames
	ErrorCode    int
	SQLState     string
	ErrorMessage string
}

type frames struct {
	Signature struct{ Columns []struct{ Label string } }
	First     struct{ Rows [][]any } `json:"firstFrame"`
}

func (a *avatica) run(ctx context.Context, user, password, text string) (out sqlconn.Rows, err error) {
	if _, err := a.ask(ctx, "openConnection", map[string]any{"info": map[string]string{"user": user, "password": password}}); err != nil {
		return out, err
	}
	defer func() {
		_, closing := a.ask(ctx, "closeConnection", nil)
		err = errors.Join(err, closing)
	}()
	made, err := a.ask(ctx, "createStatement", nil)
	if err != nil {
		return out, err
	}
	done, err := a.ask(ctx, "prepareAndExecute", map[string]any{"statementId": made.StatementID, "sql": text, "maxRowsTotal": -1})
	if err != nil || len(done.Results) == 0 {
		return out, err
	}
	for _, c := range done.Results[0].Signature.Columns {
		out.Columns = append(out.Columns, c.Label)
	}
	for _, row := range done.Results[0].First.Rows {
		cells := make([]*string, len(row))
		for i, v := range row {
			if v != nil {
				cell := fmt.Sprint(v)
				cells[i] = &cell
			}
		}
		out.Rows = append(out.Rows, cells)
	}
	return out, nil
}

// ask sends a request of a kind. The server's refusal is a *sqlconn.Error.
func (a *avatica) ask(ctx context.Context, kind string, more map[string]any) (answer reply, err error) {
	request := map[string]any{"request": kind, "connectionId": a.id}
	for k, v := range more {
		request[k] = v
	}
	body, err := json.Marshal(request)
	if err != nil {
		return answer, err
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, a.url, bytes.NewReader(body))
	if err != nil {
		return answer, err
	}
	res, err := a.client.Do(r)
	if err != nil {
		return answer, err
	}
	defer res.Body.Close()
	d := json.NewDecoder(io.LimitReader(res.Body, 16<<20))
	d.UseNumber()
	if err := d.Decode(&answer); err != nil {
		return answer, fmt.Errorf("avatica: %s: %w", kind, err)
	}
	if answer.ErrorCode != 0 {
		return answer, sqlconn.Told(uint16(answer.ErrorCode), answer.SQLState, answer.ErrorMessage)
	}
	return answer, nil
}
