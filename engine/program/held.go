package program

import "github.com/lxdb/lxdb/engine/value"

// Held is what INTO gives variables of the user, until all rows of its query are read: to MySQL a variable that the query
// does not assign itself is a constant of it, also where INTO names it.
type Held struct {
	names  []string
	values []value.Value
	types  []value.Type
}

// Add notes a value, which it copies.
func (h *Held) Add(name string, v value.Value, t *value.Type) {
	h.names, h.values, h.types = append(h.names, name), append(h.values, v.Clone()), append(h.types, *t)
}

// Give sets the variables.
func (h *Held) Give(set func(name string, v value.Value, t *value.Type) error) error {
	for i, name := range h.names {
		if err := set(name, h.values[i], &h.types[i]); err != nil {
			return err
		}
	}
	return nil
}
