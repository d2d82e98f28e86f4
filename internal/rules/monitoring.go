package rules

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/voipbin/observability/internal/metric"
	"github.com/voipbin/observability/internal/slo"
	"github.com/voipbin/observability/internal/spec"
)

// prometheusJob is the job under which Prometheus scrapes itself.
const prometheusJob = "prometheus"

// monitoringBoard is the end of the uid of the board that shows Prometheus itself.
const monitoringBoard = "monitoring"

// monitorWindow is the time over which counters of monitoring itself are looked at.
const monitorWindow = 5 * time.Minute

// selfSeries is a series that Prometheus shows of itself.
func selfSeries(f *metric.Family, more map[string]string, values string) TestSeries {
	return series(f.Name, merge(selfLabels(), more), values)
}

func selfLabels() map[string]string {
	return map[string]string{"job": prometheusJob, "instance": "localhost:9090"}
}

// ofSelf is a selector of what Prometheus shows of itself.
func ofSelf(f *metric.Family) string { return fmt.Sprintf("%s{job=%q}", f.Name, prometheusJob) }

// monitoring returns the alerts about Prometheus itself, which scrapes itself wherever these rules run, about Alertmanager, and about exporters.
func monitoring(s *spec.Spec, l links) *signs {
	m := &signs{links: l, limits: s.Alerts}
	p := s.Platform.Prometheus
	m.configFailed()
	m.rulesFailing()
	m.rulesSlow()
	m.notifyFailing()
	m.scrapeLimit()
	m.targetsDown(s)
	if p.StorageBytes > 0 {
		m.storageFull(p)
	}
	m.settingsDiffer(p)
	if len(p.Alertmanagers) > 0 {
		m.alertmanagers()
	}
	m.exporters(s)
	return m
}

func (s *signs) configFailed() {
	ok := func(values string) []TestSeries { return []TestSeries{selfSeries(metric.PromConfigOK, nil, values)} }
	s.add(sign{
		Alert: Alert{
			Name:    "PrometheusConfigRejected",
			Summary: "Prometheus runs with an old configuration, for it rejected the new one",
			Meaning: "The last reload failed. What was loaded before goes on.",
			Impact:  "New targets are not scraped and new or mended rules are not evaluated, and after a restart Prometheus will not come up at all.",
			Look:    []string{"`promtool check config /etc/prometheus/prometheus.yml` on the Prometheus server: it names the file and the line", "`journalctl -u prometheus -n 50 --no-pager`"},
			Do:      []string{"Mend the file, or put the generated one back, and reload: `curl -X POST http://localhost:9090/-/reload`, or SIGHUP where that is off."},
			FalsePositives: []string{
				"A file that is being replaced while Prometheus reads it: the next reload is good.",
			},
		},
		board: monitoringBoard, wait: s.limits.Monitoring.ConfigRejectedFor, whose: selfLabels(),
		fault: func(c lapse) []TestSeries { return ok(c.gauge(1, 0)) },
		well:  func(c lapse) []TestSeries { return ok(c.steady(1)) },
	}, clause{slo.Page, "", ofSelf(metric.PromConfigOK) + " == 0", "Prometheus rejected its configuration", "It goes on with the one before, and would not start again."})
}

func (s *signs) rulesFailing() {
	group := map[string]string{"rule_group": "/etc/prometheus/rules/kamailio.yaml;kamailio"}
	failed := func(values string) []TestSeries {
		return []TestSeries{selfSeries(metric.PromRuleFailures, group, values)}
	}
	s.add(sign{
		Alert: Alert{
			Name:    "PrometheusRulesFailing",
			Summary: "Rules fail, so that their alerts cannot fire",
			Meaning: fmt.Sprintf("Evaluations of rules of a group failed in the last %s: series meet that must not, or a query took too long.", slo.FormatDuration(monitorWindow)),
			Impact:  "The alerts of that group are blind, and what objectives count from its records has holes.",
			Look:    []string{"`curl -s http://localhost:9090/api/v1/rules | jq '.data.groups[].rules[] | select(.health==\"err\") | {name, lastError}'` on the Prometheus server"},
			Do: []string{
				"\"found duplicate series for the match group\": two targets have the same labels; see which job scrapes one twice, mend it and `curl -X POST http://localhost:9090/-/reload`.",
				"\"query timed out\" or \"too many samples\": see PrometheusRulesSlow.",
			},
			FalsePositives: []string{"A single failure while Prometheus was starting."},
		},
		board: monitoringBoard, wait: s.limits.Monitoring.RulesFailingFor, window: monitorWindow, whose: merge(selfLabels(), group),
		fault: func(c lapse) []TestSeries { return failed(c.counter(1)) },
		well:  func(c lapse) []TestSeries { return failed(c.steady(7)) },
	}, clause{slo.Page, "", fmt.Sprintf("increase(%s[%s]) > 0", ofSelf(metric.PromRuleFailures), slo.FormatDuration(monitorWindow)),
		"Rules of {{ $labels.rule_group }} fail", "Their alerts cannot fire."})
}

