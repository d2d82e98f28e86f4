package scrapecfg_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/voipbin/observability/internal/config"
	"github.com/voipbin/observability/internal/scrapecfg"
	"github.com/voipbin/observability/internal/spec"
)

// platform is a tier of two nodes in two regions.
func platform() spec.Platform {
	return spec.Platform{
		Prometheus: spec.Prometheus{
			Version: spec.Version{Major: 3, Minor: 16}, ScrapeInterval: 15 * time.Second, EvaluationInterval: 30 * time.Second,
			Retention: 30 * 24 * time.Hour, StorageBytes: 100e9, Alertmanagers: []string{"alert-1:9093", "alert-2:9093"},
		},
		SIPProxies: spec.SIPProxyTier{
			CallsPerNode: 5000,
			Tier: spec.Tier{MetricsPort: 9494, Nodes: []spec.Node{
				{Name: "kamailio-1", Region: "us-central1", Address: "10.0.2.11"},
				{Name: "kamailio-2", Region: "us-east1", Address: "kamailio-2:9999"},
			}},
		},
		MediaServers: spec.MediaServerTier{
			CallsPerNode: 500,
			Tier: spec.Tier{MetricsPort: 9815, Nodes: []spec.Node{
				{Name: "asterisk-1", Region: "us-central1", Address: "10.0.2.21", Farm: "call"},
			}},
		},
		SIPProber: spec.SIPProber{Addresses: []string{"prober:9743"}, Probes: []string{"edge-udp"}},
		MediaProxies: spec.MediaProxyTier{
			StreamsPerNode: 2000,
			Tier: spec.Tier{MetricsPort: 9742, Nodes: []spec.Node{
				{Name: "rtpengine-1", Region: "us-central1", Address: "10.0.2.31", Control: "udp:rtpengine-1:22222"},
				{Name: "rtpengine-2", Region: "us-central1", Address: "10.0.2.32", Control: "udp:rtpengine-2:22222"},
			}},
		},
	}
}

// encode writes a configuration as YAML.
func encode(t *testing.T, c scrapecfg.Config) string {
	t.Helper()
	data, err := config.Encode("", c)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

func TestBuild(t *testing.T) {
	t.Parallel()
	p := platform()
	const want = `global:
  scrape_interval: 15s
  scrape_timeout: 10s
  evaluation_interval: 30s
storage:
  tsdb:
    retention:
      time: 30d
      size: 100000000000B
rule_files:
  - ../../rules/a.yaml
alerting:
  alertmanagers:
    - static_configs:
        - targets:
            - alert-1:9093
            - alert-2:9093
scrape_configs:
  - job_name: kamailio
    static_configs:
      - targets:
          - 10.0.2.11:9494
        labels:
          instance: kamailio-1
          node: kamailio-1
          region: us-central1
      - targets:
          - kamailio-2:9999
        labels:
          instance: kamailio-2
          node: kamailio-2
          region: us-east1
  - job_name: rtpengine
    static_configs:
      - targets:
          - 10.0.2.31:9742
        labels:
          instance: rtpengine-1
          node: rtpengine-1
          region: us-central1
      - targets:
          - 10.0.2.32:9742
        labels:
          instance: rtpengine-2
          node: rtpengine-2
          region: us-central1
  - job_name: asterisk
    static_configs:
      - targets:
          - 10.0.2.21:9815
        labels:
          farm: call
          instance: asterisk-1
          node: asterisk-1
          region: us-central1
  - job_name: sip
    http_sd_configs:
      - url: http://prober:9743/sd
  - job_name: prometheus
    static_configs:
      - targets:
          - localhost:9090
  - job_name: alertmanager
    static_configs:
      - targets:
          - alert-1:9093
          - alert-2:9093
`
	got := encode(t, scrapecfg.Build(p.Prometheus, scrapecfg.SpecTargets(p, spec.Recovery{}), []string{"../../rules/a.yaml"}))
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestTimeoutFitsTheInterval(t *testing.T) {
	t.Parallel()
	f := func(interval time.Duration, want string) {
		t.Helper()
		p := platform()
		p.Prometheus.ScrapeInterval = interval
		got := scrapecfg.Build(p.Prometheus, scrapecfg.SpecTargets(p, spec.Recovery{}), nil).Global.ScrapeTimeout
		if want != got {
			t.Errorf("interval %v: want %s, got %s", interval, want, got)
		}
	}
	f(time.Second, "1s")
	f(10*time.Second, "10s")
	f(time.Minute, "10s")
}

// TestRetentionByVersion shows that what the file cannot say the flags say.
func TestRetentionByVersion(t *testing.T) {
	t.Parallel()
	f := func(minor int, wantFile bool, wantFlags []string) {
		t.Helper()
		p := platform()
		p.Prometheus.Version = spec.Version{Major: 3, Minor: minor}
		c := scrapecfg.Build(p.Prometheus, scrapecfg.SpecTargets(p, spec.Recovery{}), nil)
		if got := c.Storage != nil; wantFile != got {
			t.Errorf("3.%d: retention in the file: want %v, got %v", minor, wantFile, got)
		}
		if diff := cmp.Diff(wantFlags, scrapecfg.FlagsFor(p.Prometheus)); diff != "" {
			t.Errorf("3.%d: flags (-want +got):\n%s", minor, diff)
		}
	}
	f(16, true, nil)
	f(11, true, nil)
	f(10, false, []string{"--storage.tsdb.retention.time=30d", "--storage.tsdb.retention.size=100000000000B"})
}
