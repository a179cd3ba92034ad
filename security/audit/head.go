package audit

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// The chain cannot say that it ends too early: what is cut off leaves a whole chain. So
// the log's end stands in a file beside the key, written after each batch. A start or
// a verification that finds less in the log than was written says so.

const (
	headName = "audit.head"
	// headBytes is one sector: it is written whole or not at all.
	headBytes = 512
)

// ErrCut: records at the end of the log are gone.
var ErrCut = errors.New("the end of the audit log was cut off")

// ErrOlder: the store of the database is an earlier one than the log tells of.
var ErrOlder = errors.New("the store is older than the audit log")

// Events that say something about the log itself.
const (
	// EventCut is the record of an end that was cut off.
	EventCut = "audit.cut"
	// eventHeadless: there is no head and never was; the log has one from here on, as eventHead
	// says of one that had it before records told.
	eventHeadless, eventHead = "audit.headless", "audit.head"
	// eventFile begins a file; its object is the head's name where the log has one.
	eventFile = "audit.file"
	// EventOlder is the record of a store that is an earlier one than the log tells of;
	// EventResealed says that an administrator takes the store as it is.
	EventOlder, EventResealed = "change.older", "catalog.resealed"
)

// saysHead reports whether a record says that the log has a head.
func saysHead(text []byte) bool {
	at := func(event string) bool {
		return bytes.Contains(text[:min(len(text), 160)], []byte(`"event":"`+event+`"`))
	}
	return at(eventHeadless) || at(eventHead) || at(EventCut) || at(eventFile) && bytes.Contains(text, []byte(`"object":"`+headName+`"`))
}

// goneNote is what a new log says where its key shows that there was another.
func goneNote(keyFile string) Record {
	return Record{Event: EventCut, Result: Failed, Reason: fmt.Sprintf("%v: all of it is gone, and %s is there", ErrCut, filepath.Base(keyFile))}
}

// HeadFile is where the end of a log stands whose key is in keyFile.
func HeadFile(keyFile string) string { return filepath.Join(filepath.Dir(keyFile), headName) }

// head is how far the log was written, and how far the disk has it for certain.
type head struct {
	// Boot is the machine's run: what was written and not synced may be gone after the
	// next one begins.
	Boot    string `json:"boot,omitempty"`
	Written uint64 `json:"written"`
	MAC     string `json:"mac"`
	Synced  uint64 `json:"synced"`
}

// headSalt stands where a record has the MAC before it.
var headSalt = mac(sha256.Sum256([]byte("lxdb audit head")))

// bootID names the machine's run, where the system says so.
var bootID = func() string {
	text, err := os.ReadFile("/proc/sys/kernel/random/boot_id")
	if err != nil {
		return ""
	}
	return strings.TrimSpace(string(text))
}()

// encode is the file's content.
func (h head) encode(key Key) ([]byte, error) {
	text, err := json.Marshal(h)
	if err != nil {
		return nil, err
	}
	m := key.link(headSalt, text)
	out := hex.AppendEncode(make([]byte, 0, headBytes), m[:])
	out = append(append(out, ' '), text...)
	if len(out) >= headBytes {
		return nil, fmt.Errorf("%w: the head is too long", ErrRecord)
	}
	out = append(out, bytes.Repeat([]byte{' '}, headBytes-1-len(out))...)
	return append(out, '\n'), nil
}

// readHead reads the file. known is false where there is none, as before the first start
// that writes one.
func readHead(path string, key Key) (h head, known bool, err error) {
	content, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return h, false, nil
	}
	if err != nil {
		return h, false, fmt.Errorf("read the end of the audit log: %w", err)
	}
	m, text, err := split(bytes.TrimRight(content, " \n"))
	if err != nil {
		return h, true, fmt.Errorf("%w: %s", ErrTampered, headName)
	}
	if want := key.link(headSalt, text); !hmac.Equal(want[:], m[:]) {
		return h, true, fmt.Errorf("%w: the MAC of %s is wrong", ErrTampered, headName)
	}
	if err := json.Unmarshal(text, &h); err != nil {
		return h, true, fmt.Errorf("%w: %s: %w", ErrTampered, headName, err)
	}
	return h, true, nil
}

