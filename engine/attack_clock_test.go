package engine

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/lxdb/lxdb/catalog"
	"github.com/lxdb/lxdb/engine/sqlerr"
	"github.com/lxdb/lxdb/security/authn"
)

// TestAttackE12ClockIsSetBack: what is held for a time ends when it has passed, and a lock lasts as
// long as it says, wherever somebody sets the machine's clock meanwhile.
func TestAttackE12ClockIsSetBack(t *testing.T) {
	var moved atomic.Int64
	db := newTestDBWith(t, Options{wall: func() time.Time { return time.Now().Add(time.Duration(moved.Load())) }})
	db.ok("root", `CREATE DATABASE d; CREATE TABLE d.t (a INT); CREATE USER ann IDENTIFIED BY 'pw-ann';
		CREATE USER eve IDENTIFIED BY 'pw-eve' FAILED_LOGIN_ATTEMPTS 1 PASSWORD_LOCK_TIME 1`)
	const day = 24 * time.Hour

	ended := make(chan struct{})
	var once sync.Once
	had := false
	db.engine.Catalog().AfterCommit(func(s *catalog.Snapshot, _ catalog.Touched) {
		timed := len(s.Timed()) > 0
		if had && !timed {
			once.Do(func() { close(ended) })
		}
		had = timed
	})
	db.ok("root", "GRANT SELECT ON d.t TO ann FOR 1 SECOND")
	db.rows("ann", "SELECT COUNT(*) FROM d.t", "0")
	moved.Store(int64(-day))
	select {
	case <-ended:
	case <-time.After(time.Minute):
		t.Fatal("the clock was set back, and a grant for a second is there after a minute")
	}
	db.fails("ann", "SELECT COUNT(*) FROM d.t", sqlerr.TableAccessDenied)

	login := func(when, password string, want error) {
		t.Helper()
		if _, err := db.engine.Directory().Verify(context.Background(), "eve", password); !errors.Is(err, want) {
			t.Errorf("%s: %v, want %v", when, err, want)
		}
	}
	login("wrong", "wrong", authn.ErrWrongPassword)
	login("at once", "pw-eve", authn.ErrLockedOut)
	moved.Store(int64(-400 * day))
	login("set back", "pw-eve", authn.ErrLockedOut)
	db.engine.clock.AtLeast(db.engine.clock.Now().Add(day)) // a day has passed, whatever the machine says
	login("a day later", "pw-eve", nil)
	moved.Store(int64(-800 * day))
	login("set back once more", "pw-eve", nil)

	// What the clock has said once is over.
	soon := db.engine.Now().Add(2 * day)
	moved.Store(int64(30 * day))
	if now := db.engine.Now(); now.Before(soon) {
		t.Fatalf("the clock went ahead, and it is %v", now)
	}
	moved.Store(0)
	db.fails("root", "GRANT SELECT ON d.t TO ann VALID UNTIL '"+soon.UTC().Format("2006-01-02 15:04:05")+"'", sqlerr.WrongValue)
	db.fails("ann", "SELECT COUNT(*) FROM d.t", sqlerr.TableAccessDenied)
}
