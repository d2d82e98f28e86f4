package rtpengine

import (
	"context"
	"errors"
	"regexp"
	"strconv"
	"strings"

	"github.com/voipbin/observability/internal/emit"
	"github.com/voipbin/observability/internal/exporter"
	"github.com/voipbin/observability/internal/metric"
)

// information tells how fast RTPEngine answers and since when it runs.
type information struct{ engine *engine }

// Name is that of the collector in its flag and in its outcome: info.
func (information) Name() string { return "info" }

// Scrape reads the statistics as a whole.
func (i information) Scrape(ctx context.Context, b *emit.Batch) error {
	b.Add(metric.RTPEnginePing, i.engine.ping.Seconds())
	if _, err := i.engine.statistics(ctx); err != nil {
		return err
	}
	b.Add(metric.RTPEngineStartTime, i.engine.started)
	return nil
}

// build tells which RTPEngine runs. The only command that says so prints the whole configuration, passwords of Redis and
// MySQL included; no more than two lines are looked at, and nothing of it is kept.
type build struct{ engine *engine }

var (
	errNoVersion = errors.New("params current: no software_id with a version in it")

	// softwareID matches how Debian's packages spell the version in the default of the option software-id.
	softwareID = regexp.MustCompile(`(?m)^software_id = rtpengine-\S*?mr([0-9]+(?:-[0-9]+)*)\s*$`)
	// redisErrors matches what is a limit: -1, the default, is none.
	redisErrors = regexp.MustCompile(`(?m)^redis_allowed_errors = ([0-9]+)\s*$`)
)

// Name is that of the collector in its flag and in its outcome: build.
func (build) Name() string { return "build" }

// Scrape asks the command line interface for "params current".
func (v build) Scrape(ctx context.Context, b *emit.Batch) error {
	parameters, err := v.engine.cli(ctx, "params current")
	if err != nil {
		return err
	}
	if m := redisErrors.FindStringSubmatch(parameters); m != nil {
		if n, err := strconv.ParseFloat(m[1], 64); err == nil {
			b.Add(metric.RTPEngineRedisAllowedErrors, n)
		}
	}
	found := softwareID.FindStringSubmatch(parameters)
	if found == nil {
		return exporter.Absent(errNoVersion)
	}
	b.Add(metric.RTPEngineBuildInfo, 1, strings.ReplaceAll(found[1], "-", "."))
	return nil
}
