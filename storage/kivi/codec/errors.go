package codec

import "errors"

// Met while decoding. All of them mean that bytes were damaged or are read with
// the wrong schema; nothing is repaired silently.
var (
	// ErrShortKey: the key ends inside the header or inside a datum.
	ErrShortKey = errors.New("codec: key too short")
	// ErrCorruptKey: a datum that no Append function writes.
	ErrCorruptKey = errors.New("codec: corrupt key")
	// ErrNotInvertible: text was asked from a key, which holds only its weights.
	ErrNotInvertible = errors.New("codec: text cannot be read from a key")
	// ErrCorruptRow: a row value whose lengths or offsets contradict each other.
	ErrCorruptRow = errors.New("codec: corrupt row")
	// ErrUnknownLayout: a row of a schema version that the caller does not know.
	ErrUnknownLayout = errors.New("codec: row of an unknown schema version")
	// ErrCorruptBlob: the chunks of a large value are incomplete or not its own.
	ErrCorruptBlob = errors.New("codec: corrupt large value")
)

// Met while encoding. The value cannot be stored in a column of that type.
var (
	// ErrNaN: NaN has no place in an order, so no key holds it.
	ErrNaN = errors.New("codec: NaN cannot be stored")
	// ErrRange: the number does not fit the column's width or precision.
	ErrRange = errors.New("codec: value out of the column's range")
	// ErrBadColumn: a layout names an impossible column.
	ErrBadColumn = errors.New("codec: bad column")
	// ErrBadDatum: a datum of another kind than the column, or NULL where NOT NULL stands.
	ErrBadDatum = errors.New("codec: datum does not fit the column")
	// ErrTooLarge: the row or the large value is over its limit.
	ErrTooLarge = errors.New("codec: too large")
)
