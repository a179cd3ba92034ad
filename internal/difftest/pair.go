package difftest

import (
	"errors"
	"fmt"
	"net"
	"regexp"
	"slices"
	"strings"
)

// Side is one of the two servers, with a session that comes back when it ends.
type Side struct {
	Name string
	// Dial opens a session in a database.
	Dial func(database string) (*Conn, error)
	// Setup are statements that every session begins with.
	Setup []string

	database string
	conn     *Conn
}

// Use opens a session in a database.
func (s *Side) Use(database string) error {
	s.drop()
	s.database = database
	return s.connect()
}

func (s *Side) drop() {
	if s.conn != nil {
		s.conn.Close()
		s.conn = nil
	}
}

func (s *Side) connect() error {
	if s.conn != nil {
		return nil
	}
	c, err := s.Dial(s.database)
	if err != nil {
		return err
	}
	for _, text := range s.Setup {
		r, err := c.Query(text)
		if err == nil && r.Number != 0 {
			err = fmt.Errorf("%d %s", r.Number, r.Message)
		}
		if err != nil {
			c.Close()
			return fmt.Errorf("%s: %s: %w", s.Name, text, err)
		}
	}
	s.conn = c
	return nil
}

// Exec runs statements that must not fail.
func (s *Side) Exec(statements ...string) error {
	for _, text := range statements {
		r, err := s.Ask(text, nil, false)
		if err == nil && r.Number != 0 {
			err = fmt.Errorf("%d %s", r.Number, r.Message)
		}
		if err != nil {
			return fmt.Errorf("%s: %s: %w", s.Name, text, err)
		}
	}
	return nil
}

// Ask runs a statement; params not nil: as a prepared one. An error means that
// the session ended; the next call opens another one.
func (s *Side) Ask(text string, params []any, warnings bool) (r *Result, err error) {
	if err := s.connect(); err != nil {
		return nil, err
	}
	if params != nil {
		r, err = s.conn.Execute(text, params)
	} else {
		r, err = s.conn.Query(text)
	}
	if err == nil && warnings {
		err = s.conn.warnings(r)
	}
	if err != nil {
		s.drop()
		return nil, err
	}
	return r, nil
}

// Call runs a statement that may have several results. One that does not end is killed: a
// server goes on with what nobody waits for.
func (s *Side) Call(text string) (out []*Result, err error) {
	if err := s.connect(); err != nil {
		return nil, err
	}
	if out, err = s.conn.Call(text); err == nil {
		return out, nil
	}
	if c, dialed := s.Dial(""); dialed == nil {
		_, _ = c.Query(fmt.Sprintf("KILL %d", s.conn.id))
		c.Close()
	}
	s.drop()
	return nil, err
}

// Pair is the two servers.
type Pair struct {
	Ours, Theirs *Side
	// Tables are those that there are, for what a difference is about.
	Tables func() []*Table
	// Their is the answer of Theirs to the last Check.
	Their *Result
}

// Check runs a statement on both and compares. An error is one of theirs, or of a
// server that cannot be reached any more.
func (p *Pair) Check(s *Statement, prepared bool) (*Difference, error) {
	text, params := s.Root.Text(), []any(nil)
	if prepared {
		text, params = s.Root.Bound()
	}
	type answer struct {
		r   *Result
		err error
	}
	theirs := make(chan answer, 1)
	go func() {
		r, err := p.Theirs.Ask(text, params, s.Warned)
		theirs <- answer{r, err}
	}()
	ours, err := p.Ours.Ask(text, params, s.Warned)
	their := <-theirs
	if their.err != nil {
		return nil, fmt.Errorf("%s: %w", text, their.err)
	}
	p.Their = their.r
	var d *Difference
	if err != nil {
		d = &Difference{Kind: KindEnded, Statement: s, Theirs: their.r, Ours: &Result{}, Our: err.Error(), Their: errorText(their.r)}
		var slow net.Error
		if errors.As(err, &slow) && slow.Timeout() {
			d.Kind = KindHangs
		}
	} else {
		d = Compare(s, ours, their.r)
	}
	if d != nil {
		d.Prepared = prepared
		if p.Tables != nil {
			d.Tables = p.Tables()
		}
	}
	return d, nil
}

