package expr

import (
	"github.com/lxdb/lxdb/engine/value"
)

// Aggregate declares an aggregate function. DISTINCT is the operator's work: it hands
// Add each tuple of arguments once.
type Aggregate struct {
	Name     string
	Aliases  []string
	Min, Max int
	// Args and Result are as those of Function.
	Args   []Arg
	Result func(f *AggregateCall) (value.Type, error)
	// Nulls says that Add sees rows in which an argument is NULL.
	Nulls bool
	// New makes the state of one group.
	New   func(f *AggregateCall) State
	About string
}

// State is an aggregate over the rows of one group.
type State interface {
	// Add takes the arguments of a row. It copies what it keeps, and charges for it.
	Add(c *Ctx, args []value.Value) error
	// Merge takes in the state of another part of the same group.
	Merge(c *Ctx, other State) error
	// Result may be asked for many times, between Adds, as running windows do.
	Result(c *Ctx) (value.Value, error)
}

// Remover is a State that can take a row back, for frames that move.
type Remover interface {
	Remove(c *Ctx, args []value.Value) error
}

// AggregateCall is a call of an aggregate.
type AggregateCall struct {
	Aggregate *Aggregate
	Args      []Expr
	// Options are what a family keeps for its call: SEPARATOR and ORDER BY of
	// GROUP_CONCAT.
	Options any

	call Call // for collation and conversions
}

// AggregateFamilies are all aggregates.
var AggregateFamilies = []([]Aggregate){basicAggregates, sumAggregates, varianceAggregates, bitAggregates, concatAggregates, jsonAggregates}

// LookupAggregate finds an aggregate by its name; nil is none.
func LookupAggregate(name string) *Aggregate {
	for _, family := range AggregateFamilies {
		for i := range family {
			a := &family[i]
			if a.Name == name {
				return a
			}
			for _, alias := range a.Aliases {
				if alias == name {
					return a
				}
			}
		}
	}
	return nil
}

// Aggregate makes a call of an aggregate, by its lower-case name.
func (b *Builder) Aggregate(name string, options any, args ...Expr) (*AggregateCall, error) {
	a := LookupAggregate(name)
	if a == nil || len(args) < a.Min || a.Max >= 0 && len(args) > a.Max {
		_, err := b.Call(name+" (aggregate)", args...)
		return nil, err
	}
	f := &AggregateCall{Aggregate: a, Args: args, Options: options}
	f.call = Call{Function: &Function{Name: a.Name, Args: a.Args, Text: FromArgs}, Args: args, env: b.Env}
	f.call.numbers()
	f.Args = f.call.Args
	if err := f.call.mix(); err != nil {
		return nil, err
	}
	t, err := a.Result(f)
	f.call.of = t
	if t.IsString() && t.Collation == nil {
		f.call.collate()
	}
	return f, err
}

// String is how errors name it.
// Named is its text, for an error.
func (f *AggregateCall) Named() string {
	args := make([]Expr, len(f.Args))
	b := &brief{left: MostNamed}
	for i, a := range f.Args {
		args[i] = b.of(a)
	}
	return f.Aggregate.Name + "(" + join(args, ",") + ")"
}

// Type is that of the result.
func (f *AggregateCall) Type() *value.Type { return &f.call.of }

// Arg is the type of argument i.
func (f *AggregateCall) Arg(i int) *value.Type { return f.Args[i].Type() }

// Env is that of the statement while it is planned.
func (f *AggregateCall) Env() *value.Env { return f.call.env }

// Collation is that of the text arguments together.
func (f *AggregateCall) Collation() *value.Collation { return f.call.Mixed }

// Add computes the arguments of a row and hands them to a state.
func (f *AggregateCall) Add(c *Ctx, s State, row Row) error {
	args, mark := c.push(len(f.Args)), c.Transient()
	defer c.pop(len(f.Args))
	for i, a := range f.Args {
		v, err := a.Eval(c, row)
		if err != nil {
			return err
		}
		args[i] = v
	}
	err := f.AddValues(c, s, args)
	c.Settle(mark)
	return err
}

// Remove takes a row back that Add has taken, from a state that can do that.
func (f *AggregateCall) Remove(c *Ctx, s Remover, row Row) error {
	args := c.push(len(f.Args))
	defer c.pop(len(f.Args))
	for i, a := range f.Args {
		v, err := a.Eval(c, row)
		if err == nil {
			v, err = f.call.convert(c, i, v)
		}
		if err != nil {
			return err
		}
		if v.IsNull() && !f.Aggregate.Nulls {
			return nil
		}
		args[i] = v
	}
	return s.Remove(c, args)
}

// AddValues is Add of arguments that were computed before, of their own types. It
// converts them in place.
func (f *AggregateCall) AddValues(c *Ctx, s State, args []value.Value) error {
	for i := range args {
		var err error
		if args[i], err = f.call.convert(c, i, args[i]); err != nil {
			return err
		}
		if args[i].IsNull() && !f.Aggregate.Nulls {
			return nil
		}
	}
	return s.Add(c, args)
}
