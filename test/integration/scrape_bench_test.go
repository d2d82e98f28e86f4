//go:build integration

package integration

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/voipbin/observability/internal/lab"
	"github.com/voipbin/observability/internal/lab/steps"
	"github.com/voipbin/observability/internal/protocol/binrpc"
)

// scrapeCalls are the questions of one scrape with the collectors that are on by default.
func scrapeCalls() [][]any {
	return [][]any{
		{"core.version"}, {"core.uptime"}, {"core.info"}, {"stats.get_statistics", "all"}, {"core.tcp_info"}, {"tls.info"},
		{"dlg.stats_active"}, {"rtpengine.show", "all"}, {"rtpproxy.list"}, {"dmq.list_nodes"}, {"mqueue.get_sizes"},
		{"htable.stats"}, {"core.sockets_list"}, {"core.psa"}, {"pkg.stats"}, {"dispatcher.list"},
	}
}

// BenchmarkScrapeAgainstRawCalls takes turns on one real Kamailio under calls: a scrape of the real kamailio_exporter over HTTP with
// compression, as Prometheus does it, once of everything and once without collector sockets, which reads the kernel's
// tables and asks Kamailio nothing; and the questions of a scrape over one BINRPC connection with the answers thrown away. The
// fourth turn is the floor: an HTTP server that asks the questions, throws the answers away and sends what a scrape said at the
// beginning, compressed long ago. No exporter can be faster, whatever it is made of, save by asking less. It reports the medians,
// their ratios, the number of series, and the exporter's resident memory at the end.
func BenchmarkScrapeAgainstRawCalls(b *testing.B) {
	l := startForBenchmark(b)
	if _, err := l.StartCalls(b.Context(), lab.UsualMix()); err != nil {
		b.Fatal(err)
	}
	address, err := binrpc.ParseAddress(l.Config.Unix())
	if err != nil {
		b.Fatal(err)
	}
	client := binrpc.NewClient(address, binrpc.Options{})
	defer client.Close()
	floor := startFloor(b, client, l.ExporterURL+"/metrics")
	var raw, scrapes, asking, least []time.Duration
	series := 0
	for b.Loop() {
		raw = append(raw, timed(func() { askAll(b, client) }))
		scrapes = append(scrapes, timed(func() { series = scrape(b, l.ExporterURL+"/metrics") }))
		asking = append(asking, timed(func() { scrape(b, l.ExporterURL+"/metrics?exclude[]=sockets") }))
		least = append(least, timed(func() { scrape(b, floor) }))
	}
	b.ReportMetric(0, "ns/op") // of all together: says nothing
	b.ReportMetric(float64(median(raw).Microseconds()), "raw-p50-us")
	b.ReportMetric(float64(median(scrapes).Microseconds()), "scrape-p50-us")
	b.ReportMetric(float64(median(scrapes))/float64(median(raw)), "scrape/raw")
	b.ReportMetric(float64(median(asking))/float64(median(raw)), "asking/raw")
	b.ReportMetric(float64(median(least))/float64(median(raw)), "floor/raw")
	b.ReportMetric(float64(median(scrapes))/float64(median(least)), "scrape/floor")
	b.ReportMetric(float64(series), "series")
	b.ReportMetric(resident(b, l.Exporter.Pid())/1e6, "rss-MB")
}

func startForBenchmark(b *testing.B) *lab.Lab {
	b.Helper()
	o, err := options()
	if err != nil {
		b.Fatal(err)
	}
	o.Steps, o.DeadTargets = steps.New(io.Discard, false, time.Now), lab.DeadTargets
	l, err := lab.Up(b.Context(), o)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = l.Close() })
	return l
}

// startFloor serves what a scrape at the address says, without making it: see BenchmarkScrapeAgainstRawCalls.
func startFloor(b *testing.B, client *binrpc.Client, address string) string {
	b.Helper()
	request, err := http.NewRequestWithContext(b.Context(), http.MethodGet, address, http.NoBody)
	if err != nil {
		b.Fatal(err)
	}
	request.Header.Set("Accept-Encoding", "gzip") // said by hand, so that it stays compressed
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		b.Fatal(err)
	}
	defer response.Body.Close()
	packed, err := io.ReadAll(response.Body)
	if err != nil {
		b.Fatal(err)
	}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		askAll(b, client)
		w.Header().Set("Content-Encoding", "gzip")
		_, _ = w.Write(packed)
	}))
	b.Cleanup(server.Close)
	return server.URL
}

func timed(f func()) time.Duration {
	start := time.Now()
	f()
	return time.Since(start)
}

// askAll asks everything and looks at nothing; a command that this Kamailio lacks is answered all the same.
func askAll(b *testing.B, client *binrpc.Client) {
	b.Helper()
	ctx, cancel := context.WithTimeout(b.Context(), 5*time.Second)
	defer cancel()
	for _, call := range scrapeCalls() {
		_, err := client.Call(ctx, call[0].(string), call[1:]...)
		if err != nil && ctx.Err() != nil {
			b.Error(err) // not Fatal: the floor's server asks as well, in goroutines of its own
			return
		}
	}
}

// scrape returns the number of series.
func scrape(b *testing.B, url string) int {
	b.Helper()
	request, err := http.NewRequestWithContext(b.Context(), http.MethodGet, url, http.NoBody)
	if err != nil {
		b.Fatal(err)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		b.Fatal(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil || response.StatusCode != http.StatusOK {
		b.Fatalf("status %d: %v", response.StatusCode, err)
	}
	return bytes.Count(body, []byte("\n")) - 2*bytes.Count(body, []byte("# TYPE "))
}

func median(d []time.Duration) time.Duration {
	s := slices.SortedFunc(slices.Values(d), cmp.Compare[time.Duration])
	return s[len(s)/2]
}

// resident is the resident memory of a process in bytes (proc(5), VmRSS in kB).
func resident(b *testing.B, pid int) float64 {
	b.Helper()
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		b.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(text), "VmRSS:")
	var kb float64
	if _, err := fmt.Sscan(rest, &kb); err != nil {
		b.Fatal(err)
	}
	return kb * 1024
}
