package objects

import (
	"io"
	"strings"
	"time"

	"github.com/dolthub/go-mysql-server/sql"
	"github.com/dolthub/go-mysql-server/sql/types"
	ast "github.com/dolthub/vitess/go/vt/sqlparser"

	"github.com/lxdb/lxdb/catalog"
	lxaccess "github.com/lxdb/lxdb/engine/access"
	"github.com/lxdb/lxdb/engine/clause"
	"github.com/lxdb/lxdb/engine/grammar"
	"github.com/lxdb/lxdb/engine/lex"
	lxplan "github.com/lxdb/lxdb/engine/plan"
	"github.com/lxdb/lxdb/engine/program"
	"github.com/lxdb/lxdb/engine/routine"
	"github.com/lxdb/lxdb/engine/sqlerr"
	"github.com/lxdb/lxdb/engine/state"
	"github.com/lxdb/lxdb/security/access"
	"github.com/lxdb/lxdb/security/grant"
	"github.com/lxdb/lxdb/security/privilege"
)

// Define makes the statement of a CREATE, ALTER or DROP of a procedure, function or event,
// and of a CREATE TRIGGER; nil for what the SQL grammar reads.
func Define(text, kind string, mode lex.Mode) (ast.Statement, error) {
	first := lex.New(text, mode)
	word := first.Next()
	creates := lex.EqualKeyword(text[word.Pos:word.End], "CREATE")
	if kind == "EVENT" {
		return readEvent(text, creates, mode)
	}
	if kind != "PROCEDURE" && kind != "FUNCTION" && (kind != "TRIGGER" || !creates) {
		return nil, nil
	}
	text = lex.OpenComments(text, mode)
	n := &defineRoutine{text: text, mode: mode}
	if creates {
		if _, err := program.ReadNew(text, mode); err != nil {
			return nil, err
		}
	} else {
		change, err := program.ReadChange(text, mode)
		if err != nil {
			return nil, err
		}
		n.change = &change
	}
	return ast.InjectedStatement{
		Statement: n, Auth: ast.AuthInformation{AuthType: ast.AuthType_IGNORE, TargetType: ast.AuthTargetType_Ignore},
	}, nil
}

// defineRoutine is such a statement as a plan node.
type defineRoutine struct {
	text   string
	mode   lex.Mode
	change *program.Change // nil: CREATE
}

var _ sql.ExecSourceRel = (*defineRoutine)(nil)

// WithResolvedChildren implements ast.Injectable.
func (n *defineRoutine) WithResolvedChildren(children []any) (any, error) {
	if len(children) != 0 {
		return nil, io.ErrUnexpectedEOF
	}
	return n, nil
}

func (n *defineRoutine) Resolved() bool       { return true }
func (n *defineRoutine) IsReadOnly() bool     { return false }
func (n *defineRoutine) Children() []sql.Node { return nil }
func (n *defineRoutine) String() string       { return "stored routine" }
func (n *defineRoutine) Schema() sql.Schema   { return types.OkResultSchema }

func (n *defineRoutine) WithChildren(children ...sql.Node) (sql.Node, error) {
	if len(children) != 0 {
		return nil, sql.ErrInvalidChildrenNumber.New(n, len(children), 0)
	}
	return n, nil
}

// RowIter implements sql.ExecSourceRel.
func (n *defineRoutine) RowIter(ctx *sql.Context, _ sql.Row) (sql.RowIter, error) {
	s := state.Of(ctx)
	if s == nil {
		return nil, sqlerr.DeniedSystem(privilege.SysAdmin.String())
	}
	err := error(nil)
	if n.change == nil {
		err = n.create(ctx, s)
	} else {
		err = n.changeOne(ctx, s)
	}
	if err != nil {
		return nil, err
	}
	return sql.RowsToRowIter(sql.NewRow(types.NewOkResult(0))), nil
}

