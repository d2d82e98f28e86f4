package rules

import (
	"fmt"
	"time"

	"github.com/voipbin/observability/internal/metric"
	"github.com/voipbin/observability/internal/slo"
)

// bootAlert pages when Asterisk does not finish its start.
func (a *asteriskTier) bootAlert() {
	const name = "AsteriskNotBooted"
	wait := a.limits.BootedWithin
	rule := a.rule(name, slo.Page, metric.AsteriskFullyBooted.Name+" == 0", wait, "Asterisk on {{ $labels.instance }} does not finish its start",
		"It answers its manager interface, but has been loading modules for "+slo.FormatDuration(wait)+".")
	c := gauged(wait)
	booted := func(faulty float64) TestSeries { return a.of(metric.AsteriskFullyBooted, nil, c.gauge(1, faulty)) }
	a.alert(Alert{
		Name: name, Severity: slo.Page, Rules: []Rule{rule},
		Summary: "Asterisk hangs in its start",
		Meaning: "Asterisk accepts logins at its manager interface but has not loaded all modules for " + slo.FormatDuration(wait) + ".",
		Impact:  "The node takes no calls, or refuses what needs a module that is not there yet.",
		Look: []string{
			"`asterisk -rx 'core waitfullybooted'` on the node: does it return?",
			"`tail -n 100 /var/log/asterisk/messages.log` on the node: the last module that is named",
		},
		Do: []string{
			"A module that waits for a database, DNS or a web server: mend that, or set noload for it in modules.conf, and `systemctl restart asterisk`.",
			"If a restart does not help, take the node out of the dispatcher: `kamcmd dispatcher.set_state dx SET URI` on each proxy.",
		},
		FalsePositives: []string{"A node with very many endpoints in a slow database: raise booted_within in spec/alerts.yaml."},
	},
		c.fires(name, "it hangs", one(firing(rule, a.node(), "", nil)), booted(0)),
		c.quiet(name, "it is up", Holds, booted(1)),
		c.quiet(name, "the exporter may not know", Silent, a.nothingElse(c)...))
}

// eventsAlert tells when the exporter loses its connection again and again: its counters then miss calls.
func (a *asteriskTier) eventsAlert() {
	const name = "AsteriskEventsMissed"
	gaps := a.limits.GapsAnHour
	rule := a.rule(name, slo.Ticket, fmt.Sprintf("%s >= %d", increase(metric.AsteriskAMIGaps.Name, time.Hour, a.anchored), gaps), 0,
		"Calls on {{ $labels.instance }} are not all counted", `The connection to the manager interface was lost {{ $value | printf "%.4g" }} times in the last hour.`)
	// A gap every ten minutes, then none.
	const before, rest = 30 * time.Minute, 90 * time.Minute
	story := func(title string, proves []Proof, lost int, tests ...AlertTest) TestGroup {
		phases := []phase{{length: before}}
		for range lost {
			phases = append(phases, phase{length: leakStep, rise: 1}, phase{length: leakStep})
		}
		values := counterValues(leakStep, append(phases, phase{length: rest})...)
		return TestGroup{
			Name: name + ": " + title, Interval: slo.FormatDuration(leakStep), Proves: proves, AlertTests: tests,
			InputSeries: []TestSeries{a.of(metric.AsteriskAMIGaps, nil, values)},
		}
	}
	last := before + leakStep + time.Duration(gaps-1)*2*leakStep
	over := before + leakStep + time.Hour
	a.alert(Alert{
		Name: name, Severity: slo.Ticket, Rules: []Rule{rule},
		Summary: "The exporter of Asterisk loses its connection again and again",
		Meaning: fmt.Sprintf("The connection over which events come ended %d times or more within an hour. What happened meanwhile is in no counter; asterisk_ami_gap_seconds_total says for how long, and from Asterisk 22 on asterisk_ami_missed_calls_total how many calls.", gaps),
		Impact:  "None for callers. Hangup causes, durations and queue waits of the node are lower bounds for that hour.",
		Look: []string{
			"`journalctl -u asterisk_exporter -n 100 --no-pager` on the node: why the connection ended",
			"`asterisk -rx 'manager show connected'` and `grep -i manager /var/log/asterisk/messages.log | tail` on the node: Asterisk ends connections of readers that are too slow (writetimeout)",
		},
		Do: []string{
			"Too slow a reader: give the exporter the CPU that its documentation names, or take read classes from its user in manager.d and `asterisk -rx 'manager reload'`.",
			"If Asterisk itself was restarted or its manager reloaded that often, find out by whom.",
		},
		FalsePositives: []string{"A deployment that reloads the manager several times."},
	},
		story("it is lost again and again", []Proof{Fires, Holds, Resets}, gaps, at(last-leakStep, name),
			at(last, name, firing(rule, a.node(), number(float64(gaps)), nil)), at(over+leakStep, name)),
		story("it is lost once less", []Proof{Holds}, gaps-1, at(last, name), at(over, name)),
		story("it holds", []Proof{Silent}, 0, at(last, name), at(over, name)))
}

