//go:build integration

package integration

import (
	"context"
	"fmt"
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
