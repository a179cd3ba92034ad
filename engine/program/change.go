package program

import "github.com/lxdb/lxdb/engine/lex"

// Change is ALTER or DROP of a procedure or function.
type Change struct {
	Kind           Kind
	Drop, IfExists bool
	Database, Name string
	Comment        *string
	Invoker        *bool
	access         *DataAccess
}

// ReadChange reads one.
func ReadChange(text string, m lex.Mode) (c Change, err error) {
	p := &parser{src: text, mode: m, prog: &Program{Text: text}}
	defer p.caught(&err)
	p.tokens()
	if c.Drop = p.accept("DROP"); !c.Drop {
		p.expect("ALTER")
	}
	switch {
	case p.accept("PROCEDURE"):
		c.Kind = Procedure
	case p.accept("FUNCTION"):
		c.Kind = Function
	default:
		p.unexpected()
	}
	if c.Drop {
		c.IfExists = p.accept("IF", "EXISTS")
	}
	c.Database, c.Name = p.qualified()
	for !c.Drop && p.peek().Kind != lex.EOF {
		from := p.peek().Pos
		var h Header
		if !p.characteristic(&h) {
			p.unexpected()
		}
		c.note(text[from:p.toks[p.i-1].End], h)
	}
	p.accept(";")
	if p.peek().Kind != lex.EOF {
		p.unexpected()
	}
	return c, nil
}

// note takes one characteristic.
func (c *Change) note(written string, h Header) {
	switch lex.Upper(written[:3]) {
	case "COM":
		c.Comment = &h.Comment
	case "SQL":
		c.Invoker = &h.Invoker
	case "CON", "NO ", "REA", "MOD":
		c.access = &h.Access
	}
}

// Rewrite writes the changed characteristics into the text of a CREATE, in the
// place of those that it has.
func (c *Change) Rewrite(text string, m lex.Mode) (out string, err error) {
	p := &parser{src: text, mode: m, prog: &Program{Text: text}}
	defer p.caught(&err)
	p.tokens()
	p.header()
	h := p.prog.Header
	if c.Comment != nil {
		h.Comment = *c.Comment
	}
	if c.Invoker != nil {
		h.Invoker = *c.Invoker
	}
	if c.access != nil {
		h.Access = *c.access
	}
	from := h.traitsAt
	return text[:from] + h.traits(m) + text[h.BodyAt:], nil
}

// Canonical is the text of a CREATE PROCEDURE or FUNCTION as SHOW CREATE writes it: what the
// header says in its own order, the body as it was written. definer is an account as the
// clause names it, returns the type of a function as MySQL spells it, m the mode that the routine is read under.
func (h *Header) Canonical(text, definer, returns string, m lex.Mode) string {
	out := "CREATE DEFINER=" + definer + " " + h.Kind.String() + " " + lex.QuoteName(h.Name) + text[h.paramsAt:h.paramsEnd]
	if h.Kind == Function {
		out += " RETURNS " + returns
	}
	return out + h.traits(m) + text[h.BodyAt:]
}

// traits are the characteristics as SHOW CREATE writes them.
func (h *Header) traits(m lex.Mode) string {
	out := "\n"
	if h.Access != ContainsSQL {
		out += "    " + h.Access.String() + "\n"
	}
	if h.Deterministic {
		out += "    DETERMINISTIC\n"
	}
	if h.Invoker {
		out += "    SQL SECURITY INVOKER\n"
	}
	if h.Comment != "" {
		out += "    COMMENT " + lex.ShowString(h.Comment, m) + "\n"
	}
	return out
}
