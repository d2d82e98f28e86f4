package rules

import (
	"fmt"
	"math"
	"time"

	"github.com/voipbin/observability/internal/metric"
	"github.com/voipbin/observability/internal/slo"
)

// capacityAlert tells when the loss of one node would leave more calls than the others carry.
func (k *kamailioTier) capacityAlert() {
	const name = "KamailioCapacityHigh"
	rules := k.limitRules(name, capacityUsed, k.limits.Capacity, nil, "The SIP proxy tier is filling up", "The SIP proxy tier could not lose a node",
		fmt.Sprintf("of the %d calls that %d of %d nodes carry are in progress", k.capacity(), k.survivors(), len(k.nodes)))
	k.alert(Alert{
		Name: name, Severity: slo.Page, Rules: rules,
		Summary: "The SIP proxy tier carries nearly what it could carry with one node lost",
		Meaning: fmt.Sprintf("Calls in progress, as the dialog module of all proxies counts them, exceed a share of %d: what is left of the tier when one of its %d nodes is lost (N-1). %s",
			k.capacity(), len(k.nodes), ticketAndPage(k.limits.Capacity)),
		Impact: "None yet. If a node is lost now, the others are pushed beyond what they are sized for: answers become slow, INVITEs are retransmitted, and calls fail everywhere.",
		Look: []string{
			"the Kamailio board: calls by node, and whether one customer or one attack makes the rise",
			"`promtool query instant http://localhost:9090 '" + concurrentCalls + "'` for the calls of each node",
			"`kamcmd dlg.stats_active` on a node; `ongoing` are calls, `starting`, `connecting` and `answering` are in set-up",
			"`kamcmd pike.top` where the pike module is loaded: sources that send unusually much",
		},
		Do: []string{
			"If the rise is an attack or a loop, block its source at the edge.",
			"If it is real traffic, add a node to the tier and to spec/platform.yaml, and run `obsgen generate`.",
			"When it pages and no node can be added in time, limit new calls (ratelimit or pipelimit module) rather than losing calls in progress.",
		},
		FalsePositives: []string{
			"Dialogs that were never ended, because a BYE was lost, count until they time out: compare with the calls on RTPEngine and Asterisk.",
			"calls_per_node in spec/platform.yaml is smaller than what the machines really carry: measure, then raise it.",
		},
	}, k.capacityStories(name, rules)...)
}

// capacity is how many calls the tier carries with one node lost.
func (k *kamailioTier) capacity() int { return k.survivors() * k.callsPerNode }

// capacityStories prove both limits, and that an unknown number of calls is no small number.
func (k *kamailioTier) capacityStories(name string, rules []Rule) []TestGroup {
	const before, after = 5 * time.Minute, 5 * time.Minute
	busy := 2*stepsUp(k.limits.Capacity.For) + 10*time.Minute
	length := before + busy + after
	hold := before + stepsUp(k.limits.Capacity.For)
	load := func(share float64) []phase {
		return []phase{{length: before, value: 1}, {length: busy, value: k.callsEach(share)}, {length: after, value: 1}}
	}
	above := func(limit float64) float64 { return limit + (1-limit)/4 }
	text := func(share float64) string {
		return fmt.Sprintf("%.4g%%", 100*k.callsEach(share)*float64(len(k.nodes))/float64(k.capacity()))
	}
	story := func(title string, proves []Proof, calls []phase, tests ...AlertTest) TestGroup {
		return TestGroup{
			Name: name + ": " + title, Interval: slo.FormatDuration(storyStep), Proves: proves,
			InputSeries: k.callSeries(length, calls, len(k.nodes)), AlertTests: tests,
		}
	}
	ticket, page := min(above(k.limits.Capacity.Warn), k.limits.Capacity.Page), above(k.limits.Capacity.Page)
	silent := story("a proxy that does not tell its calls", []Proof{Silent}, load(page), at(hold, name), at(before+busy-storyStep, name))
	silent.InputSeries = k.callSeries(length, load(page), len(k.nodes)-1)
	return []TestGroup{
		story("the lower limit opens a ticket", []Proof{Fires, Holds, Resets}, load(ticket),
			at(hold-storyStep, name),
			at(hold, name, firing(rules[0], nil, text(ticket), nil)),
			at(before+busy-storyStep, name, firing(rules[0], nil, text(ticket), nil)),
			at(before+busy, name)),
		story("the upper limit pages", []Proof{Fires, Holds, Resets}, load(page),
			at(hold-storyStep, name),
			at(hold, name, firing(rules[0], nil, text(page), nil), firing(rules[1], nil, text(page), nil)),
			at(before+busy, name)),
		story("just below the lower limit", []Proof{Holds}, load(k.limits.Capacity.Warn-0.005), at(hold, name), at(before+busy-storyStep, name)),
		silent,
		story("no calls at all", []Proof{Silent}, []phase{{length: length}}, at(hold, name)),
	}
}

// callsEach is the number of calls on each node that together are a share of the capacity, or just less.
func (k *kamailioTier) callsEach(share float64) float64 {
	return math.Floor(slo.Clean(share * float64(k.capacity()) / float64(len(k.nodes))))
}

// callSeries are proxies that are up, the first few of which tell their calls.
func (k *kamailioTier) callSeries(length time.Duration, calls []phase, telling int) []TestSeries {
	list := make([]TestSeries, 0, 2*len(k.nodes))
	for i, n := range k.nodes {
		list = append(list, series(metric.KamailioKit.Up.Name, k.targetLabels(n), gauge(storyStep, phase{length: length, value: 1})))
		if i < telling {
			labels := merge(k.targetLabels(n), map[string]string{"state": "ongoing"})
			list = append(list, series(metric.KamailioDialogs.Name, labels, gauge(storyStep, calls...)))
		}
	}
	return list
}
