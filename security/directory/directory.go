package directory

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/lxdb/lxdb/catalog"
	"github.com/lxdb/lxdb/security/authn"
	"github.com/lxdb/lxdb/security/ldapclient"
	"github.com/lxdb/lxdb/security/principal"
)

// Client asks the company's servers. *ldapclient.Client is one.
type Client interface {
	User(ctx context.Context, name string) (ldapclient.User, error)
	UserByDN(ctx context.Context, dn string) (ldapclient.User, error)
	Bind(ctx context.Context, u ldapclient.User, password string) error
	GroupsOf(ctx context.Context, u ldapclient.User) (ldapclient.Groups, error)
	Group(ctx context.Context, name string) (string, error)
	Members(ctx context.Context, group string) ([]string, error)
}

// Accounts changes the catalog's records of outside users and groups, and no
// others. *accounts.Accounts is one.
type Accounts interface {
	AddOutsideUser(ctx context.Context, name string) error
	PinEntry(ctx context.Context, user principal.ID, epoch uint64, uuid string) error
	SetOutsideGroups(ctx context.Context, user principal.ID, epoch uint64, groups []string) error
	SetOutsideMembers(ctx context.Context, group string, users []string) error
	EndOutside(ctx context.Context, user principal.ID) error
	MapOutsideGroups(ctx context.Context, mapped map[string][]string) (missing []string, err error)
}

// Options of New. All but Logger, Now and DecoyDN are required.
type Options struct {
	Client   Client
	Catalog  *catalog.Catalog
	Accounts Accounts
	// Local checks the passwords of the database's own users.
	Local authn.Directory
	// LoggedIn lists the users with open sessions.
	LoggedIn func() []principal.ID
	Settings Settings
	// DecoyDN is an entry that does not exist. A bind as it makes an unknown name
	// take as long as a wrong password.
	DecoyDN string
	Logger  *slog.Logger     // nil discards
	Now     func() time.Time // nil: time.Now
}

// Directory is safe for concurrent use.
type Directory struct {
	opts    Options
	cfg     Settings
	started time.Time
	proofs  *proofs
	silent  atomic.Bool // the last question about groups had no answer

	mu    sync.Mutex
	known map[principal.ID]*known
	names map[string]lookedUp // of groups, folded
}

var (
	_ authn.Directory = (*Directory)(nil)
	_ authn.Resolver  = (*Directory)(nil)
)

// known is what the directory last said of a user.
type known struct {
	epoch    uint64 // of the account when the password was proved
	verified time.Time
	synced   time.Time // the groups were read
	tried    time.Time // somebody tried to read them
	groups   []string
	read     uint64 // the epoch of the account when they were read
	stale    bool   // the groups were taken away because nobody answered
}

// New makes a directory and brings the memberships that the settings map into
// the catalog. Run keeps it up to date.
func New(ctx context.Context, opts Options) (*Directory, error) {
	if opts.Client == nil || opts.Catalog == nil || opts.Accounts == nil || opts.Local == nil || opts.LoggedIn == nil {
		return nil, errors.New("directory: Client, Catalog, Accounts, Local and LoggedIn are required")
	}
	if opts.Logger == nil {
		opts.Logger = slog.New(slog.DiscardHandler)
	}
	if opts.Now == nil {
		opts.Now = time.Now
	}
	d := &Directory{opts: opts, cfg: opts.Settings.withDefaults(), known: map[principal.ID]*known{}, names: map[string]lookedUp{}, started: opts.Now()}
	d.proofs = newProofs(d.cfg)
	missing, err := opts.Accounts.MapOutsideGroups(ctx, d.cfg.RoleMap)
	if err != nil {
		return nil, fmt.Errorf("map groups of the directory: %w", err)
	}
	for _, name := range missing {
		opts.Logger.Warn("ldap-role-map names a role or group that does not exist, or a group whose name this database's own has; "+
			"create the one, rename the other, and start again", "name", name)
	}
	return d, nil
}

// of returns what is known of a user, a copy.
func (d *Directory) of(id principal.ID) known {
	d.mu.Lock()
	defer d.mu.Unlock()
	if k := d.known[id]; k != nil {
		return *k
	}
	return known{}
}

func (d *Directory) update(id principal.ID, change func(*known)) {
	d.mu.Lock()
	defer d.mu.Unlock()
	k := d.known[id]
	if k == nil {
		k = &known{}
		d.known[id] = k
	}
	change(k)
}

// Groups are all that a user was in when he was last looked up, those that
// nobody has granted anything to included. An account that has changed since
// then may be another entry's, or no entry's any more.
func (d *Directory) Groups(user principal.ID) []string {
	k, p := d.of(user), d.opts.Catalog.Snapshot().PrincipalByID(user)
	if k.stale || p == nil || !p.Outside() || k.read != p.Epoch {
		return nil
	}
	return k.groups
}
