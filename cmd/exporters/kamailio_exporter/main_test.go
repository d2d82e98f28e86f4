package main

import (
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/voipbin/observability/internal/exporter/kamailio"
	"github.com/voipbin/observability/internal/exporter/programtest"
	"github.com/voipbin/observability/internal/metric"
	"github.com/voipbin/observability/internal/protocol/binrpc/binrpctest"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"kamailio_exporter": main})
}

// TestScripts runs the stories in testdata/script. In them $KAMAILIO is the address of a Kamailio that answers as a
// recorded one did, $HUNG that of one which never answers.
func TestScripts(t *testing.T) {
	t.Parallel()
	programtest.Stories(t, map[string]string{"KAMAILIO": recorded(t, "6.1.5"), "HUNG": binrpctest.Deaf(t, "unix").String()})
}

// recorded is the address of a server that answers as a real Kamailio of that version did.
func recorded(t testing.TB, version string) string {
	t.Helper()
	return binrpctest.Replay(t, "unix", "../../../internal/exporter/kamailio/testdata/kamailio-"+version).Address().String()
}

// The flags, the catalogue and the collectors speak of the same names.
func TestCollectorsAreThoseOfTheCatalogue(t *testing.T) {
	t.Parallel()
	programtest.Collectors(t, metric.Kamailio(), kamailio.Collectors())
}
