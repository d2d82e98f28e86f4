package rules

import (
	"fmt"
	"strings"
	"time"

	"github.com/voipbin/observability/internal/metric"
	"github.com/voipbin/observability/internal/spec"
)

// Values of the method label of callSetupMethod.
const (
	methodExact       = "exact"
	methodApproximate = "approximate"
)

// platformCauses are the ends of a call set-up that are the platform's own failure: those of RFC 6076's ineffective
// session attempts that a proxy answers for (408, 500, 503, 504), and no answer at all. Everything else is what a healthy
// platform tells its callers: busy, not found, declined, cancelled.
func platformCauses() []string { return []string{"408", "timeout", "500", "503", "504"} }

// invites selects the INVITEs that a proxy received.
func invites() string { return metric.KamailioRequestsByMethod.Name + `{method="invite"}` }

// callSetup writes the two ways to count call attempts and failures: exactly, where kamailio.cfg includes
// observability.cfg, and approximately, where it does not. The choice is made for each proxy at each evaluation: a proxy
// that exports the exact counters is counted by them.
type callSetup struct {
	anchored bool
}

// attempts is the number of initial INVITEs in a window, by instance.
func (c callSetup) attempts(window time.Duration) string {
	return c.sum(metric.KamailioCallSetupAttempts.Name, window) + " or " + c.approximateAttempts(window)
}

// failures is the number of calls in a window that the platform failed, by instance.
func (c callSetup) failures(window time.Duration) string {
	exact := fmt.Sprintf(`%s{cause=~%q}`, metric.KamailioCallSetupOutcomes.Name, strings.Join(platformCauses(), "|"))
	return c.sum(exact, window) + " or " + c.approximateFailures(window)
}

// sum adds up the growth of counters by instance.
func (c callSetup) sum(selector string, window time.Duration) string {
	return fmt.Sprintf("sum by (instance) (%s)", increase(selector, window, c.anchored))
}

// approximateAttempts counts the INVITEs received. It is too high by retransmitted INVITEs and by re-INVITEs within
// calls, which the core does not tell from initial ones.
func (c callSetup) approximateAttempts(window time.Duration) string { return c.sum(invites(), window) }

// approximateFailures counts INVITEs that were answered by 5xx, plus INVITEs that nobody answered: those received less
// the final replies that came in from downstream and those that the proxy itself sent statelessly. It never falls below
// zero nor exceeds the attempts. Its errors:
//   - calls that ring at the end of the window count as unanswered, those that rang at its begin are taken off: the
//     difference is noise as large as the swing of calls in set-up;
//   - parallel forking brings several replies for one INVITE and hides as many unanswered ones;
//   - stateless replies to other methods hide as many unanswered INVITEs;
//   - retransmitted INVITEs count as unanswered, retransmitted final replies hide unanswered ones.
func (c callSetup) approximateFailures(window time.Duration) string {
	replies := metric.KamailioRepliesByMethod.Name
	received := c.sum(replies+`{method="invite",class=~"2xx|3xx|4xx|5xx|6xx"}`, window)
	failed := c.sum(replies+`{method="invite",class="5xx"}`, window)
	sent := c.sum(metric.KamailioSLReplies.Name+`{class=~"2xx|3xx|4xx|5xx|6xx"}`, window)
	attempts := c.approximateAttempts(window)
	unanswered := fmt.Sprintf("clamp_min(%s - %s - (%s or 0 * %s), 0)", attempts, received, sent, attempts)
	return fmt.Sprintf("%s and on (instance) %s", lesser(failed+" + "+unanswered, attempts), failed)
}

// accuracy says in a record's description what to think of its numbers.
func (c callSetup) accuracy() string {
	text := "Exact for proxies whose kamailio.cfg includes observability.cfg; for others derived from core and sl statistics, as docs/call-setup-sli.md describes."
	if !c.anchored {
		text += " This server extrapolates increases: around bursts a window is off by about a percent."
	}
	return text
}

// sourceFor returns what makes up events for the stories of an objective: call attempts on the first proxy, if that is what
// the objective counts, and if the server counts them exactly.
func (k *kamailioTier) sourceFor(o spec.SLO) eventSource {
	if !k.anchored {
		return nil
	}
	for _, e := range []spec.Expr{o.SLI.Errors, o.SLI.Total} {
		if !strings.Contains(e.Text, "voipbin:call_setup_") {
			return nil
		}
	}
	return k.callEvents
}

// callEvents are the exact counters of a proxy that is up, for a course of traffic. Failures end in 503.
func (k *kamailioTier) callEvents(step time.Duration, phases ...traffic) []TestSeries {
	var length time.Duration
	counts := map[string][]phase{}
	for _, t := range phases {
		length += t.length
		for name, rise := range map[string]float64{"attempts": t.events, "2xx": t.events - t.failed, "503": t.failed} {
			counts[name] = append(counts[name], phase{length: t.length, rise: rise, gap: t.gap})
		}
	}
	labels := k.targetLabels(k.tier.Nodes[0])
	outcome := func(cause string) TestSeries {
		return series(metric.KamailioCallSetupOutcomes.Name, merge(labels, map[string]string{"cause": cause}), counterValues(step, counts[cause]...))
	}
	return []TestSeries{
		series(metric.KamailioKit.Up.Name, labels, gauge(step, phase{length: length + step, value: 1})),
		series(metric.KamailioCallSetupAttempts.Name, labels, counterValues(step, counts["attempts"]...)),
		outcome("2xx"), outcome("503"),
	}
}
