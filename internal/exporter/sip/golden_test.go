package sip

import (
	"context"
	"errors"
	"net/netip"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/voipbin/observability/internal/exporter"
	"github.com/voipbin/observability/internal/exporter/exportertest"
	"github.com/voipbin/observability/internal/metric"
	"github.com/voipbin/observability/internal/sipprobe"
)

func suite() exportertest.Suite {
	return exportertest.Suite{Families: metric.SIP(), Kit: metric.SIPKit}
}

// everything are the names of all collectors.
func everything() []string {
	var names []string
	for _, c := range Collectors() {
		names = append(names, c.Name)
	}
	return names
}

// showing is a target whose probes have these results, one after the other, the last for ever.
func showing(t *testing.T, m Module, results ...sipprobe.Result) *exporter.Target {
	t.Helper()
	next := 0
	w := newWatch(Options{Name: "edge", Module: m, Collectors: everything(), Now: exportertest.Now}, func(context.Context) sipprobe.Result {
		r := results[min(next, len(results)-1)]
		next++
		return r
	})
	target, err := w.target()
	if err != nil {
		t.Fatal(err)
	}
	return target
}

func ptr[T any](v T) *T { return &v }

func ms(n int) *time.Duration { return ptr(time.Duration(n) * time.Millisecond) }

// answered is a result of two seconds.
func answered(m sipprobe.Method, g sipprobe.Grade, o sipprobe.Outcome, status int) sipprobe.Result {
	r := sipprobe.Result{
		Method: m, Began: exportertest.Now().Add(-2 * time.Second), Ended: exportertest.Now(), Grade: g, Outcome: o, Status: status,
		Transport: sipprobe.UDP, Peer: netip.MustParseAddrPort("192.0.2.9:5060"), Delay: ms(25),
	}
	if o != sipprobe.OK {
		r.Err = errors.New("why")
	}
	return r
}

func options() sipprobe.Result {
	r := answered(sipprobe.Options, sipprobe.GradeServed, sipprobe.OK, 200)
	r.Transport, r.Resolve, r.Connect, r.Handshake = sipprobe.TLS, ms(3), ms(1), ms(8)
	r.Certificate = &sipprobe.Certificate{NotAfter: time.Date(2020, 2, 1, 0, 0, 0, 0, time.UTC), Verified: true, Version: "TLS 1.3"}
	r.Expectations = []bool{true, false}
	return r
}

func call() sipprobe.Result {
	r := answered(sipprobe.Invite, sipprobe.GradeMedia, sipprobe.OK, 200)
	r.RequestDelay, r.PostDial, r.DisconnectDelay, r.Released = ms(40), ms(90), ms(5), ptr(true)
	r.Retransmissions, r.Strays = 1, 2
	r.Media = &sipprobe.MediaReport{
		Sent: 200, Received: 195, Echoed: 190, Early: 3, Repeated: 1, Reordered: 2, Out: ptr(true), In: ptr(true),
		Loss: ptr(0.05), OutLoss: ptr(0.03), InLoss: ptr(0.02), Burst: ptr(1.2), Jitter: ms(6), RoundTrip: ms(80), FirstPacket: ms(60),
		R: ptr(72.5), MOS: ptr(3.7), Reports: 4,
	}
	return r
}

func expecting() Module {
	return Module{Probe: sipprobe.Probe{Expect: sipprobe.Expect{Headers: []sipprobe.HeaderRule{{Name: "Server"}, {Name: "X-Region", Match: regexp.MustCompile("eu")}}}}}
}

