package embed

import (
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/cockroachdb/pebble/v2"
	"github.com/cockroachdb/pebble/v2/bloom"
	"github.com/cockroachdb/pebble/v2/vfs"
)

// Options of an engine. Zero values mean the defaults.
type Options struct {
	// Dir is the data directory; it is created when absent.
	Dir string
	// InMemory keeps everything in memory and forgets it on Close; Dir may then
	// be empty.
	InMemory bool
	// ReadOnly opens an existing store and writes nothing; transactions must be
	// read-only, too.
	ReadOnly bool
	// FS is the file system; default the operating system's. Tests put a
	// memory, crashing or failing one here.
	FS vfs.FS
	// CacheBytes is the block cache, outside the Go heap. The library's own
	// 8 MB makes reads three times slower, so the default is 256 MiB; a server
	// gives it a quarter to a third of the machine's memory.
	CacheBytes int64
	// MemtableBytes is the size of one memtable; up to four exist. Default 64 MiB.
	MemtableBytes int64
	// MaxTxnBytes bounds the keys and values one transaction buffers; above it
	// Put returns kv.ErrTooLarge. Default 256 MiB.
	MaxTxnBytes int64
	// IngestBytes is the write set size from which a commit goes in as sorted
	// tables instead of through the log. Default 32 MiB.
	IngestBytes int64
	// SealAfter is how long the engine waits without commits before it seals
	// the log, see seal.go. Default 100 ms; negative: never.
	SealAfter time.Duration
	// CloseWait bounds how long Close waits for open transactions. Default 10 s.
	CloseWait time.Duration
	// Logger gets events of the LSM; default slog.Default().
	Logger *slog.Logger
	// Fatal is called when the log cannot be written any more. It must not
	// return in production, and the default exits the process with status 70:
	// going on could acknowledge what is not on disk. If it does return (tests),
	// the engine refuses all further commits.
	Fatal func(msg string)
}

const (
	defaultCacheBytes    = 256 << 20
	defaultMemtableBytes = 64 << 20
	defaultMaxTxnBytes   = 256 << 20
	defaultIngestBytes   = 32 << 20
	defaultSealAfter     = 100 * time.Millisecond
	defaultCloseWait     = 10 * time.Second

	blockBytes      = 16 << 10
	indexBlockBytes = 256 << 10
	bloomBitsPerKey = 10
)

func (o *Options) ensureDefaults() {
	if o.InMemory && o.FS == nil {
		o.FS = vfs.NewMem()
		setDefault(&o.SealAfter, -1) // no log outlives the process
		if o.Dir == "" {
			o.Dir = "memory"
		}
	}
	if o.FS == nil {
		o.FS = vfs.Default
	}
	setDefault(&o.CacheBytes, defaultCacheBytes)
	setDefault(&o.MemtableBytes, defaultMemtableBytes)
	setDefault(&o.MaxTxnBytes, defaultMaxTxnBytes)
	setDefault(&o.IngestBytes, defaultIngestBytes)
	setDefault(&o.SealAfter, defaultSealAfter)
	setDefault(&o.CloseWait, defaultCloseWait)
	if o.Logger == nil {
		o.Logger = slog.Default()
	}
	if o.Fatal == nil {
		o.Fatal = exitProcess
	}
}

func setDefault[T int64 | time.Duration](v *T, d T) {
	if *v == 0 {
		*v = d
	}
}

// Validate names every impossible value at once.
func (o *Options) Validate() error {
	var errs []error
	if o.Dir == "" {
		errs = append(errs, errors.New("Dir is empty: name a data directory"))
	}
	for _, f := range []struct {
		name string
		v    int64
	}{
		{"CacheBytes", o.CacheBytes}, {"MemtableBytes", o.MemtableBytes},
		{"MaxTxnBytes", o.MaxTxnBytes}, {"IngestBytes", o.IngestBytes},
	} {
		if f.v < 0 {
			errs = append(errs, fmt.Errorf("%s is negative (%d): give a number of bytes or 0 for the default", f.name, f.v))
		}
	}
	if o.MemtableBytes > 1<<30 {
		errs = append(errs, fmt.Errorf("MemtableBytes %d: the most is 1 GiB", o.MemtableBytes))
	}
	if err := errors.Join(errs...); err != nil {
		return fmt.Errorf("embed: options: %w", err)
	}
	return nil
}

// pebbleOptions are for one opening: the caller sets Lock and unrefs the Cache.
func (o *Options) pebbleOptions() *pebble.Options {
	log := &lsmLogger{log: o.Logger, fatal: o.Fatal}
	p := &pebble.Options{
		FS:     storeFS{o.FS},
		Logger: log,
		Cache:  pebble.NewCache(o.CacheBytes),
		// The library's default is its oldest format, whose log has no promises
		// (logpromise.go): a flipped bit would drop what follows.
		FormatMajorVersion:          pebble.FormatNewest,
		MemTableSize:                uint64(o.MemtableBytes),
		MemTableStopWritesThreshold: 4,
		L0CompactionThreshold:       2,
		L0StopWritesThreshold:       1000,
		LBaseMaxBytes:               64 << 20,
		CompactionConcurrencyRange:  func() (int, int) { return 1, 2 },
		EventListener:               log.events(),
		ReadOnly:                    o.ReadOnly,
	}
	for i := range p.Levels {
		p.Levels[i].BlockSize = blockBytes
		p.Levels[i].IndexBlockSize = indexBlockBytes
		p.Levels[i].FilterPolicy = bloom.FilterPolicy(bloomBitsPerKey)
	}
	p.EnsureDefaults()
	return p
}
