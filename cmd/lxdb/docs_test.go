package main

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

var rewrite = flag.Bool("rewrite", false, "rewrite docs/generated/cli.md")

// TestReferenceIsCurrent holds that docs/generated/cli.md is what the command
// tree says. `make golden PKG=./cmd/lxdb` writes it.
func TestReferenceIsCurrent(t *testing.T) {
	path := filepath.Join("..", "..", "docs", "generated", "cli.md")
	want := reference(newRoot())
	if *rewrite {
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if string(got) != want {
		t.Errorf("%s is not what the commands say; run: make golden PKG=./cmd/lxdb", path)
	}
}

// TestEveryCommandIsDocumented: a verb and a flag without a text are no help.
func TestEveryCommandIsDocumented(t *testing.T) {
	n := 0
	walk(newRoot(), func(c *cobra.Command) {
		n++
		if c.Short == "" {
			t.Errorf("%s has no short text", c.CommandPath())
		}
		for line := range strings.Lines(c.Long) {
			if len(strings.TrimRight(line, "\n")) > 88 {
				t.Errorf("%s: a line of the long text is wider than 88 columns: %s", c.CommandPath(), line)
			}
		}
		c.LocalFlags().VisitAll(func(f *pflag.Flag) {
			if f.Usage == "" {
				t.Errorf("%s: --%s has no text", c.CommandPath(), f.Name)
			}
		})
	})
	if n < 12 {
		t.Errorf("only %d commands were looked at", n)
	}
}

func walk(c *cobra.Command, visit func(*cobra.Command)) {
	visit(c)
	for _, sub := range c.Commands() {
		if sub.IsAvailableCommand() && sub.Name() != "help" {
			walk(sub, visit)
		}
	}
}

func reference(root *cobra.Command) string {
	var b strings.Builder
	b.WriteString("# Command line\n\nGenerated from the command tree by the tests of cmd/lxdb; do not edit.\n\n" +
		"Exit codes: 0 done, 1 failed, 2 a command line that cannot be run. Errors are two lines on\n" +
		"standard error, `lxdb: error: …` and, where there is something to do, `lxdb: hint: …`.\n")
	walk(root, func(c *cobra.Command) {
		c.InitDefaultHelpFlag()
		b.WriteString("\n## " + c.CommandPath() + "\n\n")
		text := c.Long
		if text == "" {
			text = c.Short + "."
		}
		b.WriteString(text + "\n")
		if c.Runnable() && !c.HasSubCommands() {
			b.WriteString("\n```\n" + c.UseLine() + "\n```\n")
		}
		if c.Example != "" {
			b.WriteString("\nExamples:\n\n```\n" + c.Example + "\n```\n")
		}
		if flags := c.LocalFlags().FlagUsagesWrapped(88); c.HasAvailableLocalFlags() && !c.HasSubCommands() {
			b.WriteString("\nFlags:\n\n```\n" + strings.TrimRight(flags, "\n") + "\n```\n")
		}
	})
	return b.String()
}
