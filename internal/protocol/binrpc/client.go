package binrpc

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"sync"
	"syscall"
	"time"

	"github.com/voipbin/observability/internal/protocol/peer"
)

// DefaultTimeout bounds a call when [Options] names no other bound.
const DefaultTimeout = 10 * time.Second

// Options of a [Client]. The zero value works.
type Options struct {
	// MaxReply is the largest payload of a reply that is read, in bytes; 0 stands for [DefaultMaxReply].
	MaxReply int
	// Timeout bounds a call, connecting and waiting for other calls included, beside the context's own deadline; 0 stands
	// for [DefaultTimeout].
	Timeout time.Duration
}

// Client calls commands of one Kamailio over one connection, which it makes when first needed and keeps. It is safe for
// concurrent use; calls wait for each other, because ctl serves one at a time anyway. A kept connection that turns out
// to be dead (ctl closes idle ones after 120 s) is made anew once without a word. After anything else that goes wrong the
// connection is closed, so that no late reply is ever taken for the answer to a later call.
type Client struct {
	addr    Address
	timeout time.Duration
	max     int

	turn    chan struct{} // holds one token: taken by the call that may use the fields of this block
	cookie  uint32
	request []byte
	replies *Reader // of conn

	mu     sync.Mutex // Close needs no turn, or it would wait for the call that it is to end
	conn   net.Conn   // nil when there is none; written with turn and mu
	closed bool
}

// NewClient returns a client for the ctl socket at addr. It does not connect yet.
func NewClient(addr Address, opts Options) *Client {
	if opts.Timeout <= 0 {
		opts.Timeout = DefaultTimeout
	}
	return &Client{addr: addr, timeout: opts.Timeout, max: opts.MaxReply, turn: make(chan struct{}, 1)}
}

// Call is like [Client.CallList] and returns the records one by one.
func (c *Client) Call(ctx context.Context, method string, args ...any) ([]Value, error) {
	list, err := c.CallList(ctx, method, args...)
	return list.Items(), err
}

// CallList runs a command and returns the records of its reply as an Array, in which there may be none. Arguments are those of
// [AppendRequest]. A daemon that ends between the request and its reply, on a kept connection, may run the command twice.
//
// The error wraps a *[Fault] if the daemon refused the call, a *[DecodeError] if it sent no sound reply, and a
// *[TransportError] if no complete reply came; the last wraps context.DeadlineExceeded or context.Canceled if ctx or the
// client's timeout ended the call, and net.ErrClosed after Close. Other errors are about the arguments.
func (c *Client) CallList(ctx context.Context, method string, args ...any) (Value, error) {
	ctx, cancel := context.WithTimeout(ctx, c.timeout)
	defer cancel()
	records, err := c.call(ctx, method, args)
	if err != nil {
		return Value{}, fmt.Errorf("%s at %s: %w", method, c.addr, err)
	}
	return Adopt(Array, records), nil
}

// Close ends a call in progress, closes the connection and makes all later calls fail with net.ErrClosed.
func (c *Client) Close() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed {
		return nil
	}
	c.closed = true
	if c.conn == nil {
		return nil
	}
	if err := c.conn.Close(); err != nil {
		return fmt.Errorf("close %s: %w", c.addr, err)
	}
	return nil
}

func (c *Client) call(ctx context.Context, method string, args []any) ([]Member, error) {
	select {
	case c.turn <- struct{}{}:
		defer func() { <-c.turn }()
	case <-ctx.Done():
		return nil, &TransportError{Op: "wait", Err: ctx.Err()}
	}
	if err := ctx.Err(); err != nil {
		return nil, &TransportError{Op: "wait", Err: err}
	}
	c.cookie++
	var err error
	if c.request, err = AppendRequest(c.request[:0], c.cookie, method, args...); err != nil {
		return nil, err
	}
	reply, err := c.exchange(ctx)
	if errors.Is(err, errStale) {
		reply, err = c.exchange(ctx)
	}
	if err != nil {
		return nil, err
	}
	if reply.Fault != nil {
		return nil, reply.Fault
	}
	return reply.records, nil
}

// errStale marks the end of a kept connection before the daemon can have seen the request, or answered it.
var errStale = errors.New("kept connection was closed")

// exchange sends the request and reads its reply. Unless it succeeds, there is no connection afterwards.
func (c *Client) exchange(ctx context.Context) (packet, error) {
	conn, kept, err := c.connection(ctx)
	if err != nil {
		return packet{}, &TransportError{Op: "connect", Err: cause(ctx, err)}
	}
	stop := context.AfterFunc(ctx, func() { _ = conn.SetDeadline(time.Unix(1, 0)) })
	reply, err := c.converse(ctx, conn, kept)
	// If the function above has begun, it may yet spoil the deadline of the next call on this connection.
	if interrupted := !stop(); interrupted || err != nil {
		c.disconnect()
	}
	return reply, err
}

