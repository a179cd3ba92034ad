package lxdb

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"
)

// Error is what the server says of a statement that failed.
type Error struct {
	Number   int    `json:"code"` // MySQL's
	SQLState string `json:"sqlState"`
	Message  string `json:"message"`
	Hint     string `json:"hint"`
}

// Error is the message, with the number in front and the hint behind.
func (e *Error) Error() string {
	text := fmt.Sprintf("%d (%s): %s", e.Number, e.SQLState, e.Message)
	if e.Hint != "" {
		text += " (hint: " + e.Hint + ")"
	}
	return text
}

// Column describes a column of a result.
type Column struct {
	Name     string `json:"name"`
	Type     string `json:"type"` // MySQL's name
	Unsigned bool   `json:"unsigned"`
	NotNull  bool   `json:"notNull"`
	Scale    int64  `json:"scale"`
	Length   int64  `json:"length"`
	Database string `json:"database"`
	Table    string `json:"table"`

	kind kind
}

// Summary is what a statement did.
type Summary struct {
	AffectedRows int64  `json:"affectedRows"`
	LastInsertID int64  `json:"lastInsertId"`
	Warnings     int    `json:"warnings"`
	Info         string `json:"info"`
	Status       struct {
		InTransaction bool   `json:"inTransaction"`
		Autocommit    bool   `json:"autocommit"`
		Database      string `json:"database"`
	} `json:"status"`
}

// Client sends statements to a server, in one session.
type Client struct {
	cfg     Config
	http    *http.Client
	base    string
	session string
	lost    bool          // the session is closed or unknown
	lines   *bufio.Reader // of the result that is open
}

// Dial opens a session.
func Dial(ctx context.Context, cfg Config) (*Client, error) {
	c, err := newClient(cfg)
	if err != nil {
		return nil, err
	}
	return c, c.open(ctx)
}

func newClient(cfg Config) (*Client, error) {
	conf, err := cfg.tlsConfig()
	if err != nil {
		return nil, err
	}
	// A session has one request at a time, for which HTTP/1.1 costs half of what HTTP/2 does.
	conf.NextProtos = []string{"http/1.1"}
	transport := &http.Transport{TLSClientConfig: conf, DisableCompression: true, MaxConnsPerHost: 1, IdleConnTimeout: 90 * time.Second}
	return &Client{cfg: cfg, http: &http.Client{Transport: transport}, base: "https://" + cfg.Address}, nil
}

func (c *Client) open(ctx context.Context) error {
	body, err := json.Marshal(map[string]string{"database": c.cfg.Database})
	if err != nil {
		return err
	}
	res, err := c.send(ctx, http.MethodPost, "/api/v1/session", body)
	if err != nil {
		return err
	}
	defer drain(res)
	var opened struct {
		Session string `json:"session"`
	}
	if err := json.NewDecoder(res.Body).Decode(&opened); err != nil || opened.Session == "" {
		return errors.New("lxdb: the server is none of ours: it opens no session")
	}
	c.session = opened.Session
	return nil
}

// Close closes the session. An open transaction is rolled back.
func (c *Client) Close() error {
	defer c.http.CloseIdleConnections()
	if c.session == "" || c.lost {
		return nil
	}
	ctx, cancel := context.WithTimeout(context.Background(), closeTime)
	defer cancel()
	res, err := c.send(ctx, http.MethodDelete, "/api/v1/session", nil)
	if err != nil {
		return err
	}
	drain(res)
	return nil
}

func drain(res *http.Response) {
	_, _ = io.Copy(io.Discard, io.LimitReader(res.Body, 1<<16)) // so that the socket can be used again
	res.Body.Close()
}

// send sends a request and makes an error of an answer that is one.
func (c *Client) send(ctx context.Context, method, path string, body []byte) (*http.Response, error) {
	r, err := http.NewRequestWithContext(ctx, method, c.base+path, bytes.NewReader(body))
	if err != nil {
		return nil, fmt.Errorf("lxdb: %w", err)
	}
	r.SetBasicAuth(c.cfg.User, c.cfg.Password)
	r.Header.Set("User-Agent", "lxdb-go")
	if c.session != "" {
		r.Header.Set("Lxdb-Session", c.session)
	}
	res, err := c.http.Do(r)
	if err != nil {
		return nil, fmt.Errorf("lxdb: %w", err)
	}
	if res.StatusCode < http.StatusMultipleChoices {
		return res, nil
	}
	defer drain(res)
	c.lost = c.lost || res.StatusCode == http.StatusNotFound
	var failed struct{ Error *Error }
	if err := json.NewDecoder(io.LimitReader(res.Body, 1<<20)).Decode(&failed); err != nil || failed.Error == nil {
		return nil, fmt.Errorf("lxdb: the server answers %s", res.Status)
	}
	return nil, failed.Error
}

// paramError is of a statement that was not sent.
type paramError struct{ err error }

func (e *paramError) Error() string { return "lxdb: parameters: " + e.err.Error() }
func (e *paramError) Unwrap() error { return e.err }

// wholeBytes bounds what is read of an answer that nobody wants any more.
const wholeBytes = 256 << 10

// Result is the outcome of a statement: rows, or what it did.
type Result struct {
	Columns []Column
	Outputs bool // the row has what a CALL gave to its OUT and INOUT placeholders
	cfg     *Config
	body    io.ReadCloser
	lines   *bufio.Reader
	long    []byte // a line that is longer than the buffer
	closed  bool
	whole   bool // all of the answer comes at once
	summary *Summary
	err     error
	// following is the header of the next result of the same CALL.
	following []byte
}

