package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"github.com/spf13/cobra"

	"github.com/lxdb/lxdb/cmd/lxdb/internal/ldapconn"
	"github.com/lxdb/lxdb/cmd/lxdb/internal/sqlconn"
	"github.com/lxdb/lxdb/internal/instance"
)

func newLDAP() *cobra.Command {
	c := &cobra.Command{
		Use:   "ldap",
		Short: "Search, export and import the directory, change passwords in it; try a company's",
		Long: `Search, export and import the directory, and change passwords in it. The directory
is the running server's own: its users and groups are those of SQL. It is spoken to
over TLS only.`,
	}
	c.AddCommand(newLDAPSearch(), newLDAPPasswd(), newLDAPExport(), newLDAPImport(), newLDAPTest())
	return c
}

// ldapFlags say which directory, and who asks.
type ldapFlags struct {
	data     string
	url, ca  string
	user     string
	password string // file
}

const ldapHelp = `With --data the directory is that of the server that runs on the data directory, and
who asks is root. With --user NAME it is another user; those without USER ADMIN see
themselves alone. With --url it is another server, by LDAPS, or by LDAP with StartTLS;
--user is then a name in a directory of lxdb, or a DN.`

func (f *ldapFlags) add(c *cobra.Command) {
	flags := c.Flags()
	addDataFlag(flags, &f.data)
	flags.StringVar(&f.url, "url", "", "another server instead of --data: `ldaps://HOST:PORT`")
	flags.StringVar(&f.ca, "ca", "", "`file` with the CA certificate of the --url server (default the machine's own)")
	flags.StringVar(&f.user, "user", "root", "`name` of who asks")
	flags.StringVar(&f.password, "password-file", "", "`file` with the password of --user (default DIR/root.password)")
}

// check refuses combinations of flags that make no sense.
func (f *ldapFlags) check(c *cobra.Command) error {
	switch {
	case f.url == "" && f.ca != "":
		return usage(c, errors.New("--ca is for --url; with --data it is DIR/ca.crt"))
	case f.url != "" && f.data != "":
		return usage(c, errors.New("--url and --data exclude each other"))
	case f.url != "" && f.password == "":
		return usage(c, errors.New("--url needs --password-file")).withHint("name a file with the password of %s", f.user)
	case f.url == "" && f.password == "" && !strings.EqualFold(f.user, "root"):
		return usage(c, errors.New("--user needs --password-file")).withHint("name a file with the password of %s", f.user)
	case f.user == "":
		return usage(c, errors.New("--user is empty"))
	}
	if f.url == "" {
		return nil
	}
	if err := ldapconn.CheckURL(f.url); err != nil {
		return usage(c, fmt.Errorf("--url: %w", err))
	}
	return nil
}

// directory is a connection that is logged in.
type directory struct {
	*ldapconn.Conn
	suffix string
	dir    string // the data directory; "" with --url
}

// withDirectory connects, logs in and runs do. ^C ends the connection, and once
// more the process.
func (f *ldapFlags) withDirectory(c *cobra.Command, do func(ctx context.Context, d directory) error) error {
	ctx, stop := signal.NotifyContext(c.Context(), syscall.SIGTERM, os.Interrupt)
	defer stop()
	context.AfterFunc(ctx, stop)
	d, err := f.connect(ctx, c)
	if err != nil {
		return err
	}
	err = do(ctx, d)
	_ = d.Close() // everything was answered, or it broke before
	var said *hintError
	if ctx.Err() != nil && !errors.As(err, &said) {
		return failure("interrupted")
	}
	return err
}

func (f *ldapFlags) connect(ctx context.Context, c *cobra.Command) (directory, error) {
	var d directory
	target := ldapconn.Target{URL: f.url, CAFile: f.ca}
	passwordFile := f.password
	var err error
	if f.url == "" {
		if d.dir, err = dataDir(c, f.data); err != nil {
			return d, err
		}
		if target, err = localDirectory(d.dir); err != nil {
			return d, err
		}
		if passwordFile == "" {
			passwordFile = instance.RootPasswordFile(d.dir)
		}
	}
	password, err := instance.ReadPasswordFile(passwordFile)
	if errors.Is(err, fs.ErrNotExist) && f.password == "" {
		return d, failure("%w: %s does not exist", sqlconn.ErrNoRootPassword, passwordFile).
			withHint("name a file that holds it with --%s", passwordFlag(c))
	}
	if err != nil {
		return d, err
	}
	if d.Conn, err = ldapconn.Dial(ctx, target); err != nil {
		return d, f.unreached(ctx, d.dir, err)
	}
	if err := d.login(f.user, password); err != nil {
		if ldapconn.Is(err, ldapconn.InvalidCredentials) {
			err = (&hintError{err: err}).withHint("the password in %s may be an old one; name a file with the right one with --%s", passwordFile, passwordFlag(c))
		}
		_ = d.Close() // that there was no login is what counts
		return d, err
	}
	return d, nil
}

// passwordFlag is the flag for the password of who asks. Where --password-file is
// for a new password it has a longer name.
func passwordFlag(c *cobra.Command) string {
	if c.Flags().Lookup("root-password-file") != nil {
		return "root-password-file"
	}
	return "password-file"
}

func (d *directory) login(user, password string) (err error) {
	if d.suffix, err = d.Suffix(); err != nil {
		return err
	}
	dn := user
	if d.dir != "" || !strings.Contains(user, "=") {
		dn = ldapconn.UserDN(user, d.suffix)
	}
	return d.Bind(dn, password)
}

// localDirectory is where the server on a data directory serves its directory.
func localDirectory(dir string) (ldapconn.Target, error) {
	t := ldapconn.Target{CAFile: sqlconn.CAFile(dir)}
	at, err := instance.ReadEndpoints(dir)
	switch {
	case errors.Is(err, fs.ErrNotExist) && !instance.Exists(dir):
		return t, fmt.Errorf("%w: %s", instance.ErrNoDatabase, dir)
	case errors.Is(err, fs.ErrNotExist):
		return t, noServer(dir)
	case err != nil:
		return t, err
	case at.LDAPS != "":
		return reachable(t, "ldaps://", at.LDAPS)
	case at.LDAP != "":
		return reachable(t, "ldap://", at.LDAP)
	}
	return t, failure("the server on %s serves no directory", dir).withHint("start it with --ldaps 127.0.0.1:1636")
}

func reachable(t ldapconn.Target, scheme, address string) (ldapconn.Target, error) {
	host, port, err := sqlconn.Reachable(address)
	if strings.Contains(host, ":") {
		host = "[" + host + "]"
	}
	t.URL = scheme + host + ":" + port
	return t, err
}

func noServer(dir string) error {
	return failure("no server runs on %s", dir).withHint("start it with \"lxdb serve --data %s\"", dir)
}

// unreached explains why there is no connection. A server that was killed leaves
// its addresses behind.
func (f *ldapFlags) unreached(ctx context.Context, dir string, err error) error {
	switch {
	case ctx.Err() != nil:
		return err
	case dir != "" && errors.Is(err, syscall.ECONNREFUSED):
		return noServer(dir)
	case errors.Is(err, ldapconn.ErrUntrusted) && dir != "":
		return (&hintError{err: err}).withHint("another server answers there, or ca.crt was replaced; start the server anew")
	case errors.Is(err, ldapconn.ErrUntrusted):
		return (&hintError{err: err}).withHint("--ca names the certificate of that server's CA, which \"lxdb cert ca\" prints there; the host in --url must be in the server's certificate")
	}
	return err
}
