package avatica

// Rep says how a value is represented. Clients of all languages know the numbers.
type Rep uint8

const (
	RepPrimitiveBoolean Rep = 0
	RepPrimitiveByte    Rep = 1
	RepPrimitiveChar    Rep = 2
	RepPrimitiveShort   Rep = 3
	RepPrimitiveInt     Rep = 4
	RepPrimitiveLong    Rep = 5
	RepPrimitiveFloat   Rep = 6
	RepPrimitiveDouble  Rep = 7
	RepBoolean          Rep = 8
	RepByte             Rep = 9
	RepCharacter        Rep = 10
	RepShort            Rep = 11
	RepInteger          Rep = 12
	RepLong             Rep = 13
	RepFloat            Rep = 14
	RepDouble           Rep = 15
	RepJavaTime         Rep = 16
	RepJavaTimestamp    Rep = 17
	RepJavaDate         Rep = 18
	RepJavaUtilDate     Rep = 19
	RepByteString       Rep = 20
	RepString           Rep = 21
	RepNumber           Rep = 22
	RepObject           Rep = 23
	RepNull             Rep = 24
	RepBigInteger       Rep = 25
	RepBigDecimal       Rep = 26
	RepArray            Rep = 27
	RepStruct           Rep = 28
	RepMultiset         Rep = 29
)

// class is which field of a TypedValue holds it.
type class uint8

const (
	classNone class = iota
	classBool
	classInt
	classFloat
	classText
	classDecimal
	classBytes
)

var reps = [...]struct {
	name  string
	class class
}{
	RepPrimitiveBoolean: {"PRIMITIVE_BOOLEAN", classBool}, RepPrimitiveByte: {"PRIMITIVE_BYTE", classInt},
	RepPrimitiveChar: {"PRIMITIVE_CHAR", classText}, RepPrimitiveShort: {"PRIMITIVE_SHORT", classInt},
	RepPrimitiveInt: {"PRIMITIVE_INT", classInt}, RepPrimitiveLong: {"PRIMITIVE_LONG", classInt},
	RepPrimitiveFloat: {"PRIMITIVE_FLOAT", classFloat}, RepPrimitiveDouble: {"PRIMITIVE_DOUBLE", classFloat},
	RepBoolean: {"BOOLEAN", classBool}, RepByte: {"BYTE", classInt}, RepCharacter: {"CHARACTER", classText},
	RepShort: {"SHORT", classInt}, RepInteger: {"INTEGER", classInt}, RepLong: {"LONG", classInt},
	RepFloat: {"FLOAT", classFloat}, RepDouble: {"DOUBLE", classFloat},
	RepJavaTime: {"JAVA_SQL_TIME", classInt}, RepJavaTimestamp: {"JAVA_SQL_TIMESTAMP", classInt},
	RepJavaDate: {"JAVA_SQL_DATE", classInt}, RepJavaUtilDate: {"JAVA_UTIL_DATE", classInt},
	RepByteString: {"BYTE_STRING", classBytes}, RepString: {"STRING", classText}, RepNumber: {"NUMBER", classDecimal},
	RepObject: {"OBJECT", classNone}, RepNull: {"NULL", classNone},
	RepBigInteger: {"BIG_INTEGER", classDecimal}, RepBigDecimal: {"BIG_DECIMAL", classDecimal},
	RepArray: {"ARRAY", classNone}, RepStruct: {"STRUCT", classNone}, RepMultiset: {"MULTISET", classNone},
}

var repsByName = makeRepsByName()

func makeRepsByName() map[string]Rep {
	byName := map[string]Rep{}
	for i, r := range reps {
		byName[r.name] = Rep(i)
	}
	return byName
}

func (r Rep) String() string {
	if int(r) < len(reps) {
		return reps[r].name
	}
	return "UNKNOWN"
}

func (r Rep) class() class {
	if int(r) < len(reps) {
		return reps[r].class
	}
	return classNone
}
