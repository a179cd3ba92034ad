package catalog

import (
	"slices"

	"github.com/lxdb/lxdb/security/principal"
	"github.com/lxdb/lxdb/security/privilege"
)

// Makers are the accounts that had a hand in making what acts for its definer, but for himself: who named
// him, who acted as him, and the makers of the program that made it. None of them may get by it what his definer
// is given of the system later. Empty for what its definer has made, and in records of before. They may be gone.
type Makers []principal.ID

// Without is m without p, who needs nobody's leave to act as himself.
func (m Makers) Without(p principal.ID) Makers {
	var out Makers
	for _, id := range m {
		if id != p && !slices.Contains(out, id) {
			out = append(out, id)
		}
	}
	return out
}

// with is m, the makers so far, when others make somebody else the definer than who is: he has written it, and none of
// them gets by it what the next definer holds of the system.
func (m Makers) with(definer principal.ID, by Makers) Makers {
	all := slices.Concat(m, by)
	if definer != 0 {
		all = append(all, definer)
	}
	return all
}

// Charsets are the character set and collations that a program, event or view was made under, and that its text means
// the same by for whoever uses it: how literals compare is part of what they say.
type Charsets struct {
	Client     string `json:"client"`             // character_set_client
	Connection string `json:"connection"`         // collation_connection
	Database   string `json:"database,omitempty"` // the collation of its database then; none for views
}

// Or is c, and for a record of before they were kept what those run under: one collation for all of them, since whose
// session made them is not known, and who uses them must not choose.
func (c *Charsets) Or() Charsets {
	if c == nil {
		return Charsets{Client: "utf8mb4", Connection: "utf8mb4_0900_ai_ci"}
	}
	return *c
}

// View is a stored SELECT.
type View struct {
	ID          ID           `json:"id"`
	Database    ID           `json:"database"`
	Name        string       `json:"name"`
	Definition  string       `json:"definition"` // the SELECT
	Create      string       `json:"create"`     // the whole statement, for SHOW CREATE VIEW
	SQLMode     string       `json:"sql_mode,omitempty"`
	Charsets    *Charsets    `json:"charsets,omitempty"`
	Definer     principal.ID `json:"definer"`
	Makers      Makers       `json:"makers,omitempty"`
	Invoker     bool         `json:"invoker,omitempty"` // SQL SECURITY INVOKER
	Algorithm   string       `json:"algorithm,omitempty"`
	CheckOption string       `json:"check_option,omitempty"`
	Owner       principal.ID `json:"owner"`
	Bound       *Bindings    `json:"bound,omitempty"` // nil in records of version 1
}

// Bindings are what the names in the text of a view meant when it was made. A
// relation that was put in the place of one of them is not what the view's
// author meant, and may be made by somebody else.
type Bindings struct {
	Database  string          `json:"database"` // where names without a database are looked up
	Relations []BoundRelation `json:"relations,omitempty"`
	// Functions are the stored functions that it calls. Views that were made before these were kept have none.
	Functions Names `json:"functions,omitempty"`
}

// BoundRelation is one name and the object that it stands for.
type BoundRelation struct {
	Database string         `json:"database"`
	Name     string         `json:"name"`
	ID       ID             `json:"id"`
	Kind     privilege.Kind `json:"kind"` // a table or a view
	// Function and Owner are of Names: what a routine is, and whose it was.
	Function bool         `json:"function,omitempty"`
	Owner    principal.ID `json:"owner,omitempty"`
}

// Still says that a name means what it did, or something else of its first owner.
func (r *BoundRelation) Still(now BoundRelation) bool { return r.ID == now.ID || r.Owner == now.Owner }

// Names are what the names in the text of a program, or of the functions in a view, meant when it was made, as far
// as anything had them. Things of somebody else in their place are not what its author meant.
type Names []BoundRelation

// Of is what the name of something meant, nil for one that meant nothing.
func (n Names) Of(now BoundRelation) *BoundRelation {
	for i := range n {
		was := &n[i]
		if SameName(was.Name, now.Name) && SameName(was.Database, now.Database) &&
			(was.Kind == privilege.KindRoutine) == (now.Kind == privilege.KindRoutine) && was.Function == now.Function {
			return was
		}
	}
	return nil
}

