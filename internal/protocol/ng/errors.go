package ng

import (
	"fmt"

	"github.com/voipbin/observability/internal/protocol/peer"
)

// Refusal is the daemon's answer that it did not do what it was asked: the connection is sound and can be used again.
type Refusal struct {
	// Result is "error" in nearly all cases, or a reason of its own, such as "load limit".
	Result string
	// Reason is the daemon's error-reason, made printable and cut at 256 bytes; it may be empty.
	Reason string
}

// Error returns result and reason.
func (r *Refusal) Error() string {
	if r.Reason == "" {
		return fmt.Sprintf("refused: %s", r.Result)
	}
	return fmt.Sprintf("refused: %s: %s", r.Result, r.Reason)
}

// UnknownCommand tells whether the daemon refused because it has no such command.
func (r *Refusal) UnknownCommand() bool { return r.Reason == "Unrecognized command" }

// newRefusal makes both texts fit for a log: what is not printable becomes a question mark.
func newRefusal(result, reason string) *Refusal {
	return &Refusal{Result: peer.Printable(result), Reason: peer.Printable(reason)}
}

// DecodeError says that what the daemon sent is not the reply that was due.
type DecodeError struct {
	// What is wrong, without any of the bytes received.
	What string
	// Err is the error of the format's decoder, or nil.
	Err error
}

// Error returns the reason.
func (e *DecodeError) Error() string {
	if e.Err == nil {
		return "bad reply: " + e.What
	}
	return fmt.Sprintf("bad reply: %s: %v", e.What, e.Err)
}

// Unwrap returns the error of the format's decoder.
func (e *DecodeError) Unwrap() error { return e.Err }

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
