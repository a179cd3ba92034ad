package objects

import (
	"cmp"
	"errors"
	"io"
	"math"
	"strings"
	"time"

	"github.com/dolthub/go-mysql-server/sql"
	"github.com/dolthub/go-mysql-server/sql/expression"
	"github.com/dolthub/go-mysql-server/sql/types"

	"github.com/lxdb/lxdb/catalog"
	"github.com/lxdb/lxdb/engine/grammar"
	"github.com/lxdb/lxdb/engine/numbers"
	lxplan "github.com/lxdb/lxdb/engine/plan"
	"github.com/lxdb/lxdb/engine/sqlerr"
	"github.com/lxdb/lxdb/engine/state"
	"github.com/lxdb/lxdb/security/access"
	"github.com/lxdb/lxdb/security/bucket"
	"github.com/lxdb/lxdb/security/principal"
	"github.com/lxdb/lxdb/storage/kivi"
	"github.com/lxdb/lxdb/storage/relation"
)

// sequenceFunction finds the functions that give the numbers of sequences. Which sequence is meant is
// found out, and the right to it asked, for each statement, and again for each number.
func sequenceFunction(ctx *sql.Context, name string) (sql.Function, bool) {
	s := state.Of(ctx)
	name = strings.ToLower(name)
	if s == nil || !grammar.SequenceFunctions[name] {
		return nil, false
	}
	return sql.FunctionN{Name: name, Fn: func(args ...sql.Expression) (sql.Expression, error) {
		return sequenceCall(s, name, args)
	}}, true
}

func sequenceCall(s *state.Session, name string, args []sql.Expression) (sql.Expression, error) {
	least, most := 1, 1
	switch name {
	case "lastval":
		least = 0
	case "setval":
		least, most = 2, 4
	}
	if len(args) < least || len(args) > most {
		return nil, sql.ErrInvalidArgumentNumber.New(strings.ToUpper(name), "another number of", len(args))
	}
	if len(args) == 0 {
		return &lxplan.SequenceCall{Call: lxplan.Call{Name: name}, Numbers: lastNumber{s}}, nil
	}
	text, _ := literalText(args[0])
	database, named, ok := grammar.SequenceName(text)
	if !ok {
		return nil, sqlerr.Syntax.Errorf("the first argument of %s is the name of a sequence, as in %s(s) or %s('shop.s')", name, name, name)
	}
	n := &sequence{function: name, command: commands[name], database: cmp.Or(database, s.GetCurrentDatabase()), name: named}
	of := grammar.SequenceText(n.database, named)
	return &lxplan.SequenceCall{Call: lxplan.Call{Name: name, Args: args[1:]}, Of: of, Numbers: n}, nil
}

func literalText(e sql.Expression) (string, bool) {
	l, ok := e.(*expression.Literal)
	if !ok {
		return "", false
	}
	text, ok := l.Value().(string)
	return text, ok
}

// commands are what errors call the functions.
var commands = map[string]string{"nextval": "NEXT VALUE", "currval": "CURRENT VALUE", "lastval": "PREVIOUS VALUE", "setval": "SETVAL"}

// sequence is one that a statement names.
type sequence struct {
	function, command string
	database, name    string
}

func (n *sequence) want() access.Want {
	if n.takes() {
		return numbers.MayTake
	}
	return numbers.MayPeek
}

func (n *sequence) takes() bool { return n.function == "nextval" || n.function == "setval" }

// find looks the sequence up, for the session or the owner of the table whose DEFAULT it stands in.
func (n *sequence) find(ctx *sql.Context, owner principal.ID) (*state.Session, *bucket.Rights, *catalog.Sequence, error) {
	s := state.Of(ctx)
	if s == nil {
		return nil, nil, nil, sqlerr.DeniedSequence(n.command, "", n.name)
	}
	snap, rights := s.Inst.Cat.Snapshot(), s.Rights
	if owner != 0 {
		rights = s.Inst.StandingOf(owner)
	}
	_, q, err := numbers.Find(snap, s.As(rights), s.User.Name(), n.database, n.name, n.command, n.want())
	if err != nil && owner != 0 {
		_, _, own := numbers.Find(snap, s.Actor(), s.User.Name(), n.database, n.name, n.command, n.want())
		if own == nil || sqlerr.From(own).Number != sqlerr.UnknownSequence { // its name is not for everybody
			err = sqlerr.TableAccessDenied.Errorf("NEXT VALUE command denied to the owner of the table, for a sequence in one of its DEFAULTs")
		}
	}
	return s, rights, q, err
}

// Check implements plan.Numbers. A DEFAULT asks when it is computed: most statements need it not.
func (n *sequence) Check(ctx *sql.Context, owner principal.ID) error {
	if owner != 0 {
		return nil
	}
	s, _, _, err := n.find(ctx, owner)
	if err == nil && n.takes() && s.ReadsOnly() {
		return state.ErrReadOnly
	}
	return err
}

// moving is how often a number is asked for again of a sequence that others alter: at once a few times, then
// each millisecond, as who alters it may wait for a processor between two steps.
const moving, atOnce = 1000, 10

