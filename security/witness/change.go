package witness

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/lxdb/lxdb/catalog"
	"github.com/lxdb/lxdb/security/access"
	"github.com/lxdb/lxdb/security/audit"
	"github.com/lxdb/lxdb/security/principal"
	"github.com/lxdb/lxdb/security/privilege"
)

// Watch is audit.Options.Watch for Catalog.
const Watch = changed

const changed = "change"

// Catalog records every change of rights and accounts, inside the transaction that
// makes it: it is on disk before the change is. A change that then does not come
// about is followed by a record which says so, after a crash at the next start.
func Catalog(log *audit.Log, c *catalog.Catalog) error {
	if err := undone(log, c); err != nil {
		return err
	}
	c.BeforeCommit(func(tx *catalog.Tx, _ catalog.Touched) error {
		touched := tx.Touched()
		if !touched.Security && len(touched.Principals)+len(touched.Accounts) == 0 && !redefined(c.Snapshot(), tx.Snapshot, touched.Objects) {
			return nil
		}
		changes, more := changesOf(c.Snapshot(), tx.Snapshot, touched)
		if len(changes) == 0 {
			return nil
		}
		seq, err := log.Commit(audit.Record{
			Event: changed, Result: audit.Done, Origin: Origin(tx.Context()), Version: tx.Version(), Changes: changes, More: more,
		})
		tx.RecordedAs(seq)
		if r, ok := tx.Context().Value(sourceKey{}).(Recorder); ok && err == nil {
			r.ChangeRecorded()
		}
		return err
	})
	c.AfterFailure(func(version uint64, cause error) {
		_ = log.Write(undoneRecord(version, cause.Error())) // the change is refused anyway
	})
	return nil
}

func undoneRecord(version uint64, why string) audit.Record {
	return audit.Record{Event: changed + ".undone", Result: audit.Failed, Version: version, Reason: why}
}

// undone looks for a change that was recorded and not committed before the process
// ended, where only the last can be one; and for a log and a store that are not of one day.
func undone(log *audit.Log, c *catalog.Catalog) error {
	last := log.Watched()
	if why := Older(c.Snapshot(), last); why != "" {
		return log.Finding(audit.Record{Event: audit.EventOlder, Result: audit.Failed, Version: last.Version, Reason: why})
	}
	if why := Cut(c.Snapshot(), log.Last()); why != "" {
		if err := log.Finding(audit.Record{Event: audit.EventCut, Result: audit.Failed, Version: c.Snapshot().Version(), Reason: why}); err != nil {
			return err
		}
	}
	if last.Event != changed || last.Version <= c.Snapshot().Version() {
		return nil
	}
	_, err := log.Commit(undoneRecord(last.Version, "the server ended before it was committed"))
	return err
}

// Older says, when it is so, that a store is an earlier one than an audit log whose last
// record of a change is given. Changes are recorded and committed one after the other, so it
// may lack one at most.
func Older(s *catalog.Snapshot, last audit.Record) string {
	if last.Event != changed || last.Version <= s.Version()+1 {
		return ""
	}
	return fmt.Sprintf("the store is %d versions older than the audit log: somebody put an earlier one in its place", last.Version-s.Version())
}

// Cut says, when it is so, that an audit log which ends with a record of a number does not
// reach the one that the store's last change was recorded as.
func Cut(s *catalog.Snapshot, end uint64) string {
	if end >= s.Audited() {
		return ""
	}
	return fmt.Sprintf("the store's last change is record %d, and the log ends with %d: somebody put an earlier one in its place, or took it away", s.Audited(), end)
}

// IsChange reports whether a record is one that Older asks about.
func IsChange(r audit.Record) bool { return strings.HasPrefix(r.Event, changed) }

// enough is how many differences are put into words; further ones are counted.
const enough = 128

// changesOf compares what a transaction touched before and after it.
func changesOf(before, after *catalog.Snapshot, touched catalog.Touched) (out []audit.Change, more int) {
	d := differences{before: before, after: after}
	accounts := slices.Concat(touched.Principals, touched.Accounts)
	slices.Sort(accounts)
	for _, id := range slices.Compact(accounts) {
		d.account(id)
		d.memberships(id)
	}
	for _, object := range touched.Objects {
		d.rightsOn(object, touched.Principals)
		d.owner(object)
		d.definer(object)
	}
	return d.list, d.more
}

// redefined says whether something acts for somebody else than before.
func redefined(before, after *catalog.Snapshot, objects []catalog.ID) bool {
	return slices.ContainsFunc(objects, func(id catalog.ID) bool {
		was, is := before.Thing(id), after.Thing(id)
		return was.ID != 0 && is.ID != 0 && was.Definer != is.Definer
	})
}

