package engine

import (
	"slices"
	"strings"

	"github.com/dolthub/go-mysql-server/sql"
	"github.com/dolthub/go-mysql-server/sql/types"

	"github.com/lxdb/lxdb/catalog"
	"github.com/lxdb/lxdb/engine/dialect"
	"github.com/lxdb/lxdb/engine/lex"
	lxplan "github.com/lxdb/lxdb/engine/plan"
	"github.com/lxdb/lxdb/security/accounts"
	"github.com/lxdb/lxdb/security/bucket"
	"github.com/lxdb/lxdb/security/principal"
)

// identityFunctions are the SQL functions about who is asking. In a view they
// are about the session, as CURRENT_USER() is, whoever defined the view.
var identityFunctions = []sql.Function{
	sql.Function0{Name: lxplan.GroupsFunction, Fn: func() sql.Expression {
		return &identityCall{lxplan.Call{Name: lxplan.GroupsFunction}, types.LongText, currentGroups}
	}},
	sql.Function0{Name: lxplan.SchemaFunction, Fn: func() sql.Expression {
		return &identityCall{lxplan.Call{Name: lxplan.SchemaFunction}, types.LongText, currentSchema}
	}},
	roleFunction(lxplan.RoleFunction), roleFunction(lxplan.RoleMemberFunction),
	sql.FunctionN{Name: lxplan.MemberFunction, Fn: func(args ...sql.Expression) (sql.Expression, error) {
		if len(args) < 1 || len(args) > 2 {
			return nil, sql.ErrInvalidArgumentNumber.New("IS_MEMBER", "1 or 2", len(args))
		}
		return &identityCall{lxplan.Call{Name: lxplan.MemberFunction, Args: args}, types.Boolean, isMember}, nil
	}},
}

// roleFunction is IS_MEMBER for roles alone.
func roleFunction(name string) sql.Function {
	return sql.FunctionN{Name: name, Fn: func(args ...sql.Expression) (sql.Expression, error) {
		if len(args) < 1 || len(args) > 2 {
			return nil, sql.ErrInvalidArgumentNumber.New(strings.ToUpper(name), "1 or 2", len(args))
		}
		return &identityCall{lxplan.Call{Name: name, Args: args}, types.Boolean, isRole}, nil
	}}
}

// currentSchema is the current database, NULL without one.
func currentSchema(s *sqlSession, _ []string) (any, error) {
	if db := s.GetCurrentDatabase(); db != "" {
		return db, nil
	}
	return nil, nil
}

// isRole is isMember for a name that is a role's, and 0 for any other.
func isRole(s *sqlSession, args []string) (any, error) {
	if p := s.engine.inst.Cat.Snapshot().Principal(args[0]); p == nil || p.Kind != catalog.KindRole {
		args = append([]string{""}, args[1:]...) // nobody holds what has no name
	}
	return isMember(s, args)
}

// identityCall is a call of one of them. Its value hangs on the session and on
// the catalog of the moment, so it is never computed ahead.
type identityCall struct {
	lxplan.Call
	typ  sql.Type
	eval func(s *sqlSession, args []string) (any, error)
}

var (
	_ sql.FunctionExpression         = (*identityCall)(nil)
	_ sql.NonDeterministicExpression = (*identityCall)(nil)
	_ sql.CollationCoercible         = (*identityCall)(nil)
)

func (f *identityCall) Description() string      { return "tells about the groups of the user" }
func (f *identityCall) IsNonDeterministic() bool { return true }
func (f *identityCall) Type() sql.Type           { return f.typ }

// CollationCoercibility is that of CURRENT_USER().
func (f *identityCall) CollationCoercibility(*sql.Context) (sql.CollationID, byte) {
	return sql.Collation_utf8mb4_0900_ai_ci, 3
}

func (f *identityCall) WithChildren(args ...sql.Expression) (sql.Expression, error) {
	if len(args) != len(f.Args) {
		return nil, sql.ErrInvalidChildrenNumber.New(f, len(args), len(f.Args))
	}
	c := *f
	c.Args = args
	return &c, nil
}

// Eval is NULL where an argument is NULL.
func (f *identityCall) Eval(ctx *sql.Context, row sql.Row) (any, error) {
	s := sessionOf(ctx)
	if s == nil {
		return nil, nil
	}
	args := make([]string, len(f.Args))
	for i, a := range f.Args {
		v, err := a.Eval(ctx, row)
		if err != nil || v == nil {
			return nil, err
		}
		text, _, err := types.LongText.Convert(ctx, v)
		if err != nil {
			return nil, err
		}
		args[i], _ = text.(string)
	}
	return f.eval(s, args)
}