func (s *signs) rulesSlow() {
	group := map[string]string{"rule_group": "/etc/prometheus/rules/kamailio.yaml;kamailio"}
	took := func(c lapse, values string) []TestSeries {
		return []TestSeries{selfSeries(metric.PromGroupDuration, group, values), selfSeries(metric.PromGroupInterval, group, c.steady(15))}
	}
	s.add(sign{
		Alert: Alert{
			Name:    "PrometheusRulesSlow",
			Summary: "A group of rules takes nearly as long as the time between its evaluations",
			Meaning: fmt.Sprintf("The last evaluations took more than %s of the group's interval. Beyond the whole of it Prometheus leaves evaluations out.", percent(s.limits.Monitoring.SlowRules)),
			Impact:  "Alerts of the group are late by an evaluation or more, and records have holes.",
			Look: []string{
				"`curl -s http://localhost:9090/api/v1/rules | jq '[.data.groups[].rules[] | {name, evaluationTime}] | sort_by(-.evaluationTime) | .[:5]'` on the Prometheus server: the slowest rules",
				"the Prometheus board: series and samples: has anything grown with it?",
			},
			Do: []string{
				"More series than planned: find the job that grew, see PrometheusScrapesRefused, and drop the label that has no bound (metric_relabel_configs, then `promtool check config /etc/prometheus/prometheus.yml` and `curl -X POST http://localhost:9090/-/reload`).",
				"Otherwise give the machine more processors, or evaluate the group less often.",
			},
			FalsePositives: []string{"Large queries of a board that somebody has open over a month."},
		},
		board: monitoringBoard, wait: s.limits.Monitoring.SlowRulesFor, whose: merge(selfLabels(), group), value: "90%",
		fault: func(c lapse) []TestSeries { return took(c, c.gauge(0.1, 13.5)) },
		well:  func(c lapse) []TestSeries { return took(c, c.steady(0.1)) },
	}, clause{slo.Ticket, "", fmt.Sprintf("%s / %s > %g", ofSelf(metric.PromGroupDuration), ofSelf(metric.PromGroupInterval), s.limits.Monitoring.SlowRules),
		"Rules of {{ $labels.rule_group }} are slow", "An evaluation takes {{ $value | humanizePercentage }} of the time until the next."})
}

