package dashboard

import (
	"github.com/voipbin/observability/internal/dashboard/panel"
	"github.com/voipbin/observability/internal/dashboard/query"
	"github.com/voipbin/observability/internal/metric"
)

// monitoringName is the board of Prometheus itself.
const monitoringName = "monitoring"

// serverItself is the job under which Prometheus scrapes itself.
const serverItself = "prometheus"

// monitoringBoard makes the cards of that board.
type monitoringBoard struct{ *maker }

func monitoring(m *maker) board {
	b := monitoringBoard{m}
	return board{
		name: monitoringName, title: "VoIPBIN / Prometheus", folder: "Platform", from: "now-6h",
		description: "Does monitoring itself work: are all targets scraped, do rules come out in time, do alerts get out, and does the storage last?",
		rows: []row{
			{title: "Is everything scraped?", cards: b.scrapes()},
			{title: "Do rules and alerts come out?", cards: b.rules()},
			{title: "Does the storage last?", cards: b.storage()},
		},
	}
}

// of selects what the server tells of itself.
func (b monitoringBoard) of(f *metric.Family) query.Expr {
	return query.Of(f, query.Is("job", serverItself))
}

func (b monitoringBoard) scrapes() []card {
	return []card{
		{
			kind: panel.StateTimelineType, title: "Jobs", weight: 2, height: 10, states: upStates("all scraped", "some not"), alerts: []string{"PrometheusTargetsDown"},
			description: "Whether all targets of each job were scraped. Many jobs at once are the network or Prometheus itself; one is its exporter.",
			asks:        []ask{{query.Of(metric.Up).Min("job"), "{{job}}"}},
		},
		{
			kind: panel.TimeSeriesType, title: "Scrapes thrown away in five minutes", height: 10, alerts: []string{"PrometheusScrapesRefused"}, none: "the server tells nothing",
			description: "Scrapes with more samples than the job's share. Such a target is dropped as a whole: find the family that grew.",
			asks:        []ask{{b.of(metric.PromSampleLimit).Increase().Sum("instance"), "{{instance}}"}},
		},
		{
			kind: panel.StateTimelineType, title: "Configuration", height: 10, states: upStates("loaded", "rejected"), alerts: []string{"PrometheusConfigRejected", "PrometheusSettingsDiffer"},
			description: "Whether the last configuration could be loaded. A rejected one means that new rules and targets are not there: see promtool check config.",
			asks:        []ask{{b.of(metric.PromConfigOK).Min("instance"), "{{instance}}"}},
		},
	}
}

func (b monitoringBoard) rules() []card {
	took, every := b.of(metric.PromGroupDuration).Max("rule_group"), b.of(metric.PromGroupInterval).Max("rule_group")
	return []card{
		{
			kind: panel.TimeSeriesType, title: "Slowest groups of rules", min: panel.Float(0), unit: panel.UnitPercent, alerts: []string{"PrometheusRulesSlow"}, none: "no group was evaluated",
			description: "How much of the time until the next evaluation each group took, the five slowest. At the whole of it evaluations are left out: see which of its rules load most.",
			asks:        []ask{{took.Over(every, "rule_group").Top(5), "{{rule_group}}"}},
		},
		{
			kind: panel.TimeSeriesType, title: "Rules that failed", alerts: []string{"PrometheusRulesFailing"}, none: "no group was evaluated",
			description: "Failed evaluations a second by group. Alerts of such a group cannot fire: the server's page of rules has the error.",
			asks:        []ask{{b.of(metric.PromRuleFailures).Rate().Sum("rule_group").Top(5), "{{rule_group}}"}},
		},
		{
			kind: panel.TimeSeriesType, title: "Alerts that did not get out", alerts: []string{"PrometheusNotificationsFailing"}, none: "no Alertmanager is known",
			description: "Alerts a second that could not be sent to an Alertmanager. Anything but zero means that somebody may not be told: see whether it is up.",
			asks:        []ask{{b.of(metric.PromNotifyErrors).Rate().Sum("alertmanager"), "{{alertmanager}}"}},
		},
	}
}

func (b monitoringBoard) storage() []card {
	p := b.spec.Platform.Prometheus
	cards := []card{{
		kind: panel.TimeSeriesType, title: "Series in memory", alerts: b.made("PrometheusStorageFull"),
		description: "Series that the server has at the moment. obsgen check says how many fit into the storage for the retention; a jump is a label without a bound.",
		asks:        []ask{{b.of(metric.PromHeadSeries).Max("instance"), "{{instance}}"}},
	}}
	if p.StorageBytes > 0 {
		used := b.of(metric.PromBlocksBytes).Max("instance").Plus(b.of(metric.PromWALBytes).Max("instance")).Plus(b.of(metric.PromHeadChunksBytes).Max("instance"))
		cards = append(cards, card{
			kind: panel.TimeSeriesType, title: "Storage used", unit: panel.UnitPercent, max: panel.Float(1), alerts: []string{"PrometheusStorageFull"},
			description: "Bytes on the disk, of what spec/platform.yaml gives the server. Near the whole of it samples are lost: drop what nobody asks for, or make the disk larger.",
			asks:        []ask{{used.Per(float64(p.StorageBytes)), "{{instance}}"}},
		})
	}
	return append(cards, card{
		kind: panel.StatType, title: "Kept for", alerts: []string{"PrometheusSettingsDiffer"}, named: true,
		description: "How long the server keeps samples. Objectives are counted over their whole period: less than the spec says makes them look better than they are.",
		asks:        []ask{{b.of(metric.PromRetention).Min("instance"), "{{instance}}"}},
	})
}
