package rules

import (
	"time"

	"github.com/voipbin/observability/internal/slo"
	"github.com/voipbin/observability/internal/spec"
)

// WatchdogName is the name of the alert that always fires.
const WatchdogName = "Watchdog"

// NoSeverity is the severity of what nobody is told of for its own sake.
const NoSeverity = "none"

// watchdogBoard is the end of the uid of the board that shows that it fires.
const watchdogBoard = "overview"

// watchdog makes the dead man's switch, where the spec says whom it goes to.
type watchdog struct {
	links
	section
}

func watchdogOf(s *spec.Spec, l links) *watchdog {
	w := &watchdog{links: l}
	if s.Alerts.Routes.Watchdog != "" {
		w.alwaysAlert(s.Alerts.Routes)
	}
	return w
}

// alwaysAlert fires as long as the server evaluates rules. There is no time in which it holds or is silent: its silence is the alarm.
func (w *watchdog) alwaysAlert(r spec.Routes) {
	every := slo.FormatDuration(r.WatchdogRepeat)
	rule := Rule{
		Expr: "vector(1)", Labels: map[string]string{"severity": NoSeverity},
		Annotations: w.annotations(WatchdogName, watchdogBoard, "Alerts arrive", "This always fires, and is sent every "+every+". Whoever gets it must be alarmed when it stops."),
	}
	const late = 5 * time.Minute
	w.alert(Alert{
		Name: WatchdogName, Severity: NoSeverity, Rules: []Rule{rule}, Always: true,
		Summary: "The dead man's switch: it always fires, and its silence is the alarm",
		Meaning: "Prometheus evaluates rules, Alertmanager runs, and the way out to receiver " + r.Watchdog + " is open. The service behind that receiver alarms when nothing came for a few times " + every + ".",
		Impact:  "None while it arrives. When it stops, nothing else arrives either: every other alert may be firing unheard.",
		Look: []string{
			"`curl -s http://PROMETHEUS:9090/-/ready` and `curl -s http://ALERTMANAGER:9093/-/ready`: which of the two is down?",
			"`promtool query instant http://localhost:9090 'ALERTS{alertname=\"Watchdog\"}'` on the Prometheus server: no result means that its rules are not evaluated",
			"`amtool alert query alertname=Watchdog --alertmanager.url=http://ALERTMANAGER:9093`: no result means that Prometheus does not reach Alertmanager",
			"`journalctl -u alertmanager -n 100 --no-pager`: what it says of the receiver",
		},
		Do: []string{
			"Start what is down (`systemctl start prometheus`, `systemctl start alertmanager`), and look at the boards for what happened meanwhile: the other alerts come by themselves.",
			"If both run, open the way to the receiver: its address file, the firewall, the proxy.",
			"Until it arrives again, somebody has to look at the boards.",
		},
		FalsePositives: []string{"The service behind the receiver waits less than twice " + every + ": one lost message is then enough."},
	}, TestGroup{
		Name: WatchdogName + ": it fires on an empty server", Interval: slo.FormatDuration(storyStep), Proves: []Proof{Fires}, InputSeries: []TestSeries{},
		AlertTests: []AlertTest{at(0, WatchdogName, firing(rule, nil, "", nil)), at(late, WatchdogName, firing(rule, nil, "", nil))},
	})
}
