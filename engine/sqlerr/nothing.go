package sqlerr

// Nothing ends a name that stands for no column whatever there is: a rewrite of the tree writes
// it where a name must not be found. Errors show the name without it.
const Nothing = "\x00"
