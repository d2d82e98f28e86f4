package rules

import (
	"fmt"
	"time"

	"github.com/voipbin/observability/internal/metric"
	"github.com/voipbin/observability/internal/slo"
)

// callSetupStories prove the canonical records of call set-up on two proxies: one that counts exactly, whatever its core
// says beside it, and one whose core must be enough. In a tier of one, the first is all there is.
func (k *kamailioTier) callSetupStories() []TestGroup {
	const quiet, busy = 30 * time.Minute, 50 * time.Minute
	rises := func(before, then float64) []phase {
		return []phase{{length: quiet, rise: before}, {length: busy, rise: then}}
	}
	exact := k.targetLabels(k.nodes[0])
	count := func(name string, labels, more map[string]string, before, then float64) TestSeries {
		return series(name, merge(labels, more), counterValues(storyStep, rises(before, then)...))
	}
	label := func(pairs ...string) map[string]string {
		m := make(map[string]string)
		for i := 0; i < len(pairs); i += 2 {
			m[pairs[i]] = pairs[i+1]
		}
		return m
	}
	// Every cause of the platform's own brings one failure a step and then two, the neutral ones many ends that are none.
	input := []TestSeries{
		count(metric.KamailioCallSetupAttempts.Name, exact, nil, 30, 40),
		count(metric.KamailioRequestsByMethod.Name, exact, label("method", "invite"), 1000, 1000),
	}
	causes := metric.CallSetupFailures()
	failing := float64(len(causes))
	for _, cause := range causes {
		input = append(input, count(metric.KamailioCallSetupOutcomes.Name, exact, label("cause", cause), 1, 2))
	}
	for _, cause := range []string{"2xx", "404", "486", "487"} {
		input = append(input, count(metric.KamailioCallSetupOutcomes.Name, exact, label("cause", cause), 2, 2))
	}
	tests := k.callSetupValues(quiet+busy, exact["instance"], methodExact, quiet,
		traffic{events: 30, failed: failing}, traffic{events: 40, failed: 2 * failing})
	if len(k.nodes) > 1 {
		core := k.targetLabels(k.nodes[1])
		request := func(method string, before, then float64) TestSeries {
			return count(metric.KamailioRequestsByMethod.Name, core, label("method", method), before, then)
		}
		reply := func(class string, before, then float64) TestSeries {
			return count(metric.KamailioRepliesByMethod.Name, core, label("method", "invite", "class", class), before, then)
		}
		sent := func(class, code string, before, then float64) TestSeries {
			return count(metric.KamailioSLReplies.Name, core, label("class", class, "code", code), before, then)
		}
		// At first, of 30 INVITEs 20 get 2xx, 3 get 4xx of which one is a 408, 1 gets 5xx, 1 a stateless 500, 1 a stateless
		// 408, 1 a stateless 404, and 3 time out: 27 ACKs for 24 replies. Failed are 1 + 1 + 1 + 1 + 3. Then, of 40 INVITEs
		// 12 get 2xx, 7 get 4xx of which one is a 408, 3 get 5xx, 2 a stateless 500, 1 a stateless 408, 5 a stateless 404,
		// and 10 time out: 32 ACKs for 22 replies. Failed are 1 + 3 + 2 + 1 + 10.
		input = append(input,
			request("invite", 30, 40), request("ack", 27, 32), request("options", 500, 500),
			reply("1xx", 60, 60), reply("2xx", 20, 12), reply("4xx", 3, 7), reply("5xx", 1, 3),
			count(metric.KamailioRepliesByCode.Name, core, label("code", "408"), 1, 1),
			sent("5xx", "500", 1, 2), sent("4xx", "408", 1, 1), sent("4xx", "404", 1, 5))
		tests = append(tests, k.callSetupValues(quiet+busy, core["instance"], methodApproximate, quiet,
			traffic{events: 30, failed: 7}, traffic{events: 40, failed: 17})...)
	}
	return []TestGroup{{
		Name: "call set-up is counted exactly where it can be, else from the core", Interval: slo.FormatDuration(storyStep),
		InputSeries: input, ExprTests: tests,
	}, k.boundedStory()}
}

// callSetupValues says what the records of a proxy are at the end of a quiet and a busy stretch, by steps of traffic.
func (k *kamailioTier) callSetupValues(t time.Duration, instance, method string, turn time.Duration, before, then traffic) []ExprTest {
	before.length, then.length = turn, t-turn
	value := func(name string, want float64) ExprTest {
		labels := fmt.Sprintf("{instance=%q}", instance)
		return ExprTest{Expr: name + labels, EvalTime: promDuration(t), Expected: []ExpectedSample{{Labels: name + labels, Value: want}}}
	}
	perSecond := float64(time.Minute/storyStep) / 60
	info := fmt.Sprintf("%s{instance=%q, method=%q}", callSetupMethod, instance, method)
	tests := []ExprTest{
		value(callSetupRate, then.events*perSecond), value(callSetupFailureRate, then.failed*perSecond),
		{Expr: fmt.Sprintf("%s{instance=%q}", callSetupMethod, instance), EvalTime: promDuration(t), Expected: []ExpectedSample{{Labels: info, Value: 1}}},
	}
	for _, w := range BaseWindows() {
		events, failed := count([]traffic{before, then}, t-w, t, storyStep)
		tests = append(tests, value(windowed(callSetupAttempts, w), events), value(windowed(callSetupFailures, w), failed))
	}
	return tests
}

// boundedStory has replies that come twice, so that the difference is negative, and then more failures than attempts: the
// approximation stays between none and all.
func (k *kamailioTier) boundedStory() TestGroup {
	const twice, failing = 10 * time.Minute, 70 * time.Minute
	labels := k.targetLabels(k.nodes[0])
	count := func(name string, more map[string]string, before, then float64) TestSeries {
		return series(name, merge(labels, more), counterValues(storyStep, phase{length: twice, rise: before}, phase{length: failing, rise: then}))
	}
	is := func(t, window time.Duration, want float64) ExprTest {
		text := fmt.Sprintf("%s{instance=%q}", windowed(callSetupFailures, window), k.nodes[0].Name)
		return ExprTest{Expr: text, EvalTime: promDuration(t), Expected: []ExpectedSample{{Labels: text, Value: want}}}
	}
	tests := []ExprTest{is(twice, BaseWindows()[0], 0)}
	for _, w := range BaseWindows() {
		tests = append(tests, is(twice+failing, w, 10*float64(w/storyStep)))
	}
	return TestGroup{
		Name: "approximate failures are neither below none nor above all", Interval: slo.FormatDuration(storyStep),
		InputSeries: []TestSeries{
			count(metric.KamailioRequestsByMethod.Name, map[string]string{"method": "invite"}, 10, 10),
			count(metric.KamailioRequestsByMethod.Name, map[string]string{"method": "ack"}, 10, 10),
			count(metric.KamailioRepliesByMethod.Name, map[string]string{"method": "invite", "class": "2xx"}, 25, 0),
			count(metric.KamailioRepliesByMethod.Name, map[string]string{"method": "invite", "class": "5xx"}, 0, 15),
		},
		ExprTests: tests,
	}
}
