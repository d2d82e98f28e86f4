package ng

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"strconv"
	"sync"
	"time"

	"github.com/voipbin/observability/internal/protocol/bencode"
)

// Options of a [Client]. The zero value works.
type Options struct {
	// Format of the questions, and so of the answers; Auto finds it out.
	Format Format
	// Timeout bounds a call, connecting and waiting for other calls included, beside the context's own deadline; 0 stands
	// for [DefaultTimeout].
	Timeout time.Duration
	// Retransmit is the pause before a datagram is first sent again; 0 stands for [DefaultRetransmit].
	Retransmit time.Duration
	// MaxReply is the largest reply that is read off a stream, in bytes; 0 stands for [DefaultMaxReply].
	MaxReply int
	// Source is the address to ask from: RTPEngine keeps its statistics of questions by it. The zero Addr, and an address that
	// this host does not have, leave that to the system.
	Source netip.Addr
}

// link carries a question to the daemon and brings back the answer, both without cookie. One call at a time uses it. Its
// errors are those of Client.Call; after one the link can be used again.
type link interface {
	exchange(ctx context.Context, cookie string, body []byte) (string, error)
	localAddr() netip.Addr
	close() error
}

// Client asks one RTPEngine. It connects when first needed and keeps the connection. It is safe for concurrent use; calls
// wait for each other. After anything that goes wrong with a connection it is closed, so that no late reply waits on it for a
// later call; over UDP late replies are told by their cookies.
type Client struct {
	address Address
	timeout time.Duration
	link    link

	turn    chan struct{} // holds one token: taken by the call that may use the link and the fields of this block
	format  Format        // Auto until it is known
	auto    bool          // whether it may change
	cookies string        // what all cookies of this client start with
	number  uint64        // of the last cookie

	mu      sync.Mutex // Close needs no turn, or it would wait for the call that it is to end
	closed  bool
	current context.CancelCauseFunc // ends the call in progress, if there is one
	local   netip.Addr
}

// NewClient returns a client for the RTPEngine at address. It does not connect yet.
func NewClient(address Address, opts Options) *Client {
	if opts.Timeout <= 0 {
		opts.Timeout = DefaultTimeout
	}
	if opts.Retransmit <= 0 {
		opts.Retransmit = DefaultRetransmit
	}
	if opts.MaxReply <= 0 {
		opts.MaxReply = DefaultMaxReply
	}
	c := &Client{
		address: address, timeout: opts.Timeout,
		turn: make(chan struct{}, 1), format: opts.Format, auto: opts.Format == Auto,
		// Random, so that no other client and no earlier run of this one has the same cookies.
		cookies: rand.Text() + "_",
	}
	socket := socket{address: address, source: opts.Source}
	switch address.Network {
	case "http":
		c.link = newWeb(address, opts.Source, opts.MaxReply)
	case "tcp":
		c.link = &stream{socket: socket, max: opts.MaxReply}
		c.format, c.auto = Bencode, false // whatever was asked for: JSON would never be answered
	default:
		c.link = &datagram{socket: socket, retransmit: opts.Retransmit}
	}
	return c
}

// Call runs a command and returns the dictionary that answers it. Numbers in it may be Ints or Strings: ask with care.
//
// The error wraps a *[Refusal] if the daemon refused, a *[DecodeError] if it sent no sound reply, and a *[TransportError] if
// no complete reply came; the last wraps context.DeadlineExceeded or context.Canceled if ctx or the client's timeout ended
// the call, and net.ErrClosed after Close. Other errors are about the arguments.
func (c *Client) Call(ctx context.Context, command string, args ...bencode.Member) (bencode.Value, error) {
	var reply bencode.Value
	err := c.do(ctx, func(ctx context.Context) (err error) {
		reply, err = c.call(ctx, command, args)
		return err
	})
	if err != nil {
		return bencode.Value{}, fmt.Errorf("%s at %s: %w", command, c.address, err)
	}
	return reply, nil
}

