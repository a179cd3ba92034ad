package engine

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/lxdb/lxdb/engine/session"
	"github.com/lxdb/lxdb/engine/sqlerr"
)

// Handlers answer once, and the program goes on where MySQL has it go on: the row L1.
func TestAttackL1Handlers(t *testing.T) {
	db := lab(t)
	db.ok("einstein", "USE einstein; CREATE TABLE log (m TEXT)")
	for _, c := range []struct {
		body string
		want []string
	}{
		{"DECLARE CONTINUE HANDLER FOR SQLEXCEPTION SET @e = 1; SET @e = 0; INSERT INTO nosuch VALUES (1); SELECT @e;", []string{"1"}},
		{"DECLARE EXIT HANDLER FOR SQLEXCEPTION SELECT 'caught' r; INSERT INTO nosuch VALUES (1); SELECT 'not reached';", []string{"caught"}},
		{"DECLARE EXIT HANDLER FOR SQLEXCEPTION ROLLBACK; INSERT INTO t VALUES (1, 1);", nil},
		{"DECLARE CONTINUE HANDLER FOR SQLWARNING SET @e = 2; SIGNAL SQLSTATE '01000'; SELECT @e;", []string{"2"}},
		{"DECLARE CONTINUE HANDLER FOR SQLSTATE '23000' SET @e = 3; INSERT INTO t VALUES (1, 1); SELECT @e;", []string{"3"}},
		{"DECLARE CONTINUE HANDLER FOR 1062 SET @e = 4; INSERT INTO t VALUES (1, 1); SELECT @e;", []string{"4"}},
		{"DECLARE CONTINUE HANDLER FOR NOT FOUND BEGIN END; SELECT v INTO @e FROM t WHERE id = 77; SELECT @e;", []string{"4"}},
		{"IF 1 THEN BEGIN DECLARE EXIT HANDLER FOR SQLEXCEPTION SET @e = 5; INSERT INTO nosuch VALUES (1); SET @e = 6; END; END IF; SELECT @e;", []string{"5"}},
		{"l: LOOP BEGIN DECLARE x INT; DECLARE EXIT HANDLER FOR NOT FOUND SET x = 1; LEAVE l; END; END LOOP; SELECT 7;", []string{"7"}},
	} {
		db.ok("einstein", "DROP PROCEDURE IF EXISTS p; CREATE PROCEDURE p() BEGIN "+c.body+" END")
		db.rows("einstein", "CALL p()", c.want...)
	}
	db.ok("einstein", `CREATE PROCEDURE again() BEGIN DECLARE EXIT HANDLER FOR SQLEXCEPTION BEGIN RESIGNAL; END; INSERT INTO t VALUES (1, 1); END;
		CREATE PROCEDURE nothing() RESIGNAL`)
	db.fails("einstein", "CALL again()", sqlerr.DupEntry)
	db.fails("einstein", "CALL nothing()", sqlerr.ResignalWithoutActiveHandler)
	for _, body := range []string{
		"DECLARE CONTINUE HANDLER FOR SQLEXCEPTION SET @e = 1; INSERT INTO nosuch VALUES (1);",
		"DECLARE EXIT HANDLER FOR SQLEXCEPTION INSERT INTO log VALUES ('x'); INSERT INTO nosuch VALUES (1);",
	} {
		db.ok("einstein", "SET @e = 0; CREATE TRIGGER tr AFTER INSERT ON t FOR EACH ROW BEGIN "+body+" END; INSERT INTO t VALUES (50, 50)")
		db.rows("einstein", "SELECT @e + (SELECT count(*) FROM log)", "1")
		db.ok("einstein", "DROP TRIGGER tr; DELETE FROM t WHERE id = 50; DELETE FROM log")
	}
	db.ok("einstein", `CREATE PROCEDURE sum_(OUT total INT) BEGIN DECLARE x INT; DECLARE done BOOL DEFAULT FALSE; DECLARE c CURSOR FOR SELECT v FROM t WHERE v > 10;
		DECLARE CONTINUE HANDLER FOR NOT FOUND SET done = TRUE; SET total = 0; OPEN c;
		r: LOOP FETCH c INTO x; IF done THEN LEAVE r; END IF; SET total = total + x; UPDATE t SET v = v + 1 WHERE v = x; END LOOP; CLOSE c; END;
		CALL sum_(@s)`)
	db.rows("einstein", "SELECT @s, (SELECT sum(v) FROM t)", "50|62")
	db.ok("einstein", `CREATE PROCEDURE first_() BEGIN DECLARE x INT; DECLARE c CURSOR FOR SELECT v FROM t WHERE v > 1000;
		DECLARE EXIT HANDLER FOR NOT FOUND SET x = 1; OPEN c; FETCH c INTO x; INSERT INTO log VALUES ('not reached'); END; CALL first_()`)
	db.rows("einstein", "SELECT * FROM log")
}

// SELECT … INTO without a row warns, with two it ends with an error; in a loop it sets its variable each time.
func TestAttackL1SelectInto(t *testing.T) {
	db := lab(t)
	db.ok("einstein", `USE einstein; CREATE PROCEDURE absent() BEGIN DECLARE x INT; SELECT v INTO x FROM t WHERE id = 77; SELECT x; END;
		CREATE PROCEDURE two() BEGIN DECLARE x INT; SELECT v INTO x FROM t; SELECT x; END;
		CREATE PROCEDURE every_() BEGIN DECLARE i, x, s INT DEFAULT 0; WHILE i < 3 DO SET i = i + 1; SELECT v INTO x FROM t WHERE id = i; SET s = s + x; END WHILE; SELECT s; END;
		CREATE PROCEDURE user_() SELECT max(v) INTO @m FROM t;
		CREATE PROCEDURE handled() BEGIN DECLARE x, gone INT DEFAULT 0; DECLARE CONTINUE HANDLER FOR NOT FOUND SET gone = 1; SELECT v INTO x FROM t WHERE id = 77; SELECT x, gone; END`)
	db.rows("einstein", "CALL absent()", "NULL")
	db.fails("einstein", "CALL two()", sqlerr.TooManyRows)
	db.rows("einstein", "CALL every_()", "60")
	db.rows("einstein", "CALL handled()", "0|1")
	db.ok("einstein", "CALL user_()")
	db.rows("einstein", "SELECT @m", "30")
}

