package embed

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"strconv"

	"github.com/cockroachdb/pebble/v2/objstorage/objstorageprovider"
	"github.com/cockroachdb/pebble/v2/sstable"
	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/lxdb/lxdb/storage/kivi/embed/membuf"
	"github.com/lxdb/lxdb/storage/kivi/kv"
)

// bulkTableBytes is the uncompressed size at which the next table is begun.
const bulkTableBytes = 64 << 20

// bulkDir holds tables being written. They are linked into the store when they
// are ingested; what is found there at Open belongs to nobody.
func (e *Engine) bulkDir() string { return e.opts.FS.PathJoin(e.opts.Dir, "bulk") }

func (e *Engine) clearBulkDir() error {
	if err := e.opts.FS.RemoveAll(e.bulkDir()); err != nil {
		return fmt.Errorf("embed: clear %s: %w", e.bulkDir(), err)
	}
	return nil
}

// Bulk implements kv.Engine: sorted tables beside the log, one atomic ingest.
func (e *Engine) Bulk(ctx context.Context, next func() (key, val []byte, ok bool, err error)) error {
	if e.opts.ReadOnly {
		return kv.ErrReadOnly
	}
	if err := e.enter(); err != nil {
		return err
	}
	defer e.leave()
	w := &tableWriter{e: e}
	defer w.discard()
	for n := 0; ; n++ {
		if n%checkEvery == 0 && ctx.Err() != nil {
			return ctx.Err()
		}
		key, val, ok, err := next()
		if err != nil {
			return err
		}
		if !ok {
			break
		}
		if len(val) == 0 {
			return errEmpty
		}
		if len(val) > kv.MaxValueBytes {
			return errValueSize
		}
		if err := checkKey(key); err != nil {
			return err
		}
		if err := w.add(key, val); err != nil {
			return err
		}
	}
	if err := w.finish(); err != nil {
		return err
	}
	return e.exclusive(ctx, func() error { return e.ingest(w) })
}

// commitLarge commits t as sorted tables. They are written here, beside the
// other commits; the ingest takes its turn in csn order.
func (e *Engine) commitLarge(t *Txn) error {
	w := &tableWriter{e: e}
	defer w.discard()
	var err error
	t.buf.All(func(m membuf.Entry) bool {
		err = w.add(m.Key, m.Value)
		return err == nil
	})
	if err == nil {
		err = w.finish()
	}
	if err != nil {
		return err
	}
	return e.submit(&commitReq{exclusive: func() error {
		if !e.recent.validate(t) {
			e.stats.conflicts.Add(1)
			return kv.ErrConflict
		}
		csn := e.commit.csn + 1
		// Nobody can register between here and publish with a snapshot that
		// lacks this commit and not find it: it is remembered first.
		e.recent.remember(t, csn)
		if err := e.ingest(w); err != nil {
			return err
		}
		e.stats.commits.Add(1)
		t.committed = csn
		e.recent.prune()
		return nil
	}})
}

// ingest links the tables into the store, durably and all at once, and
// publishes them. Only under the lead with everything before durable: else a
// crash could keep the tables and lose an earlier commit that is only in the log.
func (e *Engine) ingest(w *tableWriter) error {
	if len(w.paths) == 0 {
		return nil
	}
	e.nextCSN.Store(e.commit.csn + 1)
	if err := e.p.Ingest(context.Background(), w.paths); err != nil {
		return fmt.Errorf("ingest: %w", err)
	}
	e.publish()
	return nil
}

// tableWriter writes ascending keys into tables of bounded size.
type tableWriter struct {
	e     *Engine
	paths []string
	w     *sstable.Writer
	size  int
	last  []byte
}

// add appends one entry; val nil deletes the key.
func (w *tableWriter) add(key, val []byte) error {
	if w.last != nil && bytes.Compare(key, w.last) <= 0 {
		return fmt.Errorf("embed: bulk: key %x does not come after %x: sort the input", key, w.last)
	}
	w.last = append(w.last[:0], key...)
	if w.w != nil && w.size >= bulkTableBytes {
		if err := w.finish(); err != nil {
			return err
		}
	}
	if w.w == nil {
		if err := w.begin(); err != nil {
			return err
		}
	}
	w.size += len(key) + len(val)
	if val == nil {
		return w.w.Delete(key)
	}
	return w.w.Set(key, val)
}

func (w *tableWriter) begin() error {
	disk, dir := w.e.opts.FS, w.e.bulkDir()
	if err := disk.MkdirAll(dir, 0o700); err != nil {
		return fmt.Errorf("bulk: %w", err)
	}
	path := disk.PathJoin(dir, strconv.FormatUint(w.e.bulkSeq.Add(1), 10)+".sst")
	f, err := disk.Create(path, vfs.WriteCategoryUnspecified)
	if err != nil {
		return fmt.Errorf("bulk: %w", err)
	}
	w.paths = append(w.paths, path)
	w.size = 0
	w.w = sstable.NewWriter(objstorageprovider.NewFileWritable(f),
		w.e.popts.MakeWriterOptions(0, w.e.p.TableFormat()))
	return nil
}

// finish syncs and closes the table being written.
func (w *tableWriter) finish() error {
	if w.w == nil {
		return nil
	}
	err := w.w.Close()
	w.w = nil
	if err != nil {
		return fmt.Errorf("bulk: %w", err)
	}
	return nil
}

// discard removes what was not ingested; ingested tables are already gone.
func (w *tableWriter) discard() {
	_ = w.finish()
	for _, p := range w.paths {
		if err := w.e.opts.FS.Remove(p); err != nil && !errors.Is(err, fs.ErrNotExist) {
			w.e.opts.Logger.Warn("bulk file left behind; the next start removes it", "path", p, "err", err)
		}
	}
}
