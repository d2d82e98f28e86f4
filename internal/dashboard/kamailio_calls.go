package dashboard

import (
	"github.com/voipbin/observability/internal/dashboard/panel"
	"github.com/voipbin/observability/internal/dashboard/query"
	"github.com/voipbin/observability/internal/metric"
)

func (k kamailioBoard) callSetup() []card {
	return []card{
		{
			kind: panel.TimeSeriesType, title: "Attempts by proxy", looks: panel.Series(k.nodes()),
			description: "Initial INVITEs a second, by proxy. Lines apart mean that the load balancer does not spread calls evenly; one at zero among others is a proxy that gets none.",
			asks:        []ask{{k.recorded(attemptsRate), "{{instance}}"}},
		},
		{
			kind: panel.TimeSeriesType, title: "Platform failures by proxy", looks: panel.Series(k.nodes()),
			description: "Calls a second that ended in 408, 500, 503, 504 or in no answer. On one proxy alone look at that node; on all of them look at what stands behind.",
			asks:        []ask{{k.recorded(failuresRate), "{{instance}}"}},
		},
		{
			kind: panel.TimeSeriesType, title: "Success over an hour by proxy", looks: panel.Series(k.nodes()), thresholds: k.goal(), decimals: panel.Int(2), max: panel.Float(1), close: true,
			description: "Share of the last hour's calls that the platform did not fail; the line across is the objective. A proxy below it burns the error budget; a gap means that it had no calls.",
			asks:        []ask{{k.success(attempts1h, failures1h, "instance"), "{{instance}}"}},
		},
		{
			kind: panel.TimeSeriesType, title: "Outcomes by cause", weight: 2, looks: outcomes(), none: "no proxy includes observability.cfg",
			description: "How calls ended, as the caller was told, from proxies whose kamailio.cfg includes observability.cfg. Those in red are the platform's own failures: look at what stands behind the proxies. A rise of 404 alone is often a scan or a wrong number plan.",
			asks:        []ask{{k.rate(metric.KamailioCallSetupOutcomes, "cause"), "{{cause}}"}},
		},
		{
			kind: panel.StateTimelineType, title: "How calls are counted", alerts: []string{"KamailioCallSetupDataMissing"},
			states: []panel.State{
				{Value: 1, Text: "exact", Color: panel.Good},
				{Value: 2, Text: "approximate", Color: panel.Warning},
			},
			description: "Exact where the proxy's script counts outcomes itself, approximate where they are derived from core and sl statistics. Include observability.cfg where it is approximate; a gap means that calls of that proxy are not counted at all.",
			asks: []ask{{
				k.recorded(countingMethod, query.Is("method", "exact")).Times(1).
					Or(k.recorded(countingMethod, query.Is("method", "approximate")).Times(2)).
					Max("instance"),
				"{{instance}}",
			}},
		},
	}
}

func (k kamailioBoard) transactions() []card {
	return []card{
		{
			kind: panel.TimeSeriesType, title: "Transactions in memory",
			description: "Active ones wait for a final reply; those in use include finished ones that wait for retransmissions. A rise that traffic does not explain means that something behind answers slowly or not at all.",
			asks:        []ask{{k.of(metric.KamailioTransactionsActive).Sum(), "active"}, {k.of(metric.KamailioTransactionsInUse).Sum(), "in use"}},
		},
		{
			kind: panel.TimeSeriesType, title: "Transactions created by side", looks: panel.Series(values(metric.KamailioTransactions, "side")),
			description: "Transactions a second in which Kamailio was the server (uas) and the client (uac). Many more of uac are dispatcher probes, forking or retries.",
			asks:        []ask{{k.rate(metric.KamailioTransactions, "side"), "{{side}}"}},
		},
		{
			kind: panel.TimeSeriesType, title: "Transactions completed by class", stacked: true, looks: statusClasses(),
			description: "Transactions a second by class of the final reply; failed dispatcher probes are among 4xx. A rise of 5xx is a fault of what stands behind, or of Kamailio itself.",
			asks:        []ask{{k.rate(metric.KamailioTransactionsCompleted, "class"), "{{class}}"}},
		},
		{
			kind: panel.TimeSeriesType, title: "Replies in transactions by kind", looks: panel.Series(values(metric.KamailioTMReplies, "kind")),
			description: "What the tm module did with replies; the kinds overlap and are not to be added up. Absorbed ones are retransmissions: many mean loss or slow answers.",
			asks:        []ask{{k.rate(metric.KamailioTMReplies, "kind"), "{{kind}}"}},
		},
	}
}

func (k kamailioBoard) dialogs() []card {
	return []card{
		{
			kind: panel.TimeSeriesType, title: "Dialogs by state", stacked: true, looks: panel.Series(values(metric.KamailioDialogs, "state")), none: noDialogs, alerts: []string{"KamailioCapacityHigh"},
			description: "Calls that the dialog module tracks, by state. Ongoing ones that never fall are calls whose BYE was lost: set a time limit for dialogs.",
			asks:        []ask{{k.of(metric.KamailioDialogs).Sum("state"), "{{state}}"}},
		},
		{
			kind: panel.TimeSeriesType, title: "Dialogs begun, failed and expired", none: noDialogs,
			description: "Dialogs a second that began, that never were established, and that ended by their time limit. Expired ones are calls that nobody ended: look for lost BYEs.",
			asks: []ask{
				{k.rate(metric.KamailioDialogsProcessed), "begun"},
				{k.rate(metric.KamailioDialogsFailed), "failed"},
				{k.rate(metric.KamailioDialogsExpired), "expired"},
			},
		},
	}
}
