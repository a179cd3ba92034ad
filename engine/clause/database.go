package clause

// databaseName quotes the name in CREATE and DROP DATABASE: the SQL parser takes
// no word of its grammar there, though most of those are names like any other
// (admin, date, user).
func (r *reader) databaseName() (Result, error) {
	r.i += 2 // CREATE DATABASE
	if !r.accept("IF", "NOT", "EXISTS") {
		r.accept("IF", "EXISTS")
	}
	r.quote()
	return r.result(), nil
}
