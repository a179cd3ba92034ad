package clause

import (
	"strings"

	ast "github.com/dolthub/vitess/go/vt/sqlparser"

	"github.com/lxdb/lxdb/engine/sqlerr"
	"github.com/lxdb/lxdb/engine/value"
)

// A definition names a character set and a collation that we have: value.Collations. With
// others the library would compare by weights of its own, or fail later.

// KnownCharset is error 1115 for a character set that we have not.
func KnownCharset(name string) error {
	if value.CharsetNamed(name) != nil || strings.EqualFold(name, "default") {
		return nil
	}
	return sqlerr.UnknownCharacterSet.Errorf("Unknown character set: '%s'", name)
}

// KnownCollation is error 1273 for a collation that we have not.
func KnownCollation(name string) error {
	if value.CollationNamed(name) != nil || strings.EqualFold(name, "default") {
		return nil
	}
	return sqlerr.UnknownCollation.Errorf("Unknown collation: '%s'", name)
}

// known looks at both; "" is none.
func known(charset, collation string) error {
	if charset != "" {
		if err := KnownCharset(charset); err != nil {
			return err
		}
	}
	if collation == "" {
		return nil
	}
	if err := KnownCollation(collation); err != nil {
		return err
	}
	of, set := value.CollationNamed(collation), value.CharsetNamed(charset)
	if of != nil && set != nil && of.Charset != set.Charset {
		return sqlerr.CollationCharsetMismatch.Errorf("COLLATION '%s' is not valid for CHARACTER SET '%s'", of.Name, set.Charset)
	}
	return nil
}

func knownOption(name, v string) error {
	switch {
	case strings.EqualFold(name, "COLLATE"):
		return known("", v)
	case strings.EqualFold(name, "CHARACTER SET") || strings.EqualFold(name, "CHARSET"):
		return known(v, "")
	}
	return nil
}

func knownInColumn(c *ast.ColumnType) error { return known(c.Charset, c.Collate) }
