// Package codec writes and reads the bytes that KiVi stores: keys whose byte
// order is the SQL order of what they encode, and row values whose columns are
// found without reading the others.
//
// The formats are drawn byte by byte in docs/formats/key.md and
// docs/formats/row.md; a test decodes the examples of both documents.
//
// Keys carry no types: the schema says which datum follows which, so every
// Decode and Skip function must be called in the order of the Append calls.
// Functions append to a slice of the caller and allocate nothing themselves.
//
// The package knows neither the SQL library nor the engine below: collations
// come in as a Weigher, decimals as unscaled integers, dates as packed numbers.
package codec
