package catalog

import "github.com/lxdb/lxdb/security/principal"

// View is a stored SELECT.
type View struct {
	ID          ID           `json:"id"`
	Database    ID           `json:"database"`
	Name        string       `json:"name"`
	Definition  string       `json:"definition"` // the SELECT
	Create      string       `json:"create"`     // the whole statement, for SHOW CREATE VIEW
	SQLMode     string       `json:"sql_mode,omitempty"`
	Definer     principal.ID `json:"definer"`
	Invoker     bool         `json:"invoker,omitempty"` // SQL SECURITY INVOKER
	Algorithm   string       `json:"algorithm,omitempty"`
	CheckOption string       `json:"check_option,omitempty"`
	Owner       principal.ID `json:"owner"`
}

// Trigger belongs to a table and goes with it.
type Trigger struct {
	ID       ID           `json:"id"`
	Database ID           `json:"database"`
	Name     string       `json:"name"`
	Table    ID           `json:"table"`
	Create   string       `json:"create"`
	SQLMode  string       `json:"sql_mode,omitempty"`
	Definer  principal.ID `json:"definer"`
	Order    uint32       `json:"order"`   // among the triggers of the table
	Created  int64        `json:"created"` // microseconds since 1970, UTC
}

// Routine is a stored procedure or function. The two have separate name spaces.
type Routine struct {
	ID       ID           `json:"id"`
	Database ID           `json:"database"`
	Name     string       `json:"name"`
	Function bool         `json:"function,omitempty"`
	Create   string       `json:"create"`
	SQLMode  string       `json:"sql_mode,omitempty"`
	Definer  principal.ID `json:"definer"`
	Invoker  bool         `json:"invoker,omitempty"`
	Comment  string       `json:"comment,omitempty"`
	Owner    principal.ID `json:"owner"`
	Created  int64        `json:"created"`
	Modified int64        `json:"modified"`
}

// Event is a scheduled statement.
type Event struct {
	ID           ID           `json:"id"`
	Database     ID           `json:"database"`
	Name         string       `json:"name"`
	Create       string       `json:"create"`
	SQLMode      string       `json:"sql_mode,omitempty"`
	Definer      principal.ID `json:"definer"`
	Enabled      bool         `json:"enabled,omitempty"`
	Created      int64        `json:"created"`
	Modified     int64        `json:"modified"`
	LastExecuted int64        `json:"last_executed,omitempty"`
}