// registrationAlert pages when an outbound registration does not stand.
func (a *asteriskTier) registrationAlert() {
	const name = "AsteriskRegistrationDown"
	wait := a.limits.RegistrationDownFor
	rule := a.rule(name, slo.Page, metric.AsteriskRegistrationUp.Name+" == 0", wait, "{{ $labels.instance }} is not registered at {{ $labels.registration }}",
		"The outbound registration has not stood for "+slo.FormatDuration(wait)+", so calls from there do not arrive.")
	c := gauged(wait)
	labels := map[string]string{"registration": "trunk-1"}
	up := func(faulty float64) TestSeries {
		return a.of(metric.AsteriskRegistrationUp, labels, c.gauge(1, faulty))
	}
	a.alert(Alert{
		Name: name, Severity: slo.Page, Rules: []Rule{rule},
		Summary: "An outbound registration of Asterisk does not stand",
		Meaning: "Asterisk is not registered where pjsip.conf tells it to be.",
		Impact:  "Calls from that trunk do not arrive, and the trunk may refuse calls to it.",
		Look: []string{
			"`asterisk -rx 'pjsip show registrations'` on the node: Rejected without an answer means that nobody answered",
			"`sngrep -c host SERVER port 5060` on the node: does the server answer the REGISTER, and with what?",
		},
		Do: []string{
			"No answer: the network or the server; 401 or 403 again and again: the credentials.",
			"`asterisk -rx 'pjsip send register NAME'` makes Asterisk register at once.",
		},
		FalsePositives: []string{"A standby node that must not be registered: take the registration out of its configuration."},
	},
		c.fires(name, "the server refuses it", one(firing(rule, merge(a.node(), labels), "", nil)), up(0)),
		c.quiet(name, "it stands", Holds, up(1)),
		c.quiet(name, "there is none", Silent, a.nothingElse(c)...))
}

// endpointAlert pages when a trunk or proxy cannot be reached.
func (a *asteriskTier) endpointAlert() {
	const name = "AsteriskEndpointDown"
	wait := a.limits.EndpointsDownFor
	rule := a.rule(name, slo.Page, fmt.Sprintf("%s{%s} == 0", metric.AsteriskEndpointUp.Name, among("endpoint", a.limits.Endpoints)), wait,
		"{{ $labels.instance }} does not reach {{ $labels.endpoint }}", "No contact of the endpoint has answered Asterisk's OPTIONS for "+slo.FormatDuration(wait)+".")
	c := gauged(wait)
	endpoint := func(name string, faulty float64) TestSeries {
		return a.of(metric.AsteriskEndpointUp, map[string]string{"endpoint": name}, c.gauge(1, faulty))
	}
	const trunk = "trunk-1"
	stories := []TestGroup{
		c.quiet(name, "a phone is away", Holds, endpoint("a phone", 0)),
		c.quiet(name, "endpoints are not read", Silent, a.nothingElse(c)...),
	}
	if matches(a.limits.Endpoints, trunk) {
		stories = append(stories, c.fires(name, "a trunk is away", one(firing(rule, merge(a.node(), map[string]string{"endpoint": trunk}), "", nil)), endpoint(trunk, 0)))
	} else { // the pattern is a name itself, as far as a story can tell
		known := a.limits.Endpoints
		stories = append(stories, c.fires(name, "it is away", one(firing(rule, merge(a.node(), map[string]string{"endpoint": known}), "", nil)), endpoint(known, 0)))
	}
	a.alert(Alert{
		Name: name, Severity: slo.Page, Rules: []Rule{rule},
		Summary: "Asterisk does not reach a proxy or a trunk",
		Meaning: "A PJSIP endpoint whose name matches " + a.limits.Endpoints + " is unavailable: none of its contacts answers Asterisk's OPTIONS.",
		Impact:  "Calls from the node to that endpoint fail at once.",
		Look: []string{
			"`asterisk -rx 'pjsip show endpoint NAME'` and `asterisk -rx 'pjsip show contacts'` on the node",
			"whether other nodes say the same: one alone points at its network",
		},
		Do: []string{
			"Bring the other side or the network back; `asterisk -rx 'pjsip qualify NAME'` asks at once.",
			"Until then route calls around it in the dialplan or at the proxies.",
		},
		FalsePositives: []string{"A trunk that does not answer OPTIONS: set qualify_frequency=0 for its contact."},
	}, stories...)
}

