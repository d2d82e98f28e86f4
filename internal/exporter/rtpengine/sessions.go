package rtpengine

import (
	"context"
	"errors"

	"github.com/voipbin/observability/internal/emit"
	"github.com/voipbin/observability/internal/exporter"
	"github.com/voipbin/observability/internal/metric"
	"github.com/voipbin/observability/internal/protocol/bencode"
)

var errNoReasons = errors.New("statistics: no reasons for ended sessions in the answer")

// sessions reads what is going on now, and how sessions ended.
type sessions struct {
	engine *engine
	// failed is how many offers had failed in the last scrape, of the daemon that started at since: RTPEngine's counters are
	// not read in one moment, and a difference of theirs could go back by one, which would look like a restart.
	failed, since float64
}

// Name is that of the collector in its flag and in its outcome: sessions.
func (*sessions) Name() string { return "sessions" }

// Scrape reads currentstatistics and totalstatistics of the statistics.
func (s *sessions) Scrape(ctx context.Context, b *emit.Batch) error {
	current, err := s.engine.section(ctx, "currentstatistics")
	if err != nil {
		return err
	}
	emitFields(b, current, []field{{metric.RTPEngineSessions, "sessionsown", one}}, "own")
	emitFields(b, current, []field{{metric.RTPEngineSessions, "sessionsforeign", one}}, "foreign")
	for _, path := range []string{"userspace", "kernel", "mixed"} {
		emitFields(b, current, []field{{metric.RTPEngineMediaStreams, "media_" + path, one}}, path)
	}
	emitFields(b, current, []field{
		{metric.RTPEngineTranscodedMedia, "transcodedmedia", one},
		{metric.RTPEngineMediaCache, "mediacache", one},
		{metric.RTPEnginePlayerCache, "playercache", one},
	})
	totals, err := s.engine.section(ctx, "totalstatistics")
	if err != nil {
		return err
	}
	emitFields(b, totals, []field{
		{metric.RTPEngineSessionsRejected, "rejectedsessions", one},
		{metric.RTPEngineOneWay, "onewaystreams", one},
		{metric.RTPEngineZeroPacket, "zerowaystreams", one},
	})
	return s.emitEnded(b, totals)
}

// emitEnded sorts the sessions that have ended. RTPEngine counts one that an offer began and could not set up among the
// managed ones, for no reason to end; whatever else ends a session is a reason (seen on 10.5, 12.5 and 26.0).
func (s *sessions) emitEnded(b *emit.Batch, totals bencode.Value) error {
	ended := 0.0
	for key, reason := range endReasons() {
		n, ok := number(totals, key)
		if !ok {
			return exporter.Failed(exporter.OutcomeDecode, errNoReasons)
		}
		ended += n
		b.Add(metric.RTPEngineSessionsEnded, n, reason)
	}
	if duration, ok := number(totals, "totalcallsduration"); ok && duration >= 0 && ended >= 0 {
		b.Summary(metric.RTPEngineCallDuration, duration, uint64(ended))
	}
	managed, ok := number(totals, "managedsessions")
	if !ok {
		return exporter.Failed(exporter.OutcomeDecode, errNoReasons)
	}
	if s.since != s.engine.started {
		s.failed, s.since = 0, s.engine.started
	}
	s.failed = max(s.failed, managed-ended)
	b.Add(metric.RTPEngineSessionsFailed, s.failed)
	return nil
}

// endReasons maps RTPEngine's names to the values of the label reason.
func endReasons() map[string]string {
	return map[string]string{
		"regularterminatedsessions": "regular",
		"forcedterminatedsessions":  "forced",
		"timeoutsessions":           "timeout",
		"silenttimeoutsessions":     "silent_timeout",
		"finaltimeoutsessions":      "final_timeout",
		"offertimeoutsessions":      "offer_timeout",
	}
}
