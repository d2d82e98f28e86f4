package kamailio

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/voipbin/observability/internal/exporter"
	"github.com/voipbin/observability/internal/exporter/exportertest"
	"github.com/voipbin/observability/internal/protocol/binrpc"
	"github.com/voipbin/observability/internal/protocol/binrpc/binrpctest"
)

// methodsOf names, for each collector, the command whose failure must show in that collector and in no other.
func methodsOf() map[string]string {
	return map[string]string{
		"info": "core.info", "tcp": "core.tcp_info", "tls": "tls.info", "dialog": "dlg.stats_active",
		"processes": "core.psx", "pkg": "pkg.stats", "dispatcher": "dispatcher.list",
	}
}

// TestOneBrokenCommandBreaksOneCollector takes each command in turn and each way in which its answer can fail.
func TestOneBrokenCommandBreaksOneCollector(t *testing.T) {
	t.Parallel()
	ways := map[string]struct {
		reply   binrpctest.Reply
		outcome string
	}{
		"garbage":   {binrpctest.Garbage([]byte("SIP/2.0 200 OK\r\n\r\n")), exporter.OutcomeDecode},
		"cut":       {binrpctest.Cut(-3, binrpctest.Values(binrpc.StringOf("x"), binrpc.StringOf("y"))), exporter.OutcomeTransport},
		"oversized": {binrpctest.Oversized(1 << 31), exporter.OutcomeDecode},
		"endless":   {binrpctest.Endless(1 << 31), exporter.OutcomeDecode},
		"fault":     {binrpctest.Fault(500, "Internal error"), exporter.OutcomeFault},
		"unknown":   {binrpctest.Fault(500, "command x.y not found"), exporter.OutcomeAbsent},
		"hang up":   {binrpctest.HangUp(), exporter.OutcomeTransport},
	}
	for way, c := range ways {
		for collector, method := range methodsOf() {
			t.Run(way+"/"+collector, func(t *testing.T) {
				t.Parallel()
				server := recorded(t, "6.1.5")
				server.Handle(method, c.reply)
				got := suite().Scrape(t, observed(t, server))
				want := map[string]string{}
				for _, name := range everything() {
					want[name] = exporter.OutcomeOK
				}
				want[collector] = c.outcome
				if collector == "tcp" && c.outcome == exporter.OutcomeFault {
					want["tcp"] = exporter.OutcomeDisabled // how Kamailio answers with disable_tcp=yes
				}
				if diff := cmp.Diff(want, got.Outcomes); diff != "" {
					t.Errorf("outcomes (-want +got):\n%s", diff)
				}
				if !got.Up {
					t.Error("one collector's failure decided up")
				}
			})
		}
	}
}

// TestBrokenStatistics shows that what hangs on the one shared answer fails with it, and what does not goes on.
func TestBrokenStatistics(t *testing.T) {
	t.Parallel()
	server := recorded(t, "5.6.3")
	server.Handle("stats.get_statistics", binrpctest.Values(binrpc.StringOf("core:rcv_requests = many")))
	got := suite().Scrape(t, observed(t, server))
	for _, name := range []string{"core", "sl", "tmx", "shm", "script", "callsetup"} {
		if got.Outcomes[name] != exporter.OutcomeDecode {
			t.Errorf("%s: want decode, got %s", name, got.Outcomes[name])
		}
	}
	for _, name := range []string{"info", "tls", "processes", "pkg", "dispatcher"} {
		if got.Outcomes[name] != exporter.OutcomeOK {
			t.Errorf("%s: want ok, got %s", name, got.Outcomes[name])
		}
	}
	if strings.Contains(got.Text, "kamailio_requests_received_total") {
		t.Error("a request counter was exported that nobody read")
	}
}

// TestBareKamailio is a proxy with few modules: each missing one is an outcome of its own, nothing is zero by default.
func TestBareKamailio(t *testing.T) {
	t.Parallel()
	server := binrpctest.Start(t, "tcp")
	server.Handle("core.version", binrpctest.Recorded(t, "testdata/kamailio-5.6.3/core.version.bin"))
	server.Handle("core.uptime", binrpctest.Recorded(t, "testdata/kamailio-5.6.3/core.uptime.bin"))
	server.Handle("core.info", binrpctest.Recorded(t, "testdata/kamailio-5.6.3/core.info.bin"))
	server.Handle("core.psx", binrpctest.Values())
	server.Handle("core.tcp_info", binrpctest.Fault(500, "TCP support disabled"))
	server.Handle("stats.get_statistics", binrpctest.Values(
		binrpc.StringOf("core:rcv_requests = 1"), binrpc.StringOf("script:mine = 2")))
	server.Handle("dispatcher.list", binrpctest.Fault(500, "No Destination Sets"))
	got := suite().Scrape(t, observed(t, server))
	want := map[string]string{
		"info": "ok", "core": "ok", "script": "ok",
		"callsetup": "absent", "sl": "absent", "tmx": "absent", "shm": "absent", "tls": "absent", "dialog": "absent", "pkg": "absent",
		"tcp": "disabled", "processes": "empty", "dispatcher": "empty",
	}
	if diff := cmp.Diff(want, got.Outcomes); diff != "" {
		t.Errorf("outcomes (-want +got):\n%s", diff)
	}
	suite().Check(t, got)
}

func TestDownKamailio(t *testing.T) {
	t.Parallel()
	target, err := NewTarget(Options{Address: "unix://" + t.TempDir() + "/nothing", Collectors: everything(), Now: exportertest.Now})
	if err != nil {
		t.Fatal(err)
	}
	got := suite().Scrape(t, target)
	if got.Up {
		t.Error("up without a daemon")
	}
	for name, outcome := range got.Outcomes {
		if outcome != exporter.OutcomeTransport {
			t.Errorf("%s: want transport, got %s", name, outcome)
		}
	}
	suite().Check(t, got)
}

// TestHungKamailio has a socket that accepts and never answers, as a Kamailio that hangs in its start (E13).
func TestHungKamailio(t *testing.T) {
	t.Parallel()
	address := binrpctest.Deaf(t, "unix")
	target, err := NewTarget(Options{Address: address.String(), Collectors: everything(), Now: time.Now})
	if err != nil {
		t.Fatal(err)
	}
	err = target.Check(deadline(t, 50*time.Millisecond))
	if exporter.OutcomeOf(err) != exporter.OutcomeTimeout {
		t.Errorf("want a timeout, got %v", err)
	}
}
