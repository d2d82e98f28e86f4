package lab

import (
	"fmt"
	"io"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/voipbin/observability/internal/lab/asterisk"
	"github.com/voipbin/observability/internal/lab/rtpengine"
	"github.com/voipbin/observability/internal/lab/sipp"
)

// known are whole calls as Prometheus tells them when all is well: 3 answered, 2 refused, and 2 of the prober.
func known() WholeCalls {
	return WholeCalls{
		ByCause: map[string]int{"0": 4, "16": 1, "17": 1, "21": 1, "34": 0}, Ended: 7, Silent: 2, Probes: 2, Grade: 4, MOS: 4.4, Loss: 0,
	}
}

func answered() map[string]sipp.Counts {
	return map[string]sipp.Counts{
		pbx(asterisk.UserEcho): {Attempts: 3, Final: map[int]int{200: 3}}, pbx(asterisk.UserBusy): {Attempts: 2, Final: map[int]int{486: 1, 403: 1}},
	}
}

// queued are callers of queues, and what has to be known of them.
func queued() (map[string]sipp.Counts, map[string]int) {
	of := func(n int) sipp.Counts { return sipp.Counts{Attempts: n, Final: map[int]int{200: n}} }
	return map[string]sipp.Counts{
			pbx(asterisk.UserQueue): of(3), pbx(asterisk.UserEmptyQueue): of(2), pbx(asterisk.UserQueueTimeout): of(1), pbx(asterisk.UserEcho): of(7),
		}, map[string]int{
			"queue support joined": 3, "queue support waited, answered": 3, "queue support talked, ended by caller": 3, "queue support completed, Asterisk's": 3,
			"queue empty joined": 3, "queue empty waited, abandoned": 3, "queue empty abandoned, Asterisk's": 3,
		}
}

func TestWholeCallsAgree(t *testing.T) {
	t.Parallel()
	c := CompareCalls(answered(), known())
	if got := c.Problems(); len(got) != 0 {
		t.Errorf("want no difference, got %q", got)
	}
	var out strings.Builder
	if err := c.Write(&out); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"cause 0 or 16     3       2           5           0\n", "cause 17     1       0           1           0\n",
		"relayed with audio     3       2           5           0\n", "relayed, no audio     2       0           2           0\n",
		"probe L4, MOS 4.40, loss 0 %\n",
	} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("want %q in\n%s", want, out.String())
		}
	}
}