func (s *signs) notifyFailing() {
	to := map[string]string{"alertmanager": "http://alertmanager:9093/api/v2/alerts"}
	sent := func(c lapse, failed string) []TestSeries {
		return []TestSeries{selfSeries(metric.PromNotifySent, to, counterValues(c.step, phase{length: c.length(), rise: 10})), selfSeries(metric.PromNotifyErrors, to, failed)}
	}
	window := slo.FormatDuration(monitorWindow)
	rate := func(f *metric.Family) string { return fmt.Sprintf("rate(%s[%s])", ofSelf(f), window) }
	s.add(sign{
		Alert: Alert{
			Name:    "PrometheusNotificationsFailing",
			Summary: "Alerts do not reach Alertmanager",
			Meaning: fmt.Sprintf("Of the alerts that Prometheus sent to one Alertmanager more than %s failed (cause errors), or it knows of no Alertmanager at all (cause none).", percent(s.limits.Monitoring.Notifications.Warn)),
			Impact:  "If it is the only one, nobody is told of anything, this alert included: the dead man's switch of alert Watchdog is then what alarms.",
			Look:    []string{"`curl -s http://localhost:9090/api/v1/alertmanagers | jq .data` on the Prometheus server", "`curl -s http://ALERTMANAGER:9093/-/ready` from there", "`journalctl -u prometheus -n 50 --no-pager | grep -i alertmanager`"},
			Do:      []string{"Start Alertmanager, or open the way from Prometheus to port 9093.", "None is known: alertmanagers in spec/platform.yaml, then `obsgen generate`, and load the configuration."},
			FalsePositives: []string{
				"Alertmanager was restarted; others of its cluster took the alerts.",
			},
		},
		board: monitoringBoard, wait: s.limits.Monitoring.Notifications.For, window: monitorWindow, whose: merge(selfLabels(), to), value: "100%",
		fault: func(c lapse) []TestSeries { return sent(c, c.counter(10)) },
		well:  func(c lapse) []TestSeries { return sent(c, c.steady(3)) },
		others: []shown{{whose: selfLabels(), fault: func(c lapse) []TestSeries {
			return []TestSeries{selfSeries(metric.PromManagers, nil, c.gauge(1, 0))}
		}}},
	}, clause{slo.Page, "errors", fmt.Sprintf("%s / %s > %g", rate(metric.PromNotifyErrors), rate(metric.PromNotifySent), s.limits.Monitoring.Notifications.Warn),
		"Alerts do not reach {{ $labels.alertmanager }}", "{{ $value | humanizePercentage }} of them fail."},
		clause{slo.Page, "none", ofSelf(metric.PromManagers) + " == 0", "Prometheus knows of no Alertmanager", "Nobody is told of any alert."})
}

// scrapeLimit tells what the comment of spec/scrape.yaml promises: that a target was dropped as a whole because it had too many samples.
func (s *signs) scrapeLimit() {
	over := func(values string) []TestSeries { return []TestSeries{selfSeries(metric.PromSampleLimit, nil, values)} }
	const window = 10 * time.Minute
	s.add(sign{
		Alert: Alert{
			Name:    "PrometheusScrapesRefused",
			Summary: "A target has more samples than its share, and is dropped as a whole",
			Meaning: "A scrape exceeded sample_limit of its job, which follows from the storage and retention in spec/platform.yaml. Prometheus then throws the whole scrape away and takes the target as down.",
			Impact:  "Nothing is known of that target: alerts about it are silent, save for those that it is down.",
			Look: []string{
				"`curl -s http://localhost:9090/api/v1/targets?state=active | jq '.data.activeTargets[] | select(.lastError | test(\"sample limit\")) | .scrapeUrl'` on the Prometheus server: which?",
				"`curl -s TARGET/metrics | grep -v '^#' | sed 's/[{ ].*//' | sort | uniq -c | sort -n | tail`: which family has so many?",
			},
			Do: []string{
				"A label without a bound, such as the name of a queue or of a customer: drop it where it is made, or in the job's metric_relabel_configs.",
				"All of it is wanted: raise storage or lower retention in spec/platform.yaml, and run `obsgen generate`; `obsgen check` says what fits.",
			},
			FalsePositives: []string{"None: the data of that scrape is lost."},
		},
		board: monitoringBoard, wait: s.limits.Monitoring.ScrapesRefusedFor, window: window, whose: selfLabels(),
		fault: func(c lapse) []TestSeries { return over(c.counter(1)) },
		well:  func(c lapse) []TestSeries { return over(c.steady(4)) },
	}, clause{slo.Ticket, "", fmt.Sprintf("increase(%s[%s]) > 0", ofSelf(metric.PromSampleLimit), slo.FormatDuration(window)),
		"A target has too many samples and is dropped", "It counts as down until it has fewer, or its job a larger limit."})
}

// ownDown are the jobs whose targets have an alert of their own when they are down: tiers and stores, machines, and services.
func ownDown(sp *spec.Spec) []string {
	jobs := []string{kamailioJob, rtpengineJob, asteriskJob, mysqlJob, redisJob, rabbitJob, nodeJob}
	if v := newServices(sp, links{}); v.spec.Described() && v.spec.Label == "job" {
		jobs = append(jobs, v.attributions())
	}
	return jobs
}

