package statement

import (
	"errors"
	"time"

	"github.com/dolthub/go-mysql-server/sql"
	"github.com/dolthub/go-mysql-server/sql/types"

	"github.com/lxdb/lxdb/catalog"
	"github.com/lxdb/lxdb/engine/dialect"
	"github.com/lxdb/lxdb/engine/numbers"
	"github.com/lxdb/lxdb/engine/sqlerr"
	"github.com/lxdb/lxdb/security/access"
	"github.com/lxdb/lxdb/security/grant"
	"github.com/lxdb/lxdb/security/privilege"
)

const bySequence = "the rights on the sequence, or on its database, are asked where it is changed"

var sequenceCommands = []Declaration{
	Define(Definition[*dialect.CreateSequence]{
		Need: InTransaction(bySequence), Audit: "sequence.create", Commits: true, Run: runCreateSequence,
	}),
	Define(Definition[*dialect.AlterSequence]{
		Need: InTransaction(bySequence), Audit: "sequence.alter", Commits: true, Run: runAlterSequence,
	}),
	Define(Definition[*dialect.DropSequence]{
		Need: InTransaction(bySequence), Audit: "sequence.drop", Commits: true, Run: runDropSequence,
	}),
	Define(Definition[*dialect.ShowCreateSequence]{
		Need: Anyone("who holds nothing on the sequence is told nothing of it"), Audit: "sequence.show",
		Columns: []Column{Text("Table"), Text("Create Table")}, Run: runShowCreateSequence,
	}),
	Define(Definition[*dialect.ShowSequences]{
		Need: Anyone("only sequences that one holds something on are listed"), Audit: "sequence.list",
		Columns: []Column{
			Text("Sequence"), Text("Type"), numberColumn("Start"), numberColumn("Minimum"), numberColumn("Maximum"), numberColumn("Increment"),
			numberColumn("Cache"), YesNo("Cycle"), Text("Comment"),
		},
		Run: runShowSequences,
	}),
}

func numberColumn(name string) Column { return Column{Name: name, Type: types.Int64, NotNull: true} }

// database is where a name without one is looked up.
func (s *Call) database(n dialect.ObjectName) string {
	if n.Database != "" {
		return n.Database
	}
	return s.GetCurrentDatabase()
}

func (s *Call) sequence(snap *catalog.Snapshot, n dialect.ObjectName, command string, want access.Want) (*catalog.Database, *catalog.Sequence, error) {
	return numbers.Find(snap, s.Actor(), s.Who().Name(), s.database(n), n.Name, command, want)
}

// sequenceTarget is the sequence of an ON clause.
func (s *Call) sequenceTarget(snap *catalog.Snapshot, t dialect.Target) (target, error) {
	db, q, err := s.sequence(snap, dialect.ObjectName{Database: t.Database, Name: t.Name}, "GRANT", access.Any(privilege.About(privilege.KindSequence)))
	if err != nil {
		return target{}, err
	}
	return target{id: q.ID, kind: privilege.KindSequence, name: db.Name + "." + q.Name}, nil
}

// mayMakeIn asks for the right to make sequences in a database.
func (s *Call) mayMakeIn(snap *catalog.Snapshot, n dialect.ObjectName) (*catalog.Database, error) {
	name := s.database(n)
	if name == "" {
		return nil, sqlerr.NoDB.Errorf("No database selected")
	}
	db := snap.Database(name)
	switch {
	case db != nil && access.May(s.Actor(), access.Database(db.ID), access.One(privilege.Create), access.Enforce) && !s.nameDenied(snap, db.ID, n.Name):
		return db, nil
	case db == nil && s.HasSystem(privilege.SysAdmin):
		return nil, sqlerr.BadDB.Errorf("Unknown database '%s'", name)
	}
	return nil, sqlerr.DeniedObject("CREATE", s.Who().Name(), n.Name)
}

func (s *Call) nameDenied(snap *catalog.Snapshot, database catalog.ID, name string) bool {
	return !s.HasSystem(privilege.SysAdmin) && snap.DeniedName(database, name, privilege.Create, append(s.Holders(), s.Who().ID()))
}

