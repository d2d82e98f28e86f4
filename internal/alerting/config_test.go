package alerting_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/voipbin/observability/internal/alerting"
	"github.com/voipbin/observability/internal/spec"
)

// alerts is a spec with times so short that a test can wait for them.
func alerts() spec.Alerts {
	return spec.Alerts{
		Receivers: []spec.Receiver{
			{Name: "pager", SlackURLFile: "/etc/alertmanager/pager.url", Channel: "#page"},
			{Name: "desk", SlackURLFile: "/etc/alertmanager/desk.url"},
		},
		Routes: spec.Routes{
			Page: "pager", Ticket: "desk", GroupWait: 500 * time.Millisecond, GroupInterval: time.Second,
			PageRepeat: 4 * time.Hour, TicketRepeat: 24 * time.Hour, ResolveTimeout: 5 * time.Minute,
		},
	}
}

// inputs are the spec with the alerts that a platform of three tiers has.
func inputs(webhook string) alerting.Inputs {
	return alerting.Inputs{Alerts: alerts(), Down: []string{"KamailioDown", "RTPEngineDown", "AsteriskDown"}, Watchdog: "Watchdog", Webhook: webhook}
}

func TestRoute(t *testing.T) {
	t.Parallel()
	want := alerting.Route{
		Receiver: "desk", GroupBy: []string{"alertname", "slo"}, GroupWait: "500ms", GroupInterval: "1s", RepeatInterval: "1d",
		Routes: []alerting.Route{
			{Matchers: []string{`severity="page"`}, Receiver: "pager", RepeatInterval: "4h"},
			{Matchers: []string{`severity="ticket"`}, Receiver: "desk", RepeatInterval: "1d"},
		},
	}
	if diff := cmp.Diff(want, alerting.Build(inputs("")).Route); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestReceivers(t *testing.T) {
	t.Parallel()
	f := func(webhook string, want ...[4]string) {
		t.Helper()
		var got [][4]string
		for _, r := range alerting.Build(inputs(webhook)).Receivers {
			for _, s := range r.Slack {
				got = append(got, [4]string{r.Name, s.Channel, s.APIURLFile, s.APIURL})
			}
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("webhook %q (-want +got):\n%s", webhook, diff)
		}
	}
	f("", [4]string{"pager", "#page", "/etc/alertmanager/pager.url", ""}, [4]string{"desk", "", "/etc/alertmanager/desk.url", ""})
	f("http://127.0.0.1:1/slack", [4]string{"pager", "#page", "", "http://127.0.0.1:1/slack"}, [4]string{"desk", "", "", "http://127.0.0.1:1/slack"})
}

// TestInhibitRulesDemandWhatTheyCompare shows that alerts which both lack a label cannot silence each other by it.
func TestInhibitRulesDemandWhatTheyCompare(t *testing.T) {
	t.Parallel()
	rules := alerting.Build(inputs("")).InhibitRules
	if len(rules) == 0 {
		t.Fatal("no rules")
	}
	for _, r := range rules {
		first := r.Equal[0]
		for side, matchers := range map[string][]string{"source": r.SourceMatchers, "target": r.TargetMatchers} {
			demanded := false
			for _, m := range matchers {
				name, _, _ := strings.Cut(strings.ReplaceAll(m, "!=", "="), "=")
				demanded = demanded || name == first
			}
			if !demanded {
				t.Errorf("%s of %v does not demand %q", side, r, first)
			}
		}
	}
}
