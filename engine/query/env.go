package query

import (
	"math"
	"time"

	"github.com/dolthub/go-mysql-server/sql"

	"github.com/lxdb/lxdb/engine/value"
)

// Settings are the session's variables that evaluation looks at. They are read when one
// of them may have changed, not for each statement.
type Settings struct {
	planning uint64
	env      value.Env
	limits   Limits
	moment   time.Time // of SET timestamp; zero is the clock's
	known    bool
	change   *Change // one that has ended
}

// maxPacket bounds max_allowed_packet where texts are made: one call must not take
// all memory, whatever the variable says.
const maxPacket = 64 << 20

// Env is that of one statement. planning is the number of the state of the session's
// variables.
func (s *Settings) Env(ctx *sql.Context, planning uint64) *value.Env {
	env := new(value.Env)
	s.into(env, ctx, planning)
	env.Listen = func(w value.Warning) { warn(ctx, w) }
	return env
}

func (s *Settings) into(env *value.Env, ctx *sql.Context, planning uint64) {
	s.refresh(ctx, planning)
	*env = s.env
	if env.Now = s.moment; env.Now.IsZero() {
		env.Now = ctx.QueryTime()
	}
	env.Done = ctx
	env.Session = statementSession{ctx}
}

// Change is what a statement that changes rows is evaluated with, until it has ended: End makes it one for the next.
type Change struct {
	Env    value.Env
	Budget Budget

	ctx    *sql.Context
	listen func(value.Warning)
	idle   **Change
}

// Change begins a statement that changes rows and has no rows to send.
func (s *Settings) Change(ctx *sql.Context, planning uint64, h *Held, spilled func(*sql.Context)) *Change {
	c := s.change
	if s.change = nil; c == nil {
		c = &Change{idle: &s.change}
		c.listen = func(w value.Warning) { warn(c.ctx, w) }
		c.Budget.spilled = func() { spilled(c.ctx) }
	}
	c.ctx = ctx
	s.into(&c.Env, ctx, planning)
	c.Env.Listen = c.listen
	c.Budget.session, c.Budget.limits, c.Budget.taken = h, s.limits, 0
	c.Budget.Into(&c.Env)
	return c
}

// End gives back the memory that it took.
func (c *Change) End() {
	c.Budget.End()
	c.Env, c.ctx = value.Env{}, nil
	*c.idle = c
}

// Limits are those of a statement that begins now.
func (s *Settings) Limits(ctx *sql.Context, planning uint64) Limits {
	s.refresh(ctx, planning)
	return s.limits
}

func (s *Settings) refresh(ctx *sql.Context, planning uint64) {
	if !s.known || s.planning != planning {
		s.env, s.limits, s.moment = read(ctx), readLimits(ctx), moment(ctx)
		s.planning, s.known = planning, true
	}
}

var levels = [...]string{value.LevelNote: "Note", value.LevelWarning: "Warning", value.LevelError: "Error"}

func warn(ctx *sql.Context, w value.Warning) {
	ctx.Session.Warn(&sql.Warning{Level: levels[w.Level], Code: int(w.Number), Message: w.Text})
}

func read(ctx *sql.Context) value.Env {
	env := value.Env{
		Mode: value.ModeOf(text(ctx, "sql_mode")), Location: zone(text(ctx, "time_zone")),
		Connection:   value.CollationNamed(text(ctx, "collation_connection")),
		DivPrecision: uint8(number(ctx, "div_precision_increment", 4)), HasDivPrecision: true,
		WeekMode: uint8(number(ctx, "default_week_format", 0)), MaxPacket: int(min(number(ctx, "max_allowed_packet", 0), maxPacket)),
		SafeUpdates: number(ctx, SafeUpdatesVariable, 0) != 0, Encryption: text(ctx, EncryptionVariable),
		GroupConcatMax: int(number(ctx, "group_concat_max_len", 0)), Language: text(ctx, "lc_time_names"),
		RecursionDepth: number(ctx, DepthVariable, DefaultDepth), HasRecursionDepth: true,
	}
	return env
}

// EncryptionVariable is how AES_ENCRYPT encrypts.
const EncryptionVariable = "block_encryption_mode"

// SafeUpdatesVariable says whether UPDATE and DELETE must find their rows by an index.
const SafeUpdatesVariable = "sql_safe_updates"

// MomentVariable says when NOW is, in seconds since 1970; 0 is the clock's time.
const MomentVariable = "timestamp"

func moment(ctx *sql.Context) time.Time {
	v, err := ctx.GetSessionVariable(ctx, MomentVariable)
	seconds, _ := v.(float64)
	if err != nil || seconds == 0 {
		return time.Time{}
	}
	return time.UnixMicro(int64(math.Round(seconds * 1e6)))
}

func text(ctx *sql.Context, name string) string {
	v, err := ctx.GetSessionVariable(ctx, name)
	if err != nil {
		return ""
	}
	s, _ := v.(string)
	return s
}

func number(ctx *sql.Context, name string, otherwise int64) int64 {
	v, err := ctx.GetSessionVariable(ctx, name)
	if err != nil {
		return otherwise
	}
	switch v := v.(type) {
	case int64:
		return v
	case uint64:
		return int64(min(v, 1<<62))
	case int32:
		return int64(v)
	case int8:
		return int64(v)
	case int:
		return int64(v)
	}
	return otherwise
}

// zone is a time zone as SET time_zone names it; nil, which is UTC, for one that is
// not known.
func zone(name string) *time.Location {
	if name == "" {
		name = "SYSTEM"
	}
	l, _ := value.ZoneNamed(name)
	return l
}
