package engine

import (
	"fmt"
	"os"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/lxdb/lxdb/engine/sqlerr"
)

// TestAttackP6NestedTwice: whoever looks at an operand twice does it at each level. Thirty levels of any operator, function
// or subquery are planned and computed in a moment, or refused; they took hours, and KILL did not end them.
func TestAttackP6NestedTwice(t *testing.T) {
	db := newTestDB(t)
	db.ok("root", "CREATE DATABASE d; CREATE TABLE d.t (a INT); INSERT INTO d.t VALUES (1)")
	for form, function := range nestedForms(t) {
		if function && testing.Short() && len(form)%12 != 0 {
			continue
		}
		inner := "a"
		for range 30 {
			inner = strings.ReplaceAll(form, "#", inner)
		}
		for _, text := range []string{
			"SELECT " + inner + " FROM d.t", "SELECT 1 FROM d.t WHERE " + inner, "UPDATE d.t SET a = a WHERE " + inner, "DO " + name.ReplaceAllString(inner, "1"),
			"CREATE TABLE d.x (a INT, b VARCHAR(99) AS (" + inner + "))",
		} {
			if function && !strings.HasPrefix(text, "SELECT 1") && !strings.HasPrefix(text, "CREATE") {
				continue
			}
			done := make(chan struct{})
			go func() {
				_, _ = db.run("root", text) // many are no expressions of MySQL's
				close(done)
			}()
			select {
			case <-done:
			case <-time.After(30 * time.Second):
				t.Fatalf("%.300s goes on", text) // and goes on: nothing more can be said here
			}
		}
		_, _ = db.run("root", "DROP TABLE IF EXISTS d.x")
	}
}

var name = regexp.MustCompile(`\ba\b`)

// nestedForms are expressions with another one, #, in each place where one can stand, and whether they are calls.
func nestedForms(t *testing.T) map[string]bool {
	forms := map[string]bool{}
	for _, op := range strings.Fields("+ - * / DIV % & | ^ << >> = <=> < <> LIKE REGEXP AND OR XOR -> ->>") {
		forms["(#) "+op+" a"], forms["a "+op+" (#)"] = false, false
	}
	for form := range strings.SplitSeq(`- #; -(#); +(#); NOT (#); !(#); ~(#); (#) BETWEEN a AND a; a BETWEEN (#) AND a; a NOT BETWEEN a AND (#); (#) IN (a, 1); a IN ((#), 1);
		(#) NOT IN (1, 2, 3); (a,(#)) = (a,1); ((#),a) < (1,2); (1,2) >= (a,(#)); (a,(#)) <=> (a,1); (a,(#)) IN ((a,1),(1,2)); ((#),a) NOT IN ((a,1),(1,2));
		CASE WHEN (#) THEN a ELSE a END; CASE WHEN a THEN (#) ELSE a END; CASE WHEN a THEN a ELSE (#) END; CASE (#) WHEN 1 THEN a WHEN 2 THEN a END;
		CASE a WHEN (#) THEN a END; CAST(# AS SIGNED); CAST(# AS CHAR); CAST(# AS DECIMAL(10,2)); CAST(# AS JSON); CONVERT(# USING utf8mb4);
		(CAST(# AS CHAR)) COLLATE utf8mb4_bin; BINARY (#); (#) + INTERVAL 1 DAY; a + INTERVAL (#) DAY; (#) IS NULL; (#) IS NOT TRUE; EXTRACT(DAY FROM #);
		TRIM(LEADING # FROM 'x'); SUBSTRING(# FROM 1 FOR 2); POSITION(# IN 'a'); TIMESTAMPDIFF(DAY, #, a); WEIGHT_STRING(#); CHAR(# USING utf8mb4); a LIKE a ESCAPE (#);
		JSON_VALUE(#, '$.a'); (#) MEMBER OF (a); (SELECT #); EXISTS (SELECT #); EXISTS (SELECT 1 FROM d.t WHERE #); NOT EXISTS (SELECT 1 FROM d.t WHERE # AND a = 1);
		a IN (SELECT #); a NOT IN (SELECT a FROM d.t WHERE #); (#) = ANY (SELECT a FROM d.t); (#) > ALL (SELECT a FROM d.t); (a, 1) IN (SELECT (#), 2);
		(SELECT MAX(#) FROM d.t); (SELECT COUNT(*) FROM d.t WHERE a > #); (SELECT a FROM d.t GROUP BY a HAVING #); (SELECT a FROM d.t ORDER BY # LIMIT 1);
		(SELECT a FROM (SELECT (#) AS a) x); (SELECT # UNION SELECT 1 LIMIT 1); (SELECT a FROM d.t WHERE # LIMIT 1);
		(SELECT j FROM JSON_TABLE(#, '$' COLUMNS (j INT PATH '$')) q)`, ";") {
		forms[strings.TrimSpace(form)] = false
	}
	text, err := os.ReadFile("../docs/generated/functions.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range functionLine.FindAllStringSubmatch(string(text), -1) {
		name, _, _ := strings.Cut(m[1], ",")
		least, _ := strconv.Atoi(m[2])
		most, _ := strconv.Atoi(m[4])
		if strings.Contains(name, "lock") || name == "sleep" || name == "benchmark" {
			continue // what waits, and what counts
		}
		for n := max(least, 1); n <= max(least, min(most, least+1)) || n <= least+1 && m[3] == " or more"; n++ {
			for at := range n {
				args := strings.Split(strings.Repeat("a ", n-1)+"a", " ")
				args[at] = "#"
				forms[fmt.Sprintf("%s(%s)", name, strings.Join(args, ", "))] = true
			}
		}
	}
	if len(forms) < 400 {
		t.Fatalf("%d forms: functions.md is read wrongly", len(forms))
	}
	return forms
}

