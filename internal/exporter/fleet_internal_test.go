package exporter

import (
	"context"
	"errors"
	"log/slog"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/voipbin/observability/internal/emit"
	"github.com/voipbin/observability/internal/metric"
)

// fakeFleet is a fleet of one target that counts how often it was opened and closed.
func fakeFleet(t *testing.T, opened, closed *atomic.Int32) *fleet {
	t.Helper()
	logger := slog.New(slog.NewTextHandler(t.Output(), nil))
	f := newFleet(func(c TargetConfig, limit int) (*Observer, error) {
		opened.Add(1)
		return NewObserver(&Target{
			Name: c.Name, Close: func() error { closed.Add(1); return errors.New("an error here is logged only") },
		}, Observing{Set: emit.NewSet(nil), Limit: limit, Logger: logger, Now: time.Now})
	}, nil, time.Now, logger)
	f.use(fleetConfig{
		Modules: map[string]module{defaultModule: {Timeout: time.Second}},
		Targets: []fleetTarget{{Name: "k", Module: defaultModule}},
	})
	return f
}

func TestIdleTargetsAreClosed(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var opened, closed atomic.Int32
		f := fakeFleet(t, &opened, &closed)
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		go f.closeIdleUntil(ctx)
		use := func() func() {
			t.Helper()
			_, _, release, err := f.acquire("k", "")
			if err != nil {
				t.Fatal(err)
			}
			return release
		}
		check := func(when string, wantOpened, wantClosed int32) {
			t.Helper()
			synctest.Wait()
			if opened.Load() != wantOpened || closed.Load() != wantClosed {
				t.Errorf("%s: want %d opened and %d closed, got %d and %d", when, wantOpened, wantClosed, opened.Load(), closed.Load())
			}
		}
		for range 10 {
			use()()
			time.Sleep(4 * time.Minute)
		}
		check("scraped every 4 minutes", 1, 0)
		release := use()
		time.Sleep(time.Hour)
		check("in use for an hour", 1, 0)
		release()
		time.Sleep(4 * time.Minute)
		check("4 minutes later", 1, 0)
		time.Sleep(2 * time.Minute)
		check("6 minutes later", 1, 1)
		use()()
		check("used again", 2, 1)
		f.close()
		check("at the end", 2, 2)
	})
}

func TestATargetInUseIsClosedAfterUse(t *testing.T) {
	t.Parallel()
	var opened, closed atomic.Int32
	f := fakeFleet(t, &opened, &closed)
	_, _, release, err := f.acquire("k", "")
	if err != nil {
		t.Fatal(err)
	}
	f.use(fleetConfig{})
	if n := closed.Load(); n != 0 {
		t.Errorf("in use: want 0 closed, got %d", n)
	}
	release()
	if n := closed.Load(); n != 1 {
		t.Errorf("after use: want 1 closed, got %d", n)
	}
}

func TestProcessMetricsRememberTheLastSuccess(t *testing.T) {
	t.Parallel()
	set := emit.NewSet(metric.KamailioKit.Families())
	m, err := newProcessMetrics(metric.KamailioKit, set, true)
	if err != nil {
		t.Fatal(err)
	}
	f := func(want ...float64) { // time and success, as their names sort
		t.Helper()
		x, err := m.begin()(set.Exposition())
		if err != nil {
			t.Fatal(err)
		}
		var got []float64
		for _, x := range x.Families() {
			got = append(got, x.Metric[0].GetGauge().GetValue())
		}
		if len(got) != len(want) || (len(want) == 2 && (got[0] != want[0] || got[1] != want[1])) {
			t.Errorf("want %v, got %v", want, got)
		}
	}
	f()
	m.loaded(true, time.UnixMilli(1_500))
	f(1.5, 1)
	m.loaded(false, time.UnixMilli(9_000))
	f(1.5, 0)
	m.loaded(true, time.UnixMilli(10_000))
	f(10, 1)
}
