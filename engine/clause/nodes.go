package clause

import (
	"strconv"
	"strings"

	ast "github.com/dolthub/vitess/go/vt/sqlparser"

	"github.com/lxdb/lxdb/engine/sqlerr"
)

// node is the row of one type of the parser's tree. A type without a row is refused;
// so is a field without one, unless the type works as a whole.
type node struct {
	whole  bool
	refuse string            // the statement as a whole, by its name
	why    string            // a hint
	fields map[string]string // "" works; anything else is the name under which it is refused
}

func all(except ...string) node {
	n := node{whole: true, fields: map[string]string{}}
	for i := 0; i+1 < len(except); i += 2 {
		n.fields[except[i]] = except[i+1]
	}
	return n
}

// only makes a row of fields that work, for types whose every field must be decided.
func only(working string, refused ...string) node {
	n := node{fields: map[string]string{}}
	for _, f := range strings.Fields(working) {
		n.fields[f] = ""
	}
	for i := 0; i+1 < len(refused); i += 2 {
		n.fields[refused[i]] = refused[i+1]
	}
	return n
}

func never(name, why string) node { return node{refuse: name, why: why} }

// types has the decision for each type of the parser's tree.
var types = func() map[string]node {
	out := map[string]node{}
	for _, name := range strings.Fields(expressions) {
		out[name] = all()
	}
	for _, group := range []map[string]node{definitionTypes, queryTypes, otherTypes} {
		for name, n := range group {
			out[name] = n
		}
	}
	return out
}()

// expressions are evaluated as they are written, or the planner refuses them.
const expressions = `StarExpr AliasedExpr AndExpr OrExpr XorExpr NotExpr ParenExpr ComparisonExpr RangeCond IsExpr ExistsExpr SQLVal NullVal ColName
	Subquery BinaryExpr UnaryExpr IntervalExpr ExtractFuncExpr TimestampFuncExpr CollateExpr FuncExpr GroupConcatExpr Separator ValuesFuncExpr SubstrExpr
	TrimExpr ConvertExpr ConvertUsingExpr CharExpr ConvertType CaseExpr Default When Order Frame FrameExtent FrameBound WindowDef Over Limit AliasedValues
	AssignmentExpr ColIdent TableIdent TableName ProcedureName EventName TriggerName Where JoinCondition JoinTableExpr ParenTableExpr IndexHints With
	JSONTableExpr JSONTableSpec JSONTableColDef JSONTableColOpts TableFuncExpr LengthScaleOption ValuesStatement ParenSelect QueryOpts InjectedExpr
	InjectedStatement`