// serviceAlert pages when a module or a Stasis application is not there that calls need.
func (a *asteriskTier) serviceAlert() {
	const name = "AsteriskServiceMissing"
	wait := a.limits.ServiceDownFor
	module := a.rule(name, slo.Page, metric.AsteriskModuleLoaded.Name+" == 0", wait, "A module is missing on {{ $labels.instance }}",
		"Asterisk runs without {{ $labels.module }}, which the exporter was told to look for.")
	app := a.rule(name, slo.Page, metric.AsteriskAppRegistered.Name+" == 0", wait, "Nobody serves calls on {{ $labels.instance }}",
		"No program is connected as Stasis application {{ $labels.application }}, so calls that enter it are hung up.")
	module.Labels["cause"], app.Labels["cause"] = "module", "application"
	c := gauged(wait)
	loaded := func(faulty float64) TestSeries {
		return a.of(metric.AsteriskModuleLoaded, map[string]string{"module": "res_pjsip"}, c.gauge(1, faulty))
	}
	served := func(faulty float64) TestSeries {
		return a.of(metric.AsteriskAppRegistered, map[string]string{"application": "voipbin"}, c.gauge(1, faulty))
	}
	a.alert(Alert{
		Name: name, Severity: slo.Page, Rules: []Rule{module, app},
		Summary: "Asterisk lacks a module or an application that calls need",
		Meaning: "The label cause says what: \"module\": one that --asterisk.required-modules names is not loaded; \"application\": no program is connected over ARI as a Stasis application that the exporter was told of.",
		Impact:  "Calls that need it fail: without res_pjsip all of them, without the application those that it controls.",
		Look: []string{
			"`asterisk -rx 'module show like NAME'` on the node, and `grep NAME /var/log/asterisk/messages.log | tail`",
			"`asterisk -rx 'ari show apps'` on the node, and the log of the program beside Asterisk (asterisk-proxy)",
		},
		Do: []string{
			"Module: `asterisk -rx 'module load NAME'`; its error says what is missing.",
			"Application: restart the program that should be connected; take the node out of the dispatcher until it is.",
		},
		FalsePositives: []string{"A program that reconnects during a deployment for longer than the alert's delay."},
	},
		c.fires(name, "a module is not loaded", one(firing(module, merge(a.node(), map[string]string{"module": "res_pjsip"}), "", nil)), loaded(0), served(1)),
		c.fires(name, "the application is gone", one(firing(app, merge(a.node(), map[string]string{"application": "voipbin"}), "", nil)), loaded(1), served(0)),
		c.quiet(name, "both are there", Holds, loaded(1), served(1)),
		c.quiet(name, "nothing was asked for", Silent, a.nothingElse(c)...))
}

