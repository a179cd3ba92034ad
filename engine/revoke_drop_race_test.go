package engine

import (
	"sync"
	"testing"

	"github.com/lxdb/lxdb/engine/sqlerr"
)

// TestRevokeRacesDrop: while a table is dropped and made again without end, somebody grants and revokes on it. Once a
// revoke has been answered, by OK or by there being nothing to take, nobody reads by what was granted before, whichever
// table of the name it was; nor does what was granted on one count on the next.
func TestRevokeRacesDrop(t *testing.T) {
	rounds := 300
	if testing.Short() {
		rounds = 60
	}
	db := newTestDB(t)
	db.ok("root", `CREATE DATABASE shop; CREATE TABLE shop.t (id INT PRIMARY KEY); CREATE USER ann; CREATE USER bob; CREATE USER cid; CREATE ROLE reader;
		GRANT reader TO cid; GRANT CREATE, DROP ON shop.* TO ann`)
	for _, user := range []string{"root#grants", "root#denies", "ann", "bob", "cid"} {
		db.as(user)
	}
	missing := map[sqlerr.Code]bool{
		0: true, sqlerr.NoSuchTable: true, sqlerr.BadTable: true, sqlerr.TableExists: true, sqlerr.TableAccessDenied: true, sqlerr.NonexistingTableGrant: true,
		sqlerr.NonexistingGrant: true,
	}
	run := func(user, text string) sqlerr.Code {
		_, err := db.run(user, text)
		number := sqlerr.Code(0)
		if err != nil {
			number = sqlerr.From(err).Number
		}
		if !missing[number] {
			t.Errorf("%s> %s: %v", user, text, err)
		}
		return number
	}
	stop := make(chan struct{})
	var all sync.WaitGroup
	forever := func(user string, texts ...string) {
		all.Go(func() {
			for {
				for _, text := range texts {
					select {
					case <-stop:
						return
					default:
						run(user, text)
					}
				}
			}
		})
	}
	forever("ann", "DROP TABLE shop.t", "CREATE TABLE shop.t (id INT PRIMARY KEY)")
	forever("root#denies", "DENY INSERT ON shop.t TO bob", "REVOKE DENY INSERT ON shop.t FROM bob")
	for range rounds {
		run("root#grants", "GRANT SELECT ON shop.t TO bob, reader")
		run("bob", "SELECT * FROM shop.t")
		run("root#grants", "REVOKE SELECT ON shop.t FROM bob")
		run("root#grants", "REVOKE SELECT ON shop.t FROM reader")
		for _, user := range []string{"bob", "cid"} {
			if run(user, "SELECT * FROM shop.t") == 0 {
				t.Errorf("%s reads after the revoke", user)
			}
		}
	}
	close(stop)
	all.Wait()
	for _, statement := range []string{
		"CREATE TABLE IF NOT EXISTS shop.t (id INT PRIMARY KEY)", "GRANT SELECT ON shop.t TO bob, reader", "DROP TABLE shop.t", "CREATE TABLE shop.t (id INT PRIMARY KEY)",
	} {
		db.ok("root", statement)
	}
	db.fails("bob", "SELECT * FROM shop.t", sqlerr.TableAccessDenied)
	db.fails("cid", "SELECT * FROM shop.t", sqlerr.TableAccessDenied)
}
