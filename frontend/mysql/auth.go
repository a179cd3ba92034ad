package mysql

import (
	"bytes"
	"context"
	"strings"
	"time"

	"github.com/lxdb/lxdb/security/principal"
)

// proof is one attempt of a client to show who it is.
type proof struct {
	user   string
	plugin string // the plugin that made answer; "" for none yet
	answer []byte
	nonce  []byte // that answer was made from
}

// prove runs the exchange that identifies the client. Its errors are either the
// connection's or errAccessDenied, the same for every reason.
//
// What the server says next depends only on what the client sent and on
// FastCheck, which knows only passwords that were right before: an unknown user
// and a wrong password take the same packets. An empty password is refused
// after its first packet, for any user: no client would send it again.
func (c *conn) prove(ctx context.Context, p proof) (principal.Principal, error) {
	switch p.plugin {
	case pluginSHA2:
		return c.proveSHA2(ctx, p)
	case pluginClear:
		if len(p.answer) > 0 {
			return c.proveClear(ctx, p.user, p.answer)
		}
		answer, err := c.switchPlugin(pluginClear, newNonce())
		if err != nil {
			return nobody, err
		}
		return c.proveClear(ctx, p.user, answer)
	}
	// Any other plugin, known or not: ask for ours. A fresh nonce, since
	// another plugin has made something of the first one.
	p.plugin, p.nonce = pluginSHA2, newNonce()
	answer, err := c.switchPlugin(pluginSHA2, p.nonce)
	if err != nil {
		return nobody, err
	}
	p.answer = answer
	return c.proveSHA2(ctx, p)
}

// proveSHA2 is caching_sha2_password: the scramble, and when that is not enough,
// the password itself, which TLS protects.
func (c *conn) proveSHA2(ctx context.Context, p proof) (principal.Principal, error) {
	if len(p.answer) == 0 || bytes.Equal(p.answer, []byte{0}) {
		return c.provePassword(ctx, p.user, "")
	}
	if len(p.answer) == scrambleBytes {
		if who, ok := c.opts.Login.FastCheck(c.attempt(p.user), p.nonce, p.answer); ok && !who.IsNobody() {
			c.writeMoreAuth(sha2FastOK)
			return who, nil
		}
	}
	c.writeMoreAuth(sha2NeedFull)
	answer, err := c.readAnswer()
	if err != nil {
		return nobody, err
	}
	return c.proveClear(ctx, p.user, answer)
}

// proveClear takes a password as clients send it: closed by a zero byte. Anything
// else is refused as the empty password is.
func (c *conn) proveClear(ctx context.Context, user string, answer []byte) (principal.Principal, error) {
	password, ok := strings.CutSuffix(string(answer), "\x00")
	if !ok || strings.Contains(password, "\x00") {
		password = ""
	}
	return c.provePassword(ctx, user, password)
}

// provePassword asks the Login. It asks even about the empty password, so that
// the attempt is counted and audited, but never believes the answer to that.
func (c *conn) provePassword(ctx context.Context, user, password string) (principal.Principal, error) {
	try := c.attempt(user)
	try.Password = password
	who, err := c.opts.Login.Login(ctx, try)
	if err != nil || who.IsNobody() || password == "" {
		return nobody, errAccessDenied(user, c.host)
	}
	return who, nil
}

// switchPlugin asks the client to answer with plugin, and returns the answer.
func (c *conn) switchPlugin(plugin string, nonce []byte) ([]byte, error) {
	c.wr.begin()
	b := append(c.wr.buf, headerSwitch)
	b = append(append(b, plugin...), 0)
	c.wr.buf = append(append(b, nonce...), 0)
	c.wr.end()
	return c.readAnswer()
}

func (c *conn) writeMoreAuth(data byte) {
	c.wr.begin()
	c.wr.buf = append(c.wr.buf, headerMoreAuth, data)
	c.wr.end()
}

// readAnswer sends what is buffered and reads the client's next packet. It
// returns memory of its own.
func (c *conn) readAnswer() ([]byte, error) {
	if err := c.wr.flush(); err != nil {
		return nil, connectionFault{err}
	}
	answer, err := c.rd.next()
	if err != nil {
		return nil, err
	}
	return append([]byte{}, answer...), nil
}

// changeUser runs COM_CHANGE_USER: a login as complete as the first one, always
// with a nonce that has not been on the wire yet. A failure ends the connection,
// so it offers no more guesses than connecting does.
func changeUser(c *conn, arg []byte) error {
	p := payload{b: arg}
	r := response{user: p.nulString()}
	p.take(int(p.uint8())) // made from the first nonce, or not at all: not wanted
	r.database = p.nulString()
	if len(p.b) >= 2 {
		r.collation = p.uint16()
		r.plugin = p.nulString()
		if c.caps.has(capConnectAttrs) && len(p.b) > 0 {
			r.attributes = parseAttributes(&p)
		}
	}
	if p.bad {
		return c.quit(errMalformedPacket)
	}
	if r.plugin == pluginClear {
		r.answer = nil
	} else {
		r.plugin = "" // makes prove ask for the answer anew
	}
	c.listen(&r)
	if err := c.switchUser(&r); err != nil {
		return c.quit(err)
	}
	return nil
}

func (c *conn) switchUser(r *response) error {
	deadline := time.Now().Add(c.opts.LoginTimeout)
	ctx, cancel := context.WithDeadline(c.ctx, deadline)
	defer cancel()
	c.raw.setReadDeadline(deadline)
	c.rd.limit, c.rd.stall = c.opts.LoginBytes, nil // the deadline is for all of it
	who, err := c.prove(ctx, proof{user: r.user, plugin: r.plugin, answer: r.answer})
	if err != nil {
		return err
	}
	c.rd.stall = c.begun
	c.rd.limit = c.opts.MaxPacketBytes
	c.idleUntil = time.Time{} // the deadline has to be set anew
	c.closeStatements()
	c.several = c.caps.has(capMultiStatements)
	c.turn.give()
	err = c.sess.ChangeUser(c.ctx, who, c.sessionOptions(r))
	c.turn.take()
	if err != nil {
		return err
	}
	c.writeStatus()
	return nil
}

// quit tells the client err and ends the connection.
func (c *conn) quit(err error) error {
	_ = c.refuse(err) // it has logged what is worth it
	return errQuit
}
