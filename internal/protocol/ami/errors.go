package ami

import (
	"errors"
	"fmt"
	"strings"
)

var (
	// ErrAuthentication says that Asterisk refused user and secret, or that the address is not among those that the user may come
	// from: it does not tell which.
	ErrAuthentication = errors.New("login refused: unknown user, wrong secret, or an address that manager.conf does not permit")
	// ErrTooLarge says that an answer was longer than the client keeps.
	ErrTooLarge = errors.New("answer longer than the client keeps")
	// ErrClosed says that the connection was closed by this side.
	ErrClosed = errors.New("connection closed")
)

// Reason is why an action was refused.
type Reason string

// The reasons that can be told apart by the texts of Asterisk 16 to 22.
const (
	// Unknown: no such action, as a rule because the module that has it is not loaded, or not yet.
	Unknown Reason = "unknown action"
	// Denied: the user may not use the action.
	Denied Reason = "permission denied"
	// Empty: nothing to list. Asterisk answers some questions so and others with an empty list.
	Empty Reason = "nothing to list"
	// Other is anything else.
	Other Reason = "error"
)

// Refusal is Asterisk's answer that it did not do what it was asked: the connection is sound.
type Refusal struct {
	// Action is the action's name.
	Action string
	Reason Reason
	// Message is the whole answer. It is not part of Error: it may name callers.
	Message Message
}

// Error tells action and reason.
func (r *Refusal) Error() string { return fmt.Sprintf("%s refused: %s", r.Action, r.Reason) }

// reasonOf reads the text of an error.
func reasonOf(text string) Reason {
	switch {
	case strings.HasPrefix(text, "Invalid/unknown command"):
		return Unknown
	case strings.HasPrefix(text, "Permission denied"):
		return Denied
	case strings.HasPrefix(text, "No "), strings.HasPrefix(text, "There are no "):
		return Empty // "No Contacts found", "No active conferences.", "There are no voicemail users currently defined."
	}
	return Other
}

// DecodeError says that what the peer sent is not what was due.
type DecodeError struct {
	// What is wrong, without any of the bytes received.
	What string
}

// Error returns the reason.
func (e *DecodeError) Error() string { return "bad reply: " + e.What }

// TransportError says that no complete answer came: the connection could not be made, broke, or the time was over. For the last,
// errors.Is finds context.DeadlineExceeded or context.Canceled in it.
type TransportError struct {
	// Op is "connect", "handshake", "write", "read" or "wait".
	Op string
	// Err is the cause.
	Err error
}

// Error returns what was tried and why it failed.
func (e *TransportError) Error() string { return e.Op + ": " + e.Err.Error() }

// Unwrap returns the cause.
func (e *TransportError) Unwrap() error { return e.Err }
