package exporter_test

import (
	"bytes"
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/voipbin/observability/internal/emit"
	"github.com/voipbin/observability/internal/exporter"
)

func TestAHangingCollectorLeavesTimeToTheOthers(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		o := observer(t, &exporter.Target{Check: answers, Scrapers: []exporter.Scraper{hangs("c"), hangs("a"), reads("b", fakeB)}}, nil)
		start := time.Now()
		got := observe(t, o, 8*time.Second)
		want := seen{1, map[string]string{"a": "timeout", "b": "ok", "c": "timeout"}, []string{"b"}}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
		// Half of 8 s, then half of what is left.
		if took := time.Since(start); took != 6*time.Second {
			t.Errorf("took: want 6s, got %s", took)
		}
	})
}

func TestTheLastCollectorGetsAllTimeThatIsLeft(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		slow := takes("b", 7*time.Second, fakeB)
		o := observer(t, &exporter.Target{Check: answers, Scrapers: []exporter.Scraper{reads("a", fakeA), slow}}, nil)
		want := seen{1, map[string]string{"a": "ok", "b": "ok"}, []string{"a", "b"}}
		if diff := cmp.Diff(want, observe(t, o, 8*time.Second)); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	})
}

// TestSharesOfTheTime: a collector never gets more than half of what is left, save the last, and hardly less than half.
func TestSharesOfTheTime(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var shares []time.Duration
		collector := func(name string, while time.Duration) exporter.Scraper {
			inner := takes(name, while, fakeA)
			return scraper{name, func(ctx context.Context, b *emit.Batch) error {
				end, _ := ctx.Deadline()
				shares = append(shares, time.Until(end))
				return inner.scrape(ctx, b)
			}}
		}
		o := observer(t, &exporter.Target{Check: answers, Scrapers: []exporter.Scraper{
			collector("a", 0), collector("b", 10*time.Millisecond), collector("c", 1990*time.Millisecond), collector("d", time.Hour), collector("e", 0), collector("f", 0),
		}}, nil)
		observe(t, o, 8*time.Second)
		want := []time.Duration{4 * time.Second, 4 * time.Second, 3990 * time.Millisecond, 3 * time.Second, 1500 * time.Millisecond, 3 * time.Second}
		if diff := cmp.Diff(want, shares); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	})
}

// A collector that ignores its context must cost no more than the scrape's deadline, and the next scrape must say so
// instead of hanging, or of repeating what was read long ago.
func TestACollectorThatIgnoresItsContext(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		release := make(chan struct{})
		deaf := scraper{"c", func(context.Context, *emit.Batch) error { <-release; return nil }}
		o := observer(t, &exporter.Target{Check: answers, Scrapers: []exporter.Scraper{reads("a", fakeA), deaf}}, nil)

		start := time.Now()
		want := seen{1, map[string]string{"a": "ok", "c": "timeout"}, []string{"a"}}
		if diff := cmp.Diff(want, observe(t, o, 2*time.Second)); diff != "" {
			t.Errorf("first (-want +got):\n%s", diff)
		}
		want = seen{0, map[string]string{"a": "timeout", "c": "timeout"}, nil}
		if diff := cmp.Diff(want, observe(t, o, 2*time.Second)); diff != "" {
			t.Errorf("second (-want +got):\n%s", diff)
		}
		if took := time.Since(start); took != 4*time.Second {
			t.Errorf("both: want 4s, got %s", took)
		}
		close(release)
		synctest.Wait()
		want = seen{1, map[string]string{"a": "ok", "c": "ok"}, []string{"a"}}
		if diff := cmp.Diff(want, observe(t, o, 2*time.Second)); diff != "" {
			t.Errorf("after it came back (-want +got):\n%s", diff)
		}
	})
}

// Three Prometheus servers scrape a hung daemon at almost the same time: all must have an answer in time, and the daemon
// must be asked once.
func TestConcurrentScrapesShareOneFlight(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var passes atomic.Int32
		check := func(context.Context) error { passes.Add(1); return nil }
		o := observer(t, &exporter.Target{Check: check, Scrapers: []exporter.Scraper{reads("a", fakeA), hangs("c")}}, nil)
		var wg sync.WaitGroup
		for i := range 3 {
			wg.Go(func() {
				time.Sleep(time.Duration(i) * 50 * time.Millisecond)
				start := time.Now()
				want := seen{1, map[string]string{"a": "ok", "c": "timeout"}, []string{"a"}}
				if diff := cmp.Diff(want, observe(t, o, 1750*time.Millisecond)); diff != "" {
					t.Errorf("(-want +got):\n%s", diff)
				}
				if took := time.Since(start); took > 1750*time.Millisecond {
					t.Errorf("took: want at most 1.75s, got %s", took)
				}
			})
		}
		wg.Wait()
		if n := passes.Load(); n != 1 {
			t.Errorf("passes: want 1, got %d", n)
		}
	})
}

