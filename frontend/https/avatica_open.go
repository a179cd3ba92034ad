package https

import (
	"crypto/subtle"
	"strings"

	"github.com/lxdb/lxdb/engine/session"
	"github.com/lxdb/lxdb/engine/sqlerr"
	"github.com/lxdb/lxdb/frontend/https/avatica"
	"github.com/lxdb/lxdb/security/principal"
)

// openConnection opens a session under the id that the client chose. Asked again, by a
// client that lost the answer, it has nothing left to do.
func (x *exchange) openConnection() (avatica.Response, error) {
	who, basic, err := x.prove()
	if err != nil {
		return nil, err
	}
	id := x.req.ConnectionID
	if id == "" || len(id) > maxID || !basic && len(id) < minSecretID {
		return nil, sqlerr.WrongArguments.Errorf("Incorrect arguments to openConnection: the connection id has %d characters", len(id)).
			WithHint("send a random UUID")
	}
	admit(x.r)
	done := &avatica.Done{Of: avatica.OpenConnection, Server: x.addr}
	if x.srv.find(connections, id, who) != nil {
		return done, nil
	}
	c, err := x.srv.open(who, connections, id, basic, session.Options{
		Transport: "https", Certificate: serials(x.r),
		Database: x.database(), Remote: x.r.RemoteAddr, AnsiQuotes: !strings.EqualFold(x.req.Info["ansiQuotes"], "false"),
		// JDBC counts the rows that a statement found.
		FoundRows: true, Attributes: x.attributes(),
	})
	if err != nil {
		return nil, err
	}
	if err := x.autocommit(c); err != nil {
		c.finish()
		return nil, err
	}
	other := x.srv.register(c)
	switch {
	case other == nil:
		x.srv.metrics.logins.WithLabelValues("accepted").Inc()
		return done, nil
	case other.owner == who.ID():
		c.finish()
		return done, nil
	}
	c.finish()
	return nil, sqlerr.WrongArguments.Errorf("Incorrect arguments to openConnection: the connection id cannot be used").
		WithHint("send a random UUID")
}

// prove says who opens a connection: by the header, or by the pair in the request. Both
// must name the same one.
func (x *exchange) prove() (who principal.Principal, basic bool, err error) {
	user, hasUser := x.req.Info["user"]
	password, hasPassword := x.req.Info["password"]
	if x.caller.who.IsNobody() {
		if !hasUser && !hasPassword {
			// The first request of who waits to be asked.
			return who, false, &needCredentials{errNoCredentials(x.r)}
		}
		who, denied := x.srv.prove(x.r, user, password)
		if denied != nil {
			return who, false, denied
		}
		return who, false, nil
	}
	same := (!hasUser || strings.EqualFold(user, x.caller.who.Name())) &&
		(!hasPassword || subtle.ConstantTimeCompare([]byte(password), []byte(x.caller.password)) == 1)
	if !same {
		return who, true, errAccessDenied(user, x.r)
	}
	return x.caller.who, true, nil
}

// database is where the connection begins. Drivers say it in different ways.
func (x *exchange) database() string {
	for _, key := range []string{"database", "databaseName", "schema"} {
		if name := x.req.Info[key]; name != "" {
			return name
		}
	}
	if name := x.r.URL.Query().Get("database"); name != "" {
		return name
	}
	path := strings.Trim(x.r.URL.Path, "/")
	path = path[strings.LastIndexByte(path, '/')+1:]
	if path == "avatica" { // the reference server's path
		return ""
	}
	return path
}

// autocommit takes the wish of drivers that say it when they connect.
func (x *exchange) autocommit(c *client) error {
	for _, key := range []string{"autoCommit", "AutoCommit", "autocommit"} {
		if strings.EqualFold(x.req.Info[key], "false") {
			return c.exec("SET autocommit = 0")
		}
	}
	return nil
}

// attributes are what the process list may show of the client.
func (x *exchange) attributes() map[string]string {
	agent := x.r.UserAgent()
	if len(agent) > 128 {
		agent = agent[:128]
	}
	return map[string]string{"_client_name": "avatica", "program_name": agent}
}

// exec runs a statement that has no rows.
func (c *client) exec(text string) error {
	res, _, err := c.sess.Query(c.ctx, text)
	if res, err = session.Only(res, err); err != nil {
		return err
	}
	return res.Close()
}

// Isolation levels of JDBC, and their names.
var isolations = map[uint32]string{1: "READ UNCOMMITTED", 2: "READ COMMITTED", 4: "REPEATABLE READ", 8: "SERIALIZABLE"}

// connectionSync takes the client's wishes and answers with what is in effect.
func (x *exchange) connectionSync(c *client) (avatica.Response, error) {
	if err := c.settle(); err != nil {
		return nil, err
	}
	p := x.req.Props
	if p.AutoCommit != nil && *p.AutoCommit != c.sess.Status().Autocommit {
		if err := c.exec("SET autocommit = " + itoa(int(bit(*p.AutoCommit)))); err != nil {
			return nil, err
		}
	}
	now, err := c.characteristics()
	if err != nil {
		return nil, err
	}
	if p.ReadOnly != nil && *p.ReadOnly != now.readOnly {
		mode := "READ WRITE"
		if *p.ReadOnly {
			mode = "READ ONLY"
		}
		if err := c.exec("SET SESSION TRANSACTION " + mode); err != nil {
			return nil, err
		}
		now.readOnly = *p.ReadOnly
	}
	if p.Isolation != 0 && p.Isolation != now.isolation {
		level := isolations[p.Isolation]
		if level == "" {
			return nil, sqlerr.WrongArguments.Errorf("Incorrect arguments to connectionSync: there is no isolation level %d", p.Isolation)
		}
		if err := c.exec("SET SESSION TRANSACTION ISOLATION LEVEL " + level); err != nil {
			return nil, err
		}
		now.isolation = p.Isolation
	}
	for _, name := range []string{p.Catalog, p.Schema} {
		if name == "" || name == c.sess.Status().Database {
			continue
		}
		if err := c.sess.Use(c.ctx, name); err != nil {
			return nil, err
		}
		break
	}
	status := c.sess.Status()
	return &avatica.Synced{
		AutoCommit: status.Autocommit, ReadOnly: now.readOnly, Isolation: now.isolation, Catalog: status.Database, Server: x.addr,
	}, nil
}

func bit(b bool) uint8 {
	if b {
		return 1
	}
	return 0
}

// characteristics are those of the session's next transactions.
type characteristics struct {
	isolation uint32
	readOnly  bool
}

func (c *client) characteristics() (characteristics, error) {
	out := characteristics{}
	err := c.each("SELECT @@transaction_isolation, @@transaction_read_only", nil, func(row session.Row) error {
		level := strings.ReplaceAll(textOf(row[0]), "-", " ")
		for number, name := range isolations {
			if name == level {
				out.isolation = number
			}
		}
		out.readOnly = textOf(row[1]) == "1"
		return nil
	})
	return out, err
}
