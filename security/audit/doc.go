// Package audit is the audit log: who came, what was refused, whose rights
// changed, and what an administrator did with what is not his.
//
// A record is one line of text in a file that is only appended to. Each line
// begins with a MAC over the line and the MAC before it, so that nobody without
// the key can change, insert, move or take out a record unseen; docs/formats/audit.md
// has it byte by byte. What was being written when the power went, a torn tail, is
// told apart from what somebody changed.
//
// Write returns when the operating system has the record: it survives the end of
// the process. Commit returns when the disk has it. Those who wait are written
// together. Nothing is queued beyond who waits, so memory is bounded by the number
// of sessions. A log that cannot be written refuses what it should have recorded,
// unless Options.Continue.
//
// Nothing here keeps a secret out: callers give redacted statements, and never
// values of rows.
package audit
