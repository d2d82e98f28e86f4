package dashboard

import (
	"github.com/voipbin/observability/internal/dashboard/panel"
	"github.com/voipbin/observability/internal/dashboard/query"
	"github.com/voipbin/observability/internal/metric"
)

// unitOf returns the Grafana unit of a quantity, or false where there is none.
func unitOf(q query.Quantity) (panel.Unit, bool) {
	units := map[query.Quantity]panel.Unit{
		{Base: metric.None}:                     panel.UnitShort,
		{Base: metric.None, PerSecond: true}:    panel.UnitPerSec,
		{Base: metric.Bytes}:                    panel.UnitBytes,
		{Base: metric.Bytes, PerSecond: true}:   panel.UnitBytesSec,
		{Base: metric.Seconds}:                  panel.UnitSeconds,
		{Base: metric.Seconds, PerSecond: true}: panel.UnitPercent, // of one processor
		{Base: metric.Ratio}:                    panel.UnitPercent,
		{Base: metric.MOS}:                      panel.UnitNone,
	}
	u, ok := units[q]
	return u, ok
}