// converse writes the request and reads one packet, which must be the answer to it.
func (c *Client) converse(ctx context.Context, conn net.Conn, kept bool) (packet, error) {
	if _, err := conn.Write(c.request); err != nil {
		if kept && hungUp(err) {
			return packet{}, errStale
		}
		return packet{}, &TransportError{Op: "write", Err: cause(ctx, err)}
	}
	reply, err := c.replies.read()
	if err == nil {
		return reply, c.check(reply)
	}
	var bad *DecodeError
	var cut *cutError
	switch {
	case errors.As(err, &bad):
		return packet{}, err
	case errors.As(err, &cut):
		return packet{}, &TransportError{Op: "read", Err: &cutError{after: cut.after, err: cause(ctx, cut.err)}}
	case kept && hungUp(err):
		return packet{}, errStale
	case errors.Is(err, io.EOF):
		return packet{}, &TransportError{Op: "read", Err: fmt.Errorf("connection closed without an answer: %w", err)}
	default:
		return packet{}, &TransportError{Op: "read", Err: fmt.Errorf("no answer: %w", cause(ctx, err))}
	}
}

// check refuses a packet that is not the one answer to the request just sent.
func (c *Client) check(reply packet) error {
	switch {
	case reply.Type == TypeRequest:
		return &DecodeError{Offset: 1, What: "a request in place of a reply"}
	case reply.Cookie != c.cookie:
		return &DecodeError{Offset: 2, What: "the cookie of another call"}
	case c.replies.Buffered() > 0:
		return &DecodeError{Offset: c.replies.size, What: fmt.Sprintf("%d bytes after the end of the reply", c.replies.Buffered())}
	}
	return nil
}

// connection returns the connection with the deadline of ctx set, and whether it was kept from an earlier call.
func (c *Client) connection(ctx context.Context) (conn net.Conn, kept bool, err error) {
	c.mu.Lock()
	conn, closed := c.conn, c.closed
	c.mu.Unlock()
	if closed {
		return nil, false, net.ErrClosed
	}
	if kept = conn != nil; !kept {
		if conn, err = c.connect(ctx); err != nil {
			return nil, false, err
		}
	}
	deadline, _ := ctx.Deadline() // Call has set one
	if err := conn.SetDeadline(deadline); err != nil {
		c.disconnect()
		return nil, false, err
	}
	return conn, kept, nil
}

func (c *Client) connect(ctx context.Context) (net.Conn, error) {
	var dialer net.Dialer
	conn, err := dialer.DialContext(ctx, c.addr.Network, c.addr.Address)
	if err != nil {
		return nil, c.explain(ctx, err)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed {
		_ = conn.Close()
		return nil, net.ErrClosed
	}
	c.conn = conn
	c.replies = NewReader(conn, c.max)
	return conn, nil
}

func (c *Client) disconnect() {
	c.mu.Lock()
	defer c.mu.Unlock()
	_ = c.conn.Close() // the error that led here is the one that matters
	c.conn, c.replies = nil, nil
}

// explain adds to the error of a dial what to do about it.
func (c *Client) explain(ctx context.Context, err error) error {
	short := peer.Cause(context.WithoutCancel(ctx), err) // of the dial, also where ctx has ended meanwhile
	switch {
	case errors.Is(err, os.ErrPermission) && c.addr.Network == "unix":
		return fmt.Errorf("%w: %s", short, explainPermission(c.addr.Address))
	case errors.Is(err, os.ErrNotExist):
		return fmt.Errorf(`%w: is Kamailio running, with its ctl module and modparam("ctl", "binrpc", "unix:%s")?`,
			short, c.addr.Address)
	case errors.Is(err, syscall.ECONNREFUSED):
		return fmt.Errorf("%w: nobody listens there; is Kamailio running?", short)
	default:
		return err
	}
}

// hungUp tells whether err means that the peer has closed the connection.
func hungUp(err error) bool {
	return errors.Is(err, io.EOF) || errors.Is(err, syscall.EPIPE) || errors.Is(err, syscall.ECONNRESET)
}

// cause is what err means for the connection; err itself where it says what to do, or is about something else.
func cause(ctx context.Context, err error) error { return cmp.Or(peer.Cause(ctx, err), err) }
