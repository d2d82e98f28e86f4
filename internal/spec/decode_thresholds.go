package spec

import (
	"cmp"
	"fmt"
	"time"

	"github.com/voipbin/observability/internal/config"
)

// Bounds of thresholds.
const (
	maxRestarts   = 1000
	maxCount      = 1_000_000
	maxDrops      = 1e6
	minQueue      = 1
	maxHorizon    = 365 * 24 * time.Hour
	maxLeakFor    = 6 * time.Hour // as long as the growth is looked at
	bestMOS       = 5.0
	worstMOS      = 1.0
	restartsUsual = 3

	collectorUsual = 10 * time.Minute
	expiryUsual    = 5 * time.Minute
)

// kamailioThresholds decodes the limits of the Kamailio tier.
func kamailioThresholds(m *config.Map) KamailioThresholds {
	return KamailioThresholds{
		Pos:                 m.Pos(),
		DownFor:             m.Required("down_for").Duration(time.Second, maxFor),
		RestartsAnHour:      cmp.Or(m.Optional("restarts_an_hour").Int(1, maxRestarts), restartsUsual),
		Capacity:            limits(m.Required("capacity")),
		Connections:         limitsOr(m.Optional("connections"), Limits{Warn: 0.8, Page: 0.95, For: 5 * time.Minute}),
		SharedMemory:        floorOr(m.Optional("shared_memory"), Floor{Free: 0.1, For: 10 * time.Minute}),
		PrivateMemory:       floorOr(m.Optional("private_memory"), Floor{Free: 0.1, For: 10 * time.Minute}),
		LeakWithin:          wait(m, "private_memory_leak_within", 3*24*time.Hour),
		LeakFor:             cmp.Or(m.Optional("private_memory_leak_for").Duration(time.Second, maxLeakFor), time.Hour),
		ReadyWithin:         wait(m, "processes_ready_within", 5*time.Minute),
		WorkerQueue:         workerQueue(m.Optional("worker_queue")),
		Certificate:         expiry(m.Optional("certificates")),
		SetDownFor:          wait(m, "dispatcher_set_down_for", time.Minute),
		TargetDownFor:       wait(m, "dispatcher_target_down_for", 5*time.Minute),
		RegistrationDownFor: wait(m, "registration_down_for", 5*time.Minute),
		RelaysDownFor:       wait(m, "relays_down_for", time.Minute),
		NeighbourDownFor:    wait(m, "neighbour_down_for", 10*time.Minute),
		CollectorFailingFor: lasting(m, "collector_failing_for", collectorUsual),
		CallsUncountedFor:   lasting(m, "calls_uncounted_for", 15*time.Minute),
	}
}

// usualRTPEngine are the limits of a spec that says nothing of them.
func usualRTPEngine() RTPEngineThresholds {
	return RTPEngineThresholds{
		DownFor:        time.Minute,
		RestartsAnHour: restartsUsual,
		Capacity:       Limits{Warn: 0.7, Page: 0.85, For: 5 * time.Minute},
		OwnLimits:      Limits{Warn: 0.8, Page: 0.95, For: 5 * time.Minute},
		Ports:          Limits{Warn: 0.8, Page: 0.95, For: time.Minute},
		Offers:         Limits{Warn: 0.001, Page: 0.01, For: time.Minute},
		ControlErrors:  Limits{Warn: 0.01, Page: 0.1, For: 5 * time.Minute},
		MinFailures:    5,
		Offload:        Offload{Lost: 0.2, MinStreams: 20, For: 10 * time.Minute},
		OneWay:         Limits{Warn: 0.005, Page: 0.05, For: 5 * time.Minute},
		NoPackets:      Limits{Warn: 0.02, Page: 0.2, For: 5 * time.Minute},
		Quality: Quality{
			MOS: 3.6, Poor: Limits{Warn: 0.1, Page: 0.3, For: 10 * time.Minute},
			Loss: 0.02, Jitter: 30 * time.Millisecond, MinReports: 20,
		},
		ViewDiffersFor: 2 * time.Minute, CollectorFailingFor: collectorUsual,
	}
}

// rtpengineThresholds decodes the limits of the RTPEngine tier. Each has a usual value.
func rtpengineThresholds(v config.Value) RTPEngineThresholds {
	usual := usualRTPEngine()
	if !v.Present() {
		return usual
	}
	return config.Object(v, func(m *config.Map) RTPEngineThresholds {
		return RTPEngineThresholds{
			Pos:            m.Pos(),
			DownFor:        wait(m, "down_for", usual.DownFor),
			RestartsAnHour: cmp.Or(m.Optional("restarts_an_hour").Int(1, maxRestarts), usual.RestartsAnHour),
			Capacity:       limitsOr(m.Optional("capacity"), usual.Capacity),
			OwnLimits:      limitsOr(m.Optional("own_limits"), usual.OwnLimits),
			Ports:          limitsOr(m.Optional("ports"), usual.Ports),
			Offers:         limitsOr(m.Optional("offers_failed"), usual.Offers),
			ControlErrors:  limitsOr(m.Optional("control_errors"), usual.ControlErrors),
			MinFailures:    cmp.Or(m.Optional("min_failures").Int(1, maxCount), usual.MinFailures),
			Offload:        offloadOr(m.Optional("offload"), usual.Offload),
			OneWay:         limitsOr(m.Optional("one_way_calls"), usual.OneWay),
			NoPackets:      limitsOr(m.Optional("silent_calls"), usual.NoPackets),
			Quality:        qualityOr(m.Optional("quality"), usual.Quality),
			ViewDiffersFor: wait(m, "view_differs_for", usual.ViewDiffersFor),

			CollectorFailingFor: lasting(m, "collector_failing_for", usual.CollectorFailingFor),
		}
	})
}

