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
	"time"

	lxdb "github.com/lxdb/lxdb/drivers/go"
	"github.com/lxdb/lxdb/engine/lex"
)

// Options of New.
type Options struct {
	Config lxdb.Config
	Out    io.Writer // results
	Err    io.Writer // what is said about them
	Format Format
	Quiet  bool // no counts and times
}

// Shell is a session with its settings.
type Shell struct {
	opts   Options
	client *lxdb.Client
	names  names
	timing bool
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
	res, err := s.client.Query(ctx, text)
	if err != nil {
		return interrupted(ctx, err)
	}
	out := bufio.NewWriterSize(s.opts.Out, 64<<10)
	n, err := show(res, newFormat(format, out))
	err = errors.Join(err, out.Flush(), res.Close())
	if err != nil {
		return interrupted(ctx, err)
	}
	s.tell(res, n, time.Since(begun))
	return nil
}

// ErrInterrupted is a statement that ^C has cancelled.
var ErrInterrupted = errors.New("interrupted")

func interrupted(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return ErrInterrupted
	}
	return err
}

// show writes the rows and returns how many there were.
func show(res *lxdb.Result, f rowsFormat) (n int, err error) {
	if len(res.Columns) == 0 {
		return 0, nil
	}
	if err := f.begin(res.Columns); err != nil {
		return 0, err
	}
	values := make([]any, len(res.Columns))
	for ; ; n++ {
		if err = res.Next(values); err == nil {
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
