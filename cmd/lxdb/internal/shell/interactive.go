package shell

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"golang.org/x/term"

	"github.com/lxdb/lxdb/engine/lex"
)

// Prompts: for a statement, and for the rest of one.
const (
	promptFirst = "lxdb> "
	promptRest  = "   -> "
)

// Interactive reads statements from a person until he leaves. Errors of statements are
// shown, and it goes on.
func (s *Shell) Interactive(ctx context.Context, in *os.File, out io.ReadWriter) error {
	s.person = true
	var text string
	lines := newEditor(in, out, s, openHistory(s.opts.History, &text))
	fmt.Fprintf(s.opts.Err, "Connected to %s as %s. \\? helps, \\q leaves.\n", s.opts.Config.Address, s.opts.Config.User)
	s.names.load(ctx, s.client)
	for {
		prompt := promptFirst
		if text != "" {
			prompt = promptRest
		}
		line, err := lines.read(prompt)
		switch {
		case errors.Is(err, errCleared):
			text = ""
			continue
		case errors.Is(err, io.EOF):
			fmt.Fprintln(s.opts.Err)
			return nil
		case err != nil:
			return err
		}
		if command := strings.TrimSpace(line); text == "" && strings.HasPrefix(command, `\`) {
			leave, err := s.command(ctx, command)
			s.complain(ctx, err)
			if leave {
				return nil
			}
			continue
		}
		text = s.complete(ctx, text+line+"\n")
	}
}

// complete runs the statements of text that are whole and returns the rest.
func (s *Shell) complete(ctx context.Context, text string) string {
	for {
		if bare, ok := strings.CutSuffix(strings.TrimSpace(text), `\G`); ok {
			s.complain(ctx, s.Statement(ctx, bare+`\G`))
			return ""
		}
		first, rest := lex.Split(text, lex.Mode{})
		ended := len(first) < len(strings.TrimRight(text, " \t\r\n"))
		if !ended {
			if strings.TrimSpace(text) == "" {
				return ""
			}
			return text
		}
		if strings.TrimSpace(first) != "" {
			err := s.Statement(ctx, first)
			s.complain(ctx, err)
			if changesNames(first) {
				s.names.load(ctx, s.client)
			}
		}
		text = rest
	}
}

func (s *Shell) complain(ctx context.Context, err error) {
	if err != nil {
		fmt.Fprintln(s.opts.Err, "lxdb: error:", shown(err.Error()))
		s.again(ctx, err)
	}
}

// commands are what begins with a backslash, with what it stands for.
var commands = []struct{ name, args, about string }{
	{`\?`, "", "this list"},
	{`\q`, "", "leave"},
	{`\l`, "", "databases"},
	{`\c`, "DATABASE", "change the database"},
	{`\d`, "[TABLE]", "tables, or the columns of one"},
	{`\di`, "TABLE", "indexes"},
	{`\du`, "", "users"},
	{`\dp`, "", "my rights"},
	{`\x`, "", "a line for each value, and back"},
	{`\f`, "FORMAT", "table, vertical, csv, tsv or json"},
	{`\t`, "", "times on and off"},
	{`\i`, "FILE", "run the statements of a file"},
	{`\p`, "[COMMAND]", "pager for results that are longer than the screen, or none"},
}

// command runs a shortcut.
func (s *Shell) command(ctx context.Context, line string) (leave bool, err error) {
	word, arg, _ := strings.Cut(line, " ")
	arg = strings.TrimSpace(strings.TrimSuffix(strings.TrimSpace(arg), ";"))
	name := "`" + strings.ReplaceAll(strings.ReplaceAll(arg, "`", "``"), ".", "`.`") + "`"
	switch word {
	case `\q`:
		return true, nil
	case `\?`, `\h`:
		for _, c := range commands {
			fmt.Fprintf(s.opts.Err, "  %-14s %s\n", c.name+" "+c.args, c.about)
		}
		fmt.Fprintf(s.opts.Err, "A statement ends with ; or with \\G, which shows a line for each value.\n")
		return false, nil
	case `\l`:
		return false, s.Statement(ctx, "SHOW DATABASES")
	case `\c`:
		err := s.Statement(ctx, "USE "+name)
		s.names.load(ctx, s.client)
		return false, err
	case `\d`:
		if arg == "" {
			return false, s.Statement(ctx, "SHOW FULL TABLES")
		}
		return false, s.Statement(ctx, "DESCRIBE "+name)
	case `\di`:
		return false, s.Statement(ctx, "SHOW INDEX FROM "+name)
	case `\du`:
		return false, s.Statement(ctx, "SHOW USERS")
	case `\dp`:
		return false, s.Statement(ctx, "SHOW GRANTS")
	case `\x`:
		if s.opts.Format == "vertical" {
			s.opts.Format = "table"
		} else {
			s.opts.Format = "vertical"
		}
		return false, nil
	case `\f`:
		for _, f := range Formats {
			if string(f) == arg {
				s.opts.Format = f
				return false, nil
			}
		}
		return false, fmt.Errorf("there is no format %q", arg)
	case `\t`:
		s.timing = !s.timing
		return false, nil
	case `\i`:
		b, err := os.ReadFile(arg)
		if err != nil {
			return false, err
		}
		defer s.names.load(ctx, s.client)
		return false, s.Script(ctx, string(b))
	case `\p`:
		s.opts.Pager = arg
		return false, nil
	}
	return false, fmt.Errorf("there is no shortcut %s: \\? lists them", word)
}

// editor reads lines: with editing, history and completion on a terminal.
type editor struct {
	in   *os.File
	keys *keys
	make func() *term.Terminal
	term *term.Terminal
}

// keys are those that are typed. It notes a ^C, which looks like the end to the editor.
type keys struct {
	io.ReadWriter
	stopped bool
}

func (k *keys) Read(b []byte) (int, error) {
	n, err := k.ReadWriter.Read(b)
	k.stopped = k.stopped || bytes.IndexByte(b[:n], 3) >= 0
	return n, err
}

// errCleared: the person has given up the text so far.
var errCleared = errors.New("cleared")

func newEditor(in *os.File, out io.ReadWriter, s *Shell, h *history) *editor {
	e := &editor{in: in, keys: &keys{ReadWriter: out}}
	e.make = func() *term.Terminal {
		t := term.NewTerminal(e.keys, "")
		t.History, t.AutoCompleteCallback = h, s.names.complete
		return t
	}
	e.term = e.make()
	s.names.show = func(found []string) { fmt.Fprintln(e.term, strings.Join(found, "  ")) }
	return e
}

// read reads a line. The terminal is raw only meanwhile, so that ^C reaches a statement
// as a signal. In what is pasted a tab completes nothing.
func (e *editor) read(prompt string) (string, error) {
	state, err := term.MakeRaw(int(e.in.Fd()))
	if err != nil {
		return "", fmt.Errorf("terminal: %w", err)
	}
	defer func() { _ = term.Restore(int(e.in.Fd()), state) }() // there is nobody to tell
	if width, height, err := term.GetSize(int(e.in.Fd())); err == nil && width > 0 {
		_ = e.term.SetSize(width, height)
	}
	e.term.SetPrompt(prompt)
	e.term.SetBracketedPasteMode(true)
	defer e.term.SetBracketedPasteMode(false)
	e.keys.stopped = false
	line, err := e.term.ReadLine()
	if errors.Is(err, io.EOF) && (e.keys.stopped || prompt == promptRest) {
		e.term = e.make() // the old one keeps the key, and the line
		_, err := io.WriteString(e.keys, "^C\r\n")
		return "", errors.Join(errCleared, err)
	}
	if errors.Is(err, term.ErrPasteIndicator) {
		err = nil
	}
	return line, err
}
