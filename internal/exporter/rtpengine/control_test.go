package rtpengine

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"testing"

	"github.com/voipbin/observability/internal/exporter"
	"github.com/voipbin/observability/internal/exporter/exportertest"
	"github.com/voipbin/observability/internal/protocol/bencode"
)

// client is one entry of controlstatistics.proxies.
func client(address string, counts map[string]int64, errors int64) bencode.Value {
	members := []bencode.Member{{Key: "proxy", Value: bencode.StringOf(address)}}
	for _, short := range []string{"ping", "offer", "answer", "delete", "query", "list", "startrec", "stats", "cli", "brandnew"} {
		members = append(members,
			bencode.Member{Key: short + "count", Value: bencode.IntOf(counts[short])},
			bencode.Member{Key: short + "duration", Value: bencode.StringOf(fmt.Sprintf("%d.500000", counts[short]))})
	}
	return bencode.DictOf(append(members, bencode.Member{Key: "errorcount", Value: bencode.IntOf(errors)})...)
}

// clients is a 26.0 whose controlstatistics list these.
func clients(t *testing.T, all ...bencode.Value) bencode.Value {
	t.Helper()
	return within(statisticsOf(t, "26.0.1", "calls"), "controlstatistics", map[string]bencode.Value{"proxies": bencode.ListOf(all...)})
}

// own is the address that the exporter asks a fake daemon from.
func own() netip.Addr { return addr("127.0.97.42") }

func addr(s string) netip.Addr { return netip.MustParseAddr(s) }

// TestPollerIsLeftOut: the exporter's own questions are among RTPEngine's statistics, and not among ours.
func TestPollerIsLeftOut(t *testing.T) {
	t.Parallel()
	got := suite().Scrape(t, observed(t, withStatistics(t, clients(t,
		client(own().String(), map[string]int64{"ping": 900, "stats": 900, "list": 900, "query": 4000, "cli": 5400}, 3),
		client("10.0.0.7", map[string]int64{"offer": 20, "answer": 18, "delete": 18, "ping": 5, "startrec": 1, "brandnew": 2}, 2),
		client("10.0.0.8", map[string]int64{"ping": 5}, 0),
	)), "control"))
	holds(t, got, []string{
		`rtpengine_control_requests_total{command="offer",proxy="10.0.0.7"} 20`,
		`rtpengine_control_requests_total{command="ping",proxy="10.0.0.7"} 5`,
		`rtpengine_control_requests_total{command="statistics",proxy="10.0.0.7"} 0`,
		`rtpengine_control_requests_total{command="start recording",proxy="10.0.0.7"} 1`,
		`rtpengine_control_requests_total{command="brandnew",proxy="10.0.0.7"} 2`, // of a version to come
		`rtpengine_control_request_seconds_total{command="offer",proxy="10.0.0.7"} 20.5`,
		`rtpengine_control_errors_total{proxy="10.0.0.7"} 2`,
		`rtpengine_control_requests_total{command="ping",proxy="10.0.0.8"} 5`,
		`rtpengine_control_errors_total{proxy="10.0.0.8"} 0`,
	}, `rtpengine_control_requests_total{command="start recording",proxy="10.0.0.8"}`)
	for _, family := range []string{"requests_total{command=\"ping\",", "errors_total{"} {
		holds(t, got, nil, fmt.Sprintf(`rtpengine_control_%sproxy=%q`, family, own()))
	}
	suite().Check(t, got)
}

// TestPollerAtTheAddressOfAProxy: where a SIP proxy shares the exporter's address, only its own commands are known to be its.
func TestPollerAtTheAddressOfAProxy(t *testing.T) {
	t.Parallel()
	got := suite().Scrape(t, observed(t, withStatistics(t, clients(t,
		client(own().String(), map[string]int64{"offer": 20, "ping": 905, "stats": 900, "query": 4000}, 7),
	)), "control"))
	holds(t, got, []string{
		fmt.Sprintf(`rtpengine_control_requests_total{command="offer",proxy="%s"} 20`, own()),
		fmt.Sprintf(`rtpengine_control_errors_total{proxy="%s"} 0`, own()), // whose the seven are, nobody knows
	}, `rtpengine_control_requests_total{command="ping"`, `rtpengine_control_requests_total{command="statistics"`,
		`rtpengine_control_requests_total{command="query"`, `rtpengine_control_request_seconds_total{command="list"`)
	suite().Check(t, got)
}

