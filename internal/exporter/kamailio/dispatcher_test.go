package kamailio

import (
	"fmt"
	"strings"
	"testing"

	"github.com/voipbin/observability/internal/exporter"
	"github.com/voipbin/observability/internal/protocol/binrpc"
	"github.com/voipbin/observability/internal/protocol/binrpc/binrpctest"
)

// detailed is a destination with attributes, latency and load.
func detailed(attrs, latency []binrpc.Member) binrpc.Value {
	members := []binrpc.Member{member("URI", "sip:192.0.2.1"), member("FLAGS", "AP"), member("PRIORITY", 7)}
	if attrs != nil {
		members = append(members, binrpc.Member{Name: "ATTRS", Value: binrpc.StructOf(attrs...)})
	}
	if latency != nil {
		members = append(members, binrpc.Member{Name: "LATENCY", Value: binrpc.StructOf(latency...)})
	}
	return binrpc.StructOf(members...)
}

func TestTargetDetail(t *testing.T) {
	t.Parallel()
	millis := func(name string, v float64) binrpc.Member {
		return binrpc.Member{Name: name, Value: binrpc.DoubleOf(v)}
	}
	f := func(name string, dest binrpc.Value, want, banned []string) {
		t.Helper()
		server := recorded(t, "6.1.5")
		server.Handle("dispatcher.list", binrpctest.Values(listOf(setOf(3, dest))))
		got := suite().Scrape(t, observed(t, server, "dispatcher"))
		suite().Check(t, got)
		wantLines(t, got.Text, want...)
		for _, b := range banned {
			if strings.Contains(got.Text, "\n"+b) {
				t.Errorf("%s: exported %s", name, b)
			}
		}
	}
	f("limits and weights", detailed([]binrpc.Member{member("DUID", "a"), member("WEIGHT", 50), member("RWEIGHT", 20), member("MAXLOAD", 100)}, nil), []string{
		`kamailio_dispatcher_target_priority{id="a",set="3",uri="sip:192.0.2.1"} 7`,
		`kamailio_dispatcher_target_weight{id="a",set="3",uri="sip:192.0.2.1"} 50`,
		`kamailio_dispatcher_target_relative_weight{id="a",set="3",uri="sip:192.0.2.1"} 20`,
		`kamailio_dispatcher_target_dialogs_limit{id="a",set="3",uri="sip:192.0.2.1"} 100`,
	}, []string{"kamailio_dispatcher_target_latency"})
	f("none of them", detailed([]binrpc.Member{member("DUID", unset), member("RWEIGHT", 0), member("MAXLOAD", 0)}, nil), []string{
		`kamailio_dispatcher_target_up{id="",set="3",uri="sip:192.0.2.1"} 1`,
	}, []string{"kamailio_dispatcher_target_relative_weight", "kamailio_dispatcher_target_dialogs_limit", "kamailio_dispatcher_target_weight"})
	f("no attributes", detailed(nil, nil), []string{`kamailio_dispatcher_target_up{id="",set="3",uri="sip:192.0.2.1"} 1`}, nil)
	f("latency, which Kamailio states in milliseconds", detailed(nil, []binrpc.Member{millis("AVG", 12.5), millis("STD", 0.5), millis("EST", 11), member("MAX", 40), member("TIMEOUT", 2)}), []string{
		`kamailio_dispatcher_target_latency_seconds{id="",set="3",stat="avg",uri="sip:192.0.2.1"} 0.0125`,
		`kamailio_dispatcher_target_latency_seconds{id="",set="3",stat="max",uri="sip:192.0.2.1"} 0.04`,
		`kamailio_dispatcher_target_probe_timeouts_total{id="",set="3",uri="sip:192.0.2.1"} 2`,
	}, nil)
	f("a target that never answered", detailed(nil, []binrpc.Member{millis("AVG", 0), millis("STD", 0), millis("EST", 0), member("MAX", 0), member("TIMEOUT", 9)}), []string{
		`kamailio_dispatcher_target_probe_timeouts_total{id="",set="3",uri="sip:192.0.2.1"} 9`,
	}, []string{"kamailio_dispatcher_target_latency_seconds"})
}

