package expr_test

import (
	"database/sql"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/cockroachdb/datadriven"
	_ "github.com/go-sql-driver/mysql"

	. "github.com/lxdb/lxdb/engine/expr"
	"github.com/lxdb/lxdb/engine/expr/functions"
	"github.com/lxdb/lxdb/engine/value"
	"github.com/lxdb/lxdb/storage/kivi/codec"
)

// oracle is a MariaDB or MySQL whose answers are compared with those in the files:
//
//	go test ./engine/expr -run TestOracle -oracle 'root@unix(/run/mysqld.sock)/'
var oracle = flag.String("oracle", "", "data source name of a server to compare testdata with")

// oneRow is the table that expressions of the files may name columns of: how it is
// declared, of which type it is, and its value.
var oneRow = []struct {
	name, declared, text string
	of                   value.Type
	val                  value.Value
}{
	{"ti", "tinyint", "-5", value.Type{Kind: value.TypeTinyInt, Length: 4}, value.Int(-5)},
	{"tu", "tinyint unsigned", "200", value.Type{Kind: value.TypeTinyInt, Unsigned: true, Length: 3}, value.Uint(200)},
	{"i", "int", "7", value.Type{Kind: value.TypeInt, Length: 11}, value.Int(7)},
	{"big", "bigint", "9007199254740993", value.BigInt, value.Int(9007199254740993)},
	{"bu", "bigint unsigned", "18446744073709551615", value.BigUint, value.Uint(1<<64 - 1)},
	{"d", "decimal(10,2)", "12.50", value.DecimalOf(10, 2), value.Dec(value.DecimalOfUnscaled(1250, 2))},
	{"db", "double", "2.25", value.DoubleType, value.Double(2.25)},
	{"y", "year", "1999", value.Type{Kind: value.TypeYear, Unsigned: true, Length: 4}, value.Uint(1999)},
	{"bt", "bit(5)", "5", value.Type{Kind: value.TypeBit, Length: 5}, value.Uint(5)},
	{"e", "enum('red','Green','blue')", "'Green'", memberType(value.TypeEnum, "red", "Green", "blue"), value.Uint(2)},
	{"s", "set('a','b','c')", "'a,c'", memberType(value.TypeSet, "a", "b", "c"), value.Uint(5)},
	{"v", "varchar(10) collate utf8mb4_uca1400_nopad_ai_ci", "'Abc'", column(value.Text(value.DefaultCollation, 10)), value.String("Abc")},
	{"gen", "varchar(10) collate utf8mb4_general_ci", "'Abc '", column(value.Text(value.CollationNamed("utf8mb4_general_ci"), 10)), value.String("Abc ")},
	{"bn", "varchar(10) collate utf8mb4_bin", "'Abc'", column(value.Text(value.CollationNamed("utf8mb4_bin"), 10)), value.String("Abc")},
	{"lat", "varchar(10) character set latin1", "'Abc'", column(value.Text(value.CollationNamed("latin1_swedish_ci"), 10)), value.String("Abc")},
	{"vb", "varbinary(10)", "'AbC'", column(value.BytesOf(10)), value.String("AbC")},
	{"num", "varchar(10)", "'12abc'", column(value.Text(value.DefaultCollation, 10)), value.String("12abc")},
	{"dt", "date", "'2024-01-06'", value.DateOfDay, value.Date(packed("2024-01-06"))},
	{"dtm", "datetime(3)", "'2024-01-06 12:34:56.789'", value.DateTimeOf(3), value.DateTime(packed("2024-01-06 12:34:56.789"))},
	{"tm", "time", "'12:34:56'", value.TimeOf(0), value.Time(45296 * value.MicrosPerSecond)},
	{"nul", "int", "null", value.Type{Kind: value.TypeInt, Nullable: true, Length: 11}, value.Null},
}

func column(t value.Type) value.Type {
	t.Coercibility = value.Implicit
	return t
}

