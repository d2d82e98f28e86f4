package tracker_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/voipbin/observability/internal/rto"
)

// canary remembers its writes. It hangs while the source does, and its survivor cannot be read at first.
type canary struct {
	p *pair

	mu                sync.Mutex
	written, compared int
	failing           int // comparisons that fail before one succeeds
	replica           string
	until             rto.Instant
}

func (c *canary) Write(ctx context.Context) rto.Outcome {
	c.p.mu.Lock()
	o := c.p.source
	c.p.mu.Unlock()
	if o == rto.TimedOut {
		<-ctx.Done()
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if o == rto.OK {
		c.written++
	}
	return o
}

func (c *canary) Compare(_ context.Context, replica string, until rto.Instant) (rto.Canaries, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.compared++
	if c.failing > 0 {
		c.failing--
		return rto.Canaries{}, errors.New("the survivor was not read")
	}
	c.replica, c.until = replica, until
	if c.written == 0 {
		return rto.Canaries{Store: "mysql"}, nil
	}
	return rto.Canaries{Store: "mysql", Acknowledged: uint64(c.written), Lost: 2, OldestLost: rto.Moment{Lo: until - 5, Hi: until - 4}}, nil
}

// TestCanary has rows written all the time, and looked for on the survivor once it was promoted, although the source hangs and the survivor takes
// its time.
func TestCanary(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p, j := newPair(), &memory{}
		c := &canary{p: p, failing: 3}
		o := options(p, j)
		o.Stores[0].Canary, o.Stores[0].CanaryName = c, "canary"
		s, end := running(t, o)
		defer end()
		time.Sleep(10 * time.Second)
		id := begin(t, s)
		time.Sleep(5 * time.Second)
		injected := instant()
		p.set(func(p *pair) { p.source, p.stopped = rto.TimedOut, time.Now() })
		if _, err := s.Note(t.Context(), rto.DrillEvent{Kind: rto.EventInjected, At: rto.At(injected), Author: "alice", Source: rto.ByPerson}); err != nil {
			t.Fatal(err)
		}
		time.Sleep(10 * time.Second)
		if c.compared != 0 {
			t.Error("rows were looked for before the promotion: a replica may receive them yet")
		}
		p.set(func(p *pair) { p.promoted = true })
		time.Sleep(30 * time.Second)
		d, err := s.Drill(id)
		if err != nil {
			t.Fatal(err)
		}
		if c.compared != 4 || c.replica != d.Promotion.Replica || c.until != injected {
			t.Errorf("compared %d times, at last with %q until %v, want 4 times with %q until %v", c.compared, c.replica, c.until, d.Promotion.Replica, injected)
		}
		want := rto.Canaries{Store: "mysql", Acknowledged: uint64(c.written), Lost: 2, OldestLost: rto.Moment{Lo: injected - 5, Hi: injected - 4}}
		if len(d.Canaries) != 1 || d.Canaries[0] != want || c.written < 14 || c.written > 17 {
			t.Errorf("took down %+v of %d writes in 15 s", d.Canaries, c.written)
		}
		told := (&told{Service: s, t: t}).exposition()
		for _, line := range []string{
			fmt.Sprintf(`recovery_samples_total{outcome="ok",server="canary",store="mysql"} %d`, c.written), `recovery_samples_total{outcome="timeout",server="canary",store="mysql"}`,
		} {
			if !strings.Contains(told, line) {
				t.Errorf("want %s in\n%s", line, told)
			}
		}
	})
}

// TestCanaryWithoutAWrite says nothing rather than that nothing was lost: after a restart no write is remembered.
func TestCanaryWithoutAWrite(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p, j := newPair(), &memory{}
		p.source, p.stopped = rto.Refused, time.Now()
		c := &canary{p: p}
		o := options(p, j)
		o.Stores[0].Canary = c
		s, end := running(t, o)
		defer end()
		time.Sleep(5 * time.Second)
		id := begin(t, s)
		time.Sleep(5 * time.Second)
		p.set(func(p *pair) { p.promoted = true })
		time.Sleep(10 * time.Second)
		d, err := s.Drill(id)
		if err != nil {
			t.Fatal(err)
		}
		if d.Promotion == nil || c.compared == 0 || len(d.Canaries) != 0 {
			t.Errorf("promoted %v, compared %d times, took down %+v", d.Promotion, c.compared, d.Canaries)
		}
	})
}
