package spec

import (
	"fmt"
	"time"

	"github.com/voipbin/observability/internal/config"
)

// maxMutes bounds the mutes with labels. Alertmanager mutes routes and not alerts, so that every combination of them needs a route.
const maxMutes = 4

// mutes decodes the times at which alerts are kept quiet.
func (l *loader) mutes(v config.Value) []Mute {
	mutes := config.Objects(v, func(m *config.Map) Mute {
		name, times := m.Required("name"), m.Required("times")
		l.unique("mute", name)
		mute := Mute{Pos: m.Pos(), Name: dnsLabel(name), Times: config.Objects(times, muteTime)}
		for _, e := range m.Optional("labels").Entries() {
			mute.Labels = append(mute.Labels, Label{e.Key.Match(`[a-zA-Z_][a-zA-Z0-9_]*`, "a name of a label"), e.Value.String()})
		}
		if mute.Times != nil && len(mute.Times) == 0 {
			times.Reject("no times", "a mute without times mutes nothing")
		}
		return mute
	})
	if len(mutes) > maxMutes {
		v.Reject(fmt.Sprintf("%d mutes", len(mutes)), fmt.Sprintf("%d at most: put several times into one mute", maxMutes))
	}
	return mutes
}

// muteTime decodes a stretch of a day, on some days.
func muteTime(m *config.Map) MuteTime {
	t := MuteTime{
		Date: day(m.Optional("date")),
		Weekdays: config.List(m.Optional("weekdays"), func(v config.Value) string {
			return v.Enum("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
		}),
		From:     clock(m.Optional("from")),
		To:       clock(m.Optional("to")),
		Location: location(m.Optional("location")),
	}
	if m.Optional("date").Present() && m.Optional("weekdays").Present() {
		m.Reject("want either a date or weekdays", "two entries can have one each")
	}
	switch {
	case m.Optional("from").Present() != m.Optional("to").Present():
		m.Reject("from and to go together", "leave both out for the whole day; 24:00 ends it")
	case t.From != "" && t.To != "" && t.From >= t.To:
		m.Optional("to").Reject(fmt.Sprintf("%s is not after %s", t.To, t.From), "a stretch across midnight is two: one to 24:00, one from 00:00")
	}
	return t
}

// clock decodes a time of day, which is ordered as text.
func clock(v config.Value) string {
	return v.Match(`([01][0-9]|2[0-3]):[0-5][0-9]|24:00`, "a time such as 03:30, up to 24:00")
}

// day decodes a date.
func day(v config.Value) time.Time {
	s := v.String()
	if s == "" {
		return time.Time{}
	}
	d, err := time.Parse(time.DateOnly, s)
	if err != nil {
		v.Reject(fmt.Sprintf("%q is not a day", s), "write it as 2026-12-31")
	}
	return d
}

// location decodes the name of a time zone. A machine that knows no time zones at all takes any name.
func location(v config.Value) string {
	s := v.String()
	if _, err := time.LoadLocation(s); err != nil {
		if _, err := time.LoadLocation("Etc/UTC"); err == nil {
			v.Reject(fmt.Sprintf("there is no time zone %q", s), "a name such as Europe/Berlin or UTC")
		}
	}
	return s
}