func TestWholeCallsTellEachDifference(t *testing.T) {
	t.Parallel()
	f := func(name string, change func(map[string]sipp.Counts, *WholeCalls), want ...string) {
		t.Helper()
		seen, k := answered(), known()
		change(seen, &k)
		if diff := cmp.Diff(want, CompareCalls(seen, k).Problems()); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
	f("a hangup missed", func(_ map[string]sipp.Counts, k *WholeCalls) { k.ByCause["0"]-- },
		"cause 0 or 16: SIPp saw 3, the prober 2, Prometheus says 4")
	f("a cause that no caller saw", func(_ map[string]sipp.Counts, k *WholeCalls) { k.ByCause["127"] = 1 },
		"cause 127: SIPp saw 0, the prober 0, Prometheus says 1")
	f("a status without a cause", func(s map[string]sipp.Counts, _ *WholeCalls) { s["pbx-x"] = sipp.Counts{Final: map[int]int{404: 1}} },
		"status 404: SIPp saw 1, the prober 0, Prometheus says 0", "relayed, no audio: SIPp saw 3, the prober 0, Prometheus says 2")
	f("congestion, as tm relays it", func(s map[string]sipp.Counts, k *WholeCalls) {
		s["pbx-x"] = sipp.Counts{Final: map[int]int{500: 1}}
		k.ByCause["34"], k.Ended, k.Silent = 1, 8, 3
	})
	f("a session that goes on", func(_ map[string]sipp.Counts, k *WholeCalls) { k.Ended-- },
		"relayed with audio: SIPp saw 3, the prober 2, Prometheus says 4")
	f("an answered call without audio", func(_ map[string]sipp.Counts, k *WholeCalls) { k.Silent++ },
		"relayed with audio: SIPp saw 3, the prober 2, Prometheus says 4", "relayed, no audio: SIPp saw 2, the prober 0, Prometheus says 3")
	f("a prober that is not content", func(_ map[string]sipp.Counts, k *WholeCalls) { k.ProbesFailed, k.Grade = 1, 2 },
		"1 probes failed", "the probe's grade is L2 instead of L4")
	f("a prober that has not called yet", func(_ map[string]sipp.Counts, k *WholeCalls) {
		k.Grade, k.MOS, k.Loss = unknown(), unknown(), unknown()
	},
		"the probe's grade is unknown instead of L4", "the probe measured no audio")
}

// mediaResults is what Prometheus answers about a media tier that has ended so many sessions.
func mediaResults(ended string) map[string]string {
	return map[string]string{
		hangupsByCause: value(`"cause":"0"`, "1") + "," + value(`"cause":"17"`, "1"), relayedEnded: value("", ended), relayedSilent: value("", "1"),
		probedCalls: value("", "1"), probesFailed: value("", "0"), probeGrade: value("", "4"), probeMOS: value("", "4.4"), probeLoss: value("", "0"),
		callsInPBX: value("", "7"), mediaStreams: value("", "14"),
	}
}

func TestWholeCallsAreRead(t *testing.T) {
	t.Parallel()
	l := fakeLab(t, prometheus(t, mediaResults("2"), ""))
	got, err := l.WholeCalls(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	want := WholeCalls{ByCause: map[string]int{"0": 1, "17": 1}, Queues: map[string]int{}, Ended: 2, Silent: 1, Probes: 1, Grade: 4, MOS: 4.4}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	results := mediaResults("2")
	delete(results, relayedEnded)
	_, err = fakeLab(t, prometheus(t, results, "")).WholeCalls(t.Context())
	if err == nil || err.Error() != "prometheus has no "+relayedEnded {
		t.Errorf("want an error where a counter is missing, got %v", err)
	}
	delete(results, probeMOS)
	results[relayedEnded] = value("", "2")
	got, err = fakeLab(t, prometheus(t, results, "")).WholeCalls(t.Context())
	if err != nil || !math.IsNaN(got.MOS) {
		t.Errorf("want an unknown score before the first call, got %v, %v", got.MOS, err)
	}
}

func TestMediaSummary(t *testing.T) {
	t.Parallel()
	l := fakeLab(t, prometheus(t, mediaResults("2"), ""))
	l.Media = &Media{}
	s, err := l.Summary(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	const want = "Asterisk 7 calls, 14 media streams, probe L4, MOS 4.40"
	if got := s.Line(); !strings.Contains(got, "  "+want+"  targets 0/0") {
		t.Errorf("want %q in the line, got %q", want, got)
	}
	if got := s.Screen(); !strings.Contains(got, "\n  whole calls      "+want+"\n") {
		t.Errorf("want %q on the screen, got\n%s", want, got)
	}
	nothing := MediaSummary{unknown(), unknown(), unknown(), unknown()}
	if got, want := nothing.String(), "Asterisk unknown calls, unknown media streams, probe unknown, MOS unknown"; got != want {
		t.Errorf("want %q, got %q", want, got)
	}
}

// checkedMedia is checked with a media tier that has ended so many sessions, and whose calls SIPp knows nothing of.
func checkedMedia(t *testing.T, ended string) *Lab {
	t.Helper()
	l := &Lab{run: fakeRun(t), Media: &Media{}, patience: 10 * time.Millisecond}
	l.Telephony = telephony(t, l.run)
	results, asked := mediaResults(ended), 0
	results[hangupsByCause] = value(`"cause":"0"`, "5")
	results[relayedSilent] = value("", "0")
	l.Monitoring = &Monitoring{API: prometheusWith(t, scraped("a", "up", ""), func(query string) string {
		n := 0
		if asked >= 2 {
			n = 4
		}
		switch {
		case strings.HasPrefix(query, "sum(kamailio"):
			asked++
			return value("", fmt.Sprint(n))
		case strings.HasPrefix(query, "sum by (cause) (kamailio"):
			asked++
			return value(`"cause":"2xx"`, fmt.Sprint(n))
		case query == successShare:
			return value("", "1")
		}
		return results[query]
	})}
	return l
}

func TestCheckOfWholeCalls(t *testing.T) {
	t.Parallel()
	mix := []Leg{{User: pbx("echo"), Rate: 1, Calls: 4}}
	var out strings.Builder
	if err := checkedMedia(t, "5").Check(t.Context(), &out, mix); err != nil {
		t.Error(err)
	}
	if want := "relayed with audio     4       1           5           0\n"; !strings.Contains(out.String(), want) {
		t.Errorf("want %q in\n%s", want, out.String())
	}
	err := checkedMedia(t, "4").Check(t.Context(), io.Discard, mix)
	if want := "relayed with audio: SIPp saw 4, the prober 1, Prometheus says 4"; err == nil || err.Error() != want {
		t.Errorf("want %q, got %v", want, err)
	}
}

// More calls at a time than RTPEngine has ports for would be refused, and the check would find a difference.
func TestMediaMixesFitTheRelay(t *testing.T) {
	t.Parallel()
	const portsOfCall = 4
	for name, mix := range map[string][]Leg{"usual": UsualMediaMix(), "bounded": BoundedMediaMix()} {
		atATime := 1.0 // the prober's
		for _, leg := range mix {
			atATime += leg.Rate * leg.Hold.Seconds()
		}
		if got := atATime * portsOfCall; got > 0.7*rtpengine.Ports {
			t.Errorf("%s: %v ports at a time of %d", name, got, rtpengine.Ports)
		}
	}
}
