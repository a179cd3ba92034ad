package instance

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"slices"

	"github.com/lxdb/lxdb/security/directory"
	"github.com/lxdb/lxdb/security/ldapclient"
)

// Outside is a company's LDAP directory: where it is and how far its word goes.
type Outside struct {
	Client   ldapclient.Config
	Settings directory.Settings
}

// Set takes one setting of a configuration file by its name. several is true for
// one that may be given more than once.
func (o *Outside) Set(key, value string) (known, several bool, err error) {
	if known, err = o.Settings.Set(key, value); known {
		return true, directory.Several(key), err
	}
	known, err = o.Client.Set(key, value)
	return known, slices.ContainsFunc(ldapclient.Keys(), func(k ldapclient.Key) bool {
		return k.Several && (k.Name == key || slices.Contains(k.Aliases, key))
	}), err
}

// Configured reports whether anything was set.
func (o *Outside) Configured() bool { return !reflect.DeepEqual(o, new(Outside)) }

// ErrNoURL: there are settings of a directory and nothing says where it is.
var ErrNoURL = errors.New("a directory is configured without ldap-url")

// outsideDirectory is a directory in use.
type outsideDirectory struct {
	client    *ldapclient.Client
	directory *directory.Directory
	stop      context.CancelFunc
	done      chan struct{}
}

// openOutside makes the company's directory the authority for its users. No
// server needs to answer now: users of this database can log in all the same.
func (s *Server) openOutside(ctx context.Context, o *Outside) error {
	switch {
	case o == nil || !o.Configured():
		return nil
	case len(o.Client.URLs) == 0:
		return ErrNoURL
	}
	client, err := ldapclient.New(o.Client, s.log)
	if err != nil {
		return fmt.Errorf("directory: %w", err)
	}
	accounts := s.engine.Accounts()
	d, err := directory.New(ctx, directory.Options{
		Client: client, Catalog: s.engine.Catalog(), Accounts: accounts, Local: s.engine.Directory(),
		LoggedIn: s.engine.LoggedIn, Settings: o.Settings, DecoyDN: "cn=lxdb-nobody," + o.Client.UserBase, Logger: s.log,
	})
	if err != nil {
		return errors.Join(err, client.Close())
	}
	s.engine.UseOutside(d)
	running, stop := context.WithCancel(context.Background())
	s.outside = &outsideDirectory{client: client, directory: d, stop: stop, done: make(chan struct{})}
	go func() {
		defer close(s.outside.done)
		d.Run(running)
	}()
	return nil
}

func (o *outsideDirectory) close() error {
	o.stop()
	<-o.done
	return o.client.Close()
}
