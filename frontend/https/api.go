package https

import (
	"bytes"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"errors"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/lxdb/lxdb/engine/session"
	"github.com/lxdb/lxdb/engine/sqlerr"
	"github.com/lxdb/lxdb/frontend/https/avatica"
)

// sessionHeader carries the token of a session.
const sessionHeader = "Lxdb-Session"

// apiRequest is the body of /api/v1/query and /api/v1/session.
type apiRequest struct {
	SQL      string    `json:"sql"`
	Params   rawParams `json:"params"`
	Session  string    `json:"session"`
	Database string    `json:"database"`
	Stream   bool      `json:"stream"`
	MaxRows  int64     `json:"maxRows"`
	// FoundRows: UPDATE counts the rows that it found, for sessions of ORMs.
	FoundRows bool `json:"foundRows"`
}

// apiCall is one request of the JSON API.
type apiCall struct {
	srv    *Server
	w      http.ResponseWriter
	r      *http.Request
	caller caller
	in     apiRequest
	// release must be called when the request is done: see Server.readBody.
	release func()
}

// begin proves the caller and reads the body. When it returns false, it has answered.
func (s *Server) begin(w http.ResponseWriter, r *http.Request) (*apiCall, bool) {
	a := &apiCall{srv: s, w: w, r: r}
	var denied *session.Error
	if a.caller, denied = s.basic(r); denied == nil && a.caller.who.IsNobody() {
		denied = errNoCredentials(r)
	}
	if denied != nil {
		s.unauthorized(w, jsonType, apiFailure(denied))
		return nil, false
	}
	admit(r)
	body, release, err := s.readBody(w, r, true, nil)
	a.release = release
	if err == nil {
		err = a.read(body)
	}
	var malformed *session.Error
	switch {
	case err == nil:
		return a, true
	case errors.As(err, &malformed):
		a.refuse(http.StatusBadRequest, malformed)
	case errors.Is(err, errNoRoom):
		w.Header().Set("Connection", "close")
		a.refuse(http.StatusTooManyRequests, sqlerr.OutOfResources.Errorf("too many large requests at one time"))
	case errors.Is(err, errTooLarge):
		w.Header().Set("Connection", "close")
		a.refuse(http.StatusRequestEntityTooLarge, sqlerr.PacketTooLarge.Errorf("Got a packet bigger than 'max_allowed_packet' bytes"))
	default:
		w.Header().Set("Connection", "close")
		a.refuse(http.StatusRequestTimeout, sqlerr.MalformedPacket.Errorf("Malformed communication packet: the request does not come to its end"))
	}
	release()
	return nil, false
}

// read reads the body of a request.
func (a *apiCall) read(body []byte) error {
	if len(bytes.TrimSpace(body)) > 0 {
		d := json.NewDecoder(bytes.NewReader(body))
		d.DisallowUnknownFields()
		if err := d.Decode(&a.in); err != nil || d.More() {
			return sqlerr.MalformedPacket.Errorf("Malformed communication packet: the body is not the JSON that is expected here").
				WithHint("see /api/v1/openapi.json")
		}
	}
	if token := a.r.Header.Get(sessionHeader); token != "" {
		a.in.Session = token
	}
	return nil
}

const jsonType = "application/json; charset=utf-8"

// sessions serves /api/v1/session: POST opens one, DELETE closes it.
func (s *Server) sessions(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodPost && r.Method != http.MethodDelete {
		w.Header().Set("Allow", "POST, DELETE")
		s.plain(w, http.StatusMethodNotAllowed, "POST opens a session, DELETE closes it")
		return
	}
	a, ok := s.begin(w, r)
	if !ok {
		return
	}
	defer a.release()
	if r.Method == http.MethodDelete {
		if c := s.find(tokens, a.in.Session, a.caller.who); c != nil {
			c.finish()
		}
		w.WriteHeader(http.StatusNoContent)
		return
	}
	if err := a.inVain(true); err != nil {
		a.fail(err)
		return
	}
	c, err := a.openSession(newToken())
	if err != nil {
		a.fail(err)
		return
	}
	if s.register(c) != nil {
		c.finish()
		a.fail(errInternal)
		return
	}
	s.metrics.logins.WithLabelValues("accepted").Inc()
	b := avatica.AppendJSONString([]byte(`{"session":`), c.id)
	b = append(b, `,"connectionId":`...)
	b = strconv.AppendUint(b, uint64(c.sess.ID()), 10)
	b = append(b, `,"idleSeconds":`...)
	b = strconv.AppendInt(b, int64(c.idleLimit()/time.Second), 10)
	s.write(w, http.StatusCreated, jsonType, append(b, "}\n"...))
}

// inVain refuses what would have no effect in a request, which opens a session or runs a statement.
func (a *apiCall) inVain(opens bool) error {
	in := &a.in
	switch {
	case opens && (in.SQL != "" || in.Params != nil || in.Stream || in.MaxRows != 0):
		return sqlerr.WrongArguments.Errorf("Incorrect arguments to session: it runs no statement").WithHint("send the statement to /api/v1/query")
	case !opens && in.Session != "" && (in.Database != "" || in.FoundRows):
		return sqlerr.WrongArguments.Errorf("Incorrect arguments to query: a session has its database and its way to count").
			WithHint("send USE, or leave database and foundRows out")
	case in.MaxRows < 0:
		return sqlerr.WrongArguments.Errorf("Incorrect arguments to query: maxRows is negative")
	}
	return nil
}

