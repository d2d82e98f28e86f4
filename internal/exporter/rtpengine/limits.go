package rtpengine

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"strconv"

	"github.com/voipbin/observability/internal/emit"
	"github.com/voipbin/observability/internal/exporter"
	"github.com/voipbin/observability/internal/metric"
)

// limits reads at which points RTPEngine refuses offers. An operator can move them at run time.
type limits struct{ engine *engine }

// Name is that of the collector in its flag and in its outcome: limits.
func (limits) Name() string { return "limits" }

// limit is one of them: the command line that prints it, the least value that is a limit, and its unit.
type limit struct {
	family *metric.Family
	line   string
	least  float64
	unit   float64
}

// maximum matches the value in "Maximum sessions configured on rtpengine: -1".
var maximum = regexp.MustCompile(`^Maximum [^:]*: (-?[0-9]+(?:\.[0-9]+)?)`)

var errNoLimit = errors.New("no limit in what the command line prints")

// Scrape asks the command line interface for each limit.
func (l limits) Scrape(ctx context.Context, b *emit.Batch) error {
	const positive = 0.001 // 0 stands for no limit, and two decimals are maximum
	for _, limit := range []limit{
		{metric.RTPEngineSessionsLimit, "list maxsessions", 0, one}, // -1 stands for no limit, 0 lets nobody in
		{metric.RTPEngineLoadLimit, "list maxload", positive, one},
		{metric.RTPEngineCPULimit, "list maxcpu", positive, percents},
		{metric.RTPEngineBandwidthLimit, "list maxbw", positive, one},
		{metric.RTPEngineOpenFilesLimit, "list maxopenfiles", positive, one},
	} {
		text, err := l.engine.cli(ctx, limit.line)
		if err != nil {
			return err
		}
		found := maximum.FindStringSubmatch(text)
		if found == nil {
			return exporter.Failed(exporter.OutcomeDecode, fmt.Errorf("%s: %w", limit.line, errNoLimit))
		}
		if v, err := strconv.ParseFloat(found[1], 64); err == nil && v >= limit.least {
			b.Add(limit.family, v/limit.unit)
		}
	}
	return nil
}

// families reads sessions by the address family of their media, which only the command line tells.
type families struct{ engine *engine }

// Name is that of the collector in its flag and in its outcome: families.
func (families) Name() string { return "families" }

// byFamily matches the lines "Current sessions ipv4 only media: 36" and "Current sessions ip mixed  media: 0".
var byFamily = regexp.MustCompile(`(?m)^Current sessions (?:(ipv4|ipv6) only|ip (mixed)) +media: *([0-9]+)$`)

var errNoFamilies = errors.New("list numsessions: no address families in what the command line prints")

// Scrape asks the command line interface for "list numsessions".
func (f families) Scrape(ctx context.Context, b *emit.Batch) error {
	text, err := f.engine.cli(ctx, "list numsessions")
	if err != nil {
		return err
	}
	lines := byFamily.FindAllStringSubmatch(text, -1)
	if lines == nil {
		return exporter.Failed(exporter.OutcomeDecode, errNoFamilies)
	}
	for _, line := range lines {
		if n, err := strconv.ParseFloat(line[3], 64); err == nil {
			emitLevel(b, metric.RTPEngineSessionsByFamily, n, line[1]+line[2])
		}
	}
	return nil
}
