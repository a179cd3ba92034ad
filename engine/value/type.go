package value

// Kind is a type as MySQL's grammar names it. BINARY, VARBINARY and the BLOBs are
// the CHAR, VARCHAR and TEXT kinds with the binary collation, as in MySQL's protocol.
type Kind uint8

const (
	TypeNull Kind = iota // of the literal NULL
	TypeTinyInt
	TypeSmallInt
	TypeMediumInt
	TypeInt
	TypeBigInt
	TypeFloat
	TypeDouble
	TypeDecimal
	TypeBit
	TypeYear
	TypeDate
	TypeTime
	TypeDateTime
	TypeTimestamp
	TypeChar
	TypeVarChar
	TypeTinyText
	TypeText
	TypeMediumText
	TypeLongText
	TypeEnum
	TypeSet
	TypeJSON
	TypeGeometry
)

// NotFixed as Scale of a DOUBLE or FLOAT says that as many digits are shown as the
// number needs.
const NotFixed = 31

// MaxPrecision and MaxScale bound DECIMAL; MaxFsp bounds fractions of seconds.
const (
	MaxPrecision = 65
	MaxScale     = 30
	MaxFsp       = 6
	MaxWorking   = 81 // digits of a DECIMAL while it is computed with
)

// Type is what MySQL knows about the values of a column or an expression.
type Type struct {
	Kind     Kind
	Unsigned bool
	Nullable bool
	ZeroFill bool
	// Hex is set for literals like 0xFF and b'1', which are binary strings and
	// numbers in numeric context.
	Hex bool
	// Moment is set for texts that functions of dates and times give: to who asks for a number
	// they are that of the moment, 20240131 or 20240131235959.
	Moment bool
	// Quiet is set for user variables: what their texts are as numbers is not warned of, as in MySQL.
	Quiet bool
	// Truth is set for conditions, which are true and false inside a document.
	Truth bool
	// Precision is the number of digits of DECIMAL, and of integers that are computed of few digits; 0
	// is the most that the kind has.
	Precision uint8
	// Scale is digits behind the point: of DECIMAL, of DOUBLE and FLOAT (NotFixed is
	// usual), and the fsp of times.
	Scale uint8
	// Length is the most characters (bytes, if binary) of a string, the width of
	// BIT, and what numbers need when shown; 0 when unknown.
	Length uint32
	// Collation is of strings, and of what else when it is made a string; nil is
	// the binary one.
	Collation *Collation
	// Coercibility says how strong Collation is against another one.
	Coercibility Coercibility
	// ASCII says that the values have only ASCII characters, as numbers made text
	// do, so that every collation takes them.
	ASCII bool
	// Members are those of ENUM and SET, by number, 1 or bit 0 first.
	Members *[]string
	// Shape is of a GEOMETRY: what its column takes, by WKB's number; 0 is any. OneSRID says that it
	// takes those of SRID alone.
	Shape   uint8
	OneSRID bool
	SRID    uint32
}

// Result is the class of values in which MySQL computes an expression.
type Result uint8

const (
	ResultInt Result = iota
	ResultDecimal
	ResultDouble
	ResultString
	ResultTemporal
	ResultJSON
)

// Result says how values of t are computed with. ENUM and SET are strings, BIT and
// YEAR numbers.
func (t *Type) Result() Result {
	switch t.Kind {
	case TypeTinyInt, TypeSmallInt, TypeMediumInt, TypeInt, TypeBigInt, TypeBit, TypeYear:
		return ResultInt
	case TypeFloat, TypeDouble:
		return ResultDouble
	case TypeDecimal:
		return ResultDecimal
	case TypeDate, TypeTime, TypeDateTime, TypeTimestamp:
		return ResultTemporal
	case TypeJSON:
		return ResultJSON
	}
	return ResultString
}

// Numeric is what + makes of a value of t: temporal values count as integers, or
// decimals when they have a fraction; strings and JSON as doubles.
func (t *Type) Numeric() Result {
	switch r := t.Result(); r {
	case ResultTemporal:
		if t.Scale > 0 {
			return ResultDecimal
		}
		return ResultInt
	case ResultString, ResultJSON:
		if t.Hex || t.Kind == TypeNull {
			return ResultInt
		}
		return ResultDouble
	default:
		return r
	}
}

// IsInteger says that t is one of the five integer types.
func (t *Type) IsInteger() bool { return t.Kind >= TypeTinyInt && t.Kind <= TypeBigInt }

// Plain is the type of what an expression makes of values of t that it chooses among: a member of
// an ENUM or of a SET is a text then.
func (t *Type) Plain() Type {
	out := *t
	if t.Kind == TypeEnum || t.Kind == TypeSet {
		out = Text(t.Collation, textWidth(t))
		out.Coercibility, out.ASCII, out.Nullable = t.Coercibility, t.ASCII, t.Nullable
	}
	return out
}

// IsNumber says that values of t are numbers in every context.
func (t *Type) IsNumber() bool { return t.Kind >= TypeTinyInt && t.Kind <= TypeYear }

