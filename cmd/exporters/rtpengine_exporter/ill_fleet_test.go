package main

import (
	"net"
	"strings"
	"sync"
	"testing"

	"github.com/voipbin/observability/internal/exporter/programtest"
	"github.com/voipbin/observability/internal/protocol/ng/ngtest"
)

// TestAFleetOfWhichAThirdIsIll: 300 RTPEngines by ng, of which 90 are ill in three ways, cost the others nothing.
func TestAFleetOfWhichAThirdIsIll(t *testing.T) { //nolint:paralleltest // counts goroutines and descriptors
	t.Run("udp", func(t *testing.T) { //nolint:paralleltest // as above
		address, asked := listensOnly(t)
		illFleet(t, "udp", "udp://"+address, asked)
	})
	t.Run("tcp", func(t *testing.T) { //nolint:paralleltest // as above
		hangs := ngtest.Start(t, "tcp")
		hangs.Handle("ping", ngtest.Silent())
		illFleet(t, "tcp", hangs.Address().String(), func() int { return len(hangs.Requests()) })
	})
}

func illFleet(t *testing.T, network, hangs string, hanging func() int) {
	t.Helper()
	well, garbage := recorded(t, network, "26.0.1"), ngtest.Start(t, network)
	garbage.Handle("ping", ngtest.Raw([]byte("\x00garbage")))
	programtest.ThirdOfAFleetIsIll(t, run, programtest.Fleet{
		Well: well.Address().String(), Hangs: hangs, Garbage: garbage.Address().String(), Refuses: network + "://" + programtest.FreePort(t),
		Hanging: hanging, Kit: "rtpengine", Collector: "sessions", Wants: `rtpengine_sessions{type="own"} 5`,
	})
}

// listensOnly is a port that takes questions and answers none, and counts them; one that was sent again counts once. It has one goroutine,
// whatever it is asked.
func listensOnly(t *testing.T) (address string, asked func() int) {
	t.Helper()
	conn, err := new(net.ListenConfig).ListenPacket(t.Context(), "udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var mu sync.Mutex
	var reader sync.WaitGroup
	cookies := map[string]bool{}
	reader.Go(func() {
		message := make([]byte, 65536)
		for {
			n, _, err := conn.ReadFrom(message)
			if err != nil {
				return // closed
			}
			cookie, _, _ := strings.Cut(string(message[:n]), " ")
			mu.Lock()
			cookies[cookie] = true
			mu.Unlock()
		}
	})
	t.Cleanup(func() {
		_ = conn.Close()
		reader.Wait()
	})
	return conn.LocalAddr().String(), func() int {
		mu.Lock()
		defer mu.Unlock()
		return len(cookies)
	}
}
