package alerting_test

import (
	"net/http/httptest"
	"os/exec"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/voipbin/observability/internal/alerting"
	"github.com/voipbin/observability/internal/spec"
	"github.com/voipbin/observability/internal/tooltest"
)

// labels makes labels of names and values.
func labels(pairs ...string) []spec.Label {
	var list []spec.Label
	for i := 0; i < len(pairs); i += 2 {
		list = append(list, spec.Label{Name: pairs[i], Value: pairs[i+1]})
	}
	return list
}

// mutedFor walks the tree as Alertmanager does and returns the times at which an alert is quiet.
func mutedFor(r alerting.Route, alert []spec.Label) []string {
	for _, below := range r.Routes {
		if matches(below.Matchers, alert) {
			return mutedFor(below, alert)
		}
	}
	return r.Muted
}

// matches reports whether an alert has what matchers of equality demand.
func matches(matchers []string, alert []spec.Label) bool {
	for _, m := range matchers {
		name, value, _ := strings.Cut(m, "=")
		if !slices.Contains(alert, spec.Label{Name: name, Value: strings.Trim(value, `"`)}) {
			return false
		}
	}
	return true
}

// TestMutes shows that an alert is mute at the times of every mute whose labels it has, however they overlap, and at no other.
func TestMutes(t *testing.T) {
	t.Parallel()
	in := inputs("")
	in.Alerts.Mutes = []spec.Mute{
		{Name: "region-x", Labels: labels("region", "x")},
		{Name: "farm-y", Labels: labels("region", "x", "farm", "y")},
		{Name: "tier-z", Labels: labels("tier", "z")},
		{Name: "tickets", Labels: labels("severity", "ticket")},
	}
	route := alerting.Build(in).Route
	regions, farms, tiers, severities := []string{"", "x", "w"}, []string{"", "y"}, []string{"", "z"}, []string{"page", "ticket"}
	for _, region := range regions {
		for _, farm := range farms {
			for _, tier := range tiers {
				for _, severity := range severities {
					alert := labels("region", region, "farm", farm, "tier", tier, "severity", severity)
					var want []string
					for _, m := range in.Alerts.Mutes {
						if !slices.ContainsFunc(m.Labels, func(l spec.Label) bool { return !slices.Contains(alert, l) }) {
							want = append(want, m.Name)
						}
					}
					got := slices.Clone(mutedFor(route, alert))
					slices.Sort(got)
					slices.Sort(want)
					if diff := cmp.Diff(want, got); diff != "" {
						t.Errorf("%v (-want +got):\n%s", alert, diff)
					}
				}
			}
		}
	}
}

// TestMuteOfEverything shows that even then the dead man's switch is sent.
func TestMuteOfEverything(t *testing.T) {
	t.Parallel()
	in := inputs("")
	in.Alerts = full(t, "http://127.0.0.1:1")
	in.Alerts.Mutes = []spec.Mute{{Name: "all", Times: []spec.MuteTime{{}}}}
	for _, r := range alerting.Build(in).Route.Routes {
		switch r.Receiver {
		case "pager", "desk":
			if diff := cmp.Diff([]string{"all"}, r.Muted); diff != "" {
				t.Errorf("%v (-want +got):\n%s", r.Matchers, diff)
			}
		default:
			if len(r.Muted) > 0 {
				t.Errorf("%v is mute", r.Matchers)
			}
		}
	}
}

func TestTimeIntervals(t *testing.T) {
	t.Parallel()
	in := inputs("")
	in.Alerts.Mutes = []spec.Mute{{Name: "a", Times: []spec.MuteTime{
		{Date: time.Date(2026, 12, 31, 0, 0, 0, 0, time.UTC), From: "22:00", To: "24:00", Location: "Europe/Berlin"},
		{Weekdays: []string{"saturday", "sunday"}},
	}}}
	want := []alerting.TimeInterval{{Name: "a", Times: []alerting.Times{
		{Times: []alerting.TimeRange{{Start: "22:00", End: "24:00"}}, Days: []string{"31"}, Months: []string{"12"}, Years: []string{"2026"}, Location: "Europe/Berlin"},
		{Times: []alerting.TimeRange{{Start: "00:00", End: "24:00"}}, Weekdays: []string{"saturday", "sunday"}},
	}}}
	if diff := cmp.Diff(want, alerting.Build(in).TimeIntervals); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	amtool := tooltest.Find(t, "amtool")
	if out, err := exec.CommandContext(t.Context(), amtool, "check-config", writeBuilt(t, in, "")).CombinedOutput(); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
}

// TestRealMute shows that a real Alertmanager keeps quiet what is mute now, and nothing else.
func TestRealMute(t *testing.T) {
	t.Parallel()
	h := &hook{}
	server := httptest.NewServer(h)
	t.Cleanup(server.Close)
	in := inputs(server.URL)
	in.Alerts.Mutes = []spec.Mute{
		{Name: "now", Labels: labels("region", "x", "severity", "ticket"), Times: []spec.MuteTime{{}}},
		{Name: "long-ago", Labels: labels("region", "y"), Times: []spec.MuteTime{{Date: time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC)}}},
	}
	address := startWith(t, writeBuilt(t, in, ""))
	fire(t, address,
		map[string]string{"alertname": "Quiet", "severity": "ticket", "region": "x"},
		map[string]string{"alertname": "Pages", "severity": "page", "region": "x"},
		map[string]string{"alertname": "OtherRegion", "severity": "ticket", "region": "y"},
		map[string]string{"alertname": "NoRegion", "severity": "ticket"},
	)
	want := map[string]int{"PAGE Pages (1)": 1, "TICKET OtherRegion (1)": 1, "TICKET NoRegion (1)": 1}
	until(t, "all messages have come", func() bool { return len(h.titles()) >= len(want) })
	time.Sleep(1500 * time.Millisecond) // more than a group interval: what should not come must have had its chance
	if diff := cmp.Diff(want, h.titles()); diff != "" {
		t.Errorf("messages (-want +got):\n%s", diff)
	}
}
