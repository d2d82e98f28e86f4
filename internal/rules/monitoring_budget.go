package rules

import (
	"fmt"
	"time"

	"github.com/voipbin/observability/internal/metric"
	"github.com/voipbin/observability/internal/slo"
	"github.com/voipbin/observability/internal/spec"
)

// These alerts compare Prometheus with the storage, retention and interval that the spec states.

// seriesBudget is how many series fit into the storage for the retention at the scrape interval.
func seriesBudget(p spec.Prometheus) int {
	return int(float64(p.StorageBytes) / p.BytesPerSample / (p.Retention.Seconds() / p.ScrapeInterval.Seconds()))
}

func (s *signs) storageFull(p spec.Prometheus) {
	used := fmt.Sprintf("(%s + %s + %s) / %d", ofSelf(metric.PromBlocksBytes), ofSelf(metric.PromWALBytes), ofSelf(metric.PromHeadChunksBytes), p.StorageBytes)
	stored := func(c lapse, values string) []TestSeries {
		return []TestSeries{selfSeries(metric.PromBlocksBytes, nil, values), selfSeries(metric.PromWALBytes, nil, c.steady(0)), selfSeries(metric.PromHeadChunksBytes, nil, c.steady(0))}
	}
	whole := float64(p.StorageBytes)
	clauses := []clause{
		{slo.Ticket, "disk", fmt.Sprintf("%s > %g", used, s.limits.Monitoring.Storage.Warn), "The storage of Prometheus fills", "{{ $value | humanizePercentage }} of what the spec gives it is used."},
		{slo.Page, "disk", fmt.Sprintf("%s > %g", used, s.limits.Monitoring.Storage.Page), "The storage of Prometheus is nearly full", "{{ $value | humanizePercentage }} of what the spec gives it is used."},
	}
	others := []shown{{whose: selfLabels(), value: "97%", with: []int{0}, title: "it is nearly full", fault: func(c lapse) []TestSeries { return stored(c, c.gauge(whole/2, 0.97*whole)) }}}
	if p.BytesPerSample > 0 {
		others = append(others, shown{whose: selfLabels(), value: "200%", fault: func(c lapse) []TestSeries {
			return []TestSeries{selfSeries(metric.PromHeadSeries, nil, c.gauge(0, 2*float64(seriesBudget(p))))}
		}})
		clauses = append(clauses, clause{
			slo.Ticket, "series", fmt.Sprintf("%s / %d > 1", ofSelf(metric.PromHeadSeries), seriesBudget(p)),
			"Prometheus has more series than its storage holds for its retention", "It has {{ $value | humanizePercentage }} of them.",
		})
	}
	s.add(sign{
		Alert: Alert{
			Name:    "PrometheusStorageFull",
			Summary: "Prometheus has more data than its storage holds",
			Meaning: fmt.Sprintf("What is on the disk exceeds a share of the %d bytes in spec/platform.yaml (cause disk), or there are more series than the %d that fit for %s at one sample in %s (cause series).",
				p.StorageBytes, seriesBudget(p), slo.FormatDuration(p.Retention), slo.FormatDuration(p.ScrapeInterval)),
			Impact: "On a full disk Prometheus takes no samples and evaluates no rules: everything is unwatched. With too many series it gets there before the retention is over.",
			Look:   []string{"`df -h` and `du -sh /var/lib/prometheus` on the Prometheus server", "`curl -s http://localhost:9090/api/v1/status/tsdb | jq .data.seriesCountByMetricName`: which families have most?"},
			Do: []string{
				"A family that grew without reason: drop its label without a bound where it is made.",
				"All of it is wanted: a larger disk (`gcloud compute disks resize DISK --size=GB --zone=ZONE`), and storage in spec/platform.yaml; or `--storage.tsdb.retention.size` below the disk, which loses the oldest days first and breaks objectives of 30 days.",
			},
			FalsePositives: []string{"Many pods were replaced within two hours: their old series leave memory by themselves."},
		},
		board: monitoringBoard, wait: s.limits.Monitoring.Storage.For, whose: selfLabels(), value: "90%", others: others,
		fault: func(c lapse) []TestSeries { return stored(c, c.gauge(0.5*whole, 0.9*whole)) },
		well:  func(c lapse) []TestSeries { return stored(c, c.steady(0.5*whole)) },
	}, clauses...)
}

