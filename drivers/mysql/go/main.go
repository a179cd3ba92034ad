// Command go connects to lxdb by database/sql and github.com/go-sql-driver/mysql,
// the way an application does, and checks what it meets. drivers/clients.sh
// sets the LXDB_ environment variables that it reads.
package main

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime/debug"
	"strings"
	"time"

	"github.com/go-sql-driver/mysql"
)

func main() {
	c := &checker{}
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	defer cancel()
	for _, check := range []func(context.Context) error{c.refusals, c.queries, c.transaction, c.reader} {
		if err := check(ctx); err != nil {
			fmt.Fprintln(os.Stderr, "go-sql-driver:", err)
			os.Exit(1)
		}
	}
	fmt.Printf("go-sql-driver %s: %d checks passed\n", driverVersion(), c.passed)
}

type checker struct{ passed int }

// open returns a pool for a user. This is all that a Go program needs to reach
// lxdb: a pool of roots with the instance's CA, and the server's name.
func open(user, password, caFile string) (*sql.DB, error) {
	pem, err := os.ReadFile(caFile)
	if err != nil {
		return nil, err
	}
	roots := x509.NewCertPool()
	if !roots.AppendCertsFromPEM(pem) {
		return nil, fmt.Errorf("%s holds no certificate", caFile)
	}
	cfg := config(user, password)
	cfg.TLS = &tls.Config{RootCAs: roots, ServerName: env("HOST"), MinVersion: tls.VersionTLS12}
	return connector(cfg)
}

func config(user, password string) *mysql.Config {
	cfg := mysql.NewConfig()
	cfg.User, cfg.Passwd = user, password
	cfg.Net, cfg.Addr = "tcp", env("HOST")+":"+env("PORT")
	cfg.DBName = env("DATABASE")
	cfg.Timeout = 10 * time.Second
	// The driver logs every refused connection; here refusals are expected.
	cfg.Logger = &mysql.NopLogger{}
	return cfg
}

func connector(cfg *mysql.Config) (*sql.DB, error) {
	c, err := mysql.NewConnector(cfg)
	if err != nil {
		return nil, err
	}
	return sql.OpenDB(c), nil
}

func env(name string) string { return os.Getenv("LXDB_" + name) }

// refusals holds that nobody gets in with another CA, without TLS, or with a
// wrong name or password, and that the last two cannot be told apart.
func (c *checker) refusals(ctx context.Context) error {
	other, err := open(env("USER"), env("PASSWORD"), env("OTHER_CA"))
	if err != nil {
		return err
	}
	defer other.Close()
	var unknown x509.UnknownAuthorityError
	if err := other.PingContext(ctx); !errors.As(err, &unknown) {
		return fmt.Errorf("another CA: %v", err)
	}
	plain, err := connector(config(env("USER"), env("PASSWORD")))
	if err != nil {
		return err
	}
	defer plain.Close()
	if err := wantError(plain.PingContext(ctx), 3159, "without TLS"); err != nil {
		return err
	}
	c.passed += 2
	for _, login := range [][2]string{{env("USER"), "wrong"}, {env("USER"), ""}, {"nobody", env("PASSWORD")}} {
		db, err := open(login[0], login[1], env("CA"))
		if err != nil {
			return err
		}
		err = wantError(db.PingContext(ctx), 1045, "login of "+login[0])
		db.Close()
		if err != nil {
			return err
		}
		c.passed++
	}
	return nil
}

func wantError(err error, number uint16, what string) error {
	var e *mysql.MySQLError
	if !errors.As(err, &e) || e.Number != number {
		return fmt.Errorf("%s: error %d expected, got %v", what, number, err)
	}
	return nil
}

