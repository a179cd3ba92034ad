package witness

import (
	"context"

	"github.com/lxdb/lxdb/security/audit"
)

// Source says who acts. It is asked only when something is recorded.
type Source interface{ AuditOrigin() audit.Origin }

// Recorder is a Source that is told when a change of its own has been recorded, before it is committed.
type Recorder interface{ ChangeRecorded() }

type sourceKey struct{}

// sourced is a context that knows its source, at the price of one allocation.
type sourced struct {
	context.Context
	source Source
}

func (c *sourced) Value(key any) any {
	if _, ours := key.(sourceKey); ours {
		return c.source
	}
	return c.Context.Value(key)
}

// By is ctx for what source does.
func By(ctx context.Context, source Source) context.Context { return &sourced{ctx, source} }

// Origin is who acts in ctx: the server itself where nobody is named.
func Origin(ctx context.Context) audit.Origin {
	if s, ok := ctx.Value(sourceKey{}).(Source); ok {
		return s.AuditOrigin()
	}
	return audit.Origin{}
}

// SourceOf is who acts in ctx, nil where it names nobody.
func SourceOf(ctx context.Context) Source {
	s, _ := ctx.Value(sourceKey{}).(Source)
	return s
}

// Known says whether ctx names who acts.
func Known(ctx context.Context) bool {
	_, ok := ctx.Value(sourceKey{}).(Source)
	return ok
}

// Fixed is a Source that is always the same.
type Fixed audit.Origin

// AuditOrigin implements Source.
func (f Fixed) AuditOrigin() audit.Origin { return audit.Origin(f) }
