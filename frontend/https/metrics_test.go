package https_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/lxdb/lxdb/frontend/https"
)

// TestMetricsAreForMonitors asks from elsewhere, as a proxy on this machine says it.
func TestMetricsAreForMonitors(t *testing.T) {
	s := start(t, func(o *https.Options) { o.Sockets = map[string]func() int{"mysql": func() int { return 7 }} })
	s.Exec("CREATE USER eve IDENTIFIED BY 'pw-eve'", "CREATE USER watch IDENTIFIED BY 'pw-watch'", "GRANT SYSTEM MONITOR TO watch")
	elsewhere := []string{"X-Forwarded-For", "192.0.2.1"}
	for name, c := range map[string]struct {
		v      *visitor
		header []string
		status int
	}{
		"this machine":        {s.visit("", ""), nil, http.StatusOK},
		"elsewhere":           {s.visit("", ""), elsewhere, http.StatusUnauthorized},
		"a wrong password":    {s.visit("watch", "wrong"), elsewhere, http.StatusUnauthorized},
		"a user":              {s.visit("eve", "pw-eve"), elsewhere, http.StatusForbidden},
		"who may monitor":     {s.visit("watch", "pw-watch"), elsewhere, http.StatusOK},
		"the administrator":   {s.visit("root", s.Root), elsewhere, http.StatusOK},
		"a page of elsewhere": {s.visit("", ""), []string{"Origin", "https://evil.example"}, http.StatusForbidden},
	} {
		r := c.v.send("GET", "/metrics", "", c.header...)
		if r.status != c.status || strings.Contains(r.body, "lxdb_https_requests_total") != (c.status == http.StatusOK && strings.Contains(r.body, "api=")) {
			t.Errorf("%s: %d %.200s", name, r.status, r.body)
		}
		if c.status == http.StatusOK && !strings.Contains(r.body, `lxdb_connections{listener="mysql"} 7`) {
			t.Errorf("%s: %.300s", name, r.body)
		}
		if c.status != http.StatusOK && strings.Contains(r.body, "lxdb_connections") {
			t.Errorf("%s was told: %.300s", name, r.body)
		}
	}
	eve := s.visit("eve", "pw-eve")
	if r := eve.send("POST", "/api/v1/query", `{"sql":"SELECT * FROM mysql.user"}`); r.status == http.StatusOK {
		t.Errorf("eve reads mysql.user: %s", r.body)
	}
	eve.open(idOne, nil)
	if status, _ := eve.avatica(execute(idOne, eve.statement(idOne), "DROP USER watch")); status == http.StatusOK {
		t.Error("eve drops a user")
	}
	if body := s.visit("", "").send("GET", "/metrics", "").body; !strings.Contains(body, `outcome="denied"`) || strings.Contains(body, "lxdb_https_denials_total 0") {
		t.Errorf("denials are not counted: %s", body)
	}
}
