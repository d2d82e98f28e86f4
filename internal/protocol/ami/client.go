package ami

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"time"
)

// idPrefix begins the ActionIDs of this client.
const idPrefix = "obs-"

// Options say how to connect.
type Options struct {
	Username, Secret string
	// PlainLogin sends the secret as it is, instead of the MD5 digest of a challenge and it. It is for an Asterisk whose MD5 is
	// switched off; without TLS anybody on the way reads it.
	PlainLogin bool
	// TLS is for addresses of network tls; nil is the system's roots.
	TLS *tls.Config
	// Events are the classes of events wanted, as Asterisk spells them: "off", which is what "" stands for, "on", or such as
	// "call,agent". The user's own permission limits them further.
	Events string
	// OnEvent receives every event that belongs to no answer, in order, one at a time. It must be quick and must not call the
	// connection: nothing is read meanwhile, and Asterisk drops a manager that does not read. nil throws events away.
	OnEvent func(Message)
	// MaxMessage and MaxAnswer bound what is kept of a message and of an answer, in bytes; 0 is the default.
	MaxMessage, MaxAnswer int
}

// Conn is one connection that is logged in. It is safe for concurrent use.
type Conn struct {
	conn    net.Conn
	reader  *Reader
	version string
	opts    Options

	writing chan struct{} // holds a token while an action is being written
	lastID  atomic.Uint64
	booted  chan struct{} // closed by the event FullyBooted
	boot    Message       // that event; valid once booted is closed
	done    chan struct{} // closed when nothing is read any longer

	mu      sync.Mutex
	pending map[string]*pending
	err     error // why the connection ended
}

// Dial connects and logs in. Errors are *TransportError, *DecodeError or ErrAuthentication. The connection lives until Close, or until it
// breaks.
func Dial(ctx context.Context, a Address, o Options) (*Conn, error) {
	var dialer net.Dialer
	conn, err := dialer.DialContext(ctx, "tcp", a.hostPort())
	if err != nil {
		return nil, &TransportError{Op: "connect", Err: withContext(ctx, hint(err))}
	}
	stop := context.AfterFunc(ctx, func() { _ = conn.SetDeadline(time.Unix(1, 0)) }) // whatever blocks, fails
	c, err := open(ctx, conn, a, o)
	if !stop() && err == nil {
		err = &TransportError{Op: "connect", Err: context.Cause(ctx)}
	}
	if err != nil {
		_ = conn.Close()
		return nil, err
	}
	go c.read()
	return c, nil
}

// open does all that comes before the connection is of use.
func open(ctx context.Context, conn net.Conn, a Address, o Options) (*Conn, error) {
	if a.Network == "tls" {
		config := &tls.Config{MinVersion: tls.VersionTLS12}
		if o.TLS != nil {
			config = o.TLS.Clone()
		}
		if config.ServerName == "" {
			config.ServerName = a.Host
		}
		secure := tls.Client(conn, config)
		if err := secure.HandshakeContext(ctx); err != nil {
			return nil, &TransportError{Op: "handshake", Err: withContext(ctx, err)}
		}
		conn = secure
	}
	c := &Conn{
		conn: conn, reader: NewReader(conn, o.MaxMessage), opts: o, writing: make(chan struct{}, 1),
		booted: make(chan struct{}), done: make(chan struct{}), pending: make(map[string]*pending),
	}
	if c.opts.MaxAnswer <= 0 {
		c.opts.MaxAnswer = DefaultMaxAnswer
	}
	var err error
	if c.version, err = c.reader.Banner(); err != nil {
		return nil, readError(ctx, err)
	}
	return c, c.login(ctx)
}

// hint says what to look at where an address is right and nobody is there.
func hint(err error) error {
	if errors.Is(err, syscall.ECONNREFUSED) {
		return fmt.Errorf("%w: nobody listens there; is Asterisk running, with enabled = yes and this bindaddr in manager.conf?", err)
	}
	return err
}

// withContext lets the end of ctx speak for the error that it caused.
func withContext(ctx context.Context, err error) error {
	if cause := context.Cause(ctx); cause != nil {
		return fmt.Errorf("%w (%w)", cause, err)
	}
	return err
}

// Version is that of the interface: 5.0 in Asterisk 16, 11.0 in 22.
func (c *Conn) Version() string { return c.version }

// Done is closed when the connection has ended; Err then says why.
func (c *Conn) Done() <-chan struct{} { return c.done }

