package explain

import (
	"github.com/lxdb/lxdb/engine/value"
)

// Analysis is a query that is carried out to be explained.
type Analysis struct {
	root  *op
	tree  *builder
	meter meter
}

// Analyze puts what measures between the operators of a query. It is run then, with what Into was
// given, and Text says what happened.
func (s *Statement) Analyze() *Analysis {
	a := &Analysis{}
	a.tree = newBuilder(s, &a.meter)
	a.root = s.tree(a.tree)
	return a
}

// Into lets the analysis hear of the memory that an evaluation takes.
func (a *Analysis) Into(env *value.Env) { a.meter.into(env) }

// Text is a line for each operator, as of FORMAT=TREE.
func (a *Analysis) Text() string { return textOf(a.root, a.tree) }