// CLI runs a command of the command-line interface that rtpengine-ctl speaks, and returns its text. That takes HTTP, or a
// daemon that has the ng command cli (26.0 has it, 12.5 has not). The errors are those of Call; one that is a *Refusal for
// which UnknownCommand is true means that there is no way.
func (c *Client) CLI(ctx context.Context, command string) (string, error) {
	var text string
	err := c.do(ctx, func(ctx context.Context) (err error) {
		text, err = c.commandLine(ctx, command)
		return err
	})
	if err != nil {
		return "", fmt.Errorf("command line %q at %s: %w", command, c.address, err)
	}
	return text, nil
}

// LocalAddr returns the address that the client last asked from, or the zero Addr before the first call.
func (c *Client) LocalAddr() netip.Addr {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.local
}

// Renegotiate forgets which format the daemon reads, for a daemon that was started anew and may be another version.
func (c *Client) Renegotiate(ctx context.Context) {
	_ = c.do(ctx, func(context.Context) error { // an error means that nothing was forgotten, which still works
		c.forgetFormat()
		return nil
	})
}

// Close ends a call in progress, closes the connection and makes all later calls fail with net.ErrClosed.
func (c *Client) Close() error {
	c.mu.Lock()
	closed := c.closed
	c.closed = true
	if c.current != nil {
		c.current(net.ErrClosed)
	}
	c.mu.Unlock()
	if closed {
		return nil
	}
	c.turn <- struct{}{} // as soon as the call has ended
	defer func() { <-c.turn }()
	if err := c.link.close(); err != nil {
		return fmt.Errorf("close %s: %w", c.address, err)
	}
	return nil
}

// do runs f when its turn has come, with the time that the client and the caller allow.
func (c *Client) do(ctx context.Context, f func(context.Context) error) error {
	ctx, stop := context.WithTimeout(ctx, c.timeout)
	defer stop()
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	select {
	case c.turn <- struct{}{}:
		defer func() { <-c.turn }()
	case <-ctx.Done():
		return &TransportError{Op: "wait", Err: ctx.Err()}
	}
	if err := c.begin(ctx, cancel); err != nil {
		return &TransportError{Op: "wait", Err: err}
	}
	defer c.end()
	return f(ctx)
}

func (c *Client) begin(ctx context.Context, cancel context.CancelCauseFunc) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed {
		return net.ErrClosed
	}
	c.current = cancel
	return ctx.Err()
}

func (c *Client) end() {
	local := c.link.localAddr()
	c.mu.Lock()
	defer c.mu.Unlock()
	c.current, c.local = nil, local
}

// call asks in the format that the daemon is known to read, or finds that out.
func (c *Client) call(ctx context.Context, command string, args []bencode.Member) (bencode.Value, error) {
	format := c.format
	if format == Auto {
		format = JSON
	}
	body, err := c.ask(ctx, format, command, args)
	if c.auto && err == nil && format == JSON && speaksNoJSON(body) {
		format = Bencode
		body, err = c.ask(ctx, format, command, args)
	}
	var transport *TransportError
	switch {
	case errors.As(err, &transport):
		c.forgetFormat() // the daemon may come back as another version
		return bencode.Value{}, err
	case err != nil:
		return bencode.Value{}, err
	}
	reply, err := Decode(body)
	var bad *DecodeError
	if c.auto && !errors.As(err, &bad) {
		c.format = format
	}
	return reply, err
}

func (c *Client) commandLine(ctx context.Context, command string) (string, error) {
	if w, ok := c.link.(*web); ok {
		return w.cli(ctx, command)
	}
	reply, err := c.call(ctx, "cli", []bencode.Member{{Key: "body", Value: bencode.StringOf(command)}})
	if err != nil {
		return "", err
	}
	response, ok := reply.Lookup("response")
	if !ok {
		return "", &DecodeError{What: "no response in it"}
	}
	return response.Text(), nil
}

// ask puts one question under a cookie of its own.
func (c *Client) ask(ctx context.Context, format Format, command string, args []bencode.Member) (string, error) {
	body, err := Append(nil, format, question(command, args))
	if err != nil {
		return "", fmt.Errorf("arguments: %w", err)
	}
	c.number++
	return c.link.exchange(ctx, c.cookies+strconv.FormatUint(c.number, 10), body)
}

func (c *Client) forgetFormat() {
	if c.auto {
		c.format = Auto
	}
}
