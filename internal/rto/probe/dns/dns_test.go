package dns_test

import (
	"context"
	"net"
	"net/netip"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/miekg/dns"

	"github.com/voipbin/observability/internal/rto"
	"github.com/voipbin/observability/internal/rto/probe"
	prober "github.com/voipbin/observability/internal/rto/probe/dns"
)

// serve answers on one port over UDP and TCP.
func serve(t *testing.T, answer dns.HandlerFunc) string {
	t.Helper()
	var (
		udp net.PacketConn
		tcp net.Listener
	)
	for range 20 { // until a port is free for both
		var err error
		if tcp, err = new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0"); err != nil {
			t.Fatal(err)
		}
		if udp, err = new(net.ListenConfig).ListenPacket(t.Context(), "udp", tcp.Addr().String()); err == nil {
			break
		}
		_ = tcp.Close()
	}
	if udp == nil {
		t.Fatal("no port is free for both UDP and TCP")
	}
	for _, s := range []*dns.Server{{PacketConn: udp, Handler: answer}, {Listener: tcp, Handler: answer}} {
		started := make(chan struct{})
		s.NotifyStartedFunc = func() { close(started) }
		done := make(chan struct{})
		go func() { defer close(done); _ = s.ActivateAndServe() }()
		<-started
		t.Cleanup(func() { _ = s.Shutdown(); <-done })
	}
	return tcp.Addr().String()
}

// zone answers from records in text form; authoritative as a name server does, else as a resolver that verified.
func zone(t *testing.T, authoritative bool, records ...string) dns.HandlerFunc {
	t.Helper()
	var all []dns.RR
	for _, text := range records {
		rr, err := dns.NewRR(text)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, rr)
	}
	return func(w dns.ResponseWriter, q *dns.Msg) {
		m := new(dns.Msg)
		m.SetReply(q)
		m.Authoritative, m.RecursionAvailable = authoritative, !authoritative
		m.AuthenticatedData = !authoritative && q.AuthenticatedData
		known := false
		for _, rr := range all {
			if strings.EqualFold(rr.Header().Name, q.Question[0].Name) {
				known = true
				if t := rr.Header().Rrtype; t == q.Question[0].Qtype || t == dns.TypeRRSIG {
					m.Answer = append(m.Answer, rr)
				}
			}
		}
		if !known {
			m.Rcode = dns.RcodeNameError
		}
		_ = w.WriteMsg(m)
	}
}

const (
	west = "us-central1"
	east = "us-east1"
)

func places() []prober.Place {
	return []prober.Place{
		{Region: west, Prefixes: []netip.Prefix{netip.MustParsePrefix("192.0.2.0/24")}, Names: []string{"sip.west.example"}},
		{Region: east, Prefixes: []netip.Prefix{netip.MustParsePrefix("198.51.100.0/24"), netip.MustParsePrefix("2001:db8:2::/48")}},
	}
}

func config(region string, kind prober.Type, servers ...prober.Server) prober.Config {
	return prober.Config{
		Target: probe.Target{Path: "dns", Want: rto.Accepted, Region: region, Now: func() rto.Instant { return rto.InstantOf(time.Now()) }},
		Name:   "pbx.example", Type: kind, Servers: servers, Places: places(),
	}
}

func ask(t *testing.T, c prober.Config, timeout time.Duration) rto.ProbeResult {
	t.Helper()
	p, err := prober.New(c)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), timeout)
	defer cancel()
	return p.Probe(ctx)
}

// wanted is the part of a result that is compared.
type wanted struct {
	outcome rto.Outcome
	grade   rto.Grade
	code    int
	good    bool
	region  string
	ttl     time.Duration
	detail  string
}

func check(t *testing.T, what string, r rto.ProbeResult, w wanted) {
	t.Helper()
	if got := (wanted{r.Outcome, r.Grade, r.Code, r.Good, r.Region, r.TTL, r.Detail}); got != w {
		t.Errorf("%s:\nwant %+v\ngot  %+v", what, w, got)
	}
}