// A loop that does nothing ends with its statement.
func TestAttackL1EndlessLoops(t *testing.T) {
	db := lab(t)
	db.ok("einstein", `USE einstein; CREATE PROCEDURE a() BEGIN l: LOOP BEGIN END; END LOOP; END; CREATE PROCEDURE b() BEGIN WHILE 1 DO BEGIN END; END WHILE; END;
		CREATE PROCEDURE c() BEGIN REPEAT BEGIN END; UNTIL 0 END REPEAT; END; CREATE PROCEDURE d() BEGIN l: LOOP ITERATE l; END LOOP; END`)
	for _, p := range []string{"a", "b", "c", "d"} {
		ctx, cancel := context.WithTimeout(context.Background(), 50*time.Millisecond)
		_, _, err := db.as("einstein").Query(ctx, "CALL "+p+"()")
		cancel()
		if err == nil {
			t.Errorf("CALL %s() ended by itself", p)
		}
	}
}

// What a procedure returns is what it selected: all of its results.
func TestRoutineResults(t *testing.T) {
	db := lab(t)
	db.ok("einstein", `USE einstein; CREATE PROCEDURE one() BEGIN SELECT 1; SET @a = 1; UPDATE t SET v = v WHERE id = 1; END;
		CREATE PROCEDURE two() BEGIN SELECT 1; SELECT 2; END; CREATE PROCEDURE looped() BEGIN DECLARE i INT DEFAULT 0; WHILE i < 2 DO SET i = i + 1; SELECT i; END WHILE; END;
		CREATE PROCEDURE nested() BEGIN CALL one(); SET @b = 2; END; CREATE PROCEDURE dyn() BEGIN PREPARE q FROM 'SELECT 7'; EXECUTE q; DEALLOCATE PREPARE q; END;
		CREATE PROCEDURE branch(p INT) BEGIN IF p = 1 THEN SELECT 'one'; ELSE SELECT 'other'; END IF; END;
		CREATE PROCEDURE vars() BEGIN DECLARE a INT; DECLARE b INT DEFAULT 2 * 3; DECLARE c VARCHAR(9) DEFAULT concat('x', b); DECLARE d, e INT DEFAULT 5; SET d = 1, e = e + d; SELECT a, b, c, d, e; END`)
	db.rows("einstein", "CALL one()", "1")
	db.rows("einstein", "CALL nested()", "1")
	db.rows("einstein", "CALL dyn()", "7")
	db.rows("einstein", "CALL branch(1)", "one")
	db.rows("einstein", "CALL branch(2)", "other")
	db.rows("einstein", "CALL vars()", "NULL|6|x6|1|6")
	for _, call := range []string{"CALL two()", "CALL looped()"} {
		res, _, err := db.as("einstein").Query(context.Background(), call)
		n := 0
		for ; err == nil && res != nil && len(res.Columns()) > 0; n++ {
			if rows, err := res.Next(context.Background()); err != nil || len(rows) != 1 || rows[0][0].Int() != int64(n+1) {
				t.Errorf("%s: result %d is %v, %v", call, n, rows, err)
			}
			res, err = res.(session.Several).More()
		}
		if n != 2 || err != nil {
			t.Errorf("%s: %d results, %v", call, n, err)
		}
	}
}

// The text of a procedure is for whoever may change it.
func TestShowCreateShowsTheDefiner(t *testing.T) {
	db := lab(t)
	db.ok("einstein", `USE einstein; CREATE DEFINER=CURRENT_USER PROCEDURE p() SELECT 1; CREATE TRIGGER tr AFTER INSERT ON t FOR EACH ROW SET @a = 1;
		GRANT EXECUTE ON PROCEDURE p TO tesla`)
	text := "CREATE DEFINER=`einstein`@`%` "
	for show, want := range map[string]string{"SHOW CREATE PROCEDURE p": text + "PROCEDURE `p`()\nSELECT 1", "SHOW CREATE TRIGGER tr": text + "TRIGGER tr AFTER INSERT ON t FOR EACH ROW SET @a = 1"} {
		rows := db.ok("einstein", show)
		if len(rows) != 1 || !strings.Contains(rows[0], "|"+want+"|") {
			t.Errorf("%s: %q, want %q", show, rows, want)
		}
	}
	db.ok("root", "USE einstein")
	if rows := db.ok("root", "SHOW CREATE PROCEDURE p"); !strings.Contains(rows[0], text) {
		t.Errorf("root sees %q", rows)
	}
	if rows := db.ok("tesla", "SHOW CREATE PROCEDURE einstein.p"); !strings.HasPrefix(rows[0], "p|") || strings.Contains(rows[0], "SELECT 1") || !strings.Contains(rows[0], "|NULL|") {
		t.Errorf("EXECUTE alone shows %q", rows)
	}
	db.ok("einstein", "GRANT METADATA ON PROCEDURE p TO tesla")
	if rows := db.ok("tesla", "SHOW CREATE PROCEDURE einstein.p"); !strings.Contains(rows[0], "SELECT 1") {
		t.Errorf("METADATA shows %q", rows)
	}
}