// IsTemporal says DATE, TIME, DATETIME or TIMESTAMP.
func (t *Type) IsTemporal() bool { return t.Kind >= TypeDate && t.Kind <= TypeTimestamp }

// HasDate says DATE, DATETIME or TIMESTAMP.
func (t *Type) HasDate() bool { return t.IsTemporal() && t.Kind != TypeTime }

// IsString says CHAR, VARCHAR or a TEXT, binary or not. ENUM and SET are not.
func (t *Type) IsString() bool { return t.Kind >= TypeChar && t.Kind <= TypeLongText }

// IsText says TEXT and BLOB of the four sizes.
func (t *Type) IsText() bool { return t.Kind >= TypeTinyText && t.Kind <= TypeLongText }

// IsBinary says that t has bytes and no characters.
func (t *Type) IsBinary() bool {
	switch {
	case t.Kind == TypeGeometry:
		return true
	case t.IsString() || t.Kind == TypeEnum || t.Kind == TypeSet:
		return t.Collation == nil || t.Collation.Binary()
	}
	return false
}

// IntDigits is how many digits an exact number of t can have before the point.
func (t *Type) IntDigits() int {
	if t.Precision > 0 && t.IsInteger() { // of what is computed
		return int(t.Precision)
	}
	switch t.Kind {
	case TypeDecimal:
		return int(t.Precision) - int(t.Scale)
	case TypeTinyInt:
		return 3
	case TypeSmallInt:
		return 5
	case TypeMediumInt:
		return 8
	case TypeInt:
		return 10
	case TypeBit, TypeBigInt:
		if t.Unsigned || t.Kind == TypeBit {
			return 20
		}
		if t.Length > 0 && t.Length < 20 { // of a literal
			return int(t.Length)
		}
		return 19
	case TypeYear:
		return 4
	case TypeDate:
		return 8
	case TypeTime:
		return 7
	case TypeDateTime, TypeTimestamp:
		return 14
	}
	return 20
}

// Common types of results.
var (
	NullType    = Type{Kind: TypeNull, Nullable: true, Coercibility: Ignorable, ASCII: true}
	BigInt      = Type{Kind: TypeBigInt, Length: 21, Coercibility: Numeric, ASCII: true}
	BigUint     = Type{Kind: TypeBigInt, Unsigned: true, Length: 20, Coercibility: Numeric, ASCII: true}
	Boolean     = Type{Kind: TypeBigInt, Truth: true, Length: 1, Coercibility: Numeric, ASCII: true}
	DoubleType  = Type{Kind: TypeDouble, Scale: NotFixed, Length: 23, Coercibility: Numeric, ASCII: true}
	JSONType    = Type{Kind: TypeJSON, Collation: utf8mb4Bin, Coercibility: Implicit}
	DateOfDay   = Type{Kind: TypeDate, Length: 10, Coercibility: Numeric, ASCII: true}
	BooleanNull = Type{Kind: TypeBigInt, Truth: true, Length: 1, Nullable: true, Coercibility: Numeric, ASCII: true}
)

// Digits is an integer type of at most so many digits, which a column or a text that is made of it
// has room for; with a sign, if it is signed.
func (t Type) Digits(n int) Type {
	if n >= t.IntDigits() {
		return t
	}
	t.Precision, t.Length = uint8(max(1, n)), uint32(max(1, n))
	if !t.Unsigned {
		t.Length++
	}
	return t
}

// TimeOf, DateTimeOf and DecimalOf are types with digits behind the point.
func TimeOf(fsp int) Type {
	return Type{Kind: TypeTime, Scale: uint8(fsp), Length: uint32(10 + point(fsp)), Coercibility: Numeric, ASCII: true}
}

// DateTimeOf is DATETIME(fsp).
func DateTimeOf(fsp int) Type {
	return Type{Kind: TypeDateTime, Scale: uint8(fsp), Length: uint32(19 + point(fsp)), Coercibility: Numeric, ASCII: true}
}

// DecimalOf is DECIMAL(precision, scale), both brought into their bounds.
func DecimalOf(precision, scale int) Type {
	scale = max(0, min(scale, MaxScale))
	precision = max(1, scale, min(precision, MaxPrecision))
	return Type{Kind: TypeDecimal, Precision: uint8(precision), Scale: uint8(scale), Length: uint32(precision + 2), Coercibility: Numeric, ASCII: true}
}

// Text is a string of at most length characters: VARCHAR, or the TEXT that is large enough.
func Text(c *Collation, length int) Type {
	t := Type{Kind: TypeVarChar, Collation: c, Coercibility: Coercible, Length: uint32(max(0, min(length, 1<<32-1)))}
	switch bytes := length * c.width(); {
	case bytes > 1<<24-1:
		t.Kind = TypeLongText
	case bytes > 1<<16-1:
		t.Kind = TypeMediumText
	}
	return t
}

// Bytes is a binary string of at most length bytes.
func BytesOf(length int) Type { return Text(BinaryCollation, length) }

func point(fsp int) int {
	if fsp == 0 {
		return 0
	}
	return fsp + 1
}
