package spec_test

import (
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/voipbin/observability/internal/diag"
	"github.com/voipbin/observability/internal/spec"
)

// thresholds begin an alerts.yaml that is about something else.
const thresholds = "kamailio: {down_for: 1m, capacity: {warn: 70%, page: 85%, for: 5m}}\n"

// loadAlerts loads the good spec with another alerts.yaml.
func loadAlerts(t *testing.T, text string) (spec.Alerts, string) {
	t.Helper()
	folder := good(t)
	folder["alerts.yaml"] = &fstest.MapFile{Data: []byte(thresholds + text)}
	s, problems := spec.Load(folder, "spec")
	if s == nil {
		return spec.Alerts{}, problems.Error()
	}
	return s.Alerts, problems.Error()
}

func TestReceiversAndRoutes(t *testing.T) {
	t.Parallel()
	got, problems := loadAlerts(t, `receivers:
  - {name: pager, pagerduty_key_file: /run/pd, opsgenie_key_file: og.key}
  - name: mail
    email: {to: [a@example.org], from: b@example.org, smarthost: "mx:587", username: u, password_file: /run/mail}
  - {name: tracker, webhook: {url: "http://tracker:9745/api/v1/alerts", token_file: /run/token}}
  - {name: deadman, webhook: {url_file: /run/deadman}}
routes:
  page: pager
  ticket: mail
  watchdog: deadman
  watchdog_repeat: 2m
  copies: [tracker]
  teams:
    - {name: voice, owners: [voip], alerts: [Kamailio, RTPEngine], page: mail}
mutes:
  - name: window
    labels: {severity: ticket}
    times:
      - {date: 2026-12-31, from: "22:00", to: "24:00", location: Europe/Berlin}
      - {weekdays: [saturday, sunday]}
`)
	if problems != "" {
		t.Fatal(problems)
	}
	want := spec.Alerts{
		Receivers: []spec.Receiver{
			{Name: "pager", PagerDutyKeyFile: "/run/pd", OpsgenieKeyFile: "og.key"},
			{Name: "mail", Email: spec.Email{To: []string{"a@example.org"}, From: "b@example.org", Smarthost: "mx:587", Username: "u", PasswordFile: "/run/mail"}},
			{Name: "tracker", Webhook: spec.Webhook{URL: "http://tracker:9745/api/v1/alerts", TokenFile: "/run/token"}},
			{Name: "deadman", Webhook: spec.Webhook{URLFile: "/run/deadman"}},
		},
		Routes: spec.Routes{
			Page: "pager", Ticket: "mail", GroupWait: 30 * time.Second, GroupInterval: 5 * time.Minute, PageRepeat: 4 * time.Hour,
			TicketRepeat: 24 * time.Hour, ResolveTimeout: 5 * time.Minute, Watchdog: "deadman", WatchdogRepeat: 2 * time.Minute, Copies: []string{"tracker"},
			Teams: []spec.Team{{Name: "voice", Owners: []string{"voip"}, Alerts: []string{"Kamailio", "RTPEngine"}, Page: "mail", Ticket: "mail"}},
		},
		Mutes: []spec.Mute{{Name: "window", Labels: []spec.Label{{Name: "severity", Value: "ticket"}}, Times: []spec.MuteTime{
			{Date: time.Date(2026, 12, 31, 0, 0, 0, 0, time.UTC), From: "22:00", To: "24:00", Location: "Europe/Berlin"},
			{Weekdays: []string{"saturday", "sunday"}},
		}}},
	}
	got.Kamailio, got.RTPEngine, got.Asterisk, got.SIP = want.Kamailio, want.RTPEngine, want.Asterisk, want.SIP
	got.Services, got.Capacity, got.Hosts, got.Stores, got.Network, got.Monitoring, got.Objectives = want.Services, want.Capacity, want.Hosts, want.Stores, want.Network, want.Monitoring, want.Objectives // likewise
	if diff := cmp.Diff(want, got, cmpopts.IgnoreTypes(diag.Position{})); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestReceiversAndRoutesRefused(t *testing.T) {
	t.Parallel()
	const one, routes = "receivers: [{name: pager, slack_url_file: /a}]\n", "routes: {page: pager, ticket: pager}\n"
	f := func(text string, want ...string) {
		t.Helper()
		if _, got := loadAlerts(t, text); cmp.Diff(strings.Join(want, "\n"), got) != "" {
			t.Errorf("%s (-want +got):\n%s", text, cmp.Diff(strings.Join(want, "\n"), got))
		}
	}
	receiver := func(text string) string { return "receivers: [{name: pager" + text + "}]\n" + routes }
	f(receiver(""), "spec/alerts.yaml:2:13: receivers[0]: the receiver sends nowhere: give it slack_url_file, pagerduty_key_file, opsgenie_key_file, email or webhook")
	f(receiver(", pagerduty_key_file: 0123456789abcdef"), "spec/alerts.yaml:2:47: receivers[0].pagerduty_key_file: this does not look like the path of a file: write a path on Alertmanager's machine, such as /etc/alertmanager/NAME; the secret itself has no place here")
	f(receiver(", webhook: {}"), "spec/alerts.yaml:2:36: receivers[0].webhook: want either url or url_file: url_file where the address itself is the secret")
	f(receiver(", email: {to: [], from: a, smarthost: mx, username: u}"),
		"spec/alerts.yaml:2:34: receivers[0].email: username and password_file go together: give both, or neither for a server that asks for no login",
		"spec/alerts.yaml:2:39: receivers[0].email.to: no addresses: name one at least",
		`spec/alerts.yaml:2:49: receivers[0].email.from: "a" is not an address of e-mail`,
		`spec/alerts.yaml:2:63: receivers[0].email.smarthost: "mx" has no port: write host:port, an IPv6 address in brackets`)
	f(one+"routes: {page: pager, ticket: pager, watchdog: deadmann, copies: [pager], teams: [{name: a}]}\n",
		`spec/alerts.yaml:3:48: routes.watchdog: there is no receiver "deadmann": there are: pager`,
		"spec/alerts.yaml:3:83: routes.teams[0]: the team has neither owners nor alerts: name owners of slos.yaml, or begins of alert names: nothing would ever reach it")
	mute := func(times string) string { return one + routes + "mutes: [{name: a, times: [" + times + "]}]\n" }
	f(mute(""), "spec/alerts.yaml:4:26: mutes[0].times: no times: a mute without times mutes nothing")
	f(mute(`{from: "24:30", to: "01:00"}`), `spec/alerts.yaml:4:34: mutes[0].times[0].from: "24:30" is not a time such as 03:30, up to 24:00`,
		"spec/alerts.yaml:4:47: mutes[0].times[0].to: 01:00 is not after 24:30: a stretch across midnight is two: one to 24:00, one from 00:00")
	f(mute(`{from: "23:00"}`), "spec/alerts.yaml:4:27: mutes[0].times[0]: from and to go together: leave both out for the whole day; 24:00 ends it")
	f(mute(`{date: 2026-02-30}`), `spec/alerts.yaml:4:34: mutes[0].times[0].date: "2026-02-30" is not a day: write it as 2026-12-31`)
	f(mute(`{date: 2026-02-28, weekdays: [monday]}`), "spec/alerts.yaml:4:27: mutes[0].times[0]: want either a date or weekdays: two entries can have one each")
	f(mute(`{location: Europe/Berlinn}`), `spec/alerts.yaml:4:38: mutes[0].times[0].location: there is no time zone "Europe/Berlinn": a name such as Europe/Berlin or UTC`)
}
