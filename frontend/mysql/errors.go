package mysql

import (
	"context"
	"encoding/binary"
	"errors"
	"path/filepath"

	"github.com/lxdb/lxdb/engine/session"
	"github.com/lxdb/lxdb/engine/sqlerr"
)

// What the front end itself refuses, with MySQL's numbers. Everything else
// comes from the session.
var (
	errTooManyConnections = sqlerr.TooManyConnections.Errorf("Too many connections")
	errBadHandshake       = sqlerr.BadHandshake.Errorf("Bad handshake")
	errUnknownCommand     = sqlerr.UnknownCommand.Errorf("Unknown command")
	errShutdown           = sqlerr.Shutdown.Errorf("Server shutdown in progress")
	errSeveralStatements  = sqlerr.Syntax.Errorf("You have an error in your SQL syntax: several statements in one text").
				WithHint("connect with the multi-statements option, or send one statement at a time")
	errOutOfOrder      = sqlerr.PacketsOutOfOrder.Errorf("Got packets out of order")
	errReadTimeout     = sqlerr.NetReadInterrupted.Errorf("Got timeout reading communication packets")
	errPacketTooBig    = sqlerr.PacketTooLarge.Errorf("Got a packet bigger than 'max_allowed_packet' bytes")
	errBadArguments    = sqlerr.WrongArguments.Errorf("Incorrect arguments to mysqld_stmt_execute")
	errOldClient       = sqlerr.NotSupportedAuthMode.Errorf("Client does not support authentication protocol requested by server; consider upgrading MySQL client")
	errInterrupted     = sqlerr.QueryInterrupted.Errorf("Query execution was interrupted")
	errKilled          = sqlerr.SessionWasKilled.Errorf("Session was killed")
	errTooManyParams   = sqlerr.PSManyParam.Errorf("Prepared statement contains too many placeholders")
	errMalformedPacket = sqlerr.MalformedPacket.Errorf("Malformed communication packet.")
	errTimedOut        = sqlerr.QueryTimeout.Errorf("Query execution was interrupted, maximum statement execution time exceeded")
	errInactive        = sqlerr.ClientInteractionTimeout.Errorf("The client was disconnected by the server because of inactivity. See wait_timeout and interactive_timeout for configuring this behavior.")
)

// errTLSRequired answers a client that did not ask for TLS.
func errTLSRequired(caFile string) *session.Error {
	return sqlerr.SecureTransportRequired.Errorf("Connections using insecure transport are prohibited: this server speaks TLS only").
		WithHint("connect with --ssl-mode=VERIFY_CA (or tls=... in your driver) and the server's CA certificate, %s", filepath.Base(caFile))
}

// errAccessDenied is the one answer to every refused login. It says "using
// password: YES" even when the client sent none, so that nothing distinguishes
// the reasons.
func errAccessDenied(user, host string) *session.Error {
	return sqlerr.AccessDenied.Errorf("Access denied for user '%s'@'%s' (using password: YES)", user, host)
}

func errUnknownStatement(id uint32, command string) *session.Error {
	return sqlerr.UnknownStmtHandler.Errorf("Unknown prepared statement handler (%d) given to %s", id, command)
}

func errNoCursor(id uint32) *session.Error {
	return sqlerr.StmtHasNoOpenCursor.Errorf("The statement (%d) has no open cursor.", id)
}

func errTooManyStatements(limit int) *session.Error {
	return sqlerr.MaxPreparedStmtCountReached.Errorf("Can't create more than max_prepared_stmt_count statements (current value: %d)", limit).
		WithHint("close prepared statements that are not used any more")
}

// clientError finds what the client is told about err, and whether err is an
// internal one that belongs in the log.
func clientError(err error) (e *session.Error, internal bool) {
	if errors.As(err, &e) {
		return e, false
	}
	switch {
	case errors.Is(err, context.DeadlineExceeded):
		return errTimedOut, false
	case errors.Is(err, context.Canceled):
		return errInterrupted, false
	}
	return session.AsError(err), true
}

// appendError appends an ERR packet's payload. The hint follows the message on
// the same line: clients show one line.
func appendError(b []byte, e *session.Error) []byte {
	b = append(b, headerErr)
	b = binary.LittleEndian.AppendUint16(b, uint16(e.Number))
	b = append(b, '#')
	state := e.State
	if len(state) != 5 { // the packet has room for exactly five
		state = e.Number.State()
	}
	b = append(b, state...)
	return appendErrorText(b, e)
}

// appendErrorWithoutState is for clients whose capabilities are not known yet.
func appendErrorWithoutState(b []byte, e *session.Error) []byte {
	b = append(b, headerErr)
	b = binary.LittleEndian.AppendUint16(b, uint16(e.Number))
	return appendErrorText(b, e)
}

func appendErrorText(b []byte, e *session.Error) []byte {
	b = append(b, e.Message...)
	if e.Hint != "" {
		b = append(b, " (hint: "...)
		b = append(b, e.Hint...)
		b = append(b, ')')
	}
	return b
}