// Query runs a statement. The result must be closed before the next one.
func (c *Client) Query(ctx context.Context, text string, params ...any) (*Result, error) {
	request := struct {
		SQL    string `json:"sql"`
		Params []any  `json:"params,omitempty"`
		Stream bool   `json:"stream"`
	}{text, make([]any, len(params)), true}
	for i, p := range params {
		request.Params[i] = toJSON(p)
	}
	body, err := json.Marshal(&request)
	if err != nil {
		return nil, &paramError{err}
	}
	res, err := c.send(ctx, http.MethodPost, "/api/v1/query", body)
	if err != nil {
		return nil, err
	}
	if c.lines == nil {
		c.lines = bufio.NewReaderSize(nil, 64<<10)
	}
	c.lines.Reset(res.Body)
	r := &Result{cfg: &c.cfg, body: res.Body, lines: c.lines, whole: res.ContentLength >= 0 && res.ContentLength <= wholeBytes}
	if err := r.begin(); err != nil {
		return nil, errors.Join(err, r.Close())
	}
	return r, nil
}

// begin reads the first line: the columns, or what the statement did.
func (r *Result) begin() error {
	line, err := r.line()
	if err != nil {
		return err
	}
	if isHeader(line) {
		return r.header(line)
	}
	return r.last(line)
}

func isHeader(line []byte) bool { return bytes.HasPrefix(line, []byte(`{"columns":`)) }

// header reads the columns of a result.
func (r *Result) header(line []byte) error {
	var first struct {
		Columns []Column
		Outputs bool
	}
	if err := json.Unmarshal(line, &first); err != nil {
		return fmt.Errorf("lxdb: columns: %w", err)
	}
	r.Columns, r.Outputs = first.Columns, first.Outputs
	for i := range r.Columns {
		r.Columns[i].kind = kindOf(r.Columns[i].Type)
	}
	return nil
}

// More says that another result of the same CALL follows. It is known when Next has
// returned io.EOF.
func (r *Result) More() bool { return r.following != nil && !r.closed }

// NextResult goes on with it: rows of the one before that were not read are passed over. It
// returns io.EOF when there is none.
func (r *Result) NextResult() error {
	for r.following == nil {
		switch {
		case r.err != nil:
			return r.err
		case r.summary != nil || r.closed:
			return io.EOF
		}
		line, err := r.line()
		switch {
		case err != nil:
			r.err = err
		case isHeader(line):
			r.following = append([]byte{}, line...)
		case line[0] != '[':
			r.err = r.last(line)
		}
	}
	line := r.following
	r.following = nil
	return r.header(line)
}

// line is valid until the next one is read.
func (r *Result) line() ([]byte, error) {
	line, err := r.lines.ReadSlice('\n')
	if errors.Is(err, bufio.ErrBufferFull) {
		r.long = append(r.long[:0], line...)
		for errors.Is(err, bufio.ErrBufferFull) {
			line, err = r.lines.ReadSlice('\n')
			r.long = append(r.long, line...)
		}
		line = r.long
	}
	if err != nil {
		return nil, fmt.Errorf("lxdb: the answer breaks off: %w", noEOF(err))
	}
	return line, nil
}

// noEOF keeps the end of a stream that breaks off from looking like that of the rows.
func noEOF(err error) error {
	if errors.Is(err, io.EOF) {
		return io.ErrUnexpectedEOF
	}
	return err
}

// last reads the line that ends an answer.
func (r *Result) last(line []byte) error {
	var end struct {
		Summary
		Error *Error
	}
	if err := json.Unmarshal(line, &end); err != nil {
		return fmt.Errorf("lxdb: the end of the answer: %w", err)
	}
	if end.Error != nil {
		return end.Error
	}
	r.summary = &end.Summary
	return nil
}

// Next reads the next row into dest; io.EOF after the last.
func (r *Result) Next(dest []any) error {
	switch {
	case r.err != nil:
		return r.err
	case r.summary != nil || r.following != nil:
		return io.EOF
	}
	err := r.next(dest)
	if r.following == nil {
		r.err = err
	}
	return err
}

func (r *Result) next(dest []any) error {
	line, err := r.line()
	if err != nil {
		return err
	}
	if isHeader(line) {
		r.following = append([]byte{}, line...)
		return io.EOF
	}
	if line[0] != '[' {
		if err := r.last(line); err != nil {
			return err
		}
		return io.EOF
	}
	return readRow(line, r.Columns, dest, r.cfg.ParseTime)
}

// Summary is there after Next returned io.EOF, and at once without columns.
func (r *Result) Summary() Summary {
	if r.summary == nil {
		return Summary{}
	}
	return *r.summary
}

// Close ends the statement. What was not read is not computed.
func (r *Result) Close() error {
	if r.closed { // lines may be the next result's
		return nil
	}
	r.closed = true
	if r.err == nil && r.summary == nil {
		r.err = errors.New("lxdb: the result is closed")
	}
	if r.summary != nil || r.whole {
		// What is left is little and on the way. Read, it leaves a connection that can be used again.
		_, _ = io.Copy(io.Discard, io.LimitReader(r.lines, wholeBytes))
	}
	return r.body.Close()
}
