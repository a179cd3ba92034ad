package program

import (
	"context"
	"errors"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/lxdb/lxdb/engine/lex"
	"github.com/lxdb/lxdb/engine/sqlerr"
	"github.com/lxdb/lxdb/engine/value"
)

// plainLanguage takes every piece of SQL as it is.
type plainLanguage struct{}

func (plainLanguage) Type(string) (value.Type, error) { return value.BigInt, nil }
func (plainLanguage) Column(string) (value.Type, bool) {
	return value.BigInt, true
}

func (plainLanguage) Expression(text string, names Names) (any, int, error) {
	if slot, ok, err := names.Lookup("", text); ok || err != nil {
		return text, slot, err
	}
	return text, -1, nil
}

func (plainLanguage) CaseWhen(_ int, text string, _ Names) (any, error) { return text, nil }

func (plainLanguage) Statement(text string, _ Names, _ bool) (any, bool, error) {
	return text, strings.HasPrefix(text, "SELECT"), nil
}

// deep are texts whose parts stand in one another n times.
var deep = map[string]func(n int) string{
	"BEGIN": func(n int) string { return strings.Repeat("BEGIN ", n) + strings.Repeat("END; ", n) },
	"IF": func(n int) string {
		return strings.Repeat("IF 1 THEN ", n) + "SET @x = 1; " + strings.Repeat("END IF; ", n)
	},
	"ELSE": func(n int) string { return strings.Repeat("IF 1 THEN SET @x = 1; ELSE ", n) },
	"LOOP": func(n int) string { return strings.Repeat("LOOP ", n) },
	"CASE": func(n int) string { return strings.Repeat("CASE WHEN 1 THEN ", n) },
	"HANDLER": func(n int) string {
		return "BEGIN " + strings.Repeat("DECLARE CONTINUE HANDLER FOR 1 ", n) + "BEGIN END; END"
	},
	"handlers": func(n int) string {
		return strings.Repeat("BEGIN DECLARE EXIT HANDLER FOR SQLEXCEPTION ", n) + "BEGIN END; END"
	},
	"(": func(n int) string { return "SET @x = " + strings.Repeat("(", n) + "1" + strings.Repeat(")", n) },
}

func TestDepthIsBounded(t *testing.T) {
	for name, text := range deep {
		for _, n := range []int{10, 100_000} {
			_, err := Parse("CREATE PROCEDURE p() "+text(n), lex.Mode{}, plainLanguage{})
			var e *sqlerr.Error
			if n > maxNest && name != "(" && name != "HANDLER" && (!errors.As(err, &e) || e.Number != sqlerr.StackOverrunNeedMore) {
				t.Errorf("%s %d: %v", name, n, err)
			}
		}
	}
	for _, n := range []int{maxNest - 1, maxNest + 1} {
		_, err := Parse("CREATE PROCEDURE p() "+deep["BEGIN"](n), lex.Mode{}, plainLanguage{})
		if (err == nil) != (n < maxNest) {
			t.Errorf("%d blocks: %v", n, err)
		}
	}
}

