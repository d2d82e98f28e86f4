//go:build integration

package integration

import (
	"bytes"
	"context"
	"fmt"
	"math"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/voipbin/observability/internal/promapi"
)

// past is a Prometheus server that has three days of a registrar's probes, whose events are known.
type past struct {
	url, dir string
	from, to time.Time
	// outage is when half of the probes failed, for ten minutes.
	outage         time.Time
	events, failed float64
	api            *promapi.Client
	obsgen         string
}

// laboratoryTool is a program that make sets up.
func laboratoryTool(t *testing.T, name string) string {
	t.Helper()
	path, err := filepath.Abs(filepath.Join(repo, ".lab", "bin", name))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := exec.LookPath(path); err != nil {
		t.Fatalf("%s: run make setup: %v", name, err)
	}
	return path
}

// command runs a program and returns what it says on stdout and on stderr.
func command(t *testing.T, name string, args ...string) (stdout, stderr string) {
	t.Helper()
	ctx, stop := context.WithTimeout(t.Context(), 5*time.Minute)
	defer stop()
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Dir = repo
	var out, said bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &said
	if err := cmd.Run(); err != nil {
		t.Fatalf("%s %v: %v\n%s%s", filepath.Base(name), args, err, out.String(), said.String())
	}
	return out.String(), said.String()
}

// startPast writes three days into a folder and starts a server on it.
func startPast(t *testing.T) *past {
	t.Helper()
	to := time.Now().UTC().Truncate(time.Hour).Add(-4 * time.Hour)
	p := &past{dir: t.TempDir(), from: to.Add(-72 * time.Hour), to: to, obsgen: filepath.Join(t.TempDir(), "obsgen")}
	command(t, "go", "build", "-o", p.obsgen, "./cmd/obsgen")
	p.write(t)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := listener.Addr().String()
	if err := listener.Close(); err != nil {
		t.Fatal(err)
	}
	p.url = "http://" + address
	empty := filepath.Join(t.TempDir(), "prometheus.yml")
	if err := os.WriteFile(empty, []byte("scrape_configs: []\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	server := exec.CommandContext(t.Context(), laboratoryTool(t, "prometheus"), "--config.file="+empty, "--storage.tsdb.path="+p.dir, "--web.listen-address="+address,
		"--storage.tsdb.retention.time=90d", "--storage.tsdb.block-reload-interval=1s", "--log.level=error")
	server.Stderr = t.Output()
	server.Cancel = func() error { return server.Process.Signal(os.Interrupt) }
	if err := server.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = server.Wait() }) // the test's context has ended, and interrupted it
	if p.api, err = promapi.New(p.url); err != nil {
		t.Fatal(err)
	}
	for p.api.Ready(t.Context()) != nil {
		select {
		case <-t.Context().Done():
			t.Fatal("the server did not get ready")
		case <-time.After(100 * time.Millisecond):
		}
	}
	return p
}

// write makes up a hundred probes a minute, of which few fail, and in ten minutes half. The last half hour has none, so that
// it does not matter up to which minute of it the rules count.
func (p *past) write(t *testing.T) {
	t.Helper()
	const perMinute = 100
	p.outage = p.from.Add(40 * time.Hour)
	var up, all, good strings.Builder
	n := 0
	for at := p.from; !at.After(p.to); at = at.Add(time.Minute) {
		if at.After(p.from) && at.Before(p.to.Add(-30*time.Minute)) {
			p.events += perMinute
			switch {
			case !at.Before(p.outage) && at.Before(p.outage.Add(10*time.Minute)):
				p.failed += perMinute / 2
			case n%100 == 0:
				p.failed++
			}
		}
		n++
		fmt.Fprintf(&up, "up{job=\"sip\",instance=\"edge-register\"} 1 %d\n", at.Unix())
		fmt.Fprintf(&all, "sip_probes_total{job=\"sip\",instance=\"edge-register\"} %g %d\n", p.events, at.Unix())
		fmt.Fprintf(&good, "sip_probes_reached_total{job=\"sip\",instance=\"edge-register\",grade=\"L3\"} %g %d\n", p.events-p.failed, at.Unix())
	}
	file := filepath.Join(t.TempDir(), "past.om")
	text := "# TYPE up gauge\n" + up.String() + "# TYPE sip_probes counter\n" + all.String() + "# TYPE sip_probes_reached counter\n" + good.String() + "# EOF\n"
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	command(t, laboratoryTool(t, "promtool"), "tsdb", "create-blocks-from", "--quiet", "openmetrics", file, p.dir)
}

