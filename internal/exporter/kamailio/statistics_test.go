package kamailio

import (
	"context"
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/voipbin/observability/internal/protocol/binrpc"
)

// lateOnce times out at the first call, as a socket does whose deadline passes a moment before the context's, and answers
// from then on.
type lateOnce struct{ calls int }

func (l *lateOnce) call(context.Context, string, ...any) (reply, error) {
	l.calls++
	if l.calls == 1 {
		return reply{}, fmt.Errorf("read: %w", context.DeadlineExceeded)
	}
	return fromRecords(binrpc.ArrayOf(binrpc.StringOf("core:rcv_requests = 7"))), nil
}

// TestOneCollectorsTimeoutIsNotRemembered: the next collector asks again, and what it got then is asked for only once.
func TestOneCollectorsTimeoutIsNotRemembered(t *testing.T) {
	t.Parallel()
	rpc := &lateOnce{}
	s := &statistics{rpc: rpc}
	if _, err := s.group(t.Context(), "core", "kex"); err == nil {
		t.Fatal("want the first collector's timeout, got none")
	}
	for range 2 {
		values, err := s.group(t.Context(), "core", "kex")
		if err != nil || values["rcv_requests"] != 7 {
			t.Errorf("want the statistics, got %v, %v", values, err)
		}
	}
	if rpc.calls != 2 {
		t.Errorf("Kamailio was asked %d times, want 2", rpc.calls)
	}
}

// TestGroupsMayBeApart: the lines of a group stand together in every version so far, which nobody has promised.
func TestGroupsMayBeApart(t *testing.T) {
	t.Parallel()
	s := &statistics{rpc: constant{fromRecords(binrpc.ArrayOf(
		binrpc.StringOf("core:a = 1"), binrpc.StringOf("cores:a = 2"), binrpc.StringOf("core:b = 3"), binrpc.StringOf("tmx:a = 4"),
	))}}
	for group, want := range map[string]map[string]uint64{"core": {"a": 1, "b": 3}, "cores": {"a": 2}, "tmx": {"a": 4}} {
		got, err := s.group(t.Context(), group, "kex")
		if diff := cmp.Diff(want, got); err != nil || diff != "" {
			t.Errorf("%s (-want +got): %v\n%s", group, err, diff)
		}
	}
}