// queries runs the world queries, each as text and as a prepared statement,
// because the two come in different encodings.
func (c *checker) queries(ctx context.Context) error {
	db, err := open(env("USER"), env("PASSWORD"), env("CA"))
	if err != nil {
		return err
	}
	defer db.Close()
	paths, err := filepath.Glob(filepath.Join(env("QUERIES"), "*.sql"))
	if err != nil || len(paths) == 0 {
		return fmt.Errorf("no queries in %s: %v", env("QUERIES"), err)
	}
	for _, path := range paths {
		query, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		want, err := os.ReadFile(strings.TrimSuffix(path, ".sql") + ".tsv")
		if err != nil {
			return err
		}
		stmt, err := db.PrepareContext(ctx, string(query))
		if err != nil {
			return fmt.Errorf("%s: prepare: %w", filepath.Base(path), err)
		}
		defer stmt.Close()
		for kind, run := range map[string]func() (*sql.Rows, error){
			"text":     func() (*sql.Rows, error) { return db.QueryContext(ctx, string(query)) },
			"prepared": func() (*sql.Rows, error) { return stmt.QueryContext(ctx) },
		} {
			got, err := table(run())
			if err != nil {
				return fmt.Errorf("%s, %s: %w", filepath.Base(path), kind, err)
			}
			if got != string(want) {
				return fmt.Errorf("%s, %s:\n%s\ninstead of\n%s", filepath.Base(path), kind, got, want)
			}
			c.passed++
		}
	}
	return nil
}

// table prints a result as the mariadb client does.
func table(rows *sql.Rows, err error) (string, error) {
	if err != nil {
		return "", err
	}
	defer rows.Close()
	names, err := rows.Columns()
	if err != nil {
		return "", err
	}
	var out strings.Builder
	out.WriteString(strings.Join(names, "\t") + "\n")
	values := make([]sql.NullString, len(names))
	targets := make([]any, len(names))
	for i := range values {
		targets[i] = &values[i]
	}
	for rows.Next() {
		if err := rows.Scan(targets...); err != nil {
			return "", err
		}
		for i, v := range values {
			if i > 0 {
				out.WriteByte('\t')
			}
			if !v.Valid {
				v.String = "NULL"
			}
			out.WriteString(v.String)
		}
		out.WriteByte('\n')
	}
	return out.String(), rows.Err()
}

// transaction holds that a rolled back change leaves nothing, with parameters.
func (c *checker) transaction(ctx context.Context) error {
	db, err := open(env("USER"), env("PASSWORD"), env("CA"))
	if err != nil {
		return err
	}
	defer db.Close()
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback()
	if _, err := tx.ExecContext(ctx, "UPDATE country SET common_name = ? WHERE alpha2 = ?", "Zürich 🇨🇭", "CH"); err != nil {
		return err
	}
	var inside, after sql.NullString
	const query = "SELECT common_name FROM country WHERE alpha2 = ?"
	if err := tx.QueryRowContext(ctx, query, "CH").Scan(&inside); err != nil {
		return err
	}
	if err := tx.Rollback(); err != nil {
		return err
	}
	if err := db.QueryRowContext(ctx, query, "CH").Scan(&after); err != nil {
		return err
	}
	if inside.String != "Zürich 🇨🇭" || after.Valid {
		return fmt.Errorf("inside the transaction %q, after it %q", inside.String, after.String)
	}
	c.passed++
	return nil
}

// reader holds that a user who may read one table reads it and nothing else.
func (c *checker) reader(ctx context.Context) error {
	db, err := open(env("READER"), env("READER_PASSWORD"), env("CA"))
	if err != nil {
		return err
	}
	defer db.Close()
	var n int
	if err := db.QueryRowContext(ctx, "SELECT COUNT(*) FROM country WHERE alpha2 <> ?", "").Scan(&n); err != nil || n != 249 {
		return fmt.Errorf("the reader reads %d countries: %v", n, err)
	}
	c.passed++
	for _, denied := range []string{"SELECT * FROM currency", "DELETE FROM country", "DROP TABLE country"} {
		_, err := db.ExecContext(ctx, denied)
		if err := wantError(err, 1142, denied); err != nil {
			return err
		}
		c.passed++
	}
	return nil
}

func driverVersion() string {
	if info, ok := debug.ReadBuildInfo(); ok {
		for _, m := range info.Deps {
			if m.Path == "github.com/go-sql-driver/mysql" {
				return m.Version
			}
		}
	}
	return "?"
}
