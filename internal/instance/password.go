package instance

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/lxdb/lxdb/catalog"
	"github.com/lxdb/lxdb/engine"
	"github.com/lxdb/lxdb/engine/session"
	"github.com/lxdb/lxdb/security/keyfile"
)

const rootPasswordFile = "root.password"

// RootPasswordFile is where a data directory keeps root's password.
func RootPasswordFile(dir string) string { return filepath.Join(dir, rootPasswordFile) }

// RandomPassword makes a password of 128 random bits that needs no quoting in
// shells, URLs and connection strings.
func RandomPassword() string { return rand.Text() }

// ReadPasswordFile reads a password: the file's content without the line end.
func ReadPasswordFile(path string) (string, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return "", fmt.Errorf("read password: %w", err)
	}
	password := strings.TrimRight(string(text), "\r\n")
	if password == "" {
		return "", fmt.Errorf("read password: %s is empty", path)
	}
	return password, nil
}

// WriteRootPassword replaces the root.password of a data directory.
func WriteRootPassword(dir, password string) error {
	return keyfile.Write(RootPasswordFile(dir), []byte(password+"\n"), 0o600)
}

// ensureRoot gives root a password when it has none, which is so in a new
// database: the given one, else what root.password has, else a random one. The
// file is written first, so that a crash in between leaves a root without a
// password (it cannot log in) and not a password that nobody knows.
func ensureRoot(ctx context.Context, e *engine.Engine, dir, given string) error {
	if e.Catalog().Snapshot().PrincipalByID(catalog.Root).Password != "" {
		return nil
	}
	password := given
	if password == "" {
		var err error
		password, err = ReadPasswordFile(RootPasswordFile(dir))
		if errors.Is(err, fs.ErrNotExist) {
			password = RandomPassword()
			err = WriteRootPassword(dir, password)
		}
		if err != nil {
			return err
		}
	}
	s, err := e.OpenSession(ctx, e.Root(), session.Options{})
	if err != nil {
		return fmt.Errorf("set root's password: %w", err)
	}
	res, _, err := s.Query(ctx, "ALTER USER root IDENTIFIED BY "+Quote(password))
	if err == nil {
		err = res.Close()
	}
	if err = errors.Join(err, s.Close()); err != nil {
		return fmt.Errorf("set root's password: %w", err)
	}
	return nil
}

// Quote makes a SQL string literal, for statements that take no placeholders.
func Quote(text string) string {
	return "'" + strings.NewReplacer(`\`, `\\`, `'`, `''`, "\x00", `\0`).Replace(text) + "'"
}

// QuoteName makes a SQL identifier.
func QuoteName(name string) string { return "`" + strings.ReplaceAll(name, "`", "``") + "`" }