// definer tells for whom a view, program or event acts that was another's before.
func (d *differences) definer(object catalog.ID) {
	was, is := d.before.Thing(object), d.after.Thing(object)
	if was.ID == 0 || is.ID == 0 || was.Definer == is.Definer {
		return
	}
	name := func(s *catalog.Snapshot, id principal.ID) string {
		if p := s.PrincipalByID(id); p != nil {
			return describePrincipal(p)
		}
		return "nobody"
	}
	d.add(fmt.Sprintf("definer of %s '%s' (%d)", is.What, is.Name, object), name(d.before, was.Definer), name(d.after, is.Definer))
}

type differences struct {
	before, after *catalog.Snapshot
	list          []audit.Change
	more          int
}

func (d *differences) add(of, before, after string) {
	switch {
	case before == after:
	case len(d.list) >= enough:
		d.more++
	default:
		d.list = append(d.list, audit.Change{Of: of, Before: before, After: after})
	}
}

// account compares a principal's own record.
func (d *differences) account(id principal.ID) {
	was, is := d.before.PrincipalByID(id), d.after.PrincipalByID(id)
	switch {
	case was == is:
	case was == nil && is != nil:
		d.add(describePrincipal(is), "", "created"+fieldsText(new(catalog.Principal), is))
	case is == nil && was != nil:
		d.add(describePrincipal(was), "exists", "dropped")
	case was != nil:
		d.fields(describePrincipal(was), was, is)
	}
}

func describePrincipal(p *catalog.Principal) string {
	return fmt.Sprintf("%s '%s' (%d)", p.Kind, p.Name, p.ID)
}

// noise are members of a principal that say nothing by themselves.
var noise = map[string]bool{"ID": true, "Folded": true, "Kind": true, "UUID": true, "Created": true, "Modified": true, "PasswordChanged": true, "Epoch": true}

// shown are members whose text is no secret. Of all other texts only the change is
// told: a member that is new in the record is not shown by oversight.
var shown = map[string]bool{"Name": true, "Plugin": true, "DirectoryName": true, "DirectoryUUID": true, "DefaultSchema": true, "Comment": true,
	"Host": true, "Transport": true, "Subject": true, "Issuer": true, "Cipher": true}

func (d *differences) fields(of string, was, is *catalog.Principal) {
	d.members(of, reflect.ValueOf(was).Elem(), reflect.ValueOf(is).Elem())
	d.members(of, reflect.ValueOf(was.Rule()), reflect.ValueOf(is.Rule()))
}

// members compares two structs of one type.
func (d *differences) members(of string, a, b reflect.Value) {
	for i := range a.NumField() {
		name := a.Type().Field(i).Name
		if name == "Rules" { // its members are
			continue
		}
		if noise[name] || reflect.DeepEqual(a.Field(i).Interface(), b.Field(i).Interface()) {
			continue
		}
		before, after := fieldText(name, a.Field(i)), fieldText(name, b.Field(i))
		if before == after {
			before, after = "", "changed"
		}
		d.add(of+", "+words(name), before, after)
	}
}

// fieldsText lists what a new principal has beside the zero one.
func fieldsText(zero, p *catalog.Principal) string {
	d := differences{}
	d.fields("", zero, p)
	var out []string
	for _, c := range d.list {
		if c.Of != ", name" {
			out = append(out, strings.TrimPrefix(c.Of, ", ")+" "+c.After)
		}
	}
	if len(out) == 0 {
		return ""
	}
	return ": " + strings.Join(out, ", ")
}

func fieldText(name string, v reflect.Value) string {
	if v.Kind() == reflect.Pointer && !v.IsNil() {
		return fmt.Sprint(v.Elem().Interface()) // a number or switch; nil is the server's default
	}
	switch {
	case v.IsZero():
		return "none"
	case v.Kind() == reflect.Bool, v.CanInt(), v.CanUint(), shown[name]:
		return fmt.Sprint(v.Interface())
	}
	return "set"
}

// words makes "default schema" of DefaultSchema.
func words(name string) string {
	var b strings.Builder
	for i, r := range name {
		if i > 0 && r >= 'A' && r <= 'Z' {
			b.WriteByte(' ')
		}
		b.WriteRune(r)
	}
	return strings.ToLower(b.String())
}

