package rules

import (
	"fmt"
	"time"

	"github.com/voipbin/observability/internal/metric"
	"github.com/voipbin/observability/internal/spec"
)

// figureWindow is the time over which key figures are given: an hour, as traffic is planned by it.
const figureWindow = time.Hour

// keyFigures record the figures by which calls are compared across platforms (RFC 6076, ITU-T E.411 and E.425), each as far as
// what is counted supports it. Nothing alerts on them: they mix callers' habits with the platform's work, and the objectives do not.
type keyFigures struct {
	section
	anchored bool
}

// figures returns the records of the key figures of what the platform has.
func figures(s *spec.Spec) *keyFigures {
	k := &keyFigures{anchored: anchored(s)}
	k.sessionFigures()
	if len(s.Platform.MediaServers.Nodes) > 0 {
		k.dialFigures()
	}
	if len(s.Platform.SIPProber.Probes) > 0 {
		k.probeFigures()
	}
	return k
}

// grown is the growth of counters over the hour, over all nodes.
func (k *keyFigures) grown(selector string) string {
	return fmt.Sprintf("sum(%s)", increase(selector, figureWindow, k.anchored))
}

// share records a ratio; without events there is none.
func (k *keyFigures) share(name, help, part, whole string) {
	k.record(Record{Name: name, Unit: metric.Ratio, Help: help}, fmt.Sprintf("%s / (%s > 0)", part, whole), nil)
}

// sessionFigures are those of the INVITEs that callers send, from the proxies' own count of outcomes. Proxies without
// observability.cfg have no such count: the figures are then of the others, or absent.
func (k *keyFigures) sessionFigures() {
	outcomes := metric.KamailioCallSetupOutcomes.Name
	of := func(causes ...string) string {
		return k.grown(fmt.Sprintf("%s{%s}", outcomes, among("cause", causes...)))
	}
	all := k.grown(outcomes)
	asked := k.grown(outcomes + `{cause!~"3xx|401_407"}`)
	const limits = " Challenged attempts (401, 407) are left out, since the same call comes again with its credentials. Needs observability.cfg on the proxies."
	k.share(sessionEstablishment, "Session establishment ratio (RFC 6076, 4.6): INVITEs answered with 200 by all but those redirected (3xx)."+limits, of("2xx"), asked)
	k.share(sessionEffectiveness, "Session establishment effectiveness ratio (RFC 6076, 4.7): INVITEs answered with 200, 480, 486, 600 or 603 by all but those redirected. All of 6xx is taken for 600 and 603, of which it consists as a rule."+limits,
		of("2xx", "480", "486", "6xx"), asked)
	k.share(ineffectiveSessions, "Ineffective session attempts (RFC 6076, 4.8): INVITEs that ended in 408, 500, 503 or 504 by all. A time-out that the proxy itself tells as 408 is among them, no answer at all too.",
		of(metric.CallSetupFailures()...), all)
	registrations := metric.KamailioRegistrations.Name
	k.share(ineffectiveRegistrations, "Ineffective registration attempts (RFC 6076, 4.2): REGISTER requests that the registrar rejected by all that it answered. Those that never reach it, for a wrong password or a dead database, are not counted by it.",
		k.grown(registrations+`{result="rejected"}`), k.grown(registrations))
}

// dialFigures are those of the calls that the media servers make.
func (k *keyFigures) dialFigures() {
	dials, duration := metric.AsteriskDials.Name, metric.AsteriskCallDuration.Name
	// An outcome has no series until it comes for the first time: where none of several attempts was answered, the ratio is 0.
	of := func(outcomes string) string {
		return fmt.Sprintf("(%s or 0 * %s)", k.grown(fmt.Sprintf("%s{%s}", dials, among("outcome", outcomes))), k.grown(dials))
	}
	k.share(answerSeizure, "Answer seizure ratio (ITU-T E.411): outgoing attempts that were answered by all that media servers made; one to several destinations is several.",
		of("answer"), k.grown(dials))
	k.share(networkEffectiveness, "Network effectiveness ratio (ITU-T E.425): outgoing attempts that were answered, busy, not answered or given up by the caller, by all. What is left is the platform's or its suppliers' doing.",
		of("answer|busy|noanswer|cancel"), k.grown(dials))
	k.record(Record{
		Name: averageCallDuration, Unit: metric.Seconds,
		Help: "Mean duration of the incoming calls at media servers that ended within the hour, from answer to end; calls that are in progress are not in it.",
	}, fmt.Sprintf("%s / (%s > 0)", k.grown(duration+"_sum"), k.grown(duration+"_count")), nil)
}

// probeFigures are those of the probes, which are few: each figure is of the probed calls and of nobody else's.
func (k *keyFigures) probeFigures() {
	quantile := func(name, help string, f *metric.Family) {
		k.record(Record{Name: name, Unit: metric.Seconds, Help: help, Labels: []metric.Label{{Name: "instance", Help: "Name of the probe.", Bound: "probes in the spec"}}},
			fmt.Sprintf("histogram_quantile(0.95, sum by (instance, le) (%s))", increase(f.Name+"_bucket", figureWindow, k.anchored)), nil)
	}
	quantile(sessionRequestDelay, "Session request delay (RFC 6076, 4.3) that one in twenty probed calls exceeds, in seconds.", metric.SIPSessionDelay)
	quantile(registrationRequestDelay, "Registration request delay (RFC 6076, 4.1) that one in twenty probed registrations exceeds, in seconds.", metric.SIPRegistrationDelay)
}
