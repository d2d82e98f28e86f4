package exporter_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	dto "github.com/prometheus/client_model/go"

	"github.com/voipbin/observability/internal/emit"
	"github.com/voipbin/observability/internal/exporter"
	"github.com/voipbin/observability/internal/metric"
)

// The catalogue of the fake system: one gauge a collector.
var (
	fakeA = &metric.Family{Name: "kamailio_a", Help: "A.", Type: metric.Gauge, Collector: "a"}
	fakeB = &metric.Family{Name: "kamailio_b", Help: "B.", Type: metric.Gauge, Collector: "b"}
	fakeC = &metric.Family{Name: "kamailio_c", Help: "C.", Type: metric.Gauge, Collector: "c", Labels: []metric.Label{{Name: "x"}}}
)

func fakeFamilies() []*metric.Family {
	return append(metric.KamailioKit.Target(), fakeA, fakeB, fakeC)
}

// scraper is a collector made of a function.
type scraper struct {
	name   string
	scrape func(ctx context.Context, b *emit.Batch) error
}

func (s scraper) Name() string { return s.name }

func (s scraper) Scrape(ctx context.Context, b *emit.Batch) error { return s.scrape(ctx, b) }

// reads is a collector that reads one value.
func reads(name string, f *metric.Family) scraper {
	return scraper{name, func(_ context.Context, b *emit.Batch) error { b.Add(f, 1); return nil }}
}

// hangs is a collector whose daemon never answers.
func hangs(name string) scraper {
	return scraper{name, func(ctx context.Context, _ *emit.Batch) error { <-ctx.Done(); return ctx.Err() }}
}

// takes is a collector that reads one value after a while.
func takes(name string, while time.Duration, f *metric.Family) scraper {
	return scraper{name, func(ctx context.Context, b *emit.Batch) error {
		select {
		case <-time.After(while):
			b.Add(f, 1)
			return nil
		case <-ctx.Done():
			return ctx.Err()
		}
	}}
}

func answers(context.Context) error { return nil }

func observer(tb testing.TB, target *exporter.Target, logs *bytes.Buffer) *exporter.Observer {
	tb.Helper()
	if logs == nil {
		logs = new(bytes.Buffer)
	}
	o, err := exporter.NewObserver(target, exporter.Observing{
		Set: emit.NewSet(fakeFamilies()), Kit: metric.KamailioKit, Limit: 100,
		Logger: slog.New(slog.NewTextHandler(logs, &slog.HandlerOptions{Level: slog.LevelDebug})), Now: time.Now,
	})
	if err != nil {
		tb.Fatal(err)
	}
	return o
}

// seen is what an exposition says: the value of up, the outcomes, and the names of the values read.
type seen struct {
	Up       float64
	Outcomes map[string]string
	Read     []string
}

func look(families []*dto.MetricFamily) seen {
	s := seen{Outcomes: map[string]string{}}
	for _, f := range families {
		for _, m := range f.Metric {
			switch name := f.GetName(); {
			case name == metric.KamailioKit.Up.Name:
				s.Up = m.GetGauge().GetValue()
			case name == metric.KamailioKit.CollectorOutcome.Name && m.GetGauge().GetValue() == 1:
				s.Outcomes[m.Label[0].GetValue()] = m.Label[1].GetValue()
			case !strings.HasPrefix(name, "kamailio_exporter_"):
				s.Read = append(s.Read, strings.TrimPrefix(name, "kamailio_"))
			}
		}
	}
	return s
}

func observe(tb testing.TB, o *exporter.Observer, timeout time.Duration) seen {
	tb.Helper()
	ctx, cancel := context.WithTimeout(tb.Context(), timeout)
	defer cancel()
	return look(o.Observe(ctx, nil).Families())
}

