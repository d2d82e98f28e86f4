package promql

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/voipbin/observability/internal/metric"
)

// The labels that an expression leaves, by which rules and boards know what they may group and print by.
func TestLabels(t *testing.T) {
	t.Parallel()
	f := func(text string, want ...string) {
		t.Helper()
		if diff := cmp.Diff(want, testChecker().Labels(text)); diff != "" {
			t.Errorf("%s\n(-want +got):\n%s", text, diff)
		}
	}
	target := []string{"instance", "job", "node", "region"}
	f(`kamailio_up`, target...)
	f(`-kamailio_up`, target...)
	f(`2 * (kamailio_up)`, target...)
	f(`kamailio_dialogs`, "instance", "job", "node", "region", "state")
	f(`sum without (state, node) (kamailio_dialogs)`, "instance", "job", "region")
	f(`sum by (instance, region) (kamailio_dialogs)`, "instance", "region")
	f(`topk by (region) (3, kamailio_dialogs)`, "instance", "job", "node", "region", "state")
	f(`count_values("calls", kamailio_dialogs)`, "calls")
	f(`kamailio_dialogs / on (instance) group_left (version) kamailio_build_info`, "instance", "job", "node", "region", "state", "version")
	f(`kamailio_build_info * on (instance) group_right (version) kamailio_dialogs`, "instance", "job", "node", "region", "state", "version")
	f(`kamailio_up == on (instance) sum by (instance) (kamailio_dialogs)`, "instance")
	f(`kamailio_up == ignoring (node) kamailio_up`, "instance", "job", "region")
	f(`kamailio_dialogs and on (instance) kamailio_up`, "instance", "job", "node", "region", "state")
	f(`sum by (state) (kamailio_dialogs) or sum by (region) (kamailio_up)`, "region", "state")
	f(`absent(up{job="kamailio", instance=~"k.*", node!="x"})`, "job")
	f(`absent_over_time(up{job="kamailio"}[5m])`, "job")
	f(`histogram_quantile(0.9, sum by (le, code) (rate(setup_seconds_bucket[5m])))`, "code")
	f(`label_replace(sum by (state) (kamailio_dialogs), "phase", "$1", "state", "(.*)")`, "phase", "state")
	f(`label_join(sum by (state) (kamailio_dialogs), "both", "-", "state", "state")`, "both", "state")
	f(`last_over_time(slo:errors:ratio[5m])`, "slo")
	f(`wait_seconds`, "instance", "job", "node", "quantile", "region")
	f(`slo:errors:ratio{slo="api"}`, "slo")

	none := func(text string) {
		t.Helper()
		if got := testChecker().Labels(text); got != nil {
			t.Errorf("%s: want labels that are not known, got %q", text, got)
		}
	}
	none(`ALERTS`)
	none(`unknown_metric`)
	none(`sum(`)
	if got := testChecker().Labels(`sum(kamailio_up)`); got == nil || len(got) != 0 {
		t.Errorf("want no labels, got %#v", got)
	}
	if got := testChecker().Labels(`vector(1)`); got == nil || len(got) != 0 {
		t.Errorf("want no labels, got %#v", got)
	}
}

// A server that lacks the modifier refuses the whole rule file, so that it must be found before.
func TestCheckAnchored(t *testing.T) {
	t.Parallel()
	const text = `increase(kamailio_requests_received_total[5m] anchored)`
	old := NewChecker(metric.NewCatalogue(metric.All()), nil, Options{})
	got := old.Check(text)
	if len(got) != 1 || got[0].What != "the anchored modifier needs Prometheus 3.16" {
		t.Errorf("want the modifier refused, got %v", got)
	}
	if got := testChecker().Check(text); len(got) != 0 {
		t.Errorf("want the modifier accepted, got %v", got)
	}
}

// Problems of an expression with $window are placed in the text as it was written.
func TestCheckWith(t *testing.T) {
	t.Parallel()
	const text = `sum(voipbin:attempt:increase$window) / sum(rate(kamailio_dialogs[$window]))`
	got := make([]string, 0, 2)
	for _, p := range testChecker().CheckWith(text, Window(5*time.Minute)) {
		got = append(got, text[p.Start:p.End]+": "+p.What)
	}
	want := []string{
		`voipbin:attempt:increase$window: unknown metric "voipbin:attempt:increase5m"`,
		`rate(kamailio_dialogs[$window]): rate() of "kamailio_dialogs", which is not a counter`,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestAlternatives(t *testing.T) {
	t.Parallel()
	f := func(pattern string, want ...string) {
		t.Helper()
		if diff := cmp.Diff(want, alternatives(pattern)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", pattern, diff)
		}
	}
	f(`a`, "a")
	f(`a|b|c`, "a", "b", "c")
	f(`a(b|c)|d`, "a(b|c)", "d")
	f(`a[|]b|c`, "a[|]b", "c")
	f(`a\|b|c`, `a\|b`, "c")
	f(`a|`, "a", "")
}
