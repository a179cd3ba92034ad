package ldapfile

import (
	"errors"
	"fmt"
	"strings"

	"github.com/lxdb/lxdb/cmd/lxdb/internal/ldapconn"
	"github.com/lxdb/lxdb/cmd/lxdb/internal/ldif"
)

// What an earlier run of the same file did is recognized here.

// errDiffers: there is an entry of that name, and it is not what the file says.
var errDiffers = errors.New("there is such an entry already")

// existing compares an entry that is there with its record. One that has all
// that the record says is skipped; a group that lacks members, which is what an
// interrupted import leaves behind, gets them.
func (i *importer) existing(r *ldif.Record) error {
	have, err := i.values(r.DN, r.Attributes)
	if err != nil {
		return err
	}
	var late []string
	for _, a := range r.Attributes {
		if unreadable(a.Name) {
			continue
		}
		fold := folding(r.DN, a.Name)
		lacks := missing(a.Values, set(have[key(a.Name)], fold), fold)
		switch {
		case len(lacks) == 0:
		case isMember(a.Name):
			late = lacks
		default:
			return fmt.Errorf("%w, and its %s is another", errDiffers, a.Name)
		}
	}
	if len(late) > 0 {
		i.joins = append(i.joins, join{line: r.Line, group: r.DN, members: late, existed: true})
		return nil
	}
	i.count.Skipped++
	return nil
}

// unreadable says of which attributes nothing can be compared: the password, and
// the classes, which follow from the other attributes.
func unreadable(name string) bool {
	return strings.EqualFold(name, "objectClass") || strings.EqualFold(name, "userPassword")
}

// values reads the named attributes of an entry, by key.
func (i *importer) values(dn string, of []ldif.Attribute) (map[string][]string, error) {
	var names []string
	for _, a := range of {
		names = append(names, a.Name)
	}
	r, err := i.to.Read(dn, names...)
	if err != nil {
		return nil, err
	}
	have := map[string][]string{}
	for _, a := range r.Attributes {
		have[key(a.Name)] = a.Values
	}
	return have, nil
}

// holds says whether an entry is as a modify would leave it.
func (i *importer) holds(r *ldif.Record) bool {
	var of []ldif.Attribute
	for _, c := range r.Changes {
		if unreadable(c.Name) {
			return false
		}
		of = append(of, c.Attribute)
	}
	have, err := i.values(r.DN, of)
	if err != nil {
		return false
	}
	for name, e := range expected(r) {
		if !e.met(set(have[name], e.fold)) {
			return false
		}
	}
	return true
}

// expectation is what the changes of a modify make of one attribute.
type expectation struct {
	fold    func(string) string
	exactly bool // it has no other values than those of has
	has     map[string]bool
	lacks   map[string]bool
}

func expected(r *ldif.Record) map[string]*expectation {
	all := map[string]*expectation{}
	for _, c := range r.Changes {
		e := all[key(c.Name)]
		if e == nil {
			e = &expectation{fold: folding(r.DN, c.Name), has: map[string]bool{}, lacks: map[string]bool{}}
			all[key(c.Name)] = e
		}
		e.change(c)
	}
	return all
}

func (e *expectation) change(c ldif.Change) {
	if c.Op == ldif.ReplaceValues || c.Op == ldif.DeleteValues && len(c.Values) == 0 {
		e.exactly = true
		clear(e.has)
		clear(e.lacks)
	}
	for _, v := range c.Values {
		v = e.fold(v)
		if c.Op == ldif.DeleteValues {
			delete(e.has, v)
			e.lacks[v] = true
		} else {
			delete(e.lacks, v)
			e.has[v] = true
		}
	}
}

func (e *expectation) met(have map[string]bool) bool {
	for v := range e.has {
		if !have[v] {
			return false
		}
	}
	for v := range e.lacks {
		if have[v] {
			return false
		}
	}
	return !e.exactly || len(have) == len(e.has)
}

// renamed says whether the entry has its new name. Where the old one is gone, a
// rename was made before.
func (i *importer) renamed(r *ldif.Record) bool {
	parent := ldapconn.Parent(r.DN)
	if r.Rename.Moves {
		parent = r.Rename.Superior
	}
	_, err := i.to.Read(r.Rename.RDN+","+parent, "1.1")
	return err == nil
}
