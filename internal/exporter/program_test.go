package exporter_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/expfmt"

	"github.com/voipbin/observability/internal/emit"
	"github.com/voipbin/observability/internal/exporter"
	"github.com/voipbin/observability/internal/metric"
)

const timeoutHeader = "X-Prometheus-Scrape-Timeout-Seconds"

// protobuf is the only format in which native histograms travel.
const protobuf = "application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited"

func twoCollectors() exporter.Program {
	return fakeProgram(fixed(reads("a", fakeA), reads("b", fakeB)))
}

func TestMetrics(t *testing.T) {
	t.Parallel()
	r := start(t, twoCollectors(), "--kamailio.address=x")
	a := r.get(t, "/metrics", timeoutHeader, "10")
	if a.status != http.StatusOK {
		t.Fatalf("want 200, got %d %s", a.status, a.body)
	}
	for _, line := range []string{
		"kamailio_up 1", "kamailio_a 1", "kamailio_b 1", `kamailio_exporter_collector_success{collector="a"} 1`,
		"kamailio_exporter_build_info{", "go_goroutines ", "process_resident_memory_bytes ",
	} {
		in(t, a.body, "\n"+line)
	}
	notIn(t, a.body, "config_last_reload") // there is no configuration
	notIn(t, a.body, `collector="c"`)      // off by default
	names := typeLines(a.body)
	if diff := cmp.Diff(sortedUnique(names), names); diff != "" {
		t.Errorf("families are not sorted and unique (-want +got):\n%s", diff)
	}
	if code := r.stop(); code != 0 {
		t.Errorf("exit code: want 0, got %d: %s", code, r.stderr)
	}
	in(t, r.stderr.String(), "msg=stopped")
}

func TestMetricsWithoutTheExportersOwn(t *testing.T) {
	t.Parallel()
	r := start(t, twoCollectors(), "--kamailio.address=x", "--web.disable-exporter-metrics", "--no-collector.b", "--web.telemetry-path=/m/x")
	a := r.get(t, "/m/x")
	in(t, a.body, "kamailio_up 1\n")
	for _, stranger := range []string{"go_", "process_", "build_info", "kamailio_b"} {
		notIn(t, a.body, "\n"+stranger)
	}
	if got := r.get(t, "/metrics").status; got != http.StatusNotFound {
		t.Errorf("/metrics: want 404, got %d", got)
	}
}