func memberType(k value.Kind, members ...string) value.Type {
	return value.Type{Kind: k, Members: &members, Collation: value.DefaultCollation, Coercibility: value.Implicit}
}

func packed(text string) codec.DateTime {
	v, _, err := value.TemporalLiteral(&value.Env{}, map[bool]string{true: "date", false: "timestamp"}[len(text) == 10], text)
	if err != nil {
		panic(err)
	}
	return v.DateTime()
}

// rowOfOne gives the columns and their row.
func rowOfOne() (columns map[string]Expr, row Values) {
	columns = map[string]Expr{}
	for i, c := range oneRow {
		columns[c.name] = NewColumn(i, c.of, "`t`.`"+c.name+"`")
		row = append(row, c.val)
	}
	return columns, row
}

// createOne is the same table for a server.
func createOne() string {
	var columns, values []string
	for _, c := range oneRow {
		columns, values = append(columns, c.name+" "+c.declared), append(values, c.text)
	}
	return "CREATE TEMPORARY TABLE sbtest.one (" + strings.Join(columns, ",") + ") DEFAULT CHARSET utf8mb4 COLLATE utf8mb4_uca1400_ai_ci SELECT " +
		strings.Join(values, ",")
}

// The files of testdata have blocks of expressions, one in a line, and below ---- for
// each one its answer:
//
//	eval [mode=strict,…] [div=4] [zone=UTC] [mysql]
//	1 + 1
//	----
//	2 | bigint
//
// "store" takes lines "type <- expression": what a column keeps of a value.
// Behind the type, each warning. An error stands alone. "mysql" says that MariaDB
// gives something else; the comment above says by which rule of MySQL.
func TestFiles(t *testing.T) {
	datadriven.Walk(t, "testdata", func(t *testing.T, path string) {
		datadriven.RunTest(t, path, func(t *testing.T, d *datadriven.TestData) string {
			if d.Cmd == "rows" {
				return aggregateAnswers(t, d)
			}
			do := map[string]func(*value.Env, string) string{"eval": answer, "store": stored}[d.Cmd]
			if do == nil {
				d.Fatalf(t, "eval, store and rows are the commands")
			}
			var out strings.Builder
			for line := range strings.Lines(d.Input) {
				out.WriteString(do(envOf(t, d), strings.TrimSuffix(line, "\n")))
				out.WriteByte('\n')
			}
			return out.String()
		})
	})
}

var modeNames = map[string]value.Mode{
	"strict": value.ModeStrict, "no_zero_date": value.ModeNoZeroDate, "no_zero_in_date": value.ModeNoZeroInDate,
	"error_for_division_by_zero": value.ModeErrorForDivisionByZero, "allow_invalid_dates": value.ModeAllowInvalidDates,
	"no_unsigned_subtraction": value.ModeNoUnsignedSubtraction, "time_truncate_fractional": value.ModeTimeTruncateFractional,
	"no_backslash_escapes": value.ModeNoBackslashEscapes, "none": 0,
}

// envOf reads the options of a block. The clock stands at noon of a day.
func envOf(t *testing.T, d *datadriven.TestData) *value.Env {
	env := &value.Env{Mode: value.DefaultMode, Now: time.Date(2024, 2, 29, 12, 34, 56, 789012000, time.UTC)}
	for _, a := range d.CmdArgs {
		switch a.Key {
		case "mode":
			env.Mode = 0
			for _, word := range a.Vals {
				m, known := modeNames[word]
				if !known {
					d.Fatalf(t, "no mode %s", word)
				}
				env.Mode |= m
			}
		case "div":
			n, _ := strconv.Atoi(a.Vals[0])
			env.DivPrecision, env.HasDivPrecision = uint8(n), true
		case "zone":
			zone, err := time.LoadLocation(a.Vals[0])
			if err != nil {
				d.Fatalf(t, "%v", err)
			}
			env.Location = zone
		case "packet":
			env.MaxPacket, _ = strconv.Atoi(a.Vals[0])
		case "concat":
			env.GroupConcatMax, _ = strconv.Atoi(a.Vals[0])
		case "week":
			n, _ := strconv.Atoi(a.Vals[0])
			env.WeekMode = uint8(n)
		case "mysql":
		default:
			d.Fatalf(t, "no option %s", a.Key)
		}
	}
	return env
}

