package engine

import (
	"fmt"
	"math"
	"strconv"

	ast "github.com/dolthub/vitess/go/vt/sqlparser"

	"github.com/lxdb/lxdb/engine/grammar"
	"github.com/lxdb/lxdb/engine/sqlerr"
	"github.com/lxdb/lxdb/engine/value"
	"github.com/lxdb/lxdb/security/audit"
	"github.com/lxdb/lxdb/security/principal"
	"github.com/lxdb/lxdb/security/privilege"
)

// KILL has no answer in the library: it tells the process list, and nobody hears
// that there is no such connection. Ours finds the session, asks for the right to
// it at the moment it runs (a number may have become somebody else's since the
// statement was planned), and leaves the refusal for the statement's end.

// owns says whether the session may end those of a login without a right to: as in MySQL, which compares who has logged in,
// whomever PROXY made him.
func (s *sqlSession) owns(login principal.ID) bool {
	if by := s.proxyLogin(); by != 0 {
		return login == by
	}
	return login == s.Self()
}

// proxyLogin is who has logged in, where PROXY made him who he is and acts; 0 elsewhere.
func (s *sqlSession) proxyLogin() principal.ID {
	if s.InDefiner() || s.Self() == 0 {
		return 0
	}
	by, _ := s.Impersonator.Proxy()
	return by.ID()
}

// victim is the session of a connection that s may end. Everyone may end his own;
// SYSTEM ADMIN is for those of others.
func (s *sqlSession) victim(id uint32) (*Session, error) {
	v := s.engine.sessions.get(id)
	switch {
	case v == nil:
		return nil, sqlerr.NoSuchThread.Errorf("Unknown thread id: %d", id)
	case v != s.session && !s.owns(v.login.Load().ID()) && s.RequireSystem(privilege.SysAdmin) != nil:
		return nil, sqlerr.KillDenied.Errorf("You are not owner of thread %d", id).
			WithHint("SYSTEM ADMIN may end the connections of others")
	}
	return v, nil
}

// mayKill asks what a KILL of a number that stands in its text would ask.
func (s *sqlSession) mayKill(n *ast.Kill) error {
	v, ok := n.ConnID.(*ast.SQLVal)
	if !ok {
		return nil
	}
	id, err := strconv.ParseUint(string(v.Val), 10, 32)
	if err != nil {
		return nil
	}
	_, err = s.victim(uint32(id))
	return err
}

// Kill implements sql.ProcessList: the statement of a connection ends.
func (v visibleProcesses) Kill(id uint32) {
	target, err := v.s.victim(id)
	if err == nil {
		err = v.s.auditKill(target)
	}
	if v.s.KillErr = err; err == nil {
		target.Cancel()
	}
}

// auditKill records that somebody ends what is another's.
func (s *sqlSession) auditKill(target *Session) error {
	login := target.login.Load()
	if target == s.session || s.owns(login.ID()) {
		return nil
	}
	return s.Audit(audit.Record{Event: "kill", Object: fmt.Sprintf("connection %d of user %s", target.ID(), login.Name())})
}

// killConnection ends a connection; the library calls it after Kill. A session may
// go when its statement does, as an event's, so one that is gone by now has been ended.
func (s *sqlSession) killConnection(id uint32) error {
	if s.KillErr != nil || s.engine.sessions.get(id) == nil {
		return s.KillErr
	}
	target, err := s.victim(id)
	if s.KillErr = err; err == nil {
		target.Kill()
	}
	return err
}

// killed returns, once, why a KILL did nothing.
func (s *sqlSession) killed() error {
	err := s.KillErr
	s.KillErr = nil
	return err
}

// victimNumber is what the expression of a KILL comes to: the number of a connection, 0 of NULL and of what is none.
type victimNumber uint64

// take takes the row of DO or KILL.
func (n *victimNumber) take(row []value.Value, types []value.Type) error {
	if len(row) != 1 || row[0].IsNull() {
		return nil
	}
	t := types[0]
	t.Quiet = true
	v, err := value.ToInteger(&value.Env{}, row[0], &t)
	if err == nil {
		*n = victimNumber(v.Uint())
	}
	return nil
}

// killComputed ends the connection whose number a KILL has computed.
func (s *sqlSession) killComputed(n *grammar.Do, id victimNumber) error {
	if n.Kill == nil {
		return nil
	}
	if id > math.MaxUint32 {
		return sqlerr.NoSuchThread.Errorf("Unknown thread id: %d", id)
	}
	target, err := s.victim(uint32(id))
	if err == nil {
		err = s.auditKill(target)
	}
	if err != nil {
		return err
	}
	if target.Cancel(); n.Kill.Connection {
		target.Kill()
	}
	if target == s.session {
		return errInterrupted
	}
	return nil
}
