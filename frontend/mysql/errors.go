package mysql

import (
	"context"
	"encoding/binary"
	"errors"
	"path/filepath"

	"github.com/lxdb/lxdb/engine/session"
)

// What the front end itself refuses, with MySQL's numbers. Everything else
// comes from the session.
var (
	errTooManyConnections = session.Errorf(1040, "08004", "Too many connections")
	errBadHandshake       = session.Errorf(1043, "08S01", "Bad handshake")
	errUnknownCommand     = session.Errorf(1047, "08S01", "Unknown command")
	errShutdown           = session.Errorf(1053, "08S01", "Server shutdown in progress")
	errSeveralStatements  = session.Errorf(1064, "42000", "You have an error in your SQL syntax: several statements in one text").
				WithHint("connect with the multi-statements option, or send one statement at a time")
	errOutOfOrder      = session.Errorf(1156, "08S01", "Got packets out of order")
	errPacketTooBig    = session.Errorf(1153, "08S01", "Got a packet bigger than 'max_allowed_packet' bytes")
	errBadArguments    = session.Errorf(1210, "HY000", "Incorrect arguments to mysqld_stmt_execute")
	errOldClient       = session.Errorf(1251, "08004", "Client does not support authentication protocol requested by server; consider upgrading MySQL client")
	errInterrupted     = session.Errorf(1317, "70100", "Query execution was interrupted")
	errTooManyParams   = session.Errorf(1390, "HY000", "Prepared statement contains too many placeholders")
	errMalformedPacket = session.Errorf(1835, "HY000", "Malformed communication packet.")
	errTimedOut        = session.Errorf(3024, "HY000", "Query execution was interrupted, maximum statement execution time exceeded")
	errInactive        = session.Errorf(4031, "HY000", "The client was disconnected by the server because of inactivity. See wait_timeout and interactive_timeout for configuring this behavior.")
)

// errTLSRequired answers a client that did not ask for TLS.
func errTLSRequired(caFile string) *session.Error {
	return session.Errorf(3159, "HY000", "Connections using insecure transport are prohibited: this server speaks TLS only").
		WithHint("connect with --ssl-mode=VERIFY_CA (or tls=... in your driver) and the server's CA certificate, %s", filepath.Base(caFile))
}

// errAccessDenied is the one answer to every refused login. It says "using
// password: YES" even when the client sent none, so that nothing distinguishes
// the reasons.
func errAccessDenied(user, host string) *session.Error {
	return session.Errorf(1045, "28000", "Access denied for user '%s'@'%s' (using password: YES)", user, host)
}

func errUnknownStatement(id uint32, command string) *session.Error {
	return session.Errorf(1243, "HY000", "Unknown prepared statement handler (%d) given to %s", id, command)
}

func errNoCursor(id uint32) *session.Error {
	return session.Errorf(1421, "HY000", "The statement (%d) has no open cursor.", id)
}

func errTooManyStatements(limit int) *session.Error {
	return session.Errorf(1461, "42000", "Can't create more than max_prepared_stmt_count statements (current value: %d)", limit).
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
	b = binary.LittleEndian.AppendUint16(b, e.Number)
	b = append(b, '#')
	b = append(b, sqlState(e)...)
	return appendErrorText(b, e)
}

// appendErrorWithoutState is for clients whose capabilities are not known yet.
func appendErrorWithoutState(b []byte, e *session.Error) []byte {
	b = append(b, headerErr)
	b = binary.LittleEndian.AppendUint16(b, e.Number)
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

// sqlState is e's state, or the general one when it has not five characters:
// the packet has room for exactly five.
func sqlState(e *session.Error) string {
	if len(e.State) != 5 {
		return "HY000"
	}
	return e.State
}