var functionLine = regexp.MustCompile(`(?m)^\| ([a-z_0-9, ]+) \| (\d+)( or more)?(?: to (\d+))? \|`)

// TestLongChains: a statement of long chains that a planner would take minutes for is refused at once; one is planned.
func TestLongChains(t *testing.T) {
	db := newTestDB(t)
	db.ok("root", "CREATE DATABASE d; CREATE TABLE d.t (a INT); INSERT INTO d.t VALUES (1)")
	chain := "a" + strings.Repeat(" + a", 400)
	db.rows("root", "SELECT "+chain+" FROM d.t", "401")
	many := strings.Repeat(chain+", ", 200)
	for _, text := range []string{
		"SELECT " + many + "1 FROM d.t", "SET @x = " + strings.ReplaceAll(many, "a", "1") + "@y = 1", "UPDATE d.t SET " + strings.Repeat("a = "+chain+", ", 200) + "a = 1",
		"CREATE TABLE d.x (a INT" + strings.Repeat(", b INT AS ("+chain+")", 200) + ")", "INSERT INTO d.t VALUES (1)" + strings.Repeat(", ("+chain+")", 200),
	} {
		db.fails("root", text, sqlerr.StackOverrunNeedMore)
	}
}

// TestNegatedDefinitions: what a minus before brackets is read as stands in no definition, and nobody calls it.
func TestNegatedDefinitions(t *testing.T) {
	db := newTestDB(t)
	db.ok("root", `CREATE DATABASE d; CREATE TABLE d.k (a INT, g INT AS (-(a + 1)), e INT DEFAULT (-(1 + 1)), CHECK (-(a + 1) < 0)); INSERT INTO d.k (a) VALUES (1);
		ALTER TABLE d.k ADD h INT AS (-(-(a + 2))); CREATE TABLE d.l LIKE d.k; ALTER TABLE d.k MODIFY a BIGINT; ALTER TABLE d.k DROP COLUMN e`)
	db.rows("root", "SELECT * FROM d.k ORDER BY -(a + 1)", "1|-2|3")
	if rows := db.ok("root", "SHOW CREATE TABLE d.l"); strings.Contains(rows[0], "of") {
		t.Error(rows)
	}
	db.fails("root", "SELECT `- of`(3)", sqlerr.SPDoesNotExist)
	db.fails("root", "SELECT `~`(3)", sqlerr.SPDoesNotExist)
	deep := "a + 1"
	for range 40 {
		deep = "-(" + deep + ")"
	}
	db.fails("root", "CREATE TABLE d.m (a INT, g INT AS ("+deep+"))", sqlerr.StackOverrunNeedMore)
	db.rows("root", "SELECT "+deep+" FROM d.l UNION SELECT 1", "1")
}

// TestOperandsAreOneValue: an operand that differs each time is one value in all comparisons of an expression.
func TestOperandsAreOneValue(t *testing.T) {
	db := newTestDB(t)
	db.ok("root", "CREATE DATABASE d; CREATE TABLE d.t (a INT)")
	db.ok("root", "INSERT INTO d.t VALUES (1)"+strings.Repeat(", (1)", 999))
	for _, cond := range []string{
		"CASE FLOOR(RAND()*3) WHEN 0 THEN 0 WHEN 1 THEN 1 WHEN 2 THEN 2 END IS NULL", "(FLOOR(RAND()*3), 1) NOT IN ((0, 1), (1, 1), (2, 1))",
		"((FLOOR(RAND()*2), 1) <= (1, 1)) IS NOT TRUE", "((0, 1) <= (FLOOR(RAND()*2), 1)) IS NOT TRUE", "FLOOR(RAND()*2) NOT BETWEEN 0 AND 1",
	} {
		db.rows("root", "SELECT SUM("+cond+") FROM d.t", "0")
	}
	db.rows("root", "SET @a = 0; SELECT CASE (@a := @a + 1) WHEN 2 THEN 'two' WHEN 1 THEN 'one' WHEN 1 THEN 'again' END, @a", "one|1")
}

// TestJSONTableIsAsWideAsAQuery: its columns are bound one by one, whoever asks for them.
func TestJSONTableIsAsWideAsAQuery(t *testing.T) {
	db := newTestDB(t)
	columns := func(n int) string {
		return "c INT PATH '$'" + strings.Repeat(", d INT PATH '$'", n-1)
	}
	for _, list := range []string{columns(20_000), "NESTED PATH '$' COLUMNS (" + columns(5000) + ")", "a INT PATH '$', NESTED PATH '$' COLUMNS (" + columns(2500) + "), NESTED PATH '$' COLUMNS (" + columns(2500) + ")"} {
		db.fails("root", "SELECT * FROM JSON_TABLE('[1]', '$[*]' COLUMNS ("+list+")) j", sqlerr.TooManyFields)
	}
}
