package clause

// startTransaction reads START TRANSACTION, whose parts the parser knows one at a time. A snapshot is noted by the
// session, which looks at the text.
func (r *reader) startTransaction() (Result, error) {
	r.i += 2
	from := r.i
	var reads []string
	for n := 0; ; n++ {
		switch {
		case r.at("WITH", "CONSISTENT", "SNAPSHOT"):
			r.i += 3
		case r.at("READ", "ONLY"), r.at("READ", "WRITE"):
			reads = append(reads, r.source(r.i, r.i+2))
			r.i += 2
		default:
			return Result{Text: r.text}, nil
		}
		if r.acceptPunct(",") {
			continue
		}
		if n == 0 || len(reads) != 1 || !r.done() && !r.punct(";") { // what the parser reads, or refuses
			return Result{Text: r.text}, nil
		}
		r.replace(from, r.i, reads[0])
		return r.result(), nil
	}
}
