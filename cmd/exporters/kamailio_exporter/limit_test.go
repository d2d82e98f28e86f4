package main

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/voipbin/observability/internal/exporter/programtest"
	"github.com/voipbin/observability/internal/protocol/binrpc"
	"github.com/voipbin/observability/internal/protocol/binrpc/binrpctest"
)

// TestDefaultLimitAdmitsManyTargets: 1,600 targets in four sets, the most that BINRPC was seen to hold, are all shown by a
// program whose flags nobody has touched; the user's own limit counts.
func TestDefaultLimitAdmitsManyTargets(t *testing.T) {
	t.Parallel()
	address := withTargets(t, 4, 400)
	f := func(args []string, wantUp, wantOld int) {
		t.Helper()
		text := scrapeOnce(t, append(args, "--kamailio.address="+address, "--compat.names=kamailio_exporter-1", "--compat.methods=dispatcher.list")...)
		for family, want := range map[string]int{"kamailio_dispatcher_target_up": wantUp, "kamailio_dispatcher_list_target": wantOld} {
			if n := strings.Count(text, "\n"+family+"{"); n != want {
				t.Errorf("%q: %s has %d series, want %d", args, family, n, want)
			}
		}
		if dropped := strings.Contains(text, `series_dropped{collector="dispatcher"`); dropped != (wantUp < 1600) {
			t.Errorf("%q: series dropped: %v", args, dropped)
		}
	}
	f(nil, 1600, 1600)
	// 17 series are the number of sets and their targets by state, 2 the old exporter's scrapes.
	f([]string{"--collector.limit=1000"}, 983, 998)
}

// withTargets starts a Kamailio with dispatcher sets of so many targets.
func withTargets(t *testing.T, sets, targets int) string {
	t.Helper()
	text := func(name, value string) binrpc.Member {
		return binrpc.Member{Name: name, Value: binrpc.StringOf(value)}
	}
	records := make([]binrpc.Member, sets)
	for i := range records {
		list := make([]binrpc.Member, targets)
		for j := range list {
			list[j] = binrpc.Member{Name: "DEST", Value: binrpc.StructOf(
				text("URI", fmt.Sprintf("sip:10.%d.%d.%d", i, j/250, j%250)), text("FLAGS", "AP"))}
		}
		records[i] = binrpc.Member{Name: "SET", Value: binrpc.StructOf(
			binrpc.Member{Name: "ID", Value: binrpc.IntOf(int64(i))}, binrpc.Member{Name: "TARGETS", Value: binrpc.StructOf(list...)})}
	}
	server := binrpctest.Start(t, "unix")
	server.Handle("core.version", binrpctest.Values(binrpc.StringOf("kamailio")))
	server.Handle("dispatcher.list", binrpctest.Values(binrpc.StructOf(binrpc.Member{Name: "RECORDS", Value: binrpc.StructOf(records...)})))
	return server.Address().String()
}

// scrapeOnce runs the program until it has answered one scrape.
func scrapeOnce(t *testing.T, args ...string) string {
	t.Helper()
	listen := programtest.FreePort(t)
	ctx, stop := context.WithTimeout(t.Context(), 20*time.Second)
	defer stop()
	var stderr bytes.Buffer
	ended := make(chan int)
	go func() {
		ended <- run(ctx, append(args, "--web.listen-address="+listen), &stderr, &stderr, nil)
	}()
	status, text, err := programtest.Await(ctx, http.MethodGet, "http://"+listen+"/metrics")
	stop()
	if code := <-ended; code != 0 || status != "200 OK" {
		t.Fatalf("exit code %d, status %q, %v: %s", code, status, err, stderr.String())
	}
	return text
}