func TestFormats(t *testing.T) {
	t.Parallel()
	r := start(t, twoCollectors(), "--kamailio.address=x")
	f := func(accept, wantType string) answer {
		t.Helper()
		a := r.get(t, "/metrics", "Accept", accept)
		if got := a.header.Get("Content-Type"); !strings.HasPrefix(got, wantType) {
			t.Errorf("Accept %s: want %s, got %s", accept, wantType, got)
		}
		return a
	}
	f("", "text/plain; version=0.0.4")
	om := f("application/openmetrics-text;version=1.0.0", "application/openmetrics-text; version=1.0.0")
	if !strings.HasSuffix(om.body, "# EOF\n") {
		t.Errorf("OpenMetrics: want an end of # EOF, got %q", om.body[max(0, len(om.body)-60):])
	}
	proto := f(protobuf, "application/vnd.google.protobuf")
	dec := expfmt.NewDecoder(strings.NewReader(proto.body), expfmt.NewFormat(expfmt.TypeProtoDelim))
	families := 0
	for ; ; families++ {
		err := dec.Decode(&dto.MetricFamily{})
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if families < 10 {
		t.Errorf("protobuf: want all families, got %d", families)
	}
}

// Callers of one flight share its result, each in its own format.
func TestFormatsAtOnce(t *testing.T) {
	t.Parallel()
	r := start(t, fakeProgram(fixed(takes("a", 20*time.Millisecond, fakeA))), "--kamailio.address=x")
	var wg sync.WaitGroup
	for range 10 {
		for _, accept := range []string{"", "application/openmetrics-text;version=1.0.0", protobuf} {
			wg.Go(func() { in(t, r.get(t, "/metrics", "Accept", accept).body, "kamailio_a") })
		}
	}
	wg.Wait()
}

func TestRequestsThatAreRefused(t *testing.T) {
	t.Parallel()
	r := start(t, twoCollectors(), "--kamailio.address=x")
	r.get(t, "/metrics", timeoutHeader, "soon").refused(t, http.StatusBadRequest,
		`header X-Prometheus-Scrape-Timeout-Seconds: "soon" is not a number of seconds above 0`)
	r.get(t, "/metrics?collect[]=x").refused(t, http.StatusBadRequest, `collector "x" does not exist: choose from a, b`)
	r.get(t, "/metrics?collect[]=c").refused(t, http.StatusBadRequest, `collector "c" is switched off here: choose from a, b`)
	r.request(t, http.MethodPost, "/metrics").refused(t, http.StatusMethodNotAllowed, "Method Not Allowed")
	r.request(t, http.MethodPost, "/-/reload").refused(t, http.StatusNotFound, "nothing to reload: this exporter runs without --config.file")
	r.get(t, "/-/reload").refused(t, http.StatusMethodNotAllowed, "Method Not Allowed")
	r.get(t, "/probe?target=x").refused(t, http.StatusNotFound, "404 page not found")
	r.get(t, "/nothing").refused(t, http.StatusNotFound, "404 page not found")
}

func TestPages(t *testing.T) {
	t.Parallel()
	r := start(t, twoCollectors(), "--kamailio.address=unix:///x")
	r.get(t, "/-/healthy").refused(t, http.StatusOK, "healthy")
	r.get(t, "/-/ready").refused(t, http.StatusOK, "ready")
	landing := r.get(t, "/")
	in(t, landing.body, `href="/metrics"`)
	in(t, landing.body, "of unix:///x")
	notIn(t, landing.body, "/debug/pprof")
}

// SIGHUP ends a process that does not expect it; without a configuration it must do nothing.
func TestHangupWithoutConfiguration(t *testing.T) {
	t.Parallel()
	r := start(t, twoCollectors(), "--kamailio.address=x")
	r.hangup <- syscall.SIGHUP
	r.hangup <- syscall.SIGHUP // taken only once the first one is dealt with
	r.get(t, "/-/ready").refused(t, http.StatusOK, "ready")
}

// A hung daemon, three Prometheus servers with a scrape timeout of 2 s: each gets what could be read, in time.
func TestThreeScrapesOfAHungDaemonEndInTime(t *testing.T) {
	t.Parallel()
	r := start(t, fakeProgram(fixed(reads("a", fakeA), hangs("b"), hangs("c"))),
		"--kamailio.address=x", "--collector.c", "--web.scrape-timeout-offset=1s")
	var wg sync.WaitGroup
	for range 3 {
		wg.Go(func() {
			begin := time.Now()
			a := r.get(t, "/metrics", timeoutHeader, "2")
			if took := time.Since(begin); took >= 2*time.Second {
				t.Errorf("took: want less than 2s, got %s", took)
			}
			in(t, a.body, "\nkamailio_up 1\n")
			in(t, a.body, "\nkamailio_a 1\n")
			in(t, a.body, `kamailio_exporter_collector_outcome{collector="b",outcome="timeout"} 1`)
			in(t, a.body, `kamailio_exporter_collector_outcome{collector="c",outcome="timeout"} 1`)
		})
	}
	wg.Wait()
}

// A stop lets a scrape under way end.
func TestStopAnswersScrapesUnderWay(t *testing.T) {
	t.Parallel()
	started := make(chan struct{})
	slow := scraper{"a", func(ctx context.Context, b *emit.Batch) error {
		close(started)
		time.Sleep(200 * time.Millisecond)
		b.Add(fakeA, 1)
		return ctx.Err()
	}}
	r := start(t, fakeProgram(fixed(slow)), "--kamailio.address=x")
	var wg sync.WaitGroup
	wg.Go(func() { in(t, r.get(t, "/metrics").body, "\nkamailio_a 1\n") })
	<-started
	if code := r.stop(); code != 0 {
		t.Errorf("exit code: want 0, got %d: %s", code, r.stderr)
	}
	wg.Wait()
}

func TestExitCodes(t *testing.T) {
	t.Parallel()
	taken := start(t, twoCollectors(), "--kamailio.address=x")
	refuses := func(c exporter.TargetConfig) (*exporter.Target, error) {
		return nil, fmt.Errorf("address %q: want unix:///path", c.Address)
	}
	port := strings.TrimPrefix(taken.url, "http://")
	tests := []struct {
		name       string
		program    exporter.Program
		args       []string
		code       int
		out, wrong string
	}{
		{"help", twoCollectors(), []string{"--help"}, 0, "--[no-]collector.c", ""},
		{"version", twoCollectors(), []string{"--version"}, 0, "kamailio_exporter, version ", ""},
		{"unknown flag", twoCollectors(), []string{"--nonsense"}, 2, "", "kamailio_exporter: unknown long flag '--nonsense' (--help lists the flags)\n"},
		{"argument", twoCollectors(), []string{"nonsense"}, 2, "", "kamailio_exporter: unexpected nonsense (--help lists the flags)\n"},
		{"no target", twoCollectors(), nil, 2, "", "kamailio_exporter: no target: give --kamailio.address or --config.file (--help lists the flags)\n"},
		{
			"two kinds of target", twoCollectors(), []string{"--kamailio.address=x", "--config.file=y"}, 2, "",
			"kamailio_exporter: --config.file and --kamailio.address exclude each other: name the address in the file (--help lists the flags)\n",
		},
		{
			"path", twoCollectors(), []string{"--kamailio.address=x", "--web.telemetry-path=/-/x{"}, 2, "",
			"kamailio_exporter: --web.telemetry-path: \"/-/x{\" is not a free path such as /metrics (--help lists the flags)\n",
		},
		{
			"timeout", twoCollectors(), []string{"--kamailio.address=x", "--web.max-scrape-timeout=0s"}, 2, "",
			"kamailio_exporter: --web.max-scrape-timeout: 0s is not above 0 and at most 1h0m0s (--help lists the flags)\n",
		},
		{
			"offset", twoCollectors(), []string{"--kamailio.address=x", "--web.scrape-timeout-offset=-1s"}, 2, "",
			"kamailio_exporter: --web.scrape-timeout-offset is below 0 (--help lists the flags)\n",
		},
		{
			"limit", twoCollectors(), []string{"--kamailio.address=x", "--collector.limit=-1"}, 2, "",
			"kamailio_exporter: --collector.limit: -1 is below 0 (--help lists the flags)\n",
		},
		{
			"bad address", fakeProgram(refuses), []string{"--kamailio.address=x"}, 1, "",
			"kamailio_exporter: --kamailio.address: address \"x\": want unix:///path\n",
		},
		{
			"a password in the address", twoCollectors(), []string{"--kamailio.address=http://monitor:secret@127.0.0.1/RPC"}, 1, "",
			"kamailio_exporter: --kamailio.address: an address must not hold a user or password, because addresses are logged: use username and password_file\n",
		},
		{
			"bad web configuration", twoCollectors(), []string{"--kamailio.address=x", "--web.config.file=/nowhere"}, 1, "",
			"kamailio_exporter: web configuration \"/nowhere\": open /nowhere: no such file or directory\n",
		},
		{
			"bad configuration", twoCollectors(), []string{"--config.file=/nowhere"}, 1, "",
			"kamailio_exporter: configuration: open /nowhere: no such file or directory\n",
		},
		{
			"occupied port", twoCollectors(), []string{"--kamailio.address=x", "--web.listen-address=" + port}, 1, "",
			"kamailio_exporter: listen on \"" + port + "\": address already in use: another process has this port, choose a different one\n",
		},
		{"check", twoCollectors(), []string{"--kamailio.address=x", "--config.check"}, 0, "kamailio_exporter: target x is good\n", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			code, out, wrong := once(t, tt.program, tt.args...)
			if code != tt.code {
				t.Errorf("code: want %d, got %d", tt.code, code)
			}
			in(t, out, tt.out)
			if diff := cmp.Diff(tt.wrong, wrong); diff != "" {
				t.Errorf("stderr (-want +got):\n%s", diff)
			}
		})
	}
}

