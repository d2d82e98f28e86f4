package rules

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/voipbin/observability/internal/spec"
)

// What a service usually uses is what one hour in twenty exceeds, over weeks: not its worst hour, not its mean, and nothing before a week has passed.
func TestSizesByWeeks(t *testing.T) {
	t.Parallel()
	tool := promtool(t)
	out := buildSpec(t)
	// Of every day one hour is busy and one is odd; the others are quiet: one in twenty exceeds the busy one.
	day := make([]string, 24)
	for h := range day {
		day[h] = "0.2"
	}
	day[10], day[11] = "0.8", "0.9"
	labels := map[string]string{"namespace": "production", "deployment": "bin-call-manager"}
	input := []TestSeries{
		series(serviceCPU, labels, strings.Repeat(strings.Join(day, " ")+" ", 9)),
		series(serviceMemory, merge(labels, map[string]string{"deployment": "bin-flow-manager"}), strings.Repeat(strings.Join(day, " ")+" ", 3)),
	}
	cpu := sizeUsual + `{kind="service",name="bin-call-manager",resource="cpu"}`
	story := TestGroup{
		Name: "sizes", Interval: "1h", InputSeries: input,
		ExprTests: []ExprTest{
			{Expr: sizeUsual, EvalTime: "166h", Expected: []ExpectedSample{}},
			{Expr: sizeUsual, EvalTime: "191h", Expected: []ExpectedSample{{Labels: cpu, Value: 0.8}}},
			{Expr: sizeUsed, EvalTime: "34h", Expected: []ExpectedSample{{Labels: strings.Replace(cpu, sizeUsual, sizeUsed, 1), Value: 0.8}, {Labels: sizeUsed + `{kind="service",name="bin-flow-manager",resource="memory"}`, Value: 0.8}}},
		},
	}
	test := testFile("sizes-weeks_test.yaml", time.Hour, []string{"rightsizing.yaml"}, nil, told(story))
	dir := writeFiles(t, append(ruleFiles(out), written{test.Path, test.Make()}))
	run(t, tool, "test", "rules", filepath.Join(dir, test.Path))
}

// Night may begin before midnight, reviews may be weekly, and what is kept may be less than what lies between two of them. The stories prove those alerts
// as they do the repository's own.
func TestSizingOfOtherSpecs(t *testing.T) {
	t.Parallel()
	tool := promtool(t)
	out := buildSpec(t, func(s *spec.Spec) {
		s.Delivery.Cost.OffPeak.FromHour, s.Delivery.Cost.OffPeak.ToHour = 22, 5
		s.Delivery.Cost.RightSizing.Every = 10 * 24 * time.Hour
	})
	files := ruleFiles(out)
	var paths []string
	for _, f := range out.Tests {
		if strings.Contains(f.Path, "rightsizing") {
			files, paths = append(files, written{f.Path, f.Make()}), append(paths, f.Path)
		}
	}
	dir := writeFiles(t, files)
	args := []string{"test", "rules"}
	for _, p := range paths {
		args = append(args, filepath.Join(dir, p))
	}
	run(t, tool, args...)
	for _, r := range rulesOf(t, out) {
		if r.Record == sizeUsual && !strings.Contains(r.Expr, "[1w:1h]") {
			t.Errorf("want a week, got %s", r.Expr)
		}
	}
}

// Quotas are of the machines in the spec, and of the regions that stand by.
func TestQuotas(t *testing.T) {
	t.Parallel()
	s := loadSpec(t)
	got := fmt.Sprint(quotas(s))
	want := fmt.Sprint([]quotaFor{
		{"cpus", "compute.googleapis.com/cpus", "processors", 3*4 + 6*8 + 3*8},
		{"disks", "compute.googleapis.com/ssd_total_storage", "GB of SSD", 3*100 + 6*200 + 3*50},
	})
	if got != want {
		t.Errorf("want %s, got %s", want, got)
	}
	alone := buildSpec(t, func(s *spec.Spec) { s.Platform.Regions = s.Platform.Regions[:1] })
	if slices.ContainsFunc(alone.Alerts, func(a Alert) bool { return a.Name == "RecoveryQuotaShort" }) {
		t.Error("an alert about regions that there are not")
	}
}

// Brokers and databases on machines of their own are held to their sizes by node_exporter; a managed one by what the cloud tells.
func TestStoresOnMachines(t *testing.T) {
	t.Parallel()
	causes := func(out *Output, alert string) []string {
		var list []string
		for _, r := range rulesOf(t, out) {
			if r.Alert == alert {
				list = append(list, r.Labels["cause"])
			}
		}
		return list
	}
	managed := buildSpec(t)
	if got := causes(managed, "HostSizeDiffers"); !slices.Contains(got, "rabbitmq_primary_disk") || slices.Contains(got, "mysql_primary_cpus") {
		t.Errorf("a managed database: %q", got)
	}
	own := buildSpec(t, func(s *spec.Spec) {
		for i, j := range s.Scrape.Jobs {
			if j.Name == nodeJob {
				s.Scrape.Jobs[i].Targets = append(slices.Clone(j.Targets), "mysql-primary:9100", "mysql-replica-1:9100", "mysql-replica-2:9100")
			}
		}
	})
	got := causes(own, "HostSizeDiffers")
	if !slices.Contains(got, "mysql_primary_cpus") || !slices.Contains(got, "mysql_replica_1_memory") || slices.Contains(got, "mysql_replica_2_memory") {
		t.Errorf("databases on machines, those of one size together: %q", got)
	}
	if more := causes(own, "MySQLSizeDiffers"); len(more) > 0 {
		t.Errorf("the cloud knows nothing of them: %q", more)
	}
}