// AskRest asks what a statement that was bound asks only when it runs: about programs, views, the
// numbers of sequences, and what ALTER TABLE keeps; call asks about a stored function that it calls. It changes
// nothing: ctx is one of catalog.Rehearsed.
func AskRest(ctx *sql.Context, stmt ast.Statement, call func(database, name string) error) error {
	s := state.Of(ctx)
	if s == nil || !catalog.IsRehearsed(ctx) {
		return sqlerr.DeniedSystem(privilege.SysAdmin.String())
	}
	if n, ok := stmt.(ast.InjectedStatement); ok {
		var err error
		switch d := n.Statement.(type) {
		case *defineRoutine:
			_, err = d.RowIter(ctx, nil)
		case *defineEvent:
			_, err = d.RowIter(ctx, nil)
		case *showText:
			_, err = d.RowIter(ctx, nil)
		case *histogram:
			for _, of := range d.of.Tables {
				if _, _, err := analyzed(ctx, s, of, analyzeRights); err != nil {
					return err
				}
			}
		case *upkeep:
			for _, of := range d.of.Tables {
				if _, _, err := analyzed(ctx, s, of, d.takes()); err != nil && !sql.ErrTableNotFound.Is(err) {
					return err
				}
			}
		case keptStatement:
			_, _, err = keptOn(s, ctx, d.node.change)
		}
		return err
	}
	if n, ok := stmt.(*ast.Analyze); ok {
		for _, of := range n.Tables {
			if _, _, err := analyzed(ctx, s, clause.Relation{Database: of.DbQualifier.String(), Table: of.Name.String()}, analyzeRights); err != nil && !sql.ErrTableNotFound.Is(err) { // a sequence is noted
				return err
			}
		}
		return nil
	}
	if ddl, ok := stmt.(*ast.DBDDL); ok && ddl.Action == ast.DropStr {
		if db := s.Inst.Cat.Snapshot().Database(ddl.DBName); db != nil && mayNotEmpty(s, db.ID) {
			return sqlerr.DeniedDatabase(s.User.Name(), ddl.DBName)
		}
	}
	return askCalls(ctx, s, stmt, call)
}

// askCalls asks for the sequences that a statement names, and about the functions that it calls.
func askCalls(ctx *sql.Context, s *state.Session, stmt ast.Statement, call func(database, name string) error) error {
	return grammar.EveryNode(func(node ast.SQLNode) error {
		f, is := node.(*ast.FuncExpr)
		if !is {
			return nil
		}
		if of, is := grammar.SequenceIn(f); is {
			text, _ := of.Expr.(*ast.SQLVal)
			if text == nil {
				return nil
			}
			database, name, ok := grammar.SequenceName(string(text.Val))
			if !ok {
				return nil
			}
			n := &sequence{function: f.Name.Lowered(), command: commands[f.Name.Lowered()], database: lxaccess.FirstOf(database, s.GetCurrentDatabase()), name: name}
			return n.Check(ctx, 0)
		}
		if database, name, qualified := grammar.FunctionName(f); qualified || isStored(s, name) {
			return call(database, name)
		}
		return nil
	}, append(defaultsIn(stmt), stmt)...)
}

// defaultsIn are the DEFAULTs that a statement defines: who does asks for what they name.
func defaultsIn(stmt ast.Statement) (out []ast.SQLNode) {
	parts := []*ast.DDL{}
	switch n := stmt.(type) {
	case *ast.DDL:
		parts = append(parts, n)
	case *ast.AlterTable:
		parts = n.Statements
	}
	for _, part := range parts {
		if part.DefaultSpec != nil && part.DefaultSpec.Value != nil { // ALTER COLUMN … SET DEFAULT
			out = append(out, part.DefaultSpec.Value)
		}
		if part.TableSpec == nil {
			continue
		}
		for _, c := range part.TableSpec.Columns {
			if c.Type.Default != nil {
				out = append(out, c.Type.Default)
			}
		}
	}
	return out
}

// isStored says that a name without a database is that of a stored function.
func isStored(s *state.Session, name string) bool {
	snap := s.Inst.Cat.Snapshot()
	db := snap.Database(s.GetCurrentDatabase())
	return db != nil && !lxplan.BuiltIn(name) && snap.Routine(db.ID, name, true) != nil
}

// Check reads the whole text when the statement is prepared.
func (n *defineRoutine) Check(ctx *sql.Context) error {
	s := state.Of(ctx)
	if n.change != nil || s == nil {
		return nil
	}
	h, err := program.Read(n.text, n.mode)
	if err != nil || h.Kind == program.Trigger {
		return err
	}
	db, err := inDatabase(s, h.Database)
	if err == nil {
		_, err = readNew(ctx, s.Inst, db, n.text, n.mode, nil)
	}
	return err
}

// inDatabase is the database of a routine's name.
func inDatabase(s *state.Session, name string) (*catalog.Database, error) {
	if name == "" {
		name = s.GetCurrentDatabase()
	}
	switch db := s.Inst.Cat.Snapshot().Database(name); {
	case name == "":
		return nil, sql.ErrNoDatabaseSelected.New()
	case db != nil && s.SeesDatabase(db.ID):
		return db, nil
	case db != nil, state.Virtual(name) || !s.HasSystem(privilege.SysAdmin):
		return nil, sqlerr.DeniedDatabase(s.User.Name(), name)
	}
	return nil, sql.ErrDatabaseNotFound.New(name)
}

