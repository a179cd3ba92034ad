package ldapfile

import (
	"slices"
	"strings"

	"github.com/lxdb/lxdb/cmd/lxdb/internal/ldapconn"
	"github.com/lxdb/lxdb/cmd/lxdb/internal/ldif"
)

// Source is what Export reads: a connection.
type Source interface {
	Search(q ldapconn.Query, each func(*ldif.Record) error) error
}

// ExportOptions say what is exported.
type ExportOptions struct {
	Suffix     string
	Containers bool // the entries above users and groups as well
}

// Exported counts what was written.
type Exported struct{ Users, Groups int }

// Export writes all users but root, and all groups. The pages of a search are
// not one moment: what changes meanwhile may be in the file or not.
func Export(from Source, w *ldif.Writer, opts ExportOptions) (Exported, error) {
	e := exporter{from: from, w: w, suffix: opts.Suffix}
	groups, err := e.groups()
	if err != nil {
		return e.done, err
	}
	groups, cyclic := inOrder(groups)
	if len(cyclic) > 0 {
		e.kind = ldif.Add // a file has entries or changes, not both
	}
	if opts.Containers {
		if err := e.containers(); err != nil {
			return e.done, err
		}
	}
	if err := e.users(); err != nil {
		return e.done, err
	}
	for _, g := range groups {
		e.done.Groups++
		if err := e.write(g); err != nil {
			return e.done, err
		}
	}
	for _, m := range cyclic {
		if err := w.Write(m); err != nil {
			return e.done, err
		}
	}
	return e.done, w.Flush()
}

type exporter struct {
	from   Source
	w      *ldif.Writer
	suffix string
	kind   ldif.Kind
	done   Exported
}

func (e *exporter) search(filter string, each func(*ldif.Record) error) error {
	return e.from.Search(ldapconn.Query{Base: e.suffix, Scope: ldapconn.Sub, Filter: filter, Attributes: []string{"*"}}, each)
}

func (e *exporter) write(r *ldif.Record) error {
	r.Kind = e.kind
	r.Attributes = withoutComputed(r.Attributes)
	return e.w.Write(r)
}

func (e *exporter) containers() error {
	return e.search("(|(objectClass=domain)(objectClass=organizationalUnit))", e.write)
}

func (e *exporter) users() error {
	root := ldapconn.FoldDN(ldapconn.UserDN("root", e.suffix))
	return e.search("(objectClass=inetOrgPerson)", func(r *ldif.Record) error {
		if ldapconn.FoldDN(r.DN) == root {
			return nil // every server has its own
		}
		e.done.Users++
		return e.write(r)
	})
}

func (e *exporter) groups() (all []*ldif.Record, err error) {
	err = e.search("(objectClass=groupOfNames)", func(r *ldif.Record) error {
		r.Attributes = groupClasses(withoutComputed(r.Attributes))
		slices.Sort(membersOf(r)) // the server's order is that of its own numbers
		all = append(all, r)
		return nil
	})
	return all, err
}

// groupClasses leaves the classes that a group of that kind can have in other
// directories too: groupOfUniqueNames excludes groupOfNames there, and posixGroup
// demands a number.
func groupClasses(all []ldif.Attribute) []ldif.Attribute {
	numbered := false
	for _, a := range all {
		numbered = numbered || strings.EqualFold(a.Name, "gidNumber")
	}
	for i, a := range all {
		if !strings.EqualFold(a.Name, "objectClass") {
			continue
		}
		var keep []string
		for _, class := range a.Values {
			if strings.EqualFold(class, "groupOfUniqueNames") || strings.EqualFold(class, "posixGroup") && !numbered {
				continue
			}
			keep = append(keep, class)
		}
		all[i].Values = keep
	}
	return all
}
