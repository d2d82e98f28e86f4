package rules

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/voipbin/observability/internal/spec"
)

// A platform of a hundred calls with every kind of end: what the key figures must be is worked out by hand.
func TestKeyFigures(t *testing.T) {
	t.Parallel()
	tool := promtool(t)
	out := buildSpec(t)
	// Every counter stands for 30 minutes and then rises by the given number at once.
	count := func(name string, labels map[string]string, n string) TestSeries {
		return series(name, labels, "0x30 "+n+"x30")
	}
	cause := func(name, n string) TestSeries {
		return count("kamailio_call_setup_outcomes_total", map[string]string{"instance": "kamailio-1", "cause": name}, n)
	}
	dial := func(outcome, n string) TestSeries {
		return count("asterisk_dials_total", map[string]string{"instance": "asterisk-1", "technology": "PJSIP", "outcome": outcome}, n)
	}
	registration := func(result, n string) TestSeries {
		return count("kamailio_registrar_registrations_total", map[string]string{"instance": "kamailio-1", "result": result}, n)
	}
	bucket := func(le, n string) TestSeries {
		return count("sip_session_request_delay_seconds_bucket", map[string]string{"instance": "edge-echo", "le": le}, n)
	}
	input := []TestSeries{
		cause("2xx", "50"), cause("3xx", "4"), cause("401_407", "16"), cause("404", "6"), cause("480", "5"), cause("486", "10"), cause("6xx", "5"),
		cause("408", "2"), cause("500", "1"), cause("503", "1"),
		registration("accepted", "195"), registration("rejected", "5"),
		dial("answer", "60"), dial("busy", "10"), dial("noanswer", "10"), dial("cancel", "10"), dial("congestion", "6"), dial("chanunavail", "4"),
		count("asterisk_call_duration_seconds_sum", map[string]string{"instance": "asterisk-1"}, "9000"),
		count("asterisk_call_duration_seconds_count", map[string]string{"instance": "asterisk-1"}, "50"),
		bucket("0.1", "0"), bucket("0.25", "80"), bucket("0.5", "100"), bucket("+Inf", "100"),
	}
	value := func(record string, want float64, labels ...string) ExprTest {
		e := ExprTest{Expr: record, EvalTime: "40m", Expected: []ExpectedSample{{Labels: record + strings.Join(labels, ""), Value: want}}}
		return e
	}
	story := TestGroup{
		Name: "key figures", Interval: "1m", InputSeries: input,
		ExprTests: []ExprTest{
			value(sessionEstablishment, 50.0/80), value(sessionEffectiveness, 70.0/80), value(ineffectiveSessions, 4.0/100),
			value(ineffectiveRegistrations, 5.0/200), value(answerSeizure, 0.6), value(networkEffectiveness, 0.9), value(averageCallDuration, 180),
			value(sessionRequestDelay, 0.4375, `{instance="edge-echo"}`),
			// Nobody registers over the prober, and before anything happens there are no ratios at all.
			{Expr: registrationRequestDelay, EvalTime: "40m", Expected: []ExpectedSample{}},
			{Expr: sessionEstablishment + " or " + answerSeizure, EvalTime: "20m", Expected: []ExpectedSample{}},
		},
	}
	// The exporter was started in an outage: it has seen no outcome but one.
	outage := TestGroup{
		Name: "no attempt is answered", Interval: "1m", InputSeries: []TestSeries{dial("congestion", "6")},
		ExprTests: []ExprTest{
			value(answerSeizure, 0), value(networkEffectiveness, 0),
			{Expr: answerSeizure + " or " + networkEffectiveness, EvalTime: "20m", Expected: []ExpectedSample{}},
		},
	}
	test := testFile("keyfigures_test.yaml", minuteStep, []string{"calls.yaml"}, nil, told(story, outage))
	dir := writeFiles(t, append(ruleFiles(out), written{test.Path, test.Make()}))
	run(t, tool, "test", "rules", filepath.Join(dir, test.Path))
}

// What a platform does not have, it has no figures of.
func TestKeyFiguresOfWhatIsThere(t *testing.T) {
	t.Parallel()
	out := buildSpec(t, func(s *spec.Spec) {
		s.Platform.MediaServers, s.Platform.SIPProber = spec.MediaServerTier{}, spec.SIPProber{}
	})
	for _, r := range rulesOf(t, out) {
		if strings.Contains(r.Expr, "asterisk_") || strings.Contains(r.Expr, "sip_session") {
			t.Errorf("%s%s reads what is not there: %s", r.Record, r.Alert, r.Expr)
		}
	}
}