// settingsDiffer is conformance: the live server has another retention or interval than the spec.
func (s *signs) settingsDiffer(p spec.Prometheus) {
	kept := func(values string) []TestSeries {
		return []TestSeries{selfSeries(metric.PromRetention, nil, values)}
	}
	// What was counted before stays in the window for its length, less the step that a counted fault begins later by.
	const full = monitorWindow - 2*storyStep
	interval := map[string]string{"interval": slo.FormatDuration(p.ScrapeInterval)}
	told := func(c lapse) TestSeries {
		return series(metric.PromIntervalLength.Name+"_count", merge(selfLabels(), interval), counterValues(c.step, phase{length: c.length(), rise: 1}))
	}
	s.add(sign{
		Alert: Alert{
			Name:    "PrometheusSettingsDiffer",
			Summary: "Prometheus does not run as the spec says",
			Meaning: fmt.Sprintf("It keeps samples for another time than %s (cause retention), or no job is scraped every %s (cause interval).", slo.FormatDuration(p.Retention), slo.FormatDuration(p.ScrapeInterval)),
			Impact:  "With less retention objectives of 30 days are counted over less and look better than they are. With a longer interval rates of a minute have holes and pages come late.",
			Look:    []string{"`curl -s http://localhost:9090/api/v1/status/flags | jq '.data | with_entries(select(.key | test(\"retention\")))'` on the Prometheus server", "`curl -s http://localhost:9090/api/v1/status/config | jq -r .data.yaml | head -5`"},
			Do:      []string{"Start it with `--storage.tsdb.retention.time=" + slo.FormatDuration(p.Retention) + "` and the generated configuration.", "If another value is meant, write it into spec/platform.yaml and run `obsgen generate`."},
			FalsePositives: []string{
				"Another Prometheus under the job name \"prometheus\": give it a job of its own.",
			},
		},
		board: monitoringBoard, wait: s.limits.Monitoring.DiffersFor, whose: selfLabels(), value: humanDuration((15 * 24 * time.Hour).Seconds()),
		fault: func(c lapse) []TestSeries {
			return append(kept(c.gauge(p.Retention.Seconds(), (15*24*time.Hour).Seconds())), told(c))
		},
		well: func(c lapse) []TestSeries { return append(kept(c.steady(p.Retention.Seconds())), told(c)) },
		others: []shown{{whose: merge(selfLabels(), map[string]string{"version": "3.16.0"}), fault: func(c lapse) []TestSeries {
			// The series of the old interval stays after a reload, and stands.
			count := counterValues(c.step, phase{length: c.before, rise: 7}, phase{length: c.fault}, phase{length: c.after, rise: 7})
			return []TestSeries{
				selfSeries(metric.PromBuild, map[string]string{"version": "3.16.0"}, c.steady(1)),
				series(metric.PromIntervalLength.Name+"_count", merge(selfLabels(), interval), count),
			}
		}, window: monitorWindow, late: full}},
	}, clause{slo.Ticket, "retention", fmt.Sprintf("%s != %s", ofSelf(metric.PromRetention), slo.FormatNumber(p.Retention.Seconds())),
		"Prometheus keeps samples for another time than the spec says", "It keeps them for {{ $value | humanizeDuration }}."},
		clause{slo.Ticket, "interval", fmt.Sprintf("%s unless on (instance) rate(%s_count{job=%q, interval=%q}[%s]) > 0", ofSelf(metric.PromBuild), metric.PromIntervalLength.Name, prometheusJob, slo.FormatDuration(p.ScrapeInterval), slo.FormatDuration(monitorWindow)),
			"Prometheus scrapes at another interval than the spec says", "No job is scraped every " + slo.FormatDuration(p.ScrapeInterval) + "."})
}