// Err is why the connection ended, or nil while it has not.
func (c *Conn) Err() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.err
}

// Close ends the connection and everything that waits on it, and returns when no event is handed on any more. It must not be called
// from OnEvent.
func (c *Conn) Close() {
	c.fail(ErrClosed)
	<-c.done
}

// fail ends the connection for a reason; the first one stays.
func (c *Conn) fail(err error) {
	c.mu.Lock()
	if c.err == nil {
		c.err = err
	}
	c.mu.Unlock()
	_ = c.conn.Close() // the reader ends
}

// Booted is closed once Asterisk has said that it is fully booted, which it does right after the login if it was before. Until then
// modules are still being loaded, and their actions are unknown. It needs class system among the events wanted and permitted.
func (c *Conn) Booted() <-chan struct{} { return c.booted }

// Boot is the event FullyBooted; valid once Booted is closed. Its Uptime and LastReload are in seconds.
func (c *Conn) Boot() Message { return c.boot }

// WaitBooted waits until Asterisk is fully booted.
func (c *Conn) WaitBooted(ctx context.Context) error {
	select {
	case <-c.booted:
		return nil
	case <-c.done:
		return c.Err()
	case <-ctx.Done():
		return &TransportError{Op: "wait", Err: context.Cause(ctx)}
	}
}

// Answer is what Asterisk answered to an action.
type Answer struct {
	// Response is the answer itself.
	Response Message
	// Events are the items of a list, in order.
	Events []Message
	// Complete is the event that ended the list; it may hold totals.
	Complete Message
}

// pending is an action whose answer is awaited.
type pending struct {
	action string
	list   bool // the list has begun
	size   int  // bytes kept so far
	large  bool // what follows is not kept
	answer Answer
	err    error
	done   chan struct{}
}

// Do puts a question and returns the whole answer. Errors are *Refusal, *TransportError, *DecodeError or ErrTooLarge, and after the
// end of the connection what Err tells. After an error other than that the connection can be used again: an answer that comes late
// is thrown away.
func (c *Conn) Do(ctx context.Context, a Action) (Answer, error) {
	id := idPrefix + strconv.FormatUint(c.lastID.Add(1), 10)
	text, err := a.encode(id)
	if err != nil {
		return Answer{}, err
	}
	p := &pending{action: a.Name, done: make(chan struct{})}
	if err := c.await(id, p); err != nil {
		return Answer{}, err
	}
	if err := c.write(ctx, text); err != nil {
		c.forget(id)
		return Answer{}, err
	}
	select {
	case <-p.done:
		return p.answer, p.err
	case <-ctx.Done():
		c.forget(id)
		return Answer{}, &TransportError{Op: "wait", Err: context.Cause(ctx)}
	}
}

// await expects an answer, unless the connection is over.
func (c *Conn) await(id string, p *pending) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.err != nil {
		return c.err
	}
	c.pending[id] = p
	return nil
}

func (c *Conn) forget(id string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.pending, id)
}

// write sends one action. One that was not sent whole leaves a stream that means nothing, so it ends the connection.
func (c *Conn) write(ctx context.Context, text []byte) error {
	select {
	case c.writing <- struct{}{}:
		defer func() { <-c.writing }()
	case <-ctx.Done():
		return &TransportError{Op: "wait", Err: context.Cause(ctx)}
	case <-c.done:
		return c.Err()
	}
	if err := ctx.Err(); err != nil {
		return &TransportError{Op: "wait", Err: context.Cause(ctx)}
	}
	stop := context.AfterFunc(ctx, func() { _ = c.conn.SetWriteDeadline(time.Unix(1, 0)) })
	_, err := c.conn.Write(text)
	if !stop() && err == nil { // the deadline would hit the next action
		err = context.Cause(ctx)
	}
	if err != nil {
		err = &TransportError{Op: "write", Err: withContext(ctx, err)}
		c.fail(err)
	}
	return err
}

// Filter asks for events of these names only. They are filtered before they are sent, which spares both sides most of the work;
// answers are not filtered. It needs permission to write class system.
func (c *Conn) Filter(ctx context.Context, names ...string) error {
	// The pattern is an extended regular expression (POSIX) over the event's text, from Asterisk 1.8 to 22. What follows the name
	// keeps Hangup from standing for HangupRequest.
	pattern := "^Event: (" + strings.Join(names, "|") + ")[^A-Za-z]"
	_, err := c.Do(ctx, NewAction("Filter", "Operation", "Add", "Filter", pattern))
	return err
}
