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

// invites selects the INVITEs that a proxy received.
func invites() string { return metric.KamailioRequestsByMethod.Name + `{method="invite"}` }

// callSetup writes the two ways to count call attempts and failures: exactly, where kamailio.cfg includes
// observability.cfg, and approximately, where it does not. The choice is made for each proxy at each evaluation: a proxy
// that exports the exact counters is counted by them.
type callSetup struct {
	anchored bool
}

// attempts is the number of initial INVITEs in a window, by instance. The approximation counts the INVITEs received: it is
// too high by retransmitted INVITEs and by re-INVITEs within calls, which the core does not tell from initial ones.
func (c callSetup) attempts(window time.Duration) string {
	return c.sum(window, metric.KamailioCallSetupAttempts.Name) + " or " + c.sum(window, invites())
}

// failures is the number of calls in a window that the platform failed, by instance. The approximation is never more
// than the attempts.
func (c callSetup) failures(window time.Duration) string {
	exact := fmt.Sprintf("%s{%s}", metric.KamailioCallSetupOutcomes.Name, among("cause", metric.CallSetupFailures()...))
	attempts, approximate := windowed(callSetupAttempts, window), windowed(callSetupApproximate, window)
	return fmt.Sprintf("%s or %s <= %s or (%s and %s)", c.sum(window, exact), approximate, attempts, attempts, approximate)
}

// approximateFailures counts INVITEs that were answered by 5xx or by a 408 from downstream, plus those that nobody
// answered. An INVITE that Kamailio gives up shows as an ACK, by which the caller takes the 408 that Kamailio made up,
// without a final reply that came in. ACKs come when replies do, so that calls in set-up make no difference, as they would
// if INVITEs were compared with replies. Its errors:
//   - final replies that come twice, as a 200 does whose ACK is late, and several final replies to one INVITE, as in
//     parallel forking or after a failover, hide as many unanswered ones;
//   - 2xx whose ACK does not pass the proxy, for want of Record-Route, hide as many;
//   - a 5xx of a destination that is followed by a success elsewhere counts as a failure;
//   - stateless 5xx replies to other methods count as failures;
//   - INVITEs that end without any answer are not seen;
//   - before Kamailio 6.0 a 408 from downstream is not told apart from other 4xx.
func (c callSetup) approximateFailures(window time.Duration) string {
	replies, sent := metric.KamailioRepliesByMethod.Name, metric.KamailioSLReplies.Name
	failed := c.sum(window, replies+`{method="invite",class="5xx"}`, sent+`{class="5xx"}`, metric.KamailioRepliesByCode.Name+`{code="408"}`)
	ended := c.sum(window, metric.KamailioRequestsByMethod.Name+`{method="ack"}`, sent+`{class="4xx",code="408"}`)
	answered := c.sum(window, replies+`{method="invite",class=~"2xx|3xx|4xx|5xx|6xx"}`)
	return fmt.Sprintf("%s + clamp_min(%s - %s, 0)", failed, ended, answered)
}

// sum adds up the growth of counters by instance. Of several selectors each brings what it finds; their series differ in
// the names of their labels, so that none hides another.
func (c callSetup) sum(window time.Duration, selectors ...string) string {
	grown := make([]string, len(selectors))
	for i, s := range selectors {
		grown[i] = increase(s, window, c.anchored)
	}
	return fmt.Sprintf("sum by (instance) (%s)", strings.Join(grown, " or "))
}

// accuracy says in a record's description what to think of its numbers.
func (c callSetup) accuracy() string {
	text := "Exact for proxies whose kamailio.cfg includes observability.cfg; for others derived from core and sl statistics, as docs/call-setup-sli.md describes."
	if !c.anchored {
		text += " This server extrapolates increases: around bursts a window is off by about a percent."
	}
	return text
}

// inputsFor returns the series by which stories make up events for an objective: call attempts on the first proxy, if
// that is what the objective counts. Failures end in 503.
func (k *kamailioTier) inputsFor(o spec.SLO) []Input {
	for _, e := range []spec.Expr{o.SLI.Errors, o.SLI.Total} {
		if !strings.Contains(e.Text, "voipbin:call_setup_") {
			return nil
		}
	}
	labels := k.targetLabels(k.nodes[0])
	outcome := func(cause string, counts Outcome) Input {
		return Input{Name: metric.KamailioCallSetupOutcomes.Name, Labels: merge(labels, map[string]string{"cause": cause}), Counts: counts}
	}
	return []Input{
		{Name: metric.Up.Name, Labels: labels, Counts: CountsUp},
		{Name: metric.KamailioKit.Up.Name, Labels: labels, Counts: CountsUp},
		{Name: metric.KamailioCallSetupAttempts.Name, Labels: labels, Counts: CountsAll},
		outcome("2xx", CountsGood), outcome("503", CountsFailed),
	}
}

// corrections are what the records of call set-up cannot see of the exact counters, for objectives over them: proxies that
// were away, and counters that came to be.
func (k *kamailioTier) corrections() (born, returned func() pair) {
	sum := func(how func(string) string) pair {
		failed := fmt.Sprintf("%s{%s}", metric.KamailioCallSetupOutcomes.Name, among("cause", metric.CallSetupFailures()...))
		return pair{failed: fmt.Sprintf("sum(%s)", how(failed)), all: fmt.Sprintf("sum(%s)", how(metric.KamailioCallSetupAttempts.Name))}
	}
	return func() pair { return sum(bornIncrease) }, func() pair { return sum(returnedIncrease) }
}
