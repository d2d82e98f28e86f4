package exporter_test

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"os"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/voipbin/observability/internal/exporter"
	"github.com/voipbin/observability/internal/metric"
)

// fakeProgram is an exporter for the fake daemon of daemon_test.go.
func fakeProgram(newTarget func(exporter.TargetConfig) (*exporter.Target, error)) exporter.Program {
	return exporter.Program{
		Name: "kamailio_exporter", System: "kamailio", About: "Shows a fake to Prometheus.", Port: 9494,
		Families:   append(metric.KamailioKit.Families(), fakeA, fakeB, fakeC),
		Kit:        metric.KamailioKit,
		Collectors: fakeCollectors(),
		Login:      true,
		NewTarget:  newTarget,
	}
}

// fixed makes every target of these scrapers, as far as they are switched on.
func fixed(scrapers ...exporter.Scraper) func(exporter.TargetConfig) (*exporter.Target, error) {
	return func(c exporter.TargetConfig) (*exporter.Target, error) {
		t := &exporter.Target{Check: answers}
		for _, name := range c.Collectors {
			for _, s := range scrapers {
				if s.Name() == name {
					t.Scrapers = append(t.Scrapers, s)
				}
			}
		}
		return t, nil
	}
}

// output is a writer that can be read while it is written.
type output struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.buf.Write(p)
}

func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.buf.String()
}

// await polls until the output matches the expression and returns its first group.
func (o *output) await(tb testing.TB, expression string) string {
	tb.Helper()
	re := regexp.MustCompile(expression)
	for deadline := time.Now().Add(10 * time.Second); time.Now().Before(deadline); time.Sleep(5 * time.Millisecond) {
		if m := re.FindStringSubmatch(o.String()); m != nil {
			return m[len(m)-1]
		}
	}
	tb.Fatalf("no %s in:\n%s", expression, o)
	return ""
}

// running is an exporter that runs in this process.
type running struct {
	url    string
	stderr *output
	hangup chan os.Signal
	stop   func() int // stops it and returns its exit code; harmless when called again
}

// start runs an exporter on a free port until the test ends or stop is called.
func start(tb testing.TB, p exporter.Program, args ...string) *running {
	tb.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	r := &running{stderr: &output{}, hangup: make(chan os.Signal, 1)}
	code := make(chan int, 1)
	go func() {
		code <- exporter.Run(ctx, p, exporter.Process{
			Args:   append([]string{"--web.listen-address=127.0.0.1:0"}, args...),
			Stdout: io.Discard, Stderr: r.stderr, Hangup: r.hangup, Now: time.Now,
		})
	}()
	r.stop = sync.OnceValue(func() int { cancel(); return <-code })
	tb.Cleanup(func() { r.stop() })
	r.url = "http://" + r.stderr.await(tb, `msg="Listening on" address=(\S+)`)
	return r
}

// once runs an exporter that ends by itself.
func once(tb testing.TB, p exporter.Program, args ...string) (code int, stdout, stderr string) {
	tb.Helper()
	ctx, cancel := context.WithTimeout(tb.Context(), 10*time.Second)
	defer cancel()
	var out, err output
	code = exporter.Run(ctx, p, exporter.Process{Args: args, Stdout: &out, Stderr: &err, Now: time.Now})
	return code, out.String(), err.String()
}

// client gives up long after every deadline that a test is about.
func client() *http.Client { return &http.Client{Timeout: time.Minute} }

// answer is what a request got.
type answer struct {
	status int
	body   string
	header http.Header
}

// request asks the exporter. headers are names and values in turn.
func (r *running) request(tb testing.TB, method, path string, headers ...string) answer {
	tb.Helper()
	req, err := http.NewRequestWithContext(tb.Context(), method, r.url+path, http.NoBody)
	if err != nil {
		tb.Fatal(err)
	}
	for i := 0; i < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
	}
	resp, err := client().Do(req)
	if err != nil {
		tb.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		tb.Fatal(err)
	}
	return answer{resp.StatusCode, string(body), resp.Header}
}

func (r *running) get(tb testing.TB, path string, headers ...string) answer {
	tb.Helper()
	return r.request(tb, http.MethodGet, path, headers...)
}

// refused checks that a request was refused with one line.
func (a answer) refused(tb testing.TB, status int, line string) {
	tb.Helper()
	if a.status != status || strings.TrimSpace(a.body) != line {
		tb.Errorf("want %d %q, got %d %q", status, line, a.status, strings.TrimSpace(a.body))
	}
}