// A backfilled budget is what the counted events say.
func TestBackfill(t *testing.T) {
	t.Parallel()
	p := startPast(t)
	args := []string{
		"backfill", "registration", "-prometheus", p.url, "-from", p.from.Format(time.RFC3339), "-to", p.to.Format(time.RFC3339), "-data-dir", p.dir,
		"-promtool", laboratoryTool(t, "promtool"),
	}
	begun := time.Now()
	_, said := command(t, p.obsgen, args...)
	t.Logf("%s\n%s", time.Since(begun).Round(time.Second), said)
	if !strings.Contains(said, "level 1 of ") || !strings.HasSuffix(said, fmt.Sprintf("filled registration from %s to %s\n", p.from.Format(time.RFC3339), p.to.Format(time.RFC3339))) {
		t.Errorf("want progress, got %s", said)
	}
	found, err := p.api.Query(t.Context(), `slo:error_budget_consumed:ratio{slo="registration"}`, p.to)
	if err != nil || len(found) != 1 {
		t.Fatalf("want one budget, got %v, %v", found, err)
	}
	const allowed, points = 0.001, 0.001
	if want := p.failed / p.events / allowed; math.Abs(found[0].Value-want) > points {
		t.Errorf("want %.5f of the budget consumed, got %.5f", want, found[0].Value)
	} else {
		t.Logf("consumed: %.5f by the events, %.5f as backfilled", want, found[0].Value)
	}

	// What is there is not written a second time.
	again := exec.CommandContext(t.Context(), p.obsgen, args...)
	again.Dir = repo
	text, err := again.CombinedOutput()
	if err == nil || !strings.Contains(string(text), "already: end before its rules were loaded") {
		t.Errorf("want a refusal, got %v: %s", err, text)
	}
}

// What a real server says of itself is read, and a server without our exporters makes no spec.
func TestInitOfAServer(t *testing.T) {
	t.Parallel()
	p := startPast(t)
	folder := filepath.Join(t.TempDir(), "spec")
	text, err := exec.CommandContext(t.Context(), p.obsgen, "init", "-spec", folder, "-prometheus", p.url).CombinedOutput()
	if err == nil || strings.Contains(string(text), "keeps data is not known") ||
		!strings.Contains(string(text), "the server has kamailio_up of 0 nodes") {
		t.Errorf("want what the server is, and that it has no proxies, got %v: %s", err, text)
	}
	if _, err := os.Stat(folder); err == nil {
		t.Error("want nothing written")
	}
}

// A recorded outage is replayed from a server, and pages.
func TestBacktestOfAServer(t *testing.T) {
	t.Parallel()
	p := startPast(t)
	out, _ := command(t, p.obsgen, "backtest", "-slo", "registration", "-prometheus", p.url, "-step", "60s",
		"-from", p.outage.Add(-24*time.Hour).Format(time.RFC3339), "-to", p.outage.Add(4*time.Hour).Format(time.RFC3339))
	t.Log(out)
	for _, want := range []string{"RegistrationBudgetBurn", "page_fast", p.outage.Format("2006-01-02T15:0")} {
		if !strings.Contains(out, want) {
			t.Errorf("want %s in %s", want, out)
		}
	}
}