func (d *differences) memberships(id principal.ID) {
	list := func(s *catalog.Snapshot) map[principal.ID]string {
		out := map[principal.ID]string{}
		for _, m := range s.MembershipsOf(id) {
			out[m.Role] = "member"
			if m.Admin {
				out[m.Role] = "member WITH ADMIN OPTION"
			}
			for _, g := range m.Givers {
				by := "the administrators"
				if g.Grantor != catalog.SystemGrantor {
					by = "'" + d.name(g.Grantor) + "'"
				}
				out[m.Role] += " from " + by + until(g.Until)
				if g.AdminUntil != 0 && g.AdminUntil != g.Until {
					out[m.Role] += ", ADMIN OPTION" + until(g.AdminUntil)
				}
			}
		}
		return out
	}
	was, is := list(d.before), list(d.after)
	for _, role := range keysOf(was, is) {
		d.add("'"+d.name(id)+"' in '"+d.name(role)+"'", was[role], is[role])
	}
}

// until is an end in microseconds since 1970 in words, "" for none.
func until(at int64) string {
	if at == 0 {
		return ""
	}
	return " until " + time.UnixMicro(at).UTC().Format(time.RFC3339)
}

// few is how many principals are looked at one by one.
const few = 16

// rightsOn compares the grants and exceptions on one object. It costs what was
// changed, not what the grantee holds or how many hold something on the object.
func (d *differences) rightsOn(object catalog.ID, touched []principal.ID) {
	if len(touched) > few {
		touched = d.grantees(object)
	}
	for _, id := range touched {
		d.add("rights of '"+d.name(id)+"' on "+d.object(object), rightsText(d.before, id, object), rightsText(d.after, id, object))
	}
}

func (d *differences) grantees(object catalog.ID) []principal.ID {
	var out []principal.ID
	for _, s := range []*catalog.Snapshot{d.before, d.after} {
		for _, g := range s.GrantsOn(object) {
			out = append(out, g.Grantee)
		}
		for _, e := range s.ExceptionsOn(object) {
			out = append(out, e.Grantee)
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// rightsText is what somebody was granted on an object, in words.
func rightsText(s *catalog.Snapshot, id principal.ID, object catalog.ID) string {
	var atoms, options privilege.Set
	var ends []string
	for _, g := range s.GrantsToOn(id, object) {
		atoms, options = atoms.Union(g.Atoms), options.Union(g.Options)
		for _, end := range g.Ends.Parts() {
			ends = append(ends, end.Atoms.String()+until(end.At))
		}
		for _, end := range g.OptionEnds.Parts() {
			ends = append(ends, "WITH GRANT OPTION: "+end.Atoms.String()+until(end.At))
		}
	}
	e := s.Exception(id, object)
	for _, end := range e.DenyEnds.Parts() {
		ends = append(ends, "DENIED: "+end.Atoms.String()+until(end.At))
	}
	var parts []string
	for _, p := range []struct {
		name string
		set  privilege.Set
	}{{"", atoms}, {"WITH GRANT OPTION: ", options}, {"EXCEPT: ", e.Atoms}, {"EXCEPT GRANT OPTION: ", e.Options}, {"DENIED: ", e.Deny}} {
		if p.set != 0 {
			parts = append(parts, p.name+p.set.String())
		}
	}
	return strings.Join(append(parts, ends...), "; ")
}

// owner compares who an object belongs to, as far as it was there before.
func (d *differences) owner(object catalog.ID) {
	was, is := d.before.Object(object).Owner, d.after.Object(object).Owner
	if was != 0 && is != 0 {
		d.add("owner of "+d.object(object), "'"+d.name(was)+"'", "'"+d.name(is)+"'")
	}
}

func (d *differences) name(id principal.ID) string {
	for _, s := range []*catalog.Snapshot{d.after, d.before} {
		if p := s.PrincipalByID(id); p != nil {
			return p.Name
		}
	}
	return fmt.Sprint(id)
}

func (d *differences) object(id catalog.ID) string {
	for _, s := range []*catalog.Snapshot{d.after, d.before} {
		if o := s.Object(id); o.Kind != privilege.KindNone {
			if o.Kind == privilege.KindDatabase {
				return access.Database(id).Describe(s)
			}
			return access.In(o.Kind, id, o.Database).Describe(s)
		}
	}
	return fmt.Sprintf("object %d", id)
}

func keysOf[V any](a, b map[principal.ID]V) []principal.ID {
	var out []principal.ID
	for k := range a {
		out = append(out, k)
	}
	for k := range b {
		out = append(out, k)
	}
	slices.Sort(out)
	return slices.Compact(out)
}
