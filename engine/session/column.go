package session

// Type is a SQL column type, numbered on our own; front ends map it to their codes.
type Type uint8

const (
	TypeNull Type = iota
	TypeTinyInt
	TypeSmallInt
	TypeMediumInt
	TypeInt
	TypeBigInt
	TypeFloat
	TypeDouble
	TypeDecimal
	TypeDate
	TypeTime
	TypeDateTime
	TypeTimestamp
	TypeYear
	TypeChar    // CHAR, BINARY when Binary
	TypeVarChar // VARCHAR, VARBINARY when Binary
	TypeTinyText
	TypeText
	TypeMediumText
	TypeLongText // the four TEXT and BLOB sizes; BLOB when Binary
	TypeEnum
	TypeSet
	TypeBit
	TypeJSON
	TypeGeometry
)

// Column describes a result column or a parameter.
type Column struct {
	Name     string // the alias the client asked for
	Database string
	Table    string // the alias of the table
	OrgTable string
	OrgName  string

	Type                               Type
	Unsigned                           bool
	Binary                             bool   // byte string: no character set
	Charset                            uint16 // MySQL collation id; 63 for binary
	Length                             uint32 // display length in bytes, as MySQL reports it
	Decimals                           uint8  // fraction digits; 31 = not fixed
	NotNull                            bool
	PrimaryKey, UniqueKey, MultipleKey bool
	AutoIncrement                      bool
	ZeroFill                           bool
	Computed                           bool // no column of a table, a view or a derived table
}
