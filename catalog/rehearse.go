package catalog

import (
	"context"
	"errors"
)

// rehearsedKey marks a context in which nothing is changed.
type rehearsedKey struct{}

// errRehearsed ends the transaction of a change that was only tried.
var errRehearsed = errors.New("catalog: only rehearsed")

// Rehearsed is a context in which Update runs what it is given, answers as ever, and keeps
// nothing: neither on disk nor in memory nor in the audit log. It is for who asks what would
// happen. What comes after a change that was made, as the waking of timers, is the caller's to leave out.
func Rehearsed(ctx context.Context) context.Context {
	return context.WithValue(ctx, rehearsedKey{}, true)
}

// IsRehearsed says whether a context is one of Rehearsed.
func IsRehearsed(ctx context.Context) bool { return ctx.Value(rehearsedKey{}) != nil }

// rehearseLocked is Update in such a context: the hooks of a commit, which sign, count and record, are not run.
func (c *Catalog) rehearseLocked(ctx context.Context, change func(*Tx) error) error {
	err := c.updateLocked(ctx, func(tx *Tx) error {
		if err := change(tx); err != nil {
			return err
		}
		if tx.err != nil {
			return tx.err
		}
		return errRehearsed
	})
	if errors.Is(err, errRehearsed) {
		return nil
	}
	return err
}
