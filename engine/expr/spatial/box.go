package spatial

import "math"

// box is a rectangle along the axes.
type box struct{ low, high point }

func newBox() *box {
	inf := math.Inf(1)
	return &box{point{inf, inf}, point{-inf, -inf}}
}

func (b *box) add(p point) {
	b.low = point{min(b.low.x, p.x), min(b.low.y, p.y)}
	b.high = point{max(b.high.x, p.x), max(b.high.y, p.y)}
}

func boxOf(g *geometry) *box {
	b := newBox()
	g.everyPoint(func(p *point) { b.add(*p) })
	return b
}

// covers says that another box is inside or on the edge.
func (b *box) covers(o *box) bool {
	return b.low.x <= o.low.x && b.low.y <= o.low.y && b.high.x >= o.high.x && b.high.y >= o.high.y
}

// geometry is a polygon, or a line or a point where that is all.
func (b *box) geometry(srid uint32) *geometry {
	l, h := b.low, b.high
	switch {
	case l == h:
		return &geometry{kind: pointKind, srid: srid, points: []point{l}}
	case l.x == h.x || l.y == h.y:
		return &geometry{kind: lineKind, srid: srid, points: []point{l, h}}
	}
	return &geometry{kind: polygonKind, srid: srid, rings: [][]point{{l, {h.x, l.y}, h, {l.x, h.y}, l}}}
}

// size is the largest coordinate, by which errors of rounding are measured.
func (b *box) size() float64 {
	return max(math.Abs(b.low.x), math.Abs(b.low.y), math.Abs(b.high.x), math.Abs(b.high.y), 1e-300)
}