// TestOverload: the share is of 1, and two targets of one address are told apart as collector dispatcher does.
func TestOverload(t *testing.T) {
	t.Parallel()
	target := func(id string, rate int) binrpc.Value {
		return binrpc.StructOf(member("URI", "sip:192.0.2.1"), member("FLAGS", "AP"), member("OCRATE", rate),
			binrpc.Member{Name: "ATTRS", Value: binrpc.StructOf(member("DUID", id))})
	}
	server := recorded(t, "6.1.5")
	server.HandleFunc("dispatcher.list", func(r binrpctest.Request) binrpctest.Reply {
		if len(r.Args) == 1 && r.Args[0].Text() == "full" {
			return binrpctest.Values(listOf(setOf(1, target("a", 30), target("b", 0))))
		}
		return binrpctest.Fault(400, "asked for another list")
	})
	got := suite().Scrape(t, observed(t, server, "overload"))
	suite().Check(t, got)
	wantLines(t, got.Text,
		`kamailio_dispatcher_target_overload_ratio{id="a",set="1",uri="sip:192.0.2.1"} 0.3`,
		`kamailio_dispatcher_target_overload_ratio{id="b",set="1",uri="sip:192.0.2.1"} 0`)
}

// TestSetsWithoutTheirWord: an answer in which the sets are called something else is no empty dispatcher.
func TestSetsWithoutTheirWord(t *testing.T) {
	t.Parallel()
	f := func(answer binrpctest.Reply, want string) {
		t.Helper()
		server := recorded(t, "6.1.5")
		server.Handle("dispatcher.list", answer)
		got := suite().Scrape(t, observed(t, server, "dispatcher"))
		if got.Outcomes["dispatcher"] != want {
			t.Errorf("want %s, got %s", want, got.Outcomes["dispatcher"])
		}
		if want != exporter.OutcomeOK && strings.Contains(got.Text, "\nkamailio_dispatcher_sets") {
			t.Error("a number of sets was exported that nobody read")
		}
	}
	f(binrpctest.Values(), exporter.OutcomeEmpty)
	f(binrpctest.Values(binrpc.StructOf(member("NRSETS", 1), member("SETS", "one"))), exporter.OutcomeDecode)
	f(binrpctest.Values(listOf()), exporter.OutcomeOK)
}

// TestUnknownTargetState: a letter of a version to come counts in no state, and says neither up nor down.
func TestUnknownTargetState(t *testing.T) {
	t.Parallel()
	server := recorded(t, "6.1.5")
	server.Handle("dispatcher.list", binrpctest.Values(listOf(setOf(1, destinationOf("sip:192.0.2.1", "ZP", "a"), destinationOf("sip:192.0.2.2", "AX", "b")))))
	got := suite().Scrape(t, observed(t, server, "dispatcher"))
	suite().Check(t, got)
	wantLines(t, got.Text, `kamailio_dispatcher_set_targets{set="1",state="active"} 1`, `kamailio_dispatcher_target_up{id="b",set="1",uri="sip:192.0.2.2"} 1`)
	if strings.Contains(got.Text, `kamailio_dispatcher_target_up{id="a"`) || strings.Contains(got.Text, `kamailio_dispatcher_target_state{id="a"`) {
		t.Error("a state was exported that is not known")
	}
}

// TestTargetsThatAreDownTellFirst: of a list that is longer than the detail, those that were given up are told, wherever they
// stand in it.
func TestTargetsThatAreDownTellFirst(t *testing.T) {
	t.Parallel()
	all := make([]binrpc.Value, 1100)
	for i := range all {
		flags := "AP"
		switch {
		case i == 1 || i == 100 || i == 1099:
			flags = "IP"
		case i >= 500 && i < 650: // more than may tell
			flags = "DX"
		}
		all[i] = destinationOf(fmt.Sprintf("sip:gw%d", i), flags, "")
	}
	server := recorded(t, "6.1.5")
	server.Handle("dispatcher.list", binrpctest.Values(listOf(setOf(1, all...))))
	got := suite().Scrape(t, observed(t, server, "dispatcher"))
	suite().Check(t, got)
	state := func(target, state string) string {
		return fmt.Sprintf(`kamailio_dispatcher_target_state{id="",set="1",state=%q,uri="sip:%s"} 1`, state, target)
	}
	wantLines(t, got.Text, state("gw1", "inactive"), state("gw100", "inactive"), state("gw1099", "inactive"),
		state("gw500", "disabled"), state("gw596", "disabled"), `kamailio_dispatcher_set_targets{set="1",state="disabled"} 150`)
	if n := strings.Count(got.Text, "\nkamailio_dispatcher_target_probed{"); n != 100 {
		t.Errorf("%d targets tell everything, want 100", n)
	}
	if strings.Contains(got.Text, state("gw597", "disabled")) || strings.Contains(got.Text, state("gw0", "active")) {
		t.Error("a target tells everything in the place of one before it")
	}
}

