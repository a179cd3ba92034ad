package engine

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/lxdb/lxdb/catalog"
	"github.com/lxdb/lxdb/engine/table"
	"github.com/lxdb/lxdb/security/audit"
	"github.com/lxdb/lxdb/security/cert"
	"github.com/lxdb/lxdb/security/witness"
	"github.com/lxdb/lxdb/storage/kivi"
	"github.com/lxdb/lxdb/storage/kivi/codec"
	"github.com/lxdb/lxdb/storage/kivi/kv"
	"github.com/lxdb/lxdb/storage/relation"
)

// Finding is one kind of fault of one object, and how often it was found.
type Finding struct {
	Object string // "database.table", or what else is meant
	What   string
	Count  int64
	Note   bool // nothing is lost or wrong, and the next start mends it
}

// CheckDir checks the database in a directory that no server has open: rows
// against their indexes and back, counters, the catalog, permission
// certificates against grants, and what belongs to nothing. It reads only. An
// error means that the check could not be made to its end.
func CheckDir(ctx context.Context, dir string) (_ []Finding, err error) {
	db, err := kivi.Open(kivi.Options{Dir: filepath.Join(dir, "kivi"), ReadOnly: true})
	if err != nil {
		return nil, fmt.Errorf("open store: %w", err)
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	sealing, err := cert.ReadSeal(filepath.Join(dir, authorityDir))
	if err != nil {
		return nil, err
	}
	snapshot, err := catalog.Read(ctx, db, sealing)
	if errors.Is(err, catalog.ErrEmpty) {
		if known, lookErr := servedBefore(dir); known {
			return append([]Finding{{Object: "catalog", What: "the store is empty, and what stands beside it is of a database", Count: 1}}, checkAudit(dir, nil)...), nil
		} else if lookErr != nil {
			return nil, lookErr
		}
	}
	if err != nil {
		return nil, err
	}
	authority, err := cert.ReadAuthority(filepath.Join(dir, authorityDir))
	if err != nil {
		return nil, err
	}
	findings, err := fsck(ctx, db, snapshot, authority, nobodys)
	return append(findings, checkAudit(dir, snapshot)...), err
}

// checkAudit follows the chain of the audit log, where there is one, and holds the catalog
// against it: whether both are of one day. The catalog may be nil.
func checkAudit(dir string, s *catalog.Snapshot) (out []Finding) {
	log, keyFile := AuditFiles(dir)
	_, missing := os.Stat(log)
	if errors.Is(missing, fs.ErrNotExist) {
		if s != nil && s.Audited() > 0 {
			out = append(out, Finding{Object: "audit log", What: witness.Cut(s, 0), Count: 1})
		}
		return out
	}
	var last audit.Record
	report, err := audit.VerifyAll(audit.Files{Dir: log, KeyFile: keyFile}, func(r audit.Record) error {
		if witness.IsChange(r) {
			last = r
		}
		return nil
	})
	if err != nil && (!errors.Is(err, audit.ErrTorn) || errors.Is(err, audit.ErrCut) || errors.Is(err, audit.ErrOlder)) { // the next start cuts a torn tail off
		out = append(out, Finding{Object: "audit log", What: strings.ReplaceAll(err.Error(), "\n", "; "), Count: 1})
	}
	if s == nil {
		return out
	}
	if why := witness.Older(s, last); why != "" {
		out = append(out, Finding{Object: "catalog", What: why, Count: 1})
	}
	if why := witness.Cut(s, report.Last); why != "" && err == nil {
		out = append(out, Finding{Object: "audit log", What: why, Count: 1})
	}
	return out
}

// Check is CheckDir for an engine that runs. Statements may run meanwhile, DDL
// must not.
func (e *Engine) Check(ctx context.Context) ([]Finding, error) {
	return fsck(ctx, e.db, e.inst.Cat.Snapshot(), e.authority, e.inst.Cat.Reserved)
}

// nobodys is for a database that no engine has open: nobody holds data ids that no table has.
func nobodys(catalog.ID) bool { return false }

func fsck(ctx context.Context, db *kivi.DB, s *catalog.Snapshot, a *cert.Authority, held func(catalog.ID) bool) (out []Finding, err error) {
	for _, t := range s.Tampered() {
		out = append(out, Finding{Object: "catalog", What: t.What + ", by somebody else than this program", Count: 1})
	}
	for _, f := range s.Faults() {
		out = append(out, Finding{Object: f.Object, What: f.What, Count: 1})
	}
	for _, p := range s.Principals() {
		if err := cert.Check(s, a, p.ID); err != nil {
			out = append(out, Finding{Object: "account " + p.Name, What: err.Error(), Count: 1})
		}
	}
	txn, err := db.Begin(ctx, kv.TxnOptions{ReadOnly: true})
	if err != nil {
		return out, err
	}
	defer func() { err = errors.Join(err, txn.Rollback()) }()
	for _, d := range s.Databases() {
		for _, rec := range s.Tables(d.ID) {
			found, err := table.Check(ctx, txn, rec, d.Name)
			if errors.Is(err, kv.ErrCorrupt) {
				out = append(out, unreadable(d.Name+"."+rec.Name, err))
				continue
			}
			if err != nil {
				return out, fmt.Errorf("check table %s.%s: %w", d.Name, rec.Name, err)
			}
			for _, f := range found {
				out = append(out, Finding{Object: d.Name + "." + rec.Name, What: f.What, Count: f.Count})
			}
		}
	}
	for _, d := range s.Databases() {
		for _, rec := range s.Sequences(d.ID) {
			what, err := relation.CheckSequence(ctx, txn, rec)
			if errors.Is(err, kv.ErrCorrupt) {
				out = append(out, unreadable(d.Name+"."+rec.Name, err))
				continue
			}
			if err != nil {
				return out, fmt.Errorf("check sequence %s.%s: %w", d.Name, rec.Name, err)
			}
			if what != "" {
				out = append(out, Finding{Object: d.Name + "." + rec.Name, What: what, Count: 1})
			}
		}
	}
	orphans, err := orphans(ctx, db, s, held)
	if errors.Is(err, kv.ErrCorrupt) {
		return append(out, unreadable("store", err)), nil
	}
	return slices.Concat(out, orphans), err
}

// unreadable is what stands in damaged files: the rest is looked at all the same.
func unreadable(object string, err error) Finding {
	why, _, _ := strings.Cut(err.Error(), "\n")
	why, _, _ = strings.Cut(why, "; hint: ")
	return Finding{Object: object, What: "cannot be read: " + why, Count: 1}
}

// orphans finds the keys of objects that no record names: left by a crash between
// a commit and the purge after it. The next start removes them. held are those that a session fills
// or has a temporary table with.
func orphans(ctx context.Context, db *kivi.DB, s *catalog.Snapshot, held func(catalog.ID) bool) (out []Finding, err error) {
	ids, err := db.DataObjects(ctx)
	if err != nil {
		return nil, fmt.Errorf("list data ids: %w", err)
	}
	for _, id := range ids {
		if id >= codec.FirstFreeID && !s.HasData(id) && !held(id) {
			out = append(out, Finding{Object: fmt.Sprintf("data id %d", id), What: "rows of a table, or state of a sequence, that does not exist; the next start removes them", Count: 1, Note: true})
		}
	}
	return out, nil
}
