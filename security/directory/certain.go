package directory

import (
	"context"
	"errors"
	"time"

	"github.com/lxdb/lxdb/catalog"
	"github.com/lxdb/lxdb/security/ldapclient"
)

// lookedUp is what a look-up of a group by its name gave.
type lookedUp struct {
	when time.Time
	err  error
}

// certain leaves out groups that share their name with another. A user's groups
// are found by who is in them, and come as names: whoever may make groups in some
// corner of the directory would have what was granted to another of that name.
// GRANT refuses such a name, too. Only names that decide something are looked
// up, each once in CacheTTL.
func (d *Directory) certain(ctx context.Context, names []string) ([]string, error) {
	snap := d.opts.Catalog.Snapshot()
	out := make([]string, 0, len(names))
	for _, name := range names {
		if p := snap.Principal(name); d.required(name) || p != nil && p.Kind == catalog.KindGroup && p.Outside() {
			switch err := d.lookUp(ctx, name); {
			case errors.Is(err, ldapclient.ErrSeveral):
				continue
			case err != nil && !errors.Is(err, ldapclient.ErrNoGroup):
				return nil, err
			}
		}
		out = append(out, name)
	}
	return out, nil
}

// lookUp is the error of a look-up by name in the last CacheTTL. An outage is
// not remembered.
func (d *Directory) lookUp(ctx context.Context, name string) error {
	key, now := catalog.FoldOutside(name), d.opts.Now()
	d.mu.Lock()
	last, ok := d.names[key]
	d.mu.Unlock()
	if ok && now.Sub(last.when) < d.cfg.CacheTTL {
		return last.err
	}
	_, err := d.opts.Client.Group(ctx, name)
	if errors.Is(err, ldapclient.ErrSeveral) {
		d.opts.Logger.Warn("a group of the directory shares its name with another, and counts for nobody", "group", name, "err", err)
	} else if err != nil && !errors.Is(err, ldapclient.ErrNoGroup) {
		return err
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.names[key] = lookedUp{now, err}
	return err
}