// answer is the line of an expression: value | type | warnings, or the error.
func answer(env *value.Env, text string) string {
	columns, row := rowOfOne()
	var warnings []string
	env.Listen = func(w value.Warning) {
		level := ""
		if w.Level == value.LevelNote {
			level = "note "
		}
		warnings = append(warnings, fmt.Sprintf(" | %s%d %s", level, w.Number, w.Text))
	}
	e, err := parse(functions.NewBuilder(env), text, columns)
	warnings = nil
	var v value.Value
	if err == nil {
		v, err = e.Eval(NewCtx(env), row)
	}
	var bad *value.Error
	switch {
	case errors.As(err, &bad):
		return fmt.Sprintf("error %d %s", bad.Number, bad.Message)
	case err != nil:
		return "test: " + err.Error()
	}
	if wrong := misfit(v, e.Type()); wrong != "" {
		return "test: " + wrong
	}
	return printed(v, e.Type()) + " | " + typeText(e.Type()) + strings.Join(warnings, "")
}

// stored is the line of a store: value | warnings, or the error.
func stored(env *value.Env, line string) string {
	declared, text, _ := strings.Cut(line, " <- ")
	env.Writing = env.Has(value.ModeStrict)
	var warnings []string
	columns, row := rowOfOne()
	e, err := parse(functions.NewBuilder(env), text, columns)
	var v value.Value
	var to value.Type
	if err == nil {
		to = columnType(env, declared)
		env.Listen = func(w value.Warning) {
			warnings = append(warnings, fmt.Sprintf(" | %s%d %s", map[bool]string{true: "note "}[w.Level == value.LevelNote], w.Number, w.Text))
		}
		if v, err = e.Eval(NewCtx(env), row); err == nil {
			v, err = value.Store(env, v, e.Type(), &to, value.Place{Column: "c", Row: 1})
		}
	}
	var bad *value.Error
	switch {
	case errors.As(err, &bad):
		return fmt.Sprintf("error %d %s", bad.Number, bad.Message)
	case err != nil:
		return "test: " + err.Error()
	}
	to.Nullable = true
	if wrong := misfit(v, &to); wrong != "" {
		return "test: " + wrong
	}
	vec := NewVector(&to)
	if err := vec.Append(v); err != nil {
		return "test: " + err.Error()
	}
	return orQuotes(printed(vec.Value(0), &to)) + strings.Join(warnings, "")
}

