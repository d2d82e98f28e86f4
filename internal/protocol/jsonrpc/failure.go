package jsonrpc

import (
	"context"
	"errors"
	"fmt"
	"io"
	"syscall"

	"github.com/voipbin/observability/internal/protocol/peer"
)

// connectError is for an error before there was a connection.
func connectError(ctx context.Context, err error) error {
	if errors.Is(err, syscall.ECONNREFUSED) {
		err = fmt.Errorf("%w: nobody listens there; is Kamailio running, with xhttp and jsonrpcs?", syscall.ECONNREFUSED)
	} else if known := peer.Cause(ctx, err); known != nil {
		err = known
	}
	return &TransportError{Op: "connect", Err: err}
}

// headError is for an error after the request began and before the head of the reply was there. Package http quotes what
// it cannot read, so none of its errors is passed on that is not known to be about the connection.
func headError(ctx context.Context, err error) error {
	known := peer.Cause(ctx, err)
	switch {
	case known == nil:
		return &DecodeError{What: "not an HTTP reply"}
	case errors.Is(known, context.DeadlineExceeded):
		known = fmt.Errorf("no answer (Kamailio drops a reply that outgrows its private memory): %w", known)
	case errors.Is(known, io.ErrUnexpectedEOF):
		known = fmt.Errorf("connection closed without an answer: %w", known)
	}
	return &TransportError{Op: "read", Err: known}
}

// bodyError is for an error after n bytes of the body.
func bodyError(ctx context.Context, err error, n int) error {
	known := peer.Cause(ctx, err)
	if known == nil {
		return &DecodeError{Offset: int64(n), What: "not an HTTP reply"}
	}
	return &TransportError{Op: "read", Err: fmt.Errorf("reply cut off after %d bytes: %w", n, known)}
}
