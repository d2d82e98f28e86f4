package budget

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestTheRecordsExist: what is asked for is what the generated rules record.
func TestTheRecordsExist(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("../../rules/slo_*.yaml")
	if err != nil || len(files) == 0 {
		t.Fatalf("no rules: %v", err)
	}
	recorded, alerts, objectives := map[string]bool{}, map[string]bool{}, map[string]bool{}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range regexp.MustCompile(`record: (\S+)`).FindAllStringSubmatch(string(text), -1) {
			recorded[m[1]] = true
		}
		for _, m := range regexp.MustCompile(`alert: (\S+)`).FindAllStringSubmatch(string(text), -1) {
			alerts[m[1]] = true
		}
		for _, m := range regexp.MustCompile(`record: slo:sli_events_raw:increase5m\n(?:.*\n)+?\s+slo: (\S+)`).FindAllStringSubmatch(string(text), -1) {
			objectives[m[1]] = true
		}
	}
	pattern := regexp.MustCompile("^(?:" + strings.TrimSuffix(strings.TrimPrefix(valuesQuery(eventWindows(nil)), `{__name__=~"`), `"}`) + ")$")
	for _, want := range []string{
		"slo:error_budget_remaining:ratio", "slo:error_budget_consumed:ratio", "slo:sli_success:ratio_increase_period", "slo:sli_events:increase_period",
		"slo:sli_errors:increase_period", "slo:sli_events:increase1h", "slo:sli_events:increase1d", "slo:maintenance:active",
		"slo:error_budget_burn:ratio_increase1h", "slo:error_budget_burn:ratio_increase6h", "slo:error_budget_burn:ratio_increase1d", "slo:error_budget_burn:ratio_increase3d",
	} {
		if !recorded[want] {
			t.Errorf("no rule records %s", want)
		}
		if !pattern.MatchString(want) {
			t.Errorf("%s is not asked for", want)
		}
	}
	if len(objectives) == 0 {
		t.Error("no objective counts events")
	}
	for o := range objectives {
		if !alerts[dataMissing(o)] {
			t.Errorf("no rule is named %s", dataMissing(o))
		}
	}
}
