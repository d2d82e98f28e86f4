package drill

import (
	"net/netip"
	"testing"

	"github.com/miekg/dns"
)

func TestNames(t *testing.T) {
	t.Parallel()
	n, err := StartNames("sip.example.test", netip.MustParseAddr("127.0.0.2"))
	if err != nil {
		t.Fatal(err)
	}
	ask := func(name string, kind uint16) *dns.Msg {
		t.Helper()
		m, err := dns.ExchangeContext(t.Context(), new(dns.Msg).SetQuestion(name, kind), n.Address())
		if err != nil {
			t.Fatal(err)
		}
		if !m.Authoritative {
			t.Error("want an authoritative answer")
		}
		return m
	}
	address := func() string {
		t.Helper()
		m := ask("SIP.example.test.", dns.TypeA)
		if len(m.Answer) != 1 {
			t.Fatalf("want one record, got %v", m)
		}
		return m.Answer[0].(*dns.A).A.String()
	}
	if got := address(); got != "127.0.0.2" {
		t.Errorf("got %s", got)
	}
	n.Point(netip.MustParseAddr("127.0.0.3"))
	if got := address(); got != "127.0.0.3" {
		t.Errorf("after the redirect: got %s", got)
	}
	if m := ask("sip.example.test.", dns.TypeAAAA); m.Rcode != dns.RcodeSuccess || len(m.Answer) != 0 {
		t.Errorf("another type: want no record and no error, got %v", m)
	}
	if m := ask("example.test.", dns.TypeA); m.Rcode != dns.RcodeNameError {
		t.Errorf("another name: want NXDOMAIN, got %v", m)
	}
	if err := n.Close(); err != nil {
		t.Error(err)
	}
}
