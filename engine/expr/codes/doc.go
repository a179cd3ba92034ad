// Package codes has MySQL's functions that encode: digits and base64, hashes,
// compression, encryption, addresses and UUIDs. What is about the bytes of a text wants
// them as its own character set has them (expr.Encoded).
package codes

import "github.com/lxdb/lxdb/engine/expr"

// Families are the functions of this package.
var Families = []expr.Family{
	{Name: "Codes and digits", Functions: digitFunctions},
	{Name: "Hashes and compression", Functions: hashFunctions},
	{Name: "Encryption", Functions: cipherFunctions},
	{Name: "Addresses", Functions: addressFunctions},
	{Name: "UUIDs", Functions: uuidFunctions},
}
