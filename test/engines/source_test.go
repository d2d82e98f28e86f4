//go:build integration

package engines

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// shipped are the names of the objectives that the repository ships rules for.
func shipped(t *testing.T) []string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(repo, "rules", "slo_*-budget.yaml"))
	if err != nil || len(files) < 10 {
		t.Fatalf("%d objectives: %v", len(files), err)
	}
	var all []string
	for _, f := range files {
		all = append(all, strings.TrimSuffix(strings.TrimPrefix(filepath.Base(f), "slo_"), "-budget.yaml"))
	}
	return all
}

// exposition has the records of objectives, as their rules make them: each with numbers of its own, of which some are none, and some objectives miss a few.
func exposition(names []string) string {
	var b strings.Builder
	for i, slo := range names {
		add := func(name string, value string) { fmt.Fprintf(&b, "%s{slo=%q} %s\n", name, slo, value) }
		spent := 0.1234567890123*float64(i%11) + 1e-9*float64(i)
		number := func(v float64) string { return fmt.Sprintf("%.17g", v) }
		switch i % 7 {
		case 3: // nothing happened: ratios over no events
			add("slo:error_budget_remaining:ratio", "NaN")
			add("slo:sli_success:ratio_increase_period", "NaN")
			add("slo:sli_events:increase_period", "0")
			continue
		case 5: // it was never recorded
			continue
		}
		add("slo:error_budget_consumed:ratio", number(spent))
		add("slo:error_budget_remaining:ratio", number(1-spent))
		add("slo:sli_success:ratio_increase_period", number(1-0.001*spent))
		add("slo:sli_events:increase_period", number(1e6/3+float64(i)))
		add("slo:sli_errors:increase_period", number(1000*spent/3))
		add("slo:sli_events:increase1h", number(1400.0/7))
		add("slo:sli_events:increase1d", "33000")
		for _, w := range []string{"5m", "30m", "1h", "2h", "6h", "1d", "3d"} {
			add("slo:error_budget_burn:ratio_increase"+w, number(7*spent))
		}
		if i%4 == 0 {
			fmt.Fprintf(&b, "ALERTS{alertname=\"Burns\",alertstate=\"firing\",severity=\"page\",burn=\"page_fast\",slo=%q} 1\n", slo)
		}
		add("slo:maintenance:active", fmt.Sprint(i%2))
	}
	return b.String()
}

// counters are what the rules of objective sip_reachable read, as they stand so long after the beginning.
func counters(age time.Duration) string {
	var b strings.Builder
	for i, edge := range []string{"edge-udp", "edge-tcp", "edge-tls"} {
		n := int(age/time.Second) * (i + 3)
		fmt.Fprintf(&b, "up{job=\"sip\",instance=%q} 1\nsip_probes_total{job=\"sip\",instance=%q} %d\n", edge, edge, n)
		fmt.Fprintf(&b, "sip_probes_reached_total{job=\"sip\",instance=%q,grade=\"L2\"} %d\n", edge, n-n/50)
	}
	return b.String()
}

// source is a real Prometheus with all of that, which writes it to others, and to which the others are compared.
func source(t *testing.T, remote string) string {
	t.Helper()
	text, began := exposition(shipped(t)), time.Now()
	scraped := http.NewServeMux()
	scraped.HandleFunc("/records", func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte(text)) })
	scraped.HandleFunc("/counters", func(w http.ResponseWriter, _ *http.Request) {
		_, _ = w.Write([]byte(counters(time.Since(began) + time.Hour)))
	})
	server := httptest.NewServer(scraped)
	t.Cleanup(server.Close)
	address := strings.TrimPrefix(server.URL, "http://")
	config := file(t, "prometheus.yml", fmt.Sprintf(`
global: {scrape_interval: 1s, external_labels: {cluster: "proof", replica: "a"}}
scrape_configs:
  - {job_name: records, metrics_path: /records, fallback_scrape_protocol: PrometheusText0.0.4, static_configs: [{targets: [%q]}], metric_relabel_configs: [{action: labeldrop, regex: job|instance}]}
  - {job_name: counters, metrics_path: /counters, fallback_scrape_protocol: PrometheusText0.0.4, honor_labels: true, static_configs: [{targets: [%q]}]}
%s`, address, address, remote))
	prometheus, err := filepath.Abs(filepath.Join(repo, ".lab", "bin", "prometheus"))
	if err != nil {
		t.Fatal(err)
	}
	at := free(t)
	run(t, "http://"+at+"/-/ready", prometheus, "--config.file="+config, "--storage.tsdb.path="+t.TempDir(), "--web.listen-address="+at,
		"--storage.tsdb.min-block-duration=2h", "--storage.tsdb.max-block-duration=2h")
	return "http://" + at
}
