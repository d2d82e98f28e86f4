//go:build integration

package integration

import (
	"context"
	"crypto/x509"
	"fmt"
	"math"
	"net/netip"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/voipbin/observability/internal/exporter"
	"github.com/voipbin/observability/internal/exporter/exportertest"
	"github.com/voipbin/observability/internal/exporter/sip"
	lossy "github.com/voipbin/observability/internal/lab/relay"
	"github.com/voipbin/observability/internal/metric"
	"github.com/voipbin/observability/internal/sipprobe"
)

func loopbackPort(port int) netip.AddrPort {
	return netip.AddrPortFrom(netip.AddrFrom4([4]byte{127, 0, 0, 1}), uint16(port))
}

func sipSuite() exportertest.Suite {
	return exportertest.Suite{Families: metric.SIP(), Kit: metric.SIPKit}
}

// sipSuites are the suites whose Kamailio is probed; "" is the host's own.
func sipSuites() []string {
	return append([]string{""}, strings.Fields(os.Getenv(sipSuitesVariable))...)
}

// probe makes one probe of the site.
func (s *sipSite) probe(t testing.TB, timeout time.Duration, p sipprobe.Probe) sipprobe.Result {
	t.Helper()
	prober := sipprobe.New(sipprobe.Config{Now: time.Now})
	defer func() { _ = prober.Close() }()
	p.Host = "127.0.0.1"
	if p.Port == 0 {
		p.Port = s.sip
	}
	ctx, cancel := context.WithTimeout(t.Context(), timeout)
	defer cancel()
	return prober.Run(ctx, p)
}

// roots trust the issuer of the site's certificate.
func (s *sipSite) roots(t testing.TB) *x509.CertPool {
	t.Helper()
	text, err := os.ReadFile(s.ca)
	if err != nil {
		t.Fatal(err)
	}
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(text)
	return roots
}

func sipSecret() (string, error) { return sipPassword, nil }

// TestSIPProbes takes a real Kamailio through the grades.
func TestSIPProbes(t *testing.T) {
	t.Parallel()
	for _, suite := range sipSuites() {
		t.Run("suite "+suite, func(t *testing.T) {
			t.Parallel()
			s := startSIP(t, suite)
			for _, transport := range []sipprobe.Transport{sipprobe.UDP, sipprobe.TCP} {
				r := s.probe(t, 5*time.Second, sipprobe.Probe{Method: sipprobe.Options, Transport: transport, Expect: sipprobe.Expect{
					Headers: []sipprobe.HeaderRule{{Name: "X-Region", Match: regexp.MustCompile("^eu-")}},
				}})
				wantResult(t, r, sipprobe.OK, sipprobe.GradeServed, 200)

				r = s.probe(t, 5*time.Second, sipprobe.Probe{
					Method: sipprobe.Register, Transport: transport, Domain: sipDomain, Account: sipprobe.Account{Username: "lab", Password: sipSecret},
				})
				wantResult(t, r, sipprobe.OK, sipprobe.GradeRegistered, 200)
				if r.Released == nil || !*r.Released {
					t.Error("the binding was not released")
				}
				r = s.probe(t, 5*time.Second, sipprobe.Probe{
					Method: sipprobe.Register, Transport: transport, Domain: sipDomain,
					Account: sipprobe.Account{Username: "lab", Password: func() (string, error) { return "wrong", nil }},
				})
				wantResult(t, r, sipprobe.FailAuth, sipprobe.GradeAnswered, 401)

				for _, user := range []string{"echo", "guarded"} {
					r = s.probe(t, 10*time.Second, sipprobe.Probe{
						Method: sipprobe.Invite, Transport: transport, Domain: sipDomain, User: user, Media: sipprobe.MediaOptions{Duration: time.Second},
						Account: sipprobe.Account{Username: "lab", Password: sipSecret},
					})
					wantResult(t, r, sipprobe.OK, sipprobe.GradeMedia, 200)
					if r.Media == nil || r.Media.Loss == nil || *r.Media.Loss != 0 || *r.Media.MOS < 4.2 {
						t.Errorf("audio over loopback: %+v", r.Media)
					}
					if r.PostDial == nil || r.Delay == nil || *r.Delay-*r.PostDial < 50*time.Millisecond || r.DisconnectDelay == nil || !*r.Released {
						t.Errorf("a call that rings for 100 ms: ringing after %v, answer after %v", r.PostDial, r.Delay)
					}
				}
				r = s.probe(t, 5*time.Second, sipprobe.Probe{Method: sipprobe.Invite, Transport: transport, User: "nobody"})
				wantResult(t, r, sipprobe.FailRejected, sipprobe.GradeAnswered, 404)
			}
		})
	}
}

