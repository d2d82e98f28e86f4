package spec

import (
	"cmp"
	"strings"
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
)

// alerts decodes alerts.yaml.
func (l *loader) alerts(m *config.Map) Alerts {
	receivers := m.Required("receivers")
	a := Alerts{
		Pos:       m.Pos(),
		Kamailio:  config.Object(m.Required("kamailio"), kamailioThresholds),
		RTPEngine: rtpengineThresholds(m.Optional("rtpengine")),
		Asterisk:  asteriskThresholds(m.Optional("asterisk")),
		SIP:       sipThresholds(m.Optional("sip")),
		Receivers: config.Objects(receivers, l.receiver),
		Routes:    config.Object(m.Required("routes"), l.routes),
	}
	if a.Receivers != nil && len(a.Receivers) == 0 {
		receivers.Reject("no receivers", "describe one at least: somebody must be told")
	}
	return a
}

// receiver decodes one place to which Alertmanager sends.
func (l *loader) receiver(m *config.Map) Receiver {
	name, file := m.Required("name"), m.Required("slack_url_file")
	l.unique("receiver", name)
	if strings.Contains(file.Raw(), "://") {
		file.Reject("want the path of a file, got an address", "put the webhook's address into a file that only Alertmanager can read: it is a secret")
	}
	return Receiver{
		Pos:          m.Pos(),
		Name:         dnsLabel(name),
		SlackURLFile: file.String(),
		Channel:      m.Optional("channel").String(),
	}
}

// routes decodes who gets what.
func (l *loader) routes(m *config.Map) Routes {
	page, ticket := m.Required("page"), m.Required("ticket")
	l.exists("receiver", page)
	l.exists("receiver", ticket)
	duration := func(key string, high, absent time.Duration) time.Duration {
		return cmp.Or(m.Optional(key).Duration(time.Second, high), absent)
	}
	r := Routes{
		Pos:            m.Pos(),
		Page:           page.String(),
		Ticket:         ticket.String(),
		GroupWait:      duration("group_wait", maxFor, defaultGroupWait),
		GroupInterval:  duration("group_interval", maxFor, defaultGroup),
		PageRepeat:     duration("page_repeat", maxRepeat, defaultPageRepeat),
		TicketRepeat:   duration("ticket_repeat", maxRepeat, defaultTicketRepeat),
		ResolveTimeout: duration("resolve_timeout", maxFor, defaultResolve),
	}
	for key, repeat := range map[string]time.Duration{"page_repeat": r.PageRepeat, "ticket_repeat": r.TicketRepeat} {
		if repeat < r.GroupInterval {
			m.Optional(key).Reject("shorter than group_interval", "Alertmanager looks at a group once in group_interval and cannot repeat sooner")
		}
	}
	return r
}
