package program

// Piece is a piece of SQL in a program, or a call of another one, for who asks about a program that does not run.
type Piece struct {
	Code any // the host's, nil of a call
	Call *Call
	// Always says that it runs whenever the program does, and that nothing in the program hears of its error.
	Always bool
}

// Pieces are those of the whole body, in the order of the text. whole is false where the program makes texts of its own.
func (p *Program) Pieces() (list []Piece, whole bool) {
	w := pieces{whole: true, always: true}
	w.statement(p.Body)
	return w.list, w.whole
}

type pieces struct {
	list          []Piece
	whole, always bool
}

func (w *pieces) code(code any) {
	if code != nil {
		w.list = append(w.list, Piece{Code: code, Always: w.always})
	}
}

func (w *pieces) expressions(list ...*Expression) {
	for _, e := range list {
		if e != nil && e.Slot < 0 {
			w.code(e.Code)
		}
	}
}

// perhaps is for what may not run.
func (w *pieces) perhaps(list ...Statement) {
	always := w.always
	w.always = false
	for _, s := range list {
		w.statement(s)
	}
	w.always = always
}

func (w *pieces) statement(s Statement) {
	switch n := s.(type) {
	case *Block:
		always := w.always
		w.always = always && len(n.handlers) == 0
		for _, i := range n.init {
			w.expressions(i.value)
		}
		for _, h := range n.handlers {
			w.perhaps(h.body)
		}
		for _, inner := range n.body {
			w.statement(inner)
		}
		w.always = w.always && always
	case *Sequence:
		for _, inner := range n.list {
			w.statement(inner)
		}
	case *If:
		w.expressions(n.operand)
		for i, b := range n.branches {
			if i == 0 {
				w.expressions(b.cond)
			}
			always := w.always
			w.always = false
			if i > 0 {
				w.expressions(b.cond)
			}
			w.perhaps(b.body...)
			w.always = always
		}
		w.perhaps(n.other...)
		if n.leaves() {
			w.always = false
		}
	case *Loop:
		w.expressions(n.while)
		w.perhaps(n.body...)
		always := w.always
		w.always = false
		w.expressions(n.until)
		w.always = always && !n.leaves()
	case *Jump, *Signal:
		w.always = false
	case *Return:
		w.expressions(n.value)
		w.always = false
	case *Assign:
		w.expressions(n.value)
	case *Do:
		w.expressions(n.values...)
	case *SQL:
		w.whole = w.whole && !n.Made
		w.code(n.Code)
	case *Call:
		for _, a := range n.Args {
			w.expressions(a.Value)
		}
		w.list = append(w.list, Piece{Call: n, Always: w.always})
	case *cursorStatement:
		if n.kind == cursorOpen && n.query != nil {
			w.code(n.query.Code)
		}
	}
}

// leaves says that a statement may end what stands around it.
func (n *If) leaves() bool {
	for _, b := range n.branches {
		if mayLeave(b.body) {
			return true
		}
	}
	return mayLeave(n.other)
}

func (n *Loop) leaves() bool { return mayLeave(n.body) }

// mayLeave says that some statement jumps, returns or raises a condition, to wherever.
func mayLeave(list []Statement) bool {
	for _, s := range list {
		switch n := s.(type) {
		case *Jump, *Return, *Signal:
			return true
		case *Block:
			if mayLeave(n.body) {
				return true
			}
			for _, h := range n.handlers {
				if mayLeave([]Statement{h.body}) {
					return true
				}
			}
		case *Sequence:
			if mayLeave(n.list) {
				return true
			}
		case *If:
			if n.leaves() {
				return true
			}
		case *Loop:
			if n.leaves() {
				return true
			}
		}
	}
	return false
}
