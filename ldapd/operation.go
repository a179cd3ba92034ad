package ldapd

import (
	"context"
	"fmt"
	"runtime/debug"
)

// operation is one request that is being answered.
type operation struct {
	*view
	c      *conn
	m      message
	ctx    context.Context
	cancel context.CancelFunc
	done   chan struct{}

	// Of the operation's own goroutine: what goes with the result.
	extra    []byte
	controls []byte
	paging   *paging
	about    string // the entry that the client named
	policy   bool   // the client asked for the password policy control

	// Under conn.mu.
	abandoned  bool
	cancelling bool
	answering  bool // the result is decided and on its way
	outcome    code // valid after done
}

// kinds of operations: the tag of the answer and who gives it. A nil error is
// success.
type handler struct {
	response tag
	run      func(*operation) error
}

func handlerOf(op tag) (handler, bool) {
	switch op {
	case opSearch:
		return handler{opSearchDone, (*operation).search}, true
	case opCompare:
		return handler{opCompareResponse, (*operation).compare}, true
	case opAdd:
		return handler{opAddResponse, (*operation).add}, true
	case opModify:
		return handler{opModifyResponse, (*operation).modify}, true
	case opDelete:
		return handler{opDeleteResponse, (*operation).remove}, true
	case opModifyDN:
		return handler{opModifyDNResponse, (*operation).modifyDN}, true
	case opExtended:
		return handler{opExtendedResponse, (*operation).extended}, true
	}
	return handler{}, false
}

// dispatch begins an operation. It returns false when the connection is over.
func (c *conn) dispatch(m message) bool {
	switch m.op {
	case opUnbind:
		c.release(m)
		return false
	case opAbandon:
		if id, ok := number(m.body); ok {
			c.abandon(id)
		}
		c.release(m)
		return true
	case opBind:
		defer c.release(m)
		return c.bind(m)
	}
	if m.op == opExtended && extendedName(m.body) == startTLSOID {
		defer c.release(m)
		return c.upgrade(m)
	}
	h, ok := handlerOf(m.op)
	if !ok {
		c.release(m)
		c.sayWhy(errFraming)
		return false
	}
	op := &operation{c: c, m: m, view: c.view(), done: make(chan struct{})}
	ctx := c.ctx
	if from := c.s.opts.From; from != nil {
		ctx = from(ctx, op.who, c.base.RemoteAddr().String())
	}
	op.ctx, op.cancel = context.WithCancel(ctx)
	if f := c.register(op); f != nil {
		op.cancel()
		c.release(m)
		return c.write(appendResult(nil, m.id, h.response, f, nil, nil)) == nil
	}
	go op.answer(h)
	return true
}

// settle waits for the answers that are on their way. Who has read one may go on at
// once, and must not meet in the books what he knows to be over.
func (c *conn) settle() {
	var answering []*operation
	c.mu.Lock()
	for _, op := range c.ops {
		if op.answering {
			answering = append(answering, op)
		}
	}
	c.mu.Unlock()
	for _, op := range answering {
		<-op.done
	}
}

func (c *conn) register(op *operation) *fault {
	f := c.enter(op)
	if f != nil {
		c.settle()
		f = c.enter(op)
	}
	return f
}

// enter puts an operation into the books.
func (c *conn) enter(op *operation) *fault {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.ops[op.m.id] != nil {
		return refuse(protocolError, "message id %d is in use", op.m.id)
	}
	if len(c.ops) >= c.s.opts.Limits.Operations {
		return refuse(busy, "%d operations are running on this connection", len(c.ops))
	}
	c.ops[op.m.id] = op
	c.wg.Add(1)
	return nil
}