func TestObserveOutcomes(t *testing.T) {
	t.Parallel()
	fails := func(err error) exporter.Scraper {
		return scraper{"c", func(_ context.Context, b *emit.Batch) error { b.Add(fakeC, 1, "before the error"); return err }}
	}
	tests := []struct {
		name   string
		target exporter.Target
		want   seen
	}{
		{
			"all well",
			exporter.Target{Check: answers, Scrapers: []exporter.Scraper{reads("a", fakeA), reads("b", fakeB)}},
			seen{1, map[string]string{"a": "ok", "b": "ok"}, []string{"a", "b"}},
		},
		{
			"no answer to the check",
			exporter.Target{Check: func(context.Context) error { return errors.New("refused") }, Scrapers: []exporter.Scraper{reads("a", fakeA)}},
			seen{0, map[string]string{"a": "transport"}, nil},
		},
		{
			"garbage in answer to the check",
			exporter.Target{Check: func(context.Context) error { return exporter.Failed("decode", nil) }, Scrapers: []exporter.Scraper{reads("a", fakeA)}},
			seen{0, map[string]string{"a": "decode"}, nil},
		},
		{
			"a check must not fail healthily",
			exporter.Target{Check: func(context.Context) error { return exporter.Empty(nil) }, Scrapers: []exporter.Scraper{reads("a", fakeA)}},
			seen{0, map[string]string{"a": "transport"}, nil},
		},
		{
			"a check that panics",
			exporter.Target{Check: func(context.Context) error { panic("boo") }, Scrapers: []exporter.Scraper{reads("a", fakeA)}},
			seen{0, map[string]string{"a": "decode"}, nil},
		},
		{
			"one fails, the others do not suffer, what it read before stays",
			exporter.Target{Check: answers, Scrapers: []exporter.Scraper{reads("a", fakeA), fails(exporter.Failed("fault", nil)), reads("b", fakeB)}},
			seen{1, map[string]string{"a": "ok", "b": "ok", "c": "fault"}, []string{"a", "b", "c"}},
		},
		{
			"one panics, and what it read is not trusted",
			exporter.Target{Check: answers, Scrapers: []exporter.Scraper{
				scraper{"c", func(_ context.Context, b *emit.Batch) error {
					b.Add(fakeC, 1, "before the panic")
					var nothing *exporter.Observer
					return nothing.Close()
				}},
				reads("b", fakeB),
			}},
			seen{1, map[string]string{"b": "ok", "c": "decode"}, []string{"b"}},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got := observe(t, observer(t, &tt.target, nil), time.Minute)
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestDurationsAndDrops(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		messy := scraper{"c", func(_ context.Context, b *emit.Batch) error {
			time.Sleep(1500 * time.Millisecond)
			for i := range 103 {
				b.Add(fakeC, 1, fmt.Sprint(i))
			}
			b.Add(fakeC, 1, "0")
			b.Add(fakeA, 1) // of another collector
			return nil
		}}
		o := observer(t, &exporter.Target{Check: answers, Scrapers: []exporter.Scraper{messy, hangs("a"), reads("b", fakeB)}}, nil)
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		text := exposition(t, o.Observe(ctx, nil).Families())
		notIn(t, text, `duration_seconds{collector="c"}`) // its turn has not ended, so nobody knows
		notIn(t, text, `duration_seconds{collector="b"}`) // it had no turn
		synctest.Wait()

		ctx, cancel = context.WithTimeout(t.Context(), 10*time.Second)
		defer cancel()
		text = exposition(t, o.Observe(ctx, nil).Families())
		in(t, text, `kamailio_exporter_collector_duration_seconds{collector="c"} 1.5`)
		in(t, text, `kamailio_exporter_collector_success{collector="a"} 0`)
		in(t, text, `kamailio_exporter_series_dropped{collector="c",reason="limit"} 3`)
		in(t, text, `kamailio_exporter_series_dropped{collector="c",reason="duplicate"} 1`)
		in(t, text, `kamailio_exporter_series_dropped{collector="c",reason="invalid"} 1`)
	})
}

// What scrapers share is let go after the last of them, whatever became of them.
func TestForgetComesLast(t *testing.T) {
	t.Parallel()
	f := func(check error, want ...string) {
		t.Helper()
		var got []string
		says := func(name string) exporter.Scraper {
			return scraper{name, func(context.Context, *emit.Batch) error { got = append(got, name); panic("boo") }}
		}
		o := observer(t, &exporter.Target{
			Check:    func(context.Context) error { got = append(got, "check"); return check },
			Scrapers: []exporter.Scraper{says("a"), says("b")},
			Forget:   func() { got = append(got, "forget") },
		}, nil)
		observe(t, o, time.Minute)
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	}
	f(nil, "check", "a", "b", "forget")
	f(errors.New("refused"), "check", "forget")
}

// A caller who forgot the deadline gets the default one, not an endless scrape.
func TestObserveWithoutDeadline(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		o := observer(t, &exporter.Target{Check: answers, Scrapers: []exporter.Scraper{hangs("a")}}, nil)
		begin := time.Now()
		o.Observe(t.Context(), nil)
		if took := time.Since(begin); took != 30*time.Second {
			t.Errorf("took: want 30s, got %s", took)
		}
	})
}

