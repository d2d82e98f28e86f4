//go:build integration

package integration

import (
	"fmt"
	"path/filepath"
	"testing"

	"github.com/voipbin/observability/internal/protocol/binrpc/binrpctest"
	"github.com/voipbin/observability/internal/protocol/ng/ngtest"
)

// BenchmarkOneTarget scrapes the real exporters over HTTP with compression, one scrape after the other, and reports what a scrape
// costs them: CPU time, which a busy machine does not change, and memory at the end. The daemons are fakes in this process.
func BenchmarkOneTarget(b *testing.B) {
	b.Run("kamailio", func(b *testing.B) {
		server := binrpctest.Replay(b, "unix", filepath.Join(repo, "internal/exporter/kamailio/testdata/kamailio-6.1.5"))
		benchmarkOneTarget(b, "kamailio_exporter", startExporter(b, "kamailio_exporter", "--kamailio.address="+server.Address().String()))
	})
	b.Run("rtpengine", func(b *testing.B) {
		folder := filepath.Join(repo, "internal/exporter/rtpengine/testdata/rtpengine-26.0.1/calls")
		server := ngtest.Replay(b, "udp", folder)
		server.ReplayCLI(b, folder)
		benchmarkOneTarget(b, "rtpengine_exporter", startExporter(b, "rtpengine_exporter", "--rtpengine.address="+server.Address().String()))
	})
}

func benchmarkOneTarget(b *testing.B, program string, e runningExporter) {
	for range 20 {
		if err := e.get(b.Context(), "/metrics"); err != nil {
			b.Fatal(err)
		}
	}
	before := e.cpu(b)
	for b.Loop() {
		if err := e.get(b.Context(), "/metrics"); err != nil {
			b.Fatal(err)
		}
	}
	each, memory := micros(e.cpu(b)-before)/float64(b.N), resident(b, e.pid)/1e6
	b.ReportMetric(each, "cpu-us/scrape")
	b.ReportMetric(memory, "rss-MB")
	recordScrape(b, fmt.Sprintf("%s, one target: %.0f us of CPU a scrape, %.1f MB resident after %d scrapes\n", program, each, memory, b.N))
}
