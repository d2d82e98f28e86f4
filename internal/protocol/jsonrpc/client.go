package jsonrpc

import (
	"bytes"
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"sync/atomic"
	"time"
)

// Options of a [Client]. The zero value works.
type Options struct {
	// MaxReply is the largest body of a reply that is read, in bytes; 0 stands for [DefaultMaxReply].
	MaxReply int
	// Timeout bounds a call beside the context's own deadline; 0 stands for [DefaultTimeout].
	Timeout time.Duration
	// TLS is used for https addresses; nil trusts the system's certificates.
	TLS *tls.Config
}

// Client calls commands of one Kamailio over one kept connection. It is safe for concurrent use; calls wait for each other.
type Client struct {
	address   string
	timeout   time.Duration
	max       int
	transport *http.Transport
	id        atomic.Uint64
}

// NewClient returns a client for the server at u, as [ParseURL] returns it. It does not connect yet.
func NewClient(u *url.URL, opts Options) *Client {
	if opts.MaxReply <= 0 {
		opts.MaxReply = DefaultMaxReply
	}
	if opts.Timeout <= 0 {
		opts.Timeout = DefaultTimeout
	}
	return &Client{
		address: u.String(),
		timeout: opts.Timeout,
		max:     opts.MaxReply,
		transport: &http.Transport{
			Proxy:                  nil, // nor from the environment: RPC stays where it was sent
			DialContext:            (&net.Dialer{}).DialContext,
			TLSClientConfig:        opts.TLS,
			DisableCompression:     true,
			MaxConnsPerHost:        1,
			IdleConnTimeout:        time.Minute, // Kamailio's tcp_connection_lifetime is 120 s
			MaxResponseHeaderBytes: 64 << 10,
		},
	}
}

// Call runs a command and returns its result. Arguments may be int, string or float64. A daemon that ends between the
// request and its reply, on a kept connection, may run the command twice.
//
// The error wraps a *[Fault] if the daemon refused the call, a *[DecodeError] if it sent no sound reply, and a
// *[TransportError] if no complete reply came; the last wraps context.DeadlineExceeded or context.Canceled if ctx or the
// client's timeout ended the call. Other errors are about the arguments.
func (c *Client) Call(ctx context.Context, method string, args ...any) (Value, error) {
	ctx, cancel := context.WithTimeout(ctx, c.timeout)
	defer cancel()
	result, err := c.call(ctx, method, args)
	if err != nil {
		return Value{}, fmt.Errorf("%s at %s: %w", method, c.address, err)
	}
	return result, nil
}

// Close closes the connection unless a call is in progress, which its context ends. A later call makes a new one.
func (c *Client) Close() error {
	c.transport.CloseIdleConnections()
	return nil
}

func (c *Client) call(ctx context.Context, method string, args []any) (Value, error) {
	id := c.id.Add(1)
	request, err := encodeRequest(id, method, args)
	if err != nil {
		return Value{}, err
	}
	status, body, err := c.post(ctx, request)
	if err != nil {
		return Value{}, err
	}
	result, err := DecodeReply(body, id)
	var bad *DecodeError
	if errors.As(err, &bad) {
		return Value{}, fmt.Errorf("HTTP status %d: %w", status, err)
	}
	if err == nil && status != http.StatusOK {
		return Value{}, &DecodeError{What: fmt.Sprintf("a result with HTTP status %d", status)}
	}
	return result, err
}

// encodeRequest writes a call. Kamailio wants the arguments in order, not by name.
func encodeRequest(id uint64, method string, args []any) ([]byte, error) {
	for i, arg := range args {
		switch arg.(type) {
		case int, string, float64:
		default:
			return nil, fmt.Errorf("argument %d: %T: want int, string or float64", i+1, arg)
		}
	}
	request, err := json.Marshal(struct {
		Version string `json:"jsonrpc"`
		Method  string `json:"method"`
		Params  []any  `json:"params,omitempty"`
		ID      uint64 `json:"id"`
	}{"2.0", method, args, id})
	if err != nil {
		return nil, fmt.Errorf("arguments: %w", err)
	}
	return request, nil
}

// post sends a request and reads the whole reply, whatever its status.
func (c *Client) post(ctx context.Context, request []byte) (status int, body []byte, err error) {
	var connected atomic.Bool
	ctx = httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
		GotConn: func(httptrace.GotConnInfo) { connected.Store(true) },
	})
	call, err := http.NewRequestWithContext(ctx, http.MethodPost, c.address, bytes.NewReader(request))
	if err != nil {
		return 0, nil, fmt.Errorf("request: %w", err)
	}
	call.Header.Set("Content-Type", "application/json")
	// A nil value sends nothing, and lets the transport repeat the call if a kept connection turns out to be closed.
	call.Header["X-Idempotency-Key"] = nil
	reply, err := c.transport.RoundTrip(call) // no http.Client: it would follow redirects
	switch {
	case err == nil:
	case !connected.Load():
		return 0, nil, connectError(ctx, err)
	default:
		return 0, nil, headError(ctx, err)
	}
	defer func() { _ = reply.Body.Close() }()
	body, err = io.ReadAll(io.LimitReader(reply.Body, int64(c.max)+1))
	if err != nil {
		return 0, nil, bodyError(ctx, err, len(body))
	}
	if len(body) > c.max {
		return 0, nil, &DecodeError{Offset: int64(c.max), What: fmt.Sprintf("a body of more than %d bytes", c.max)}
	}
	return reply.StatusCode, body, nil
}