// One who can wait less leaves with what there is, and the other's scrape goes on.
func TestAJoinerWithLessTimeLeavesEarly(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		slow := takes("b", 4*time.Second, fakeB)
		o := observer(t, &exporter.Target{Check: answers, Scrapers: []exporter.Scraper{reads("a", fakeA), slow}}, nil)
		var wg sync.WaitGroup
		wg.Go(func() {
			want := seen{1, map[string]string{"a": "ok", "b": "ok"}, []string{"a", "b"}}
			if diff := cmp.Diff(want, observe(t, o, 10*time.Second)); diff != "" {
				t.Errorf("patient (-want +got):\n%s", diff)
			}
		})
		time.Sleep(time.Second)
		want := seen{1, map[string]string{"a": "ok", "b": "timeout"}, []string{"a"}}
		if diff := cmp.Diff(want, observe(t, o, time.Second)); diff != "" {
			t.Errorf("impatient (-want +got):\n%s", diff)
		}
		wg.Wait()
	})
}

// One who can wait longer must not get the poor result of one who is about to give up.
func TestAScrapeThatIsAboutToEndIsNotJoined(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		slow := takes("b", 2*time.Second, fakeB)
		o := observer(t, &exporter.Target{Check: answers, Scrapers: []exporter.Scraper{slow}}, nil)
		var wg sync.WaitGroup
		wg.Go(func() {
			want := seen{1, map[string]string{"b": "timeout"}, nil}
			if diff := cmp.Diff(want, observe(t, o, time.Second)); diff != "" {
				t.Errorf("impatient (-want +got):\n%s", diff)
			}
		})
		time.Sleep(100 * time.Millisecond)
		want := seen{1, map[string]string{"b": "ok"}, []string{"b"}}
		if diff := cmp.Diff(want, observe(t, o, 10*time.Second)); diff != "" {
			t.Errorf("patient (-want +got):\n%s", diff)
		}
		wg.Wait()
	})
}

// A client that hangs up ends a scrape that nobody else waits for, and only such a one.
func TestHangingUp(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var logs bytes.Buffer
		ended := make(chan error, 1)
		deep := scraper{"c", func(ctx context.Context, b *emit.Batch) error {
			select {
			case <-ctx.Done():
				ended <- ctx.Err()
				return ctx.Err()
			case <-time.After(3 * time.Second):
				b.Add(fakeC, 1, "")
				return nil
			}
		}}
		o := observer(t, &exporter.Target{Check: answers, Scrapers: []exporter.Scraper{deep}}, &logs)
		hangUp := func() {
			ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
			time.AfterFunc(time.Second, cancel)
			o.Observe(ctx, nil)
		}
		hangUp()
		synctest.Wait()
		if err := <-ended; !errors.Is(err, context.Canceled) {
			t.Errorf("alone: want the collector cancelled, got %v", err)
		}
		if logs.Len() > 0 {
			t.Errorf("a client that hung up is no failure of the target, but: %s", &logs)
		}

		var wg sync.WaitGroup
		wg.Go(hangUp)
		want := seen{1, map[string]string{"c": "ok"}, []string{"c"}}
		if diff := cmp.Diff(want, observe(t, o, 10*time.Second)); diff != "" {
			t.Errorf("with another (-want +got):\n%s", diff)
		}
		wg.Wait()
	})
}

// The collectors of one target never run side by side, not even for scrapes of different selections.
func TestPassesOfOneTargetFollowOneAnother(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var inside, passes atomic.Int32
		alone := func(ctx context.Context, _ *emit.Batch) error {
			if inside.Add(1) > 1 {
				t.Error("two collectors at once")
			}
			passes.Add(1)
			time.Sleep(time.Second)
			inside.Add(-1)
			return ctx.Err()
		}
		target := &exporter.Target{Check: answers, Scrapers: []exporter.Scraper{scraper{"a", alone}, scraper{"b", alone}}}
		o := observer(t, target, nil)
		var wg sync.WaitGroup
		for _, query := range []string{"", "a", "b"} {
			wg.Go(func() {
				ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
				defer cancel()
				o.Observe(ctx, selection(t, query))
			})
		}
		wg.Wait()
		if n := passes.Load(); n != 4 {
			t.Errorf("collectors run: want 4, got %d", n)
		}
	})
}
