//go:build integration

package integration

import (
	"bytes"
	"context"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/common/expfmt"

	"github.com/voipbin/observability/internal/emit"
	"github.com/voipbin/observability/internal/exporter"
	"github.com/voipbin/observability/internal/exporter/rtpengine"
	"github.com/voipbin/observability/internal/metric"
	"github.com/voipbin/observability/internal/protocol/ng"
)

// BenchmarkRTPEngineScrape takes turns on one real RTPEngine with 20 calls up: the raw statistics command in bencoding with its
// answer thrown away, and scrapes by the exporter's code with the exposition written. It reports the medians, their ratios to
// the raw command, and the number of series.
func BenchmarkRTPEngineScrape(b *testing.B) {
	for _, suite := range rtpengines() {
		b.Run("suite "+suite, func(b *testing.B) {
			r := startRTPEngine(b, suite)
			sip := newProxy(b, r)
			sip.setUp(1).talk(report{jitter: 80, loss: 13})
			for i := range 19 {
				sip.setUp(i + 2)
			}
			raw := ng.NewClient(r.udp, ng.Options{Format: ng.Bencode})
			b.Cleanup(func() { _ = raw.Close() })
			observers := map[string]*exporter.Observer{
				"json":          observe(b, r.udp, "json", defaults("quality")),
				"bencode":       observe(b, r.udp, "bencode", defaults("quality")),
				"json+calls":    observe(b, r.udp, "json", defaults()),
				"bencode+calls": observe(b, r.udp, "bencode", defaults()),
			}
			times := make(map[string][]time.Duration)
			series := 0
			for b.Loop() {
				times["raw"] = append(times["raw"], timed(func() { askStatistics(b, raw) }))
				for name, o := range observers {
					times[name] = append(times[name], timed(func() { series = max(series, expose(b, o)) }))
				}
			}
			b.ReportMetric(0, "ns/op") // of all together: says nothing
			b.ReportMetric(float64(series), "series")
			b.ReportMetric(float64(median(times["raw"]).Microseconds()), "raw-p50-us")
			for name := range observers {
				b.ReportMetric(float64(median(times[name]).Microseconds()), name+"-p50-us")
				b.ReportMetric(float64(median(times[name]))/float64(median(times["raw"])), name+"/raw")
			}
		})
	}
}

// BenchmarkRTPEngineAgainstRawCommands takes turns on one real RTPEngine with 20 calls up, as [duel] says, and records them: the exporter as it
// is shipped, but for the samples of calls, which it takes in some scrapes only.
func BenchmarkRTPEngineAgainstRawCommands(b *testing.B) {
	for _, suite := range rtpengines() {
		b.Run("suite "+suite, func(b *testing.B) {
			r := startRTPEngine(b, suite)
			sip := newProxy(b, r)
			sip.setUp(1).talk(report{jitter: 80, loss: 13})
			for i := range 19 {
				sip.setUp(i + 2)
			}
			client := ng.NewClient(r.udp, ng.Options{})
			b.Cleanup(func() { _ = client.Close() })
			lines := []string{"list maxsessions", "list maxload", "list maxcpu", "list maxbw", "list maxopenfiles", "list numsessions"}
			if _, err := client.CLI(b.Context(), lines[0]); err != nil {
				lines = nil // no command lines over ng: the exporter does not ask again either
			}
			d := startDuel(b, func() { askRTPEngine(b, client, lines) }, "/metrics",
				"rtpengine_exporter", "--rtpengine.address="+r.udp.String(), "--no-collector.quality")
			d.run(b, strings.TrimSpace("RTPEngine with 20 calls "+suite))
		})
	}
}

// askRTPEngine asks what a scrape asks, and looks at nothing.
func askRTPEngine(b *testing.B, client *ng.Client, lines []string) {
	b.Helper()
	ctx, cancel := context.WithTimeout(b.Context(), 5*time.Second)
	defer cancel()
	for _, command := range []string{"ping", "statistics"} {
		if _, err := client.Call(ctx, command); err != nil {
			b.Fatal(err)
		}
	}
	for _, line := range lines {
		if _, err := client.CLI(ctx, line); err != nil {
			b.Fatal(err)
		}
	}
}

// defaults are the collectors that run unless switched off, without those named.
func defaults(without ...string) []string {
	var names []string
	for _, c := range rtpengine.Collectors() {
		if c.Default && !slices.Contains(without, c.Name) {
			names = append(names, c.Name)
		}
	}
	return names
}

func observe(b *testing.B, address ng.Address, format string, collectors []string) *exporter.Observer {
	b.Helper()
	target, err := rtpengine.NewTarget(rtpengine.Options{
		Address: address.String(), Format: format, Collectors: collectors, QualityInterval: 1, Now: time.Now,
	})
	if err != nil {
		b.Fatal(err)
	}
	o, err := exporter.NewObserver(target, exporter.Observing{
		Set: emit.NewSet(metric.RTPEngine()), Kit: metric.RTPEngineKit, Logger: slog.New(slog.DiscardHandler), Now: time.Now,
	})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = o.Close() })
	return o
}

// expose scrapes and writes the exposition; it returns the number of series.
func expose(b *testing.B, o *exporter.Observer) int {
	b.Helper()
	ctx, cancel := context.WithTimeout(b.Context(), 5*time.Second)
	defer cancel()
	var text bytes.Buffer
	series := 0
	for _, family := range o.Observe(ctx, nil).Families() {
		series += len(family.Metric)
		if _, err := expfmt.MetricFamilyToText(&text, family); err != nil {
			b.Fatal(err)
		}
	}
	return series
}

func askStatistics(b *testing.B, client *ng.Client) {
	b.Helper()
	ctx, cancel := context.WithTimeout(b.Context(), 5*time.Second)
	defer cancel()
	if _, err := client.Call(ctx, "statistics"); err != nil {
		b.Fatal(err)
	}
}
