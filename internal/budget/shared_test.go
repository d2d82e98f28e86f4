package budget_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/voipbin/observability/internal/budget"
)

// slowPast counts who reads a course, and lets nobody have it before it may go.
type slowPast struct {
	asked atomic.Int64
	goes  chan struct{}
	err   atomic.Pointer[error]
}

func (p *slowPast) History(ctx context.Context, _ string) (budget.History, error) {
	n := p.asked.Add(1)
	select {
	case <-p.goes:
	case <-ctx.Done():
		return budget.History{}, ctx.Err()
	}
	if err := p.err.Load(); err != nil {
		return budget.History{}, *err
	}
	return budget.History{Step: time.Duration(n)}, nil
}

// clocked is a Shared over a slowPast, with a look and a clock that a test moves.
type clocked struct {
	*budget.Shared
	past *slowPast
	look atomic.Pointer[chan struct{}]
	now  atomic.Int64
}

func newClocked() *clocked {
	c := &clocked{past: &slowPast{goes: make(chan struct{})}}
	c.looks()
	c.Shared = budget.Share(c.past, func() <-chan struct{} { return *c.look.Load() }, func() time.Time { return time.Unix(c.now.Load(), 0) })
	return c
}

func (c *clocked) looks() {
	next := make(chan struct{})
	c.look.Store(&next)
}

// TestACourseIsReadOnce for all who want it, until the next look or minute.
func TestACourseIsReadOnce(t *testing.T) {
	t.Parallel()
	c := newClocked()
	var wait sync.WaitGroup
	for range 50 {
		wait.Go(func() {
			if h, err := c.History(t.Context(), "calls"); err != nil || h.Step != 1 {
				t.Errorf("%v, %v", h.Step, err)
			}
		})
	}
	close(c.past.goes)
	wait.Wait()
	for i, change := range []func(){func() {}, c.looks, func() { c.now.Add(59) }, func() { c.now.Add(1) }} {
		change()
		h, err := c.History(t.Context(), "calls")
		if want := []time.Duration{1, 2, 2, 3}[i]; err != nil || h.Step != want {
			t.Errorf("change %d: the course is the reading %d, %v", i, h.Step, err)
		}
	}
	if _, err := c.History(t.Context(), "media"); err != nil || c.past.asked.Load() != 4 {
		t.Error("another objective has the same course")
	}
}

// TestAnErrorIsNotKept: who asks next asks the server.
func TestAnErrorIsNotKept(t *testing.T) {
	t.Parallel()
	c := newClocked()
	close(c.past.goes)
	gone := errors.New("connection refused")
	c.past.err.Store(&gone)
	if _, err := c.History(t.Context(), "calls"); !errors.Is(err, gone) {
		t.Errorf("%v", err)
	}
	c.past.err.Store(nil)
	if h, err := c.History(t.Context(), "calls"); err != nil || h.Step != 2 {
		t.Errorf("%v, %v", h, err)
	}
}

// TestAReaderGivesUp and the course is read on, for who comes next; the server is not asked again meanwhile, whatever looks there are.
func TestAReaderGivesUp(t *testing.T) {
	t.Parallel()
	c := newClocked()
	slow := errors.New("not within a moment")
	for range 3 {
		ctx, cancel := context.WithTimeoutCause(t.Context(), time.Millisecond, slow)
		if _, err := c.History(ctx, "calls"); !errors.Is(err, slow) {
			t.Errorf("%v", err)
		}
		cancel()
		c.looks()
	}
	close(c.past.goes)
	if h, err := c.History(t.Context(), "calls"); err != nil || c.past.asked.Load() > 2 {
		t.Errorf("%v, %v after %d questions", h, err, c.past.asked.Load())
	}
}

// TestCoursesAreBounded: what is over makes room, what is being read does not.
func TestCoursesAreBounded(t *testing.T) {
	t.Parallel()
	c := newClocked()
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	for i := range 64 {
		if _, err := c.History(gone, fmt.Sprint(i)); !errors.Is(err, context.Canceled) {
			t.Fatalf("%v", err)
		}
	}
	if _, err := c.History(t.Context(), "one more"); err == nil {
		t.Error("as many are read as anybody likes")
	}
	close(c.past.goes)
	for i := range 200 {
		if _, err := c.History(t.Context(), fmt.Sprint(i)); err != nil {
			t.Fatal(err)
		}
	}
}
