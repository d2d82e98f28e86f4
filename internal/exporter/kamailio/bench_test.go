package kamailio

import (
	"context"
	"fmt"
	"log/slog"
	"testing"
	"time"

	"github.com/voipbin/observability/internal/emit"
	"github.com/voipbin/observability/internal/exporter"
	"github.com/voipbin/observability/internal/metric"
	"github.com/voipbin/observability/internal/protocol/binrpc"
	"github.com/voipbin/observability/internal/protocol/binrpc/binrpctest"
)

// BenchmarkScrape is one scrape of the collectors that are on by default by recorded answers of Kamailio 6.1.5 over a unix
// socket, up to the metric families, without HTTP. BenchmarkRawCalls beside it makes the same calls and looks at nothing:
// their ratio is what the exporter itself adds.
func BenchmarkScrape(b *testing.B) {
	benchmarkScrape(b, recorded(b, "6.1.5").Address().String(), defaults())
}

func BenchmarkRawCalls(b *testing.B) {
	benchmarkCalls(b, recorded(b, "6.1.5").Address().String(), rawCalls())
}

// BenchmarkTargets is a scrape of 1,600 dispatcher targets in four sets, the most that BINRPC was seen to hold, and
// BenchmarkRawTargets the calls alone.
func BenchmarkTargets(b *testing.B) {
	benchmarkScrape(b, manyTargets(b).Address().String(), []string{"dispatcher"})
}

func BenchmarkRawTargets(b *testing.B) {
	benchmarkCalls(b, manyTargets(b).Address().String(), [][]any{{"core.version"}, {"dispatcher.list"}})
}

// BenchmarkLargeLists is a scrape of what only HTTP can bring: 1,100 targets in one set, and 1,500 sets.
func BenchmarkLargeLists(b *testing.B) {
	for _, list := range []string{"one-set", "many-sets"} {
		b.Run(list+"/scrape", func(b *testing.B) {
			binary, wide := largeList(b, list)
			benchmarkScrape(b, binary+","+wide, []string{"dispatcher"})
		})
		b.Run(list+"/raw", func(b *testing.B) {
			_, wide := largeList(b, list)
			benchmarkCalls(b, wide, [][]any{{"dispatcher.list"}})
		})
	}
}

func benchmarkScrape(b *testing.B, address string, collectors []string) {
	o := options(b, address, collectors...)
	o.Now = time.Now
	target, err := NewTarget(o)
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
		for _, f := range observer.Observe(ctx, nil).Families() {
			series += len(f.GetMetric())
		}
	}
	b.ReportMetric(float64(series), "series")
}

// benchmarkCalls makes calls by the client alone, whose answers nobody looks at.
func benchmarkCalls(b *testing.B, address string, calls [][]any) {
	rpc, closeRPC, err := dial(address)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = closeRPC() })
	ask := func(ctx context.Context, method string, args ...any) error {
		switch c := rpc.(type) {
		case binrpcCaller:
			_, err := c.client.CallList(ctx, method, args...)
			return err
		case jsonrpcCaller:
			_, err := c.client.Call(ctx, method, args...)
			return err
		}
		return fmt.Errorf("no client in %T", rpc)
	}
	b.ReportAllocs()
	for b.Loop() {
		for _, call := range calls {
			if err := ask(b.Context(), call[0].(string), call[1:]...); err != nil {
				b.Fatal(err)
			}
		}
	}
}

// rawCalls are the calls of one scrape with the collectors that are on by default.
func rawCalls() [][]any {
	return [][]any{
		{"core.version"}, {"core.uptime"}, {"core.info"}, {"stats.get_statistics", "all"}, {"core.tcp_info"}, {"tls.info"},
		{"dlg.stats_active"}, {"dlg.profile_get_size", "inbound"}, {"dlg.profile_get_size", "caller", "c1"}, {"rtpengine.show", "all"},
		{"rtpproxy.list"}, {"dmq.list_nodes"}, {"mqueue.get_sizes"}, {"htable.stats"}, {"core.sockets_list"}, {"core.psa"},
		{"pkg.stats"}, {"dispatcher.list"},
	}
}

// TestRawCallsAreThoseOfAScrape keeps the yardstick honest.
func TestRawCallsAreThoseOfAScrape(t *testing.T) {
	t.Parallel()
	server := recorded(t, "6.1.5")
	suite().Scrape(t, observed(t, server, defaults()...))
	calls := rawCalls()
	requests := server.Requests()
	if len(requests) != len(calls) {
		t.Fatalf("a scrape makes %d calls, the benchmark %d", len(requests), len(calls))
	}
	asked := map[string]int{}
	for i, r := range requests {
		asked[r.Method]++
		asked[calls[i][0].(string)]--
	}
	for method, n := range asked {
		if n != 0 {
			t.Errorf("%s: %+d calls", method, n)
		}
	}
}

// defaults names the collectors that are on by default.
func defaults() []string {
	var on []string
	for _, c := range Collectors() {
		if c.Default {
			on = append(on, c.Name)
		}
	}
	return on
}

// manyTargets starts a Kamailio with 1,600 targets, each as 6.1.5 tells of it.
func manyTargets(t testing.TB) *binrpctest.Server {
	t.Helper()
	var sets []binrpc.Member
	for set := range 4 {
		targets := make([]binrpc.Value, 400)
		for i := range targets {
			targets[i] = binrpc.StructOf(
				member("IDX", i), member("URI", fmt.Sprintf("sip:10.%d.%d.%d:5060", set, i/250, i%250)), member("FLAGS", "AP"), member("PRIORITY", 0),
				member("IUID", fmt.Sprintf("dspt-6b03a48f-4894-%d-%d", i, set)),
				binrpc.Member{Name: "ATTRS", Value: binrpc.StructOf(
					member("BODY", fmt.Sprintf("duid=gw%d", i)), member("DUID", fmt.Sprintf("gw%d", i)), member("PROBING_COUNT", 0), member("MAXLOAD", 0),
					member("WEIGHT", 0), member("RWEIGHT", 0), member("SOCKET", unset), member("SOCKNAME", unset), member("PING_SOCKET", unset),
					member("OBPROXY", unset), member("OCMIN", 0), member("OCMAX", 100))},
				binrpc.Member{Name: "LATENCY", Value: binrpc.StructOf(
					binrpc.Member{Name: "AVG", Value: binrpc.DoubleOf(1.25)}, binrpc.Member{Name: "STD", Value: binrpc.DoubleOf(0.5)},
					binrpc.Member{Name: "EST", Value: binrpc.DoubleOf(1.1)}, member("MAX", 6), member("TIMEOUT", 1))},
				binrpc.Member{Name: "RUNTIME", Value: binrpc.StructOf(member("DLGLOAD", 0))})
		}
		sets = append(sets, setOf(int64(set+1), targets...))
	}
	server := recorded(t, "6.1.5")
	server.Handle("dispatcher.list", binrpctest.Values(listOf(sets...)))
	return server
}