// answer runs the operation and sends its result.
func (op *operation) answer(h handler) {
	defer op.c.wg.Done()
	defer op.c.release(op.m)
	defer op.cancel()
	f := op.guarded(h.run)
	op.tell(f)
	c := op.c
	c.mu.Lock()
	// What was done before the cancel came is told as it is.
	if op.cancelling && f.code == unavailable {
		f = refuse(canceled, "canceled")
	}
	op.outcome, op.answering = f.code, true
	silent := op.abandoned
	c.mu.Unlock()
	if !silent {
		_ = c.write(appendResult(nil, op.m.id, h.response, f, op.extra, op.controls)) // write ends the connection itself
	}
	c.mu.Lock()
	delete(c.ops, op.m.id)
	c.mu.Unlock()
	close(op.done)
}

// guarded turns errors and panics into an answer: a fault in one operation harms
// nothing else.
func (op *operation) guarded(run func(*operation) error) (f *fault) {
	defer func() {
		if p := recover(); p != nil {
			f = op.internal(fmt.Errorf("panic: %v\n%s", p, debug.Stack()))
		}
	}()
	err := op.readControls()
	if err == nil {
		err = run(op)
	}
	f, known := &fault{}, true
	if err != nil {
		f, known = faultOf(err)
	}
	if !known {
		return op.internal(err)
	}
	if op.policy {
		op.controls = appendPolicy(op.controls, f.policy)
	}
	return f
}

func (op *operation) internal(err error) *fault {
	op.c.s.opts.Logger.Error("ldapd: operation failed", "remote", op.c.base.RemoteAddr(), "operation", fmt.Sprintf("%#x", byte(op.m.op)), "error", err)
	op.extra, op.controls = nil, nil
	f, _ := faultOf(nil)
	return f
}

// abandon ends an operation that shall not be answered.
func (c *conn) abandon(id int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if op := c.ops[id]; op != nil && op.m.op != opExtended {
		op.abandoned = true
		op.cancel()
	}
}

// abandonAll ends all operations and waits until none can answer any more.
func (c *conn) abandonAll() {
	c.mu.Lock()
	for _, op := range c.ops {
		op.abandoned = true
		op.cancel()
	}
	c.mu.Unlock()
	c.wg.Wait()
}

// Refusal is what somebody who has bound may not do, for who keeps a record of it.
type Refusal struct {
	Operation string // "modify"
	Entry     string // the DN as the client wrote it, cut; "" where it was not read
	Code      int    // the result that the client got
	Text      string // what it heard
}

// operationNames are those that change something; others are refused by answering less.
var operationNames = map[tag]string{
	opAdd: "add", opModify: "modify", opDelete: "delete", opModifyDN: "modifyDN", opExtended: "extended operation", opCompare: "compare", opSearch: "search",
}

// maxRefusedDN bounds what a refusal takes over of the client's text.
const maxRefusedDN = 256

// tell reports a refusal of who has bound: of somebody unknown there is nothing to
// tell. A change of an entry that he may not see is answered as one of no entry.
func (op *operation) tell(f *fault) {
	reads := op.m.op == opSearch || op.m.op == opCompare
	refused := f.code == insufficientAccess || op.hidden && !reads
	if told := op.c.s.opts.Refused; told != nil && refused && !op.who.IsNobody() {
		told(op.ctx, Refusal{Operation: operationNames[op.m.op], Entry: op.about[:min(len(op.about), maxRefusedDN)], Code: int(f.code), Text: f.text})
	}
}

// administer demands the right to change accounts. Who lacks it learns nothing
// about the entry that he may not read.
func (op *operation) administer() error {
	switch {
	case op.who.IsNobody():
		return refuse(insufficientAccess, "bind first")
	case !op.admin:
		return refuse(insufficientAccess, "this needs USER ADMIN")
	}
	return nil
}

// target is the entry of a change that the client may make.
func (op *operation) target(name string) (*entry, error) {
	op.about = name
	parsed, err := parseDN(name)
	if err != nil {
		return nil, refuse(invalidDN, "invalid DN")
	}
	return op.find(parsed)
}

func malformed() *fault { return refuse(protocolError, "malformed request") }
