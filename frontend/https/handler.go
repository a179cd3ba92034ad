package https

import (
	"net/http"
	"strconv"
)

func itoa(n int) string { return strconv.Itoa(n) }

// routes is what is served where. Avatica's clients post to whatever path they were
// configured with, so everything else is theirs.
func (s *Server) routes() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Cache-Control", "no-store")
		h.Set("X-Content-Type-Options", "nosniff")
		switch r.URL.Path {
		case "/healthz":
			s.only(http.MethodGet, s.health)(w, r)
			return
		case "/ca.crt":
			s.only(http.MethodGet, s.authority)(w, r)
			return
		}
		if crossSite(r) {
			s.plain(w, http.StatusForbidden, "a page of another site may not send requests here")
			return
		}
		switch r.URL.Path {
		case "/metrics":
			s.only(http.MethodGet, s.serveMetrics)(w, r)
		case "/api/v1/query":
			s.only(http.MethodPost, s.query)(w, r)
		case "/api/v1/session":
			s.sessions(w, r)
		case "/api/v1/openapi.json":
			s.only(http.MethodGet, s.openAPI)(w, r)
		case "/psdb.v1alpha1.Database/Execute", "/psdb.v1alpha1.Database/CreateSession":
			s.only(http.MethodPost, s.planet)(w, r)
		case "/tunnel/mysql":
			s.only(http.MethodGet, s.tunnel)(w, r)
		default:
			s.only(http.MethodPost, s.avatica)(w, r)
		}
	})
}

// only refuses other methods.
func (s *Server) only(method string, f http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if r.Method != method && !(method == http.MethodGet && r.Method == http.MethodHead) {
			w.Header().Set("Allow", method)
			s.plain(w, http.StatusMethodNotAllowed, "send "+method+" here; what is served where: /api/v1/openapi.json")
			return
		}
		f(w, r)
	}
}

// crossSite reports whether a page of another site sends the request: its browser may
// add credentials that the page does not know. SQL clients send neither header.
func crossSite(r *http.Request) bool {
	switch r.Header.Get("Sec-Fetch-Site") {
	case "", "same-origin", "none":
	default:
		return true
	}
	origin := r.Header.Get("Origin")
	return origin != "" && origin != "https://"+r.Host
}

func (s *Server) plain(w http.ResponseWriter, status int, text string) {
	s.write(w, status, "text/plain; charset=utf-8", []byte(text+"\n"))
}

// unauthorized asks for credentials.
func (s *Server) unauthorized(w http.ResponseWriter, contentType string, body []byte) {
	w.Header().Set("WWW-Authenticate", challenge)
	s.write(w, http.StatusUnauthorized, contentType, body)
}

// health says that the server takes requests.
func (s *Server) health(w http.ResponseWriter, _ *http.Request) {
	if s.draining.Load() {
		s.plain(w, http.StatusServiceUnavailable, "stopping")
		return
	}
	s.plain(w, http.StatusOK, "ok")
}

// authority gives the CA certificate away. Who fetches it without knowing it yet must
// compare its fingerprint.
func (s *Server) authority(w http.ResponseWriter, _ *http.Request) {
	if len(s.opts.Authority) == 0 {
		s.plain(w, http.StatusNotFound, "no CA certificate")
		return
	}
	w.Header().Set("Content-Disposition", `attachment; filename="lxdb-ca.crt"`)
	s.write(w, http.StatusOK, "application/x-pem-file", s.opts.Authority)
}

// logInternal logs an error that the client is told nothing of.
func (s *Server) logInternal(r *http.Request, err error) {
	s.opts.Logger.Error("https: internal error", "remote", r.RemoteAddr, "path", r.URL.Path, "error", err)
}
