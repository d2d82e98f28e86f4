package ng

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"net/netip"
	"net/url"
	"strings"
	"sync/atomic"
	"time"

	"github.com/voipbin/observability/internal/protocol/peer"
)

// contentType marks a message with its cookie; RTPEngine takes no other type at /ng (seen on all three versions).
const contentType = "application/x-rtpengine-ng"

// web carries messages over HTTP.
type web struct {
	base      string // http://host:port
	max       int    // size of the largest body that is read, in bytes
	transport *http.Transport
	local     atomic.Pointer[netip.Addr] // our address of the last connection; the transport sets it on a goroutine of its own
}

func newWeb(address Address, source netip.Addr, maxReply int) *web {
	return &web{
		base: address.String(),
		max:  maxReply,
		transport: &http.Transport{
			Proxy:                  nil, // nor from the environment: ng stays where it was sent
			DialContext:            func(ctx context.Context, _, _ string) (net.Conn, error) { return dial(ctx, address, source) },
			DisableCompression:     true,
			MaxConnsPerHost:        1,
			IdleConnTimeout:        time.Minute,
			MaxResponseHeaderBytes: 64 << 10,
		},
	}
}

// exchange posts the message and returns the answer in the body.
func (w *web) exchange(ctx context.Context, cookie string, body []byte) (string, error) {
	question := append([]byte(cookie+" "), body...)
	reply, err := w.do(ctx, http.MethodPost, "/ng", question)
	if err != nil {
		return "", err
	}
	theirs, answer, found := strings.Cut(reply, " ")
	if !found || theirs != cookie {
		return "", &DecodeError{What: "not the cookie of the question"}
	}
	return answer, nil
}

// cli runs a command of the command-line interface.
func (w *web) cli(ctx context.Context, command string) (string, error) {
	return w.do(ctx, http.MethodGet, "/cli/"+url.PathEscape(command), nil)
}

// do makes a call and returns the body of its answer.
func (w *web) do(ctx context.Context, method, path string, body []byte) (string, error) {
	var connected atomic.Bool
	ctx = httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{GotConn: func(info httptrace.GotConnInfo) {
		local := localOf(info.Conn)
		w.local.Store(&local)
		connected.Store(true)
	}})
	call, err := http.NewRequestWithContext(ctx, method, w.base+path, bytes.NewReader(body))
	if err != nil {
		return "", fmt.Errorf("question: %w", err)
	}
	call.Header.Set("Content-Type", contentType)
	// A nil value sends nothing, and lets the transport repeat the call if a kept connection turns out to be closed: the
	// daemon knows the cookie.
	call.Header["X-Idempotency-Key"] = nil
	reply, err := w.transport.RoundTrip(call) // no http.Client: it would follow redirects
	switch {
	case err == nil:
	case !connected.Load():
		return "", connectError(ctx, err)
	default:
		return "", headError(ctx, err)
	}
	defer func() { _ = reply.Body.Close() }()
	return w.body(ctx, reply)
}

// body reads the body of a reply, which must be one of success.
func (w *web) body(ctx context.Context, reply *http.Response) (string, error) {
	if reply.StatusCode != http.StatusOK {
		return "", &DecodeError{What: fmt.Sprintf("HTTP status %d; is that RTPEngine's listen-http?", reply.StatusCode)}
	}
	text, err := io.ReadAll(io.LimitReader(reply.Body, int64(w.max)+1))
	switch {
	case err != nil && peer.Cause(ctx, err) == nil:
		return "", &DecodeError{What: "not an HTTP reply"}
	case err != nil:
		return "", readError(ctx, err, len(text))
	case len(text) > w.max:
		return "", &DecodeError{What: fmt.Sprintf("more than %d bytes", w.max)}
	}
	return string(text), nil
}

// headError is for an error after the question was sent and before the head of the reply was there. Package http quotes what
// it cannot read, so none of its errors is passed on that is not known to be about the connection.
func headError(ctx context.Context, err error) error {
	if peer.Cause(ctx, err) == nil {
		return &DecodeError{What: "not an HTTP reply"}
	}
	return readError(ctx, err, 0)
}

func (w *web) close() error {
	w.transport.CloseIdleConnections()
	return nil
}

func (w *web) localAddr() netip.Addr {
	if local := w.local.Load(); local != nil {
		return *local
	}
	return netip.Addr{}
}
