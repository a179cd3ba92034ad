package clause

import (
	"slices"
	"strings"

	"github.com/lxdb/lxdb/engine/dialect"
	"github.com/lxdb/lxdb/engine/sqlerr"
)

// alterTable reads ALTER TABLE. Each part stays in the text as it is, is written
// otherwise, or is taken out because it is kept here.
func (r *reader) alterTable() (Result, error) {
	r.i++
	if r.at("IGNORE") {
		return Result{}, refused("ALTER IGNORE TABLE", "remove the rows that would be lost, then alter the table")
	}
	r.i++
	if !r.isName() {
		return r.result(), nil
	}
	r.change.Database, r.change.Table = r.name()
	r.change.Alters = true
	begin := r.tok(0).Pos
	var all []part
	for !r.done() {
		from := r.i
		cut, err := r.alterPart()
		if err != nil {
			return Result{}, err
		}
		if r.i == from { // nothing that we know: the parser says what is wrong
			return r.result(), nil
		}
		if !cut {
			all = append(all, part{from, r.i, r.edited(r.token(from).Pos, r.token(r.i-1).End), false})
		}
		if len(all) > mostParts {
			return Result{}, sqlerr.TooManyFields.Errorf("Too many columns: ALTER TABLE has at most %d parts", mostParts)
		}
		r.acceptPunct(",")
	}
	if err := r.twice(all); err != nil {
		return Result{}, err
	}
	parts := r.later(all)
	if r.renamed && r.change.Writes() {
		return Result{}, refused("RENAME together with table options", "say it in two statements")
	}
	if r.renamed && len(r.change.Late) > 0 {
		return Result{}, refused("RENAME together with expressions over new columns", "say it in two statements")
	}
	if r.renamed && len(r.change.Enforce) > 0 {
		return Result{}, refused("RENAME together with ALTER CHECK", "say it in two statements")
	}
	out := r.result()
	out.Text = r.text[:begin] + strings.Join(parts, ", ")
	if out.Only = len(parts) == 0; out.Only {
		change := r.change
		out.Change = &change
	}
	return out, nil
}

// mostParts is as many as MySQL has columns; each is looked at beside the changes of all others.
const mostParts = 4096

// alterPart reads one part of ALTER TABLE. cut means that nothing of it is left
// for the parser.
func (r *reader) alterPart() (cut bool, err error) {
	if r.accept("COMMENT") { // the parser takes it and forgets it
		r.acceptPunct("=")
		r.change.Options = append(r.change.Options, Option{"COMMENT", r.tok(0).Text})
		r.i++
		return true, nil
	}
	from := r.i
	if found, works, err := r.option(); found || err != nil {
		if works {
			r.charset(from)
		}
		return !works, err
	}
	switch {
	case r.at("CONVERT", "TO"):
		r.i += 2
		r.charset(r.i)
		r.change.Convert = true
		for !r.done() && !r.punct(",") {
			r.i++
		}
		return false, nil
	case r.at("PARTITION", "BY"):
		return true, r.partitionBy()
	case r.at("REMOVE", "PARTITIONING"):
		r.i += 2
		r.change.Unpartition = true
		return true, nil
	case r.wordAt(1, "PARTITION") && r.anyOf("ADD", "DROP", "DISCARD", "IMPORT", "TRUNCATE", "COALESCE", "REORGANIZE", "EXCHANGE", "ANALYZE", "CHECK", "OPTIMIZE", "REBUILD", "REPAIR"):
		return false, refused("ALTER TABLE … "+strings.ToUpper(r.tok(0).Text)+" PARTITION", "tables have no partitions here; PARTITION BY is kept for dumps")
	case r.anyOf("ALGORITHM", "LOCK"):
		return true, r.howToAlter()
	case r.accept("FORCE"):
		r.change.note("FORCE")
		return true, nil
	case r.at("ENABLE", "KEYS"), r.at("DISABLE", "KEYS"):
		r.change.note(strings.ToUpper(r.tok(0).Text) + " KEYS")
		r.i += 2
		return true, nil
	case r.at("ORDER", "BY"):
		return false, refused("ALTER TABLE … ORDER BY", "rows are stored in the order of the primary key")
	case r.at("DISCARD", "TABLESPACE"), r.at("IMPORT", "TABLESPACE"):
		return false, refused("ALTER TABLE … "+strings.ToUpper(r.tok(0).Text)+" TABLESPACE", "there are no tablespaces")
	case r.anyOf("WITH", "WITHOUT") && r.wordAt(1, "VALIDATION"):
		return false, refused(strings.ToUpper(r.tok(0).Text)+" VALIDATION", "rows are always checked")
	case r.anyOf("SECONDARY_LOAD", "SECONDARY_UNLOAD"):
		return false, refused(strings.ToUpper(r.tok(0).Text), "there is no secondary engine")
	case r.accept("ADD"):
		return r.alterAdd()
	case r.anyOf("CHANGE", "MODIFY"):
		return false, r.alterColumn()
	case r.at("ALTER", "CHECK"), r.at("ALTER", "CONSTRAINT"):
		return r.enforcement(), nil
	case r.accept("ALTER"):
		return false, r.alterAlter()
	}
	return false, r.alterNames()
}