// wait decodes a time under a key, or takes the usual one.
func wait(m *config.Map, key string, usual time.Duration) time.Duration {
	return cmp.Or(m.Optional(key).Duration(time.Second, maxHorizon), usual)
}

// lasting decodes how long something must be so before it is told, or takes the usual time. Beyond a day nobody would be told in time.
func lasting(m *config.Map, key string, usual time.Duration) time.Duration {
	return cmp.Or(m.Optional(key).Duration(time.Second, maxFor), usual)
}

// limits decodes two shares and a time.
func limits(v config.Value) Limits {
	return config.Object(v, func(m *config.Map) Limits {
		warn, page := m.Required("warn"), m.Required("page")
		l := Limits{Pos: m.Pos(), Warn: share(warn), Page: share(page), For: m.Required("for").Duration(time.Second, maxFor)}
		if l.Warn > 0 && l.Page > 0 && l.Warn >= l.Page {
			warn.Reject(fmt.Sprintf("warns at %s, but pages at %s", warn.Raw(), page.Raw()), "warn must lie below page")
		}
		return l
	})
}

// limitsOr decodes limits, or takes the usual ones where there are none.
func limitsOr(v config.Value, usual Limits) Limits {
	if !v.Present() {
		return usual
	}
	return limits(v)
}

// floorOr decodes what must stay free.
func floorOr(v config.Value, usual Floor) Floor {
	if !v.Present() {
		return usual
	}
	return config.Object(v, func(m *config.Map) Floor {
		free := m.Required("free")
		p := free.Percent()
		if p.Text != "" && p.Ratio == 0 {
			free.Reject("less than 0% is never free", "the alert would never fire")
		}
		return Floor{Free: p.Ratio, For: m.Required("for").Duration(time.Second, maxFor)}
	})
}

// workerQueue decodes when packets wait too long for a worker.
func workerQueue(v config.Value) WorkerQueue {
	if !v.Present() {
		return WorkerQueue{Bytes: 64 << 10, DropsPerSecond: 1, For: 5 * time.Minute}
	}
	return config.Object(v, func(m *config.Map) WorkerQueue {
		drops := m.Required("drops_per_second")
		q := WorkerQueue{
			Bytes:          m.Required("waiting").Bytes(minQueue),
			DropsPerSecond: drops.Float(0, maxDrops),
			For:            m.Required("for").Duration(time.Second, maxFor),
		}
		if drops.Present() && drops.Raw() != "" && q.DropsPerSecond == 0 {
			drops.Reject("0 drops a second always page", "any drop opens a ticket already; page from 1 on, say")
		}
		return q
	})
}

// expiry decodes how long before its end a certificate must be renewed.
func expiry(v config.Value) Expiry {
	if !v.Present() {
		return Expiry{Warn: 21 * 24 * time.Hour, Page: 3 * 24 * time.Hour, For: expiryUsual}
	}
	return config.Object(v, func(m *config.Map) Expiry {
		warn, page := m.Required("warn"), m.Required("page")
		e := Expiry{Warn: warn.Duration(time.Hour, maxHorizon), Page: page.Duration(time.Hour, maxHorizon), For: lasting(m, "for", expiryUsual)}
		if e.Warn > 0 && e.Page >= e.Warn {
			page.Reject(fmt.Sprintf("pages %s before the end, but warns only %s before it", page.Raw(), warn.Raw()), "page must be the shorter time")
		}
		return e
	})
}

// offloadOr decodes when the kernel's fast path counts as lost.
func offloadOr(v config.Value, usual Offload) Offload {
	if !v.Present() {
		return usual
	}
	return config.Object(v, func(m *config.Map) Offload {
		return Offload{
			Lost: share(m.Required("lost")), MinStreams: m.Required("min_streams").Int(1, maxCount),
			For: m.Required("for").Duration(time.Second, maxFor),
		}
	})
}

// qualityOr decodes when media count as bad.
func qualityOr(v config.Value, usual Quality) Quality {
	if !v.Present() {
		return usual
	}
	return config.Object(v, func(m *config.Map) Quality {
		mos := m.Required("mos")
		return Quality{
			MOS: mos.Float(worstMOS, bestMOS), MOSPos: mos.Pos(), Poor: limits(m.Required("poor")), Loss: share(m.Required("loss")),
			Jitter: m.Required("jitter").Duration(time.Millisecond, time.Minute), MinReports: m.Required("min_reports").Int(1, maxCount),
		}
	})
}

// share decodes a percentage above 0 as a ratio.
func share(v config.Value) float64 {
	p := v.Percent()
	if p.Text != "" && p.Ratio == 0 {
		v.Reject("a threshold of 0% always fires", "")
	}
	return p.Ratio
}
