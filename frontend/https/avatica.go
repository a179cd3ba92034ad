package https

import (
	"errors"
	"net/http"
	"time"

	"github.com/lxdb/lxdb/engine/session"
	"github.com/lxdb/lxdb/frontend/https/avatica"
)

// Lengths of connection ids. Where the id is the proof of who opened it, it must be as
// long as a UUID.
const (
	minSecretID = 32
	maxID       = 128
)

// exchange is one Avatica request on its way.
type exchange struct {
	srv    *Server
	r      *http.Request
	caller caller
	req    *avatica.Request
	addr   avatica.ServerAddress
}

// avatica serves POST on any path.
func (s *Server) avatica(w http.ResponseWriter, r *http.Request) {
	x := &exchange{srv: s, r: r, addr: serverAddress(r)}
	proof := s.presented(r)
	body, release, err := s.readBody(w, r, proof.proved(), func(head []byte) bool {
		// Large requests are for who has logged in, or has opened a connection.
		return proof.sent && proof.prove() || !proof.sent && s.knows(head)
	})
	defer release()
	switch {
	case errors.Is(err, errNoRoom):
		w.Header().Set("Connection", "close")
		s.plain(w, http.StatusTooManyRequests, "too many large requests at one time")
		return
	case errors.Is(err, errTooLarge):
		w.Header().Set("Connection", "close")
		s.plain(w, http.StatusRequestEntityTooLarge, "the request is too large")
		return
	case err != nil:
		w.Header().Set("Connection", "close")
		s.plain(w, http.StatusRequestTimeout, "the request does not come to its end")
		return
	}
	if !proof.proved() && proof.sent && !s.closesNothing(body) && !proof.prove() {
		s.unauthorized(w, "text/plain; charset=utf-8", []byte(tell(proof.denied)+"\n"))
		return
	}
	if x.caller = proof.caller; proof.proved() {
		admit(r)
	}
	begun := time.Now()
	var res avatica.Response
	format := avatica.Sniff(body)
	kind := avatica.None
	if x.req, err = avatica.Decode(body); err == nil {
		kind = x.req.Kind
		res, err = x.answer()
	}
	s.metrics.request("avatica", kind.String(), begun, err)
	var challenged *needCredentials
	switch {
	case errors.As(err, &challenged):
		s.unauthorized(w, contentType(format), avatica.Encode(format, x.failure(challenged.refusal)))
	case err != nil && x.req == nil && x.caller.who.IsNobody():
		s.plain(w, http.StatusBadRequest, "this is no Avatica request; what is served where: /api/v1/openapi.json")
	case err != nil:
		// Never 503: Java's client sends its request again at once, for ever.
		s.write(w, http.StatusInternalServerError, contentType(format), avatica.Encode(format, x.failure(err)))
	default:
		s.write(w, http.StatusOK, contentType(format), avatica.Encode(format, res))
	}
}

