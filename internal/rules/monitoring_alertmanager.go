package rules

import (
	"fmt"

	"github.com/voipbin/observability/internal/metric"
	"github.com/voipbin/observability/internal/slo"
)

// alertmanagerJob is the job under which the Alertmanagers are scraped.
const alertmanagerJob = "alertmanager"

// ofManager is a selector of what Alertmanagers show of themselves.
func ofManager(f *metric.Family) string { return fmt.Sprintf("%s{job=%q}", f.Name, alertmanagerJob) }

func managerLabels(instance string) map[string]string {
	return map[string]string{"job": alertmanagerJob, "instance": instance}
}

// managerSeries is a series that the first of two Alertmanagers shows of itself, or the second.
func managerSeries(f *metric.Family, n int, more map[string]string, values string) TestSeries {
	return series(f.Name, merge(managerLabels(fmt.Sprintf("alertmanager-%d:9093", n)), more), values)
}

// alertmanagers adds the alerts about what tells people of alerts. What stops all of it is for alert Watchdog to tell.
func (s *signs) alertmanagers() {
	s.managerNotify()
	s.managerConfig()
	s.managerCluster()
}

func (s *signs) managerNotify() {
	to := map[string]string{"integration": "slack"}
	why := map[string]string{"integration": "slack", "reason": "serverError"}
	sent := func(all, failed string) []TestSeries {
		return []TestSeries{managerSeries(metric.AMNotified, 1, to, all), managerSeries(metric.AMNotifyFailed, 1, why, failed)}
	}
	busy := func(c lapse) string { return counterValues(c.step, phase{length: c.length(), rise: 10}) }
	sum := func(f *metric.Family) string {
		return fmt.Sprintf("sum by (instance, integration) (rate(%s[%s]))", ofManager(f), slo.FormatDuration(monitorWindow))
	}
	whose := map[string]string{"instance": "alertmanager-1:9093", "integration": "slack"}
	share := sum(metric.AMNotifyFailed) + " / " + sum(metric.AMNotified)
	s.add(sign{
		Alert: Alert{
			Name:    "AlertmanagerNotificationsFailing",
			Summary: "Alertmanager cannot tell people of alerts",
			Meaning: fmt.Sprintf("Over %s more than %s of what Alertmanager wanted to send by one way (Slack, PagerDuty, e-mail, webhook) was refused or lost; above %s it pages, by whatever other way there is.", slo.FormatDuration(monitorWindow), percent(s.limits.Monitoring.Notifications.Warn), percent(s.limits.Monitoring.Notifications.Page)),
			Impact:  "Alerts fire and nobody is told by that way. Where it is the only way of pages, nobody is woken.",
			Look: []string{
				"`journalctl -u alertmanager -n 100 --no-pager | grep -i 'notify'` on its machine: it names the receiver and what it answered",
				"`amtool alert query --alertmanager.url=http://ALERTMANAGER:9093`: what waits to be told",
			},
			Do: []string{
				"401, 403 or 404: the key or address was changed or withdrawn. Put a new one into the receiver's file (spec/alerts.yaml names it), and reload: `curl -X POST http://ALERTMANAGER:9093/-/reload`.",
				"429: too many messages at once; see what fires, and group it.",
				"No connection: open the way outside, or the proxy.",
				"Until it works, look at the alerts on Alertmanager's own page.",
			},
			FalsePositives: []string{"The service was out for a moment; Alertmanager tries again, and nothing was lost."},
		},
		board: monitoringBoard, wait: s.limits.Monitoring.Notifications.For, window: monitorWindow, whose: whose, value: "10%",
		fault:  func(c lapse) []TestSeries { return sent(busy(c), c.counter(1)) },
		well:   func(c lapse) []TestSeries { return sent(busy(c), c.steady(3)) },
		others: []shown{{whose: whose, value: "100%", fault: func(c lapse) []TestSeries { return sent(c.counter(10), c.counter(10)) }, with: []int{0}, window: monitorWindow, title: "hardly anything gets out"}},
	}, clause{slo.Ticket, "", fmt.Sprintf("%s > %g", share, s.limits.Monitoring.Notifications.Warn), "Notifications by {{ $labels.integration }} fail", "{{ $labels.instance }} cannot send {{ $value | humanizePercentage }} of them."},
		clause{slo.Page, "", fmt.Sprintf("%s > %g", share, s.limits.Monitoring.Notifications.Page), "Hardly any notification by {{ $labels.integration }} gets out", "{{ $labels.instance }} cannot send {{ $value | humanizePercentage }} of them."})
}

