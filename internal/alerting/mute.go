package alerting

import (
	"slices"
	"strconv"

	"github.com/voipbin/observability/internal/spec"
)

// TimeInterval is a time at which routes that name it are quiet.
type TimeInterval struct {
	Name  string  `yaml:"name"`
	Times []Times `yaml:"time_intervals"`
}

// Times are some stretches of a day on some days. Alertmanager holds ranges as texts.
type Times struct {
	Times    []TimeRange `yaml:"times,omitempty"`
	Weekdays []string    `yaml:"weekdays,omitempty"`
	Days     []string    `yaml:"days_of_month,omitempty"`
	Months   []string    `yaml:"months,omitempty"`
	Years    []string    `yaml:"years,omitempty"`
	Location string      `yaml:"location,omitempty"`
}

// TimeRange is a stretch of a day. The end is not part of it.
type TimeRange struct {
	Start string `yaml:"start_time"`
	End   string `yaml:"end_time"`
}

// timeIntervals are the times of all mutes.
func timeIntervals(mutes []spec.Mute) []TimeInterval {
	var list []TimeInterval
	for _, m := range mutes {
		interval := TimeInterval{Name: m.Name}
		for _, t := range m.Times {
			interval.Times = append(interval.Times, times(t))
		}
		list = append(list, interval)
	}
	return list
}

// times is one stretch. A whole day is written as one, since an entry without anything would match nothing.
func times(t spec.MuteTime) Times {
	out := Times{Times: []TimeRange{{"00:00", "24:00"}}, Weekdays: t.Weekdays, Location: t.Location}
	if t.From != "" {
		out.Times[0] = TimeRange{t.From, t.To}
	}
	if !t.Date.IsZero() {
		out.Days, out.Months, out.Years = []string{strconv.Itoa(t.Date.Day())}, []string{strconv.Itoa(int(t.Date.Month()))}, []string{strconv.Itoa(t.Date.Year())}
	}
	return out
}

// mute quiets a route at the times of the mutes whose labels its alerts have. Alertmanager mutes whole routes, and a route's times are not
// those of the routes below it: hence a route for each combination of mutes, the ones with more labels first.
func (r *Route) mute(severity string, mutes []spec.Mute, labels []spec.Label) {
	var open []spec.Mute
	for _, m := range mutes {
		rest, possible := left(m.Labels, append(slices.Clone(labels), spec.Label{Name: "severity", Value: severity}))
		switch {
		case possible && len(rest) == 0:
			r.Muted = append(r.Muted, m.Name)
		case possible:
			open = append(open, spec.Mute{Name: m.Name, Labels: rest})
		}
	}
	for i, m := range open {
		below := Route{Receiver: r.Receiver, Muted: append(slices.Clone(r.Muted), m.Name)}
		for _, l := range m.Labels {
			below.Matchers = append(below.Matchers, matcher(l.Name, "=", l.Value))
		}
		inner := Route{Receiver: r.Receiver}
		inner.mute(severity, open[i+1:], append(slices.Clone(labels), m.Labels...))
		below.Muted, below.Routes = append(below.Muted, inner.Muted...), withMuted(inner.Routes, below.Muted)
		r.Routes = append(r.Routes, below)
	}
}

// withMuted adds times to routes and to those below them.
func withMuted(routes []Route, muted []string) []Route {
	for i := range routes {
		routes[i].Muted = append(slices.Clone(muted), routes[i].Muted...)
		routes[i].Routes = withMuted(routes[i].Routes, muted)
	}
	return routes
}

// left are the labels that alerts with the known labels must have besides, and false when they cannot have them.
func left(wanted, known []spec.Label) ([]spec.Label, bool) {
	var rest []spec.Label
	for _, w := range wanted {
		i := slices.IndexFunc(known, func(k spec.Label) bool { return k.Name == w.Name })
		switch {
		case i < 0:
			rest = append(rest, w)
		case known[i].Value != w.Value:
			return nil, false
		}
	}
	return rest, true
}