func (n *defineRoutine) create(ctx *sql.Context, s *state.Session) error {
	h, err := program.Read(n.text, n.mode)
	if err != nil {
		return err
	}
	if h.Kind == program.Trigger {
		return n.createTrigger(ctx, s, h)
	}
	db, err := inDatabase(s, h.Database)
	if err != nil {
		return err
	}
	if !s.May(access.Database(db.ID), access.One(privilege.CreateRoutine)) {
		return sqlerr.DeniedDatabase(s.User.Name(), db.Name)
	}
	if err := CheckName("routine", h.Name); err != nil {
		return err
	}
	exists := sqlerr.SPAlreadyExists.Errorf("%s %s already exists", h.Kind, h.Name)
	if s.Inst.Cat.Snapshot().Routine(db.ID, h.Name, h.Kind == program.Function) != nil {
		if h.IfNotExists {
			ctx.Session.Warn(&sql.Warning{Level: "Note", Code: int(exists.Number), Message: exists.Message})
			return nil
		}
		return exists
	}
	p, err := readNew(ctx, s.Inst, db, n.text, n.mode, nil)
	if err != nil {
		return err
	}
	definer, err := lxaccess.For(s).DefinerOf(ctx, n.text)
	if err != nil {
		return err
	}
	now := time.Now().UnixMicro()
	return s.Update(ctx, func(tx *catalog.Tx) error {
		if tx.Routine(db.ID, h.Name, h.Kind == program.Function) != nil {
			return exists
		}
		id, err := tx.AllocID()
		if err != nil {
			return err
		}
		if err := tx.PutRoutine(&catalog.Routine{
			ID: id, Database: db.ID, Name: h.Name, Function: h.Kind == program.Function, Create: lxaccess.Kept(ctx, n.text),
			SQLMode: sessionText(ctx, sql.SqlModeSessionVar), Charsets: charsetsNow(ctx, s, db), Definer: definer, Makers: s.Makers(definer), Names: namesIn(s, db, p), Owner: s.User.ID(), Invoker: h.Invoker, Comment: h.Comment,
			Created: now, Modified: now,
		}); err != nil {
			return err
		}
		return grant.Own(tx, id)
	})
}

// namesIn are the names in the text of a program, as far as they mean something in its database now. Of a program that
// makes texts they are those in its literals, too: a word more than it will use is asked about by nobody.
func namesIn(s *state.Session, db *catalog.Database, p *program.Program) (out catalog.Names) {
	snap := s.Inst.Cat.Snapshot()
	seen := map[catalog.BoundRelation]bool{}
	add := func(database, name string, routine, function bool) {
		in := db
		if database != "" {
			in = snap.Database(database)
		}
		if in == nil {
			return
		}
		bound := catalog.BoundRelation{Database: in.Name, Name: name, Kind: privilege.KindRoutine, Function: function}
		if !routine {
			o := snap.Relation(in.ID, name)
			bound.ID, bound.Kind, bound.Owner = o.ID, o.Kind, o.Owner
		} else if r := snap.Routine(in.ID, name, function); r != nil {
			bound.ID, bound.Owner = r.ID, r.Owner
		}
		if bound.ID != 0 && !seen[bound] {
			seen[bound] = true
			out = append(out, bound)
		}
	}
	word := func(database, name string) {
		add(database, name, false, false)
		add(database, name, true, false)
		add(database, name, true, true)
	}
	pieces, whole := p.Pieces()
	for _, piece := range pieces {
		if piece.Call != nil {
			add(piece.Call.Database, piece.Call.Name, true, false)
		}
		code, is := piece.Code.(*routine.Code)
		if !is {
			continue
		}
		_ = grammar.EveryNode(func(node ast.SQLNode) error { // no visit fails
			switch n := node.(type) {
			case ast.TableName:
				add(n.DbQualifier.String(), n.Name.String(), false, false)
			case *ast.Prepare:
				if !strings.HasPrefix(n.Expr, "@") { // not a variable
					wordsOf(n.Expr, word)
				}
			case *ast.SQLVal:
				if !whole && n.Type == ast.StrVal {
					wordsOf(string(n.Val), word)
				}
			case *ast.FuncExpr:
				if of, is := grammar.SequenceIn(n); is {
					if text, _ := of.Expr.(*ast.SQLVal); text != nil {
						if database, name, ok := grammar.SequenceName(string(text.Val)); ok {
							add(database, name, false, false)
						}
					}
				} else if database, name, qualified := grammar.FunctionName(n); qualified || !lxplan.BuiltIn(name) {
					add(database, name, true, true)
				}
			}
			return nil
		}, code.Tree)
	}
	return out
}