var definitionTypes = map[string]node{
	"DDL": only(`Action ColumnAction ConstraintAction Column ColumnOrder ToColumn FromTables ToTables Table ViewSpec SpecialCommentMode
		SubStatementPositionStart SubStatementPositionEnd SubStatementStr FromViews Temporary IfExists IfNotExists OrReplace TableSpec OptLike AutoIncSpec IndexSpec
		DefaultSpec TriggerSpec ProcedureSpec AlterCollationSpec EventSpec OptSelect`,
		"ConstraintIfExists", "IF EXISTS for constraints", "PartitionSpec", "partitions", "NotNullSpec", "ALTER COLUMN … NOT NULL",
		"ColumnTypeSpec", "ALTER COLUMN … TYPE", "User", "this form of ALTER USER", "AccountLimits", "this form of ALTER USER",
		"Authentication", "this form of ALTER USER"),
	"AlterTable":       only("Table Statements", "PartitionSpecs", "partitions"),
	"DBDDL":            only("Action SchemaOrDatabase DBName IfNotExists IfExists CharsetCollate"),
	"ViewSpec":         only("ViewName Columns Algorithm Definer Security ViewExpr CheckOption"),
	"TriggerSpec":      only("TrigName Definer Time Event Order Body"),
	"ProcedureSpec":    only("ProcName Definer Params Characteristics Body"),
	"EventSpec":        only("EventName Definer IfNotExists OnSchedule OnCompletionPreserve Status Comment Body RenameName"),
	"TableSpec":        only("Columns Indexes Constraints TableOpts", "PartitionOpt", "PARTITION BY in this place"),
	"ColumnDefinition": only("Name Type"),
	"ColumnType": only(`Type ResolvedType Null NotNull Autoincrement Default OnUpdate Comment Length Unsigned Scale Charset Collate BinaryCollate EnumValues
		KeyOpt Constraint GeneratedExpr Stored SRID`, "Zerofill", "ZEROFILL", "ForeignKeyDef", "REFERENCES in a column's definition"),
	"IndexSpec":                 only("Action FromName ToName Using Type Columns Options"),
	"IndexDefinition":           only("Info Columns Options"),
	"IndexInfo":                 only("Type Name Primary Unique", "Spatial", "SPATIAL keys in this place", "Fulltext", "FULLTEXT keys in this place", "Vector", "VECTOR indexes"),
	"IndexColumn":               only("Column Length Order"),
	"IndexOption":               only("Name Value Using"),
	"TableOption":               only("Name Value"),
	"ConstraintDefinition":      only("Name Details"),
	"ForeignKeyDefinition":      only("Source ReferencedTable ReferencedColumns Index OnDelete OnUpdate"),
	"CheckConstraintDefinition": only("Expr Enforced"),
	"CharsetAndCollate":         only("Type Value IsDefault"),
	"AutoIncSpec":               only("Value", "Column", "ALTER SEQUENCE", "Sequence", "ALTER SEQUENCE"),
	"DefaultSpec":               only("Action Column Value"),
	"AlterCollationSpec":        only("CharacterSet Collation"),
	"ColumnOrder":               only("First AfterColumn"),
	"OptLike":                   only("LikeTables"),
	"OptSelect":                 only("Select"),
	"TriggerOrder":              only("PrecedesOrFollows OtherTriggerName"),
	"ProcedureParam":            only("Direction Name Type"),
	"Characteristic":            only("Type Comment"),
	"EventScheduleSpec":         only("At EveryInterval Starts Ends"),
	"EventScheduleTimeSpec":     only("EventTimestamp EventIntervals"),
	"PartitionSpec":             never("partitions", ""),
	"PartitionDefinition":       never("partitions", ""),
	"PartitionOption":           never("partitions", ""),
	"SubPartition":              never("partitions", ""),
	"ColumnTypeSpec":            never("ALTER COLUMN … TYPE", ""),
	"NotNullSpec":               never("ALTER COLUMN … NOT NULL", ""),
	"CreateSpatialRefSys":       never("CREATE SPATIAL REFERENCE SYSTEM", "the systems 0 and 4326 are built in"),
	"SrsAttribute":              never("CREATE SPATIAL REFERENCE SYSTEM", ""),
}

var queryTypes = map[string]node{
	"Select":           only("Comments QueryOpts With SelectExprs From Where GroupBy Having Window OrderBy Limit Lock Into"),
	"SetOp":            only("Type Left Right OrderBy With Limit Into", "Lock", "locking clauses of UNION"),
	"Insert":           only("Action Comments Ignore Table With Columns Rows OnDup", "Partitions", "PARTITION in INSERT", "Returning", "RETURNING"),
	"Update":           only("Comments Ignore TableExprs With Exprs Where OrderBy Limit", "Returning", "RETURNING"),
	"Delete":           only("Comments Targets TableExprs With Where OrderBy Limit", "Partitions", "PARTITION in DELETE", "Returning", "RETURNING"),
	"AliasedTableExpr": only("Expr As Hints Lateral", "Partitions", "PARTITION in FROM", "AsOf", "AS OF"),
	"CommonTableExpr":  all(),
	"Into":             all(),
	"Fields":           all(),
	"EnclosedBy":       all(),
	"Lines":            all(),
	"MatchExpr":        never("MATCH … AGAINST", "full-text keys are kept for dumps and not built; use LIKE or REGEXP_LIKE"),
	"AsOf":             never("AS OF", "rows have no history"),
	"Nextval":          never("NEXT VALUE", ""),
	"Load":             all(),
	"Stream":           never("STREAM", ""),
}

