package engine

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"time"

	"github.com/dolthub/go-mysql-server/sql"

	"github.com/lxdb/lxdb/catalog"
	"github.com/lxdb/lxdb/engine/sqlerr"
	ours "github.com/lxdb/lxdb/engine/statement"
	"github.com/lxdb/lxdb/security/audit"
	"github.com/lxdb/lxdb/security/authn"
	"github.com/lxdb/lxdb/security/bucket"
	"github.com/lxdb/lxdb/security/cert"
	"github.com/lxdb/lxdb/security/witness"
)

// Where the audit log stands in the directory of a database. Its key stands with
// those of the authority: a copy of the log alone does not let anybody forge it.
const (
	auditDir = "audit"
	auditKey = "audit.key"
)

// AuditFiles are the directory of the audit log and the file of its key.
func AuditFiles(dir string) (log, key string) {
	return filepath.Join(dir, auditDir), filepath.Join(dir, authorityDir, auditKey)
}

// openAudit opens the audit log. From here on every change of rights is in it before
// it is committed.
func (e *Engine) openAudit() (err error) {
	if e.inst.Audit, err = audit.Open(e.auditOptions()); err != nil {
		return err
	}
	if err := e.knowTime(); err != nil {
		return err
	}
	for _, found := range e.inst.Cat.Snapshot().Tampered() {
		e.inst.Log.Error("the catalog was changed by somebody else: the account is denied everything", "found", found.What)
		if _, err := e.inst.Audit.Commit(tampered(found.What)); err != nil {
			return err
		}
	}
	e.refusals = &witness.Refusals{Log: e.inst.Audit, Snapshot: e.inst.Cat.Snapshot}
	return witness.Catalog(e.inst.Audit, e.inst.Cat)
}

// Refused records what a client of another listener than SQL's was refused, or counts it with the account's others.
func (e *Engine) Refused(r audit.Record) error { return e.refusals.Refused(r.Who, r) }

func (e *Engine) auditOptions() audit.Options {
	opts := e.opts.Audit
	opts.Dir, opts.KeyFile = "", ""
	if !e.opts.InMemory {
		opts.Dir, opts.KeyFile = AuditFiles(e.opts.Dir)
	}
	opts.Watch, opts.Logger = witness.Watch, e.inst.Log
	if opts.Now == nil && e.clock != nil { // else the database did not get so far
		opts.Now = e.clock.Now
	}
	return opts
}

func tampered(what string) audit.Record {
	return audit.Record{Event: "catalog.tampered", Result: audit.Refused, Object: "catalog", Reason: what}
}

// auditTampered records why the database does not open.
func (e *Engine) auditTampered(cause error) error {
	log, err := audit.Open(e.auditOptions())
	if err != nil {
		return err
	}
	_, err = log.Commit(tampered(cause.Error()))
	return errors.Join(err, log.Close())
}

// reissue makes all permission certificates anew, of a catalog that an administrator
// takes as it is.
func (e *Engine) reissue(ctx context.Context, issuer *cert.Issuer) error {
	_, err := e.inst.Audit.Commit(audit.Record{Event: audit.EventResealed, Result: audit.Done, Object: "catalog",
		Reason: "all records are taken as they are, and all permission certificates made anew from them"})
	if err != nil {
		return err
	}
	return issuer.ReissueAll(ctx)
}

// clockTolerance is how far behind the newest record the clock may be without a word.
const clockTolerance = time.Minute

// knowTime keeps what has ended from beginning again when the machine's clock was set
// back while nobody ran: it is not before the newest record of the audit log.
func (e *Engine) knowTime() error {
	behind := e.clock.AtLeast(e.inst.Audit.Newest())
	if behind <= clockTolerance {
		return nil
	}
	e.inst.Log.Error("the clock is behind the newest record of the audit log; what ends is measured from there", "behind", behind)
	return e.inst.Audit.Write(audit.Record{
		Event: "clock.behind", Result: audit.Failed, Count: uint64(behind / time.Second),
		Reason: fmt.Sprintf("the machine's clock is %v behind the newest record", behind.Round(time.Second)),
	})
}

// Now is the time of what ends: it does not go back, whatever is done to the machine's clock.
func (e *Engine) Now() time.Time { return e.clock.Now() }

// Audit is the audit log.
func (e *Engine) Audit() *audit.Log { return e.inst.Audit }

// invalidCredentials is LDAP's result for every login that is refused.
const invalidCredentials = 49