// closesNothing reports whether a request closes what is not there. Clients close in
// destructors, also when they could not log in; that is no second attempt.
func (s *Server) closesNothing(body []byte) bool {
	req, err := avatica.Decode(body)
	if err != nil || req.Kind != avatica.CloseConnection && req.Kind != avatica.CloseStatement {
		return false
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for key := range s.clients { // whose it is shows when he is known
		if key.space == connections && key.id == req.ConnectionID {
			return false
		}
	}
	return true
}

// serverAddress is our own address, which clients are told.
func serverAddress(r *http.Request) avatica.ServerAddress {
	if s := socketOf(r); s != nil {
		return avatica.ServerAddress(s.LocalAddr().String())
	}
	return avatica.ServerAddress(r.Host)
}

func contentType(f avatica.Format) string {
	if f == avatica.JSON {
		return "application/json; charset=utf-8"
	}
	return "application/octet-stream"
}

// needCredentials is the refusal of who sent none.
type needCredentials struct{ refusal *session.Error }

func (e *needCredentials) Error() string { return e.refusal.Error() }

// failure is err as a client sees it.
func (x *exchange) failure(err error) *avatica.Failure {
	if errors.Is(err, errNoClient) {
		text := "the connection is closed or unknown: open a new one"
		return &avatica.Failure{
			Text: text, Code: avatica.MissingConnection, State: avatica.MissingConnectionState,
			Detail: avatica.MissingConnectionText + ": " + text, Server: x.addr,
		}
	}
	e, internal := clientError(err)
	if internal {
		x.srv.logInternal(x.r, err)
	}
	return &avatica.Failure{Text: tell(e), Code: uint32(e.Number), State: e.State, Server: x.addr}
}

// answer finds the session and runs the request.
func (x *exchange) answer() (avatica.Response, error) {
	as := x.r.URL.Query().Get("doAs")
	other := as != "" && as != x.caller.who.Name()
	if x.req.Kind == avatica.OpenConnection && !other {
		return x.openConnection()
	}
	c := x.srv.find(connections, x.req.ConnectionID, x.caller.who)
	switch {
	case other && (c != nil || x.req.Kind == avatica.OpenConnection):
		return nil, errImpersonal
	case c == nil:
		if x.req.Kind == avatica.CloseConnection || x.req.Kind == avatica.CloseStatement {
			return &avatica.Done{Of: x.req.Kind, Server: x.addr}, nil // clients close in destructors
		}
		return nil, errNoClient
	}
	admit(x.r)
	if x.req.Kind == avatica.CloseConnection {
		c.finish()
		return &avatica.Done{Of: x.req.Kind, Server: x.addr}, nil
	}
	run := avaticaHandlers[x.req.Kind]
	return use(x.r.Context(), c, func() (avatica.Response, error) {
		if metadata[x.req.Kind] {
			if err := session.Admit(c.ctx, c.sess); err != nil {
				return nil, err
			}
		}
		return run(x, c)
	})
}

// metadata are the requests that tell of the server and what is in it: nothing for who has to change his password first.
var metadata = [avatica.TypeInfo + 1]bool{
	avatica.DatabaseProperties: true, avatica.Catalogs: true, avatica.Schemas: true, avatica.Tables: true, avatica.Columns: true,
	avatica.TableTypes: true, avatica.TypeInfo: true,
}

// avaticaHandlers run with the turn of the client.
var avaticaHandlers = [...]func(*exchange, *client) (avatica.Response, error){
	avatica.ConnectionSync:         (*exchange).connectionSync,
	avatica.DatabaseProperties:     (*exchange).databaseProperties,
	avatica.CreateStatement:        (*exchange).createStatement,
	avatica.CloseStatement:         (*exchange).closeStatement,
	avatica.Prepare:                (*exchange).prepare,
	avatica.PrepareAndExecute:      (*exchange).prepareAndExecute,
	avatica.Execute:                (*exchange).execute,
	avatica.Fetch:                  (*exchange).fetch,
	avatica.SyncResults:            (*exchange).syncResults,
	avatica.Commit:                 (*exchange).endTransaction,
	avatica.Rollback:               (*exchange).endTransaction,
	avatica.PrepareAndExecuteBatch: (*exchange).textBatch,
	avatica.ExecuteBatch:           (*exchange).executeBatch,
	avatica.Catalogs:               (*exchange).catalogs,
	avatica.Schemas:                (*exchange).schemas,
	avatica.Tables:                 (*exchange).tables,
	avatica.Columns:                (*exchange).columns,
	avatica.TableTypes:             (*exchange).tableTypes,
	avatica.TypeInfo:               (*exchange).typeInfo,
}

func (x *exchange) createStatement(c *client) (avatica.Response, error) {
	st, err := c.newStatement(x.srv.opts.MaxStatements)
	if err != nil {
		return nil, err
	}
	return &avatica.Created{ConnectionID: c.id, StatementID: st.id, Server: x.addr}, nil
}

func (x *exchange) closeStatement(c *client) (avatica.Response, error) {
	c.closeStatement(x.req.StatementID)
	return &avatica.Done{Of: x.req.Kind, Server: x.addr}, nil
}
