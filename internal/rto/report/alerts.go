package report

import (
	"cmp"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/voipbin/observability/internal/rto"
)

// alerts audits the expected alerts against what was seen of them.
func (m *maker) alerts() {
	lines := m.sightings()
	expected := make([]bool, len(lines))
	for _, want := range m.d.Start.Alerts {
		best := -1
		for i, l := range lines {
			if l.Name != want.Name || !within(want.Labels, l.Labels) {
				continue
			}
			expected[i] = !l.Muted // a sibling that was muted is told of
			if best < 0 || better(l, lines[best]) {
				best = i
			}
		}
		line := AlertLine{Name: want.Name, Labels: want.Labels, Outcome: AlertNever, After: rto.Bracket{Unbounded: true}}
		if best >= 0 {
			line, expected[best] = lines[best], true
			line.Outcome = m.outcome(line)
		}
		line.Configured = want.For
		m.r.Alerts.Expected = append(m.r.Alerts.Expected, line)
	}
	for i, l := range lines {
		if !expected[i] {
			l.Outcome = AlertFired
			m.r.Alerts.Others = append(m.r.Alerts.Others, l)
		}
	}
	m.notified()
}

// better prefers the sighting that reached somebody, and of two the earlier.
func better(a, b AlertLine) bool {
	if (a.Received != 0) != (b.Received != 0) {
		return a.Received != 0
	}
	if a.Received != b.Received {
		return a.Received < b.Received
	}
	return a.Fired < b.Fired
}

// sightings joins what was seen of one alert, from its begin: Alertmanager and the webhook each tell a part.
func (m *maker) sightings() []AlertLine {
	byKey := map[string]*AlertLine{}
	hi := m.e.end
	if m.d.Ended.Valid() {
		hi = m.d.Ended.Hi
	}
	for _, a := range m.e.alerts {
		if m.rec.Failed.Valid() && (a.v.Resolved != 0 && a.v.Resolved < m.rec.Failed.Lo || firstSeen(a.v) > hi) {
			continue // another incident's
		}
		k := alertKey(a.v)
		l, ok := byKey[k]
		if !ok {
			l = &AlertLine{Name: a.v.Name, Labels: a.v.Labels, After: rto.Bracket{Unbounded: true}}
			byKey[k] = l
		}
		l.Active, l.Fired = first(l.Active, a.v.ActiveAt), first(l.Fired, a.v.Starts)
		l.Polled, l.Received = first(l.Polled, a.v.Polled), first(l.Received, a.v.Received)
		l.Resolved, l.Muted = max(l.Resolved, a.v.Resolved), l.Muted || a.v.Muted
		if !slices.Contains(l.Refs, a.ref) && len(l.Refs) < maxRefs {
			l.Refs = append(l.Refs, a.ref)
		}
	}
	var lines []AlertLine
	for _, k := range slices.Sorted(maps.Keys(byKey)) {
		l := byKey[k]
		l.ForCost, l.GroupCost = between(l.Active, l.Fired), between(l.Fired, l.Received)
		if l.Received != 0 && m.rec.Failed.Valid() {
			l.After = rto.At(l.Received).Since(m.rec.Failed)
		}
		lines = append(lines, *l)
	}
	return lines
}

// alertKey is one firing of one alert: a later firing has another start.
func alertKey(a rto.AlertSeen) string {
	parts := []string{a.Name, a.Starts.String()}
	for _, k := range slices.Sorted(maps.Keys(a.Labels)) {
		parts = append(parts, k+"="+a.Labels[k])
	}
	return strings.Join(parts, "\x00")
}

func firstSeen(a rto.AlertSeen) rto.Instant {
	return first(first(a.Starts, a.ActiveAt), first(a.Polled, a.Received))
}

// first is the earlier of two instants, where 0 is none.
func first(a, b rto.Instant) rto.Instant {
	if a == 0 || b != 0 && b < a {
		return b
	}
	return a
}

func between(from, to rto.Instant) *time.Duration {
	if from == 0 || to == 0 || to < from {
		return nil
	}
	d := to.Sub(from)
	return &d
}

func within(want, have map[string]string) bool {
	for k, v := range want {
		if have[k] != v {
			return false
		}
	}
	return true
}

func (m *maker) outcome(l AlertLine) string {
	began := cmp.Or(l.Fired, l.Active, l.Polled, l.Received)
	switch {
	case m.rec.Failed.Valid() && began < m.rec.Failed.Lo:
		return AlertBefore
	case l.Received != 0:
		return AlertReceived
	default:
		return AlertNotReceived
	}
}

// notified finds the first notification after the failure.
func (m *maker) notified() {
	a := &m.r.Alerts
	lines := a.Expected
	if len(lines) == 0 {
		lines = a.Others
	}
	for _, l := range lines {
		if l.Received == 0 || m.rec.Failed.Valid() && l.Received < m.rec.Failed.Lo || l.Outcome == AlertBefore {
			continue
		}
		if !a.Notified.Valid() || l.Received < a.Notified.Lo {
			a.Notified, a.NotifiedBy = rto.At(l.Received), l.Name
		}
	}
}
