// Package avatica has the messages of the Avatica protocol, in both of its
// serializations: protobuf and JSON. It turns bytes into a Request and a Response
// into bytes, rows of the engine into cells and bound values into the engine's. It
// holds no connection and runs nothing.
//
// What is in the protocol for old clients only is read and never written. Messages
// are described once (response.go) and written by two writers (writer.go); rows, the
// hot path, are appended to bytes directly (rows.go). There is no reflection on the
// protobuf side.
//
// Sizes: a decoded Request takes no more than a small multiple of its bytes. What
// would grow more, the rows of a batch, is read one at a time (Request.EachRow).
package avatica
