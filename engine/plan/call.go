package plan

import (
	"slices"
	"strings"

	"github.com/dolthub/go-mysql-server/sql"
)

// Call is what the calls of the engine's own functions have in common.
type Call struct {
	Name string
	Args []sql.Expression
}

func (f *Call) FunctionName() string       { return f.Name }
func (f *Call) IsNullable() bool           { return true }
func (f *Call) Children() []sql.Expression { return f.Args }

func (f *Call) Resolved() bool {
	return !slices.ContainsFunc(f.Args, func(e sql.Expression) bool { return !e.Resolved() })
}

func (f *Call) String() string {
	args := make([]string, len(f.Args))
	for i, a := range f.Args {
		args[i] = a.String()
	}
	return f.Name + "(" + strings.Join(args, ",") + ")"
}
