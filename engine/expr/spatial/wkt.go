package spatial

import (
	"strconv"
	"strings"

	"github.com/lxdb/lxdb/engine/value"
)

// decodeWKT reads the well-known text form.
func decodeWKT(text string) (*geometry, bool) {
	r := textReader{s: text}
	g, ok := r.geometry(0)
	return g, ok && r.peek() == 0
}

type textReader struct {
	s   string
	pos int
}

// peek is the next byte that is no blank; 0 at the end.
func (r *textReader) peek() byte {
	for r.pos < len(r.s) && strings.IndexByte(" \t\r\n", r.s[r.pos]) >= 0 {
		r.pos++
	}
	if r.pos == len(r.s) {
		return 0
	}
	return r.s[r.pos]
}

func (r *textReader) take(c byte) bool {
	if r.peek() != c {
		return false
	}
	r.pos++
	return true
}

func (r *textReader) word() string {
	r.peek()
	from := r.pos
	for r.pos < len(r.s) && (r.s[r.pos]|0x20 >= 'a' && r.s[r.pos]|0x20 <= 'z') {
		r.pos++
	}
	return strings.ToUpper(r.s[from:r.pos])
}

func (r *textReader) number() (float64, bool) {
	r.peek()
	from := r.pos
	for r.pos < len(r.s) && strings.IndexByte("+-.0123456789eE", r.s[r.pos]) >= 0 {
		r.pos++
	}
	f, err := strconv.ParseFloat(r.s[from:r.pos], 64)
	return f, err == nil && finite(f)
}

func (r *textReader) point() (p point, ok bool) {
	if p.x, ok = r.number(); !ok {
		return p, false
	}
	p.y, ok = r.number()
	return p, ok
}

// list reads (item, item, …).
func (r *textReader) list(item func() bool) bool {
	if !r.take('(') {
		return false
	}
	for {
		if !item() {
			return false
		}
		if !r.take(',') {
			return r.take(')')
		}
	}
}

func (r *textReader) line() (points []point, ok bool) {
	ok = r.list(func() bool {
		p, ok := r.point()
		points = append(points, p)
		return ok
	})
	return points, ok
}

var kindOfWord = map[string]kind{"POINT": pointKind, "LINESTRING": lineKind, "POLYGON": polygonKind, "MULTIPOINT": multiPointKind, "MULTILINESTRING": multiLineKind,
	"MULTIPOLYGON": multiPolygonKind, "GEOMETRYCOLLECTION": collectionKind, "GEOMCOLLECTION": collectionKind}

func (r *textReader) geometry(depth int) (*geometry, bool) {
	if depth > maxDepth {
		return nil, false
	}
	g := &geometry{kind: kindOfWord[r.word()]}
	if g.kind == 0 {
		return nil, false
	}
	return g, r.body(g, depth) && g.sound()
}

// body reads what stands behind the name of the kind.
func (r *textReader) body(g *geometry, depth int) (ok bool) {
	switch g.kind {
	case pointKind:
		g.points, ok = r.line()
		return ok
	case lineKind:
		g.points, ok = r.line()
		return ok
	case polygonKind:
		return r.list(func() bool {
			ring, ok := r.line()
			g.rings = append(g.rings, ring)
			return ok
		})
	case multiPointKind:
		return r.list(func() bool {
			bracket := r.take('(')
			p, ok := r.point()
			g.parts = append(g.parts, &geometry{kind: pointKind, points: []point{p}})
			return ok && (!bracket || r.take(')'))
		})
	case collectionKind:
		return r.collection(g, depth)
	}
	return r.list(func() bool {
		p := &geometry{kind: g.kind.part()}
		g.parts = append(g.parts, p)
		return r.body(p, depth+1) && p.sound()
	})
}

// collection may be empty: EMPTY or ().
func (r *textReader) collection(g *geometry, depth int) bool {
	at := r.pos
	if r.word() == "EMPTY" {
		return true
	}
	r.pos = at
	if r.take('(') {
		if r.take(')') {
			return true
		}
		r.pos = at
	}
	return r.list(func() bool {
		p, ok := r.geometry(depth + 1)
		g.parts = append(g.parts, p)
		return ok
	})
}

// appendWKT writes the well-known text form as MySQL does.
func appendWKT(b []byte, g *geometry) []byte {
	if g.kind == collectionKind && len(g.parts) == 0 {
		return append(b, "GEOMETRYCOLLECTION EMPTY"...)
	}
	name := g.kind.String()
	if g.kind == collectionKind {
		name = "GEOMETRYCOLLECTION"
	}
	return appendBody(append(b, name...), g)
}

func appendBody(b []byte, g *geometry) []byte {
	switch g.kind {
	case pointKind, lineKind:
		return appendLine(b, g.points)
	case polygonKind:
		b = append(b, '(')
		for i, r := range g.rings {
			if i > 0 {
				b = append(b, ',')
			}
			b = appendLine(b, r)
		}
		return append(b, ')')
	}
	b = append(b, '(')
	for i, p := range g.parts {
		if i > 0 {
			b = append(b, ',')
		}
		if g.kind == collectionKind {
			b = appendWKT(b, p)
		} else {
			b = appendBody(b, p)
		}
	}
	return append(b, ')')
}

func appendLine(b []byte, points []point) []byte {
	b = append(b, '(')
	for i, p := range points {
		if i > 0 {
			b = append(b, ',')
		}
		b = value.AppendDouble(b, p.x, value.NotFixed)
		b = append(b, ' ')
		b = value.AppendDouble(b, p.y, value.NotFixed)
	}
	return append(b, ')')
}