// newToken is a secret that names a session.
func newToken() string {
	var b [32]byte
	rand.Read(b[:]) // never fails: it ends the process instead
	return base64.RawURLEncoding.EncodeToString(b[:])
}

func (a *apiCall) openSession(token string) (*client, error) {
	agent := a.r.UserAgent()
	return a.srv.open(a.caller.who, tokens, token, true, session.Options{
		Transport: "https", Certificate: serials(a.r),
		Database: a.in.Database, Remote: a.r.RemoteAddr, FoundRows: a.in.FoundRows,
		Attributes: map[string]string{"_client_name": "https", "program_name": agent[:min(len(agent), 128)]},
	})
}

// query serves /api/v1/query.
func (s *Server) query(w http.ResponseWriter, r *http.Request) {
	a, ok := s.begin(w, r)
	if !ok {
		return
	}
	defer a.release()
	begun := time.Now()
	err := a.run()
	s.metrics.request("json", "query", begun, err)
}

// run runs the statement, in the session of its token or in one of its own. What it
// returns has been answered.
func (a *apiCall) run() error {
	var c *client
	if a.in.Session != "" {
		if c = a.srv.find(tokens, a.in.Session, a.caller.who); c == nil {
			return a.fail(errNoClient)
		}
	}
	if err := a.inVain(false); err != nil {
		return a.fail(err)
	}
	if c == nil {
		var err error
		if c, err = a.openSession(""); err != nil {
			return a.fail(err)
		}
		defer c.finish()
	}
	if err := c.enter(a.r.Context()); err != nil {
		return a.fail(err)
	}
	back, err := a.execute(c)
	if back {
		c.leave()
	}
	return err
}

// execute runs the statement for who has the turn. It returns back as call does.
func (a *apiCall) execute(c *client) (back bool, err error) {
	out := newAPIResult(a)
	first, back, err := call(a.r.Context(), c, func() (apiChunk, error) { return out.start(c) })
	if err != nil {
		return back, a.fail(err)
	}
	if first.last {
		a.srv.write(a.w, http.StatusOK, out.contentType(), first.bytes)
		return back, nil
	}
	ctl := http.NewResponseController(a.w)
	a.w.Header().Set("Content-Type", out.contentType())
	a.w.WriteHeader(http.StatusOK)
	for chunk := first; ; {
		a.srv.moveWriteDeadline(ctl)
		if _, err = a.w.Write(chunk.bytes); err == nil {
			err = ctl.Flush()
		}
		if err != nil { // nobody reads the rest
			_, back, _ := call(a.r.Context(), c, func() (apiChunk, error) { return apiChunk{}, out.abort() })
			return back, err
		}
		if chunk.last {
			return back, out.failed
		}
		// Its errors are in the bytes: the status is on the wire.
		if chunk, back, err = call(a.r.Context(), c, out.more); !back {
			return back, err
		}
	}
}

// fail answers with err.
func (a *apiCall) fail(err error) error {
	if errors.Is(err, errNoClient) {
		a.refuse(http.StatusNotFound, sqlerr.UnknownStmtHandler.Errorf("the session is closed or unknown").WithHint("open a new one"))
		return err
	}
	e, internal := clientError(err)
	if internal {
		a.srv.logInternal(a.r, err)
	}
	a.refuse(statusOf(e.Number, internal), e)
	return err
}

func (a *apiCall) refuse(status int, e *session.Error) {
	a.srv.write(a.w, status, jsonType, apiFailure(e))
}

// statusOf is the HTTP status that goes with an error.
func statusOf(n sqlerr.Code, internal bool) int {
	switch {
	case internal:
		return http.StatusInternalServerError
	case isDenial(n):
		return http.StatusForbidden
	}
	switch n {
	case sqlerr.LockDeadlock, sqlerr.LockWaitTimeout, sqlerr.DupEntry:
		return http.StatusConflict
	case sqlerr.TooManyConnections, sqlerr.TooManyUserConnections, sqlerr.UserLimitReached:
		return http.StatusTooManyRequests
	case sqlerr.Shutdown:
		return http.StatusServiceUnavailable
	case sqlerr.UnknownError:
		return http.StatusInternalServerError
	}
	return http.StatusBadRequest
}

// apiFailure is the body of an error.
func apiFailure(e *session.Error) []byte {
	return append(append(appendFailure([]byte("{"), e), '}'), '\n')
}

// appendFailure appends the member "error".
func appendFailure(b []byte, e *session.Error) []byte {
	b = append(b, `"error":{"code":`...)
	b = strconv.AppendUint(b, uint64(e.Number), 10)
	b = avatica.AppendJSONString(append(b, `,"sqlState":`...), e.State)
	b = avatica.AppendJSONString(append(b, `,"message":`...), e.Message)
	if e.Hint != "" {
		b = avatica.AppendJSONString(append(b, `,"hint":`...), e.Hint)
	}
	return append(b, '}')
}

// wantsLines reports whether the client asks for a line for each row.
func (a *apiCall) wantsLines() bool {
	return a.in.Stream || strings.Contains(a.r.Header.Get("Accept"), "application/x-ndjson")
}