// typeLines are the names of the families in the order of an exposition.
func typeLines(text string) []string {
	var names []string
	for line := range strings.Lines(text) {
		if rest, ok := strings.CutPrefix(line, "# TYPE "); ok {
			name, _, _ := strings.Cut(rest, " ")
			names = append(names, name)
		}
	}
	return names
}

// BenchmarkScrape is one scrape of a fake target over HTTP on loopback: 10 collectors, 251 series with those of the kit.
func BenchmarkScrape(b *testing.B) {
	const collectors, perCollector = 10, 12
	var infos []exporter.CollectorInfo
	var scrapers []exporter.Scraper
	families := metric.KamailioKit.Families()
	for i := range collectors {
		name := "c" + string(rune('a'+i))
		f := &metric.Family{
			Name: "kamailio_" + name + "_total", Help: "A counter.", Type: metric.Counter, Collector: name,
			Labels: []metric.Label{{Name: "method"}, {Name: "class"}},
		}
		families = append(families, f)
		infos = append(infos, exporter.CollectorInfo{Name: name, Help: "counts", Default: true})
		values := make([]string, perCollector)
		for j := range values {
			values[j] = fmt.Sprint(j)
		}
		scrapers = append(scrapers, scraper{name, func(_ context.Context, batch *emit.Batch) error {
			for j, v := range values {
				batch.Add(f, float64(j), v, "2xx")
			}
			return nil
		}})
	}
	p := fakeProgram(fixed(scrapers...))
	p.Families, p.Collectors = families, infos
	for _, encoding := range []string{"identity", "gzip"} {
		b.Run(encoding, func(b *testing.B) {
			benchmarkGet(b, start(b, p, "--kamailio.address=x", "--web.disable-exporter-metrics"), encoding)
		})
	}
}

func benchmarkGet(b *testing.B, r *running, encoding string) {
	b.Helper()
	b.ReportAllocs()
	var buf bytes.Buffer
	c := client()
	for b.Loop() {
		req, err := http.NewRequestWithContext(b.Context(), http.MethodGet, r.url+"/metrics", http.NoBody)
		if err != nil {
			b.Fatal(err)
		}
		req.Header.Set("Accept-Encoding", encoding)
		req.Header.Set("Accept", "application/openmetrics-text;version=1.0.0")
		req.Header.Set(timeoutHeader, "10")
		resp, err := c.Do(req)
		if err != nil {
			b.Fatal(err)
		}
		buf.Reset()
		_, err = buf.ReadFrom(resp.Body)
		if err = errors.Join(err, resp.Body.Close()); err != nil || resp.StatusCode != http.StatusOK {
			b.Fatalf("%d %v", resp.StatusCode, err)
		}
	}
	b.ReportMetric(float64(buf.Len()), "bytes")
}
