// Scenarios of who may do what, as text, against a whole server through the
// real wire: go-sql-driver/mysql over TLS, verified against the instance CA.
// The files are testdata/authz/*.txt; every file starts from an empty server.
//
// The language, one thing a line:
//
//	# text                      a comment; empty lines do not count
//	fixture NAME                runs testdata/authz/fixtures/NAME.txt here
//	restart                     clean stop, and start on the same directory; ends all sessions
//	password USER TEXT          what sessions opened later log in with; otherwise pw-USER
//	close USER[#N][@DB]         ends that session
//	setting KEY VALUE           first in the file: starts the server with that setting; the
//	                            key is a flag of serve or a setting of an outside directory
//	outside                     first in the file: users and groups can be those of a company's
//	                            LDAP directory; USER "company" is root of the server that plays it
//	outside down | up           the company's directory cannot be reached, or can again
//	USER[#N][@DB]> SQL          runs a statement as text (COM_QUERY)
//	USER[#N][@DB] prepared> SQL runs it as a prepared statement; the same text in the
//	                            same session executes the statement prepared before
//	  SQL                       two spaces: the statement goes on
//
// A session is opened by the first line that names it and stays open, so that a
// REVOKE meets open sessions. USER, USER@DB and USER#2@DB are three sessions.
//
// After each statement stands what must come of it:
//
//	ok                          it succeeds (rows, if any, are not looked at)
//	ok N                        it succeeds and changes N rows
//	err N                       it fails, or the login does, with MySQL's error N …
//	err N /REGEXP/              … and a message that matches
//	killed                      the server has ended the session
//	rows N                      it returns N rows
//	row A|B|C                   one line for each row: in this order if the
//	                            statement says ORDER BY, in any order otherwise
//	has /REGEXP/                some row, its cells joined by |, matches
//	hasnot /REGEXP/             no row matches
//
// The last four may stand together. Expectations are the specification, written
// before the code: there is no flag that rewrites them.
package lxtest_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

const authzDir = "../../testdata/authz"

// minScenarios keeps a moved directory from passing as "nothing to do".
const minScenarios = 15

func TestAuthz(t *testing.T) {
	files, err := filepath.Glob(filepath.Join(authzDir, "*.txt"))
	if err != nil {
		t.Fatal(err)
	}
	if len(files) < minScenarios {
		t.Fatalf("%d scenarios in %s, at least %d were there", len(files), authzDir, minScenarios)
	}
	for _, file := range files {
		steps, err := parseScenario(file, os.ReadFile)
		if err != nil {
			t.Fatal(err)
		}
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txt"), func(t *testing.T) {
			runScenario(t, steps, startAuthzServer(t, steps))
		})
	}
}
