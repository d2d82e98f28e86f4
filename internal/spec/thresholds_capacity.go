package spec

import (
	"cmp"
	"fmt"
	"time"

	"github.com/voipbin/observability/internal/config"
	"github.com/voipbin/observability/internal/diag"
)

// CapacityThresholds are when the growth of the tiers alerts. How much each carries stands beside its machines.
type CapacityThresholds struct {
	// NotRedundantFor is how long the machines that are up must carry more than they could with one more lost.
	NotRedundantFor time.Duration
	// LeadTime is how long before a tier is too small for the loss of one machine it must be known.
	LeadTime time.Duration
	// Least is of how many days a forecast needs the busy hours; whole weeks, so that weekends weigh alike.
	Least time.Duration
	// Most is of how many days a forecast takes the busy hours.
	Most time.Duration
	// Grade is the share of calls that may find no line free in the busy hour (grade of service, ITU-T E.600), above 0 and below 1.
	Grade float64
	// EndsFor is how long a forecast must say that a tier becomes too small.
	EndsFor time.Duration
	// BusyHourFor is how long a busy hour must be above its grade.
	BusyHourFor time.Duration
	// QuotaShortFor is how long the standby region's quota must be too small for a recovery.
	QuotaShortFor time.Duration
	Pos           diag.Position
}

// dayLong is the distance of busy hours, and minHistory how many of them tell a line from noise at least.
const (
	dayLong    = 24 * time.Hour
	minHistory = 3 * dayLong
	// busyStep is how long what is said of busy hours may have to hold: there is one a day, and it must be told before the next.
	busyStep = 6 * time.Hour
)

// usualCapacity are the limits of a spec that says nothing of them.
func usualCapacity() CapacityThresholds {
	return CapacityThresholds{
		NotRedundantFor: 5 * time.Minute, LeadTime: 21 * dayLong, Least: 14 * dayLong, Most: 28 * dayLong, Grade: 0.001,
		EndsFor: time.Hour, BusyHourFor: time.Hour, QuotaShortFor: 15 * time.Minute,
	}
}

// capacityThresholds decodes when growth alerts. Each has a usual value.
func (l *loader) capacityThresholds(v config.Value) CapacityThresholds {
	usual := usualCapacity()
	if !v.Present() {
		return usual
	}
	return config.Object(v, func(m *config.Map) CapacityThresholds {
		c := CapacityThresholds{
			Pos: m.Pos(), NotRedundantFor: wait(m, "not_redundant_for", usual.NotRedundantFor), LeadTime: wait(m, "lead_time", usual.LeadTime),
			Grade: shareOr(m.Optional("grade_of_service"), usual.Grade), Least: usual.Least, Most: usual.Most,
			EndsFor:       cmp.Or(m.Optional("ends_for").Duration(time.Second, busyStep), usual.EndsFor),
			BusyHourFor:   cmp.Or(m.Optional("busy_hour_for").Duration(time.Second, busyStep), usual.BusyHourFor),
			QuotaShortFor: lasting(m, "quota_short_for", usual.QuotaShortFor),
		}
		if grade := m.Optional("grade_of_service"); grade.Present() && c.Grade >= 1 {
			grade.Reject("all calls may be refused", "the busy hour could never be too busy; a usual grade is 0.1% or 1%")
		}
		if history := m.Optional("history"); history.Present() {
			c.Least, c.Most = l.history(history)
		}
		return c
	})
}

// history decodes of how many days a forecast is made, none of which may be older than what Prometheus keeps.
func (l *loader) history(v config.Value) (least, most time.Duration) {
	config.Object(v, func(m *config.Map) struct{} {
		at, up := m.Required("least"), m.Required("most")
		least, most = at.Duration(minHistory, maxHorizon), up.Duration(minHistory, maxHorizon)
		for _, d := range []config.Value{at, up} {
			if got := d.Duration(minHistory, maxHorizon); got%dayLong != 0 {
				d.Reject(d.Raw()+" is not whole days", "there is one busy hour a day")
			}
		}
		if least > 0 && most > 0 && least > most {
			at.Reject(fmt.Sprintf("needs %s of busy hours, but takes %s", at.Raw(), up.Raw()), "least must not lie above most: there would never be a forecast")
		}
		l.afterwards(func() {
			if kept := l.spec.Platform.Prometheus.Retention; kept > 0 && most > kept {
				up.Reject(fmt.Sprintf("takes %s of busy hours, of which Prometheus keeps %s", up.Raw(), config.FormatDuration(kept)), "no more than prometheus.retention in platform.yaml")
			}
		})
		return struct{}{}
	})
	return least, most
}
