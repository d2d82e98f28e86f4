//go:build integration

package integration

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/voipbin/observability/internal/lab"
	"github.com/voipbin/observability/internal/lab/supervise"
	"github.com/voipbin/observability/internal/protocol/binrpc/binrpctest"
	"github.com/voipbin/observability/internal/protocol/ng/ngtest"
)

// The fleet of the benchmark: 300 targets, of which 30 hang, 30 refuse and 30 answer garbage.
const (
	fleetWell     = 210
	fleetIll      = 30 // of each kind
	fleetInterval = 15 * time.Second
	fleetWindow   = time.Minute
)

// fleetOf is what the targets of a fleet are: addresses of daemons that answer, hang, refuse, and answer garbage.
type fleetOf struct{ well, hangs, refuses, garbage string }

// BenchmarkFleet runs the real exporters as Prometheus does for a fleet: 300 targets, each scraped over HTTP with compression
// every 15 seconds, the scrapes spread evenly, for a minute after a first round. It reports the exporter's resident memory, its
// share of one CPU, the CPU time of a scrape, and how long scrapes of healthy targets took. The daemons are fakes in this
// process that answer as recorded ones did.
func BenchmarkFleet(b *testing.B) {
	b.Run("kamailio", func(b *testing.B) {
		benchmarkFleet(b, "kamailio_exporter", kamailioFleet(b))
	})
	b.Run("rtpengine", func(b *testing.B) {
		benchmarkFleet(b, "rtpengine_exporter", rtpengineFleet(b))
	})
}

func kamailioFleet(b *testing.B) fleetOf {
	b.Helper()
	well := binrpctest.Replay(b, "unix", filepath.Join(repo, "internal/exporter/kamailio/testdata/kamailio-6.1.5"))
	garbage := binrpctest.Start(b, "unix")
	garbage.HandleOther(func(binrpctest.Request) binrpctest.Reply { return binrpctest.Garbage([]byte("\x00garbage")) })
	return fleetOf{
		well: well.Address().String(), hangs: binrpctest.Deaf(b, "unix").String(),
		refuses: "unix://" + filepath.Join(b.TempDir(), "nobody"), garbage: garbage.Address().String(),
	}
}

func rtpengineFleet(b *testing.B) fleetOf {
	b.Helper()
	folder := filepath.Join(repo, "internal/exporter/rtpengine/testdata/rtpengine-26.0.1/calls")
	well, garbage := ngtest.Replay(b, "udp", folder), ngtest.Start(b, "udp")
	well.ReplayCLI(b, folder)
	garbage.Handle("ping", ngtest.Raw([]byte("\x00garbage")))
	return fleetOf{
		well: well.Address().String(), hangs: ngtest.Deaf(b, "udp").String(),
		refuses: "udp://" + closedUDP(b), garbage: garbage.Address().String(),
	}
}

// closedUDP is an address at which nobody listens: the kernel says so.
func closedUDP(b *testing.B) string {
	b.Helper()
	conn, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	return conn.LocalAddr().String()
}

func benchmarkFleet(b *testing.B, program string, f fleetOf) {
	e := startExporter(b, program, "--config.file="+f.write(b), "--log.level=error")
	var names []string
	for i := range fleetWell {
		names = append(names, fmt.Sprint("well-", i))
	}
	for i := range fleetIll {
		names = append(names, fmt.Sprint("hangs-", i), fmt.Sprint("refuses-", i), fmt.Sprint("garbage-", i))
	}
	took := &stopwatch{}
	e.scrapeSpread(b, names, fleetInterval, new(stopwatch)) // first round: connections are made
	for b.Loop() {
		cpu, start := e.cpu(b), time.Now()
		for time.Since(start) < fleetWindow {
			e.scrapeSpread(b, names, fleetInterval, took)
		}
		used, wall, memory := e.cpu(b)-cpu, time.Since(start), resident(b, e.pid)/1e6
		share, each := 100*used.Seconds()/wall.Seconds(), micros(used)/float64(took.len())
		b.ReportMetric(0, "ns/op")
		b.ReportMetric(share, "cpu-%")
		b.ReportMetric(each, "cpu-us/scrape")
		b.ReportMetric(memory, "rss-MB")
		recordScrape(b, fmt.Sprintf("%s, %d targets each %s, of which %d hang, %d refuse and %d answer garbage: %.1f %% of one core, %.0f us of CPU a scrape, %.1f MB resident\n",
			program, len(names), fleetInterval, fleetIll, fleetIll, fleetIll, share, each, memory))
		b.ReportMetric(float64(median(took.healthy).Microseconds()), "p50-us")
		b.ReportMetric(float64(len(listDir(b, fmt.Sprintf("/proc/%d/fd", e.pid)))), "descriptors")
	}
}

