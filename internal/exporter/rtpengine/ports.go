package rtpengine

import (
	"context"
	"errors"
	"math"

	"github.com/voipbin/observability/internal/emit"
	"github.com/voipbin/observability/internal/exporter"
	"github.com/voipbin/observability/internal/metric"
	"github.com/voipbin/observability/internal/protocol/bencode"
)

var errNoInterfaces = errors.New("statistics: no interfaces with ports in the answer")

// ports reads the pools that RTPEngine takes the ports of calls from. Logical interfaces on one address with one range share
// a pool, and each shows all of it.
type ports struct{ engine *engine }

// Name is that of the collector in its flag and in its outcome: ports.
func (ports) Name() string { return "ports" }

// pool names a pool as its labels do.
type pool struct{ address, first, last string }

// usage is how much of a pool is in use.
type usage struct{ total, used float64 }

// Scrape reads interfaces of the statistics.
func (p ports) Scrape(ctx context.Context, b *emit.Batch) error {
	list, err := p.engine.section(ctx, "interfaces")
	if err != nil {
		return err
	}
	pools := make(map[pool]usage)
	for _, m := range list.Members() {
		name, u, ok := poolOf(m.Value)
		if !ok {
			return exporter.Failed(exporter.OutcomeDecode, errNoInterfaces)
		}
		// Ports come and go while RTPEngine writes its answer: of several views the fullest counts.
		if other, shared := pools[name]; !shared || u.used > other.used {
			pools[name] = u
		}
	}
	if len(pools) == 0 {
		return exporter.Empty(nil)
	}
	for name, u := range pools {
		u.emit(b, name)
	}
	return nil
}

// poolOf reads the pool of an interface.
func poolOf(dict bencode.Value) (pool, usage, bool) {
	view, _ := dict.Lookup("ports")
	name := pool{text(dict, "address"), text(view, "min"), text(view, "max")}
	total, ok := number(view, "totals")
	used, known := number(view, "used")
	return name, usage{total, used}, ok && known && name.address != ""
}

func (u usage) emit(b *emit.Batch, name pool) {
	labels := []string{name.address, name.first, name.last}
	emitLevel(b, metric.RTPEnginePortPoolPorts, u.total, labels...)
	emitLevel(b, metric.RTPEnginePortPoolUsed, u.used, labels...)
	if u.used < 0 || u.used > u.total || u.total <= 0 {
		return // one of both is no truth
	}
	b.Add(metric.RTPEnginePortPoolUsage, u.used/u.total, labels...)
	b.Add(metric.RTPEnginePortPoolFreePairs, math.Floor((u.total-u.used)/2), labels...)
}
