package objects

import (
	"fmt"
	"strings"
	"time"

	"github.com/dolthub/go-mysql-server/sql"

	"github.com/lxdb/lxdb/catalog"
	lxaccess "github.com/lxdb/lxdb/engine/access"
	"github.com/lxdb/lxdb/engine/lex"
	"github.com/lxdb/lxdb/engine/program"
	"github.com/lxdb/lxdb/engine/schedule"
	"github.com/lxdb/lxdb/engine/sqlerr"
	"github.com/lxdb/lxdb/engine/state"
	"github.com/lxdb/lxdb/engine/variable"
	"github.com/lxdb/lxdb/security/access"
	"github.com/lxdb/lxdb/security/privilege"
)

const civil = "2006-01-02 15:04:05"

// eventTime is a moment as an event's own clock shows it.
func eventTime(e *catalog.Event, micros int64) string {
	return time.UnixMicro(micros).In(schedule.Zone(e)).Format(civil)
}

// EventText is the CREATE of an event, without its definer, as SHOW CREATE EVENT writes it.
func EventText(e *catalog.Event, body string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "CREATE EVENT %s ON SCHEDULE ", sql.QuoteIdentifier(e.Name))
	if e.Every == 0 {
		fmt.Fprintf(&b, "AT '%s'", eventTime(e, e.At))
	} else {
		fmt.Fprintf(&b, "EVERY %s %s STARTS '%s'", schedule.FormatInterval(e.Every, e.Unit), e.Unit, eventTime(e, e.Starts))
		if e.Ends != 0 {
			fmt.Fprintf(&b, " ENDS '%s'", eventTime(e, e.Ends))
		}
	}
	b.WriteString(" ON COMPLETION ")
	if !e.Preserve {
		b.WriteString("NOT ")
	}
	b.WriteString("PRESERVE ")
	switch {
	case e.Enabled:
		b.WriteString("ENABLE")
	case e.OnReplica:
		b.WriteString("DISABLE ON SLAVE")
	default:
		b.WriteString("DISABLE")
	}
	if e.Comment != "" {
		b.WriteString(" COMMENT " + lex.ShowString(e.Comment, state.ModeOf(e.SQLMode)))
	}
	return b.String() + " DO " + body
}

// EventBody is what an event does.
func EventBody(e *catalog.Event) string {
	h, err := program.Read(e.Create, state.ModeOf(e.SQLMode))
	if err != nil {
		return ""
	}
	return e.Create[h.BodyAt:]
}

// showsEvents: events are for who may have events in their database.
func showsEvents(s *state.Session, database catalog.ID) bool {
	return access.May(s.Actor(), access.Database(database), access.One(privilege.Event), access.List)
}

// eventRow shows one.
func (n *showText) eventRow(ctx *sql.Context, s *state.Session) (sql.Row, error) {
	db, err := eventDatabase(s, lxaccess.FirstOf(n.database, s.GetCurrentDatabase()))
	if err != nil {
		return nil, err
	}
	e := s.Inst.Cat.Snapshot().Event(db.ID, n.name)
	if e == nil {
		return nil, unknownEvent(n.name)
	}
	text := e.Create
	if body := EventBody(e); body != "" { // written anew: earlier releases wrote comments otherwise than the event's mode reads them
		text = EventText(e, body)
	}
	client, connection, database := shownCharsets(ctx, s, db, e.Charsets)
	return sql.Row{e.Name, variable.StoredModes(e.SQLMode), e.TimeZone, s.Inst.Shown(text, e.SQLMode, e.Definer), client, connection, database}, nil
}

// mayShowEvents answers for SHOW EVENTS.
func mayShowEvents(s *state.Session, database string) error {
	if db := s.Inst.Cat.Snapshot().Database(database); db != nil && showsEvents(s, db.ID) || state.Virtual(database) {
		return nil
	}
	return sqlerr.DeniedDatabase(s.User.Name(), database)
}

// eventRows are the rows of information_schema.EVENTS.
func eventRows(ctx *sql.Context, s *state.Session) (out []sql.Row) {
	snap := s.Inst.Cat.Snapshot()
	for _, db := range snap.Databases() {
		if !showsEvents(s, db.ID) {
			continue
		}
		for _, e := range snap.Events(db.ID) {
			at := func(micros int64) any {
				if micros == 0 {
					return nil
				}
				t := time.UnixMicro(micros).In(schedule.Zone(e))
				return time.Date(t.Year(), t.Month(), t.Day(), t.Hour(), t.Minute(), t.Second(), 0, time.UTC)
			}
			var interval, field any
			kind, status, completion := "ONE TIME", "ENABLED", "NOT PRESERVE"
			if e.Every != 0 {
				kind, interval, field = "RECURRING", schedule.FormatInterval(e.Every, e.Unit), e.Unit
			}
			switch {
			case !e.Enabled && e.OnReplica:
				status = "SLAVESIDE_DISABLED"
			case !e.Enabled:
				status = "DISABLED"
			}
			if e.Preserve {
				completion = "PRESERVE"
			}
			last := e.LastExecuted
			if s.Inst.EventRan != nil {
				last = max(last, s.Inst.EventRan(e.ID))
			}
			client, connection, database := shownCharsets(ctx, s, db, e.Charsets)
			out = append(out, sql.Row{
				infoCatalog, db.Name, e.Name, s.Inst.AccountOf(e.Definer), e.TimeZone, "SQL", EventBody(e), kind, at(e.At), interval, field,
				variable.StoredModes(e.SQLMode), at(e.Starts), at(e.Ends), status, completion, time.UnixMicro(e.Created).UTC(), time.UnixMicro(e.Modified).UTC(), at(last),
				e.Comment, uint32(1), client, connection, database,
			})
		}
	}
	return out
}