// TestNoTargetTellsMore: none is none, and not the usual number; below none there is nothing.
func TestNoTargetTellsMore(t *testing.T) {
	t.Parallel()
	server := recorded(t, "6.1.5")
	o := options(t, server.Address().String(), "dispatcher")
	o.DispatcherDetail = 0
	got := scraped(t, o)
	if !strings.Contains(got.Text, "\nkamailio_dispatcher_target_up{") || strings.Contains(got.Text, "\nkamailio_dispatcher_target_state{") {
		t.Errorf("want that targets are up and no more, got\n%s", got.Text)
	}
	o.DispatcherDetail = -1
	if _, err := NewTarget(o); err == nil {
		t.Error("-1 targets were to tell everything")
	}
}

// TestTwins: entries of one address without a duid are one target, which is up while one of them is, whichever comes first; it
// is counted once, and nothing counts as dropped, which would be a ticket that never closes.
func TestTwins(t *testing.T) {
	t.Parallel()
	f := func(first, second, state, up string) {
		t.Helper()
		server := recorded(t, "6.1.5")
		server.Handle("dispatcher.list", binrpctest.Values(listOf(setOf(1,
			destinationOf("sip:192.0.2.1", first, unset), destinationOf("sip:192.0.2.1", second, unset)))))
		got := suite().Scrape(t, compatAt(t, server.Address().String(), "dispatcher"))
		suite().Check(t, got)
		wantLines(t, got.Text, `kamailio_dispatcher_target_up{id="",set="1",uri="sip:192.0.2.1"} `+up,
			fmt.Sprintf(`kamailio_dispatcher_target_state{id="",set="1",state=%q,uri="sip:192.0.2.1"} 1`, state),
			fmt.Sprintf(`kamailio_dispatcher_set_targets{set="1",state=%q} 1`, state))
		if n := strings.Count(got.Text, "\nkamailio_dispatcher_list_target{"); (first == second) != (n == 1) {
			t.Errorf("%s and %s are %d targets by the old name", first, second, n)
		}
		wantNothingDropped(t, got.Text)
	}
	f("IP", "AP", "active", "1")
	f("AP", "IP", "active", "1")
	f("DX", "TP", "trying", "1")
	f("IP", "DX", "inactive", "0")
	f("ZP", "DX", "disabled", "0")
	f("AP", "AP", "active", "1")
}

// TestTwinsByTheOldName: the labels of kamailio_exporter 1.x cannot tell apart what duid does.
func TestTwinsByTheOldName(t *testing.T) {
	t.Parallel()
	server := recorded(t, "6.1.5")
	server.Handle("dispatcher.list", binrpctest.Values(listOf(setOf(1, destinationOf("sip:192.0.2.1", "AP", "a"), destinationOf("sip:192.0.2.1", "AP", "b")))))
	got := suite().Scrape(t, compatAt(t, server.Address().String(), "dispatcher"))
	suite().Check(t, got)
	wantLines(t, got.Text, `kamailio_dispatcher_list_target{flags="AP",setid="1",uri="sip:192.0.2.1"} 1`, `kamailio_dispatcher_set_targets{set="1",state="active"} 2`)
	wantNothingDropped(t, got.Text)
}

// wantNothingDropped fails if a collector left out a sample.
func wantNothingDropped(t *testing.T, text string) {
	t.Helper()
	for line := range strings.Lines(text) {
		if strings.HasPrefix(line, "kamailio_exporter_series_dropped{") && !strings.HasSuffix(line, " 0\n") {
			t.Errorf("want nothing dropped, got %s", line)
		}
	}
}
