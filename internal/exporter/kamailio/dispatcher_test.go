package kamailio

import (
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
