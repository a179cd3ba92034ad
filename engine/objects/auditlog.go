package objects

import (
	"encoding/json"
	"fmt"

	"github.com/dolthub/go-mysql-server/sql"
	"github.com/dolthub/go-mysql-server/sql/types"

	"github.com/lxdb/lxdb/engine/state"
	"github.com/lxdb/lxdb/security/audit"
)

// auditLog is sys.audit_log: the whole log, oldest first, whose chain is verified on
// the way.
var auditLog = virtualTable{
	name: "audit_log",
	columns: sql.Schema{
		virtualColumn("seq", virtualNumber),
		virtualColumn("time", types.DatetimeMaxPrecision),
		virtualColumn("event", virtualText),
		virtualColumn("result", virtualText),
		virtualColumn("user", virtualText),
		virtualColumn("login", virtualText),
		virtualColumn("connection", virtualNumber),
		virtualColumn("remote", virtualText),
		virtualColumn("transport", virtualText),
		virtualColumn("object", virtualText),
		virtualColumn("missing", virtualText),
		virtualColumn("code", virtualNumber),
		virtualColumn("reason", virtualText),
		virtualColumn("statement", virtualText),
		virtualColumn("version", virtualNumber),
		virtualColumn("changes", virtualText),
		virtualColumn("count", virtualNumber),
		virtualColumn("user_id", virtualNumber),
		virtualColumn("login_id", virtualNumber),
		virtualColumn("object_id", virtualNumber),
		virtualColumn("sql_state", virtualText),
		virtualColumn("purpose", virtualText),
	},
	rows: auditRows,
}

func auditRows(_ *sql.Context, s *state.Session, row func(sql.Row) error) error {
	err := s.Inst.Audit.Read(func(r audit.Record) error {
		var changes any
		if len(r.Changes) > 0 {
			text, err := json.Marshal(r.Changes)
			if err != nil {
				return err
			}
			changes = string(text)
		}
		return row(sql.Row{
			r.Seq, r.Time.UTC(), r.Event, string(r.Result), orNull(r.Name), orNull(r.LoginName), orNull(uint64(r.Connection)),
			orNull(r.Remote), orNull(r.Transport), orNull(r.Object), orNull(r.Missing), orNull(uint64(r.Code)), orNull(r.Reason),
			orNull(r.Statement), orNull(r.Version), changes, orNull(r.Count),
			orNull(uint64(r.Who)), orNull(uint64(r.Login)), orNull(uint64(r.ObjectID)),
			orNull(r.State), orNull(r.Purpose),
		})
	})
	if err != nil {
		return fmt.Errorf("sys.audit_log: %w", err)
	}
	return nil
}
