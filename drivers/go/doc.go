// Package lxdb is a driver for database/sql that speaks to lxdb over HTTPS.
//
//	import _ "github.com/lxdb/lxdb/drivers/go"
//
//	db, err := sql.Open("lxdb", "lxdb://marie:secret@db.example.org:1529/lab?ca=ca.crt")
//
// A data source name is lxdb://USER:PASSWORD@HOST:PORT/DATABASE with these options:
//
//	ca=FILE             the CA certificate that the server's is checked with
//	fingerprint=HEX     or the SHA-256 fingerprint of that, with or without colons
//	secure=true         the only value: there is no clear text
//	parseTime=true      DATE, DATETIME and TIMESTAMP are time.Time, in UTC
//
// Without ca and fingerprint the system's authorities are asked. A program that has the
// parts of a name uses Config and NewConnector.
//
// Each connection of the pool is a session of the server: transactions, variables and
// temporary tables live in it. Rows come as they are read. A context that ends cancels
// its statement. Errors of the server are *Error, with MySQL's numbers.
//
// Parameters are what database/sql takes, all of uint64, json.RawMessage as a document, and
// time.Time as the wall clock of UTC. NaN, infinity, names and OUT parameters are refused.
//
// Values arrive as int64, uint64, float64, string, []byte, time.Time or nil; DECIMAL,
// and dates without parseTime, are strings as MySQL writes them.
package lxdb