var otherTypes = map[string]node{
	"BeginEndBlock": all(), "CaseStatement": all(), "CaseStatementCase": all(), "IfStatement": all(), "IfStatementCondition": all(), "Declare": all(),
	"DeclareHandlerCondition": all(), "DeclareCondition": all(), "DeclareCursor": all(), "DeclareHandler": all(), "DeclareVariables": all(),
	"OpenCursor": all(), "CloseCursor": all(), "FetchCursor": all(), "Loop": all(), "Repeat": all(), "While": all(), "Leave": all(), "Return": all(),
	"Iterate": all(), "Signal": all(), "SignalInfo": all(), "Resignal": all(),
	"Call": only("ProcName Params", "AsOf", "AS OF"),
	"Set":  only("Comments Exprs"), "SetVarExpr": only("Scope Name Expr"),
	"Explain":       only("Statement Plan Analyze ExplainFormat"),
	"Show":          only("Type Table Database IfNotExists ShowTablesOpt Scope ShowCollationFilterOpt ShowIndexFilterOpt Filter Limit CountStar Full"),
	"ShowTablesOpt": only("DbName Filter", "SchemaName", "schemas inside databases", "AsOf", "AS OF"),
	"ShowFilter":    only("Like Filter"),
	"Use":           only("DBName"), "Begin": only("TransactionCharacteristic"), "Commit": all(), "Rollback": all(),
	"Savepoint": all(), "RollbackSavepoint": all(), "ReleaseSavepoint": all(),
	"Flush": never("this form of FLUSH", ""), "FlushOption": all(),
	"LockTables": only("Tables SQLNode"), "TableAndLockType": only("Table Lock SQLNode"), "UnlockTables": all(),
	"Kill":    only("Connection ConnID"),
	"Analyze": only("Tables", "Action", "HISTOGRAM ON (…)", "Columns", "HISTOGRAM ON (…)", "Using", "USING DATA"),
	"Prepare": all(), "Execute": all(), "Deallocate": all(),
	"OtherRead": never("this statement", ""), "OtherAdmin": never("this statement", ""),
	"PurgeBinaryLogs":         never("PURGE BINARY LOGS", "there is no binary log"),
	"ChangeReplicationSource": never("CHANGE REPLICATION", "there is no replication"),
	"ChangeReplicationFilter": never("CHANGE REPLICATION", "there is no replication"),
	"ReplicationOption":       never("CHANGE REPLICATION", "there is no replication"),
	"StartReplica":            never("START REPLICA", "there is no replication"),
	"StopReplica":             never("STOP REPLICA", "there is no replication"),
	"ResetReplica":            never("RESET REPLICA", "there is no replication"),

	// Accounts have statements of our own, which are read before the parser.
	"CreateUser": account, "RenameUser": account, "DropUser": account, "CreateRole": account, "DropRole": account, "GrantPrivilege": account,
	"GrantRole": account, "GrantProxy": account, "RevokePrivilege": account, "RevokeAllPrivileges": account, "RevokeRole": account, "RevokeProxy": account,
	"ShowGrants": account, "AccountName": all(), "AccountRename": account, "Authentication": account, "AccountWithAuth": account, "TLSOptionItem": account,
	"TLSOptions": account, "AccountLimitItem": account, "AccountLimits": account, "PassLockItem": account, "PasswordOptions": account,
	"PrivilegeLevel": account, "Privilege": account, "GrantUserAssumption": account,
	"ShowPrivileges": never("SHOW PRIVILEGES", "see SHOW GRANTS"),
}

var account = never("this form of an account statement", "")

// timeFunctions take the number of digits of a second.
var timeFunctions = map[string]bool{
	"now": true, "current_timestamp": true, "localtime": true, "localtimestamp": true, "curtime": true, "current_time": true,
	"utc_timestamp": true, "utc_time": true, "sysdate": true,
}

// precise refuses more digits of a second than there are.
func precise(typ string, digits *ast.SQLVal, of string) error {
	switch strings.ToLower(typ) {
	case "time", "datetime", "timestamp":
	default:
		return nil
	}
	if digits == nil || digits.Type != ast.IntVal {
		return nil
	}
	if n, err := strconv.Atoi(string(digits.Val)); err == nil && n <= 6 {
		return nil
	}
	return sqlerr.TooBigPrecision.Errorf("Too-big precision %s specified for '%s'. Maximum is 6.", digits.Val, of)
}