func TestRecords(t *testing.T) {
	t.Parallel()
	f := func(what, region string, kind prober.Type, w wanted, records ...string) {
		t.Helper()
		address := serve(t, zone(t, true, records...))
		check(t, what, ask(t, config(region, kind, prober.Server{Address: address, Authoritative: true}), 5*time.Second), w)
	}
	good := func(region string, ttl time.Duration) wanted {
		return wanted{rto.OK, rto.Accepted, 0, true, region, ttl, ""}
	}
	f("an address", east, prober.A, good(east, 300*time.Second), "pbx.example. 300 A 198.51.100.7")
	f("IPv6", east, prober.AAAA, good(east, time.Minute), "pbx.example. 60 AAAA 2001:db8:2::1")
	f("anywhere", "", prober.A, good(west, time.Minute), "pbx.example. 60 A 192.0.2.1", "pbx.example. 60 A 192.0.2.2")
	f("the old region", east, prober.A, wanted{rto.OK, rto.Accepted, 0, false, west, time.Minute, "not from the region that has to answer"}, "pbx.example. 60 A 192.0.2.1")
	f("both regions", east, prober.A, wanted{rto.OK, rto.Accepted, 0, false, "", time.Minute, "the answer leads to several regions"},
		"pbx.example. 60 A 198.51.100.7", "pbx.example. 60 A 192.0.2.1")
	f("an unknown address", "", prober.A, wanted{rto.OK, rto.Answered, 0, false, "", time.Minute, "the answer leads to an address that is in no known region"}, "pbx.example. 60 A 203.0.113.1")
	f("no address", "", prober.A, wanted{rto.OK, rto.Answered, 0, false, "", 0, "the answer leads to no address"}, "pbx.example. 60 AAAA 2001:db8:2::1")
	f("no name", "", prober.A, wanted{rto.OK, rto.Answered, dns.RcodeNameError, false, "", 0, "the answer is an error"}, "other.example. 60 A 192.0.2.1")

	f("SRV with addresses elsewhere", east, prober.SRV, good(east, 5*time.Minute),
		"pbx.example. 60 SRV 1 1 5060 sip1.example.", "sip1.example. 300 A 198.51.100.1")
	f("SRV to IPv6", east, prober.SRV, good(east, time.Minute), "pbx.example. 60 SRV 1 1 5060 sip1.example.", "sip1.example. 30 AAAA 2001:db8:2::1")
	f("SRV to a known name", west, prober.SRV, good(west, time.Minute), "pbx.example. 60 SRV 1 1 5060 SIP.west.example.")
	f("SRV to two regions", east, prober.SRV, wanted{rto.OK, rto.Accepted, 0, false, "", time.Minute, "the answer leads to several regions"},
		"pbx.example. 60 SRV 1 1 5060 sip.west.example.", "pbx.example. 60 SRV 1 1 5060 e.example.", "e.example. 60 A 198.51.100.1")
	f("no service", "", prober.SRV, wanted{rto.OK, rto.Answered, 0, false, "", time.Minute, "the answer leads to no address"}, "pbx.example. 60 SRV 0 0 0 .")
	f("NAPTR by SRV", east, prober.NAPTR, good(east, 2*time.Minute),
		`pbx.example. 60 NAPTR 10 10 "s" "SIP+D2U" "" _sip._udp.pbx.example.`, "_sip._udp.pbx.example. 120 SRV 1 1 5060 sip1.example.", "sip1.example. 60 A 198.51.100.1")
	f("NAPTR to an address", east, prober.NAPTR, good(east, time.Minute), `pbx.example. 60 NAPTR 10 10 "a" "SIP+D2T" "" sip1.example.`, "sip1.example. 60 A 198.51.100.1")
	f("NAPTR that only rewrites", "", prober.NAPTR, wanted{rto.OK, rto.Answered, 0, false, "", time.Minute, "the answer leads to no address"}, `pbx.example. 60 NAPTR 10 10 "u" "E2U+sip" "!^.*$!sip:a@b!" .`)
	f("a loop", "", prober.NAPTR, wanted{rto.OK, rto.Answered, 0, false, "", time.Minute, "the answer leads to no address"},
		`pbx.example. 60 NAPTR 10 10 "s" "SIP+D2U" "" pbx.example.`, "pbx.example. 60 SRV 1 1 5060 pbx.example.")
}

func TestAliasesAndAdditionalRecords(t *testing.T) {
	t.Parallel()
	address := serve(t, func(w dns.ResponseWriter, q *dns.Msg) {
		m := new(dns.Msg)
		m.SetReply(q)
		switch q.Question[0].Qtype {
		case dns.TypeA:
			alias, _ := dns.NewRR("pbx.example. 600 CNAME edge.example.")
			end, _ := dns.NewRR("edge.example. 30 A 198.51.100.1")
			m.Answer = []dns.RR{alias, end}
		case dns.TypeSRV:
			srv, _ := dns.NewRR("pbx.example. 60 SRV 1 1 5060 edge.example.")
			extra, _ := dns.NewRR("edge.example. 90 A 198.51.100.1")
			m.Answer, m.Extra = []dns.RR{srv}, []dns.RR{extra}
		}
		_ = w.WriteMsg(m)
	})
	s := prober.Server{Address: address}
	check(t, "an alias is cached too", ask(t, config(east, prober.A, s), 5*time.Second), wanted{rto.OK, rto.Accepted, 0, true, east, 10 * time.Minute, ""})
	check(t, "addresses in the answer", ask(t, config(east, prober.SRV, s), 5*time.Second), wanted{rto.OK, rto.Accepted, 0, true, east, 90 * time.Second, ""})
}