func runCreateSequence(s *Call, n *dialect.CreateSequence) ([]sql.Row, error) {
	if n.OrReplace && n.IfNotExists {
		return nil, sqlerr.Syntax.Errorf("OR REPLACE and IF NOT EXISTS exclude each other")
	}
	if err := s.nameOf(n.Name); err != nil {
		return nil, err
	}
	var replaced *catalog.Sequence
	exists := false
	err := s.Update(s.Context, func(tx *catalog.Tx) error {
		replaced, exists = nil, false
		db, err := s.mayMakeIn(tx.Snapshot, n.Name)
		if err != nil {
			return err
		}
		rec := &catalog.Sequence{Database: db.ID, Name: n.Name.Name, Owner: s.Who().ID(), Created: time.Now().UnixMicro()}
		if err := setSequence(db.Name, rec, &n.Options, true); err != nil {
			return err
		}
		rec.First = rec.Start
		if old := tx.Relation(db.ID, n.Name.Name); old.ID != 0 {
			replaced = tx.SequenceByID(old.ID)
			if exists = n.IfNotExists; exists {
				return nil
			}
			if !n.OrReplace || replaced == nil {
				return sqlerr.TableExists.Errorf("Table '%s' already exists", n.Name.Name)
			}
			if !access.May(s.Actor(), numbers.Object(replaced), access.One(privilege.Drop), access.Enforce) {
				return sqlerr.DeniedSequence("DROP", s.Who().Name(), n.Name.Name)
			}
			if err := tx.DropSequence(replaced.ID); err != nil {
				return err
			}
		}
		if rec.ID, err = tx.AllocID(); err != nil {
			return err
		}
		rec.Data = rec.ID
		if err := tx.PutSequence(rec); err != nil {
			return err
		}
		return grant.Own(tx, rec.ID)
	})
	if err == nil && exists {
		s.warning("Note", int(sqlerr.TableExists), "Table '"+n.Name.Name+"' already exists")
		return nil, nil
	}
	if err == nil && replaced != nil {
		s.Sequences().Forget(replaced.Data)
	}
	s.noteEngine(err, &n.Options)
	return nil, err
}

func (s *Call) warning(level string, code int, message string) {
	s.Session.Warn(&sql.Warning{Level: level, Code: code, Message: message})
}

// noteEngine says what an option was good for that dumps of other servers carry.
func (s *Call) noteEngine(err error, o *dialect.SequenceOptions) {
	if err == nil && o.Engine != "" {
		s.warning("Note", int(sqlerr.NotSupportedYet), "the option ENGINE is kept and has no effect")
	}
}

func (s *Call) nameOf(n dialect.ObjectName) error {
	return s.CheckName("sequence", n.Name)
}

// altering is how often ALTER begins anew when somebody else alters the same sequence.
const altering = 10

func runAlterSequence(s *Call, n *dialect.AlterSequence) ([]sql.Row, error) {
	for again := 0; ; again++ {
		_, rec, err := s.sequence(s.Snapshot(), n.Name, "ALTER", access.One(privilege.Alter))
		if err != nil {
			if n.IfExists && sqlerr.From(err).Number == sqlerr.UnknownSequence {
				s.warning("Note", int(sqlerr.UnknownSequence), sqlerr.From(err).Message)
				return nil, nil
			}
			return nil, err
		}
		if n.Rename != nil {
			return nil, s.renameSequence(n, rec)
		}
		err = s.alterSequence(n, rec)
		if errors.Is(err, ErrSequenceMoved) && again < altering {
			continue
		}
		s.noteEngine(err, &n.Options)
		return nil, err
	}
}

