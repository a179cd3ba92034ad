package program

import (
	"strings"

	"github.com/lxdb/lxdb/engine/lex"
)

// GET DIAGNOSTICS, SIGNAL and RESIGNAL are statements of a client, too.

// StandsAlone says that a text begins like one of them.
func StandsAlone(text string, m lex.Mode) bool {
	l := lex.New(text, m)
	t := l.Next()
	if t.Kind != lex.Word {
		return false
	}
	word := text[t.Pos:t.End]
	if lex.EqualKeyword(word, "SIGNAL") || lex.EqualKeyword(word, "RESIGNAL") {
		return true
	}
	if !lex.EqualKeyword(word, "GET") {
		return false
	}
	t = l.Next()
	word = text[t.Pos:t.End]
	return t.Kind == lex.Word && (lex.EqualKeyword(word, "DIAGNOSTICS") || lex.EqualKeyword(word, "CURRENT") || lex.EqualKeyword(word, "STACKED"))
}

// ParseAlone reads such a text.
func ParseAlone(text string, m lex.Mode, lang Language) (prog *Program, err error) {
	text = strings.TrimRight(text, "; \t\r\n")
	p := &parser{src: text, mode: m, lang: lang, prog: &Program{Text: text}}
	defer p.caught(&err)
	p.tokens()
	p.push(false)
	if p.at("GET") {
		p.prog.Body = p.diagnostics()
	} else {
		p.prog.Body = p.signal()
	}
	if p.peek().Kind != lex.EOF {
		p.unexpected()
	}
	return p.prog, nil
}

// RunAlone runs it: what it reads is what the last statement of the session has left.
func (f *Frame) RunAlone() error {
	if _, keeps := f.Program.Body.(*Diagnostics); keeps {
		f.area = f.host.Conditions()
	} else {
		f.host.Clear()
	}
	return f.simple(f.Program.Body)
}
