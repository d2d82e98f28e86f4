package dashboard

import (
	"strings"

	"github.com/voipbin/observability/internal/dashboard/panel"
	"github.com/voipbin/observability/internal/dashboard/query"
	"github.com/voipbin/observability/internal/metric"
	"github.com/voipbin/observability/internal/rules"
)

// monitoringName is the board of Prometheus itself.
const monitoringName = "monitoring"

// serverItself is the job under which Prometheus scrapes itself.
const serverItself = "prometheus"

// alertsBy is the job under which Alertmanagers are scraped.
const alertsBy = "alertmanager"

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
			{title: "Are people told?", cards: b.managers()},
			{title: "Do exporters tell everything?", cards: b.exporters()},
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
			description: "Whether all targets of each job were scraped; all services are one. Many jobs at once are the network or Prometheus itself; one is its exporter.",
			asks:        b.jobs(),
		},
		{
			kind: panel.TimeSeriesType, title: "Targets of each job", height: 10, min: panel.Float(0), none: "the server tells nothing",
			description: "Targets that the server has of each job. A fall means that discovery lost some, of which then nothing is known and no alert can tell; pods come and go.",
			asks:        []ask{{b.of(metric.PromTargets).Max("scrape_job"), "{{scrape_job}}"}},
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

// jobs tells whether all targets of each job are scraped. There are too many services for a line of each, which their own board has.
func (b monitoringBoard) jobs() []ask {
	services := strings.Join(b.attributions(), "|")
	if services == "" || b.spec.Services.Label != "job" {
		return []ask{{query.Of(metric.Up).Min("job"), "{{job}}"}}
	}
	return []ask{
		{query.Of(metric.Up, query.Unlike("job", services)).Min("job"), "{{job}}"},
		{query.Of(metric.Up, query.Like("job", services)).Min(), "services"},
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

// ofManagers selects what Alertmanagers tell of themselves.
func (b monitoringBoard) ofManagers(f *metric.Family) query.Expr {
	return query.Of(f, query.Is("job", alertsBy))
}

func (b monitoringBoard) managers() []card {
	return []card{
		{
			kind: panel.TimeSeriesType, title: "Notifications that failed", alerts: b.made("AlertmanagerNotificationsFailing"), none: "no Alertmanager is scraped",
			description: "Messages a second that a way out refused or lost. Anything but zero means that somebody may not be told: Alertmanager's log has the answer of that service.",
			asks:        []ask{{b.ofManagers(metric.AMNotifyFailed).Rate().Sum("integration"), "{{integration}}"}},
		},
		{
			kind: panel.TimeSeriesType, title: "Members of the cluster that each sees", min: panel.Float(0), alerts: b.made("AlertmanagerClusterDiffers"), none: "the Alertmanagers are no cluster",
			description: "Alertmanagers of the cluster that each sees, itself among them. Where one sees fewer than the others, alerts are told several times: see whether port 9094 is open.",
			asks:        []ask{{b.ofManagers(metric.AMClusterMembers).Min("instance"), "{{instance}}"}},
		},
		{
			kind: panel.StateTimelineType, title: "Configuration of Alertmanager", states: upStates("loaded", "rejected"), alerts: b.made("AlertmanagerConfigRejected"),
			description: "Whether the last configuration could be loaded. A rejected one means that new receivers and mutes are not in use: see amtool check-config.",
			asks:        []ask{{b.ofManagers(metric.AMConfigOK).Min("instance"), "{{instance}}"}},
		},
	}
}

func (b monitoringBoard) exporters() []card {
	var dropped query.Expr
	for i, k := range rules.Kits(b.spec) {
		if one := query.Of(k.SeriesDropped).Max("job", "instance", "collector", "reason"); i == 0 {
			dropped = one
		} else {
			dropped = dropped.Or(one)
		}
	}
	return []card{
		{
			kind: panel.TimeSeriesType, title: "Series that exporters leave out", min: panel.Float(0), alerts: b.made("ExporterSeriesDropped"), none: "no collector leaves anything out",
			description: "Series that collectors left out of their last scrape: above their limit, told twice, or no numbers. Raise the limit, or switch off the part of which nobody needs every single one.",
			asks:        []ask{{dropped, "{{instance}} {{collector}} {{reason}}"}},
		},
		{
			kind: panel.StateTimelineType, title: "What platform_exporter asks", states: upStates("answers", "does not answer"), alerts: b.made("PlatformTargetDown", "PlatformCollectorFailing"), none: "platform_exporter is not scraped",
			description: "Whether the broker, the cache and the backups answer platform_exporter. Without it nothing is known of mirrors, classes of keys and the age of backups.",
			asks:        []ask{{query.Of(metric.PlatformKit.Up).Min("instance"), "{{instance}}"}},
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
