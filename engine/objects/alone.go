package objects

import (
	"context"

	"github.com/dolthub/go-mysql-server/sql"
	ast "github.com/dolthub/vitess/go/vt/sqlparser"

	lxaccess "github.com/lxdb/lxdb/engine/access"
	"github.com/lxdb/lxdb/engine/lex"
	"github.com/lxdb/lxdb/engine/program"
)

// Alone is a statement of the language of programs that a client sends: GET DIAGNOSTICS,
// SIGNAL or RESIGNAL.
type Alone struct {
	*ast.Select // nothing: it makes this a statement
	Program     *program.Program
}

// Unpreparable keeps it from PREPARE, as in MySQL: see access.Preparable.
func (*Alone) Unpreparable() {}

// ReadAlone reads one; is is false for every other text.
func ReadAlone(ctx context.Context, text string, m lex.Mode) (stmt ast.Statement, is bool, err error) {
	if !program.StandsAlone(text, m) {
		return nil, false, nil
	}
	lang := &lxaccess.Language{Ctx: ctx, Mode: m, Collation: sql.Collation_Default}
	p, err := program.ParseAlone(lex.OpenComments(text, m), m, lang)
	if err != nil {
		return nil, true, err
	}
	return &Alone{&ast.Select{}, p}, true, nil
}
