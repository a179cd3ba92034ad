// Package shell runs statements over HTTPS and shows their results: the whole of
// lxdb sql but its flags. It reads statements from a text or from a person, who has
// line editing with a history, completion of keywords and names, a pager, word of what
// takes long, and shortcuts that begin with a backslash.
package shell
