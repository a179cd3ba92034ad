package embed

// # Exact promises
//
// Recovery takes a damaged chunk for the torn end of the log unless a chunk in a
// later block promises that more had been synced. So a promise that is too small
// hides damage: one flipped bit, and every commit behind it is dropped without a
// word. The LSM's own promises are too small, and become smaller as a log grows:
//
//   - It wakes who waits for a sync before it notes the synced offset, so the
//     next record may still promise the one before.
//   - It counts what it writes of the block that is being filled and not what it
//     writes of blocks that were full by then. Every record that crosses a
//     block's end makes the count smaller, for the rest of the log: after a
//     batch of 10 MB the last 10 MB of the log were vouched for by nothing.
//
// How much is lost depends on when the LSM's flusher wakes up, so nobody can
// compute it from outside. But every byte of a log passes through its file: that
// knows what was written and what was synced, and puts the true offset in each
// chunk on the way to the disk. The data's checksum is looked at first: a chunk
// that is not as the LSM made it goes out as it is, to be found later.

// promise puts the offset into the chunks of p, which stand at this place of the
// log, and returns the log number of the last one; 0 is none. It stops at what is no chunk with a promise: the
// trailer, or a format of the LSM that we do not know, whose promises then are its own.
func promise(p []byte, at int64, synced uint64) (number uint32) {
	for len(p) > 0 {
		room := logBlockBytes - int(at%logBlockBytes)
		n := min(room, len(p))
		if room >= chunkHeaderBytes {
			c, whole := cutChunk(p[:n])
			if !whole || !c.intact() {
				return number
			}
			c.setPromise(synced)
			number = c.number()
			n = len(c)
		}
		p, at = p[n:], at+int64(n)
	}
	return number
}
