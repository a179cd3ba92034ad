package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"github.com/lxdb/lxdb/cmd/lxdb/internal/sqlconn"
	"github.com/lxdb/lxdb/internal/instance"
	"github.com/lxdb/lxdb/security/keyfile"
	"github.com/lxdb/lxdb/security/tlsconf"
)

// clientLifetime is how long a client certificate is good.
const clientLifetime = 397 * 24 * time.Hour

func newCert() *cobra.Command {
	c := &cobra.Command{
		Use:   "cert",
		Short: "Show the CA certificate, issue client certificates",
	}
	c.AddCommand(newCertCA(), newCertClient(), newCertReseal())
	return c
}

func newCertCA() *cobra.Command {
	var data string
	c := &cobra.Command{
		Use:   "ca",
		Short: "Print the CA certificate and its fingerprint",
		Long: `Print the certificate of the instance's CA, which clients verify the server with.
The fingerprint is in a comment line, which readers of PEM files skip: compare it
over another channel before you trust a copy.`,
		Example: "  lxdb cert ca --data ./data >ca.crt",
		Args:    exactly(),
		RunE: func(c *cobra.Command, _ []string) error {
			dir, err := dataDir(c, data)
			if err != nil {
				return err
			}
			cert, err := keyfile.ReadCert(sqlconn.CAFile(dir))
			if errors.Is(err, fs.ErrNotExist) {
				return fmt.Errorf("%w: %s", instance.ErrNoDatabase, dir)
			}
			if err != nil {
				return err
			}
			_, err = fmt.Fprintf(c.OutOrStdout(), "# SHA-256 fingerprint %s\n%s", tlsconf.Fingerprint(cert.Raw), keyfile.EncodeCert(cert.Raw))
			return err
		},
	}
	addDataFlag(c.Flags(), &data)
	return c
}

func newCertClient() *cobra.Command {
	var data, out string
	c := &cobra.Command{
		Use:   "client NAME",
		Short: "Issue a TLS client certificate",
		Long: `Issue a TLS client certificate for NAME, good for 397 days, and write
client-cert.pem, client-key.pem (owner only) and cacert.pem into a directory.

It logs the user NAME in to the directory without a password (SASL EXTERNAL), when
it was issued after the user was created. REVOKE CERTIFICATE 'SERIAL' takes it back, and
so does locking or dropping the user; the serial number is printed here.`,
		Example: "  lxdb cert client marie --data ./data --out ./marie",
		Args:    exactly("NAME"),
		RunE: func(c *cobra.Command, args []string) error {
			dir, err := dataDir(c, data)
			if err != nil {
				return err
			}
			if out == "" {
				return usage(c, errors.New("no directory for the files")).withHint("say --out DIR")
			}
			return certClient(c, dir, out, args[0])
		},
	}
	addDataFlag(c.Flags(), &data)
	c.Flags().StringVar(&out, "out", "", "`directory` for the three files, made if missing")
	return c
}

func newCertReseal() *cobra.Command {
	var data string
	c := &cobra.Command{
		Use:   "reseal",
		Short: "Take the catalog as it is, after somebody else changed it",
		Long: `Take the records of the catalog as they are, whatever was done to them behind the
program's back, seal them again, and make all permission certificates anew from them.

A database that refuses to open because records were changed opens again after this.
Look first: lxdb check says which, and a restored backup may be the better answer. It is
recorded in the audit log. No server may run on the directory.`,
		Example: "  lxdb check --data ./data\n  lxdb cert reseal --data ./data",
		Args:    exactly(),
		RunE: func(c *cobra.Command, _ []string) error {
			dir, err := dataDir(c, data)
			if err != nil {
				return err
			}
			if err := instance.Reseal(c.Context(), dir); err != nil {
				return err
			}
			_, err = fmt.Fprintln(c.ErrOrStderr(), "the catalog was sealed as it is, and all permission certificates were made anew")
			return err
		},
	}
	addDataFlag(c.Flags(), &data)
	return c
}

func certClient(c *cobra.Command, dir, out, name string) error {
	if _, err := os.Stat(sqlconn.CAFile(dir)); errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("%w: %s", instance.ErrNoDatabase, dir)
	}
	// A key that is replaced is lost with all that it opened.
	key := filepath.Join(out, "client-key.pem")
	if _, err := os.Stat(key); err == nil {
		return failure("%s exists", key).withHint("name another directory with --out, or remove the file")
	}
	store, err := tlsconf.Open(tlsconf.Options{Dir: dir, Log: operatorLog(c.ErrOrStderr())})
	if err != nil {
		return err
	}
	files, err := store.IssueClient(name, clientLifetime)
	if err != nil {
		return err
	}
	if err := files.WriteTo(out); err != nil {
		return err
	}
	issued, err := keyfile.ReadCert(filepath.Join(out, "client-cert.pem"))
	if err != nil {
		return err
	}
	fmt.Fprintf(c.ErrOrStderr(), "wrote client-cert.pem, client-key.pem and cacert.pem for %s to %s; serial number %x\n", name, out, issued.SerialNumber)
	return nil
}