func TestNewObserverRefusesCollectorsOfOneName(t *testing.T) {
	t.Parallel()
	target := &exporter.Target{Name: "kamailio-1", Scrapers: []exporter.Scraper{reads("a", fakeA), reads("a", fakeA)}}
	_, err := exporter.NewObserver(target, exporter.Observing{})
	if want := `target "kamailio-1": two collectors are named "a"`; err == nil || err.Error() != want {
		t.Errorf("want %q, got %v", want, err)
	}
}

// Events are shown whether or not the daemon answers, and a name twice is an error at the start.
func TestEvents(t *testing.T) {
	t.Parallel()
	hangups := &metric.Family{Name: "kamailio_hangups_total", Help: "Hangups.", Type: metric.Counter}
	v := emit.NewCounterVec(hangups, 0)
	v.Add(3)
	down := func(context.Context) error { return errors.New("refused") }
	o := observer(t, &exporter.Target{Check: down, Events: []emit.Collector{v}, Scrapers: []exporter.Scraper{reads("a", fakeA)}}, nil)
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	families := o.Observe(ctx, nil).Families()
	text := exposition(t, families)
	in(t, text, "kamailio_hangups_total 3\n")
	in(t, text, "kamailio_up 0\n")
	for i := 1; i < len(families); i++ {
		if families[i-1].GetName() >= families[i].GetName() {
			t.Errorf("%s comes before %s", families[i-1].GetName(), families[i].GetName())
		}
	}

	twice := &exporter.Target{Name: "x", Check: down, Events: []emit.Collector{v, v}}
	if _, err := exporter.NewObserver(twice, exporter.Observing{}); err == nil {
		t.Error("want an error for events of one name, got none")
	}
}

func TestClose(t *testing.T) {
	t.Parallel()
	if err := observer(t, &exporter.Target{Check: answers}, nil).Close(); err != nil {
		t.Errorf("without a Close: want no error, got %v", err)
	}
	o := observer(t, &exporter.Target{Name: "x", Check: answers, Close: func() error { return errors.New("broken pipe") }}, nil)
	if err, want := o.Close(), `target "x": close: broken pipe`; err == nil || err.Error() != want {
		t.Errorf("want %q, got %v", want, err)
	}
}

// A connection is not closed under a collector that is about to end, and is closed under one that never will.
func TestCloseWaitsForACollector(t *testing.T) {
	t.Parallel()
	f := func(ending, wantClose time.Duration) {
		t.Helper()
		synctest.Test(t, func(t *testing.T) {
			ends := scraper{"c", func(ctx context.Context, _ *emit.Batch) error {
				<-ctx.Done()
				time.Sleep(ending)
				return ctx.Err()
			}}
			var closed time.Time
			o := observer(t, &exporter.Target{
				Check: answers, Scrapers: []exporter.Scraper{ends}, Close: func() error { closed = time.Now(); return nil },
			}, nil)
			observe(t, o, time.Second)
			begin := time.Now()
			if err := o.Close(); err != nil {
				t.Error(err)
			}
			if got := closed.Sub(begin); got != wantClose {
				t.Errorf("a collector that ends %s late: want it closed after %s, got %s", ending, wantClose, got)
			}
			time.Sleep(ending) // nothing may be left running
		})
	}
	f(time.Second, time.Second)
	f(time.Hour, 2*time.Second)
}
