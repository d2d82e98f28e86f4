package kamailio

import (
	"fmt"
	"strings"
	"testing"

	"github.com/voipbin/observability/internal/exporter"
	"github.com/voipbin/observability/internal/protocol/binrpc"
	"github.com/voipbin/observability/internal/protocol/binrpc/binrpctest"
)

// member is short for a member of a struct: a text, or a number.
func member(name string, value any) binrpc.Member {
	if n, ok := value.(int); ok {
		return binrpc.Member{Name: name, Value: binrpc.IntOf(int64(n))}
	}
	return binrpc.Member{Name: name, Value: binrpc.StringOf(value.(string))}
}

// wantLines fails for each line that the exposition lacks.
func wantLines(t *testing.T, text string, lines ...string) {
	t.Helper()
	for _, line := range lines {
		if !strings.Contains(text, "\n"+line+"\n") {
			t.Errorf("missing %s", line)
		}
	}
}

func TestCutLocation(t *testing.T) {
	t.Parallel()
	f := func(statistic, domain, what string) {
		t.Helper()
		if d, w := cutLocation(statistic); d != domain || w != what {
			t.Errorf("%s: got %q %q, want %q %q", statistic, d, w, domain, what)
		}
	}
	f("location_users", "location", "users")
	f("location-contacts", "location", "contacts")
	f("loc_2_expires", "loc_2", "expires")
	f("a-b-users", "a-b", "users")
	f("locationusers", "", "")
	f("_users", "", "")
	f("users", "", "")
	f("location_flags", "", "")
}

func TestLocationTables(t *testing.T) {
	t.Parallel()
	got := suite().Scrape(t, observed(t, withStatistics(t,
		"usrloc:location_users = 3", "usrloc:location_contacts = 5", "usrloc:location_expires = 2",
		"usrloc:trunks-users = 1", "usrloc:trunks-contacts = 18446744073709551615", "usrloc:registered_users = 4",
	), "usrloc"))
	wantLines(t, got.Text,
		`kamailio_usrloc_users{domain="location"} 3`, `kamailio_usrloc_contacts{domain="location"} 5`,
		`kamailio_usrloc_expired_total{domain="location"} 2`, `kamailio_usrloc_users{domain="trunks"} 1`,
		`kamailio_registered_users 4`, `kamailio_exporter_series_dropped{collector="usrloc",reason="invalid"} 1`)
	for _, banned := range []string{`domain="registered"`, `kamailio_usrloc_contacts{domain="trunks"}`} {
		if strings.Contains(got.Text, banned) {
			t.Errorf("exported %s", banned)
		}
	}
	suite().Check(t, got)
}

// TestNoLimits: a limit of 0 is none, and must not look like one that is used up.
func TestNoLimits(t *testing.T) {
	t.Parallel()
	got := suite().Scrape(t, observed(t, withStatistics(t,
		"registrar:accepted_regs = 1", "registrar:default_expire = 3600", "registrar:max_expires = 0", "registrar:max_contacts = 0",
	), "registrar"))
	wantLines(t, got.Text, `kamailio_registrar_registrations_total{result="accepted"} 1`, "kamailio_registrar_default_expires_seconds 3600")
	for _, banned := range []string{"kamailio_registrar_max_expires", "kamailio_registrar_contacts_limit", "rejected"} {
		if strings.Contains(got.Text, banned) {
			t.Errorf("exported %s", banned)
		}
	}
}

// TestEngineState has the shapes of rtpengine.show in all versions; the answers of testdata are among them.
func TestEngineState(t *testing.T) {
	t.Parallel()
	f := func(disabled, active string, wantUp, wantDisabled, wantOK bool) {
		t.Helper()
		members := []binrpc.Member{{Name: "disabled", Value: binrpc.StringOf(disabled)}}
		if active != "" {
			members = append(members, binrpc.Member{Name: "active", Value: binrpc.StringOf(active)})
		}
		up, off, ok := engineState(reply{binrpc.StructOf(members...)})
		if up != wantUp || ok != wantOK || ok && off != wantDisabled {
			t.Errorf("disabled %q active %q: got up %v disabled %v ok %v", disabled, active, up, off, ok)
		}
	}
	f("0", "", true, false, true)
	f("1", "", false, false, true)
	f("1(permanent)", "", false, true, true)
	f("0", "1", true, false, true)
	f("0", "0", false, false, true) // dead, which existing exporters show as up (E5)
	f("1", "0", false, true, true)
	f("1", "1", false, true, true)
	f("2", "", false, false, false)
	f("", "", false, false, false)
	f("0", "maybe", false, false, false)
	f("off", "1", false, false, false)
}