// targetsDown tells of the jobs that have no alert of their own about a target that is down: whoever is paged for a proxy needs no ticket about
// its exporter.
func (s *signs) targetsDown(sp *spec.Spec) {
	up := func(c lapse, values string) []TestSeries {
		return append(jobsUp(sp, c, "", outsideJob),
			series(metric.Up.Name, map[string]string{"job": outsideJob, "instance": "https://a/"}, values), series(metric.Up.Name, map[string]string{"job": outsideJob, "instance": "https://b/"}, c.steady(1)))
	}
	clauses := []clause{{slo.Ticket, "", fmt.Sprintf("1 - avg by (job) (%s{job!~%q}) > 0", metric.Up.Name, strings.Join(ownDown(sp), "|")),
		"Targets of job {{ $labels.job }} cannot be scraped", "{{ $value | humanizePercentage }} of them are down."}}
	var others []shown
	if jobs := expectedJobs(sp); len(jobs) > 0 {
		absent := make([]string, len(jobs))
		for i, job := range jobs {
			absent[i] = fmt.Sprintf("absent(%s{job=%q})", metric.Up.Name, job)
		}
		clauses = append(clauses, clause{slo.Ticket, downMissing, strings.Join(absent, " or "), "Job {{ $labels.job }} is not scraped at all", "The spec has the job, and Prometheus has no target of it: its configuration is not the generated one."})
		others = append(others, shown{whose: map[string]string{"job": jobs[0]}, fault: func(c lapse) []TestSeries { return jobsUp(sp, c, jobs[0], "") }})
	}
	s.add(sign{
		Alert: Alert{
			Name:    "PrometheusTargetsDown",
			Summary: "Targets of a job cannot be scraped",
			Meaning: "Of the targets of a job that Prometheus knows a share cannot be scraped: it does not answer, not in time, or with what is no exposition. With cause \"missing\" Prometheus knows none of a job that the spec has.",
			Impact:  "What these targets watch is not watched.",
			Look:    []string{"`curl -s http://localhost:9090/api/v1/targets?state=active | jq '.data.activeTargets[] | select(.health==\"down\") | {scrapeUrl, lastError}'` on the Prometheus server"},
			Do: []string{
				"\"connection refused\": start the exporter. \"context deadline exceeded\": a firewall, or a daemon that hangs; `obsgen check` says what the page's firewall lets through.",
				"Where a daemon itself is down, another alert says so: mend that first.",
				"Missing: run `obsgen generate`, deploy the scrape configuration and reload Prometheus; `promtool check config` says whether it takes it.",
			},
			FalsePositives: []string{"Pods that are being replaced."},
		},
		board: monitoringBoard, wait: s.limits.Monitoring.TargetsFor, whose: map[string]string{"job": outsideJob}, value: "50%",
		fault: func(c lapse) []TestSeries { return up(c, c.gauge(1, 0)) },
		well:  func(c lapse) []TestSeries { return up(c, c.steady(1)) }, others: others,
	}, clauses...)
}

// expectedJobs are the jobs with targets in the spec of which no other alert tells that they are missing.
func expectedJobs(sp *spec.Spec) []string {
	var jobs []string
	for _, j := range sp.Scrape.Jobs {
		if len(j.Targets) == 0 || slices.Contains([]string{mysqlJob, redisJob, platformJob}, j.Name) {
			continue
		}
		name := j.Name
		if name == rabbitJob {
			name = rabbitQueueJob // of its nodes RabbitMQDown tells
		}
		jobs = append(jobs, name)
	}
	return jobs
}

// jobsUp are targets of all expected jobs but one, of which another goes for the time of the fault; each may be none.
func jobsUp(sp *spec.Spec, c lapse, gone, but string) []TestSeries {
	var list []TestSeries
	for _, job := range expectedJobs(sp) {
		if job == but {
			continue
		}
		values := c.steady(1)
		if job == gone {
			values = gauge(c.step, phase{length: c.before, value: 1}, phase{length: c.fault, gone: true}, phase{length: c.after, value: 1})
		}
		list = append(list, series(metric.Up.Name, map[string]string{"job": job, "instance": "some"}, values))
	}
	return list
}
