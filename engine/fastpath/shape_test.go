package fastpath

import (
	"fmt"
	"strings"
	"testing"

	"github.com/cockroachdb/datadriven"
	ast "github.com/dolthub/vitess/go/vt/sqlparser"

	"github.com/lxdb/lxdb/engine/grammar"
	"github.com/lxdb/lxdb/engine/lex"
	"github.com/lxdb/lxdb/engine/session"
)

// TestShapes recognises one statement a line. "key=(a,b)" asks how its
// conditions fill that primary key.
func TestShapes(t *testing.T) {
	names := map[Kind]string{None: "planner", Select: "select", Update: "update", Delete: "delete", Insert: "insert"}
	datadriven.RunTest(t, "testdata/shapes", func(t *testing.T, d *datadriven.TestData) string {
		if d.Cmd != "match" {
			d.Fatalf(t, "unknown command %s", d.Cmd)
		}
		var key []string
		if a, ok := d.Arg("key"); ok {
			key = a.Vals
		}
		var out strings.Builder
		for _, text := range strings.Split(d.Input, "\n") {
			stmt, err := grammar.Parse(t.Context(), text, lex.Mode{})
			if err != nil {
				d.Fatalf(t, "%s: %v", text, err)
			}
			s := Match(stmt)
			fmt.Fprint(&out, names[s.Kind])
			if s.Kind != None {
				fmt.Fprintf(&out, " %s", ast.String(s.Table))
			}
			if len(s.Where) > 0 {
				if operands, ok := s.Key(key); ok {
					fmt.Fprintf(&out, " %s", show(operands))
				} else {
					fmt.Fprint(&out, " not by key")
				}
			}
			fmt.Fprintln(&out)
		}
		return out.String()
	})
}

func show(key [][]Operand) string {
	parts := make([]string, len(key))
	for i, alternatives := range key {
		list := make([]string, len(alternatives))
		for n, o := range alternatives {
			switch {
			case o.Param >= 0:
				list[n] = fmt.Sprintf("?%d", o.Param)
			case o.Value.Kind() == session.Int:
				list[n] = fmt.Sprint(o.Value.Int())
			default:
				list[n] = fmt.Sprintf("%q", o.Value.Bytes())
			}
		}
		parts[i] = strings.Join(list, "|")
	}
	return "(" + strings.Join(parts, ", ") + ")"
}

func TestOperandsBind(t *testing.T) {
	args := []session.Value{session.IntValue(4), session.IntValue(5)}
	if got := (Operand{Param: 1}).Bind(args).Int(); got != 5 {
		t.Errorf("placeholder: %d", got)
	}
	if got := (Operand{Param: -1, Value: session.IntValue(9)}).Bind(args).Int(); got != 9 {
		t.Errorf("literal: %d", got)
	}
}