// tasksAlert pages when task processors are above their high water mark.
func (a *asteriskTier) tasksAlert() {
	const name = "AsteriskTasksBehind"
	wait := a.limits.TasksFor
	rule := a.rule(name, slo.Page, metric.AsteriskTaskOverHighWater.Name+" > 0", wait, "Asterisk on {{ $labels.instance }} falls behind",
		`{{ $value | printf "%.4g" }} task processors of group {{ $labels.group }} have more tasks than their high water mark.`)
	c := gauged(wait)
	labels := map[string]string{"group": "pjsip/distributor"}
	over := func(faulty float64) TestSeries {
		return a.of(metric.AsteriskTaskOverHighWater, labels, c.gauge(0, faulty))
	}
	a.alert(Alert{
		Name: name, Severity: slo.Page, Rules: []Rule{rule},
		Summary: "Task processors of Asterisk are above their high water mark",
		Meaning: "More tasks wait in some task processors than their high water mark, and have for " + slo.FormatDuration(wait) + ". Only where the exporter runs with `--collector.taskprocessors`, which is off by default because its user may run any command.",
		Impact:  "PJSIP takes no new requests while any of them is above its mark, unless taskprocessor_overload_trigger in pjsip.conf says otherwise: those over UDP it ignores, to others it answers 503.",
		Look: []string{
			"`asterisk -rx 'core show taskprocessors like GROUP'` on the node: which, and does it shrink?",
			"`asterisk -rx 'core show threads'` and `top -H -p $(pidof asterisk)` on the node: busy or waiting?",
		},
		Do: []string{
			"A database, DNS or another server that does not answer: mend that; the tasks wait for it.",
			"If they do not shrink, take the node out of the dispatcher, keep `gcore $(pidof asterisk)` for a report, and restart.",
		},
		FalsePositives: []string{"The minutes after a restart, when all devices register at once."},
	},
		c.fires(name, "the distributor falls behind", one(firing(rule, merge(a.node(), labels), "3", nil)), over(3)),
		c.quiet(name, "tasks wait below the mark", Holds, over(0)),
		c.quiet(name, "task processors are not read", Silent, a.nothingElse(c)...))
}

// securityAlert tells of an attack.
func (a *asteriskTier) securityAlert() {
	const name = "AsteriskUnderAttack"
	const window = 10 * time.Minute
	limit, wait := a.limits.SecurityEventsPerMinute, a.limits.SecurityEventsFor
	rule := a.rule(name, slo.Ticket, fmt.Sprintf("%s / %s > %s", a.grown(metric.AsteriskSecurityEventsSeen.Name, window, ", service"), slo.FormatNumber(window.Minutes()), slo.FormatNumber(limit)), wait,
		"Somebody tries to break into {{ $labels.instance }}", `{{ $value | printf "%.4g" }} requests a minute to {{ $labels.service }} were refused for a reason of security.`)
	steps := float64(window / storyStep)
	c := lapseOf(window/2+wait, window) // twice the limit passes it when half of the window is full
	refused := func(perMinute float64) TestSeries {
		return a.of(metric.AsteriskSecurityEventsSeen, map[string]string{"event": "InvalidPassword", "service": "PJSIP"}, c.counter(perMinute*window.Minutes()/steps))
	}
	labels := merge(map[string]string{"job": a.job, "instance": a.nodes[0].Name}, map[string]string{"service": "PJSIP"})
	hold := c.before + window/2 + storyStep
	fires := hold + stepsUp(wait)
	value := func(at time.Duration) string {
		return number(2 * limit * min(float64((at-c.before)/storyStep), steps) / steps)
	}
	a.alert(Alert{
		Name: name, Severity: slo.Ticket, Rules: []Rule{rule},
		Summary: "Requests to Asterisk are refused for security in great number",
		Meaning: fmt.Sprintf("More than %s requests a minute failed an access list, a password or another check over %s; see the label event of asterisk_security_events_total.", slo.FormatNumber(limit), slo.FormatDuration(window)),
		Impact:  "None while they are refused. A guessed password costs the customer money within minutes.",
		Look: []string{
			"`tail -n 100 /var/log/asterisk/security.log` on the node: addresses and accounts",
			"`asterisk -rx 'pjsip show contacts'` on the node: registrations from addresses that do not fit",
		},
		Do: []string{
			"Block the sources at the edge, and at once on the node: `iptables -I INPUT -s ADDRESS -j DROP`; nobody but the proxies should reach Asterisk's SIP port at all.",
			"If an account was hit often, change its password and look at its calls.",
		},
		FalsePositives: []string{"A customer's device with an old password that tries again and again."},
	},
		TestGroup{
			Name: name + ": passwords are guessed", Interval: slo.FormatDuration(storyStep), Proves: []Proof{Fires, Holds, Resets}, InputSeries: []TestSeries{refused(2 * limit)},
			AlertTests: []AlertTest{
				at(hold, name), at(fires, name, firing(rule, labels, value(fires), nil)),
				at(c.reset, name),
			},
		},
		c.quiet(name, "a device with an old password", Holds, refused(limit/2)),
		c.quiet(name, "nobody is refused", Silent, refused(0)))
}