// charset spells a character set as the parser wants it, and takes the collation
// that follows into the same part.
func (r *reader) charset(from int) {
	collates := false
	for n := from; n < r.i || n == from; n++ {
		t := r.tok(n - r.i)
		if t.Kind != dialect.TokenWord {
			break
		}
		if strings.EqualFold(t.Text, "CHARSET") {
			r.replace(n, n+1, "CHARACTER SET")
		}
		collates = collates || strings.EqualFold(t.Text, "CHARSET") || strings.EqualFold(t.Text, "CHARACTER")
	}
	if collates && r.at("DEFAULT", "COLLATE") {
		r.cut(r.i, r.i+1)
		r.i++
	}
	if collates && r.accept("COLLATE") {
		r.acceptPunct("=")
		r.i++
	}
}

func (r *reader) alterAdd() (cut bool, err error) {
	switch {
	case r.anyOf("FULLTEXT", "SPATIAL"):
		return true, r.unbuiltIndex()
	case r.anyOf("PRIMARY", "UNIQUE", "KEY", "INDEX", "FOREIGN", "CHECK", "CONSTRAINT"):
		_, err := r.definition()
		return false, err
	}
	r.accept("COLUMN")
	if r.punct("(") {
		return false, r.addColumns()
	}
	d, err := r.column()
	if err == nil && len(d.extra) > 0 {
		err = refused("REFERENCES in ADD COLUMN", "say ADD FOREIGN KEY as well")
	}
	r.afterColumn()
	return false, err
}

// addColumns writes ADD (a INT, b INT, KEY (a)) as the parts that it stands for.
func (r *reader) addColumns() error {
	r.cut(r.i, r.i+1)
	r.i++
	for !r.done() {
		d, err := r.definition()
		if err != nil {
			return err
		}
		if d.cut {
			return refused("FULLTEXT and SPATIAL in ADD (…)", "say ADD FULLTEXT KEY by itself")
		}
		if len(d.extra) > 0 {
			return refused("REFERENCES in ADD COLUMN", "say ADD FOREIGN KEY as well")
		}
		if r.punct(")") {
			r.cut(r.i, r.i+1)
			r.i++
			return nil
		}
		if !r.acceptPunct(",") {
			return nil
		}
		add := "ADD COLUMN "
		switch {
		case r.at("CHECK"), r.at("CONSTRAINT") && (r.wordAt(1, "CHECK") || r.wordAt(2, "CHECK")): // is taken out, as that of a column is
			r.cut(r.i-1, r.i)
			continue
		case r.anyOf("PRIMARY", "UNIQUE", "KEY", "INDEX", "FOREIGN", "CONSTRAINT"):
			add = "ADD "
		}
		r.insert(r.i, add)
	}
	return nil
}

// alterColumn reads CHANGE and MODIFY.
func (r *reader) alterColumn() error {
	change := r.at("CHANGE")
	r.i++
	if r.wordAt(0, "COLUMN") {
		r.i++
	}
	if change {
		r.quote()
		r.i++
	}
	d, err := r.column()
	if err == nil && len(d.extra) > 0 {
		err = refused("REFERENCES in CHANGE and MODIFY", "say ADD FOREIGN KEY as well")
	}
	r.afterColumn()
	return err
}

// afterColumn quotes the name in AFTER name, which column has passed.
func (r *reader) afterColumn() {
	if r.wordAt(-2, "AFTER") {
		r.i--
		r.quote()
		r.i++
	}
}

// enforcement reads ALTER CHECK c [NOT] ENFORCED. Of anything else it takes nothing: the parser says what is wrong.
func (r *reader) enforcement() (cut bool) {
	from := r.i
	e := Enforcement{Any: r.wordAt(1, "CONSTRAINT")}
	r.i += 2
	if r.isName() {
		e.Name = r.tok(0).Text
		r.i++
		e.On = !r.accept("NOT")
		if r.accept("ENFORCED") && (r.done() || r.punct(",") || r.punct(";")) {
			r.change.Enforce = append(r.change.Enforce, e)
			return true
		}
	}
	r.i = from
	return false
}

// alterAlter reads what follows ALTER inside ALTER TABLE.
func (r *reader) alterAlter() error {
	switch {
	case r.at("INDEX"):
		return refused("ALTER INDEX … VISIBLE and INVISIBLE", "drop the index, or create it again")
	}
	r.accept("COLUMN")
	r.quote()
	r.i++
	if r.at("SET", "VISIBLE") || r.at("SET", "INVISIBLE") {
		return refused("INVISIBLE columns", "leave the column out of the views that people read")
	}
	r.toComma()
	return nil
}