// columnType reads the type of a column as CREATE TABLE has it.
func columnType(env *value.Env, text string) value.Type {
	p := &parser{b: functions.NewBuilder(env), toks: scan(text)}
	name := strings.ToLower(p.next().text)
	var args []Expr
	if p.is("(") {
		args = p.list(")")
	}
	n := func(i, otherwise int) int {
		if i < len(args) {
			return int(args[i].(*Const).Val.Int())
		}
		return otherwise
	}
	text2 := value.Text(value.DefaultCollation, n(0, 1))
	kinds := map[string]value.Type{
		"tinyint": {Kind: value.TypeTinyInt}, "smallint": {Kind: value.TypeSmallInt}, "mediumint": {Kind: value.TypeMediumInt},
		"int": {Kind: value.TypeInt}, "bigint": {Kind: value.TypeBigInt}, "decimal": value.DecimalOf(n(0, 10), n(1, 0)),
		"double": value.DoubleType, "float": {Kind: value.TypeFloat, Scale: value.NotFixed}, "bit": {Kind: value.TypeBit, Length: uint32(n(0, 1))},
		"year": {Kind: value.TypeYear}, "date": value.DateOfDay, "time": value.TimeOf(n(0, 0)), "datetime": value.DateTimeOf(n(0, 0)),
		"timestamp": {Kind: value.TypeTimestamp, Scale: uint8(n(0, 0))}, "json": value.JSONType, "varchar": text2, "char": text2,
		"varbinary": value.BytesOf(n(0, 1)), "binary": value.BytesOf(n(0, 1)), "tinytext": {Kind: value.TypeTinyText, Collation: value.DefaultCollation},
	}
	t, known := kinds[name]
	if name == "char" || name == "binary" {
		t.Kind = value.TypeChar
	}
	if name == "enum" || name == "set" {
		var members []string
		for _, a := range args {
			members = append(members, ConstText(a))
		}
		t, known = memberType(map[string]value.Kind{"enum": value.TypeEnum, "set": value.TypeSet}[name], members...), true
	}
	if !known {
		panic("no type " + name)
	}
	t.Unsigned = p.is("unsigned")
	if p.is("charset") {
		t.Collation = value.CharsetNamed(p.next().text)
	}
	return t
}

// misfit says that a value is not of its type's class.
func misfit(v value.Value, t *value.Type) string {
	want := value.ClassString
	switch {
	case v.IsNull():
		if !t.Nullable {
			return "NULL of the type " + t.String() + " that is not nullable"
		}
		return ""
	case t.IsInteger() && !t.Unsigned:
		want = value.ClassInt
	case t.IsInteger(), t.Kind == value.TypeBit, t.Kind == value.TypeYear, t.Kind == value.TypeEnum, t.Kind == value.TypeSet:
		want = value.ClassUint
	case t.Kind == value.TypeDouble || t.Kind == value.TypeFloat:
		want = value.ClassDouble
	case t.Kind == value.TypeDecimal:
		want = value.ClassDecimal
	case t.Kind == value.TypeDate:
		want = value.ClassDate
	case t.Kind == value.TypeTime:
		want = value.ClassTime
	case t.IsTemporal():
		want = value.ClassDateTime
	case t.Kind == value.TypeJSON:
		want = value.ClassJSON
	}
	if v.Class() != want {
		return fmt.Sprintf("a value of class %d of the type %s", v.Class(), t)
	}
	return ""
}

func printed(v value.Value, t *value.Type) string {
	if v.IsNull() {
		return "NULL"
	}
	s := value.AppendText(nil, v, t)
	if t.IsBinary() {
		return fmt.Sprintf("0x%X", s)
	}
	return graphic(string(s))
}

func typeText(t *value.Type) string {
	s := t.String()
	if t.IsString() && !t.IsBinary() && t.Collation != value.DefaultCollation {
		s += " " + t.Collation.Name
	}
	return s
}

// TestOracle holds the files against a server. It compares values and the numbers of
// warnings and errors, not their texts and types, which differ between servers.
func TestOracle(t *testing.T) {
	if *oracle == "" {
		t.Skip("no server to compare with: name one by -oracle")
	}
	db, err := sql.Open("mysql", *oracle)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	db.SetMaxOpenConns(1)
	files, _ := filepath.Glob("testdata/*")
	more, _ := filepath.Glob("testdata/*/*")
	for _, file := range append(files, more...) {
		if info, err := os.Stat(file); err != nil || info.IsDir() {
			continue
		}
		t.Run(filepath.Base(file), func(t *testing.T) { askFile(t, db, file) })
	}
}

