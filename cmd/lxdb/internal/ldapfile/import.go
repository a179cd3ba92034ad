package ldapfile

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"github.com/lxdb/lxdb/cmd/lxdb/internal/ldapconn"
	"github.com/lxdb/lxdb/cmd/lxdb/internal/ldif"
)

// ErrRefused: the directory refused records. Which and why was noted.
var ErrRefused = errors.New("records were refused")

// memberBatch is how many members are sent at once: servers bound a message.
const memberBatch = 1000

// Directory is what Import changes: a connection.
type Directory interface {
	Apply(*ldif.Record) error
	Read(dn string, attributes ...string) (*ldif.Record, error)
}

// ImportOptions say what is imported.
type ImportOptions struct {
	File     string // its name, for messages
	Open     func() (io.ReadCloser, error)
	Continue bool                           // after refused records
	Progress func(phase string, done int64) // bytes; may be nil
	Note     func(text string)              // a refusal
}

// Imported counts what became of the records. An entry that was added without
// one of its members counts as added and as refused.
type Imported struct{ Added, Changed, Skipped, Refused int }

// Import sends the records of a file that Check accepted. It returns ErrRefused
// when the directory refused a record: the first, or with Continue any. Every
// other error is a reason to stop as well; what was done is counted.
func Import(ctx context.Context, to Directory, opts ImportOptions) (Imported, error) {
	i := importer{to: to, opts: opts}
	err := opts.each(ctx, "importing", func(r *ldif.Record, fault *ldif.SyntaxError) error {
		if fault != nil {
			return fmt.Errorf("%s was changed meanwhile: %w", opts.File, fault)
		}
		return i.record(r)
	})
	if err == nil {
		err = i.finish(ctx)
	}
	if err == nil && i.count.Refused > 0 {
		err = ErrRefused
	}
	return i.count, err
}

type importer struct {
	to    Directory
	opts  ImportOptions
	count Imported
	joins []join
	again []*ldif.Record // changes of members that were refused once
}

// join is a group that lacks members.
type join struct {
	line    int
	group   string
	members []string
	existed bool // the group was there before
}

// record sends one record and counts what became of it.
func (i *importer) record(r *ldif.Record) error {
	var err error
	switch r.Kind {
	case ldif.Content, ldif.Add:
		err = i.add(r)
	case ldif.Modify:
		err = i.modify(r)
	case ldif.Delete:
		err = i.to.Apply(r)
		err = i.counted(err, &i.count.Changed, ldapconn.Is(err, ldapconn.NoSuchObject))
	case ldif.Rename:
		err = i.to.Apply(r)
		done := ldapconn.Is(err, ldapconn.NoSuchObject) && i.renamed(r)
		err = i.counted(err, &i.count.Changed, done)
	}
	return i.judge(r.Line, r.DN, err)
}

// counted counts a record. One that the server refused because it was done before
// is skipped.
func (i *importer) counted(err error, as *int, before bool) error {
	switch {
	case err == nil:
		*as++
	case before:
		i.count.Skipped++
		return nil
	}
	return err
}

// judge notes a refusal and says whether to go on.
func (i *importer) judge(line int, dn string, err error) error {
	if err == nil || !ldapconn.Refused(err) && !errors.Is(err, errDiffers) {
		return err
	}
	i.count.Refused++
	i.note(line, dn, err)
	if !i.opts.Continue {
		return ErrRefused
	}
	return nil
}

func (i *importer) note(line int, dn string, err error) {
	i.opts.Note(fmt.Sprintf("%s:%d: %s: %v", i.opts.File, line, shown(dn), err))
}

// shown is a name in a message: as it is, unless a terminal would obey it.
func shown(name string) string {
	if strings.ContainsFunc(name, func(r rune) bool { return !strconv.IsPrint(r) }) {
		return strconv.Quote(name)
	}
	return name
}

// add adds an entry. Members that are not there yet do not keep a group from
// being made: it is made without, and they join at the end.
func (i *importer) add(r *ldif.Record) error {
	r.Attributes = withoutComputed(r.Attributes)
	members := membersOf(r)
	first, late := r, members
	if len(members) <= memberBatch {
		late = nil
	} else {
		first = bare(r)
	}
	err := i.to.Apply(first)
	if ldapconn.Is(err, ldapconn.ConstraintViolation) && first == r && len(members) > 0 {
		if i.to.Apply(bare(r)) == nil {
			err, late = nil, members
		}
	}
	if ldapconn.Is(err, ldapconn.EntryExists) {
		return i.existing(r)
	}
	if err == nil && len(late) > 0 {
		i.joins = append(i.joins, join{line: r.Line, group: r.DN, members: late})
	}
	return i.counted(err, &i.count.Added, false)
}

func membersOf(r *ldif.Record) []string {
	for _, a := range r.Attributes {
		if isMember(a.Name) {
			return a.Values
		}
	}
	return nil
}

func bare(r *ldif.Record) *ldif.Record {
	return &ldif.Record{Line: r.Line, DN: r.DN, Kind: r.Kind, Attributes: withoutMembers(r.Attributes, membersOf(r))}
}

// modify makes a change. One that names members may have come before them, and
// is tried again at the end.
func (i *importer) modify(r *ldif.Record) error {
	err := i.to.Apply(r)
	if ldapconn.Is(err, ldapconn.ConstraintViolation) && slices.ContainsFunc(r.Changes, func(c ldif.Change) bool { return isMember(c.Name) }) {
		i.again = append(i.again, r)
		return nil
	}
	before := ldapconn.Is(err, ldapconn.ValueExists, ldapconn.NoSuchAttribute) && i.holds(r)
	return i.counted(err, &i.count.Changed, before)
}

// finish joins the members that had to wait.
func (i *importer) finish(ctx context.Context) error {
	for _, j := range i.joins {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if err := i.join(j); err != nil {
			return err
		}
	}
	for _, r := range i.again {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		err := i.counted(i.to.Apply(r), &i.count.Changed, false)
		if err := i.judge(r.Line, r.DN, err); err != nil {
			return err
		}
	}
	return nil
}

func (i *importer) join(j join) error {
	refused := false
	for batch := range slices.Chunk(j.members, memberBatch) {
		err := i.to.Apply(joining(j.group, batch))
		if err == nil {
			continue
		}
		if !ldapconn.Refused(err) {
			return err
		}
		// One of them is at fault; the others join.
		for _, m := range batch {
			err := i.to.Apply(joining(j.group, []string{m}))
			switch {
			case err == nil || ldapconn.Is(err, ldapconn.ValueExists):
			case !ldapconn.Refused(err):
				return err
			default:
				refused = true
				i.note(j.line, j.group, fmt.Errorf("member %s: %w", shown(m), err))
			}
		}
	}
	switch {
	case refused:
		i.count.Refused++
	case j.existed:
		i.count.Changed++
	}
	if refused && !i.opts.Continue {
		return ErrRefused
	}
	return nil
}
