// Package scrapecfg writes the configuration of the Prometheus server that watches the platform: what it scrapes, which
// rules it evaluates, and whom it tells. It neither discovers targets nor talks to any.
package scrapecfg

import (
	"time"

	"github.com/voipbin/observability/internal/config"
	"github.com/voipbin/observability/internal/spec"
)

// The jobs that are scraped; their names are the job label of every series and part of many rules.
const (
	KamailioJob   = "kamailio"
	RTPEngineJob  = "rtpengine"
	AsteriskJob   = "asterisk"
	SIPJob        = "sip"
	TrackerJob    = "tracker"
	PrometheusJob = "prometheus"

	AlertmanagerJob = "alertmanager"
)

// Config is prometheus.yml, as far as it is used here
// (https://prometheus.io/docs/prometheus/latest/configuration/configuration/).
type Config struct {
	Global        Global         `yaml:"global"`
	Storage       *Storage       `yaml:"storage,omitempty"`
	RuleFiles     []string       `yaml:"rule_files"`
	Alerting      Alerting       `yaml:"alerting"`
	ScrapeConfigs []ScrapeConfig `yaml:"scrape_configs"`
}

// Global holds the defaults of all jobs. Durations are written as Prometheus writes them.
type Global struct {
	ScrapeInterval     string `yaml:"scrape_interval"`
	ScrapeTimeout      string `yaml:"scrape_timeout"`
	EvaluationInterval string `yaml:"evaluation_interval"`
}

// Storage says how much is kept.
type Storage struct {
	TSDB struct {
		Retention Retention `yaml:"retention"`
	} `yaml:"tsdb"`
}

// Retention is how long samples are kept, and how many bytes of blocks at most: whichever is reached first.
type Retention struct {
	Time string `yaml:"time"`
	Size string `yaml:"size"`
}

// Alerting names the Alertmanagers.
type Alerting struct {
	Alertmanagers []Discovery `yaml:"alertmanagers"`
}

// Discovery is a list of groups of addresses.
type Discovery struct {
	StaticConfigs []Group `yaml:"static_configs"`
}

// Group is a list of host:port with the labels that all of them carry.
type Group struct {
	Targets []string          `yaml:"targets"`
	Labels  map[string]string `yaml:"labels,omitempty"`
}

// discoveries are the lists of targets of our exporters.
func discoveries(exporters []string) []HTTPDiscovery {
	list := make([]HTTPDiscovery, len(exporters))
	for i, address := range exporters {
		list[i] = HTTPDiscovery{URL: "http://" + address + "/sd"}
	}
	return list
}

// maxTimeout is Prometheus' own default for how long a scrape may take.
const maxTimeout = 10 * time.Second

// Build returns the configuration for a platform whose parts are found at t. ruleFiles are the paths of the rule files,
// relative to the folder of prometheus.yml.
func Build(p spec.Prometheus, t Targets, ruleFiles []string) Config {
	return Config{
		Global: Global{
			ScrapeInterval:     config.FormatDuration(p.ScrapeInterval),
			ScrapeTimeout:      config.FormatDuration(min(p.ScrapeInterval, maxTimeout)),
			EvaluationInterval: config.FormatDuration(p.EvaluationInterval),
		},
		Storage:       storage(p),
		RuleFiles:     ruleFiles,
		Alerting:      Alerting{Alertmanagers: []Discovery{{StaticConfigs: []Group{{Targets: t.Alertmanagers}}}}},
		ScrapeConfigs: allJobs(p, t),
	}
}

// allJobs are the jobs of the tiers and of everything else. Where the spec says what else there is, it says what there is in all, and every job has
// its share of the series that the storage can hold.
func allJobs(p spec.Prometheus, t Targets) []ScrapeConfig {
	list := tierJobs(t)
	kinds := make(map[string]string)
	list = append(list, clusterJobs(t.Scrape.Kubernetes)...)
	if len(t.Services) > 0 {
		list = append(list, ScrapeConfig{JobName: spec.ServicesJob, Static: groups(t.Services), MetricRelabel: serviceDrops()})
	}
	for _, j := range t.Scrape.Jobs {
		for _, c := range jobs(j) {
			kinds[c.JobName] = j.Kind
			list = append(list, c)
		}
	}
	if t.Scrape.Described() {
		limit(list, kinds, SeriesBudget(p))
	}
	return list
}

// tierJobs are the jobs of our own exporters, of the server itself and of those that it alerts by.
func tierJobs(t Targets) []ScrapeConfig {
	var list []ScrapeConfig
	for _, tier := range []struct {
		job     string
		targets []Target
	}{{KamailioJob, t.Kamailio}, {RTPEngineJob, t.RTPEngine}, {AsteriskJob, t.Asterisk}, {TrackerJob, t.Trackers}} {
		if tier.job == TrackerJob && len(t.SIP) > 0 {
			list = append(list, ScrapeConfig{JobName: SIPJob, HTTPDiscovery: discoveries(t.SIP)})
		}
		if len(tier.targets) > 0 || tier.job == KamailioJob {
			list = append(list, ScrapeConfig{JobName: tier.job, Static: groups(tier.targets)})
		}
	}
	list = append(list, ScrapeConfig{JobName: PrometheusJob, Static: []Group{{Targets: []string{t.Prometheus}}}})
	if len(t.Alertmanagers) > 0 {
		list = append(list, ScrapeConfig{JobName: AlertmanagerJob, Static: []Group{{Targets: t.Alertmanagers}}})
	}
	return list
}