// check compares the end that was found with the one that was written. What a power cut
// took was not synced, and the machine runs anew.
func (h head) check(last uint64, lastMAC string) error {
	least := h.Synced
	if h.Boot != "" && h.Boot == bootID {
		least = h.Written
	}
	switch {
	case last < least:
		return fmt.Errorf("%w: records %d to %d are missing", ErrCut, last+1, h.Written)
	case last == h.Written && h.MAC != lastMAC:
		return fmt.Errorf("%w: record %d is another than was written", ErrTampered, last)
	}
	return nil
}

// Files are where a log stands.
type Files struct{ Dir, KeyFile string }

// VerifyAll is Verify, with what only the head can tell: whether the end was cut off, now
// or before an earlier start, which the log then has a record of. Errors: those of Verify,
// and ErrCut.
func VerifyAll(f Files, each func(Record) error) (Report, error) {
	key, err := ReadKey(f.KeyFile)
	if err != nil {
		return Report{}, err
	}
	h, known, headErr := readHead(HeadFile(f.KeyFile), key) // before the log, which only grows
	var found findings
	r, err := Verify(f.Dir, key, func(rec Record) error {
		found.note(rec)
		if each == nil {
			return nil
		}
		return each(rec)
	})
	r.Headless = !known
	switch {
	case err != nil && !errors.Is(err, ErrTorn):
		return r, err
	case headErr != nil:
		return r, headErr
	case known:
		if bad := h.check(r.Last, r.Head); bad != nil {
			return r, bad
		}
	case r.Files == 0:
		return r, fmt.Errorf("%w: all of it is gone, and %s is there", ErrCut, filepath.Base(f.KeyFile))
	case found.headed != 0:
		return r, fmt.Errorf("%w: %s is gone, and record %d says that there was one", ErrCut, headName, found.headed)
	}
	return r, errors.Join(err, found.cut, found.older)
}

// findings are what the records of a log say against it and the store.
type findings struct {
	cut, older error
	headed     uint64 // the first record that says that the log has a head
}

func (f *findings) note(rec Record) {
	switch rec.Event {
	case EventCut:
		f.cut = fmt.Errorf("%w: noted by record %d: %s", ErrCut, rec.Seq, strings.TrimPrefix(rec.Reason, ErrCut.Error()+": "))
	case EventOlder:
		f.older = fmt.Errorf("%w: noted by record %d: %s", ErrOlder, rec.Seq, rec.Reason)
	case EventResealed:
		f.older = nil
	}
	headed := rec.Event == eventHeadless || rec.Event == eventHead || rec.Event == eventFile && rec.Object == headName
	if headed && f.headed == 0 {
		f.headed = rec.Seq
	}
}

// compareHead says what the log should say about its end when it is opened.
func (t *tail) compareHead() (note Record, err error) {
	h, known, err := readHead(HeadFile(t.log.opts.KeyFile), t.log.key)
	switch {
	case errors.Is(err, ErrTampered):
		return Record{Event: EventCut, Result: Failed, Reason: err.Error()}, nil
	case err != nil:
		return note, err
	case !known && t.headed:
		return Record{Event: EventCut, Result: Failed, Reason: headName + " is gone, and the log says that there was one: whether records behind the last one were cut off cannot be known"}, nil
	case !known:
		return Record{Event: eventHeadless, Result: Done, Reason: headName + " was not there: whether records behind the last one were cut off cannot be known"}, nil
	}
	if bad := h.check(t.at.seq, t.at.mac.String()); bad != nil {
		return Record{Event: EventCut, Result: Failed, Reason: bad.Error()}, nil
	}
	return note, nil
}

// openHead opens the file for writing.
func (t *tail) openHead() (err error) {
	t.head, err = os.OpenFile(HeadFile(t.log.opts.KeyFile), os.O_RDWR|os.O_CREATE, 0o600)
	return err
}

// mark writes where the log ends now. It must never say more than the file has: it comes
// after what it tells of, and before what takes something back.
func (t *tail) mark(at position) error {
	if t.head == nil {
		return nil
	}
	content, err := head{Boot: bootID, Written: at.seq, MAC: at.mac.String(), Synced: t.syncedAt.seq}.encode(t.log.key)
	if err != nil {
		return err
	}
	if _, err := t.head.WriteAt(content, 0); err != nil {
		return fmt.Errorf("write the end of the audit log: %w", err)
	}
	return nil
}
