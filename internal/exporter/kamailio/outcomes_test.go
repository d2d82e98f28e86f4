package kamailio

import (
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/voipbin/observability/internal/exporter"
	"github.com/voipbin/observability/internal/exporter/exportertest"
	"github.com/voipbin/observability/internal/protocol/binrpc"
	"github.com/voipbin/observability/internal/protocol/binrpc/binrpctest"
	"github.com/voipbin/observability/internal/protocol/jsonrpc"
)

// collectorsOf names, for each command, the collectors in which its failure must show, and in no others.
func collectorsOf() map[string][]string {
	return map[string][]string{
		"core.info": {"info"}, "core.tcp_info": {"tcp"}, "tls.info": {"tls"}, "dlg.stats_active": {"dialog"},
		"dlg.profile_get_size": {"profiles"}, "core.psa": {"processes"}, "pkg.stats": {"pkg"},
		"dispatcher.list": {"dispatcher", "overload"}, "htable.stats": {"htable"}, "rtpengine.show": {"rtpengine"},
		"rtpproxy.list": {"rtpproxy"}, "dmq.list_nodes": {"dmq"}, "mqueue.get_sizes": {"mqueue"}, "pl.list": {"pipelimit"},
		"pike.top": {"piketop"}, "core.tcp_list": {"tcplist"}, "uac.reg_dump": {"uac"},
		"core.sockets_list": {"sockets", "certificates"},
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
		for method, collectors := range collectorsOf() {
			t.Run(way+"/"+method, func(t *testing.T) {
				t.Parallel()
				server := recorded(t, "6.1.5")
				server.Handle(method, c.reply)
				got := suite().Scrape(t, observed(t, server))
				want := healthy()
				want["mysql"] = exporter.OutcomeAbsent
				for _, name := range collectors {
					want[name] = c.outcome
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

// TestOtherWords: an answer that is well-formed and says nothing known, as a version to come may give, is a failure of
// its collectors and no zero.
func TestOtherWords(t *testing.T) {
	t.Parallel()
	other := binrpctest.Values(binrpc.StructOf(member("colour", "blue"), member("shape", 3)), binrpc.StructOf(member("colour", "red")))
	for method, collectors := range collectorsOf() {
		server := recorded(t, "6.1.5")
		server.Handle(method, other)
		got := suite().Scrape(t, observed(t, server, collectors...))
		suite().Check(t, got)
		for _, name := range collectors {
			want := exporter.OutcomeDecode
			if method == "core.sockets_list" {
				want = exporter.OutcomeEmpty // no listener that is known
			}
			if got.Outcomes[name] != want {
				t.Errorf("%s: collector %s: want %s, got %s", method, name, want, got.Outcomes[name])
			}
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

// TestBareKamailio is a proxy with few modules, and little in them: each way to have nothing is an outcome of its own, and
// nothing is zero by default. The faults and the empty answers are those of a 5.6.3 and a 6.1.5 so configured.
func TestBareKamailio(t *testing.T) {
	t.Parallel()
	server := binrpctest.Start(t, "tcp")
	server.Handle("core.version", binrpctest.Recorded(t, "testdata/kamailio-5.6.3/core.version.bin"))
	server.Handle("core.uptime", binrpctest.Recorded(t, "testdata/kamailio-5.6.3/core.uptime.bin"))
	server.Handle("core.info", binrpctest.Recorded(t, "testdata/kamailio-5.6.3/core.info.bin"))
	server.Handle("core.psa", binrpctest.Values())
	server.Handle("core.tcp_info", binrpctest.Fault(500, "tcp support disabled"))
	server.Handle("core.tcp_list", binrpctest.Fault(500, "tcp support disabled"))
	server.Handle("htable.stats", binrpctest.Fault(500, "No htables"))
	for _, method := range []string{"rtpengine.show", "rtpproxy.list", "mqueue.get_sizes", "core.sockets_list"} {
		server.Handle(method, binrpctest.Values())
	}
	server.Handle("stats.get_statistics", binrpctest.Values(
		binrpc.StringOf("core:rcv_requests = 1"), binrpc.StringOf("script:mine = 2")))
	server.Handle("dispatcher.list", binrpctest.Fault(500, "No Destination Sets"))
	got := suite().Scrape(t, observed(t, server))
	want := map[string]string{}
	for _, name := range everything() {
		want[name] = exporter.OutcomeAbsent
	}
	for _, name := range []string{"info", "core", "script"} {
		want[name] = exporter.OutcomeOK
	}
	want["tcp"], want["tcplist"] = exporter.OutcomeDisabled, exporter.OutcomeDisabled
	for _, name := range []string{
		"processes", "dispatcher", "overload", "htable", "rtpengine", "rtpproxy", "mqueue", "sockets", "certificates",
	} {
		want[name] = exporter.OutcomeEmpty
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

// TestAHungKamailioTakesAllOfAScrape: of two bounds, the client's own and the scrape's, the second counts, so that one who lets a slow
// Kamailio have more time gets more.
func TestAHungKamailioTakesAllOfAScrape(t *testing.T) {
	t.Parallel()
	var all sync.WaitGroup
	defer all.Wait() // all at once: each takes as long as it may
	tcp := binrpctest.Deaf(t, "tcp")
	for _, address := range []string{tcp.String(), "http://" + tcp.Address + "/RPC"} {
		target, err := NewTarget(Options{Address: address, Collectors: everything(), Now: time.Now})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = target.Close() })
		ctx := deadline(t, max(binrpc.DefaultTimeout, jsonrpc.DefaultTimeout)+time.Second)
		end, _ := ctx.Deadline()
		all.Go(func() {
			if err := target.Check(ctx); time.Now().Before(end) {
				t.Errorf("%s: given up before the scrape's end: %v", address, err)
			}
		})
	}
}