// Whatever a text is, the parser ends with a program or an error of its own.
func FuzzParse(f *testing.F) {
	for _, text := range deep {
		f.Add("CREATE PROCEDURE p() "+text(3), false)
	}
	for _, text := range []string{
		"", "CREATE", "CREATE PROCEDURE p(IN a INT, OUT b VARCHAR(10)) BEGIN SET b = a; END",
		"CREATE DEFINER = 'a'@'b' FUNCTION d.f(x INT) RETURNS INT DETERMINISTIC SQL SECURITY INVOKER COMMENT 'c' RETURN x + 1",
		"CREATE TRIGGER t BEFORE INSERT ON d.t FOR EACH ROW FOLLOWS u SET NEW.a = 1, @x := OLD.b",
		"CREATE PROCEDURE p() l: LOOP ITERATE l; LEAVE l; END LOOP l", "CREATE PROCEDURE p() l: BEGIN LEAVE l; END m",
		"CREATE PROCEDURE p() BEGIN DECLARE a, b INT DEFAULT (1); DECLARE c CONDITION FOR SQLSTATE '42000'; DECLARE k CURSOR FOR SELECT 1; DECLARE CONTINUE HANDLER FOR c, NOT FOUND, 1062 SET a = 2; OPEN k; FETCH NEXT FROM k INTO a, b; CLOSE k; END",
		"CREATE PROCEDURE p() BEGIN SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'x', MYSQL_ERRNO = 5; RESIGNAL; GET STACKED DIAGNOSTICS CONDITION 1 @a = MESSAGE_TEXT; END",
		"CREATE PROCEDURE p() CASE x WHEN 1 THEN SET @a = CASE WHEN 1 THEN 2 END; ELSE BEGIN END; END CASE",
		"CREATE PROCEDURE p() WHILE a.end DO REPEAT SELECT 1 INTO @a; UNTIL 1 END REPEAT; END WHILE", "CREATE PROCEDURE `p", "CREATE PROCEDURE p() CALL q(@`a b`, x)",
		"CREATE EVENT d.e ON SCHEDULE EVERY '1:30' HOUR_MINUTE STARTS now() ENDS now() + INTERVAL 1 DAY ON COMPLETION NOT PRESERVE DISABLE COMMENT 'c' DO SELECT 1",
		"ALTER DEFINER = a@b EVENT e ON SCHEDULE AT now() RENAME TO d.f ENABLE DO BEGIN END", "DROP EVENT IF EXISTS d.e", "CREATE EVENT e ON SCHEDULE EVERY", "ALTER EVENT e ON SCHEDULE AT (",
		"CREATE PROCEDURE p() GET DIAGNOSTICS CONDITION 1", "CREATE FUNCTION f() RETURNS INT BEGIN END", "CREATE PROCEDURE p() SET @", "CREATE PROCEDURE p() CALL q(@", "CREATE PROCEDURE p() SELECT 1 INTO @",
		"CREATE PROCEDURE p() SELECT 1 INTO @;", "CREATE PROCEDURE p() BEGIN SELECT 1 INTO @; SELECT 2 INTO @`a b`, @'c'; END",
	} {
		f.Add(text, true)
		f.Add(text, false)
	}
	f.Fuzz(func(t *testing.T, text string, ansi bool) {
		if len(text) > 1<<14 {
			return
		}
		m := lex.Mode{ANSIQuotes: ansi}
		prog, err := Parse(text, m, plainLanguage{})
		if (prog == nil) == (err == nil) {
			t.Errorf("%q: %v %v", text, prog, err)
		}
		_, _ = ReadEventChange(text, m)
		if StandsAlone(text, m) {
			_, _ = ParseAlone(text, m, plainLanguage{})
		}
		h, headed := Read(text, m)
		if err == nil && (headed != nil || h.Name != prog.Name || h.Kind != prog.Kind) {
			t.Errorf("%q: header %+v %v, program %+v", text, h, headed, prog.Header)
		}
	})
}

// TestManyNames: what DECLARE takes grows with its names, not with their square.
func TestManyNames(t *testing.T) {
	names := make([]string, 200_000)
	for i := range names {
		names[i] = "v" + strconv.Itoa(i)
	}
	text := "CREATE PROCEDURE p() BEGIN DECLARE " + strings.Join(names, ", ") + " INT; END"
	begun := time.Now()
	if p, err := Parse(text, lex.Mode{}, plainLanguage{}); err != nil || len(p.Vars) != len(names) {
		t.Fatal(err)
	}
	if took := time.Since(begun); took > 20*time.Second { // a minute and more, when each is compared with each
		t.Errorf("%d names took %v", len(names), took)
	}
	var e *sqlerr.Error
	if _, err := Parse("CREATE PROCEDURE p() BEGIN DECLARE a, b, A INT; END", lex.Mode{}, plainLanguage{}); !errors.As(err, &e) || e.Number != sqlerr.SPDupVar {
		t.Errorf("a name twice: %v", err)
	}
	if _, err := Parse(text, lex.Mode{}, stoppedLanguage{}); !errors.Is(err, context.Canceled) {
		t.Errorf("the client has gone: %v", err)
	}
}

// stoppedLanguage is that of a statement whose client has gone.
type stoppedLanguage struct{ plainLanguage }

func (stoppedLanguage) Stopped() error { return context.Canceled }

// TestEndOfNothing: END IF and its kin belong to what they end; a word that is not reserved is a label that does not match.
func TestEndOfNothing(t *testing.T) {
	var syntax *lex.SyntaxError
	for _, text := range []string{"BEGIN END IF; END", "BEGIN BEGIN END CASE; END", "a: BEGIN END LOOP"} {
		if _, err := Parse("CREATE PROCEDURE p() "+text, lex.Mode{}, plainLanguage{}); !errors.As(err, &syntax) {
			t.Errorf("%s: %v", text, err)
		}
	}
	var e *sqlerr.Error
	if _, err := Parse("CREATE PROCEDURE p() a: BEGIN END b", lex.Mode{}, plainLanguage{}); !errors.As(err, &e) || e.Number != sqlerr.SPLabelMismatch {
		t.Errorf("another label: %v", err)
	}
}
