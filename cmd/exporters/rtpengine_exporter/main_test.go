package main

import (
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/voipbin/observability/internal/exporter/programtest"
	"github.com/voipbin/observability/internal/exporter/rtpengine"
	"github.com/voipbin/observability/internal/metric"
	"github.com/voipbin/observability/internal/protocol/ng/ngtest"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"rtpengine_exporter": main})
}

// TestScripts runs the stories in testdata/script. In them $UDP, $TCP and $HTTP are addresses of an RTPEngine that answers as
// a recorded one did, $OLD that of one which knows no JSON, $HUNG that of one which never answers.
func TestScripts(t *testing.T) {
	t.Parallel()
	old := recorded(t, "udp", "10.5.3")
	old.RefuseJSON(true)
	programtest.Stories(t, map[string]string{
		"UDP":  recorded(t, "udp", "26.0.1").Address().String(),
		"TCP":  recorded(t, "tcp", "26.0.1").Address().String(),
		"HTTP": recorded(t, "http", "12.5.1").Address().String(),
		"OLD":  old.Address().String(),
		"HUNG": ngtest.Deaf(t, "udp").String(),
	})
}

// recorded is a server that answers as a real RTPEngine of that version did while there were calls.
func recorded(t *testing.T, network, version string) *ngtest.Server {
	t.Helper()
	folder := "../../../internal/exporter/rtpengine/testdata/rtpengine-" + version + "/calls"
	server := ngtest.Replay(t, network, folder)
	if network == "http" || version == "26.0.1" {
		server.ReplayCLI(t, folder)
	}
	return server
}

// The flags, the catalogue and the collectors speak of the same names.
func TestCollectorsAreThoseOfTheCatalogue(t *testing.T) {
	t.Parallel()
	programtest.Collectors(t, metric.RTPEngine(), rtpengine.Collectors())
}