func TestEngineSwitchedOff(t *testing.T) {
	t.Parallel()
	for version, port := range map[string]int{"5.4.4": 18406, "5.6.3": 18306, "6.0.1": 18206, "6.1.5": 18106} {
		server := recorded(t, version)
		server.Handle("rtpengine.show", binrpctest.Recorded(t, "testdata/kamailio-"+version+"/rtpengine.show.all.switched-off.bin"))
		got := suite().Scrape(t, observed(t, server, "rtpengine"))
		engine := fmt.Sprintf(`{set="2",url="udp:127.0.0.1:%d"}`, port)
		wantLines(t, got.Text, "kamailio_rtpengine_up"+engine+" 0", "kamailio_rtpengine_disabled"+engine+" 1")
	}
}

func TestRegistrationState(t *testing.T) {
	t.Parallel()
	f := func(flags uint32, want string) {
		t.Helper()
		if got := registrationState(flags); got != want {
			t.Errorf("%d: got %s, want %s", flags, got, want)
		}
	}
	f(0, "offline")
	f(16, "offline") // initialised
	f(20, "online")
	f(4, "online")
	f(18, "ongoing")
	f(24, "ongoing")
	f(1, "disabled")
	f(5, "disabled")
}

func TestUnknownStates(t *testing.T) {
	t.Parallel()
	server := recorded(t, "6.1.5")
	server.Handle("dmq.list_nodes", binrpctest.Values(binrpc.StructOf(
		member("host", "192.0.2.1"), member("port", "5060"), member("status", "asleep"), member("local", 0), member("fail_count", 3))))
	server.Handle("rtpengine.show", binrpctest.Values(binrpc.StructOf(
		member("url", "udp:192.0.2.1:2223"), member("set", 0), member("disabled", "perhaps"))))
	server.Handle("uac.reg_dump", binrpctest.Values(binrpc.StructOf(member("l_uuid", "a"), member("flags", "many"))))
	server.Handle("pike.top", binrpctest.Values(binrpc.StructOf(binrpc.Member{Name: "list", Value: binrpc.StructOf(
		binrpc.Member{Value: binrpc.StructOf(member("ip_addr", "192.0.2.1"), member("status", "LUKEWARM"))},
	)})))
	got := suite().Scrape(t, observed(t, server, "dmq", "rtpengine", "uac", "piketop"))
	suite().Check(t, got)
	wantLines(t, got.Text, `kamailio_dmq_node_failures{host="192.0.2.1",local="no",port="5060"} 3`, `kamailio_pike_addresses{status="other"} 1`)
	for _, banned := range []string{"kamailio_dmq_node_up", "kamailio_dmq_node_state", "kamailio_rtpengine_up", "kamailio_uac_registration_up", "192.0.2.1\"} 1"} {
		if strings.Contains(got.Text, "\n"+banned) {
			t.Errorf("exported %s", banned)
		}
	}
	for _, collector := range []string{"dmq", "rtpengine"} {
		if got.Dropped[[2]string{collector, "invalid"}] != 1 {
			t.Errorf("%s: %v", collector, got.Dropped)
		}
	}
	for collector, want := range map[string]string{"rtpengine": exporter.OutcomeDecode, "uac": exporter.OutcomeDecode, "dmq": exporter.OutcomeOK} {
		if got.Outcomes[collector] != want {
			t.Errorf("%s: want %s, got %s", collector, want, got.Outcomes[collector])
		}
	}
}

func TestProfiles(t *testing.T) {
	t.Parallel()
	f := func(named []Profile, wantOutcome string, wantLinesOf ...string) {
		t.Helper()
		for _, address := range []string{recorded(t, "5.6.3").Address().String(), overHTTP(t, "5.6.3", nil)} {
			o := options(t, address, "profiles")
			o.Profiles = named
			target := targetOf(t, o)
			got := suite().Scrape(t, target)
			if got.Outcomes["profiles"] != wantOutcome {
				t.Errorf("%s, %v: want %s, got %s", address, named, wantOutcome, got.Outcomes["profiles"])
			}
			wantLines(t, got.Text, wantLinesOf...)
		}
	}
	f(nil, exporter.OutcomeEmpty)
	f([]Profile{{Name: "inbound"}}, exporter.OutcomeOK, `kamailio_dialog_profile_size{profile="inbound",value=""} 9`)
	f([]Profile{{Name: "nosuch"}, {Name: "caller"}}, exporter.OutcomeAbsent, `kamailio_dialog_profile_size{profile="caller",value=""} 9`)
}

func TestParseProfile(t *testing.T) {
	t.Parallel()
	f := func(s string, want Profile, ok bool) {
		t.Helper()
		got, err := ParseProfile(s)
		if got != want || (err == nil) != ok {
			t.Errorf("%q: got %v, %v", s, got, err)
		}
	}
	f("inbound", Profile{Name: "inbound"}, true)
	f(" gateway = sip:192.0.2.1 ", Profile{"gateway", "sip:192.0.2.1"}, true)
	f("gateway=a=b", Profile{"gateway", "a=b"}, true)
	f("=x", Profile{}, false)
	f("", Profile{}, false)
}

