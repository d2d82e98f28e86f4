package exporter

import (
	"context"
	"errors"
	"net"
	"os"
	"slices"

	"github.com/voipbin/observability/internal/metric"
)

// The outcomes of a collector's run, as in the catalogue: metric.Outcomes says what each means.
const (
	OutcomeOK        = "ok"
	OutcomeEmpty     = "empty"
	OutcomeAbsent    = "absent"
	OutcomeDisabled  = "disabled"
	OutcomeTimeout   = "timeout"
	OutcomeTransport = "transport"
	OutcomeFault     = "fault"
	OutcomeDecode    = "decode"
)

// outcomeError is an error that says how a run ended.
type outcomeError struct {
	outcome string
	err     error
}

// Error is the cause's message, or the outcome where there is no cause.
func (e *outcomeError) Error() string {
	if e.err == nil {
		return e.outcome
	}
	return e.err.Error()
}

// Unwrap returns the cause, which may be nil.
func (e *outcomeError) Unwrap() error { return e.err }

// Empty marks a run that found nothing to list. Healthy. The cause may be nil; the result never is.
func Empty(err error) error { return &outcomeError{OutcomeEmpty, err} }

// Absent marks a run that the daemon could not serve because it lacks the module. Healthy. The cause may be nil; the
// result never is.
func Absent(err error) error { return &outcomeError{OutcomeAbsent, err} }

// Disabled marks a run that found the feature switched off in the daemon. Healthy. The cause may be nil; the result
// never is.
func Disabled(err error) error { return &outcomeError{OutcomeDisabled, err} }

// Failed marks a run that failed: outcome is one of OutcomeTimeout, OutcomeTransport, OutcomeFault and OutcomeDecode, and
// anything else is taken as OutcomeTransport. The cause may be nil; the result never is.
func Failed(outcome string, err error) error {
	if !slices.Contains(metric.Outcomes(), outcome) || Healthy(outcome) {
		outcome = OutcomeTransport
	}
	return &outcomeError{outcome, err}
}

// Healthy reports whether a collector that ended so is well: the daemon was asked and its answer was understood.
func Healthy(outcome string) bool {
	switch outcome {
	case OutcomeOK, OutcomeEmpty, OutcomeAbsent, OutcomeDisabled:
		return true
	}
	return false
}

// OutcomeOf says how a run ended that returned err: nil is ok; the outermost mark of Empty, Absent, Disabled or Failed
// counts; without a mark, a deadline or a network timeout is a timeout and all else is transport. Of joined errors the
// first failure counts, and only where all are healthy the first of these.
func OutcomeOf(err error) string {
	if err == nil {
		return OutcomeOK
	}
	if e, ok := err.(*outcomeError); ok { //nolint:errorlint // this walks the tree itself, to see every branch of it
		return e.outcome
	}
	switch u := err.(type) { //nolint:errorlint // as above
	case interface{ Unwrap() []error }:
		return worst(u.Unwrap())
	case interface{ Unwrap() error }:
		if inner := u.Unwrap(); inner != nil && marked(inner) {
			return OutcomeOf(inner)
		}
	}
	if timedOut(err) {
		return OutcomeTimeout
	}
	return OutcomeTransport
}

func worst(errs []error) string {
	out := OutcomeOK
	for _, err := range errs {
		o := OutcomeOf(err)
		if !Healthy(o) {
			return o
		}
		if out == OutcomeOK {
			out = o
		}
	}
	return out
}

func marked(err error) bool {
	var e *outcomeError
	return errors.As(err, &e)
}

// timedOut also counts a run that was stopped because nobody waits for it any longer: it had not ended in time.
func timedOut(err error) bool {
	if errors.Is(err, context.DeadlineExceeded) || errors.Is(err, context.Canceled) || errors.Is(err, os.ErrDeadlineExceeded) {
		return true
	}
	var n net.Error
	return errors.As(err, &n) && n.Timeout()
}
