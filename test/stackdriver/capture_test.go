package stackdriver

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
)

const (
	project = "voipbin-prod"
	module  = "github.com/prometheus-community/stackdriver_exporter"
	capture = "../../internal/metric/testdata/stackdriver_exporter-0.19.0.prom"
)

// TestTheExporterSaysWhatWasRecorded runs the exporter with the flag that the scrape configuration asks for, scrapes it before and after a
// minute has passed, and compares with the recording that the catalogue is held to. UPDATE=1 records it anew.
func TestTheExporterSaysWhatWasRecorded(t *testing.T) {
	t.Parallel()
	c := newCloud(t)
	c.minutes.Store(time.Now().Unix()/60 - 5)
	address := start(t, c)
	first := scrape(t, address)
	if again := scrape(t, address); again != first {
		t.Errorf("a second scrape within the minute differs:\n%s\n%s", first, again)
	}
	if int(c.asked.Load()) < len(strings.Split(prefixes(c), ",")) {
		t.Error("the stand-in was hardly asked")
	}
	c.minutes.Add(1)
	second := scrape(t, address)
	for _, want := range []struct{ name, before, after string }{
		{"stackdriver_redis_instance_redis_googleapis_com_stats_evicted_keys", "3", "6"},
		{"stackdriver_https_lb_rule_loadbalancing_googleapis_com_https_total_latencies_count", "9", "18"},
		{"stackdriver_cloudsql_database_cloudsql_googleapis_com_database_cpu_reserved_cores", "8", "8"},
	} {
		if before, after := value(t, first, want.name), value(t, second, want.name); before != want.before || after != want.after {
			t.Errorf("%s was %s and a minute later %s; want %s and %s: deltas are added up, gauges stand", want.name, before, after, want.before, want.after)
		}
	}
	compare(t, header()+second)
	c.refusing.Store(true)
	if failed := value(t, scrape(t, address), "stackdriver_monitoring_last_scrape_error"); failed != "1" {
		t.Errorf("last_scrape_error is %s while the cloud refuses; want 1", failed)
	}
}

func header() string {
	return "# Recorded from stackdriver_exporter 0.19.0 with --monitoring.aggregate-deltas over a stand-in for Cloud Monitoring, whose descriptors are\n" +
		"# written after Google's list of metrics (test/stackdriver): names, types and labels are the exporter's, the values are nobody's. Times are left out.\n"
}

func compare(t *testing.T, got string) {
	t.Helper()
	if os.Getenv("UPDATE") != "" {
		if err := os.WriteFile(capture, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(capture)
	if err != nil {
		t.Fatal(err)
	}
	if string(want) != got {
		wanted, gotten := strings.Split(string(want), "\n"), strings.Split(got, "\n")
		for i := range min(len(wanted), len(gotten)) {
			if wanted[i] != gotten[i] {
				t.Fatalf("line %d is\n%s\nwant\n%s", i+1, gotten[i], wanted[i])
			}
		}
		t.Fatalf("%d lines, want %d", len(gotten), len(wanted))
	}
}

func prefixes(c *cloud) string {
	var all []string
	for _, s := range c.series {
		service, _, _ := strings.Cut(s.Type, "/")
		all = append(all, service)
	}
	slices.Sort(all)
	return strings.Join(slices.Compact(all), ",")
}

// start builds the exporter at the version that go.mod pins, and runs it until the test ends.
func start(t *testing.T, c *cloud) string {
	t.Helper()
	dir := t.TempDir()
	program := filepath.Join(dir, "stackdriver_exporter")
	build := exec.CommandContext(t.Context(), "go", "build", "-o", program, module)
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	credentials := filepath.Join(dir, "credentials.json")
	if err := os.WriteFile(credentials, []byte(`{"type":"authorized_user","client_id":"stand-in","client_secret":"none","refresh_token":"none"}`), 0o600); err != nil {
		t.Fatal(err)
	}
	proxy, authority := intercept(t, c)
	ctx, cancel := context.WithCancel(context.Background())
	address := free(t)
	command := exec.CommandContext(ctx, program, "--web.listen-address="+address, "--google.project-ids="+project,
		"--monitoring.metrics-type-prefixes="+prefixes(c), "--monitoring.aggregate-deltas")
	command.Env = []string{"HTTPS_PROXY=" + proxy, "SSL_CERT_FILE=" + authority, "GOOGLE_APPLICATION_CREDENTIALS=" + credentials, "HOME=" + dir}
	var said strings.Builder
	command.Stderr, command.Stdout = &said, &said
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		cancel()
		_ = command.Wait()
		if t.Failed() {
			t.Logf("the exporter said:\n%s", said.String())
		}
	})
	return address
}

func free(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	return l.Addr().String()
}

// scrape asks until the exporter listens, and returns what it says of the cloud and whether that could be had, sorted by family and without
// times. What else it says of itself is left out: it differs from run to run.
func scrape(t *testing.T, address string) string {
	t.Helper()
	deadline := time.Now().Add(30 * time.Second)
	for {
		text, err := get(t.Context(), "http://"+address+"/metrics")
		if err == nil {
			return ofTheCloud(text)
		}
		if time.Now().After(deadline) {
			t.Fatal(err)
		}
		time.Sleep(20 * time.Millisecond)
	}
}

func get(ctx context.Context, url string) (string, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, http.NoBody)
	if err != nil {
		return "", err
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return "", err
	}
	defer func() { _ = response.Body.Close() }()
	text, err := io.ReadAll(io.LimitReader(response.Body, 4<<20))
	if err == nil && response.StatusCode != http.StatusOK {
		err = fmt.Errorf("%s: %s", url, response.Status)
	}
	return string(text), err
}

// A time is the number of milliseconds after the value.
var timed = regexp.MustCompile(`(?m) \d{12,}$`)

func ofTheCloud(text string) string {
	var kept []string
	for line := range strings.Lines(text) {
		name := strings.TrimPrefix(strings.TrimPrefix(line, "# HELP "), "# TYPE ")
		ofItself := strings.HasPrefix(name, "stackdriver_monitoring_") || strings.HasPrefix(name, "stackdriver_exporter_")
		if strings.HasPrefix(name, "stackdriver_") && (!ofItself || strings.HasPrefix(name, "stackdriver_monitoring_last_scrape_error")) {
			kept = append(kept, timed.ReplaceAllString(line, ""))
		}
	}
	return strings.Join(kept, "")
}

func value(t *testing.T, text, name string) string {
	t.Helper()
	for line := range strings.Lines(text) {
		if strings.HasPrefix(line, name+"{") {
			return strings.TrimSpace(line[strings.LastIndex(line, " ")+1:])
		}
	}
	t.Fatalf("the exporter did not say %s", name)
	return ""
}

// TestTheRecordingIsOfTheVersionPinned wants the name of the recording to carry the version that is built.
func TestTheRecordingIsOfTheVersionPinned(t *testing.T) {
	t.Parallel()
	mod, err := os.ReadFile("go.mod")
	if err != nil {
		t.Fatal(err)
	}
	pinned := regexp.MustCompile(regexp.QuoteMeta(module) + ` v(\S+)`).FindSubmatch(mod)
	if pinned == nil || !strings.HasSuffix(capture, "-"+string(pinned[1])+".prom") || !strings.Contains(header(), string(pinned[1])) {
		t.Errorf("go.mod pins %s, the recording is %s", pinned, capture)
	}
}
