package rules

import (
	"fmt"
	"strings"

	"github.com/voipbin/observability/internal/metric"
	"github.com/voipbin/observability/internal/slo"
	"github.com/voipbin/observability/internal/spec"
)

// platformJob is the job label of platform_exporter's targets, as spec/scrape.yaml sets it.
const platformJob = "platform"

// Kits are the families that each of our exporters that the platform has tells of itself.
func Kits(sp *spec.Spec) []metric.Kit {
	p := sp.Platform
	list := []metric.Kit{metric.KamailioKit}
	for _, k := range []struct {
		there bool
		kit   metric.Kit
	}{
		{len(p.MediaProxies.Nodes) > 0, metric.RTPEngineKit},
		{len(p.MediaServers.Nodes) > 0, metric.AsteriskKit},
		{len(p.SIPProber.Addresses) > 0, metric.SIPKit},
		{scraped(sp, platformJob), metric.PlatformKit},
	} {
		if k.there {
			list = append(list, k.kit)
		}
	}
	return list
}

// exporters adds the alerts about what our exporters say of themselves and that no tier's alerts tell.
func (s *signs) exporters(sp *spec.Spec) {
	s.seriesDropped(Kits(sp))
	if scraped(sp, platformJob) {
		s.platformMissing()
		s.platformFailing()
	}
}

func (s *signs) seriesDropped(kits []metric.Kit) {
	whose := map[string]string{"job": kamailioJob, "instance": "kamailio-1", "collector": "dispatcher", "reason": "limit"}
	dropped := func(values string) []TestSeries {
		return []TestSeries{series(kits[0].SeriesDropped.Name, whose, values)}
	}
	var each []string
	for _, k := range kits {
		each = append(each, k.SeriesDropped.Name)
	}
	s.add(sign{
		Alert: Alert{
			Name:    "ExporterSeriesDropped",
			Summary: "A collector of an exporter leaves series out",
			Meaning: fmt.Sprintf("For %s a collector had more series than its limit (reason limit), or the daemon told it some twice (duplicate) or with values that are no numbers (invalid). What is above the limit is left out; sums and counts over all are made before that.", slo.FormatDuration(s.limits.Monitoring.ExportersFor)),
			Impact:  "Single calls, queues, endpoints or keys are missing from boards and from alerts that look at each. Which of them is missing may change from scrape to scrape.",
			Look: []string{
				"`curl -s http://NODE:PORT/metrics | grep exporter_series_dropped` of that exporter: which collector, how many?",
				"`curl -s http://NODE:PORT/metrics | grep -v '^#' | sed 's/[{ ].*//' | sort | uniq -c | sort -n | tail`: which family has most?",
			},
			Do: []string{
				"Limit: raise the collector's limit by its flag (`EXPORTER --help | grep limit`), if Prometheus has room (alert PrometheusScrapesRefused), or switch the part off of which nobody needs every single one.",
				"Duplicate or invalid: two things of one name in the daemon, such as two endpoints; `journalctl -u EXPORTER` names them. Otherwise it is a fault of the exporter: report it.",
			},
			FalsePositives: []string{"An exporter whose limit is low on purpose, to have the sums only: switch its detail off instead."},
		},
		board: monitoringBoard, wait: s.limits.Monitoring.ExportersFor, whose: whose, value: "12",
		fault: func(c lapse) []TestSeries { return dropped(c.gauge(0, 12)) },
		well:  func(c lapse) []TestSeries { return dropped(c.steady(0)) },
	}, clause{slo.Ticket, "", fmt.Sprintf("max by (job, instance, collector, reason) (%s) > 0", strings.Join(each, " or ")),
		"Collector {{ $labels.collector }} of {{ $labels.instance }} leaves series out", "It left out {{ $value }} series in the last scrape, for reason {{ $labels.reason }}."})
}

