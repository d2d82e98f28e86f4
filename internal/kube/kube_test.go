package kube_test

import (
	"strings"
	"testing"
	"time"

	"github.com/voipbin/observability/internal/alerting"
	"github.com/voipbin/observability/internal/config"
	"github.com/voipbin/observability/internal/kube"
	"github.com/voipbin/observability/internal/rules"
	"github.com/voipbin/observability/internal/spec"
)

// text writes an object as YAML.
func text(t *testing.T, o any) string {
	t.Helper()
	data, err := config.Encode("", o)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// Every secret of a file becomes a key of the one Secret, and none of a receiver's ways is lost.
func TestReceivers(t *testing.T) {
	t.Parallel()
	in := alerting.Inputs{Alerts: spec.Alerts{
		Receivers: []spec.Receiver{{
			Name: "all", SlackURLFile: "/a/slack.url", Channel: "#c", PagerDutyKeyFile: "/a/pd.key", OpsgenieKeyFile: "/a/og.key",
			Email:   spec.Email{To: []string{"a@b"}, From: "c@d", Smarthost: "mx:587", Username: "u", PasswordFile: "/a/mail.password"},
			Webhook: spec.Webhook{URLFile: "/a/hook.url", TokenFile: "/a/hook.token"},
		}, {Name: "plain", Webhook: spec.Webhook{URL: "http://tracker/api"}}},
		Routes: spec.Routes{Page: "all", Ticket: "all", GroupWait: time.Second, GroupInterval: time.Second, PageRepeat: time.Hour, TicketRepeat: time.Hour},
	}}
	o, whole := kube.AlertmanagerConfig(alerting.Build(in))
	if !whole {
		t.Error("nothing of it names a time zone")
	}
	got := text(t, o)
	for _, file := range []string{"slack.url", "pd.key", "og.key", "mail.password", "hook.url", "hook.token"} {
		if n := strings.Count(got, "key: "+file+"\n"); n != 1 {
			t.Errorf("%s is the key of %d secrets, want one", file, n)
		}
	}
	for _, want := range []string{"channel: '#c'", "authUsername: u", "alt: Runbook", "url: http://tracker/api"} {
		if !strings.Contains(got, want) {
			t.Errorf("want %s in\n%s", want, got)
		}
	}
	if strings.Contains(got, "/a/") {
		t.Errorf("a path of a file is left:\n%s", got)
	}
}

// Matchers come apart as they were put together, whatever is in them.
func TestMatchers(t *testing.T) {
	t.Parallel()
	in := alerting.Inputs{Down: []string{"ADown", "BDown"}, Watchdog: "Watchdog", Alerts: spec.Alerts{
		Routes: spec.Routes{Page: "r", Ticket: "r", Watchdog: "r", WatchdogRepeat: time.Minute},
		Mutes:  []spec.Mute{{Name: "m", Labels: []spec.Label{{Name: "owner", Value: `a "b" = c\d`}}, Times: []spec.MuteTime{{Location: "Asia/Seoul"}}}},
	}}
	o, whole := kube.AlertmanagerConfig(alerting.Build(in))
	if whole {
		t.Error("a time zone was lost and nobody is told")
	}
	got := text(t, o)
	for _, want := range []string{
		"- name: alertname\n            value: Watchdog\n            matchType: =",
		"- name: alertname\n          value: ADown|BDown\n          matchType: =~",
		"- name: alertname\n          value: ADown|BDown\n          matchType: '!~'",
		"- name: instance\n          value: \"\"\n          matchType: '!='",
		"- name: owner\n                value: a \"b\" = c\\d\n                matchType: =",
	} {
		if !strings.Contains(got, want) {
			t.Errorf("want %q in\n%s", want, got)
		}
	}
}

// A group of GKE Managed Prometheus has an interval of its own.
func TestGlobalRules(t *testing.T) {
	t.Parallel()
	got := text(t, kube.GlobalRules("slo_a", rules.RuleFile{Groups: []rules.Group{{Name: "x", Interval: "5m"}, {Name: "other"}}}, "15s"))
	for _, want := range []string{"name: voipbin-slo-a\n", "- name: x\n      interval: 5m\n", "- name: other\n      interval: 15s\n"} {
		if !strings.Contains(got, want) {
			t.Errorf("want %q in\n%s", want, got)
		}
	}
}
