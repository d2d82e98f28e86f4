//go:build integration

package integration

import (
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/voipbin/observability/internal/exporter"
	"github.com/voipbin/observability/internal/lab/asterisk"
	"github.com/voipbin/observability/internal/lab/supervise"
)

// The load that the exporter's budget as a sidecar, 50 thousandths of a CPU and 50 MB, is meant for.
const (
	benchRate     = 50.0 // calls per second
	benchChannels = 500
	benchScrape   = 15 * time.Second // between scrapes, as Prometheus has it by default in many places
)

// BenchmarkAsteriskSidecar runs the real asterisk_exporter beside a real Asterisk with 500 channels and 50 calls a second, scrapes it every
// 15 seconds, and reports the CPU time that it takes in thousandths of a CPU, its resident memory, the events it gets a second and how
// long a scrape takes. An iteration is a minute.
func BenchmarkAsteriskSidecar(b *testing.B) {
	var c exporter.Credentials
	s := startAsterisk(b, asterisks()[0], func(s *asterisk.Single) { c = withObserver(b, s) })
	binary := filepath.Join(b.TempDir(), "asterisk_exporter")
	if out, err := exec.CommandContext(b.Context(), "go", "build", "-o", binary, repo+"/cmd/exporters/asterisk_exporter").CombinedOutput(); err != nil {
		b.Fatalf("%v: %s", err, out)
	}
	port, err := s.Ports().Free()
	if err != nil {
		b.Fatal(err)
	}
	s.Ports().Release(port)
	url := fmt.Sprintf("http://127.0.0.1:%d/metrics", port)
	process, err := s.Supervisor().Start(b.Context(), supervise.Spec{Name: "asterisk_exporter", Cmd: exec.Command(binary,
		"--asterisk.address="+s.AMI(), "--asterisk.username="+c.Username, "--asterisk.password-file="+c.PasswordFile,
		fmt.Sprintf("--web.listen-address=127.0.0.1:%d", port))})
	if err != nil {
		b.Fatal(err)
	}
	newPhones(b, s).start("load", asterisk.UserTone, 0, benchRate, benchChannels/benchRate*time.Second)
	time.Sleep(2 * benchChannels / benchRate * time.Second) // until as many calls end as begin
	var scrapes []time.Duration
	var cpu, events, took float64
	for b.Loop() {
		before, seen, begin := cpuSeconds(b, process.Pid()), metricOf(b, url, "asterisk_ami_events_total"), time.Now()
		for range int(time.Minute / benchScrape) {
			time.Sleep(benchScrape)
			scrapes = append(scrapes, timed(func() { scrape(b, url) }))
		}
		cpu += cpuSeconds(b, process.Pid()) - before
		events += metricOf(b, url, "asterisk_ami_events_total") - seen
		took += time.Since(begin).Seconds()
	}
	b.ReportMetric(0, "ns/op") // the minute
	b.ReportMetric(1000*cpu/took, "cpu-millicores")
	b.ReportMetric(resident(b, process.Pid())/1e6, "rss-MB")
	b.ReportMetric(events/took, "events/s")
	b.ReportMetric(float64(median(scrapes).Microseconds()), "scrape-p50-us")
	b.ReportMetric(metricOf(b, url, "asterisk_active_channels"), "channels")
	b.ReportMetric(metricOf(b, url, "asterisk_ami_gaps_total"), "gaps")
}

// cpuSeconds is the CPU time that a process has used (proc(5), utime and stime in hundredths of a second).
func cpuSeconds(b *testing.B, pid int) float64 {
	b.Helper()
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		b.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(text), ") ")
	fields := strings.Fields(rest)
	var user, system float64
	if _, err := fmt.Sscan(fields[11]+" "+fields[12], &user, &system); err != nil {
		b.Fatal(err)
	}
	return (user + system) / 100
}

// metricOf is the sum of a family in a scrape of an exporter.
func metricOf(b *testing.B, url, family string) float64 {
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
	out, err := io.ReadAll(response.Body)
	if err != nil {
		b.Fatal(err)
	}
	sum := 0.0
	for line := range strings.Lines(string(out)) {
		name, value, _ := strings.Cut(strings.TrimSpace(line), " ")
		base, _, _ := strings.Cut(name, "{")
		if base == family {
			var v float64
			_, _ = fmt.Sscan(value, &v)
			sum += v
		}
	}
	return sum
}
