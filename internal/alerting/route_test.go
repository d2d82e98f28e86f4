package alerting_test

import (
	"os/exec"
	"strings"
	"testing"

	"github.com/voipbin/observability/internal/spec"
	"github.com/voipbin/observability/internal/tooltest"
)

// TestTeams asks amtool who gets what where teams take what is theirs.
func TestTeams(t *testing.T) {
	t.Parallel()
	amtool, in := tooltest.Find(t, "amtool"), inputs("")
	in.Alerts = full(t, "http://127.0.0.1:1")
	in.Alerts.Receivers = append(in.Alerts.Receivers, spec.Receiver{Name: "voice", SlackURLFile: "/a"}, spec.Receiver{Name: "data", SlackURLFile: "/b"})
	in.Alerts.Routes.Teams = []spec.Team{
		{Name: "voice", Owners: []string{"voip", "media"}, Alerts: []string{"Kamailio", "RTPEngine"}, Page: "voice", Ticket: "desk"},
		{Name: "data", Owners: []string{"data"}, Page: "data", Ticket: "data"},
	}
	in.Alerts.Mutes = []spec.Mute{{Name: "m", Labels: labels("region", "x"), Times: []spec.MuteTime{{}}}}
	file := writeBuilt(t, in, "")
	f := func(want string, labels ...string) {
		t.Helper()
		args := append([]string{"config", "routes", "test", "--config.file=" + file, "--verify.receivers=" + want}, labels...)
		if out, err := exec.CommandContext(t.Context(), amtool, args...).CombinedOutput(); err != nil {
			t.Errorf("%v: want %q, got %q, %v", labels, want, strings.TrimSpace(string(out)), err)
		}
	}
	f("deadman", "alertname=Watchdog", "severity=none")
	f("tracker,voice", "alertname=KamailioDown", "severity=page")
	f("tracker,voice", "alertname=KamailioDown", "severity=page", "region=x") // mute, but by the same receiver
	f("desk", "alertname=KamailioCapacityHigh", "severity=ticket")
	f("tracker,pager", "alertname=AsteriskDown", "severity=page")
	f("tracker,voice", "alertname=CallSetupBudgetBurn", "severity=page", "owner=voip")
	f("tracker,data", "alertname=LagBudgetBurn", "severity=page", "owner=data")
	f("data", "alertname=LagBudgetBurn", "severity=ticket", "owner=data")
	f("tracker,pager", "alertname=LagBudgetBurn", "severity=page", "owner=database") // no begin of a name: owners are whole
	f("desk", "alertname=WithoutSeverity")
}