func (s *Call) renameSequence(n *dialect.AlterSequence, rec *catalog.Sequence) error {
	if err := s.nameOf(*n.Rename); err != nil {
		return err
	}
	return s.Update(s.Context, func(tx *catalog.Tx) error {
		_, now, err := s.sequence(tx.Snapshot, n.Name, "ALTER", access.One(privilege.Alter))
		if err != nil {
			return err
		}
		if n.Rename.Database != "" && !catalog.SameName(tx.DatabaseByID(now.Database).Name, n.Rename.Database) {
			return sqlerr.NotSupportedYet.Errorf("This version of lxdb doesn't yet support 'a sequence that moves to another database'")
		}
		if other := tx.Relation(now.Database, n.Rename.Name); other.ID != 0 && other.ID != now.ID {
			return sqlerr.TableExists.Errorf("Table '%s' already exists", n.Rename.Name)
		}
		renamed := catalog.FoldName(now.Name) != catalog.FoldName(n.Rename.Name)
		if renamed && (!access.May(s.Actor(), access.Database(now.Database), access.One(privilege.Create), access.Enforce) || s.nameDenied(tx.Snapshot, now.Database, n.Rename.Name)) {
			return sqlerr.DeniedObject("CREATE", s.Who().Name(), n.Rename.Name)
		}
		changed := now.Clone()
		changed.Name = n.Rename.Name
		return tx.PutSequence(changed)
	})
}

// alterSequence gives a sequence new options and another data id. While it does, nobody takes numbers of
// the old one.
func (s *Call) alterSequence(n *dialect.AlterSequence, rec *catalog.Sequence) error {
	st, done, err := s.Sequences().Move(s.Context, rec)
	if err != nil {
		return err
	}
	var to *catalog.Sequence
	moved := catalog.ID(0)
	defer func() {
		done(moved)
		if moved != 0 && n.Options.Restart {
			s.Sequences().Forget(moved) // it has given no number yet
		}
	}()
	err = s.Update(s.Context, func(tx *catalog.Tx) error {
		db, now, err := s.sequence(tx.Snapshot, n.Name, "ALTER", access.One(privilege.Alter))
		if err != nil {
			return err
		}
		if now.ID != rec.ID || now.Data != rec.Data {
			return ErrSequenceMoved
		}
		to = now.Clone()
		if err := setSequence(db.Name, to, &n.Options, false); err != nil {
			return err
		}
		next, ended := nextOf(to, st)
		switch {
		case n.Options.RestartWith != nil:
			next, ended = *n.Options.RestartWith, false
		case n.Options.Restart:
			next, ended = to.Start, false
		}
		if next < to.Min || next > to.Max {
			return outOfRange(db.Name, to.Name)
		}
		if ended {
			return tx.PutSequence(to) // it has no number to begin with
		}
		if to.Data, err = tx.AllocID(); err != nil {
			return err
		}
		to.First = next
		tx.Purge(rec.Data)
		return tx.PutSequence(to)
	})
	if err == nil && to.Data != rec.Data {
		moved = to.Data
	}
	return err
}

// nextOf is the number that comes next under new options. A sequence that had ended goes on when its
// bound was moved.
func nextOf(to *catalog.Sequence, st NextNumber) (next int64, ended bool) {
	if !st.Ended {
		return st.Next, false
	}
	after := st.Next + to.Increment
	beyond := (after > st.Next) != (to.Increment > 0) || after > to.Max || after < to.Min
	switch {
	case !beyond:
		return after, false
	case to.Cycle && to.Increment > 0:
		return to.Min, false
	case to.Cycle:
		return to.Max, false
	}
	return st.Next, true
}

func runDropSequence(s *Call, n *dialect.DropSequence) ([]sql.Row, error) {
	var gone []*catalog.Sequence
	var notes []string
	err := s.Update(s.Context, func(tx *catalog.Tx) error {
		gone, notes = nil, nil
		for _, name := range n.Names {
			_, rec, err := s.sequence(tx.Snapshot, name, "DROP", access.One(privilege.Drop))
			if err != nil {
				if number := sqlerr.From(err).Number; n.IfExists && (number == sqlerr.UnknownSequence || number == sqlerr.NotSequence) {
					notes = append(notes, sqlerr.From(err).Message)
					continue
				}
				return err
			}
			if err := tx.DropSequence(rec.ID); err != nil {
				return err
			}
			gone = append(gone, rec)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	for _, rec := range gone {
		s.Sequences().Forget(rec.Data)
	}
	for _, note := range notes {
		s.warning("Note", int(sqlerr.UnknownSequence), note)
	}
	return nil, nil
}
