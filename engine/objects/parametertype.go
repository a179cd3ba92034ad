package objects

import (
	"strings"
	"unicode/utf8"

	"github.com/dolthub/go-mysql-server/sql"

	"github.com/lxdb/lxdb/catalog"
	lxaccess "github.com/lxdb/lxdb/engine/access"
	"github.com/lxdb/lxdb/engine/lex"
	"github.com/lxdb/lxdb/engine/state"
	"github.com/lxdb/lxdb/engine/value"
)

// parameterTypes reads the types of parameters and results. One that several have is read once:
// programs may have thousands of parameters.
type parameterTypes struct {
	ctx  *sql.Context
	s    *state.Session
	read map[parameterText]*parameterType
}

// parameterText is a type as a header writes it, and what it is read under.
type parameterText struct {
	written   string
	mode      lex.Mode
	collation sql.CollationID
}

// parameterType is one of them: as written, and as it was understood; nil where it cannot be.
type parameterType struct {
	written string
	of      *value.Type
}

func newParameterTypes(ctx *sql.Context, s *state.Session) *parameterTypes {
	return &parameterTypes{ctx, s, map[parameterText]*parameterType{}}
}

func (p *parameterTypes) of(db *catalog.Database, r *catalog.Routine, written string) *parameterType {
	key := parameterText{written, state.ModeOf(r.SQLMode), p.s.Inst.CollationIn(db, r.Charsets)}
	if known := p.read[key]; known != nil {
		return known
	}
	out := &parameterType{written: strings.ToLower(strings.TrimSpace(written))}
	lang := &lxaccess.Language{Ctx: p.ctx, Mode: key.mode, Collation: key.collation}
	if t, err := lang.Type(written); err == nil {
		out.of = &t
	}
	p.read[key] = out
	return out
}

// name is what the type is called.
func (p *parameterType) name() string {
	all := p.identifier()
	if end := strings.IndexAny(all, "( "); end >= 0 {
		return all[:end]
	}
	return all
}

// identifier is the type with all that belongs to it, but for its collation.
func (p *parameterType) identifier() string {
	if p.of == nil {
		return p.written
	}
	return p.of.String()
}

// shown is the type as SHOW CREATE FUNCTION spells it, for the mode that it is read under.
func (p *parameterType) shown(m lex.Mode) string {
	out := p.identifier()
	if m.NoBackslashEscapes && p.of != nil && p.of.Members != nil {
		labels := make([]string, len(*p.of.Members))
		for i, label := range *p.of.Members {
			labels[i] = lex.ShowString(label, m)
		}
		out = p.name() + "(" + strings.Join(labels, ",") + ")"
	}
	if c := p.collation(); c != nil {
		if out += " CHARSET " + c.Charset; !c.Default {
			out += " COLLATE " + c.Name
		}
	}
	return out
}

// collation is that of a type of characters, nil for others.
func (p *parameterType) collation() *value.Collation {
	if p.of == nil || !(p.of.IsString() || p.of.Kind == value.TypeEnum || p.of.Kind == value.TypeSet) || p.of.IsBinary() {
		return nil
	}
	return p.of.Collation
}

// integerDigits are what information_schema says of whole numbers.
var integerDigits = map[value.Kind]uint64{value.TypeTinyInt: 3, value.TypeSmallInt: 5, value.TypeMediumInt: 7, value.TypeInt: 10, value.TypeBigInt: 19}

// described are the cells of information_schema about a type: CHARACTER_MAXIMUM_LENGTH and
// CHARACTER_OCTET_LENGTH, NUMERIC_PRECISION and NUMERIC_SCALE, DATETIME_PRECISION,
// CHARACTER_SET_NAME and COLLATION_NAME, DTD_IDENTIFIER.
func (p *parameterType) described() []any {
	out := make([]any, 8)
	out[7] = p.identifier()
	t := p.of
	if t == nil {
		return out
	}
	if c := p.collation(); c != nil {
		out[5], out[6] = c.Charset, c.Name
	}
	switch {
	case t.IsInteger():
		digits := integerDigits[t.Kind]
		if t.Kind == value.TypeBigInt && t.Unsigned {
			digits = 20
		}
		out[2], out[3] = digits, uint64(0)
	case t.Kind == value.TypeDecimal:
		out[2], out[3] = uint64(t.Precision), uint64(t.Scale)
	case t.Kind == value.TypeFloat, t.Kind == value.TypeDouble:
		p.floating(out)
	case t.Kind == value.TypeBit:
		out[2] = uint64(t.Length)
	case t.IsTemporal() && t.Kind != value.TypeDate:
		out[4] = uint64(t.Scale)
	case t.IsString(), t.Kind == value.TypeEnum, t.Kind == value.TypeSet:
		out[0], out[1] = p.lengths()
	}
	return out
}

// floating are the digits of FLOAT and DOUBLE: those that were said, or those that fit.
func (p *parameterType) floating(out []any) {
	switch {
	case p.of.Scale < value.NotFixed:
		out[2], out[3] = uint64(p.of.Precision), uint64(p.of.Scale)
	case p.of.Kind == value.TypeFloat:
		out[2] = uint64(12)
	default:
		out[2] = uint64(22)
	}
}

// lengths are the most characters, and the most bytes.
func (p *parameterType) lengths() (chars, bytes int64) {
	t, each := p.of, int64(1)
	if c := p.collation(); c != nil {
		each = int64(max(c.MaxBytes, 1))
	}
	switch {
	case t.IsText(): // bounded in bytes
		bytes = map[value.Kind]int64{value.TypeTinyText: 1<<8 - 1, value.TypeText: 1<<16 - 1, value.TypeMediumText: 1<<24 - 1, value.TypeLongText: 1<<32 - 1}[t.Kind]
		return bytes, bytes
	case t.Members != nil:
		for _, m := range *t.Members {
			n := int64(utf8.RuneCountInString(m))
			if t.Kind == value.TypeEnum {
				chars = max(chars, n)
				continue
			}
			chars += n
		}
		if t.Kind == value.TypeSet {
			chars += int64(max(len(*t.Members)-1, 0)) // the commas
		}
	default:
		chars = int64(t.Length)
	}
	return chars, chars * each
}
