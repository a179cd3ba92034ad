package audit

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/lxdb/lxdb/security/principal"
)

// Result is how something ended.
type Result string

const (
	Done    Result = "done"
	Refused Result = "refused" // somebody may not
	Failed  Result = "failed"  // it went wrong
)

// Record is one thing that happened. Empty members are left out of the log.
type Record struct {
	// Seq counts records from 1, without a gap; Time is when it was written. The
	// log sets both.
	Seq  uint64    `json:"seq"`
	Time time.Time `json:"time"`
	// Event is its name, as in "login" or "user.create".
	Event  string `json:"event"`
	Result Result `json:"result"`

	Origin

	// Object is what it was about, in words, as in "table shop.orders".
	Object   string `json:"object,omitempty"`
	ObjectID uint32 `json:"object_id,omitempty"`
	// Missing are the rights that a refusal was for.
	Missing string `json:"missing,omitempty"`
	// Code is the error number that the client got and State its SQLSTATE; Reason is why, for who
	// reads the log: more than the client heard.
	Code      int    `json:"code,omitempty"`
	State     string `json:"sql_state,omitempty"`
	Reason    string `json:"reason,omitempty"`
	Statement string `json:"statement,omitempty"` // canonical, without secrets

	// Version is the catalog's that a change made.
	Version uint64   `json:"version,omitempty"`
	Changes []Change `json:"changes,omitempty"`
	More    int      `json:"more,omitempty"` // changes that are left out
	// Count is of what stands in one record together.
	Count uint64 `json:"count,omitempty"`
	// Previous is the MAC of the line before, in the first record of a file.
	Previous string `json:"previous,omitempty"`
}

// Origin is who, and from where. The zero Origin is the server itself.
type Origin struct {
	// Who acts; Login is who logged in, where that is somebody else.
	Who        principal.ID `json:"user_id,omitempty"`
	Name       string       `json:"user,omitempty"`
	Login      principal.ID `json:"login_id,omitempty"`
	LoginName  string       `json:"login,omitempty"`
	Connection uint32       `json:"connection,omitempty"`
	Remote     string       `json:"remote,omitempty"`
	Transport  string       `json:"transport,omitempty"` // mysql, https, ldap, local
	// Purpose is what the session says that it works for: a ticket's number, say. It proves nothing.
	Purpose string `json:"purpose,omitempty"`
}

// MaxPurpose is how many bytes of a purpose a record takes.
const MaxPurpose = maxName

// Change is one right or account before and after.
type Change struct {
	Of     string `json:"of"`
	Before string `json:"before,omitempty"`
	After  string `json:"after,omitempty"`
}

// Bounds of a record: what clients send must not fill the disk at once.
const (
	maxText    = 8 << 10
	maxName    = 1 << 10
	maxChanges = 128
	// maxLine is more than any record of these bounds takes.
	maxLine = 4 << 20
)

// ErrRecord: a line is no record of this version.
var ErrRecord = errors.New("malformed audit record")

// bounded cuts what is too long.
func (r Record) bounded() Record {
	for _, s := range []*string{&r.Event, &r.Name, &r.LoginName, &r.Remote, &r.Transport, &r.Object, &r.Missing, &r.State, &r.Purpose} {
		*s = cut(*s, maxName)
	}
	r.Reason, r.Statement = cut(r.Reason, maxText), cut(r.Statement, maxText)
	if n := len(r.Changes); n > maxChanges {
		r.Changes, r.More = r.Changes[:maxChanges:maxChanges], r.More+n-maxChanges
	}
	for i, c := range r.Changes {
		if len(c.Of) > maxName || len(c.Before) > maxName || len(c.After) > maxName {
			r.Changes = append([]Change(nil), r.Changes...) // the caller's stays
			r.Changes[i] = Change{cut(c.Of, maxName), cut(c.Before, maxName), cut(c.After, maxName)}
		}
	}
	return r
}

// Counted is the record as one that is kept for a while and counted on. Its texts are cut to what a name takes, and
// hold nothing of the statement that they are from.
func (r Record) Counted() Record {
	for _, s := range []*string{
		&r.Event, &r.Name, &r.LoginName, &r.Remote, &r.Transport, &r.Object, &r.Missing, &r.State, &r.Purpose, &r.Reason, &r.Statement,
	} {
		*s = strings.Clone(cut(*s, maxName))
	}
	return r
}

func cut(s string, n int) string {
	if len(s) <= n {
		return s
	}
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n] + "…"
}

// encode is the record's JSON text: one line, whatever the names in it are.
func (r Record) encode() ([]byte, error) {
	var buf bytes.Buffer
	enc := json.NewEncoder(&buf)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(r.bounded()); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrRecord, err)
	}
	return bytes.TrimSuffix(buf.Bytes(), []byte("\n")), nil
}

func decode(text []byte) (Record, error) {
	var r Record
	dec := json.NewDecoder(bytes.NewReader(text))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&r); err != nil {
		return Record{}, fmt.Errorf("%w: %w", ErrRecord, err)
	}
	if dec.More() {
		return Record{}, fmt.Errorf("%w: bytes after the record", ErrRecord)
	}
	return r, nil
}
