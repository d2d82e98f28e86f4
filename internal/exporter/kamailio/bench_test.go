package kamailio

import (
	"context"
	"log/slog"
	"testing"
	"time"

	"github.com/voipbin/observability/internal/emit"
	"github.com/voipbin/observability/internal/exporter"
	"github.com/voipbin/observability/internal/metric"
	"github.com/voipbin/observability/internal/protocol/binrpc"
	"github.com/voipbin/observability/internal/protocol/binrpc/binrpctest"
)

// BenchmarkScrape is one scrape of all collectors by recorded answers of Kamailio 6.1.5 over a unix socket, up to the metric
// families, without HTTP. BenchmarkRawCalls beside it makes the same calls and looks at nothing: their ratio is what
// the exporter itself adds.
func BenchmarkScrape(b *testing.B) {
	server := benchServer(b)
	target, err := NewTarget(Options{Address: server.Address().String(), Collectors: everything(), Now: time.Now})
	if err != nil {
		b.Fatal(err)
	}
	observer, err := exporter.NewObserver(target, exporter.Observing{
		Set: emit.NewSet(metric.Kamailio()), Kit: metric.KamailioKit, Logger: slog.New(slog.DiscardHandler), Now: time.Now,
	})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = observer.Close() })
	ctx, cancel := context.WithTimeout(b.Context(), time.Hour)
	defer cancel()
	b.ReportAllocs()
	series := 0
	for b.Loop() {
		series = 0
		for _, f := range observer.Observe(ctx, nil) {
			series += len(f.GetMetric())
		}
	}
	b.ReportMetric(float64(series), "series")
}

func BenchmarkRawCalls(b *testing.B) {
	server := benchServer(b)
	client := binrpc.NewClient(server.Address(), binrpc.Options{})
	b.Cleanup(func() { _ = client.Close() })
	b.ReportAllocs()
	for b.Loop() {
		for _, call := range rawCalls() {
			if _, err := client.Call(b.Context(), call[0].(string), call[1:]...); err != nil {
				b.Fatal(err)
			}
		}
	}
}

// rawCalls are the calls of one scrape with the collectors that are on by default.
func rawCalls() [][]any {
	return [][]any{
		{"core.version"}, {"core.uptime"}, {"core.info"}, {"stats.get_statistics", "all"}, {"core.tcp_info"}, {"tls.info"},
		{"dlg.stats_active"}, {"core.psa"}, {"pkg.stats"}, {"dispatcher.list"},
	}
}

func benchServer(b *testing.B) *binrpctest.Server {
	b.Helper()
	server := binrpctest.Start(b, "unix")
	for _, call := range rawCalls() {
		file := call[0].(string)
		if len(call) > 1 {
			file += ".all"
		}
		server.Handle(call[0].(string), binrpctest.Recorded(b, "testdata/kamailio-6.1.5/"+file+".bin"))
	}
	return server
}
