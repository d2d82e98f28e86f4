package alerting

import (
	"fmt"
	"strings"
	"time"

	"github.com/voipbin/observability/internal/config"
	"github.com/voipbin/observability/internal/slo"
	"github.com/voipbin/observability/internal/spec"
)

// Route is a node of the routing tree. What is empty is taken from the node above. Of the nodes below one, an alert takes the first that
// matches, and goes on to the next where Continue says so.
type Route struct {
	Matchers       []string `yaml:"matchers,omitempty"`
	Receiver       string   `yaml:"receiver"`
	GroupBy        []string `yaml:"group_by,omitempty"`
	GroupWait      string   `yaml:"group_wait,omitempty"`
	GroupInterval  string   `yaml:"group_interval,omitempty"`
	RepeatInterval string   `yaml:"repeat_interval,omitempty"`
	Continue       bool     `yaml:"continue,omitempty"`
	Muted          []string `yaml:"mute_time_intervals,omitempty"`
	Routes         []Route  `yaml:"routes,omitempty"`
}

// root is the whole tree: the dead man's switch, the copies, the teams, and everybody else.
func root(in Inputs) Route {
	r := in.Alerts.Routes
	tree := Route{
		// What carries no severity is still told, but wakes nobody.
		Receiver:       r.Ticket,
		GroupBy:        []string{"alertname", "slo"},
		GroupWait:      config.FormatDuration(r.GroupWait),
		GroupInterval:  config.FormatDuration(r.GroupInterval),
		RepeatInterval: config.FormatDuration(r.TicketRepeat),
	}
	if r.Watchdog != "" {
		tree.Routes = append(tree.Routes, watchdogRoute(in))
	}
	for _, receiver := range r.Copies {
		tree.Routes = append(tree.Routes, Route{
			Matchers: []string{matcher("severity", "=", slo.Page)}, Receiver: receiver, RepeatInterval: config.FormatDuration(r.PageRepeat), Continue: true,
		})
	}
	for _, t := range r.Teams {
		tree.Routes = append(tree.Routes, teamRoutes(t, in.Alerts)...)
	}
	tree.Routes = append(tree.Routes, severityRoutes(r.Page, r.Ticket, in.Alerts)...)
	return tree
}

// watchdogRoute sends the alert that always fires, again and again. Alertmanager looks at a group once in group_interval and repeats when
// repeat_interval has passed since it last sent, which is always a little less than whole intervals: so it looks four times.
func watchdogRoute(in Inputs) Route {
	const looks = 4
	every := in.Alerts.Routes.WatchdogRepeat
	return Route{
		Matchers: []string{matcher("alertname", "=", in.Watchdog)}, Receiver: in.Alerts.Routes.Watchdog, GroupWait: config.FormatDuration(0),
		GroupInterval: config.FormatDuration(every / looks), RepeatInterval: config.FormatDuration(every * (looks - 1) / looks),
	}
}

// teamRoutes are the routes of a team: Alertmanager's matchers are all demanded, so that owners and names need a route each.
func teamRoutes(t spec.Team, a spec.Alerts) []Route {
	var routes []Route
	add := func(label, expression string) {
		routes = append(routes, Route{
			Matchers: []string{matcher(label, "=~", expression)}, Receiver: t.Ticket, Routes: severityRoutes(t.Page, t.Ticket, a),
		})
	}
	if len(t.Owners) > 0 {
		add("owner", anyOf(t.Owners))
	}
	if len(t.Alerts) > 0 {
		add("alertname", "("+anyOf(t.Alerts)+").*")
	}
	return routes
}

// severityRoutes are the ends of the tree.
func severityRoutes(page, ticket string, a spec.Alerts) []Route {
	end := func(severity, receiver string, repeat time.Duration) Route {
		r := Route{Matchers: []string{matcher("severity", "=", severity)}, Receiver: receiver, RepeatInterval: config.FormatDuration(repeat)}
		r.mute(severity, a.Mutes, nil)
		return r
	}
	return []Route{end(slo.Page, page, a.Routes.PageRepeat), end(slo.Ticket, ticket, a.Routes.TicketRepeat)}
}

// anyOf is a regular expression of words without any special character.
func anyOf(words []string) string { return strings.Join(words, "|") }

// matcher writes a matcher in the form that Alertmanager has parsed since 0.22 and with its UTF-8 parser, too.
func matcher(label, operator, value string) string {
	return fmt.Sprintf("%s%s%q", label, operator, value)
}
