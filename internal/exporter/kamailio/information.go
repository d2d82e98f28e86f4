package kamailio

import (
	"context"
	"math"
	"strings"
	"sync"
	"time"

	"github.com/voipbin/observability/internal/emit"
	"github.com/voipbin/observability/internal/exporter"
	"github.com/voipbin/observability/internal/metric"
)

// information reads which Kamailio runs and since when.
type information struct {
	rpc   caller
	start startTime
}

// Name is that of the collector in its flag and in its outcome: info.
func (*information) Name() string { return "info" }

// Scrape asks core.uptime and core.info.
func (i *information) Scrape(ctx context.Context, b *emit.Batch) error {
	uptime, err := i.rpc.call(ctx, "core.uptime")
	if err != nil {
		return err
	}
	seconds, ok := uptime.number("uptime")
	if !ok {
		return exporter.Failed("decode", errNoUptime)
	}
	b.Add(metric.KamailioStartTime, i.start.at(seconds))
	info, err := i.rpc.call(ctx, "core.info")
	if err != nil {
		return err
	}
	version := strings.TrimSpace(strings.TrimPrefix(info.str("version"), "kamailio "))
	if version == "" {
		return unknown("core.info")
	}
	b.Add(metric.KamailioBuildInfo, 1, version, strings.TrimSpace(info.str("compiler")))
	return nil
}

// startTime keeps the start of the daemon steady. Kamailio tells whole seconds of uptime (its dates have no time zone),
// so now minus uptime moves by up to a second from scrape to scrape; a start that moves would look like a restart.
type startTime struct {
	now func() time.Time

	mu   sync.Mutex
	last float64
}

// at returns seconds since 1970 for an uptime in seconds, the same as last time unless it differs by more than two.
func (s *startTime) at(uptime float64) float64 {
	const tolerance = 2
	s.mu.Lock()
	defer s.mu.Unlock()
	start := float64(s.now().Unix()) - uptime
	if math.Abs(start-s.last) > tolerance {
		s.last = start
	}
	return s.last
}
