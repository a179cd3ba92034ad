package main

import (
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/spf13/pflag"
)

// readConfig sets flags from a file of "key = value" lines, where a key is the
// name of a flag without its dashes. Empty lines and lines that begin with # are
// skipped; a flag that may be given several times takes several lines. A flag on
// the command line wins over the file. Unknown keys are refused, because a
// misspelt setting that is skipped would be believed to be in force.
//
// more takes keys that are no flags; nil takes none.
func readConfig(path string, flags *pflag.FlagSet, more moreSettings) error {
	text, err := os.ReadFile(path)
	if err != nil {
		return fmt.Errorf("read configuration: %w", err)
	}
	given := map[string]bool{}
	flags.Visit(func(f *pflag.Flag) { given[f.Name] = true })
	seen := map[string]bool{}
	n := 0
	for line := range strings.Lines(string(text)) {
		n++
		line = strings.TrimSpace(line)
		if line == "" || line[0] == '#' {
			continue
		}
		if err := configLine(line, flags, more, given, seen); err != nil {
			return fmt.Errorf("%s:%d: %w", path, n, err)
		}
	}
	return nil
}

// moreSettings takes what a file says beyond the flags.
type moreSettings interface {
	Set(key, value string) (known, several bool, err error)
}

func configLine(line string, flags *pflag.FlagSet, more moreSettings, given, seen map[string]bool) error {
	key, value, ok := strings.Cut(line, "=")
	key, value = strings.TrimSpace(key), strings.TrimSpace(value)
	if !ok || key == "" {
		return errors.New(`a line is "key = value"`)
	}
	f := flags.Lookup(key)
	if f == nil && more != nil {
		return moreLine(key, value, more, seen)
	}
	if f == nil || key == "config" || key == "help" {
		return fmt.Errorf("there is no setting %q", key)
	}
	_, several := f.Value.(pflag.SliceValue)
	switch {
	case seen[key] && !several:
		return fmt.Errorf("%s is set twice", key)
	case value == "":
		return fmt.Errorf("%s has no value", key)
	}
	seen[key] = true
	if given[key] {
		return nil
	}
	if err := flags.Set(key, value); err != nil {
		return fmt.Errorf("%s: %w", key, err)
	}
	return nil
}

func moreLine(key, value string, more moreSettings, seen map[string]bool) error {
	known, several, err := more.Set(key, value)
	switch {
	case !known:
		return fmt.Errorf("there is no setting %q", key)
	case seen[key] && !several:
		return fmt.Errorf("%s is set twice", key)
	}
	seen[key] = true
	return err
}
