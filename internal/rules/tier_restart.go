package rules

import (
	"fmt"
	"strconv"
	"time"

	"github.com/voipbin/observability/internal/slo"
)

// restartAlert tells of a daemon that starts over and over again. The texts come in a. One restart may be somebody's wish;
// what it was doing is lost all the same, which is what the other alerts are for.
func (w *watched) restartAlert(restarts int, a Alert) {
	a.Name, a.Severity = w.daemon+"Restarting", slo.Page
	rule := Rule{
		// A start time is known to within a second, so that an exporter that is restarted may move it once: no single change is
		// a restart.
		Expr:   fmt.Sprintf("changes(%s[1h]) >= %d", w.start.Name, restarts),
		Labels: map[string]string{"severity": slo.Page},
		Annotations: w.annotations(a.Name, w.board, w.daemon+" on {{ $labels.instance }} restarts again and again",
			"It has started {{ $value }} times in the last hour, so it most likely crashes."),
	}
	a.Rules = []Rule{rule}
	a.Summary = w.daemon + " crashes again and again"
	a.Meaning = fmt.Sprintf("%s started %d times or more within an hour on one node. Between the crashes it answers, so that the alert about a node that is down may never fire.", w.daemon, restarts)
	a.Look = append([]string{
		fmt.Sprintf("`journalctl -u %s --since -1h --no-pager | grep -E 'signal|core|Main process exited'` on the node", w.service),
		"`coredumpctl list` on the node: is there a core file for each restart?",
	}, a.Look...)
	a.FalsePositives = append(a.FalsePositives, "Somebody who tries out a configuration on a node in service: take the node out of the load balancer first.")
	w.alert(a, w.restartStories(a.Name, restarts, rule)...)
}

// restartStories prove how many restarts it takes.
func (w *watched) restartStories(name string, restarts int, rule Rule) []TestGroup {
	labels := w.targetLabels(w.nodes[0])
	// A daemon that runs for half an hour, and then starts at the given steps.
	const before = 30 * time.Minute
	start := func(changes int) TestSeries {
		phases := []phase{{length: before, value: 1000}}
		for i := range changes {
			phases = append(phases, phase{length: leakStep, value: 2000 + 300*float64(i)})
		}
		phases[len(phases)-1].length += 90 * time.Minute
		return series(w.start.Name, labels, gauge(leakStep, phases...))
	}
	last := before + time.Duration(restarts-1)*leakStep
	over := before + time.Hour // the first restart leaves the window
	story := func(title string, proves []Proof, input TestSeries, tests ...AlertTest) TestGroup {
		return TestGroup{Name: name + ": " + title, Interval: slo.FormatDuration(leakStep), Proves: proves, InputSeries: []TestSeries{input}, AlertTests: tests}
	}
	return []TestGroup{
		story("it crashes once more than is tolerated", []Proof{Fires, Holds, Resets}, start(restarts),
			at(last-leakStep, name), at(last, name, firing(rule, labels, strconv.Itoa(restarts), nil)), at(over+leakStep, name)),
		story("one restart less", []Proof{Holds}, start(restarts-1), at(last, name), at(over-leakStep, name)),
		story("it runs on", []Proof{Silent}, start(0), at(last, name), at(over, name)),
	}
}