// CurrentRole lists the active roles as accounts, by name with commas between
// them; NONE without any. In a program they are those of who it acts for.
func (s *sqlSession) CurrentRole() string {
	snap := s.engine.inst.Cat.Snapshot()
	var names []string
	for _, id := range s.Rights.Active() {
		if p := snap.PrincipalByID(id); p != nil {
			names = append(names, lex.QuoteName(p.Name)+"@`%`")
		}
	}
	if len(names) == 0 {
		return "NONE"
	}
	slices.Sort(names)
	return strings.Join(names, ",")
}

// currentGroups lists the user's groups, those that his groups are in included,
// by name with commas between them; empty when he is in none.
func currentGroups(s *sqlSession, _ []string) (any, error) {
	snap := s.engine.inst.Cat.Snapshot()
	groups := groupsOf(snap, s.User.ID())
	for _, name := range s.outsideGroups(s.User.ID()) {
		if snap.Principal(name) == nil { // otherwise the catalog decides, as in holds
			groups = append(groups, name)
		}
	}
	slices.Sort(groups)
	return strings.Join(groups, ","), nil
}

// isMember is 1 when a user holds a group or role, directly or through others,
// and 0 otherwise, also for a name that does not exist: who may not administer
// accounts does not learn which do. The second argument is another user.
func isMember(s *sqlSession, args []string) (any, error) {
	snap := s.engine.inst.Cat.Snapshot()
	who := s.User.ID()
	if len(args) == 2 {
		if err := s.Accounts().MayChange(s.User, args[1]); err != nil {
			return nil, err
		}
		p := snap.Principal(args[1])
		if p == nil || p.Kind != catalog.KindUser {
			return nil, &accounts.Error{Kind: accounts.ErrNotFound, Operation: "IS_MEMBER", Name: args[1]}
		}
		who = p.ID
	}
	return s.holds(snap, who, args[0]), nil
}

// holds looks for a group or role by name; ldapGroup: before it is for groups only.
func (s *sqlSession) holds(snap *catalog.Snapshot, who principal.ID, name string) int8 {
	prefix, group, found := strings.Cut(name, ":")
	onlyGroups := found && strings.EqualFold(strings.TrimSpace(prefix), "ldapGroup")
	if onlyGroups {
		name = strings.TrimSpace(group)
	}
	p := snap.Principal(name)
	switch {
	case p == nil:
		is := func(group string) bool { return catalog.FoldOutside(group) == catalog.FoldOutside(name) }
		if slices.ContainsFunc(s.outsideGroups(who), is) {
			return 1
		}
	case onlyGroups && p.Kind != catalog.KindGroup:
	case slices.Contains(snap.Held(who, false), p.ID):
		return 1
	}
	return 0
}

// groupsOf lists the groups that count for a principal, nested ones included.
func groupsOf(snap *catalog.Snapshot, id principal.ID) []string {
	var names []string
	for _, held := range snap.Held(id, false) {
		if p := snap.PrincipalByID(held); p.Kind == catalog.KindGroup {
			names = append(names, p.Name)
		}
	}
	slices.Sort(names)
	return names
}

// outsideGroups are the groups that the company's directory has a user in.
func (s *sqlSession) outsideGroups(user principal.ID) []string {
	if s.engine.outside == nil {
		return nil
	}
	return s.engine.outside.Groups(user)
}

// Holders and ActiveRoles implement statement.Host.
func (s *sqlSession) Holders() []principal.ID     { return s.Rights.Holders() }
func (s *sqlSession) ActiveRoles() []principal.ID { return s.Rights.Active() }

// SetRoles implements statement.Host.
func (s *sqlSession) SetRoles(set dialect.RoleSet, ids []principal.ID) error {
	roles := bucket.OnlyRoles(ids...)
	switch set {
	case dialect.RolesDefault:
		roles = bucket.Roles{}
	case dialect.RolesAll, dialect.RolesAllExcept:
		roles = bucket.AllRoles(ids...)
	}
	s.Rights = s.Rights.WithRoles(roles)
	if s.Calls == nil {
		s.Own = s.Rights
	} else { // of a program's definer they end with it
		s.Calls.Roles = &roles
	}
	s.Replan() // what was compiled asks the rights that it was compiled for
	return nil
}

// Sleeps says to SHOW PROCESSLIST that SLEEP() has begun; awake is called at its end.
func (s *sqlSession) Sleeps() (awake func()) {
	s.session.asleep.Store(true)
	return func() { s.session.asleep.Store(false) }
}