func TestGolden(t *testing.T) {
	t.Parallel()
	registered := answered(sipprobe.Register, sipprobe.GradeRegistered, sipprobe.OK, 200)
	registered.Released = ptr(true)
	silent := sipprobe.Result{
		Method: sipprobe.Options, Began: exportertest.Now().Add(-time.Second), Ended: exportertest.Now(), Outcome: sipprobe.FailTimeout,
		Err: errors.New("no answer"), Transport: sipprobe.UDP, Peer: netip.MustParseAddrPort("192.0.2.9:5060"), Retransmissions: 1,
	}
	oneWay := answered(sipprobe.Invite, sipprobe.GradeServed, sipprobe.FailOneWay, 200)
	oneWay.Media = &sipprobe.MediaReport{Sent: 200, Out: ptr(true), In: ptr(false), OutLoss: ptr(0.), Reports: 2}
	oneWay.RequestDelay, oneWay.Released = ms(40), ptr(false)
	for name, target := range map[string]*exporter.Target{
		"options":    showing(t, expecting(), options()),
		"register":   showing(t, Module{}, registered),
		"call":       showing(t, Module{}, call()),
		"one_way":    showing(t, Module{}, oneWay),
		"silent":     showing(t, Module{}, silent),
		"unresolved": showing(t, Module{}, sipprobe.Result{Method: sipprobe.Options, Began: exportertest.Now(), Ended: exportertest.Now(), Outcome: sipprobe.FailDNS, Err: errors.New("no such name")}),
		"rejected":   showing(t, Module{}, answered(sipprobe.Register, sipprobe.GradeAnswered, sipprobe.FailAuth, 401)),
	} {
		suite().Golden(t, target, "testdata/golden/"+name+".prom")
	}
	suite().Covered(t, "testdata/golden/*.prom", map[string]string{
		metric.SIPKit.SeriesDropped.Name: "nothing is dropped: no label is open",
	})
}

// Every outcome and grade of a probe has its word in the catalogue, and no other.
func TestTheWordsAreThoseOfTheCatalogue(t *testing.T) {
	t.Parallel()
	var outcomes []string
	for _, o := range sipprobe.Outcomes() {
		outcomes = append(outcomes, string(o))
		got := suite().Scrape(t, showing(t, Module{}, sipprobe.Result{Method: sipprobe.Options, Outcome: o, Err: errors.New("why")}))
		suite().Check(t, got)
		if got.Up || !strings.Contains(got.Text, `sip_probe_outcome{outcome="`+string(o)+`"} 1`) || !strings.Contains(got.Text, "sip_probe_grade 0") {
			t.Errorf("outcome %s:\n%s", o, got.Text)
		}
	}
	if diff := cmp.Diff(metric.SIPProbeOutcomes(), outcomes); diff != "" {
		t.Errorf("outcomes (-catalogue +sipprobe):\n%s", diff)
	}
	if n := len(metric.SIPGrades()); sipprobe.Grade(n) != sipprobe.GradeMedia {
		t.Errorf("the catalogue has %d grades", n)
	}
}

// What a target counts grows from probe to probe; a call that proves audio has not registered anybody.
func TestTotals(t *testing.T) {
	t.Parallel()
	target := showing(t, Module{}, call(), call(), options(), answered(sipprobe.Options, sipprobe.GradeAnswered, sipprobe.FailRejected, 503))
	var got exportertest.Scrape
	for range 4 {
		got = suite().Scrape(t, target)
		suite().Check(t, got)
	}
	for _, want := range []string{
		`sip_probes_total{outcome="ok"} 3`, `sip_probes_total{outcome="rejected"} 1`, `sip_probes_total{outcome="timeout"} 0`,
		`sip_probes_reached_total{grade="L1"} 4`, `sip_probes_reached_total{grade="L2"} 3`, `sip_probes_reached_total{grade="L3"} 0`,
		`sip_probes_reached_total{grade="L4"} 2`, `sip_response_seconds_count{method="OPTIONS"} 2`, "sip_session_request_delay_seconds_sum 0.08",
		`sip_call_mos_bucket{le="3.6"} 0`, `sip_call_mos_bucket{le="4"} 2`, `sip_call_loss_ratio_bucket{le="0.05"} 2`, "sip_call_round_trip_seconds_count 2",
	} {
		if !strings.Contains(got.Text, "\n"+want+"\n") {
			t.Errorf("no %s in\n%s", want, got.Text)
		}
	}
}