// Several servers see a change at different times.
func TestSeveralServers(t *testing.T) {
	t.Parallel()
	changed := prober.Server{Address: serve(t, zone(t, true, "pbx.example. 60 A 198.51.100.1")), Authoritative: true}
	cached := prober.Server{Address: serve(t, zone(t, false, "pbx.example. 600 A 192.0.2.1"))}
	silent := prober.Server{Address: serve(t, func(dns.ResponseWriter, *dns.Msg) {})}
	nobody := prober.Server{Address: "127.0.0.1:1"}
	f := func(what string, need int, w wanted, servers ...prober.Server) {
		t.Helper()
		c := config(east, prober.A, servers...)
		c.Need = need
		check(t, what, ask(t, c, 300*time.Millisecond), w)
	}
	f("all", 0, wanted{rto.OK, rto.Accepted, 0, false, west, 10 * time.Minute, "1 of 2 servers give the wanted answer"}, changed, cached)
	f("one is enough", 1, wanted{rto.OK, rto.Accepted, 0, true, east, 10 * time.Minute, "1 of 2 servers give the wanted answer"}, changed, cached)
	f("one is silent", 0, wanted{rto.TimedOut, rto.NoAnswer, 0, false, "", time.Minute, "1 of 2 servers give the wanted answer: question: no answer in time"}, changed, silent)
	f("one is silent and not needed", 1, wanted{rto.OK, rto.Accepted, 0, true, east, time.Minute, "1 of 2 servers give the wanted answer: question: no answer in time"}, silent, changed)
	f("nobody listens", 0, wanted{rto.Refused, rto.NoAnswer, 0, false, "", 0, "question: nobody listens"}, nobody)
}

func TestAuthority(t *testing.T) {
	t.Parallel()
	lame := prober.Server{Address: serve(t, zone(t, false, "pbx.example. 60 A 198.51.100.1")), Authoritative: true}
	check(t, "a server that is not", ask(t, config(east, prober.A, lame), 5*time.Second),
		wanted{rto.OK, rto.Answered, 0, false, "", time.Minute, "the server does not say that the answer is its own"})
	c := config(east, prober.A, lame)
	c.DNSSEC = true
	c.Servers[0].Authoritative = false
	check(t, "verified", ask(t, c, 5*time.Second), wanted{rto.OK, rto.Accepted, 0, true, east, time.Minute, ""})
	plain := zone(t, true, "pbx.example. 60 A 198.51.100.1")
	c.Servers = []prober.Server{{Address: serve(t, plain), Authoritative: true}}
	check(t, "not signed", ask(t, c, 5*time.Second), wanted{rto.OK, rto.Answered, 0, false, "", time.Minute, "the answer is not signed"})
	var do atomic.Bool
	signed := zone(t, true, "pbx.example. 60 A 198.51.100.1", "pbx.example. 60 RRSIG A 8 2 60 20300101000000 20200101000000 1 example. AAAA")
	c.Servers[0].Address = serve(t, func(w dns.ResponseWriter, q *dns.Msg) {
		do.Store(q.IsEdns0() != nil && q.IsEdns0().Do())
		signed(w, q)
	})
	check(t, "signed", ask(t, c, 5*time.Second), wanted{rto.OK, rto.Accepted, 0, true, east, time.Minute, ""})
	if !do.Load() {
		t.Error("want signatures asked for by the DO bit")
	}
}

