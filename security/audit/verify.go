package audit

import (
	"bufio"
	"bytes"
	"crypto/hmac"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// Errors of Read and Verify.
var (
	// ErrTampered: a record was changed, added, moved or taken out.
	ErrTampered = errors.New("the audit log was changed")
	// ErrTorn: the log ends within a record, as after a power cut.
	ErrTorn = errors.New("the audit log ends within a record")
)

const extension = ".audit"

// segmentName is the file of a number.
func segmentName(n uint64) string { return fmt.Sprintf("%012d%s", n, extension) }

// segments lists the files of a log by ascending number.
func segments(dir string) ([]uint64, error) {
	entries, err := os.ReadDir(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("list audit log: %w", err)
	}
	var out []uint64
	for _, e := range entries {
		name, found := strings.CutSuffix(e.Name(), extension)
		if n, err := strconv.ParseUint(name, 10, 64); found && err == nil && segmentName(n) == e.Name() {
			out = append(out, n)
		}
	}
	slices.Sort(out)
	return out, nil
}

// position is where a chain stands.
type position struct {
	seq    uint64
	mac    mac
	offset int64 // behind the last good line of its file
}

// Report is what Verify found.
type Report struct {
	Files       int
	First, Last uint64 // record numbers
	Head        string // MAC of the last record
	// Torn is how many bytes at the very end are no whole record.
	Torn int64
	// Missing: the log begins with a later record than the first; older files were
	// taken out, by rotation or by somebody.
	Missing bool
	// Headless: nothing says where the log should end. Of VerifyAll alone.
	Headless bool
}

// Verify reads the whole log in dir and follows its chain. each is told every
// record in order, and may be nil. Errors: ErrTampered with the place, ErrTorn, and
// what each returns.
func Verify(dir string, key Key, each func(Record) error) (Report, error) {
	numbers, err := segments(dir)
	if err != nil {
		return Report{}, err
	}
	var (
		r  Report
		at position
	)
	for i, n := range numbers {
		if i > 0 && n != numbers[i-1]+1 {
			return r, fmt.Errorf("%w: %s is missing", ErrTampered, segmentName(numbers[i-1]+1))
		}
		first := i == 0
		tell := func(text []byte, seq uint64) error {
			if first {
				r.First, first = seq, false
			}
			r.Last = seq
			if each == nil {
				return nil
			}
			rec, err := decode(text)
			if err != nil {
				return err
			}
			return each(rec)
		}
		at, r.Torn, err = readSegment(filepath.Join(dir, segmentName(n)), key, at, i == 0, tell)
		if errors.Is(err, ErrTorn) && i < len(numbers)-1 {
			err = fmt.Errorf("%w: %s ends within a record, and others follow", ErrTampered, segmentName(n))
		}
		r.Files, r.Head, r.Missing = i+1, at.mac.String(), r.First > 1
		if err != nil {
			return r, err
		}
	}
	return r, nil
}

// readSegment reads one file after the chain stands at a place. The first file of
// all says itself where it stands.
func readSegment(path string, key Key, at position, first bool, each func(text []byte, seq uint64) error) (position, int64, error) {
	f, err := os.Open(path)
	if err != nil {
		return at, 0, fmt.Errorf("read audit log: %w", err)
	}
	defer f.Close()
	at.offset = 0
	in, opening := bufio.NewReaderSize(f, 64<<10), true
	for {
		line, err := readLine(in)
		if err == io.EOF && len(line) == 0 {
			if opening {
				return at, 0, fmt.Errorf("%w: %s is empty", ErrTorn, filepath.Base(path))
			}
			return at, 0, nil
		}
		whole := err == nil
		if err != nil && err != io.EOF {
			return at, 0, fmt.Errorf("read %s: %w", path, err)
		}
		text, next, err := follow(key, at, line, opening, first)
		if err != nil || !whole {
			return ended(f, path, at, line, whole, err)
		}
		opening = false
		next.offset = at.offset + int64(len(line)) + 1
		at = next
		if err := each(text, next.seq); err != nil {
			return at, 0, err
		}
	}
}

// follow reads a line as the next link of the chain. What the MAC covers need not
// be read for that, but for the number.
func follow(key Key, at position, line []byte, opening, first bool) (text []byte, next position, err error) {
	m, text, err := split(line)
	if err != nil {
		return nil, at, err
	}
	if opening {
		rec, err := decode(text)
		if err != nil {
			return nil, at, err
		}
		previous, err := parseMAC(rec.Previous)
		if err != nil || !first && previous != at.mac {
			return nil, at, errors.New("the file does not follow the one before")
		}
		if first {
			at.mac, at.seq = previous, rec.Seq-1
		}
	}
	if want := key.link(at.mac, text); !hmac.Equal(want[:], m[:]) {
		return nil, at, errors.New("the MAC is wrong")
	}
	seq, err := sequence(text)
	if err != nil {
		return nil, at, err
	}
	if seq != at.seq+1 {
		return nil, at, fmt.Errorf("record %d follows %d", seq, at.seq)
	}
	return text, position{seq: seq, mac: m}, nil
}

// sequence reads the number that every record begins with.
func sequence(text []byte) (uint64, error) {
	rest, found := bytes.CutPrefix(text, []byte(`{"seq":`))
	n := 0
	for n < len(rest) && rest[n] >= '0' && rest[n] <= '9' {
		n++
	}
	seq, err := strconv.ParseUint(string(rest[:n]), 10, 64)
	if !found || err != nil {
		return 0, fmt.Errorf("%w: no number", ErrRecord)
	}
	return seq, nil
}

// ended says what a line that does not fit is: a torn tail when nothing whole
// follows it, or when what was allocated and never written, zeros, stands in it.
func ended(f *os.File, path string, at position, line []byte, whole bool, cause error) (position, int64, error) {
	torn := !whole || bytes.IndexByte(line, 0) >= 0
	if !torn {
		// A line that is whole and wrong, and the last thing: written by somebody.
		return at, 0, fmt.Errorf("%w: %s, byte %d, after record %d: %w", ErrTampered, filepath.Base(path), at.offset, at.seq, cause)
	}
	info, err := f.Stat()
	if err != nil {
		return at, 0, fmt.Errorf("read %s: %w", path, err)
	}
	return at, info.Size() - at.offset, fmt.Errorf("%w: %s, byte %d, after record %d", ErrTorn, filepath.Base(path), at.offset, at.seq)
}

// readLine reads up to a line feed, which it takes off. io.EOF comes with what
// stands before the end.
func readLine(in *bufio.Reader) ([]byte, error) {
	var out []byte
	for {
		part, err := in.ReadSlice('\n')
		out = append(out, part...)
		switch {
		case err == nil:
			return out[:len(out)-1], nil
		case !errors.Is(err, bufio.ErrBufferFull):
			return out, err
		case len(out) > maxLine:
			return out, nil // no record is that long: it does not verify
		}
	}
}
