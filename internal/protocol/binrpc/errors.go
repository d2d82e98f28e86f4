package binrpc

import (
	"fmt"
	"strings"

	"github.com/voipbin/observability/internal/protocol/peer"
)

// Fault is the daemon's refusal of a call (packet type 3): the connection is sound and can be used again.
type Fault struct {
	// Code is 400, 404, 409 or 500 in nearly all cases; 500 is also the code of an unknown command.
	Code int
	// Reason is the daemon's text, made printable and cut at 256 bytes.
	Reason string
}

// Error returns code and reason.
func (f *Fault) Error() string { return fmt.Sprintf("fault %d: %s", f.Code, f.Reason) }

// newFault cleans reason: everything after a NUL goes (Kamailio sends one byte too many when the text is exactly 256
// long), what is not printable becomes a question mark. Kamailio cuts it at 255 itself.
func newFault(code int, reason string) *Fault {
	reason, _, _ = strings.Cut(reason, "\x00")
	return &Fault{Code: code, Reason: peer.Printable(reason)}
}

// DecodeError says that what the peer sent is not the BINRPC packet that was due. The connection it came from is of no
// further use.
type DecodeError struct {
	// Offset is where in the packet, in bytes from the first byte of its header.
	Offset int
	// What is wrong, without any of the bytes received.
	What string
}

// Error returns place and reason.
func (e *DecodeError) Error() string {
	return fmt.Sprintf("bad packet at byte %d: %s", e.Offset, e.What)
}

// TransportError says that no complete reply came: the connection could not be made, broke, or the time was over. For the
// last, errors.Is finds context.DeadlineExceeded or context.Canceled in it.
type TransportError struct {
	// Op is "wait" (for another call on the same client), "connect", "write" or "read".
	Op string
	// Err is the cause.
	Err error
}

// Error returns what was tried and why it failed.
func (e *TransportError) Error() string { return e.Op + ": " + e.Err.Error() }

// Unwrap returns the cause.
func (e *TransportError) Unwrap() error { return e.Err }
