// Package probe is what all probes of critical paths have in common: whom they ask for, how an answer becomes a result, and how an error
// becomes an outcome. It refuses to read a clock of its own, and to put into a result what a peer wrote, but for a region's bounded name.
package probe

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"strings"
	"syscall"
	"time"

	"github.com/voipbin/observability/internal/rto"
)

// Prober asks a critical path once. It returns by the deadline of ctx, which it carries to its sockets, and one probe does not disturb
// another: it is safe for concurrent use. Close, where it has one, lets its connections go.
type Prober interface {
	Probe(ctx context.Context) rto.ProbeResult
}

// Target is what a probe is for. All probers are given one.
type Target struct {
	// Path is the name of the critical path, Vantage from where it is probed.
	Path    string
	Vantage string
	// Want is the grade that counts as good, Region who has to answer; empty if anybody may.
	Want   rto.Grade
	Region string
	// Now tells the time; required.
	Now func() rto.Instant
	// Held tells for how long at a stretch this process was not let run within a span, as Pulse does; nil if nobody watches that.
	Held func(from, to rto.Instant) time.Duration
}

// Check reports what no probe could do: limit is the highest grade that the protocol proves.
func (t Target) Check(limit rto.Grade) error {
	switch {
	case t.Path == "":
		return errors.New("a probe needs the name of its path")
	case t.Now == nil:
		return fmt.Errorf("path %s: a probe needs a clock", t.Path)
	case t.Want < rto.Answered || t.Want > limit:
		return fmt.Errorf("path %s: grade %d is not to be had from this protocol: want 1 to %d", t.Path, t.Want, limit)
	}
	return nil
}

// Finding is what an asking ended with: the part of a result that the protocol knows.
type Finding struct {
	// Outcome says how the asking ended. Grade and Code are what was proven until then: a call that stays silent was answered all the same.
	Outcome rto.Outcome
	Grade   rto.Grade
	Code    int
	Region  string
	TTL     time.Duration
	Detail  string
}

// Run asks and makes the result: its times, and whether it is good.
func (t Target) Run(ask func() Finding) rto.ProbeResult {
	r := rto.ProbeResult{Path: t.Path, Vantage: t.Vantage, Send: t.Now()}
	f := ask()
	r.Recv = t.Now()
	r.Outcome, r.Grade, r.Code, r.TTL, r.Detail = f.Outcome, f.Grade, f.Code, f.TTL, f.Detail
	if t.Held != nil && (r.Outcome == rto.TimedOut || r.Outcome == rto.Broken) {
		r.Held = t.Held(r.Send, r.Recv)
	}
	r.Region = RegionName(f.Region)
	r.Good = f.Outcome == rto.OK && f.Grade >= t.Want
	if r.Good && t.Region != "" && r.Region != t.Region {
		r.Good = false
		r.Detail = cmp.Or(r.Detail, "not from the region that has to answer")
	}
	return r
}

// maxRegion bounds a region's name, in bytes: a host name has at most 253, an identity of ours far less.
const maxRegion = 128

// RegionName is a region's name as a peer gave it, or empty if it is none: too long, or with characters that no name has.
func RegionName(s string) string {
	s = strings.TrimSpace(s)
	odd := func(r rune) bool {
		return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9') && !strings.ContainsRune("-_.@:/", r)
	}
	if len(s) > maxRegion || strings.ContainsFunc(s, odd) {
		return ""
	}
	return s
}

// Failed is the finding of an asking that ended with an error before an answer came. What is the part of it that failed: a clause of
// ours, for the error's own text may hold what the peer wrote.
func Failed(ctx context.Context, what string, err error) Finding {
	o := OutcomeOf(ctx, err)
	return Finding{Outcome: o, Detail: what + ": " + clause(o)}
}

// OutcomeOf sorts an error of the network. What is not known to be anything else is a broken connection.
func OutcomeOf(ctx context.Context, err error) rto.Outcome {
	var timeout net.Error
	switch {
	case err == nil:
		return rto.OK
	case errors.Is(err, syscall.ECONNREFUSED):
		return rto.Refused
	case ctx.Err() != nil, errors.Is(err, context.DeadlineExceeded), errors.Is(err, os.ErrDeadlineExceeded), errors.Is(err, syscall.ETIMEDOUT):
		return rto.TimedOut
	case errors.As(err, &timeout) && timeout.Timeout():
		return rto.TimedOut
	}
	return rto.Broken
}

// clause is an outcome in words.
func clause(o rto.Outcome) string {
	switch o {
	case rto.OK:
		return "done"
	case rto.TimedOut:
		return "no answer in time"
	case rto.Refused:
		return "nobody listens"
	case rto.Denied:
		return "not permitted"
	case rto.Malformed:
		return "the answer makes no sense"
	}
	return "the connection broke or could not be made"
}

// Bind makes the end of ctx, by deadline or otherwise, end what is under way on the connection. Stop it when the connection is done with.
func Bind(ctx context.Context, conn net.Conn) (stop func() bool) {
	if deadline, ok := ctx.Deadline(); ok {
		_ = conn.SetDeadline(deadline) // a connection without deadlines is ended below
	}
	return context.AfterFunc(ctx, func() { _ = conn.SetDeadline(time.Unix(1, 0)) })
}

// defaultTimeout ends an asking that nobody bounded: a hung peer must never hold a prober.
const defaultTimeout = 10 * time.Second

// Bounded is ctx with an end: its own, or ten seconds from now if it has none.
func Bounded(ctx context.Context) (context.Context, context.CancelFunc) {
	if _, ok := ctx.Deadline(); ok {
		return context.WithCancel(ctx)
	}
	return context.WithTimeout(ctx, defaultTimeout)
}
