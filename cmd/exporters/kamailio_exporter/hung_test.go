package main

import (
	"testing"

	"github.com/voipbin/observability/internal/exporter/programtest"
	"github.com/voipbin/observability/internal/protocol/binrpc/binrpctest"
)

// TestThreeScrapesOfAHungKamailioEndBefore2s: of one that hangs in the middle of a scrape, all gets out that it told before and after;
// of one that takes connections and says nothing, that it is down.
func TestThreeScrapesOfAHungKamailioEndBefore2s(t *testing.T) {
	t.Parallel()
	t.Run("with the offset as shipped", func(t *testing.T) {
		t.Parallel()
		server := binrpctest.Replay(t, "unix", "../../../internal/exporter/kamailio/testdata/kamailio-6.1.5")
		server.Handle("rtpengine.show", binrpctest.Silent())
		programtest.ThreeScrapesAsShipped(t, run, []string{"--kamailio.address=" + server.Address().String()},
			"kamailio_up 1", "kamailio_shm_size_bytes 6.7108864e+07", `kamailio_exporter_collector_outcome{collector="rtpengine",outcome="timeout"} 1`)
	})
	t.Run("in one question", func(t *testing.T) {
		t.Parallel()
		server := binrpctest.Replay(t, "unix", "../../../internal/exporter/kamailio/testdata/kamailio-6.1.5")
		server.Handle("rtpengine.show", binrpctest.Silent())
		programtest.ThreeScrapesOfAHungDaemon(t, run, []string{"--kamailio.address=" + server.Address().String()},
			"kamailio_up 1", "kamailio_shm_size_bytes 6.7108864e+07", "kamailio_dispatcher_sets 4",
			`kamailio_exporter_collector_outcome{collector="rtpengine",outcome="timeout"} 1`,
			`kamailio_exporter_collector_success{collector="rtpengine"} 0`,
			`kamailio_exporter_collector_success{collector="core"} 1`, `kamailio_exporter_collector_success{collector="dispatcher"} 1`)
	})
	t.Run("altogether", func(t *testing.T) {
		t.Parallel()
		programtest.ThreeScrapesOfAHungDaemon(t, run, []string{"--kamailio.address=" + binrpctest.Deaf(t, "unix").String()},
			"kamailio_up 0", `kamailio_exporter_collector_outcome{collector="core",outcome="timeout"} 1`)
	})
}