// recordVersion implements versioned: bindings came with version 2, makers with 3, functions with 4,
// character sets with 5.
func (v *View) recordVersion() byte {
	switch {
	case v.Charsets != nil:
		return 5
	case v.Bound != nil && len(v.Bound.Functions) > 0:
		return 4
	case len(v.Makers) > 0:
		return 3
	case v.Bound != nil:
		return 2
	}
	return recordVersion
}

// Trigger belongs to a table and goes with it.
type Trigger struct {
	ID       ID           `json:"id"`
	Database ID           `json:"database"`
	Name     string       `json:"name"`
	Table    ID           `json:"table"`
	Create   string       `json:"create"`
	SQLMode  string       `json:"sql_mode,omitempty"`
	Charsets *Charsets    `json:"charsets,omitempty"`
	Definer  principal.ID `json:"definer"`
	Makers   Makers       `json:"makers,omitempty"`
	Names    Names        `json:"names,omitempty"`
	Order    uint32       `json:"order"`   // among the triggers of the table
	Created  int64        `json:"created"` // microseconds since 1970, UTC
}

// recordVersion implements versioned: makers came with version 2, names with 3, character
// sets with 4.
func (t *Trigger) recordVersion() byte {
	switch {
	case t.Charsets != nil:
		return 4
	case len(t.Names) > 0:
		return 3
	case len(t.Makers) > 0:
		return 2
	}
	return recordVersion
}

// Routine is a stored procedure or function. The two have separate name spaces.
type Routine struct {
	ID       ID           `json:"id"`
	Database ID           `json:"database"`
	Name     string       `json:"name"`
	Function bool         `json:"function,omitempty"`
	Create   string       `json:"create"`
	SQLMode  string       `json:"sql_mode,omitempty"`
	Charsets *Charsets    `json:"charsets,omitempty"`
	Definer  principal.ID `json:"definer"`
	Makers   Makers       `json:"makers,omitempty"`
	Names    Names        `json:"names,omitempty"`
	Invoker  bool         `json:"invoker,omitempty"`
	Comment  string       `json:"comment,omitempty"`
	Owner    principal.ID `json:"owner"`
	Created  int64        `json:"created"`
	Modified int64        `json:"modified"`
}

// recordVersion implements versioned: makers came with version 2, names with 3, character
// sets with 4.
func (r *Routine) recordVersion() byte {
	switch {
	case r.Charsets != nil:
		return 4
	case len(r.Names) > 0:
		return 3
	case len(r.Makers) > 0:
		return 2
	}
	return recordVersion
}

// Event is a scheduled statement. Every is 0 for one that runs once.
type Event struct {
	ID           ID           `json:"id"`
	Database     ID           `json:"database"`
	Name         string       `json:"name"`
	Create       string       `json:"create"`
	SQLMode      string       `json:"sql_mode,omitempty"`
	Charsets     *Charsets    `json:"charsets,omitempty"`
	Definer      principal.ID `json:"definer"`
	Makers       Makers       `json:"makers,omitempty"`
	Names        Names        `json:"names,omitempty"`
	Enabled      bool         `json:"enabled,omitempty"`
	OnReplica    bool         `json:"on_replica,omitempty"` // DISABLE ON REPLICA, of one that is not enabled
	Created      int64        `json:"created"`
	Modified     int64        `json:"modified"`
	LastExecuted int64        `json:"last_executed,omitempty"`

	// When it runs, in microseconds since 1970, UTC; 0 is none.
	At     int64  `json:"at,omitempty"`
	Every  int64  `json:"every,omitempty"` // in the smallest part of Unit
	Unit   string `json:"unit,omitempty"`
	Starts int64  `json:"starts,omitempty"`
	Ends   int64  `json:"ends,omitempty"`
	// TimeZone is the one that it runs in, and that its days and months are of.
	TimeZone string `json:"time_zone,omitempty"`
	Comment  string `json:"comment,omitempty"`
	Preserve bool   `json:"preserve,omitempty"` // ON COMPLETION PRESERVE
	Over     bool   `json:"over,omitempty"`     // it has run for the last time, and goes when that run ends
}

// recordVersion implements versioned: times came with version 2, makers with 3, names with 4, character sets
// with 5.
func (e *Event) recordVersion() byte {
	switch {
	case e.Charsets != nil:
		return 5
	case len(e.Names) > 0:
		return 4
	case len(e.Makers) > 0:
		return 3
	case e.TimeZone != "":
		return 2
	}
	return recordVersion
}