// AuditLogin records a login; its error refuses it. All that is refused is the same to who hears it.
func (e *Engine) AuditLogin(ev authn.Event) error {
	refused := witness.Answer{Code: int(sqlerr.AccessDenied), State: sqlerr.AccessDenied.State()}
	if ev.Transport == "ldap" {
		refused = witness.Answer{Code: invalidCredentials}
	}
	return witness.Login(e.inst.Audit, e.refusals, ev, refused)
}

// answerOf is an error as the audit log has it.
func answerOf(err error) witness.Answer {
	if err == nil {
		return witness.Answer{}
	}
	told := sqlerr.From(err)
	a := witness.Answer{Code: int(told.Number), State: told.State}
	if told.Number.Denies() {
		a.Denial, a.Missing, a.On = told.Message, told.Lacks, told.On
	}
	return a
}

// AuditOrigin implements witness.Source.
func (s *sqlSession) AuditOrigin() audit.Origin {
	o := audit.Origin{
		Who: s.User.ID(), Name: s.User.Name(), Connection: s.ID(), Remote: s.session.opts.Remote, Transport: s.session.opts.Transport,
		Purpose: s.Purpose,
	}
	if login := s.session.login.Load(); login.ID() != o.Who {
		o.Login, o.LoginName = login.ID(), login.Name()
	}
	return o
}

// witness records what the session's decisions are.
func (s *sqlSession) witness() *witness.Decisions {
	return &witness.Decisions{
		Log: s.Inst.Audit, Source: s, Also: s.engine.opts.AuditDecision,
		Snapshot: func() *catalog.Snapshot { return s.engine.inst.Cat.Snapshot() }, Refusals: s.engine.refusals,
	}
}

// Audit implements statement.Host.
func (s *sqlSession) Audit(r audit.Record) error {
	r.Origin = s.AuditOrigin()
	if r.Result == "" {
		r.Result = audit.Done
	}
	err := auditError(s.Inst.Audit.Write(r))
	s.recorded = s.recorded || err == nil
	return err
}

// ChangeRecorded implements witness.Recorder.
func (s *sqlSession) ChangeRecorded() { s.recorded = true }

// AuditStatement implements statement.Host.
func (s *sqlSession) AuditStatement(ev ours.Event) error {
	if listen := s.engine.opts.AuditStatement; listen != nil {
		listen(ev)
	}
	if ev.Err == nil && (ev.Reads || s.engine.branches) { // of a branch the statement around tells, when it is adopted
		return nil
	}
	r := audit.Record{Event: ev.Name, Statement: ev.Text}
	if ev.Err != nil {
		told := sqlerr.From(toClient(ev.Err, s.disclosure()))
		r.Result, r.Code, r.State, r.Reason = audit.Refused, int(told.Number), told.State, told.Message
		if !s.decisions.Told(answerOf(told)) { // else a record of its own says what was missing
			r.Missing, r.Object = told.Lacks, told.On
		}
	}
	done := s.recorded
	if r.Result == audit.Refused {
		r.Origin = s.AuditOrigin()
		return auditError(s.decisions.Statement(r))
	}
	err := s.Audit(r)
	if err != nil && ev.Err == nil && done { // it is in the log what was done, and it cannot be told as not done
		s.Warn(&sql.Warning{Level: "Warning", Code: int(sqlerr.UnknownError), Message: "The audit log has what was changed, and could not be given the statement"})
		return nil
	}
	return err
}

// certificateRefused is told of each permission certificate that does not count. Its
// principal is denied everything, whether that can be recorded or not.
func (e *Engine) certificateRefused(r *bucket.Refused) {
	name := fmt.Sprint(r.Principal)
	if p := e.inst.Cat.Snapshot().PrincipalByID(r.Principal); p != nil {
		name = p.Name
	}
	e.inst.Log.Error("permission certificate refused: its principal is denied everything", "principal", name, "err", r.Err)
	_ = e.inst.Audit.Write(audit.Record{
		Event: "certificate.refused", Result: audit.Refused, Object: fmt.Sprintf("permission certificate of '%s' (%d)", name, r.Principal), Reason: r.Err.Error(),
	})
}

// auditError is what a client hears when something cannot be recorded.
func auditError(err error) error {
	if err == nil {
		return nil
	}
	return sqlerr.UnknownError.Errorf("The audit log cannot be written").
		WithHint("what cannot be recorded is not done; the server's log says why")
}