func (s *signs) managerConfig() {
	ok := func(values string) []TestSeries {
		return []TestSeries{managerSeries(metric.AMConfigOK, 1, nil, values)}
	}
	s.add(sign{
		Alert: Alert{
			Name:    "AlertmanagerConfigRejected",
			Summary: "Alertmanager runs with an old configuration, for it rejected the new one",
			Meaning: "The last reload failed. What was loaded before goes on.",
			Impact:  "New receivers, routes and mutes are not in use, and after a restart Alertmanager will not come up at all.",
			Look:    []string{"`amtool check-config /etc/alertmanager/alertmanager.yml` on its machine: it names the line", "`journalctl -u alertmanager -n 50 --no-pager`: files of keys that are missing are named here only"},
			Do:      []string{"Mend the file, or put the generated one back, and reload: `curl -X POST http://localhost:9093/-/reload`."},
			FalsePositives: []string{
				"A file that is being replaced while Alertmanager reads it: the next reload is good.",
			},
		},
		board: monitoringBoard, wait: s.limits.Monitoring.ConfigRejectedFor, whose: managerLabels("alertmanager-1:9093"),
		fault: func(c lapse) []TestSeries { return ok(c.gauge(1, 0)) },
		well:  func(c lapse) []TestSeries { return ok(c.steady(1)) },
	}, clause{slo.Page, "", ofManager(metric.AMConfigOK) + " == 0", "{{ $labels.instance }} rejected its configuration", "It goes on with the one before, and would not start again."})
}

func (s *signs) managerCluster() {
	job := map[string]string{"job": alertmanagerJob}
	members := func(c lapse, one string) []TestSeries {
		return []TestSeries{
			managerSeries(metric.Up, 1, nil, c.steady(1)), managerSeries(metric.Up, 2, nil, c.steady(1)),
			managerSeries(metric.AMClusterMembers, 1, nil, one), managerSeries(metric.AMClusterMembers, 2, nil, c.steady(2)),
		}
	}
	hashes := func(c lapse) []TestSeries {
		return []TestSeries{managerSeries(metric.AMConfigHash, 1, nil, c.steady(7)), managerSeries(metric.AMConfigHash, 2, nil, c.gauge(7, 8))}
	}
	up := fmt.Sprintf("%s{job=%q}", metric.Up.Name, alertmanagerJob)
	s.add(sign{
		Alert: Alert{
			Name:    "AlertmanagerClusterDiffers",
			Summary: "The Alertmanagers of a cluster are not one",
			Meaning: "One of them sees fewer members than Prometheus scrapes with success (cause members), or they have different configurations (cause config).",
			Impact:  "Members: each tells people by itself, so that every alert is told several times, and a silence on one does not hold on the other. Config: who is told depends on which of them is quickest.",
			Look: []string{
				"`curl -s http://ALERTMANAGER:9093/api/v2/status | jq .cluster` on each: who are the peers, and what is the status?",
				"`amtool cluster show --alertmanager.url=http://ALERTMANAGER:9093`",
				"`sha256sum /etc/alertmanager/alertmanager.yml` on each machine",
			},
			Do: []string{
				"Members: let them reach each other on port 9094, over TCP and UDP, and start each with --cluster.peer of the others.",
				"Config: put the same generated file everywhere, and reload: `curl -X POST http://ALERTMANAGER:9093/-/reload`.",
			},
			FalsePositives: []string{"Alertmanagers that are no cluster on purpose, each with receivers of its own: then scrape them under jobs of their own."},
		},
		board: monitoringBoard, wait: s.limits.Monitoring.DiffersFor, whose: managerLabels("alertmanager-1:9093"), value: "1",
		fault:  func(c lapse) []TestSeries { return members(c, c.gauge(2, 1)) },
		well:   func(c lapse) []TestSeries { return members(c, c.steady(2)) },
		others: []shown{{whose: job, fault: hashes}},
	}, clause{slo.Ticket, "members", fmt.Sprintf("%s < on (job) group_left () count by (job) (%s == 1)", ofManager(metric.AMClusterMembers), up),
		"{{ $labels.instance }} does not see all of its cluster", "It sees {{ $value }} members, itself among them."},
		clause{slo.Ticket, "config", fmt.Sprintf("max by (job) (%[1]s) != min by (job) (%[1]s)", ofManager(metric.AMConfigHash)),
			"Alertmanagers have different configurations", "Who is told depends on which of them is quickest."})
}
