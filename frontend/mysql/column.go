package mysql

import (
	"encoding/binary"

	"github.com/lxdb/lxdb/engine/session"
)

// columnForm is how the protocol shows a session.Type.
type columnForm struct {
	wire   wireType
	flags  uint16
	text   bool   // character data, unless the column is Binary
	length uint32 // display length when the column names none
}

// columnForms is indexed by session.Type. As in MySQL, all sizes of TEXT and
// BLOB are BLOB, and ENUM and SET are strings with a flag.
var columnForms = [...]columnForm{
	session.TypeNull:       {wire: wireNull},
	session.TypeTinyInt:    {wire: wireTiny, length: 4},
	session.TypeSmallInt:   {wire: wireShort, length: 6},
	session.TypeMediumInt:  {wire: wireInt24, length: 9},
	session.TypeInt:        {wire: wireLong, length: 11},
	session.TypeBigInt:     {wire: wireLongLong, length: 20},
	session.TypeFloat:      {wire: wireFloat, length: 12},
	session.TypeDouble:     {wire: wireDouble, length: 22},
	session.TypeDecimal:    {wire: wireNewDecimal, length: 67},
	session.TypeDate:       {wire: wireDate, flags: flagBinary, length: 10},
	session.TypeTime:       {wire: wireTime, flags: flagBinary, length: 10},
	session.TypeDateTime:   {wire: wireDateTime, flags: flagBinary, length: 19},
	session.TypeTimestamp:  {wire: wireTimestamp, flags: flagBinary | flagTimestamp, length: 19},
	session.TypeYear:       {wire: wireYear, flags: flagUnsigned | flagZeroFill, length: 4},
	session.TypeChar:       {wire: wireString, text: true, length: 1020},
	session.TypeVarChar:    {wire: wireVarString, text: true, length: 1 << 16},
	session.TypeTinyText:   {wire: wireBlob, flags: flagBlob, text: true, length: 255},
	session.TypeText:       {wire: wireBlob, flags: flagBlob, text: true, length: 1<<16 - 1},
	session.TypeMediumText: {wire: wireBlob, flags: flagBlob, text: true, length: 1<<24 - 1},
	session.TypeLongText:   {wire: wireBlob, flags: flagBlob, text: true, length: 1<<32 - 1},
	session.TypeEnum:       {wire: wireString, flags: flagEnum, text: true, length: 1020},
	session.TypeSet:        {wire: wireString, flags: flagSet, text: true, length: 1020},
	session.TypeBit:        {wire: wireBit, flags: flagUnsigned, length: 64},
	session.TypeJSON:       {wire: wireJSON, flags: flagBlob | flagBinary, length: 1<<32 - 1},
	session.TypeGeometry:   {wire: wireGeometry, flags: flagBlob | flagBinary, length: 1<<32 - 1},
}

// formOf returns t's form. A type that this front end does not know is shown as
// a string, which every client can read.
func formOf(t session.Type) *columnForm {
	if int(t) < len(columnForms) {
		return &columnForms[t]
	}
	return &columnForms[session.TypeVarChar]
}

// appendColumn appends a column definition.
func appendColumn(b []byte, col *session.Column) []byte {
	form := formOf(col.Type)
	b = appendLenencBytes(b, "def")
	b = appendLenencBytes(b, col.Database)
	b = appendLenencBytes(b, col.Table)
	b = appendLenencBytes(b, col.OrgTable)
	b = appendLenencBytes(b, col.Name)
	b = appendLenencBytes(b, col.OrgName)
	b = append(b, 0x0c) // length of what follows
	b = binary.LittleEndian.AppendUint16(b, columnCharset(col, form))
	length := col.Length
	if length == 0 {
		length = form.length
	}
	b = binary.LittleEndian.AppendUint32(b, length)
	b = append(b, byte(form.wire))
	b = binary.LittleEndian.AppendUint16(b, columnFlags(col, form))
	decimals := col.Decimals
	if form.flags&flagBinary != 0 && form.flags&flagBlob == 0 {
		decimals = min(decimals, 6) // times have no more; drivers take it for a width
	}
	return append(b, decimals, 0, 0)
}

func columnCharset(col *session.Column, form *columnForm) uint16 {
	switch {
	case !form.text || col.Binary:
		return collationBinary
	case col.Charset == 0:
		return collationUTF8MB4
	}
	return col.Charset
}

func columnFlags(col *session.Column, form *columnForm) uint16 {
	flags := form.flags
	for _, f := range [...]struct {
		on   bool
		flag uint16
	}{
		{col.NotNull, flagNotNull},
		{col.PrimaryKey, flagPrimaryKey},
		{col.UniqueKey, flagUniqueKey},
		{col.MultipleKey, flagMultipleKey},
		{col.Unsigned, flagUnsigned},
		{col.ZeroFill, flagZeroFill},
		{col.AutoIncrement, flagAutoIncrement},
		{(form.text || col.Computed) && columnCharset(col, form) == collationBinary, flagBinary},
	} {
		if f.on {
			flags |= f.flag
		}
	}
	return flags
}
