package rtpengine

import (
	"context"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/voipbin/observability/internal/exporter"
	"github.com/voipbin/observability/internal/exporter/exportertest"
	"github.com/voipbin/observability/internal/metric"
	"github.com/voipbin/observability/internal/protocol/ng"
	"github.com/voipbin/observability/internal/protocol/ng/ngtest"
)

// versions are the daemons whose answers are in testdata, scenes what they had been through.
func versions() []string { return []string{"10.5.3", "12.5.1", "26.0.1"} }
func scenes() []string   { return []string{"idle", "calls", "exhausted", "ended", "shared"} }

func suite() exportertest.Suite {
	return exportertest.Suite{Families: metric.RTPEngine(), Kit: metric.RTPEngineKit}
}

// everything names all collectors.
func everything() []string {
	var names []string
	for _, c := range Collectors() {
		names = append(names, c.Name)
	}
	return names
}

// recorded starts a server that answers as a real RTPEngine of that version did in that scene.
func recorded(t testing.TB, network, version, scene string) *ngtest.Server {
	t.Helper()
	folder := filepath.Join("testdata", "rtpengine-"+version, scene)
	server := ngtest.Replay(t, network, folder)
	if network == "http" || version == "26.0.1" {
		server.ReplayCLI(t, folder)
	}
	return server
}

// observed is the target at a server, with the collectors named, or all.
func observed(t testing.TB, server *ngtest.Server, collectors ...string) *exporter.Target {
	t.Helper()
	return target(t, Options{Address: server.Address().String(), Collectors: collectors})
}

// target makes a target whose clock stands still, and whose host has no processes.
func target(t testing.TB, o Options) *exporter.Target {
	t.Helper()
	if o.Collectors == nil {
		o.Collectors = everything()
	}
	if o.Now == nil {
		o.Now = exportertest.Now
	}
	if o.Proc == nil {
		o.Proc = fstest.MapFS{}
	}
	o.Shuffle = func(int, func(i, j int)) {}
	target, err := NewTarget(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := target.Close(); err != nil {
			t.Error(err)
		}
	})
	return target
}

func deadline(t testing.TB, d time.Duration) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), d)
	t.Cleanup(cancel)
	return ctx
}

// TestGolden compares what the exporter makes of each version's real answers, over UDP and so without a command line before
// 26.0.
func TestGolden(t *testing.T) {
	t.Parallel()
	for _, version := range versions() {
		for _, scene := range scenes() {
			t.Run(version+"/"+scene, func(t *testing.T) {
				t.Parallel()
				suite().Golden(t, observed(t, recorded(t, "udp", version, scene)), "testdata/golden/"+version+"-"+scene+".prom")
			})
		}
	}
}

// TestGoldenHTTP does the same over HTTP, where every version has its command line.
func TestGoldenHTTP(t *testing.T) {
	t.Parallel()
	for _, version := range versions() {
		t.Run(version, func(t *testing.T) {
			t.Parallel()
			suite().Golden(t, observed(t, recorded(t, "http", version, "calls")), "testdata/golden/"+version+"-calls-http.prom")
		})
	}
}

// TestEveryFamilyIsEmitted is the other half of catalogue equality: no entry that nothing emits.
func TestEveryFamilyIsEmitted(t *testing.T) {
	t.Parallel()
	process := "needs the daemon's process: TestProcess"
	suite().Covered(t, "testdata/golden/*.prom", map[string]string{
		metric.RTPEngineProcessOpenFDs.Name:        process,
		metric.RTPEngineProcessMaxFDs.Name:         process,
		metric.RTPEngineProcessMemory.Name:         process,
		metric.RTPEngineProcessThreads.Name:        process,
		metric.RTPEngineProcessCPU.Name:            process,
		metric.RTPEngineKit.SeriesDropped.Name:     "these daemons show nothing that is left out: TestUnderflow",
		metric.RTPEngineMeasuredJitterSquares.Name: "no capture has samples of it: TestMeasuredJitter",
		metric.RTPEngineRedisAllowedErrors.Name:    "these daemons have no Redis: TestRedisAllowedErrors",
		metric.RTPEngineMeasuredJitter.Name:        "no capture has samples of it: TestMeasuredJitter",
	})
}

// TestFormatsAgree: the same exposition whether RTPEngine was asked in JSON or bencoding, over UDP or TCP, but for the
// counters of the threads that answer: they had gone on between the two recordings.
func TestFormatsAgree(t *testing.T) {
	t.Parallel()
	collectors := slices.DeleteFunc(everything(), func(name string) bool { return name == "pollers" })
	for _, version := range versions() {
		for _, scene := range scenes() {
			want := suite().Scrape(t, target(t, Options{
				Address: recorded(t, "udp", version, scene).Address().String(), Collectors: collectors, Format: "json",
			}))
			for network, format := range map[string]string{"udp": "bencode", "tcp": "auto"} {
				got := suite().Scrape(t, target(t, Options{
					Address: recorded(t, network, version, scene).Address().String(), Collectors: collectors, Format: format,
				}))
				if diff := cmp.Diff(strings.Split(want.Text, "\n"), strings.Split(got.Text, "\n")); diff != "" {
					t.Errorf("%s %s (-JSON +bencoding over %s):\n%s", version, scene, network, diff)
				}
			}
		}
	}
}

func TestUnknownCollector(t *testing.T) {
	t.Parallel()
	_, err := NewTarget(Options{Address: "udp://127.0.0.1:1", Collectors: []string{"info", "inof"}, Now: exportertest.Now})
	if err == nil || !strings.Contains(err.Error(), `rtpengine has no collector "inof"`) {
		t.Errorf("want an error that names the collector, got %v", err)
	}
}

func TestBadAddress(t *testing.T) {
	t.Parallel()
	if _, err := NewTarget(Options{Address: "127.0.0.1:2223"}); err == nil || !strings.Contains(err.Error(), "want udp://host:port") {
		t.Errorf("want an error that says what to write, got %v", err)
	}
}

func TestBadFormat(t *testing.T) {
	t.Parallel()
	if _, err := NewTarget(Options{Address: DefaultAddress, Format: "xml"}); err == nil || !strings.Contains(err.Error(), "want auto, json or bencode") {
		t.Errorf("want an error that says what to write, got %v", err)
	}
}

func TestDefaultAddressIsOne(t *testing.T) {
	t.Parallel()
	if _, err := ng.ParseAddress(DefaultAddress); err != nil {
		t.Error(err)
	}
}
