package difftest

import (
	_ "embed"
	"fmt"
	"strings"
)

// Kind is what an expression is, roughly: enough to make most of what is
// generated mean something.
type Kind byte

// The letters of functions.txt.
const (
	Number   Kind = 'n'
	Integer  Kind = 'i'
	Small    Kind = 'c' // an integer that stands for a length, a position, a count
	String   Kind = 's'
	Bytes    Kind = 'b'
	Date     Kind = 'd'
	DateTime Kind = 'z'
	Time     Kind = 't'
	JSON     Kind = 'j'
	Path     Kind = 'p'
	Truth    Kind = 'l' // a condition: 1, 0 or NULL
	Pattern  Kind = 'k' // of LIKE
	Format   Kind = 'f' // of dates
	Address  Kind = 'a' // of a network
	Any      Kind = 'x'
)

// Function is a form of a function, an operator or another construct: SQL text
// with holes, what belongs into them and what comes out.
type Function struct {
	Form   string
	Args   string // a Kind for each hole
	Result Kind
}

//go:embed functions.txt
var functionsText string

// Functions are all forms of functions.txt, in its order.
var Functions = mustFunctions(functionsText)

func mustFunctions(text string) []Function {
	var out []Function
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		if line == "" || line[0] == '#' {
			continue
		}
		fields := strings.Fields(line)
		n := len(fields)
		f := Function{Form: strings.Join(fields[:max(0, n-2)], " ")}
		if n < 3 {
			panic(fmt.Sprintf("functions.txt: %q", line))
		}
		f.Args, f.Result = fields[n-2], Kind(fields[n-1][0])
		if f.Args == "-" {
			f.Args = ""
		}
		if strings.Count(f.Form, string(hole)) != len(f.Args) {
			panic(fmt.Sprintf("functions.txt: %q has another number of holes than of kinds", line))
		}
		out = append(out, f)
	}
	return out
}

// giving are the functions by what they give.
var giving = func() map[Kind][]Function {
	m := map[Kind][]Function{}
	for _, f := range Functions {
		m[f.Result] = append(m[f.Result], f)
	}
	return m
}()
