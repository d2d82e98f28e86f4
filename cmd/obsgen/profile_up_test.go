package main

import (
	"bytes"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/voipbin/observability/internal/config"
	"github.com/voipbin/observability/internal/scrapecfg"
	"github.com/voipbin/observability/internal/spec"
	"github.com/voipbin/observability/internal/tooltest"
)

// upSeries are what a profile's Prometheus knows when every target answers and every exporter its daemon: a line of a story each, but for one job
// that does not.
func upSeries(s *spec.Spec, down string) string {
	var b strings.Builder
	add := func(name, job, instance string, value int) {
		fmt.Fprintf(&b, "      - {series: '%s{job=\"%s\", instance=\"%s\"}', values: '%dx54'}\n", name, job, instance, value)
	}
	daemons := map[string]string{"kamailio": "kamailio_up", "rtpengine": "rtpengine_up", "asterisk": "asterisk_up", "mysqld": "mysql_up", "redis": "redis_up", "blackbox": "probe_success"}
	for _, c := range scrapecfg.Build(s.Platform.Prometheus, specTargets(s), nil).ScrapeConfigs {
		for _, g := range c.Static {
			for _, target := range g.Targets {
				job, instance := c.JobName, g.Labels["instance"]
				if own := g.Labels["job"]; own != "" {
					job = own
				}
				if host, _, err := net.SplitHostPort(target); instance == "" && err == nil && job != "closed" {
					instance = host
				} else if instance == "" {
					instance = target
				}
				value := 1
				if job == down {
					value = 0
				}
				add("up", job, instance, value)
				if name, ok := daemons[c.JobName]; ok {
					add(name, job, instance, value)
				}
			}
		}
	}
	// What is asked by way of lists of targets.
	for _, probe := range s.Platform.SIPProber.Probes {
		add("up", "sip", probe, 1)
		add("sip_up", "sip", probe, 1)
	}
	add("up", "platform", "rabbitmq", 1)
	add("platform_up", "platform", "rabbitmq", 1)
	return b.String()
}

// TestUpOfComposeProfile plays today's platform: while all is up nothing pages and no target is missed, and of one service that is down one alert tells.
func TestUpOfComposeProfile(t *testing.T) {
	t.Parallel()
	tool := tooltest.Find(t, "promtool")
	s := repositorySpec(t, "compose-single-host")
	j, err := judge(s, specTargets(s))
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	var files []string
	for _, f := range j.made.Files {
		name := filepath.Base(f.Path)
		if strings.HasPrefix(name, "slo_") {
			continue // objectives need more than what is up
		}
		data, err := config.Encode("test", f.Make())
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, name), data, 0o644); err != nil {
			t.Fatal(err)
		}
		files = append(files, name)
	}
	slices.Sort(files)
	var test bytes.Buffer
	fmt.Fprintf(&test, "rule_files: [%s]\nevaluation_interval: 15s\ntests:\n", strings.Join(files, ", "))
	// No call and no probe is played, and the switch always fires.
	const others = "Watchdog|KamailioCallSetupDataMissing|SIPProbeMissing"
	story := func(down, expected string) {
		fmt.Fprintf(&test, "  - interval: 15s\n    input_series:\n%s    promql_expr_test:\n", upSeries(s, down))
		fmt.Fprintf(&test, "      - expr: count by (alertname, job, cause) (ALERTS{alertstate=\"firing\", alertname!~\"%s\"})\n        eval_time: 13m\n        exp_samples: %s\n", others, expected)
		fmt.Fprintf(&test, "      - expr: voipbin:services_ready:bool\n        eval_time: 13m\n        exp_samples: [{labels: 'voipbin:services_ready:bool', value: %d}]\n", map[bool]int{true: 1, false: 0}[down == ""])
	}
	story("", "[]")
	story("call-manager", `[{labels: '{alertname="ServiceDown", job="call-manager", cause="daemon"}', value: 1}]`)
	if err := os.WriteFile(filepath.Join(dir, "up_test.yaml"), test.Bytes(), 0o644); err != nil {
		t.Fatal(err)
	}
	out, err := exec.CommandContext(t.Context(), tool, "test", "rules", filepath.Join(dir, "up_test.yaml")).CombinedOutput()
	if err != nil {
		t.Errorf("%v\n%s", err, out)
	}
}
