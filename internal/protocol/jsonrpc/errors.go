package jsonrpc

import "fmt"

// Fault is the daemon's refusal of a call: the error member of its reply.
type Fault struct {
	// Code is also the status of the HTTP reply: 400, 404 or 500 in nearly all cases; 500 for an unknown method.
	Code int
	// Reason is the daemon's text, made printable and cut at 256 bytes.
	Reason string
}

// Error returns code and reason.
func (f *Fault) Error() string { return fmt.Sprintf("fault %d: %s", f.Code, f.Reason) }

// DecodeError says that what the peer sent is not the JSON-RPC reply that was due.
type DecodeError struct {
	// Offset is where in the body of the HTTP reply, in bytes.
	Offset int64
	// What is wrong, without any of the bytes received.
	What string
}

// Error returns place and reason.
func (e *DecodeError) Error() string {
	return fmt.Sprintf("bad reply at byte %d: %s", e.Offset, e.What)
}

// TransportError says that no complete reply came: the connection could not be made, broke, or the time was over. For the
// last, errors.Is finds context.DeadlineExceeded or context.Canceled in it.
type TransportError struct {
	// Op is "connect" (or wait for the one connection) or "read" (write the request and read the reply).
	Op string
	// Err is the cause.
	Err error
}

// Error returns what was tried and why it failed.
func (e *TransportError) Error() string { return e.Op + ": " + e.Err.Error() }

// Unwrap returns the cause.
func (e *TransportError) Unwrap() error { return e.Err }
