package spec

import (
	"cmp"
	"regexp"
	"time"

	"github.com/voipbin/observability/internal/config"
)

// usualAsterisk are the limits of a spec that says nothing of them.
func usualAsterisk() AsteriskThresholds {
	return AsteriskThresholds{
		DownFor:                 time.Minute,
		RestartsAnHour:          restartsUsual,
		Capacity:                Limits{Warn: 0.7, Page: 0.85, For: 5 * time.Minute},
		OwnLimits:               Limits{Warn: 0.8, Page: 0.95, For: 5 * time.Minute},
		BootedWithin:            5 * time.Minute,
		GapsAnHour:              3,
		RegistrationDownFor:     5 * time.Minute,
		EndpointsDownFor:        2 * time.Minute,
		ServiceDownFor:          time.Minute,
		TasksFor:                time.Minute,
		Failures:                Limits{Warn: 0.01, Page: 0.05, For: 5 * time.Minute},
		MinFailures:             5,
		Queue:                   QueueLimits{UnattendedFor: time.Minute, LongestWait: 5 * time.Minute, WaitFor: time.Minute},
		ChannelAge:              4 * time.Hour,
		ChannelAgeFor:           10 * time.Minute,
		Media:                   MediaLimits{Loss: 0.02, Jitter: 30 * time.Millisecond, MinReports: 20, For: 10 * time.Minute},
		SecurityEventsPerMinute: 60,
		SecurityEventsFor:       time.Minute,
		ViewDiffersFor:          2 * time.Minute,
		CollectorFailingFor:     collectorUsual,
	}
}

// asteriskThresholds decodes the limits of the Asterisk tier. Each has a usual value.
func asteriskThresholds(v config.Value) AsteriskThresholds {
	usual := usualAsterisk()
	if !v.Present() {
		return usual
	}
	return config.Object(v, func(m *config.Map) AsteriskThresholds {
		return AsteriskThresholds{
			Pos:                     m.Pos(),
			DownFor:                 wait(m, "down_for", usual.DownFor),
			RestartsAnHour:          cmp.Or(m.Optional("restarts_an_hour").Int(1, maxRestarts), usual.RestartsAnHour),
			Capacity:                limitsOr(m.Optional("capacity"), usual.Capacity),
			OwnLimits:               limitsOr(m.Optional("own_limits"), usual.OwnLimits),
			BootedWithin:            wait(m, "booted_within", usual.BootedWithin),
			GapsAnHour:              cmp.Or(m.Optional("gaps_an_hour").Int(1, maxRestarts), usual.GapsAnHour),
			RegistrationDownFor:     wait(m, "registration_down_for", usual.RegistrationDownFor),
			Endpoints:               pattern(m.Optional("endpoints")),
			EndpointsDownFor:        wait(m, "endpoints_down_for", usual.EndpointsDownFor),
			ServiceDownFor:          wait(m, "service_down_for", usual.ServiceDownFor),
			TasksFor:                wait(m, "task_processors_for", usual.TasksFor),
			Failures:                limitsOr(m.Optional("failures"), usual.Failures),
			MinFailures:             cmp.Or(m.Optional("min_failures").Int(1, maxCount), usual.MinFailures),
			Queue:                   queueOr(m.Optional("queues"), usual.Queue),
			ChannelAge:              wait(m, "channel_age", usual.ChannelAge),
			ChannelAgeFor:           lasting(m, "channel_age_for", usual.ChannelAgeFor),
			Media:                   mediaOr(m.Optional("media"), usual.Media),
			SecurityEventsPerMinute: cmp.Or(m.Optional("security_events_per_minute").Float(0, maxDrops), usual.SecurityEventsPerMinute),
			SecurityEventsFor:       lasting(m, "security_events_for", usual.SecurityEventsFor),
			ViewDiffersFor:          wait(m, "view_differs_for", usual.ViewDiffersFor),
			CollectorFailingFor:     lasting(m, "collector_failing_for", usual.CollectorFailingFor),
		}
	})
}

// sipThresholds decodes the limits of the probes. Each has a usual value.
func sipThresholds(v config.Value) SIPThresholds {
	usual := SIPThresholds{
		FailedFor: 2 * time.Minute, MissingFor: 5 * time.Minute, MOS: 3.6, MOSFor: 10 * time.Minute,
		Certificate: expiry(config.Value{}),
	}
	if !v.Present() {
		return usual
	}
	return config.Object(v, func(m *config.Map) SIPThresholds {
		return SIPThresholds{
			Pos:         m.Pos(),
			FailedFor:   wait(m, "failed_for", usual.FailedFor),
			MissingFor:  lasting(m, "missing_for", usual.MissingFor),
			MOS:         cmp.Or(m.Optional("mos").Float(worstMOS, bestMOS), usual.MOS),
			MOSFor:      wait(m, "mos_for", usual.MOSFor),
			Certificate: expiry(m.Optional("certificates")),
		}
	})
}

// pattern decodes a regular expression over names, as PromQL takes it; absent it is empty.
func pattern(v config.Value) string {
	s := v.String()
	if _, err := regexp.Compile(s); err != nil {
		v.Reject("is no regular expression", err.Error())
	}
	return s
}

// queueOr decodes when callers in a queue wait in vain.
func queueOr(v config.Value, usual QueueLimits) QueueLimits {
	if !v.Present() {
		return usual
	}
	return config.Object(v, func(m *config.Map) QueueLimits {
		return QueueLimits{
			UnattendedFor: wait(m, "unattended_for", usual.UnattendedFor), LongestWait: wait(m, "longest_wait", usual.LongestWait),
			WaitFor: lasting(m, "longest_wait_for", usual.WaitFor),
		}
	})
}

// mediaOr decodes what the reports of the ends must not exceed.
func mediaOr(v config.Value, usual MediaLimits) MediaLimits {
	if !v.Present() {
		return usual
	}
	return config.Object(v, func(m *config.Map) MediaLimits {
		return MediaLimits{
			Loss: share(m.Required("loss")), Jitter: m.Required("jitter").Duration(time.Millisecond, time.Minute),
			MinReports: m.Required("min_reports").Int(1, maxCount), For: m.Required("for").Duration(time.Second, maxFor),
		}
	})
}
