package statement

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/dolthub/go-mysql-server/sql"

	"github.com/lxdb/lxdb/catalog"
	"github.com/lxdb/lxdb/engine/dialect"
	"github.com/lxdb/lxdb/engine/lex"
	"github.com/lxdb/lxdb/engine/numbers"
	"github.com/lxdb/lxdb/engine/sqlerr"
	"github.com/lxdb/lxdb/security/access"
	"github.com/lxdb/lxdb/security/privilege"
)

// sequenceLimits are the numbers of a type but the outermost, as in MariaDB.
var sequenceLimits = map[string]int64{
	"tinyint": math.MaxInt8, "smallint": math.MaxInt16, "mediumint": 1<<23 - 1, "int": math.MaxInt32, "bigint": math.MaxInt64,
}

// defaultCache is MariaDB's.
const defaultCache = 1000

func outOfRange(database, name string) error {
	return sqlerr.SequenceInvalidData.Errorf("Sequence '%s.%s' has out of range value for options", database, name)
}

// setSequence puts the options of a statement into a record; isNew says that those which are not said have
// their defaults.
func setSequence(database string, rec *catalog.Sequence, o *dialect.SequenceOptions, isNew bool) error {
	if isNew {
		rec.Type, rec.Increment, rec.Cache = "bigint", 1, defaultCache
	}
	rec.Type = strings.ToLower(cmp.Or(o.Type, strings.ToUpper(rec.Type)))
	set(&rec.Increment, o.Increment)
	most := sequenceLimits[rec.Type]
	lowest, highest := int64(1), most-1
	if rec.Increment < 0 {
		lowest, highest = -most, -1
	}
	if isNew || o.NoMin {
		rec.Min = lowest
	}
	if isNew || o.NoMax {
		rec.Max = highest
	}
	set(&rec.Min, o.Min)
	set(&rec.Max, o.Max)
	if isNew {
		if rec.Start = rec.Min; rec.Increment < 0 {
			rec.Start = rec.Max
		}
	}
	set(&rec.Start, o.Start)
	set(&rec.Cycle, o.Cycle)
	set(&rec.Comment, o.Comment)
	if o.Cache != nil {
		if *o.Cache < 0 {
			return outOfRange(database, rec.Name)
		}
		rec.Cache = uint64(*o.Cache)
	}
	ahead := uint64(math.MaxInt64) / max(magnitude(rec.Increment), 1) // so many numbers could be reserved
	if rec.Increment == 0 || rec.Min >= rec.Max || rec.Min < -most || rec.Max > most-1 || rec.Start < rec.Min || rec.Start > rec.Max || rec.Cache > ahead {
		return outOfRange(database, rec.Name)
	}
	return nil
}

func magnitude(n int64) uint64 {
	if n < 0 {
		return -uint64(n)
	}
	return uint64(n)
}

func set[T any](field, said *T) {
	if said != nil {
		*field = *said
	}
}

// sequenceText is the statement that makes a sequence as it is, for a session that reads so.
func sequenceText(q *catalog.Sequence, m lex.Mode) string {
	var b strings.Builder
	b.WriteString("CREATE SEQUENCE " + quoteName(q.Name))
	if q.Type != "bigint" {
		b.WriteString(" AS " + strings.ToUpper(q.Type))
	}
	fmt.Fprintf(&b, " START WITH %d MINVALUE %d MAXVALUE %d INCREMENT BY %d", q.Start, q.Min, q.Max, q.Increment)
	if q.Cache == 0 {
		b.WriteString(" NOCACHE")
	} else {
		fmt.Fprintf(&b, " CACHE %d", q.Cache)
	}
	if q.Cycle {
		b.WriteString(" CYCLE")
	} else {
		b.WriteString(" NOCYCLE")
	}
	if q.Comment != "" {
		b.WriteString(" COMMENT " + lex.ShowString(q.Comment, m))
	}
	return b.String()
}

func quoteName(name string) string { return "`" + strings.ReplaceAll(name, "`", "``") + "`" }

func runShowCreateSequence(s *Call, n *dialect.ShowCreateSequence) ([]sql.Row, error) {
	_, q, err := s.sequence(s.Snapshot(), n.Name, "SHOW", access.Any(privilege.About(privilege.KindSequence)))
	if err != nil {
		return nil, err
	}
	return []sql.Row{{q.Name, sequenceText(q, s.Reading())}}, nil
}

func runShowSequences(s *Call, n *dialect.ShowSequences) ([]sql.Row, error) {
	name := s.database(dialect.ObjectName{Database: n.Database})
	if name == "" {
		return nil, sqlerr.NoDB.Errorf("No database selected")
	}
	snap := s.Snapshot()
	db := snap.Database(name)
	if db == nil || !s.seesDatabase(db.ID) {
		if db == nil && s.HasSystem(privilege.SysAdmin) {
			return nil, sqlerr.BadDB.Errorf("Unknown database '%s'", name)
		}
		return nil, sqlerr.DeniedDatabase(s.Who().Name(), name)
	}
	var rows []sql.Row
	for _, q := range snap.Sequences(db.ID) {
		if !access.May(s.Actor(), numbers.Object(q), access.Any(privilege.About(privilege.KindSequence)), access.List) ||
			n.Like != "" && !likeName(q.Name, n.Like) {
			continue
		}
		cycle := "NO"
		if q.Cycle {
			cycle = "YES"
		}
		rows = append(rows, sql.Row{q.Name, q.Type, q.Start, q.Min, q.Max, q.Increment, int64(q.Cache), cycle, q.Comment})
	}
	slices.SortFunc(rows, func(a, b sql.Row) int { return cmp.Compare(a[0].(string), b[0].(string)) })
	return rows, nil
}

// likeName matches a name with a pattern of LIKE, without case.
func likeName(name, pattern string) bool {
	n, p := []rune(catalog.FoldName(name)), []rune(catalog.FoldName(pattern))
	star, from := -1, 0 // the last % and where the name went on after it
	i, j := 0, 0
	for i < len(n) {
		switch {
		case j < len(p) && p[j] == '%':
			star, from = j, i
			j++
			continue
		case j+1 < len(p) && p[j] == '\\' && p[j+1] == n[i]:
			j += 2
			i++
			continue
		case j < len(p) && p[j] != '\\' && (p[j] == '_' || p[j] == n[i]):
			i, j = i+1, j+1
			continue
		case star >= 0:
			from++
			i, j = from, star+1
			continue
		}
		return false
	}
	for j < len(p) && p[j] == '%' {
		j++
	}
	return j == len(p)
}
