package dashboard

import (
	"slices"
	"testing"
	"time"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"
)

// moment is what was recorded at one time.
type moment struct {
	at      time.Time
	samples []sample
}

// past is what was recorded before a platform is played, for what looks back further than a test lasts: busy hours of four weeks, which grow,
// what services used of their sizes hour by hour for eight days, and the use of the last hour.
func past(start time.Time) []moment {
	of := func(record, first, second string, value float64) sample {
		names := []string{model.MetricNameLabel, record, "tier", first, "part", second}
		if record == sizeHour {
			names = []string{model.MetricNameLabel, record, "kind", "service", "name", first, "resource", second}
		}
		return sample{series: labels.FromStrings(names...), value: value}
	}
	var list []moment
	const days, day = 28, 24 * time.Hour
	for d := range days {
		at := start.Truncate(day).Add(-time.Duration(days-1-d) * day)
		weekday := 1 - 0.1*float64(d%7/5)
		list = append(list, moment{at, []sample{
			of(capacityBusy, "sip_proxies", "all", weekday*(6200+110*float64(d))), of(capacityBusy, "media_servers", "call", weekday*(1050+9*float64(d))),
			of(capacityBusy, "media_proxies", "all", weekday*(2600+30*float64(d))),
		}})
	}
	for at := start.Add(-8 * day).Truncate(time.Hour); at.Before(start.Add(-time.Hour)); at = at.Add(time.Hour) {
		busy := 1 + 0.5*float64(at.Hour()%12)/12
		list = append(list, moment{at, []sample{
			of(sizeHour, "bin-api-manager", "cpu", 0.55*busy), of(sizeHour, "bin-call-manager", "cpu", 0.16*busy), of(sizeHour, "bin-call-manager", "memory", 0.65*busy),
		}})
	}
	slices.SortStableFunc(list, func(a, b moment) int { return a.at.Compare(b.at) })
	for at := start.Add(-time.Hour); at.Before(start); at = at.Add(time.Minute) {
		list = append(list, moment{at, []sample{
			of(capacityUse, "sip_proxies", "all", 8800), of(capacityUse, "media_servers", "call", 1290), of(capacityUse, "media_proxies", "all", 3350),
		}})
	}
	return list
}

// remember stores what was recorded before.
func remember(t *testing.T, p playback) {
	t.Helper()
	for _, m := range past(p.start) {
		p.write(t, m.at, m.samples)
	}
}