func askFile(t *testing.T, db *sql.DB, file string) {
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	for _, block := range strings.Split(string(text), "\n\n") {
		for strings.HasPrefix(block, "#") || strings.HasPrefix(block, "\n") {
			_, block, _ = strings.Cut(block, "\n")
		}
		head, body, _ := strings.Cut(block, "\n")
		input, output, found := strings.Cut(body, "----\n")
		known := strings.HasPrefix(head, "eval") || strings.HasPrefix(head, "store")
		if !found || !known || strings.Contains(head, "mysql") {
			continue
		}
		ask(t, db, head)
		table := "sbtest.one"
		if strings.HasPrefix(head, "rows") {
			var rows string
			rows, input, _ = strings.Cut(input, "\n")
			table = "sbtest.several"
			if _, err := db.Exec("SET STATEMENT sql_mode='' FOR CREATE OR REPLACE TEMPORARY TABLE " + table + " AS " + derived(rows)); err != nil {
				t.Fatal(err)
			}
		}
		answers := strings.Split(strings.TrimSpace(output), "\n")
		for i, line := range strings.Split(strings.TrimSpace(input), "\n") {
			got, want := "", comparable(answers[i], strings.HasPrefix(head, "store"))
			if strings.HasPrefix(head, "store") {
				got = theirStore(db, line)
			} else {
				got = theirs(db, line, table)
			}
			if got != want {
				t.Errorf("%s [%s]\n  here:  %s\n  there: %s", line, head, want, got)
			}
		}
	}
}

// ask sets up the session as the head of a block says.
func ask(t *testing.T, db *sql.DB, head string) {
	mode := "STRICT_TRANS_TABLES,NO_ZERO_DATE,NO_ZERO_IN_DATE,ERROR_FOR_DIVISION_BY_ZERO,TIME_ROUND_FRACTIONAL"
	div, zone, concat, week := "4", "+00:00", "1024", "0"
	for _, word := range strings.Fields(head) {
		if m, ok := strings.CutPrefix(word, "mode="); ok {
			mode = strings.ToUpper(strings.ReplaceAll(strings.Trim(m, "()"), "STRICT", "STRICT_TRANS_TABLES")) + ",TIME_ROUND_FRACTIONAL"
			mode = strings.ReplaceAll(strings.ReplaceAll(mode, "STRICT,", "STRICT_TRANS_TABLES,"), "NONE,", "")
		}
		if d, ok := strings.CutPrefix(word, "div="); ok {
			div = d
		}
		if n, ok := strings.CutPrefix(word, "week="); ok {
			week = n
		}
		if n, ok := strings.CutPrefix(word, "concat="); ok {
			concat = n
		}
		if z, ok := strings.CutPrefix(word, "zone="); ok {
			zone = z
		}
	}
	create, insert, _ := strings.Cut(createOne(), " SELECT ")
	insert = "INSERT INTO sbtest.one VALUES (" + insert + ")"
	for _, q := range []string{"SET NAMES utf8mb4 COLLATE utf8mb4_uca1400_ai_ci", "SET sql_mode='" + mode + "'", "SET group_concat_max_len=" + concat, "SET default_week_format=" + week, "SET div_precision_increment=" + div, "SET time_zone='" + zone + "'", "SET timestamp=1709210096.789012", "DROP TEMPORARY TABLE IF EXISTS sbtest.one", create, insert} {
		if _, err := db.Exec(q); err != nil && !strings.Contains(q, "time_zone") {
			t.Fatal(q, err)
		}
	}
}

// derived is a query for rows as aggregateAnswers has them.
func derived(rows string) string {
	var out []string
	for _, row := range strings.Split(strings.Trim(rows, "()"), "), (") {
		out = append(out, "SELECT "+row)
	}
	columns := []string{"a", "b", "c", "d"}[:strings.Count(strings.Split(rows, "), (")[0], ", ")+1]
	return "WITH t(" + strings.Join(columns, ",") + ") AS (" + strings.Join(out, " UNION ALL ") + ") SELECT * FROM t"
}

