package query

import (
	"strings"

	"github.com/dolthub/go-mysql-server/sql"

	lxplan "github.com/lxdb/lxdb/engine/plan"
	"github.com/lxdb/lxdb/engine/sqlerr"
	"github.com/lxdb/lxdb/engine/table"
	"github.com/lxdb/lxdb/engine/value"
)

// statementSession answers what functions ask of a session, for one statement.
type statementSession struct{ ctx *sql.Context }

var _ value.Session = statementSession{}

func (s statementSession) ConnectionID() uint64 { return uint64(s.ctx.Session.ID()) }

func (s statementSession) Database() (name string, ok bool) {
	name = s.ctx.GetCurrentDatabase()
	return name, name != ""
}

func (s statementSession) User() string {
	c := s.ctx.Session.Client()
	return c.User + "@" + c.Address
}

// CurrentUser is the account whose rights are used: in a program that of its definer.
func (s statementSession) CurrentUser() string {
	if a, ok := s.ctx.Session.(interface{ ActsFor() string }); ok {
		return a.ActsFor()
	}
	return s.User()
}

// Role implements value.Session.
func (s statementSession) Role() string {
	if r, ok := s.ctx.Session.(interface{ CurrentRole() string }); ok {
		return r.CurrentRole()
	}
	return "NONE"
}

func (s statementSession) Version() string { return text(s.ctx, "version") }

func (s statementSession) LastInsertID() uint64 {
	return uint64(s.ctx.Session.GetLastQueryInfoInt(sql.LastInsertId))
}

func (s statementSession) SetLastInsertID(id uint64) {
	s.ctx.Session.SetLastQueryInfoInt(sql.LastInsertId, int64(id))
}

// Sleeps implements value.Session.
func (s statementSession) Sleeps() (awake func()) {
	if r, ok := s.ctx.Session.(interface{ Sleeps() func() }); ok {
		return r.Sleeps()
	}
	return func() {}
}

func (s statementSession) RowCount() int64  { return s.ctx.Session.GetLastQueryInfoInt(sql.RowCount) }
func (s statementSession) FoundRows() int64 { return s.ctx.Session.GetLastQueryInfoInt(sql.FoundRows) }

// UserVariable implements value.Session.
func (s statementSession) UserVariable(name string) (value.Value, value.Type) {
	t, v, err := s.ctx.Session.GetUserVariable(s.ctx, name)
	if err != nil || v == nil {
		return value.Null, value.NullType
	}
	of, ok := table.ValueType(t, true)
	if !ok {
		return value.Null, value.NullType
	}
	if of.IsString() && of.Collation != nil && of.Collation.Name == sql.Collation_Default.Name() { // what the library keeps a text as forgets its collation
		of.Collation = value.CollationNamed(text(s.ctx, "collation_connection"))
	}
	out, err := lxplan.ValueOf(s.ctx, v, t, &of)
	if err != nil {
		return value.Null, value.NullType
	}
	return out, of
}

// SetUserVariable implements value.Session.
func (s statementSession) SetUserVariable(name string, v value.Value, t value.Type) error {
	of, x, err := lxplan.Exported(v, &t)
	if err != nil {
		return err
	}
	return s.ctx.Session.SetUserVariable(s.ctx, name, x, of)
}

// SystemVariable implements value.Session.
func (s statementSession) SystemVariable(name string, global bool) (value.Value, value.Type, error) {
	name = strings.ToLower(name)
	of, _, ok := sql.SystemVariables.GetGlobal(name)
	if !ok {
		return value.Null, value.NullType, sqlerr.UnknownSystemVariable.Errorf("Unknown system variable '%s'", name)
	}
	v, err := s.ctx.GetSessionVariable(s.ctx, name)
	if global {
		_, v, _ = sql.SystemVariables.GetGlobal(name)
	}
	if err != nil {
		return value.Null, value.NullType, err
	}
	t := of.GetType()
	as, known := table.ValueType(t, true)
	if !known {
		return value.Null, value.NullType, lxplan.Unknown("variable " + name)
	}
	out, err := lxplan.ValueOf(s.ctx, v, t, &as)
	return out, as, err
}