// TestProfilesGiveUpWithTheConnection: when Kamailio is gone, the profiles that remain are not asked for.
func TestProfilesGiveUpWithTheConnection(t *testing.T) {
	t.Parallel()
	server := recorded(t, "6.1.5")
	server.Handle("dlg.profile_get_size", binrpctest.HangUp())
	got := suite().Scrape(t, observed(t, server, "profiles"))
	asked := 0
	for _, r := range server.Requests() {
		if r.Method == "dlg.profile_get_size" && r.Args[0].Text() != "inbound" {
			asked++
		}
	}
	if got.Outcomes["profiles"] != exporter.OutcomeTransport || asked != 0 {
		t.Errorf("outcome %s, %d further calls", got.Outcomes["profiles"], asked)
	}
}

// TestProcessesThatHang: seen on a real 6.1.5 whose children waited for an RTP proxy, 7 of 18 had status 0.
func TestProcessesThatHang(t *testing.T) {
	t.Parallel()
	worker := func(status int) binrpc.Value {
		return binrpc.StructOf(member("index", 1), member("status", status), member("description", "udp receiver child=0 sock=127.0.0.1:5060"))
	}
	server := recorded(t, "6.1.5")
	server.Handle("core.psa", binrpctest.Values(worker(1), worker(0), worker(1)))
	got := suite().Scrape(t, observed(t, server, "processes"))
	wantLines(t, got.Text, `kamailio_processes{process="udp receiver"} 3`, `kamailio_processes_ready{process="udp receiver"} 2`)
}

func TestWebsocket(t *testing.T) {
	t.Parallel()
	got := suite().Scrape(t, observed(t, withStatistics(t,
		"websocket:ws_current_connections = 9", "websocket:ws_sip_current_connections = 3", "websocket:ws_msrp_current_connections = 18446744073709551615",
		"websocket:ws_failed_handshakes = 4", "websocket:ws_sip_remote_closed_connections = 5", "websocket:ws_msrp_transmitted_frames = 4294967297",
	), "websocket"))
	suite().Check(t, got)
	wantLines(t, got.Text,
		`kamailio_websocket_connections{protocol="sip"} 3`, "kamailio_websocket_handshake_failures_total 4",
		`kamailio_websocket_closes_total{protocol="sip",side="remote"} 5`,
		`kamailio_websocket_frames_total{direction="transmitted",protocol="msrp"} 4.294967297e+09`)
	if strings.Contains(got.Text, `kamailio_websocket_connections{protocol="msrp"}`) || strings.Contains(got.Text, `side="local"`) {
		t.Error("exported a level below zero, or what was not read")
	}
}

// TestPluginStatistics are the collectors that are one group of statistics each.
func TestPluginStatistics(t *testing.T) {
	t.Parallel()
	server := withStatistics(t,
		"dns:failed_dns_request = 3", "dns:slow_dns_request = 4", "mysql:driver_errors = 5", "pike:blocked_ips = 6")
	got := suite().Scrape(t, observed(t, server, "dns", "mysql", "pike"))
	suite().Check(t, got)
	wantLines(t, got.Text,
		"kamailio_dns_failed_requests_total 3", "kamailio_dns_slow_requests_total 4", "kamailio_mysql_driver_errors_total 5", "kamailio_pike_blocked_total 6")

	got = suite().Scrape(t, observed(t, withStatistics(t, "dns:renamed = 1"), "dns", "mysql"))
	if got.Outcomes["dns"] != exporter.OutcomeDecode || got.Outcomes["mysql"] != exporter.OutcomeAbsent {
		t.Errorf("a group without known statistics, and no group: %v", got.Outcomes)
	}
}

// TestSameEngineTwice: one address in several sets is several series, twice in one set it is one, and counted.
func TestSameEngineTwice(t *testing.T) {
	t.Parallel()
	engine := func(set, index, active int) binrpc.Value {
		return binrpc.StructOf(member("url", "udp:192.0.2.1:2223"), member("set", set), member("index", index), member("weight", 1),
			member("disabled", 0), member("active", active), member("recheck_ticks", 0))
	}
	server := recorded(t, "6.1.5")
	server.Handle("rtpengine.show", binrpctest.Values(engine(0, 0, 1), engine(1, 1, 0), engine(1, 2, 1)))
	got := suite().Scrape(t, observed(t, server, "rtpengine"))
	suite().Check(t, got)
	wantLines(t, got.Text, `kamailio_rtpengine_up{set="0",url="udp:192.0.2.1:2223"} 1`, `kamailio_rtpengine_up{set="1",url="udp:192.0.2.1:2223"} 0`)
	if got.Dropped[[2]string{"rtpengine", "duplicate"}] != 3 {
		t.Errorf("dropped %v", got.Dropped)
	}
}

func TestParseCompatMethods(t *testing.T) {
	t.Parallel()
	got, err := ParseCompatMethods("tm.stats, dispatcher.list")
	if err != nil || len(got) != 2 || got[1] != "dispatcher.list" {
		t.Errorf("got %q, %v", got, err)
	}
	for _, bad := range []string{"", "tm.stats,", "dlg.list"} {
		if _, err := ParseCompatMethods(bad); err == nil {
			t.Errorf("%q was accepted", bad)
		}
	}
}
