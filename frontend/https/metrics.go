package https

import (
	"errors"
	"net/http"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/lxdb/lxdb/engine/session"
)

// metrics are what an operator watches. No label has a value that a client chooses:
// each new one would take memory.
type metrics struct {
	registry *prometheus.Registry
	requests *prometheus.CounterVec
	seconds  *prometheus.HistogramVec
	denials  prometheus.Counter
	logins   *prometheus.CounterVec
	opened   prometheus.Counter
	handler  http.Handler
}

func newMetrics(s *Server) *metrics {
	m := &metrics{
		registry: prometheus.NewRegistry(),
		requests: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "lxdb_https_requests_total", Help: "Requests by protocol, kind and outcome (ok, error, denied, internal).",
		}, []string{"api", "kind", "outcome"}),
		seconds: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "lxdb_https_request_seconds", Help: "Time from a request that was read to its answer.",
			Buckets: prometheus.ExponentialBuckets(0.0001, 4, 10),
		}, []string{"api"}),
		denials: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "lxdb_https_denials_total", Help: "Statements refused because a right is missing.",
		}),
		logins: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "lxdb_https_logins_total", Help: "Logins that opened a session, and credentials that were refused.",
		}, []string{"outcome"}),
		opened: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "lxdb_https_sessions_opened_total", Help: "Sessions opened over HTTPS.",
		}),
	}
	sessions := prometheus.NewGaugeFunc(prometheus.GaugeOpts{
		Name: "lxdb_https_sessions", Help: "Sessions that are open between requests.",
	}, func() float64 {
		s.mu.Lock()
		defer s.mu.Unlock()
		return float64(len(s.clients))
	})
	buffered := prometheus.NewGaugeFunc(prometheus.GaugeOpts{
		Name: "lxdb_https_buffered_bytes", Help: "Rows kept for results that were put aside.",
	}, func() float64 { return float64(s.buffered.Load()) })
	m.registry.MustRegister(m.requests, m.seconds, m.denials, m.logins, m.opened, sessions, buffered, collectors.NewGoCollector(),
		collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	m.socket("https", s.Connections)
	for name, count := range s.opts.Sockets {
		m.socket(name, count)
	}
	for _, c := range s.opts.Counters {
		m.registry.MustRegister(c.collector())
	}
	m.handler = promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{DisableCompression: true, MaxRequestsInFlight: 4})
	return m
}

func (c Counter) collector() prometheus.Collector {
	if c.Gauge {
		return prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: c.Name, Help: c.Help}, c.Value)
	}
	return prometheus.NewCounterFunc(prometheus.CounterOpts{Name: c.Name, Help: c.Help}, c.Value)
}

// socket registers the number of connections of a listener.
func (m *metrics) socket(listener string, count func() int) {
	m.registry.MustRegister(prometheus.NewGaugeFunc(prometheus.GaugeOpts{
		Name: "lxdb_connections", Help: "Connections of a listener, in every state.", ConstLabels: prometheus.Labels{"listener": listener},
	}, func() float64 { return float64(count()) }))
}

// request counts a request that was answered.
func (m *metrics) request(api, kind string, begun time.Time, err error) {
	outcome := "ok"
	if err != nil && !errors.Is(err, errNoClient) {
		outcome = "error"
		e, internal := clientError(err)
		switch {
		case internal:
			outcome = "internal"
		case isDenial(e.Number):
			outcome = "denied"
			m.denials.Inc()
		}
	} else if err != nil {
		outcome = "error"
	}
	m.requests.WithLabelValues(api, kind, outcome).Inc()
	m.seconds.WithLabelValues(api).Observe(time.Since(begun).Seconds())
}

// serveMetrics serves who is on this machine, and who may see the instance's state.
func (s *Server) serveMetrics(w http.ResponseWriter, r *http.Request) {
	if !loopback(r) && !s.mayMonitor(w, r) {
		return
	}
	s.metrics.handler.ServeHTTP(w, r)
}

// mayMonitor asks a session of the caller whether he may. When it says no, it has
// answered.
func (s *Server) mayMonitor(w http.ResponseWriter, r *http.Request) bool {
	caller, denied := s.basic(r)
	if denied != nil || caller.who.IsNobody() {
		s.unauthorized(w, "text/plain; charset=utf-8", []byte("metrics are for who holds SYSTEM MONITOR\n"))
		return false
	}
	admit(r)
	c, err := s.open(caller.who, tokens, "", true, session.Options{Remote: r.RemoteAddr, Transport: "https", Certificate: serials(r)})
	if err != nil {
		e, _ := clientError(err)
		s.plain(w, http.StatusForbidden, tell(e))
		return false
	}
	defer c.finish()
	if m, ok := c.sess.(session.Monitor); ok && m.MayMonitor() {
		return true
	}
	s.plain(w, http.StatusForbidden, "metrics are for who holds SYSTEM MONITOR (hint: GRANT SYSTEM MONITOR TO …)")
	return false
}