// wordsOf calls found for every word of a text that could be a name, and with its database for one behind a dot. The text may
// be part of a statement, which nobody can read as one.
func wordsOf(text string, found func(database, name string)) {
	before, dotted := "", false
	for len(text) > 0 {
		word, n := "", 1
		switch c := text[0]; {
		case isWord(c):
			for n < len(text) && isWord(text[n]) {
				n++
			}
			word = text[:n]
		case c == '`' && strings.IndexByte(text[1:], c) > 0:
			n = strings.IndexByte(text[1:], c) + 2
			word = text[1 : n-1]
		case c == '.':
			dotted = before != ""
		case c != ' ' && c != '"' && c != '`' && c != '\n' && c != '\t' && c != '\r':
			before, dotted = "", false
		}
		if word != "" {
			found("", word)
			if dotted {
				found(before, word)
			}
			before, dotted = word, false
		}
		text = text[n:]
	}
}

func isWord(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '_' || c == '$' || c >= 0x80
}

// changeOne runs ALTER and DROP.
func (n *defineRoutine) changeOne(ctx *sql.Context, s *state.Session) error {
	c := n.change
	db, err := inDatabase(s, c.Database)
	if err != nil {
		return err
	}
	absent := sqlerr.SPDoesNotExist.Errorf("%s %s.%s does not exist", c.Kind, db.Name, c.Name)
	r := s.Inst.Cat.Snapshot().Routine(db.ID, c.Name, c.Kind == program.Function)
	if r == nil || !s.Sees(state.RoutineObject(r)) {
		if c.IfExists {
			ctx.Session.Warn(&sql.Warning{Level: "Note", Code: int(absent.Number), Message: absent.Message})
			return nil
		}
		return absent
	}
	if !s.May(state.RoutineObject(r), access.Any(privilege.Dropping(privilege.KindRoutine))) {
		return sqlerr.ProcAccessDenied.Errorf("alter routine command denied to user '%s' for routine '%s.%s'", s.User.Name(), db.Name, r.Name).Lacking("ALTER ROUTINE", "routine "+db.Name+"."+r.Name)
	}
	if r.Invoker && c.Invoker != nil && !*c.Invoker { // what it does for its caller, it would do with its definer's rights
		if err := lxaccess.For(s).ActFor(r.Definer); err != nil {
			return err
		}
	}
	return s.Update(ctx, func(tx *catalog.Tx) error {
		r := tx.RoutineByID(r.ID)
		if r == nil { // dropped meanwhile
			return absent
		}
		if c.Drop {
			return tx.DropRoutine(r.ID)
		}
		changed := r.Clone()
		changed.Modified = time.Now().UnixMicro()
		if c.Comment != nil {
			changed.Comment = *c.Comment
		}
		if c.Invoker != nil {
			if r.Invoker && !*c.Invoker { // besides who made its text
				changed.Makers = append(changed.Makers, s.Makers(r.Definer)...).Without(r.Definer)
			}
			changed.Invoker = *c.Invoker
		}
		text, err := c.Rewrite(r.Create, state.ModeOf(r.SQLMode))
		if err != nil {
			return err
		}
		changed.Create = text
		return tx.PutRoutine(changed)
	})
}

// ReadProgram reads the text of a program in a database; made is what it was made under, nil when that is now, and on the table
// that fires a trigger.
func ReadProgram(ctx *sql.Context, inst *state.Instance, db *catalog.Database, made *catalog.Charsets, text string, mode lex.Mode, on *catalog.Table) (*program.Program, error) {
	return read(ctx, inst, db, made, text, mode, on, false)
}

// readNew is ReadProgram of one that is being made: a variable of the server in it has to be there, as in MySQL. One that
// was made before stays as it is: what it does not come to is no fault.
func readNew(ctx *sql.Context, inst *state.Instance, db *catalog.Database, text string, mode lex.Mode, on *catalog.Table) (*program.Program, error) {
	return read(ctx, inst, db, nil, text, mode, on, true)
}

func read(ctx *sql.Context, inst *state.Instance, db *catalog.Database, made *catalog.Charsets, text string, mode lex.Mode, on *catalog.Table, isNew bool) (*program.Program, error) {
	if err := lex.Bounded(text, mode); err != nil {
		return nil, err
	}
	lang := &lxaccess.Language{
		Ctx: ctx, Mode: mode, Collation: inst.CollationIn(db, made), Table: on, Database: db.Name, New: isNew,
		Parser: lxaccess.Parser{Show: ReplaceShow, Keep: Keeping, Define: Define, Histogram: Histogram, Upkeep: Upkeep},
	}
	return program.Parse(strings.TrimRight(text, "; \t\r\n"), mode, lang)
}