func (s *signs) platformMissing() {
	rabbit := map[string]string{"job": platformJob, "instance": "rabbitmq"}
	up := func(values string) []TestSeries {
		return []TestSeries{series(metric.PlatformKit.Up.Name, rabbit, values)}
	}
	gone := func(c lapse) []TestSeries {
		return up(gauge(c.step, phase{length: c.before, value: 1}, phase{length: c.fault, gone: true}, phase{length: c.after, value: 1}))
	}
	s.add(sign{
		Alert: Alert{
			Name:    "PlatformTargetDown",
			Summary: "platform_exporter gets no answer from what it asks, or is not scraped",
			Meaning: "The exporter runs and the broker, cache or backups behind a target do not answer it (cause target), or Prometheus has nothing at all from platform_exporter (cause missing).",
			Impact:  "Nothing is known of mirrors and policies of queues, of what classes of keys take in the cache, of backups and of deployments: RabbitMQMirrorsUnsynced, RabbitMQPolicyWithoutEffect, RedisClassOverBudget, RedisKeysLiveTooLong and MySQLBackupOld are silent whatever happens.",
			Look: []string{
				"`curl -s 'http://platform-exporter:9744/probe?target=NAME' | grep platform_up`, and `curl -s http://platform-exporter:9744/sd`: which targets does it have?",
				"`journalctl -u platform_exporter -n 100 --no-pager`: one line for each failed scrape, with the cause",
			},
			Do: []string{
				"Target: the account or its password was changed (deploy/platform/targets.yaml says what each may do), a firewall is between them, or the server itself is down, which another alert then says.",
				"Missing: `systemctl start platform_exporter`, and see that its address is the one in spec/scrape.yaml.",
			},
			FalsePositives: []string{"A target that was taken away on purpose: remove it from the exporter's file and reload."},
		},
		board: monitoringBoard, wait: s.limits.Monitoring.ExportersFor, whose: rabbit,
		fault:  func(c lapse) []TestSeries { return up(c.gauge(1, 0)) },
		well:   func(c lapse) []TestSeries { return up(c.steady(1)) },
		others: []shown{{whose: map[string]string{"job": platformJob}, fault: gone}},
	}, clause{slo.Ticket, "target", fmt.Sprintf("%s{job=%q} == 0", metric.PlatformKit.Up.Name, platformJob),
		"platform_exporter gets no answer from {{ $labels.instance }}", "What it tells of it is missing, and so are the alerts about that."},
		clause{slo.Ticket, "missing", fmt.Sprintf("absent(%s{job=%q})", metric.PlatformKit.Up.Name, platformJob),
			"platform_exporter is not scraped", "Nothing is known of mirrors, classes of keys, backups and deployments."})
}

func (s *signs) platformFailing() {
	whose := map[string]string{"job": platformJob, "instance": "rabbitmq"}
	part := merge(whose, map[string]string{"collector": "policies"})
	told := func(up, success string) []TestSeries {
		return []TestSeries{series(metric.PlatformKit.Up.Name, whose, up), series(metric.PlatformKit.CollectorSuccess.Name, part, success)}
	}
	s.add(sign{
		Alert: Alert{
			Name:    "PlatformCollectorFailing",
			Summary: "A collector of platform_exporter fails",
			Meaning: "The target answers, but one kind of its data cannot be read: a timeout, a right that the account lacks, or a reply that the exporter does not understand.",
			Impact:  "Boards and alerts over those metrics see nothing, so a fault there goes unnoticed.",
			Look: []string{
				"`curl -s 'http://platform-exporter:9744/probe?target=NAME' | grep platform_exporter_collector_outcome`: the outcome names the reason",
				"`journalctl -u platform_exporter -n 100 --no-pager`",
			},
			Do: []string{
				"fault: give the account the right that deploy/platform/targets.yaml names beside the target: `rabbitmqctl set_user_tags USER monitoring`, `redis-cli acl setuser USER +auth +ping +scan '+memory|usage' +pttl '~*'`.",
				"timeout: the reply is slow or large; raise the scrape timeout of job " + platformJob + ".",
			},
			FalsePositives: []string{"A broker that is just starting: its queues answer late."},
		},
		board: monitoringBoard, wait: s.limits.Monitoring.ExportersFor, whose: part,
		fault: func(c lapse) []TestSeries { return told(c.steady(1), c.gauge(1, 0)) },
		well:  func(c lapse) []TestSeries { return told(c.gauge(1, 0), c.gauge(1, 0)) },
	}, clause{slo.Ticket, "", fmt.Sprintf("%s{job=%q} == 0 and on (job, instance) %s == 1", metric.PlatformKit.CollectorSuccess.Name, platformJob, metric.PlatformKit.Up.Name),
		"Part of {{ $labels.instance }} is not watched", "It answers, but the collector {{ $labels.collector }} of platform_exporter fails."})
}