// rules look at what depends on a value.
var rules = map[string]func(any) error{
	"DDL": func(n any) error {
		d := n.(*ast.DDL)
		if d.Action == ast.AlterStr && d.ColumnAction == "" && d.ConstraintAction == "" && d.IndexSpec == nil && d.AutoIncSpec == nil && d.DefaultSpec == nil &&
			d.AlterCollationSpec == nil && d.EventSpec == nil {
			return refused("this clause of ALTER TABLE", "")
		}
		return nil
	},
	"CharsetAndCollate": func(n any) error {
		if c := n.(*ast.CharsetAndCollate); strings.EqualFold(c.Type, "ENCRYPTION") && !strings.EqualFold(c.Value, "N") {
			return refused("the database option ENCRYPTION", "who asks for encryption must not believe that he has it")
		}
		c := n.(*ast.CharsetAndCollate)
		return knownOption(c.Type, c.Value)
	},
	"ConvertType": func(n any) error {
		c := n.(*ast.ConvertType)
		return precise(c.Type, c.Length, "CAST")
	},
	"FuncExpr": func(n any) error {
		f := n.(*ast.FuncExpr)
		if !timeFunctions[f.Name.Lowered()] || len(f.Exprs) != 1 {
			return nil
		}
		if a, ok := f.Exprs[0].(*ast.AliasedExpr); ok {
			if v, ok := a.Expr.(*ast.SQLVal); ok {
				return precise("time", v, f.Name.Lowered())
			}
		}
		return nil
	},
	"TableOption": func(n any) error {
		switch o := n.(*ast.TableOption); strings.ToUpper(o.Name) {
		case "AUTO_INCREMENT", "CHARACTER SET", "COLLATE", "COMMENT":
			return knownOption(o.Name, o.Value)
		default:
			return refused("the table option "+strings.ToUpper(o.Name)+" in this place", "")
		}
	},
	"AlterCollationSpec": func(n any) error {
		a := n.(*ast.AlterCollationSpec)
		return known(a.CharacterSet, a.Collation)
	},
	"IndexOption": func(n any) error {
		switch o := n.(*ast.IndexOption); strings.ToUpper(o.Name) {
		case "COMMENT", "VISIBLE":
			return nil
		default:
			return refused("the index option "+strings.ToUpper(o.Name)+" in this place", "")
		}
	},
	"IndexSpec": func(n any) error {
		x := n.(*ast.IndexSpec)
		switch {
		case x.Action != ast.CreateStr && x.Action != ast.DropStr && x.Action != ast.RenameStr:
			return refused(strings.ToUpper(x.Action)+" KEYS in this place", "")
		case x.Type == ast.FulltextStr || x.Type == ast.SpatialStr || x.Type == ast.VectorStr:
			return refused(strings.ToUpper(x.Type)+" indexes in this place", "")
		}
		return nil
	},
	"TableSpec": func(n any) error { // the parser takes several, and the library the first
		spec, keys := n.(*ast.TableSpec), 0
		for _, c := range spec.Columns {
			if c.Type.KeyOpt == primaryKeyOption {
				keys++
			}
		}
		for _, x := range spec.Indexes {
			if x.Info != nil && x.Info.Primary {
				keys++
			}
		}
		if keys > 1 {
			return sqlerr.MultiplePrimaryKey.Errorf("Multiple primary key defined")
		}
		return nil
	},
	"ColumnType": func(n any) error {
		c := n.(*ast.ColumnType)
		if k := c.KeyOpt; k == keyOption || k == fulltextKeyOption {
			return refused("KEY in a column's definition in this place", "say PRIMARY KEY")
		}
		if bool(c.Unsigned) && !unsignedTypes[strings.ToLower(c.Type)] {
			return refused("UNSIGNED of DECIMAL, FLOAT and DOUBLE in this place", "")
		}
		return knownInColumn(c)
	},
	"Explain": func(n any) error {
		switch f := n.(*ast.Explain).ExplainFormat; strings.ToLower(f) {
		case "", "tree", "traditional", "json":
			return nil
		default:
			return sqlerr.UnknownExplainFormat.Errorf("Unknown EXPLAIN format name: '%s'", f)
		}
	},
}

// unsignedTypes are the types whose UNSIGNED is kept to.
var unsignedTypes = map[string]bool{"tinyint": true, "smallint": true, "mediumint": true, "int": true, "integer": true, "bigint": true, "serial": true}

// Key options of a column. Nobody carries out KEY, which Read writes as PRIMARY KEY, and FULLTEXT
// KEY. The parser does not export their names.
const (
	primaryKeyOption  ast.ColumnKeyOption = 1
	keyOption         ast.ColumnKeyOption = 5
	fulltextKeyOption ast.ColumnKeyOption = 6
)