// Shrink reduces the statement of a difference; what comes out differs in the
// same way.
func (p *Pair) Shrink(d *Difference, tries int) (*Difference, error) {
	cause, err := p.cause(d, tries/2)
	if err != nil {
		return d, err
	}
	if cause != nil {
		d = cause
	}
	var failed error
	best := d
	Reduce(d.Statement.Root, tries, func(n *Node) bool {
		if failed != nil {
			return false
		}
		s := *d.Statement
		s.Root = n
		// what was told to be sorted is not, once the clause is gone
		s.Sorted = s.Sorted && len(n.Kids) > 0
		smaller, err := p.Check(&s, d.Prepared)
		if err != nil {
			failed = err
			return false
		}
		if smaller == nil || smaller.Kind != d.Kind || invented(d, smaller) {
			return false
		}
		best = smaller
		return true
	})
	return best, failed
}

// cause looks among the expressions of a statement for one whose value differs, the small ones
// first: rows that are missing and sums that are wrong are mostly that. nil: none does.
func (p *Pair) cause(d *Difference, tries int) (*Difference, error) {
	if d.Kind != KindRows && d.Kind != KindValue && d.Kind != KindOrder {
		return nil, nil
	}
	aliases := tablesIn(d.Statement.Root.Text())
	var parts []*Node
	d.Statement.Root.Walk(func(n *Node) {
		if n.Sort == Scalar && len(n.Kids) > 0 {
			parts = append(parts, n)
		}
	})
	slices.SortStableFunc(parts, func(a, b *Node) int { return size(a) - size(b) })
	for _, n := range parts {
		from, ok := sources(n, aliases)
		if tries--; !ok || tries < 0 {
			continue
		}
		s := &Statement{Root: form("SELECT $"+from, n.Clone()), Fuzzy: d.Statement.Fuzzy}
		found, err := p.Check(s, d.Prepared)
		if err != nil {
			return nil, err
		}
		if found != nil && (found.Kind == KindValue || found.Kind == KindRefused || found.Kind == KindAccepted) {
			return found, nil
		}
	}
	return nil, nil
}

// sources is the FROM clause of the tables that an expression reads; not ok: it is an aggregate
// or a window, has a query in it, or reads what another query gives.
func sources(n *Node, aliases map[string]string) (from string, ok bool) {
	plain := true
	n.Walk(func(m *Node) { plain = plain && !aggregates.has(m.Form) && !strings.Contains(m.Form, " OVER (") })
	text := n.Text()
	if !plain || strings.Contains(text, "SELECT ") || otherRef.MatchString(text) {
		return "", false
	}
	var list []string
	for _, m := range columnRef.FindAllStringSubmatch(text, -1) {
		table := m[1]
		if of, known := aliases[table]; known {
			table = of + " AS " + m[1]
		} else if table[0] == 'a' {
			return "", false
		}
		if !slices.Contains(list, table) {
			list = append(list, table)
		}
	}
	if len(list) == 0 {
		return "", true
	}
	return " FROM " + strings.Join(list, " CROSS JOIN "), true
}

// otherRef finds columns of derived tables and of common table expressions.
var otherRef = regexp.MustCompile(`\b[wr]\.\w+\b|\ba\d+\.[xy]\b`)

// invented says whether the smaller statement is refused for another reason than
// the larger one, or warned of because of a NULL that was put into it.
func invented(d, smaller *Difference) bool {
	if d.Kind == KindWarnings && strings.Contains(smaller.Statement.Root.Text(), "NULL") && !strings.Contains(d.Statement.Root.Text(), "NULL") {
		return true
	}
	return d.Ours.Number != smaller.Ours.Number || d.Theirs.Number != smaller.Theirs.Number
}

// Database is the one that the session uses.
func (s *Side) Database() string { return s.database }