// TestOwnErrorsAreTakenOff: a question about a call that has just ended is counted by RTPEngine as an error of the address. Those
// that it counted before this target was built are not taken for the proxy's: an exporter that restarts is no burst of errors.
func TestOwnErrorsAreTakenOff(t *testing.T) {
	t.Parallel()
	e := &engine{ng: fixed{own()}, asked: true, now: exportertest.Now, renegotiate: func(context.Context) {}}
	f := func(counted, refused int64, offers int64, want string) {
		t.Helper()
		e.refused = float64(refused)
		e.stats = clients(t, client(own().String(), map[string]int64{"offer": offers, "ping": 9}, counted))
		got := suite().Scrape(t, &exporter.Target{
			Check:    func(context.Context) error { return nil },
			Scrapers: []exporter.Scraper{control{e}},
		})
		if want == "" {
			holds(t, got, nil, "rtpengine_control_errors_total")
			return
		}
		holds(t, got, []string{fmt.Sprintf(`rtpengine_control_errors_total{proxy="%s"} %s`, own(), want)})
	}
	f(5000, 0, 0, "") // all ours, of an earlier life
	f(5002, 1, 20, "1")
	f(5006, 5, 20, "1")
	f(5009, 6, 20, "3")
	e.observeUptime(t.Context(), 100)
	e.observeUptime(t.Context(), 10) // the daemon has restarted
	f(2, 0, 20, "0")
	f(5, 1, 20, "2")
}

// fixed is a client that asks from an address, and has nothing more to ask.
type fixed struct{ local netip.Addr }

func (f fixed) LocalAddr() netip.Addr { return f.local }

func (fixed) Call(context.Context, string, ...bencode.Member) (bencode.Value, error) {
	return bencode.Value{}, errors.New("asked in vain")
}

func (fixed) CLI(context.Context, string) (string, error) { return "", errors.New("asked in vain") }

// TestNobodyElse: without any other client there is nothing to list.
func TestNobodyElse(t *testing.T) {
	t.Parallel()
	got := suite().Scrape(t, observed(t, withStatistics(t, clients(t, client(own().String(), map[string]int64{"ping": 1, "stats": 1}, 0))), "control"))
	if got.Outcomes["control"] != exporter.OutcomeEmpty {
		t.Errorf("want empty, got %v", got.Outcomes)
	}
}

func TestIPv6Clients(t *testing.T) {
	t.Parallel()
	f := func(ours string, proxy string, want bool) {
		t.Helper()
		p := newProxy(client(proxy, nil, 0))
		if got := p.address.IsValid() && p.address == netip.MustParseAddr(ours); got != want {
			t.Errorf("we are %s, %s is us: want %v, got %v", ours, proxy, want, got)
		}
	}
	f("::1", "::1", true)
	f("2001:db8::7", "2001:0db8:0:0::7", true)
	f("10.0.0.7", "::ffff:10.0.0.7", true)
	f("10.0.0.7", "10.0.0.70", false)
	f("10.0.0.7", "", false)
}

// TestCommandNames: every command that the recorded versions count has its full name.
func TestCommandNames(t *testing.T) {
	t.Parallel()
	for _, version := range versions() {
		section, _ := statisticsOf(t, version, "idle").Lookup("controlstatistics")
		list, _ := section.Lookup("proxies")
		names := map[string]bool{}
		for _, c := range newProxy(list.Members()[0].Value).commands {
			if names[c.name] {
				t.Errorf("%s: two commands are named %q", version, c.name)
			}
			names[c.name] = true
		}
		for _, name := range []string{"statistics", "start recording", "play DTMF", "silence media", "subscribe request"} {
			if !names[name] {
				t.Errorf("%s: no command %q", version, name)
			}
		}
		if len(names) < 24 {
			t.Errorf("%s: %d commands", version, len(names))
		}
	}
}
