package spatial

import (
	"encoding/binary"
	"math"
)

// decode reads MySQL's form: the SRID and the well-known binary form, with longitude
// before latitude.
func decode(b []byte) (*geometry, bool) {
	if len(b) < 4 {
		return nil, false
	}
	r := binaryReader{b: b[4:]}
	g, ok := r.geometry(0, 0)
	if !ok || len(r.b) > 0 {
		return nil, false
	}
	g.setSRID(binary.LittleEndian.Uint32(b))
	return g, true
}

// decodeWKB reads the well-known binary form alone.
func decodeWKB(b []byte) (*geometry, bool) {
	r := binaryReader{b: b}
	g, ok := r.geometry(0, 0)
	return g, ok && len(r.b) == 0
}

type binaryReader struct {
	b     []byte
	order binary.ByteOrder
}

func (r *binaryReader) number() (uint32, bool) {
	if len(r.b) < 4 {
		return 0, false
	}
	n := r.order.Uint32(r.b)
	r.b = r.b[4:]
	return n, true
}

func (r *binaryReader) point() (p point, ok bool) {
	if len(r.b) < 16 {
		return p, false
	}
	p = point{math.Float64frombits(r.order.Uint64(r.b)), math.Float64frombits(r.order.Uint64(r.b[8:]))}
	r.b = r.b[16:]
	return p, finite(p.x) && finite(p.y)
}

func finite(f float64) bool { return !math.IsNaN(f) && !math.IsInf(f, 0) }

// line reads a count and as many points; the bytes must be there before room is made.
func (r *binaryReader) line() ([]point, bool) {
	n, ok := r.number()
	if !ok || uint64(n)*16 > uint64(len(r.b)) {
		return nil, false
	}
	points := make([]point, n)
	for i := range points {
		if points[i], ok = r.point(); !ok {
			return nil, false
		}
	}
	return points, true
}

// geometry reads one; want is its kind, 0 for any.
func (r *binaryReader) geometry(want kind, depth int) (*geometry, bool) {
	if depth > maxDepth || len(r.b) < 5 || r.b[0] > 1 {
		return nil, false
	}
	r.order = binary.LittleEndian
	if r.b[0] == 0 {
		r.order = binary.BigEndian
	}
	r.b = r.b[1:]
	n, _ := r.number()
	g := &geometry{kind: kind(n)}
	if g.kind < pointKind || g.kind > collectionKind || want != 0 && g.kind != want {
		return nil, false
	}
	ok := true
	switch g.kind {
	case pointKind:
		g.points = make([]point, 1)
		g.points[0], ok = r.point()
	case lineKind:
		g.points, ok = r.line()
	case polygonKind:
		var n uint32
		for n, ok = r.number(); ok && n > 0; n-- {
			var ring []point
			if ring, ok = r.line(); ok {
				g.rings = append(g.rings, ring)
			}
		}
	default:
		order := r.order
		var n uint32
		for n, ok = r.number(); ok && n > 0; n-- {
			var p *geometry
			if p, ok = r.geometry(g.kind.part(), depth+1); ok {
				g.parts = append(g.parts, p)
			}
			r.order = order
		}
	}
	return g, ok && g.sound()
}

// encode writes MySQL's form.
func encode(g *geometry) []byte {
	return appendWKB(binary.LittleEndian.AppendUint32(nil, g.srid), g)
}

func appendWKB(b []byte, g *geometry) []byte {
	b = append(b, 1)
	b = binary.LittleEndian.AppendUint32(b, uint32(g.kind))
	switch g.kind {
	case pointKind:
		return appendPoint(b, g.points[0])
	case lineKind:
		return appendPoints(b, g.points)
	case polygonKind:
		b = binary.LittleEndian.AppendUint32(b, uint32(len(g.rings)))
		for _, r := range g.rings {
			b = appendPoints(b, r)
		}
		return b
	}
	b = binary.LittleEndian.AppendUint32(b, uint32(len(g.parts)))
	for _, p := range g.parts {
		b = appendWKB(b, p)
	}
	return b
}

func appendPoint(b []byte, p point) []byte {
	b = binary.LittleEndian.AppendUint64(b, math.Float64bits(p.x))
	return binary.LittleEndian.AppendUint64(b, math.Float64bits(p.y))
}

func appendPoints(b []byte, points []point) []byte {
	b = binary.LittleEndian.AppendUint32(b, uint32(len(points)))
	for _, p := range points {
		b = appendPoint(b, p)
	}
	return b
}
