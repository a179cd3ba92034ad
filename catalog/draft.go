package catalog

import (
	"context"
	"errors"

	"github.com/lxdb/lxdb/storage/kivi/kv"
)

// ErrStaleDraft says that the catalog has changed since a draft of it was made.
var ErrStaleDraft = errors.New("catalog: it has changed since the draft")

// Draft is the catalog as a change would make it. Nothing is written and nobody is told. from is nil for the newest one,
// or an earlier draft, on top of which the change comes: a statement of a thousand clauses tries each of them once. The
// error is ErrStaleDraft when another change was committed since that draft; then all has to be tried anew.
func (c *Catalog) Draft(ctx context.Context, from *Snapshot, change func(*Tx) error) (*Snapshot, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.failed != nil {
		return nil, c.failed
	}
	tx := c.newTx(ctx, drafted{})
	if from != nil {
		if from.version != tx.version {
			return nil, ErrStaleDraft
		}
		tx.Snapshot = from.copy()
	}
	tx.seal = nil
	defer func() { tx.err = errTxEnded }()
	if err := change(tx); err != nil {
		return nil, err
	}
	if tx.err != nil {
		return nil, tx.err
	}
	return tx.Snapshot, nil
}

// drafted takes all records and forgets them: a Tx looks at its snapshot.
type drafted struct{}

func (drafted) get(context.Context, []byte) ([]byte, error)             { return nil, kv.ErrNotFound }
func (drafted) put(context.Context, []byte, []byte) error               { return nil }
func (drafted) delete(context.Context, []byte) error                    { return nil }
func (drafted) scan(context.Context, func(key, val []byte) error) error { return errDraft }
func (drafted) commit(context.Context) error                            { return errDraft }
func (drafted) rollback()                                               {}

var errDraft = errors.New("catalog: a draft is not written")
