package main

import (
	"testing"

	"github.com/voipbin/observability/internal/exporter/programtest"
	"github.com/voipbin/observability/internal/protocol/ng/ngtest"
)

// TestThreeScrapesOfAHungRTPEngineEndBefore2s: of one that hangs in the middle of a scrape, all gets out that it told; of one that
// takes questions and says nothing, that it is down.
func TestThreeScrapesOfAHungRTPEngineEndBefore2s(t *testing.T) {
	t.Parallel()
	t.Run("with the offset as shipped", func(t *testing.T) {
		t.Parallel()
		server := recorded(t, "udp", "12.5.1")
		server.Handle("list", ngtest.Silent())
		programtest.ThreeScrapesAsShipped(t, run, []string{"--rtpengine.address=" + server.Address().String()},
			"rtpengine_up 1", `rtpengine_sessions{type="own"} 5`, `rtpengine_exporter_collector_outcome{collector="quality",outcome="timeout"} 1`)
	})
	for _, network := range []string{"udp", "tcp"} {
		t.Run("in one question over "+network, func(t *testing.T) {
			t.Parallel()
			server := recorded(t, network, "12.5.1")
			server.Handle("list", ngtest.Silent())
			programtest.ThreeScrapesOfAHungDaemon(t, run, []string{"--rtpengine.address=" + server.Address().String()},
				"rtpengine_up 1", `rtpengine_sessions{type="own"} 5`,
				`rtpengine_exporter_collector_outcome{collector="quality",outcome="timeout"} 1`,
				`rtpengine_exporter_collector_success{collector="quality"} 0`,
				`rtpengine_exporter_collector_success{collector="sessions"} 1`, `rtpengine_exporter_collector_success{collector="ports"} 1`)
		})
		t.Run("altogether over "+network, func(t *testing.T) {
			t.Parallel()
			programtest.ThreeScrapesOfAHungDaemon(t, run, []string{"--rtpengine.address=" + ngtest.Deaf(t, network).String()},
				"rtpengine_up 0", `rtpengine_exporter_collector_outcome{collector="sessions",outcome="timeout"} 1`)
		})
	}
}
