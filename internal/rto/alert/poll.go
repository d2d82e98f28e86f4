package alert

import (
	"context"
	"maps"
	"slices"
	"time"

	api "github.com/prometheus/alertmanager/api/v2/client"
	"github.com/prometheus/alertmanager/api/v2/client/alert"
	"github.com/prometheus/alertmanager/api/v2/models"

	"github.com/voipbin/observability/internal/rto"
)

// Poller asks Alertmanager again and again, and tells what is new. It is not safe for concurrent use.
type Poller struct {
	api   *api.AlertmanagerAPI
	now   func() rto.Instant
	known map[string]rto.AlertSeen
}

// NewPoller prepares a poller for the Alertmanager at an address; it connects at the first poll.
func NewPoller(address string, now func() rto.Instant) (*Poller, error) {
	c, err := dial(address)
	if err != nil {
		return nil, err
	}
	return &Poller{api: c, now: now, known: map[string]rto.AlertSeen{}}, nil
}

// Poll returns the alerts that are new since the poll before, those that were muted or unmuted, and those that are gone, with the time of the
// poll. After an error nothing is taken as gone.
func (p *Poller) Poll(ctx context.Context) ([]rto.AlertSeen, error) {
	answer, err := p.api.Alert.GetAlerts(alert.NewGetAlertsParamsWithContext(ctx).WithTimeout(requestTimeout))
	if err != nil {
		return nil, failed("poll alerts", err)
	}
	now := p.now()
	there := make(map[string]rto.AlertSeen, len(answer.Payload))
	var news []rto.AlertSeen
	for _, a := range answer.Payload {
		seen, ok := p.seen(a, now)
		if !ok || len(there) == maxAlerts {
			continue
		}
		before, known := p.known[seen.Fingerprint]
		if known && before.Starts == seen.Starts {
			seen.Polled = before.Polled
		}
		there[seen.Fingerprint] = seen
		if !known || before.Muted != seen.Muted || before.Starts != seen.Starts {
			news = append(news, seen)
		}
	}
	for _, f := range slices.Sorted(maps.Keys(p.known)) {
		if _, still := there[f]; !still {
			gone := p.known[f]
			gone.Resolved = now
			news = append(news, gone)
		}
	}
	p.known = there
	return news, nil
}

// seen reads one alert; false for one without what it needs.
func (p *Poller) seen(a *models.GettableAlert, now rto.Instant) (rto.AlertSeen, bool) {
	if a == nil || a.Fingerprint == nil || a.StartsAt == nil || a.Labels["alertname"] == "" {
		return rto.AlertSeen{}, false
	}
	s := rto.AlertSeen{
		Name: a.Labels["alertname"], Labels: labelsOf(a.Labels), Fingerprint: *a.Fingerprint, Starts: instant(time.Time(*a.StartsAt)), Polled: now,
	}
	if a.Status != nil && a.Status.State != nil {
		s.Muted = *a.Status.State == models.AlertStatusStateSuppressed
	}
	return s, true
}