func wantResult(t testing.TB, r sipprobe.Result, o sipprobe.Outcome, g sipprobe.Grade, status int) {
	t.Helper()
	if r.Outcome != o || r.Grade != g || r.Status != status {
		t.Errorf("%s over %s: want %s, grade %d, status %d; got %s, grade %d, status %d (%v)",
			r.Method, r.Transport, o, g, status, r.Outcome, r.Grade, r.Status, r.Err)
	}
}

// TestSIPExporter shows probes of a real Kamailio as Prometheus gets them.
func TestSIPExporter(t *testing.T) {
	t.Parallel()
	s := startSIP(t, "")
	account := filepath.Join(t.TempDir(), "password")
	if err := os.WriteFile(account, []byte(sipPassword+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	scrape := func(port uint16, p sipprobe.Probe) exportertest.Scrape {
		t.Helper()
		p.Domain = sipDomain
		o := sip.Options{
			Name: "edge", Address: fmt.Sprintf("127.0.0.1:%d", port), Module: sip.Module{Probe: p}, Now: time.Now,
			Account: exporter.Credentials{Username: "lab", PasswordFile: account},
		}
		for _, c := range sip.Collectors() {
			o.Collectors = append(o.Collectors, c.Name)
		}
		target, err := sip.NewTarget(o)
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = target.Close() }()
		got := sipSuite().Scrape(t, target)
		sipSuite().Check(t, got)
		return got
	}
	expect(t, scrape(s.sip, sipprobe.Probe{Method: sipprobe.Options}), map[string]string{
		"sip_up": "1", "sip_probe_success": "1", "sip_probe_grade": "2", "sip_probe_status_code": "200",
		`sip_probes_reached_total{grade="L2"}`: "1", `sip_response_seconds_count{method="OPTIONS"}`: "1",
	})
	expect(t, scrape(s.sip, sipprobe.Probe{Method: sipprobe.Register, Transport: sipprobe.TCP}), map[string]string{
		"sip_up": "1", "sip_probe_success": "1", "sip_probe_grade": "3", "sip_probe_released": "1",
		"sip_registration_request_delay_seconds_count": "1",
	})
	expect(t, scrape(s.sip, sipprobe.Probe{Method: sipprobe.Invite, User: "echo", Media: sipprobe.MediaOptions{Duration: time.Second}}), map[string]string{
		"sip_up": "1", "sip_probe_success": "1", "sip_probe_grade": "4", "sip_probe_one_way_audio": "0", "sip_probe_rtp_loss_ratio": "0",
		"sip_probe_rtp_sent_packets": "50", "sip_probe_rtp_echoed_packets": "50", "sip_call_mos_count": "1",
	})
	expect(t, scrape(1, sipprobe.Probe{Method: sipprobe.Options, Transport: sipprobe.TCP}), map[string]string{
		"sip_up": "0", "sip_probe_success": "0", "sip_probe_grade": "0", `sip_probe_outcome{outcome="connect"}`: "1",
		`sip_probes_total{outcome="connect"}`: "1",
	})
}

// TestSIPOverTLS probes a real Kamailio's TLS port: a certificate of a known issuer for the right name, and others.
func TestSIPOverTLS(t *testing.T) {
	t.Parallel()
	for _, suite := range sipSuites() {
		t.Run("suite "+suite, func(t *testing.T) {
			t.Parallel()
			s := startSIP(t, suite)
			roots := s.roots(t)
			check := func(what, domain string, o sipprobe.TLSOptions, outcome sipprobe.Outcome, trusted bool) {
				t.Helper()
				r := s.probe(t, 5*time.Second, sipprobe.Probe{Method: sipprobe.Options, Transport: sipprobe.TLS, Port: s.tls, Domain: domain, TLS: o})
				if r.Outcome != outcome || (outcome == sipprobe.OK) != (r.Status == 200) {
					t.Errorf("%s: want %s, got %s, status %d (%v)", what, outcome, r.Outcome, r.Status, r.Err)
				}
				if r.Certificate == nil || !r.Certificate.NotAfter.Equal(s.expires) || r.Certificate.Verified != trusted || r.Connect == nil {
					t.Errorf("%s: certificate %+v, want one until %v, trusted %v", what, r.Certificate, s.expires, trusted)
				}
			}
			check("a good certificate", sipDomain, sipprobe.TLSOptions{Roots: roots}, sipprobe.OK, true)
			check("an unknown issuer", sipDomain, sipprobe.TLSOptions{}, sipprobe.FailCert, false)
			check("another name", "other.example", sipprobe.TLSOptions{Roots: roots}, sipprobe.FailCert, false)
			check("another name that is asked for", "other.example", sipprobe.TLSOptions{Roots: roots, ServerName: sipDomain}, sipprobe.OK, true)
			check("nothing checked", "other.example", sipprobe.TLSOptions{SkipVerify: true}, sipprobe.OK, false)

			r := s.probe(t, 5*time.Second, sipprobe.Probe{
				Method: sipprobe.Register, Transport: sipprobe.TLS, Port: s.tls, Domain: sipDomain, TLS: sipprobe.TLSOptions{Roots: roots},
				Account: sipprobe.Account{Username: "lab", Password: sipSecret},
			})
			wantResult(t, r, sipprobe.OK, sipprobe.GradeRegistered, 200)
			r = s.probe(t, 8*time.Second, sipprobe.Probe{
				Method: sipprobe.Invite, Transport: sipprobe.TLS, Port: s.tls, Domain: sipDomain, User: "echo",
				TLS: sipprobe.TLSOptions{Roots: roots}, Media: sipprobe.MediaOptions{Duration: time.Second},
			})
			wantResult(t, r, sipprobe.OK, sipprobe.GradeMedia, 200)
			r = s.probe(t, 5*time.Second, sipprobe.Probe{Method: sipprobe.Options, Transport: sipprobe.TLS, Domain: sipDomain})
			if r.Outcome != sipprobe.FailTLS { // the port speaks plain SIP
				t.Errorf("TLS to a plain port: %s (%v)", r.Outcome, r.Err)
			}
		})
	}
}

// TestSIPOverWebSockets probes a real Kamailio's secure WebSockets: what is asked over them, and what is none.
func TestSIPOverWebSockets(t *testing.T) {
	t.Parallel()
	for _, suite := range sipSuites() {
		t.Run("suite "+suite, func(t *testing.T) {
			t.Parallel()
			s := startSIP(t, suite)
			roots := s.roots(t)
			over := func(p sipprobe.Probe) sipprobe.Result {
				t.Helper()
				p.Transport, p.Domain = sipprobe.WSS, sipDomain
				if p.Port == 0 {
					p.Port = s.tls
				}
				if p.Path == "" {
					p.Path = "/ws"
				}
				if p.TLS.Roots == nil {
					p.TLS.Roots = roots
				}
				return s.probe(t, 8*time.Second, p)
			}
			r := over(sipprobe.Probe{Method: sipprobe.Options, Expect: sipprobe.Expect{
				Headers: []sipprobe.HeaderRule{{Name: "X-Region", Match: regexp.MustCompile("^eu-")}},
			}})
			wantResult(t, r, sipprobe.OK, sipprobe.GradeServed, 200)
			if r.Certificate == nil || !r.Certificate.Verified || !r.Certificate.NotAfter.Equal(s.expires) || r.Connect == nil || r.Handshake == nil {
				t.Errorf("want the certificate until %v, and what connecting took: %+v", s.expires, r)
			}
			r = over(sipprobe.Probe{Method: sipprobe.Register, Account: sipprobe.Account{Username: "lab", Password: sipSecret}})
			wantResult(t, r, sipprobe.OK, sipprobe.GradeRegistered, 200)
			if r.Released == nil || !*r.Released {
				t.Error("the binding was not released")
			}
			r = over(sipprobe.Probe{Method: sipprobe.Register, Account: sipprobe.Account{
				Username: "lab", Password: func() (string, error) { return "wrong", nil },
			}})
			wantResult(t, r, sipprobe.FailAuth, sipprobe.GradeAnswered, 401)
			for _, user := range []string{"echo", "guarded"} {
				r = over(sipprobe.Probe{
					Method: sipprobe.Invite, User: user, Media: sipprobe.MediaOptions{Duration: time.Second},
					Account: sipprobe.Account{Username: "lab", Password: sipSecret},
				})
				wantResult(t, r, sipprobe.OK, sipprobe.GradeMedia, 200)
				if r.Released == nil || !*r.Released || r.PostDial == nil {
					t.Errorf("want a call that rang and was ended: %+v", r)
				}
			}
			wantResult(t, over(sipprobe.Probe{Method: sipprobe.Options, Path: "/other"}), sipprobe.FailTLS, sipprobe.GradeNone, 0)
			wantResult(t, over(sipprobe.Probe{Method: sipprobe.Options, Port: s.sip}), sipprobe.FailTLS, sipprobe.GradeNone, 0)
			wantResult(t, over(sipprobe.Probe{Method: sipprobe.Options, TLS: sipprobe.TLSOptions{Roots: x509.NewCertPool()}}), sipprobe.FailCert, sipprobe.GradeNone, 0)
		})
	}
}

// TestSIPAudioThroughABadNetwork has the relay lose, delay and block a known part of the audio: the probe must find it, within the
// error that a call of this length has.
func TestSIPAudioThroughABadNetwork(t *testing.T) {
	t.Parallel()
	s := startSIP(t, "")
	call := func(packets int, there, back lossy.Impairment) sipprobe.Result {
		t.Helper()
		s.audio.Set(there, back)
		return s.probe(t, 20*time.Second, sipprobe.Probe{Method: sipprobe.Invite, User: "echo", Media: sipprobe.MediaOptions{Duration: time.Duration(packets) * 20 * time.Millisecond}})
	}
	counts := func(before, now lossy.Counts) lossy.Counts {
		return lossy.Counts{Passed: now.Passed - before.Passed, Lost: now.Lost - before.Lost}
	}
	thereBefore, backBefore := s.audio.Counts()
	r := call(500, lossy.Impairment{Loss: 0.06, Delay: 20 * time.Millisecond}, lossy.Impairment{Delay: 20 * time.Millisecond, Jitter: 15 * time.Millisecond})
	wantResult(t, r, sipprobe.OK, sipprobe.GradeMedia, 200)
	thereNow, backNow := s.audio.Counts()
	there, back := counts(thereBefore, thereNow), counts(backBefore, backNow)
	m := r.Media
	if m == nil || m.Loss == nil {
		t.Fatalf("no loss was measured: %+v", m)
	}
	t.Logf("relay: there %+v, back %+v; probe: loss %.4f, jitter %v, round trip %v, R %.1f, MOS %.2f", there, back, *m.Loss, *m.Jitter, *m.RoundTrip, *m.R, *m.MOS)
	// What the relay lost is known to the packet.
	if want := float64(there.Lost) / float64(there.Lost+there.Passed); math.Abs(*m.Loss-want) > 1e-9 || want < 0.02 || want > 0.11 {
		t.Errorf("loss: want %.4f, got %.4f", want, *m.Loss)
	}
	// Two draws from 0 to 15 ms differ by 5 ms in the mean; timers and a busy machine add to it.
	if *m.Jitter < 4*time.Millisecond || *m.Jitter > 20*time.Millisecond {
		t.Errorf("jitter: want 5 ms or little more, got %v", *m.Jitter)
	}
	if *m.RoundTrip < 47*time.Millisecond || *m.RoundTrip > 150*time.Millisecond { // 40 ms and 7.5 in the mean
		t.Errorf("round trip: want 47.5 ms or little more, got %v", *m.RoundTrip)
	}
	// The E-model by hand for 6 %: Ie,eff = 95*6/(6+25.1) = 18.3, Id of some 55 ms 1.3, R 73.6, MOS 3.77; the relay's own loss is
	// 2 to 11 %, so R is 64 to 86.
	if *m.MOS < 3 || *m.MOS > 4.25 {
		t.Errorf("MOS: want about 3.8, got %.2f", *m.MOS)
	}

	r = call(100, lossy.Impairment{}, lossy.Impairment{})
	wantResult(t, r, sipprobe.OK, sipprobe.GradeMedia, 200)
	if *r.Media.Loss != 0 || *r.Media.MOS < 4.3 || r.Media.Burst != nil {
		t.Errorf("a good network: loss %v, MOS %v", *r.Media.Loss, *r.Media.MOS)
	}

	// An echo without RTCP tells of neither direction when one is blocked: nothing comes back either way, and that is all that is said.
	for name, blocked := range map[string][2]lossy.Impairment{"there": {{Blocked: true}, {}}, "back": {{}, {Blocked: true}}} {
		r = call(50, blocked[0], blocked[1])
		wantResult(t, r, sipprobe.FailNoMedia, sipprobe.GradeServed, 200)
		if m := r.Media; m.Out != nil || m.In != nil || m.Loss != nil || m.MOS != nil || !*r.Released {
			t.Errorf("blocked %s: more is claimed than is known: %+v", name, m)
		}
	}
}
