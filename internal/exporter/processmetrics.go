package exporter

import (
	"fmt"
	"os"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/version"

	"github.com/voipbin/observability/internal/emit"
	"github.com/voipbin/observability/internal/metric"
)

// processMetrics are the exporter's metrics about itself: Go runtime, process, build, and the configuration's state.
type processMetrics struct {
	kit      metric.Kit
	set      *emit.Set // the exporter's
	process  ownProcess
	runtime  *prometheus.Registry // nil when switched off
	reloaded atomic.Pointer[reload]
}

// reload is how loading the configuration went.
type reload struct {
	ok      bool
	success time.Time // the last one
}

func newProcessMetrics(kit metric.Kit, set *emit.Set, off bool) (*processMetrics, error) {
	m := &processMetrics{kit: kit, set: set}
	if off {
		return m, nil
	}
	m.process = newOwnProcess(os.DirFS("/proc"))
	m.runtime = prometheus.NewRegistry()
	if err := m.runtime.Register(collectors.NewGoCollector(collectors.WithGoCollectorMemStatsMetricsDisabled())); err != nil {
		return nil, fmt.Errorf("process metrics: %w", err)
	}
	return m, nil
}

// loaded notes how loading the configuration went.
func (m *processMetrics) loaded(ok bool, now time.Time) {
	r := &reload{ok: ok, success: now}
	if before := m.reloaded.Load(); !ok && before != nil {
		r.success = before.success
	}
	m.reloaded.Store(r)
}

// read reads the metrics: a batch of the exporter's set, and the families of the runtime.
func (m *processMetrics) read() (*emit.Batch, []*dto.MetricFamily, error) {
	b := m.set.Batch(0)
	if r := m.reloaded.Load(); r != nil {
		b.Add(m.kit.ConfigReloadSuccess, boolValue(r.ok))
		b.Add(m.kit.ConfigReloadTime, float64(r.success.UnixMilli())/1000)
	}
	if m.runtime == nil {
		return b, nil, nil
	}
	b.Add(m.kit.BuildInfo, 1, buildVersion(), version.GetRevision(), version.GoVersion)
	m.process.read(b)
	runtime, err := m.runtime.Gather()
	if err != nil {
		return nil, nil, fmt.Errorf("process metrics: %w", err)
	}
	return b, runtime, nil
}

// begin returns a function that adds the metrics to an exposition of the exporter's set. It begins at once to read them.
func (m *processMetrics) begin() func(*emit.Exposition) (*emit.Exposition, error) {
	type result struct {
		own     *emit.Batch
		runtime []*dto.MetricFamily
		err     error
	}
	made := make(chan result, 1)
	go func() {
		var r result
		r.own, r.runtime, r.err = m.read()
		made <- r
	}()
	return func(x *emit.Exposition) (*emit.Exposition, error) {
		r := <-made
		if r.err != nil {
			return nil, r.err
		}
		return x.Add(r.own).With(r.runtime), nil
	}
}
