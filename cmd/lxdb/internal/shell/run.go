package shell

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"sync/atomic"
	"time"

	"golang.org/x/term"

	"github.com/lxdb/lxdb/cmd/lxdb/internal/progress"
	lxdb "github.com/lxdb/lxdb/drivers/go"
	"github.com/lxdb/lxdb/engine/lex"
	"github.com/lxdb/lxdb/engine/sqlerr"
)

// Options of New.
type Options struct {
	Config lxdb.Config
	Out    io.Writer // results
	Err    io.Writer // what is said about them
	Format Format
	Quiet  bool // no counts, times and progress

	// Of a person's session: the file with the lines of earlier ones, and the command
	// that shows long results. "" is neither.
	History, Pager string
}

// Shell is a session with its settings.
type Shell struct {
	opts   Options
	client *lxdb.Client
	names  names
	timing bool
	person bool // somebody types, and reads the results on this terminal
}

// New connects.
func New(ctx context.Context, opts Options) (*Shell, error) {
	s := &Shell{opts: opts, timing: !opts.Quiet}
	return s, s.connect(ctx)
}

func (s *Shell) connect(ctx context.Context) (err error) {
	s.client, err = lxdb.Dial(ctx, s.opts.Config)
	return err
}

// again opens a new session when the old one is gone. The statement is not repeated:
// what was before it in a transaction is lost.
func (s *Shell) again(ctx context.Context, err error) {
	var told *lxdb.Error
	if !errors.As(err, &told) || told.Number != int(sqlerr.UnknownStmtHandler) || !strings.Contains(told.Message, "session") || s.connect(ctx) != nil {
		return
	}
	fmt.Fprintln(s.opts.Err, "Connected again: the session was closed. Its variables are lost, and what was not committed is rolled back.")
}

// Close ends the session.
func (s *Shell) Close() error { return s.client.Close() }

// Script runs the statements of a text one after the other, to the first that fails.
func (s *Shell) Script(ctx context.Context, text string) error {
	for strings.TrimSpace(text) != "" {
		first, rest := lex.Split(text, lex.Mode{})
		text = rest
		if strings.TrimSpace(first) == "" {
			continue
		}
		if err := s.Statement(ctx, first); err != nil {
			return err
		}
	}
	return nil
}

// Statement runs one statement and shows its result. ^C cancels it.
func (s *Shell) Statement(ctx context.Context, text string) error {
	ctx, stop := signal.NotifyContext(ctx, os.Interrupt)
	defer stop()
	begun := time.Now()
	format := s.opts.Format
	if bare, ok := strings.CutSuffix(strings.TrimSpace(text), `\G`); ok {
		text, format = bare, "vertical"
	}
	told := s.wait()
	defer told.end()
	res, err := s.client.Query(ctx, text)
	if err != nil {
		return interrupted(ctx, err)
	}
	n, err := s.show(res, format, told)
	err = errors.Join(err, res.Close())
	if errors.Is(err, errPagerLeft) {
		return nil // who has seen enough does not want the rest
	}
	if err != nil {
		return interrupted(ctx, err)
	}
	if database := res.Summary().Status.Database; database != "" {
		s.opts.Config.Database = database // where a new session has to begin
	}
	s.tell(res, n, time.Since(begun))
	return nil
}

// wait tells a person at a terminal how long a statement runs.
func (s *Shell) wait() *waiting {
	w := s.opts.Err
	if s.opts.Quiet || !progress.IsTerminal(w) {
		w = io.Discard
	}
	return wait(w, patience)
}

// show writes a result to where results go. What is told on the same terminal ends with
// the first row.
func (s *Shell) show(res *lxdb.Result, format Format, told *waiting) (n int, err error) {
	to := s.opts.Out
	end := func() error { return nil }
	if f, ok := to.(*os.File); ok && progress.IsTerminal(f) {
		if _, height, err := term.GetSize(int(f.Fd())); s.person && err == nil && height > 1 {
			p := &paged{out: f, command: s.opts.Pager, lines: height}
			to, end = p, p.Close
		}
		to = &after{w: to, first: told.end}
	}
	out := bufio.NewWriterSize(to, 64<<10)
	n, err = rows(res, newFormat(format, out), &told.rows)
	for err == nil && res.More() { // of a CALL
		if err = res.NextResult(); err == nil {
			var more int
			more, err = rows(res, newFormat(format, out), &told.rows)
			n += more
		}
	}
	err = errors.Join(err, out.Flush())
	told.end()
	return n, errors.Join(err, end())
}

// after calls a function before the first write.
type after struct {
	w     io.Writer
	first func()
}

func (a *after) Write(b []byte) (int, error) {
	a.first()
	return a.w.Write(b)
}

// ErrInterrupted is a statement that ^C has cancelled.
var ErrInterrupted = errors.New("interrupted")

func interrupted(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return ErrInterrupted
	}
	return err
}

// rows writes the rows and returns how many there were; seen is told meanwhile.
func rows(res *lxdb.Result, f rowsFormat, seen *atomic.Int64) (n int, err error) {
	if len(res.Columns) == 0 {
		return 0, nil
	}
	if err := f.begin(res.Columns); err != nil {
		return 0, err
	}
	values := make([]any, len(res.Columns))
	for ; ; n++ {
		if err = res.Next(values); err == nil {
			seen.Add(1)
			err = f.row(values)
		}
		if errors.Is(err, io.EOF) {
			return n, f.end()
		}
		if err != nil {
			return n, errors.Join(f.end(), err)
		}
	}
}

// tell says what a statement did.
func (s *Shell) tell(res *lxdb.Result, n int, took time.Duration) {
	if s.opts.Quiet {
		return
	}
	sum := res.Summary()
	what := plural(int64(n), "row")
	if len(res.Columns) == 0 {
		what = plural(sum.AffectedRows, "row") + " affected"
	}
	if sum.Warnings > 0 {
		what += ", " + plural(int64(sum.Warnings), "warning")
	}
	if s.timing {
		what += fmt.Sprintf(" (%.3f s)", took.Seconds())
	}
	fmt.Fprintln(s.opts.Err, what)
}

func plural(n int64, thing string) string {
	if n == 1 {
		return "1 " + thing
	}
	return fmt.Sprintf("%d %ss", n, thing)
}
