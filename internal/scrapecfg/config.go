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

// ScrapeConfig is one job.
type ScrapeConfig struct {
	JobName       string          `yaml:"job_name"`
	StaticConfigs []Group         `yaml:"static_configs,omitempty"`
	HTTPDiscovery []HTTPDiscovery `yaml:"http_sd_configs,omitempty"`
}

// HTTPDiscovery is an address that lists targets
// (https://prometheus.io/docs/prometheus/latest/http_sd/).
type HTTPDiscovery struct {
	URL string `yaml:"url"`
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
	jobs := []ScrapeConfig{{JobName: KamailioJob, StaticConfigs: groups(t.Kamailio)}}
	if len(t.RTPEngine) > 0 {
		jobs = append(jobs, ScrapeConfig{JobName: RTPEngineJob, StaticConfigs: groups(t.RTPEngine)})
	}
	if len(t.Asterisk) > 0 {
		jobs = append(jobs, ScrapeConfig{JobName: AsteriskJob, StaticConfigs: groups(t.Asterisk)})
	}
	if len(t.SIP) > 0 {
		jobs = append(jobs, ScrapeConfig{JobName: SIPJob, HTTPDiscovery: discoveries(t.SIP)})
	}
	if len(t.Trackers) > 0 {
		jobs = append(jobs, ScrapeConfig{JobName: TrackerJob, StaticConfigs: groups(t.Trackers)})
	}
	return Config{
		Global: Global{
			ScrapeInterval:     config.FormatDuration(p.ScrapeInterval),
			ScrapeTimeout:      config.FormatDuration(min(p.ScrapeInterval, maxTimeout)),
			EvaluationInterval: config.FormatDuration(p.EvaluationInterval),
		},
		Storage:       storage(p),
		RuleFiles:     ruleFiles,
		Alerting:      Alerting{Alertmanagers: []Discovery{{StaticConfigs: []Group{{Targets: t.Alertmanagers}}}}},
		ScrapeConfigs: append(jobs, ScrapeConfig{JobName: PrometheusJob, StaticConfigs: []Group{{Targets: []string{t.Prometheus}}}}),
	}
}
