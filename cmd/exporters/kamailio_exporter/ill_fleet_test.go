package main

import (
	"path/filepath"
	"testing"

	"github.com/voipbin/observability/internal/exporter/programtest"
	"github.com/voipbin/observability/internal/protocol/binrpc/binrpctest"
)

// TestAFleetOfWhichAThirdIsIll: 300 Kamailios by BINRPC, of which 90 are ill in three ways, cost the others nothing.
func TestAFleetOfWhichAThirdIsIll(t *testing.T) { //nolint:paralleltest // counts goroutines and descriptors
	well := binrpctest.Replay(t, "unix", "../../../internal/exporter/kamailio/testdata/kamailio-6.1.5")
	hangs, garbage := binrpctest.Start(t, "unix"), binrpctest.Start(t, "unix")
	hangs.HandleOther(func(binrpctest.Request) binrpctest.Reply { return binrpctest.Silent() })
	garbage.HandleOther(func(binrpctest.Request) binrpctest.Reply { return binrpctest.Garbage([]byte("\x00garbage")) })
	programtest.ThirdOfAFleetIsIll(t, run, programtest.Fleet{
		Well: well.Address().String(), Hangs: hangs.Address().String(), Garbage: garbage.Address().String(),
		Refuses: "unix://" + filepath.Join(t.TempDir(), "nobody"), Hanging: func() int { return len(hangs.Requests()) },
		Kit: "kamailio", Collector: "dispatcher", Wants: "kamailio_dispatcher_sets 4",
	})
}
