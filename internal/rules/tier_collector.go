package rules

import (
	"fmt"
	"time"

	"github.com/voipbin/observability/internal/slo"
)

// collectorAlert tells when a part of the exporter fails although the daemon answers. The texts come in a; collector is one
// that the exporter has.
func (w *watched) collectorAlert(collector string, wait time.Duration, a Alert) {
	a.Name, a.Severity = w.daemon+"CollectorFailing", slo.Ticket
	success, up := w.kit.CollectorSuccess.Name, w.kit.Up.Name
	rule := Rule{
		Expr: fmt.Sprintf("%s == 0 and on (job, instance) %s == 1", success, up),
		For:  slo.FormatDuration(wait), Labels: map[string]string{"severity": slo.Ticket},
		Annotations: w.annotations(a.Name, w.board, "Part of "+w.daemon+" on {{ $labels.instance }} is not watched",
			w.daemon+" answers, but the collector {{ $labels.collector }} of its exporter fails, so its metrics are missing."),
	}
	a.Rules = []Rule{rule}
	a.Summary = "A collector of " + w.exporter + " fails"
	a.Meaning = w.daemon + " answers, but one kind of its data cannot be read: a timeout, a fault, or a reply that the exporter does not understand. A part that the daemon does not have is no failure."
	a.Impact = "Boards and alerts over those metrics see nothing, so a fault there goes unnoticed."
	a.Look = append([]string{
		fmt.Sprintf("`curl -s http://NODE:%d/metrics | grep %s | grep ' 1$'`: the outcome names the reason", w.port, w.kit.CollectorOutcome.Name),
		fmt.Sprintf("`journalctl -u %s -n 100 --no-pager` on the node: one line for each failed scrape, with the cause", w.exporter),
	}, a.Look...)
	a.Do = append([]string{
		"Outcome timeout: the reply is slow or large; raise the scrape timeout, or switch the collector off: `--no-collector.NAME` in /etc/default/" + w.exporter + ", then `systemctl restart " + w.exporter + "`.",
	}, a.Do...)
	c := gauged(wait)
	node := w.targetLabels(w.nodes[0])
	labels := merge(node, map[string]string{"collector": collector})
	ups := func(values string) TestSeries { return series(up, node, values) }
	w.alert(a,
		c.fires(a.Name, "one collector fails", one(firing(rule, labels, "", nil)), ups(c.gauge(1, 1)), series(success, labels, c.gauge(1, 0))),
		c.quiet(a.Name, "all fail because "+w.daemon+" is down", Holds, ups(c.gauge(1, 0)), series(success, labels, c.gauge(1, 0))),
		c.quiet(a.Name, "no data", Silent, ups(c.gauge(1, 1))))
}
