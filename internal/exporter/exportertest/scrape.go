// Package exportertest tests an exporter by what a Prometheus server would get from it: a recorded exposition, promlint,
// OpenMetrics, and the catalogue, both ways. It is for tests only and refuses nothing by itself: it fails the test.
package exportertest

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"testing"
	"time"

	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/expfmt"

	"github.com/voipbin/observability/internal/emit"
	"github.com/voipbin/observability/internal/exporter"
	"github.com/voipbin/observability/internal/metric"
)

// scrapeTimeout bounds a scrape in a test, where daemons are fakes on loopback. It is what a starved machine under the race detector may need for
// the largest recordings.
const scrapeTimeout = time.Minute

// Suite is the exporter under test.
type Suite struct {
	// Families is the exporter's whole catalogue, the kit's families included.
	Families []*metric.Family
	Kit      metric.Kit
	// Limit caps the series of each collector; 0 is no limit.
	Limit int
}

// Scrape is the result of scraping a target once.
type Scrape struct {
	// Text is the exposition in the Prometheus text format.
	Text string
	// Up is the value of the kit's up family.
	Up bool
	// Outcomes has the outcome of every collector.
	Outcomes map[string]string
	// Dropped counts the series left out, by collector and reason, where any were.
	Dropped map[[2]string]int

	families []*dto.MetricFamily
	misused  []string
}

// Now is the moment at which all clocks of a test stand still, so that goldens are the same on every day. It lies in the
// past: real deadlines are then far away, and never the reason why something ends.
func Now() time.Time { return time.Date(2020, time.January, 2, 3, 4, 5, 0, time.UTC) }

// Scrape scrapes the target once, with a clock that stands still, so that every duration is 0.
func (s Suite) Scrape(t *testing.T, target *exporter.Target) Scrape {
	t.Helper()
	var misused []string
	o, err := exporter.NewObserver(watched(target, &misused), exporter.Observing{
		Set: emit.NewSet(s.Families), Kit: s.Kit, Limit: s.Limit,
		Logger: slog.New(slog.NewTextHandler(t.Output(), nil)), Now: Now,
	})
	if err != nil {
		t.Fatalf("observer: %v", err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), scrapeTimeout)
	defer cancel()
	families := o.Observe(ctx, nil).Families()
	out := Scrape{
		Text: text(t, families, expfmt.NewFormat(expfmt.TypeTextPlain)), families: families, misused: misused,
		Outcomes: map[string]string{}, Dropped: map[[2]string]int{},
	}
	for _, f := range families {
		out.read(f, s.Kit)
	}
	return out
}

// watched is the target with scrapers that take note of samples for which no daemon can be blamed.
func watched(target *exporter.Target, misused *[]string) *exporter.Target {
	w := *target
	w.Scrapers = make([]exporter.Scraper, len(target.Scrapers))
	for i, s := range target.Scrapers {
		w.Scrapers[i] = watcher{s, misused}
	}
	return &w
}

type watcher struct {
	exporter.Scraper
	misused *[]string
}

// Scrape lets the collector scrape, and notes what it emitted and must not.
func (w watcher) Scrape(ctx context.Context, b *emit.Batch) error {
	err := w.Scraper.Scrape(ctx, b)
	if n := b.Dropped().Misused; n > 0 {
		*w.misused = append(*w.misused, fmt.Sprintf(
			"collector %s made %d samples of another collector's families, of another type or with a wrong number of labels", w.Name(), n))
	}
	return err
}

// read takes the kit's families out of an exposition.
func (x *Scrape) read(f *dto.MetricFamily, kit metric.Kit) {
	for _, m := range f.Metric {
		value := m.GetGauge().GetValue()
		switch f.GetName() {
		case kit.Up.Name:
			x.Up = value == 1
		case kit.CollectorOutcome.Name:
			if value == 1 {
				x.Outcomes[labelValue(m, "collector")] = labelValue(m, "outcome")
			}
		case kit.SeriesDropped.Name:
			if value > 0 {
				x.Dropped[[2]string{labelValue(m, "collector"), labelValue(m, "reason")}] = int(value)
			}
		}
	}
}

func labelValue(m *dto.Metric, name string) string {
	for _, l := range m.Label {
		if l.GetName() == name {
			return l.GetValue()
		}
	}
	return ""
}

// text writes families in an exposition format.
func text(t *testing.T, families []*dto.MetricFamily, format expfmt.Format) string {
	t.Helper()
	var buf bytes.Buffer
	enc := expfmt.NewEncoder(&buf, format)
	for _, f := range families {
		if err := enc.Encode(f); err != nil {
			t.Fatalf("encode %s: %v", f.GetName(), err)
		}
	}
	if c, ok := enc.(expfmt.Closer); ok {
		if err := c.Close(); err != nil {
			t.Fatalf("encode: %v", err)
		}
	}
	return buf.String()
}
