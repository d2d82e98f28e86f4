package spec

import (
	"cmp"
	"time"

	"github.com/voipbin/observability/internal/config"
)

// Bounds and defaults of alerts.yaml. The defaults of the routes are Alertmanager's own, save for the repeats.
const (
	maxFor              = 24 * time.Hour
	maxRepeat           = 30 * 24 * time.Hour
	defaultGroupWait    = 30 * time.Second
	defaultGroup        = 5 * time.Minute
	defaultPageRepeat   = 4 * time.Hour
	defaultTicketRepeat = 24 * time.Hour
	defaultResolve      = 5 * time.Minute
	defaultWatchdog     = time.Minute
)

// alerts decodes alerts.yaml.
func (l *loader) alerts(m *config.Map) Alerts {
	receivers := m.Required("receivers")
	a := Alerts{
		Pos:        m.Pos(),
		Kamailio:   config.Object(m.Required("kamailio"), kamailioThresholds),
		RTPEngine:  rtpengineThresholds(m.Optional("rtpengine")),
		Asterisk:   asteriskThresholds(m.Optional("asterisk")),
		SIP:        sipThresholds(m.Optional("sip")),
		Services:   servicesThresholds(m.Optional("services")),
		Hosts:      hostsThresholds(m.Optional("hosts")),
		Stores:     storesThresholds(m.Optional("stores")),
		Network:    networkThresholds(m.Optional("network")),
		Monitoring: monitoringThresholds(m.Optional("monitoring")),
		Capacity:   l.capacityThresholds(m.Optional("capacity")),
		Objectives: objectivesThresholds(m.Optional("objectives")),
		Receivers:  config.Objects(receivers, l.receiver),
		Routes:     config.Object(m.Required("routes"), l.routes),
		Mutes:      l.mutes(m.Optional("mutes")),
	}
	if a.Receivers != nil && len(a.Receivers) == 0 {
		receivers.Reject("no receivers", "describe one at least: somebody must be told")
	}
	return a
}

// routes decodes who gets what.
func (l *loader) routes(m *config.Map) Routes {
	duration := func(key string, high, absent time.Duration) time.Duration {
		return cmp.Or(m.Optional(key).Duration(time.Second, high), absent)
	}
	r := Routes{
		Pos:            m.Pos(),
		Page:           l.receiverName(m.Required("page")),
		Ticket:         l.receiverName(m.Required("ticket")),
		GroupWait:      duration("group_wait", maxFor, defaultGroupWait),
		GroupInterval:  duration("group_interval", maxFor, defaultGroup),
		PageRepeat:     duration("page_repeat", maxRepeat, defaultPageRepeat),
		TicketRepeat:   duration("ticket_repeat", maxRepeat, defaultTicketRepeat),
		ResolveTimeout: duration("resolve_timeout", maxFor, defaultResolve),
		WatchdogRepeat: duration("watchdog_repeat", maxFor, defaultWatchdog),
	}
	r.Teams = config.Objects(m.Optional("teams"), func(m *config.Map) Team { return l.team(m, r) })
	r.Watchdog = l.receiverName(m.Optional("watchdog"))
	r.Copies = config.List(m.Optional("copies"), l.receiverName)
	for key, repeat := range map[string]time.Duration{"page_repeat": r.PageRepeat, "ticket_repeat": r.TicketRepeat} {
		if repeat < r.GroupInterval {
			m.Optional(key).Reject("shorter than group_interval", "Alertmanager looks at a group once in group_interval and cannot repeat sooner")
		}
	}
	return r
}

// receiverName decodes the name of a receiver, which must be one that is described.
func (l *loader) receiverName(v config.Value) string {
	if v.Present() {
		l.exists("receiver", v)
	}
	return v.String()
}

// team decodes who gets alerts about what is theirs. What it does not say is as for all.
func (l *loader) team(m *config.Map, all Routes) Team {
	name := m.Required("name")
	l.unique("team", name)
	t := Team{
		Pos:    m.Pos(),
		Name:   dnsLabel(name),
		Owners: config.List(m.Optional("owners"), config.Value.String),
		Alerts: config.List(m.Optional("alerts"), func(v config.Value) string {
			return v.Match(`[A-Z][A-Za-z0-9]*`, "the begin of an alert's name, such as Kamailio")
		}),
		Page:   cmp.Or(l.receiverName(m.Optional("page")), all.Page),
		Ticket: cmp.Or(l.receiverName(m.Optional("ticket")), all.Ticket),
	}
	if len(t.Owners)+len(t.Alerts) == 0 {
		m.Reject("the team has neither owners nor alerts", "name owners of slos.yaml, or begins of alert names: nothing would ever reach it")
	}
	return t
}
