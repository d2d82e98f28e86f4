package probe_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/voipbin/observability/internal/rto"
	"github.com/voipbin/observability/internal/rto/probe"
)

// target is a path whose clock goes on by a second each time it is looked at.
func target(want rto.Grade, region string) probe.Target {
	at := rto.Instant(0)
	return probe.Target{Path: "p", Vantage: "v", Want: want, Region: region, Now: func() rto.Instant { at = at.Add(time.Second); return at }}
}

func TestRunJudges(t *testing.T) {
	t.Parallel()
	f := func(what string, to probe.Target, found probe.Finding, good bool, detail string) {
		t.Helper()
		got := to.Run(func() probe.Finding { return found })
		want := rto.ProbeResult{
			Path: "p", Vantage: "v", Send: rto.Instant(time.Second), Recv: rto.Instant(2 * time.Second), Outcome: found.Outcome, Grade: found.Grade,
			Good: good, Region: found.Region, Code: found.Code, TTL: found.TTL, Detail: detail,
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", what, diff)
		}
	}
	f("as wanted", target(rto.Accepted, ""), probe.Finding{Outcome: rto.OK, Grade: rto.Accepted, Code: 200, TTL: time.Minute, Region: "r1"}, true, "")
	f("more than wanted", target(rto.Accepted, ""), probe.Finding{Outcome: rto.OK, Grade: rto.Served}, true, "")
	f("answered is not served", target(rto.Accepted, ""), probe.Finding{Outcome: rto.OK, Grade: rto.Answered, Detail: "x"}, false, "x")
	f("no answer has no grade", target(rto.Answered, ""), probe.Finding{Outcome: rto.TimedOut, Detail: "late"}, false, "late")
	f("the grade was reached before it broke", target(rto.Answered, ""), probe.Finding{Outcome: rto.Broken, Grade: rto.Served}, false, "")
	f("the right region", target(rto.Accepted, "r2"), probe.Finding{Outcome: rto.OK, Grade: rto.Accepted, Region: "r2"}, true, "")
	f("the dying region", target(rto.Accepted, "r2"), probe.Finding{Outcome: rto.OK, Grade: rto.Accepted, Region: "r1"}, false, "not from the region that has to answer")
	f("nobody says where", target(rto.Accepted, "r2"), probe.Finding{Outcome: rto.OK, Grade: rto.Accepted}, false, "not from the region that has to answer")
}

func TestRegionName(t *testing.T) {
	t.Parallel()
	f := func(text, want string) {
		t.Helper()
		if got := probe.RegionName(text); got != want {
			t.Errorf("%q: want %q, got %q", text, want, got)
		}
	}
	f(" us-east1 ", "us-east1")
	f("rabbit@host.example:1", "rabbit@host.example:1")
	f("<script>", "")
	f("a b", "")
	f("größe", "")
	f(strings.Repeat("a", 129), "")
	f(strings.Repeat("a", 128), strings.Repeat("a", 128))
}

func TestCheck(t *testing.T) {
	t.Parallel()
	now := func() rto.Instant { return 0 }
	f := func(want string, to probe.Target) {
		t.Helper()
		got := ""
		if err := to.Check(rto.Accepted); err != nil {
			got = err.Error()
		}
		if got != want {
			t.Errorf("want %q, got %q", want, got)
		}
	}
	f("", probe.Target{Path: "p", Want: rto.Accepted, Now: now})
	f("a probe needs the name of its path", probe.Target{Want: rto.Accepted, Now: now})
	f("path p: a probe needs a clock", probe.Target{Path: "p", Want: rto.Accepted})
	f("path p: grade 3 is not to be had from this protocol: want 1 to 2", probe.Target{Path: "p", Want: rto.Registered, Now: now})
	f("path p: grade 0 is not to be had from this protocol: want 1 to 2", probe.Target{Path: "p", Now: now})
}

func TestOutcomeOf(t *testing.T) {
	t.Parallel()
	live := t.Context()
	dead, cancel := context.WithCancel(live)
	cancel()
	f := func(ctx context.Context, err error, want rto.Outcome) {
		t.Helper()
		if got := probe.OutcomeOf(ctx, err); got != want {
			t.Errorf("%v: want %s, got %s", err, want, got)
		}
	}
	f(live, nil, rto.OK)
	f(live, &net.OpError{Op: "dial", Err: os.NewSyscallError("connect", syscall.ECONNREFUSED)}, rto.Refused)
	f(dead, &net.OpError{Op: "dial", Err: os.NewSyscallError("connect", syscall.ECONNREFUSED)}, rto.Refused)
	f(live, fmt.Errorf("read: %w", os.ErrDeadlineExceeded), rto.TimedOut)
	f(live, &net.DNSError{IsTimeout: true}, rto.TimedOut)
	f(live, context.DeadlineExceeded, rto.TimedOut)
	f(live, syscall.ETIMEDOUT, rto.TimedOut)
	f(dead, errors.New("use of closed connection"), rto.TimedOut)
	f(live, syscall.ECONNRESET, rto.Broken)
	f(live, syscall.EHOSTUNREACH, rto.Broken)
}

// The text of an error may be the peer's; only our own words are in a result.
func TestFailedKeepsThePeersWordsOut(t *testing.T) {
	t.Parallel()
	got := probe.Failed(t.Context(), "login", errors.New("password hunter2 is wrong"))
	if diff := cmp.Diff(probe.Finding{Outcome: rto.Broken, Detail: "login: the connection broke or could not be made"}, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestBindEndsARead(t *testing.T) {
	t.Parallel()
	a, b := net.Pipe()
	defer a.Close()
	defer b.Close()
	ctx, cancel := context.WithCancel(t.Context())
	defer probe.Bind(ctx, a)()
	cancel()
	if _, err := a.Read(make([]byte, 1)); !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("want the read ended, got %v", err)
	}
}

func TestBounded(t *testing.T) {
	t.Parallel()
	ctx, cancel := probe.Bounded(t.Context())
	defer cancel()
	own, ok := ctx.Deadline()
	if !ok {
		t.Fatal("want an end where there was none")
	}
	inner, cancelInner := probe.Bounded(ctx)
	defer cancelInner()
	if got, _ := inner.Deadline(); !got.Equal(own) {
		t.Errorf("want the deadline that there was, %v, got %v", own, got)
	}
}