// What networks and servers do to questions.
func TestUglyServers(t *testing.T) {
	t.Parallel()
	good := wanted{rto.OK, rto.Accepted, 0, true, east, time.Minute, ""}
	answer := zone(t, true, "pbx.example. 60 A 198.51.100.1")
	f := func(what string, timeout time.Duration, w wanted, serving dns.HandlerFunc) {
		t.Helper()
		check(t, what, ask(t, config(east, prober.A, prober.Server{Address: serve(t, serving), Authoritative: true}), timeout), w)
	}
	f("cut over UDP", 5*time.Second, good, func(w dns.ResponseWriter, q *dns.Msg) {
		if _, udp := w.RemoteAddr().(*net.UDPAddr); udp {
			m := new(dns.Msg)
			m.SetReply(q)
			m.Truncated = true
			_ = w.WriteMsg(m)
			return
		}
		answer(w, q)
	})
	f("no EDNS", 5*time.Second, good, func(w dns.ResponseWriter, q *dns.Msg) {
		if q.IsEdns0() != nil {
			m := new(dns.Msg)
			m.SetRcodeFormatError(q)
			_ = w.WriteMsg(m)
			return
		}
		answer(w, q)
	})
	var once sync.Once
	f("the first question is lost", 5*time.Second, good, func(w dns.ResponseWriter, q *dns.Msg) {
		lost := false
		once.Do(func() { lost = true })
		if !lost {
			answer(w, q)
		}
	})
	f("strangers answer first", 5*time.Second, good, func(w dns.ResponseWriter, q *dns.Msg) {
		other := q.Copy()
		other.Id++
		zone(t, true, "pbx.example. 60 A 192.0.2.1")(w, other)
		other = q.Copy()
		other.Question[0].Name = "evil.example."
		zone(t, true, "evil.example. 60 A 192.0.2.1")(w, other)
		_, _ = w.Write([]byte("garbage"))
		answer(w, q)
	})
	f("only garbage", 200*time.Millisecond, wanted{rto.Malformed, rto.NoAnswer, 0, false, "", 0, "what came is no answer"}, func(w dns.ResponseWriter, _ *dns.Msg) {
		_, _ = w.Write([]byte("garbage that is longer than a header"))
	})
	f("refused", 5*time.Second, wanted{rto.OK, rto.Answered, dns.RcodeRefused, false, "", 0, "the answer is an error"}, func(w dns.ResponseWriter, q *dns.Msg) {
		m := new(dns.Msg)
		m.SetRcode(q, dns.RcodeRefused)
		_ = w.WriteMsg(m)
	})
	f("silence half-way", 200*time.Millisecond, wanted{rto.TimedOut, rto.NoAnswer, 0, false, "", 0, "question: no answer in time"}, func(w dns.ResponseWriter, q *dns.Msg) {
		if _, udp := w.RemoteAddr().(*net.UDPAddr); udp {
			m := new(dns.Msg)
			m.SetReply(q)
			m.Truncated = true
			_ = w.WriteMsg(m)
		}
	})
}

func TestTCP(t *testing.T) {
	t.Parallel()
	f := func(what string, w wanted, serving dns.HandlerFunc) {
		t.Helper()
		check(t, what, ask(t, config(east, prober.A, prober.Server{Address: serve(t, serving), Authoritative: true, TCP: true}), 5*time.Second), w)
	}
	answer := zone(t, true, "pbx.example. 60 A 198.51.100.1")
	f("good", wanted{rto.OK, rto.Accepted, 0, true, east, time.Minute, ""}, answer)
	f("closed", wanted{rto.Broken, rto.NoAnswer, 0, false, "", 0, "question: the connection broke or could not be made"}, func(w dns.ResponseWriter, _ *dns.Msg) { _ = w.Close() })
	f("another's answer", wanted{rto.Malformed, rto.NoAnswer, 0, false, "", 0, "what came is no answer"}, func(w dns.ResponseWriter, q *dns.Msg) {
		q.Id++
		answer(w, q)
	})
}

func TestConfig(t *testing.T) {
	t.Parallel()
	s := prober.Server{Address: "127.0.0.1:53"}
	f := func(want string, change func(*prober.Config)) {
		t.Helper()
		c := config(east, prober.A, s)
		change(&c)
		if _, err := prober.New(c); err == nil || err.Error() != want {
			t.Errorf("want %q, got %v", want, err)
		}
	}
	f("path dns: grade 3 is not to be had from this protocol: want 1 to 2", func(c *prober.Config) { c.Want = rto.Registered })
	f(`path dns: "a..b" is no domain name`, func(c *prober.Config) { c.Name = "a..b" })
	f(`path dns: type "MX" is none of A, AAAA, SRV and NAPTR`, func(c *prober.Config) { c.Type = "MX" })
	f("path dns: want 1 to 32 servers, and not more good answers than there are servers", func(c *prober.Config) { c.Servers = nil })
	f("path dns: want 1 to 32 servers, and not more good answers than there are servers", func(c *prober.Config) { c.Need = 2 })
	f(`path dns: server "127.0.0.1": want host:port`, func(c *prober.Config) { c.Servers = []prober.Server{{Address: "127.0.0.1"}} })
	f(`path dns: region "moon" is wanted, but nothing shows that a record points to it`, func(c *prober.Config) { c.Region = "moon" })
}
