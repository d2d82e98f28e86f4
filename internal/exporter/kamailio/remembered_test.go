package kamailio

import (
	"context"
	"errors"
	"strconv"
	"testing"

	"github.com/voipbin/observability/internal/protocol/binrpc"
)

// counting answers with how often it was asked, and fails while err is set.
type counting struct {
	asked int
	err   error
}

func (c *counting) call(context.Context, string, ...any) (reply, error) {
	c.asked++
	return reply{binrpc.StringOf(strconv.Itoa(c.asked))}, c.err
}

func TestRemembered(t *testing.T) {
	t.Parallel()
	daemon := &counting{}
	r := &remembered{caller: daemon}
	f := func(want string, method string, args ...any) {
		t.Helper()
		got, err := r.call(t.Context(), method, args...)
		if err != nil || got.text() != want {
			t.Errorf("%s %v: got %q, %v, want %q", method, args, got.text(), err, want)
		}
	}
	f("1", "dispatcher.list")
	f("1", "dispatcher.list")
	f("2", "dispatcher.list", "full")
	f("3", "pike.top", "ALL")
	f("4", "pike.top", "AL", "L")
	f("2", "dispatcher.list", "full")
	r.forget()
	f("5", "dispatcher.list")
}

// TestErrorsAreNotRemembered: the next collector may have more time, or more luck.
func TestErrorsAreNotRemembered(t *testing.T) {
	t.Parallel()
	daemon := &counting{err: errors.New("busy")}
	r := &remembered{caller: daemon}
	if _, err := r.call(t.Context(), "dispatcher.list"); err == nil {
		t.Error("want the daemon's error")
	}
	daemon.err = nil
	if got, err := r.call(t.Context(), "dispatcher.list"); err != nil || got.text() != "2" {
		t.Errorf("got %q, %v", got.text(), err)
	}
}

// TestNothingIsKeptBetweenScrapes: a fleet of hundreds must not hold hundreds of lists.
func TestNothingIsKeptBetweenScrapes(t *testing.T) {
	t.Parallel()
	daemon := &counting{}
	r := &remembered{caller: daemon}
	if _, err := r.call(t.Context(), "dispatcher.list"); err != nil {
		t.Fatal(err)
	}
	r.forget()
	if r.answers != nil {
		t.Errorf("%d answers are kept", len(r.answers))
	}
}
