package difftest

// Sweep gives each function each edge value in each place, the other places
// holding usual values. It calls f until it returns false.
func (g *Gen) Sweep(f func(*Statement) bool) {
	for _, fn := range Functions {
		if len(fn.Args) == 0 && !f(constant(scalar(fn.Form))) {
			return
		}
		for place := range len(fn.Args) {
			for _, v := range edges {
				if !f(constant(g.around(fn, place, v))) {
					return
				}
			}
		}
	}
}

func (g *Gen) around(fn Function, place int, v Value) *Node {
	n := scalar(fn.Form)
	for i := range len(fn.Args) {
		arg := v
		if i != place {
			arg = pick(g, typical[Kind(fn.Args[i])])
		}
		n.Kids = append(n.Kids, arg.node())
	}
	return n
}

// SweepSize is how many statements Sweep makes.
func SweepSize() (n int) {
	for _, fn := range Functions {
		n += max(1, len(fn.Args)*len(edges))
	}
	return n
}

func constant(n *Node) *Statement { return &Statement{Root: form("SELECT $", n), Warned: true} }