// alterNames reads DROP, RENAME and whatever else there is, quoting the names of
// columns.
func (r *reader) alterNames() error {
	dropsColumn := r.at("DROP", "COLUMN") || r.at("DROP") && !r.wordAt(1, "PRIMARY") && !r.wordAt(1, "KEY") && !r.wordAt(1, "INDEX") &&
		!r.wordAt(1, "FOREIGN") && !r.wordAt(1, "CONSTRAINT") && !r.wordAt(1, "CHECK")
	renames := r.at("RENAME", "COLUMN")
	r.renamed = r.renamed || r.at("RENAME") && !renames && !r.wordAt(1, "INDEX") && !r.wordAt(1, "KEY")
	if r.at("DROP") && (r.wordAt(1, "KEY") || r.wordAt(1, "INDEX")) && r.tok(2).Kind == dialect.TokenName && strings.EqualFold(r.tok(2).Text, "PRIMARY") {
		r.replace(r.i+1, r.i+3, "PRIMARY KEY")
		r.i += 3
	}
	for !r.done() && !r.punct(",") {
		switch {
		case r.punct("("):
			r.parens()
			continue
		case (dropsColumn || renames) && !r.anyOf("DROP", "RENAME", "COLUMN", "TO", "AS", "IF", "EXISTS", "CASCADE", "RESTRICT"):
			r.quote()
		}
		r.i++
	}
	return nil
}

// howToAlter reads ALGORITHM and LOCK. They are promises: a table is changed under
// an exclusive lock, and asking for less must fail, as in MySQL.
func (r *reader) howToAlter() error {
	for r.anyOf("ALGORITHM", "LOCK") {
		from := r.i
		clause := strings.ToUpper(r.tok(0).Text)
		r.i++
		r.acceptPunct("=")
		value := strings.ToUpper(r.tok(0).Text)
		r.i++
		r.cut(from, r.i)
		switch {
		case value == "DEFAULT", value == "COPY" && clause == "ALGORITHM", value == "EXCLUSIVE" && clause == "LOCK":
		case clause == "ALGORITHM" && (value == "INPLACE" || value == "INSTANT"):
			return sqlerr.AlterOperationNotSupported.Errorf("ALGORITHM=%s is not supported for this operation. Try ALGORITHM=COPY.", value)
		case clause == "LOCK" && (value == "NONE" || value == "SHARED"):
			return sqlerr.AlterOperationNotSupported.Errorf("LOCK=%s is not supported for this operation. Try LOCK=EXCLUSIVE.", value)
		default:
			return sqlerr.Syntax.Errorf("unknown %s type '%s'", clause, value)
		}
	}
	return nil
}

// partitionFunctions are the functions that MySQL lets an expression of PARTITION BY call. Stored
// ones are none of them.
var partitionFunctions = strings.Fields(`ABS CEIL CEILING DATEDIFF DAY DAYOFMONTH DAYOFWEEK DAYOFYEAR EXTRACT FLOOR HOUR MICROSECOND
	MINUTE MOD MONTH QUARTER SECOND TIME_TO_SEC TO_DAYS TO_SECONDS UNIX_TIMESTAMP WEEKDAY YEAR YEARWEEK DIV`)

// partitionFunction reads the expression, or the columns, of PARTITION BY.
func (r *reader) partitionFunction() error {
	from := r.i
	r.parens()
	for i := from + 1; i+1 < r.i; i++ {
		name, next := r.token(i), r.token(i+1)
		called := next.Kind == dialect.TokenOther && next.Text == "(" && name.Kind != dialect.TokenOther && name.Kind != dialect.TokenNumber
		if called && !slices.Contains(partitionFunctions, strings.ToUpper(name.Text)) {
			return sqlerr.PartitionFunctionIsNotAllowed.Errorf("This partition function is not allowed")
		}
	}
	return nil
}

// partitionBy reads PARTITION BY …, which is kept as it is written.
func (r *reader) partitionBy() error {
	from := r.i
	r.i += 2
	r.accept("LINEAR")
	if !r.anyOf("HASH", "KEY", "RANGE", "LIST") {
		return sqlerr.Syntax.Errorf("PARTITION BY wants HASH, KEY, RANGE or LIST near '%s'", r.tok(0).Text)
	}
	r.i++
	if r.accept("ALGORITHM") {
		r.acceptPunct("=")
		r.i++
	}
	r.accept("COLUMNS")
	if err := r.partitionFunction(); err != nil {
		return err
	}
	for {
		switch {
		case r.anyOf("PARTITIONS", "SUBPARTITIONS") && r.tok(1).Kind == dialect.TokenNumber:
			r.i += 2
			continue
		case r.at("SUBPARTITION", "BY"):
			r.i += 2
			r.accept("LINEAR")
			r.i++
			if err := r.partitionFunction(); err != nil {
				return err
			}
			continue
		case r.punct("(") && r.wordAt(1, "PARTITION"):
			r.parens()
		}
		break
	}
	r.change.Partition = r.kept(from, r.i)
	r.change.note("PARTITION BY")
	r.cut(from, r.i)
	return nil
}