func theirs(db *sql.DB, expr, table string) string {
	out := ofServer(db, "SELECT "+expr+" FROM "+table)
	if strings.HasPrefix(out, "error ") {
		return out
	}
	return out + warnings(db)
}

// ofServer is the one value of a query.
func ofServer(db *sql.DB, query string) string {
	rows, err := db.Query(query)
	if err != nil {
		return numberOf(err)
	}
	defer rows.Close()
	var v sql.NullString
	if !rows.Next() {
		return numberOf(rows.Err())
	}
	types, _ := rows.ColumnTypes()
	if err := rows.Scan(&v); err != nil {
		return err.Error()
	}
	rows.Close()
	if v.Valid && types[0].DatabaseTypeName() == "DOUBLE" { // which the driver prints in its own way
		if err := db.QueryRow("SELECT CONCAT(" + query[len("SELECT "):strings.LastIndex(query, " FROM ")] + ")" + query[strings.LastIndex(query, " FROM "):]).Scan(&v); err != nil {
			return err.Error()
		}
	}
	out := "NULL"
	if v.Valid {
		out = graphic(v.String)
		if k := types[0].DatabaseTypeName(); strings.HasSuffix(k, "BINARY") || strings.HasSuffix(k, "BLOB") {
			out = fmt.Sprintf("0x%X", v.String)
		}
	}
	return out
}

// warnings are the numbers of the warnings, notes left out.
func warnings(db *sql.DB) (out string) {
	warned, err := db.Query("SHOW WARNINGS")
	if err != nil {
		return err.Error()
	}
	defer warned.Close()
	for warned.Next() {
		var level, number, text string
		if err := warned.Scan(&level, &number, &text); err != nil {
			return err.Error()
		}
		if level != "Note" {
			out += " | " + number
		}
	}
	return out
}

// theirStore is what the server keeps of a value.
func theirStore(db *sql.DB, line string) string {
	declared, text, _ := strings.Cut(line, " <- ")
	if _, err := db.Exec("CREATE OR REPLACE TEMPORARY TABLE sbtest.st (c " + declared + ") DEFAULT CHARSET utf8mb4 COLLATE utf8mb4_uca1400_ai_ci"); err != nil {
		return err.Error()
	}
	if _, err := db.Exec("INSERT INTO sbtest.st SELECT " + text + " FROM sbtest.one"); err != nil {
		return numberOf(err)
	}
	warned := warnings(db)
	if strings.HasPrefix(declared, "bit") {
		return printedBytes(db) + warned
	}
	out, _, _ := strings.Cut(ofServer(db, "SELECT c FROM sbtest.st"), " | ")
	return orQuotes(out) + warned
}

// orQuotes makes an empty text visible.
func orQuotes(s string) string {
	if s == "" {
		return "''"
	}
	return s
}

// printedBytes is a BIT, which is no text.
func printedBytes(db *sql.DB) string {
	var b []byte
	if err := db.QueryRow("SELECT c FROM sbtest.st").Scan(&b); err != nil {
		return err.Error()
	}
	return graphic(string(b))
}

// graphic is a text on one line.
func graphic(s string) string {
	q := strconv.QuoteToGraphic(s)
	return q[1 : len(q)-1]
}

func numberOf(err error) string {
	s := fmt.Sprint(err)
	s, _, _ = strings.Cut(strings.TrimPrefix(s, "Error "), " ")
	return "error " + s
}

// comparable leaves of an answer what both servers say alike.
func comparable(line string, stored bool) string {
	if rest, ok := strings.CutPrefix(line, "error "); ok {
		number, _, _ := strings.Cut(rest, " ")
		return "error " + number
	}
	parts := strings.Split(line, " | ")
	out := parts[0]
	from := 2
	if stored {
		from = 1
	}
	for i := from; i < len(parts); i++ {
		if !strings.HasPrefix(parts[i], "note ") {
			number, _, _ := strings.Cut(parts[i], " ")
			out += " | " + number
		}
	}
	return out
}
