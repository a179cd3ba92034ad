package lxtest_test

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"database/sql"
	"errors"
	"strings"
	"testing"

	driver "github.com/go-sql-driver/mysql"

	"github.com/lxdb/lxdb/internal/lxtest"
)

// TestServer is the shortest path through everything: TLS, login, DDL, DML,
// prepared statements, restart.
func TestServer(t *testing.T) {
	s := lxtest.Start(t)
	s.Exec("CREATE DATABASE shop", "USE shop",
		"CREATE TABLE item (id INT PRIMARY KEY, name VARCHAR(20), price DECIMAL(10,2))",
		"INSERT INTO item VALUES (1, 'pen', 1.50), (2, 'ink', 7.25)")
	db := s.Open("root", s.Root, "shop")
	for range 2 {
		var name, price string
		if err := db.QueryRow("SELECT name, price FROM item WHERE id = ?", 2).Scan(&name, &price); err != nil {
			t.Fatal(err)
		}
		if name != "ink" || price != "7.25" {
			t.Errorf("got %s, %s", name, price)
		}
		s.Restart()
	}
}

func TestServerRefuses(t *testing.T) {
	s := lxtest.Start(t)
	for name, dsn := range map[string]string{
		"wrong password": s.DSN("root", "wrong", ""),
		"no password":    s.DSN("root", "", ""),
		"unknown user":   s.DSN("mallory", s.Root, ""),
	} {
		db, err := sql.Open("mysql", dsn)
		if err != nil {
			t.Fatal(err)
		}
		var refused *driver.MySQLError
		if err := db.Ping(); !errors.As(err, &refused) || refused.Number != 1045 {
			t.Errorf("%s: %v, want error 1045", name, err)
		}
		db.Close()
	}
	cfg := driver.NewConfig()
	cfg.Net, cfg.Addr, cfg.User, cfg.Passwd = "tcp", s.Addr, "root", s.Root
	ping := func(tlsConfig *tls.Config) error {
		c := cfg.Clone()
		c.TLS = tlsConfig
		connector, err := driver.NewConnector(c)
		if err != nil {
			t.Fatal(err)
		}
		db := sql.OpenDB(connector)
		defer db.Close()
		return db.PingContext(context.Background())
	}
	var refused *driver.MySQLError
	if err := ping(nil); !errors.As(err, &refused) || refused.Number != 3159 || !strings.Contains(refused.Message, "ca.crt") {
		t.Errorf("without TLS: %v, want error 3159 that names the CA file", err)
	}
	var unknown x509.UnknownAuthorityError
	if err := ping(&tls.Config{ServerName: "localhost", RootCAs: x509.NewCertPool()}); !errors.As(err, &unknown) {
		t.Errorf("with another CA: %v, want an unknown authority", err)
	}
	if err := ping(&tls.Config{ServerName: "localhost", RootCAs: s.CA}); err != nil {
		t.Errorf("with the right CA: %v", err)
	}
}
