package rules

import (
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/voipbin/observability/internal/slo"
	"github.com/voipbin/observability/internal/spec"
)

// The records of an objective as a reviewer should see them; those of further windows differ in the window alone.
func TestObjectiveRecords(t *testing.T) {
	t.Parallel()
	got := make(map[string]string)
	for _, r := range rulesOf(t, buildSpec(t)) {
		if strings.HasPrefix(r.Record, "slo:") {
			got[r.Record] = oneLine(r.Expr)
		}
	}
	const of = `{slo="call_setup"}`
	const side = `, "side", "first", "", ""`
	for name, want := range map[string]string{
		"slo:maintenance:active":                 `(max(max_over_time(slo_maintenance_active{slo="call_setup"}[5m])) > 0)`,
		"slo:sli_errors_raw:increase5m":          `sum( label_replace( (sum(voipbin:call_setup_failures:increase5m) or 0 * (sum(voipbin:call_setup_attempts:increase5m)))` + side + ` ) or slo:sli_errors_born:increase5m` + of + ` )`,
		"slo:sli_events_raw:increase5m":          `sum( label_replace((sum(voipbin:call_setup_attempts:increase5m))` + side + `) or slo:sli_events_born:increase5m` + of + ` )`,
		"slo:sli_errors_excluded:increase5m":     `slo:sli_errors_raw:increase5m` + of + ` and slo:maintenance:active` + of,
		"slo:sli_errors:increase5m":              `slo:sli_errors_raw:increase5m` + of + ` unless slo:maintenance:active` + of,
		"slo:sli_events_raw:increase1h":          `sum( label_replace((sum(voipbin:call_setup_attempts:increase1h))` + side + `) or sum_over_time(slo:sli_events_born:increase5m` + of + `[1h:5m]) )`,
		"slo:sli_events:increase1h":              `clamp_min( slo:sli_events_raw:increase1h` + of + ` - sum_over_time(slo:sli_events_excluded:increase5m` + of + `[1h:5m]), 0 ) or slo:sli_events_raw:increase1h` + of,
		"slo:sli_errors:increase30m":             `sum_over_time(slo:sli_errors:increase5m` + of + `[30m:5m])`,
		"slo:sli_errors:increase6h":              `sum_over_time(slo:sli_errors:increase5m` + of + `[6h:5m])`,
		"slo:sli_events:increase3d":              `sum_over_time(slo:sli_events:increase30m` + of + `[3d:30m])`,
		"slo:sli_error:ratio_increase1h":         `slo:sli_errors:increase1h` + of + ` / (slo:sli_events:increase1h` + of + ` > 0)`,
		"slo:sli_success:ratio_increase1h":       `1 - slo:sli_error:ratio_increase1h` + of,
		"slo:error_budget_burn:ratio_increase1h": `slo:sli_error:ratio_increase1h` + of + ` / 0.001`,
		"slo:sli_errors_counted:increase5m":      `sum without (side) ( label_replace(slo:sli_errors:increase5m` + of + side + `) or ( slo:sli_errors_returned:increase5m` + of + ` unless slo:maintenance:active` + of + ` ) )`,
		"slo:sli_errors_counted:increase1h":      `sum_over_time(slo:sli_errors_counted:increase5m` + of + `[1h:5m])`,
		"slo:objective:ratio":                    `vector(0.999)`,
		"slo:error_budget:ratio":                 `vector(0.001)`,
		"slo:period:seconds":                     `vector(2592000)`,
		"slo:sli_error:ratio_increase_period":    `slo:sli_errors:increase_period` + of + ` / (slo:sli_events:increase_period` + of + ` > 0)`,
		"slo:sli_success:ratio_increase_period":  `1 - slo:sli_error:ratio_increase_period` + of,
		"slo:error_budget_consumed:ratio":        `slo:sli_error:ratio_increase_period` + of + ` / 0.001`,
		"slo:error_budget_remaining:ratio":       `1 - slo:error_budget_consumed:ratio` + of,
		"slo:error_budget_exhaustion:seconds":    `clamp_min(slo:error_budget_remaining:ratio` + of + `, 0) * 2592000 / (slo:error_budget_burn:ratio_increase1h` + of + ` > 0)`,
		"slo:sli_errors:increase_period": `max without (side) ( label_replace( sum without (side) ( label_replace( sum_over_time((slo:sli_errors_counted:increase1h` + of +
			` offset 57m30s)[29d23h:1h])` + side + ` ) or slo:sli_errors:increase_head` + of + ` )` + side + ` ) or slo:sli_errors:increase1h` + of + ` )`,
		"slo:error_budget_burn:ratio_increase30m": `slo:sli_error:ratio_increase30m` + of + ` / 0.001`,
	} {
		if diff := cmp.Diff(want, got[name]); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

// At each moment the head takes the tiles of this hour and of the one before, and no other.
func TestHeadTakesTwoHours(t *testing.T) {
	t.Parallel()
	var expr string
	for _, r := range rulesOf(t, buildSpec(t)) {
		if r.Record == "slo:sli_errors:increase_head" {
			expr = oneLine(r.Expr)
		}
	}
	alternative := regexp.MustCompile(`vector\(\(time\(\) - 1\) % ([0-9]+) / ([0-9]+)\)\) != ([0-9]) \)\[2h:5m\] \) and on \(\) floor\(vector\(time\(\) % ([0-9]+) / ([0-9]+)\)\) == ([0-9])`)
	found := alternative.FindAllStringSubmatch(expr, -1)
	if len(found) != 3 {
		t.Fatalf("want 3 alternatives, got %d in %s", len(found), expr)
	}
	number := func(s string) int64 {
		n, err := strconv.ParseInt(s, 10, 64)
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	for now := int64(10800); now < 10800+4*3600; now += 7 {
		var taken, want []int64
		for _, m := range found {
			if now%number(m[4])/number(m[5]) != number(m[6]) {
				continue
			}
			for mark := now / 300 * 300; mark > now-7200; mark -= 300 {
				if (mark-1)%number(m[1])/number(m[2]) != number(m[3]) {
					taken = append(taken, mark)
				}
			}
		}
		for mark := now / 300 * 300; mark > now/3600*3600-3600; mark -= 300 {
			want = append(want, mark)
		}
		if diff := cmp.Diff(want, taken); diff != "" {
			t.Fatalf("at %d s (-want +got):\n%s", now, diff)
		}
	}
}

// Every window of every tier is recorded, the shortest first, so that sums follow what they are made of.
func TestWindows(t *testing.T) {
	t.Parallel()
	f := func(period time.Duration, want string) {
		t.Helper()
		o := &objective{burns: slo.Burns(slo.Tiers(), 0.999, period)}
		var got []string
		for _, w := range o.windows() {
			got = append(got, promDuration(w))
		}
		if diff := cmp.Diff(want, strings.Join(got, " ")); diff != "" {
			t.Errorf("%s (-want +got):\n%s", promDuration(period), diff)
		}
	}
	f(30*24*time.Hour, "5m 30m 1h 2h 6h 1d 3d")
	f(7*24*time.Hour, "5m 30m 1h 2h 6h 1d")
	f(24*time.Hour, "5m 30m 1h 6h")
}

// A rule may read only records that stand before it, or that another file makes: otherwise it lags by an evaluation.
func TestRulesFollowWhatTheyRead(t *testing.T) {
	t.Parallel()
	read := regexp.MustCompile(`(?:voipbin|slo):[a-z_]+:[a-z0-9_]+`)
	out := buildSpec(t)
	for _, f := range out.Files {
		for _, g := range f.Make().Groups {
			later := make(map[string]bool)
			for _, r := range g.Rules {
				later[r.Record] = true
			}
			for _, r := range g.Rules {
				for _, name := range read.FindAllString(r.Expr, -1) {
					if later[name] && name != r.Record {
						t.Errorf("%s: %s%s reads %s, which is made after it", g.Name, r.Record, r.Alert, name)
					}
				}
				delete(later, r.Record)
			}
		}
	}
}

// An objective of another tier than the proxies is not silenced by them, and gets no advice about them.
func TestOtherTier(t *testing.T) {
	t.Parallel()
	out := buildSpec(t, func(s *spec.Spec) { s.SLOs[0].Tier, s.SLOs[0].Title = "api", "" })
	want := []string{`15m {owner="voip", severity="ticket", slo="call_setup", tier="api"} absent(slo:sli_events_raw:increase5m{slo="call_setup"})`}
	if diff := cmp.Diff(want, alertRules(t, out, "CallSetupDataMissing")); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	for _, a := range out.Alerts {
		if a.Name == "CallSetupBudgetBurn" && strings.Contains(strings.Join(append(a.Look, a.Do...), ""), "kamcmd") {
			t.Error("want no advice about Kamailio")
		}
		if a.Name == "CallSetupBudgetBurn" && !strings.HasPrefix(a.Summary, "call setup:") {
			t.Errorf("want the name where there is no title, got %q", a.Summary)
		}
	}
}

func TestNames(t *testing.T) {
	t.Parallel()
	f := func(got, want string) {
		t.Helper()
		if got != want {
			t.Errorf("want %s, got %s", want, got)
		}
	}
	f(camel("call_setup"), "CallSetup")
	f(camel("a"), "A")
	f(camel("sip_2_pstn"), "Sip2Pstn")
	f(windowed(sloErrors, 90*time.Minute), "slo:sli_errors:increase1h30m")
	f(windowed(callSetupAttempts, 5*time.Minute), "voipbin:call_setup_attempts:increase5m")
}