// pause waits a little, or until the statement is ended.
func pause(ctx *sql.Context) error {
	t := time.NewTimer(time.Millisecond)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-t.C:
		return nil
	}
}

// Run implements plan.Numbers.
func (n *sequence) Run(ctx *sql.Context, owner principal.ID, args []int64) (v int64, ok bool, err error) {
	for again := 0; ; again++ {
		s, rights, q, err := n.find(ctx, owner)
		if err != nil {
			return 0, false, err
		}
		v, ok, err := n.ask(ctx, s, rights, q, args)
		switch {
		case errors.Is(err, relation.ErrSequenceMoved), errors.Is(err, kivi.ErrDenied):
			if again < moving { // it has another data id now, or the right is gone
				if again >= atOnce {
					if err := pause(ctx); err != nil {
						return 0, false, err
					}
				}
				continue
			}
			return 0, false, sqlerr.DeniedSequence(n.command, s.User.Name(), n.name)
		case errors.Is(err, relation.ErrSequenceEnd):
			return 0, false, sqlerr.SequenceRunOut.Errorf("Sequence '%s.%s' has run out", n.database, q.Name).
				WithHint("ALTER SEQUENCE … MAXVALUE, CYCLE or RESTART")
		}
		return v, ok, err
	}
}

func (n *sequence) ask(ctx *sql.Context, s *state.Session, rights *bucket.Rights, q *catalog.Sequence, args []int64) (int64, bool, error) {
	all := s.Inst.Sequences
	switch n.function {
	case "nextval":
		v, err := all.Next(ctx, rights, q)
		if err == nil {
			s.NoteNumber(q.ID, v)
		}
		return v, err == nil, err
	case "currval":
		return all.Current(ctx, rights, q)
	case "setval":
		used, round := true, uint64(0)
		if len(args) > 1 {
			used = args[1] != 0
		}
		if len(args) > 2 {
			round = uint64(max(args[2], 0))
		}
		ok, err := all.Raise(ctx, rights, q, args[0], used, round)
		return args[0], ok, err
	}
	v, ok := s.LastNumber(q.ID)
	return v, ok, nil
}

// lastNumber is LASTVAL(): the number that the session took last, of whichever sequence.
type lastNumber struct{ s *state.Session }

func (lastNumber) Check(*sql.Context, principal.ID) error { return nil }

func (n lastNumber) Run(*sql.Context, principal.ID, []int64) (int64, bool, error) {
	v, ok := n.s.LastNumber(0)
	return v, ok, nil
}

// sequenceTable is what SELECT … FROM a sequence reads: one row.
type sequenceTable struct {
	of       *catalog.Sequence
	database string
}

var _ sql.Table = (*sequenceTable)(nil)

func (t *sequenceTable) Name() string               { return t.of.Name }
func (t *sequenceTable) String() string             { return t.of.Name }
func (t *sequenceTable) Collation() sql.CollationID { return sql.Collation_Default }

func (t *sequenceTable) Schema() sql.Schema {
	out := sql.Schema{}
	add := func(name string, of sql.Type) {
		out = append(out, &sql.Column{Name: name, Type: of, Source: t.of.Name, DatabaseSource: t.database})
	}
	for _, name := range []string{"next_not_cached_value", "minimum_value", "maximum_value", "start_value", "increment"} {
		add(name, types.Int64)
	}
	add("cache_size", types.Uint64)
	add("cycle_option", types.Uint8)
	add("cycle_count", types.Int64)
	return out
}

func (t *sequenceTable) Partitions(*sql.Context) (sql.PartitionIter, error) {
	return sql.PartitionsToPartitionIter(onlyPartition{}), nil
}

type onlyPartition struct{}

func (onlyPartition) Key() []byte { return []byte("all") }

// PartitionRows asks once more: a sequence may be altered, and rights go, after a statement was planned.
func (t *sequenceTable) PartitionRows(ctx *sql.Context, _ sql.Partition) (sql.RowIter, error) {
	s := state.Of(ctx)
	if s == nil {
		return nil, io.EOF
	}
	for again := 0; ; again++ {
		_, q, err := numbers.Find(s.Inst.Cat.Snapshot(), s.Actor(), s.User.Name(), t.database, t.of.Name, "SELECT", numbers.MaySee)
		if err != nil {
			return nil, err
		}
		st, err := s.Inst.Sequences.State(ctx, s.Rights, q)
		if errors.Is(err, kivi.ErrDenied) && again < moving {
			continue
		}
		if err != nil {
			return nil, err
		}
		next := st.Next
		if beyond := next + q.Increment; st.Ended && (beyond > next) == (q.Increment > 0) {
			next = beyond
		}
		cycle := uint8(0)
		if q.Cycle {
			cycle = 1
		}
		return sql.RowsToRowIter(sql.Row{next, q.Min, q.Max, q.Start, q.Increment, q.Cache, cycle, int64(min(st.Rounds, math.MaxInt64))}), nil
	}
}
