package ng

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"syscall"

	"github.com/voipbin/observability/internal/protocol/peer"
)

// connectError is for an error before there was a connection.
func connectError(ctx context.Context, err error) error {
	return &TransportError{Op: "connect", Err: explain(known(ctx, err))}
}

// writeError is for an error while the question was sent.
func writeError(ctx context.Context, err error) error {
	return &TransportError{Op: "write", Err: explain(known(ctx, err))}
}

// readError is for an error while an answer was awaited, of which n bytes had come.
func readError(ctx context.Context, err error, n int) error {
	err = known(ctx, err)
	switch {
	case n > 0:
		err = fmt.Errorf("reply cut off after %d bytes: %w", n, err)
	case errors.Is(err, io.ErrUnexpectedEOF):
		err = fmt.Errorf("connection closed without an answer: %w", err)
	default:
		err = fmt.Errorf("no answer: %w", explain(err))
	}
	return &TransportError{Op: "read", Err: err}
}

// explain adds what to do about an error that has one usual reason.
func explain(err error) error {
	if errors.Is(err, syscall.ECONNREFUSED) {
		return fmt.Errorf("%w: nobody listens there; is RTPEngine running, with listen-ng, listen-tcp-ng or listen-http?", err)
	}
	return err
}

// hungUp tells whether err means that the peer has closed the connection.
func hungUp(err error) bool {
	return errors.Is(err, io.EOF) || errors.Is(err, syscall.EPIPE) || errors.Is(err, syscall.ECONNRESET)
}

// known is [peer.Cause] for an error that can only be about the connection.
func known(ctx context.Context, err error) error {
	if known := peer.Cause(ctx, err); known != nil {
		return known
	}
	return err
}

func isTimeout(err error) bool {
	var timeout net.Error
	return errors.As(err, &timeout) && timeout.Timeout()
}