// write writes the configuration of the fleet.
func (f fleetOf) write(b *testing.B) string {
	b.Helper()
	var text strings.Builder
	text.WriteString("targets:\n")
	for _, kind := range []struct {
		name, address string
		n             int
	}{{"well", f.well, fleetWell}, {"hangs", f.hangs, fleetIll}, {"refuses", f.refuses, fleetIll}, {"garbage", f.garbage, fleetIll}} {
		for i := range kind.n {
			fmt.Fprintf(&text, "  - {name: %s-%d, address: %q}\n", kind.name, i, kind.address)
		}
	}
	file := filepath.Join(b.TempDir(), "fleet.yaml")
	if err := os.WriteFile(file, []byte(text.String()), 0o600); err != nil {
		b.Fatal(err)
	}
	return file
}

// stopwatch keeps how long scrapes took, of healthy targets and of all.
type stopwatch struct {
	mu      sync.Mutex
	healthy []time.Duration
	all     int
}

func (s *stopwatch) add(name string, took time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.all++
	if strings.HasPrefix(name, "well-") {
		s.healthy = append(s.healthy, took)
	}
}

func (s *stopwatch) len() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.all
}

// runningExporter is a program of ours that runs as a process of its own.
type runningExporter struct {
	pid int
	url string
}

// binariesVariable names a folder with programs that are measured in place of those built from here: to compare with others.
const binariesVariable = "EXPORTER_BINARIES"

// buildProgram builds a program as it is shipped.
func buildProgram(b *testing.B, program string) string {
	b.Helper()
	if folder := os.Getenv(binariesVariable); folder != "" {
		return filepath.Join(folder, program)
	}
	binary := filepath.Join(b.TempDir(), program)
	build := exec.CommandContext(b.Context(), "go", "build", "-trimpath", "-o", binary, "./cmd/exporters/"+program)
	build.Dir, build.Env = repo, append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		b.Fatalf("build %s: %v\n%s", program, err, out)
	}
	return binary
}

// startExporter starts a program until the end of the benchmark.
func startExporter(b *testing.B, program string, args ...string) runningExporter {
	b.Helper()
	return startBinary(b, buildProgram(b, program), args...)
}

// startBinary is startExporter for a program that is built already.
func startBinary(b *testing.B, binary string, args ...string) runningExporter {
	b.Helper()
	program, dir := filepath.Base(binary), b.TempDir()
	helper, err := lab.Self()
	if err != nil {
		b.Fatal(err)
	}
	supervisor, err := supervise.New(dir, helper)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		if err := supervisor.Close(); err != nil {
			b.Error(err)
		}
	})
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	e := runningExporter{url: "http://" + listener.Addr().String()}
	_ = listener.Close()
	cmd := exec.CommandContext(context.WithoutCancel(b.Context()), binary, append(args, "--web.listen-address="+listener.Addr().String())...)
	process, err := supervisor.Start(b.Context(), supervise.Spec{Name: program, Cmd: cmd, Ready: func(ctx context.Context) error {
		return e.get(ctx, "/-/ready")
	}})
	if err != nil {
		b.Fatal(err)
	}
	e.pid = process.Pid()
	return e
}

// get asks as Prometheus does, and throws the answer away as it came.
func (e runningExporter) get(ctx context.Context, path string) error {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, e.url+path, http.NoBody)
	if err != nil {
		return err
	}
	request.Header.Set("Accept-Encoding", "gzip")
	request.Header.Set("Accept", "application/openmetrics-text;version=1.0.0,text/plain;version=0.0.4;q=0.5")
	request.Header.Set("X-Prometheus-Scrape-Timeout-Seconds", "10")
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return err
	}
	defer func() { _ = response.Body.Close() }()
	if response.StatusCode != http.StatusOK {
		return fmt.Errorf("%s: status %d", path, response.StatusCode)
	}
	_, err = io.Copy(io.Discard, response.Body)
	return err
}

// scrapeSpread scrapes every target once within an interval, and waits for all.
func (e runningExporter) scrapeSpread(b *testing.B, names []string, interval time.Duration, took *stopwatch) {
	b.Helper()
	var wg sync.WaitGroup
	defer wg.Wait()
	each := time.NewTicker(interval / time.Duration(len(names)))
	defer each.Stop()
	for _, name := range names {
		<-each.C
		wg.Go(func() {
			start := time.Now()
			if err := e.get(b.Context(), "/probe?target="+name); err != nil {
				b.Error(err)
			}
			took.add(name, time.Since(start))
		})
	}
}

// cpu is the CPU time that the process has used, by the scheduler's clock of its threads: proc(5)'s utime and stime count in
// hundredths of a second.
func (e runningExporter) cpu(b *testing.B) time.Duration {
	b.Helper()
	threads := fmt.Sprintf("/proc/%d/task", e.pid)
	var sum time.Duration
	for _, thread := range listDir(b, threads) {
		text, err := os.ReadFile(filepath.Join(threads, thread.Name(), "schedstat"))
		if err != nil {
			b.Fatal(err)
		}
		first, _, _ := strings.Cut(string(text), " ")
		n, err := strconv.ParseInt(first, 10, 64)
		if err != nil {
			b.Fatal(err)
		}
		sum += time.Duration(n)
	}
	return sum
}
