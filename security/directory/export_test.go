package directory

import "context"

// RefreshDue is one round of Run.
func (d *Directory) RefreshDue(ctx context.Context) { d.refreshDue(ctx) }
