package tracker

import (
	"math"
	"net/http"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
	dto "github.com/prometheus/client_model/go"

	"github.com/voipbin/observability/internal/emit"
	"github.com/voipbin/observability/internal/metric"
	"github.com/voipbin/observability/internal/rto"
)

// maxSeries bounds an exposition; 20 replicas make about 600 series.
const maxSeries = 20_000

// Metrics serves what the tracker knows to Prometheus. Everything comes from memory: a scrape asks no server and is answered in every state.
func (s *Service) Metrics() http.Handler {
	set := emit.NewSet(append(metric.Recovery(), metric.SLO()...))
	registry := prometheus.NewRegistry()
	registry.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	own := prometheus.GathererFunc(func() ([]*dto.MetricFamily, error) {
		b := set.Batch(maxSeries)
		s.emit(b)
		return set.Families(b), nil
	})
	return promhttp.HandlerFor(prometheus.Gatherers{own, registry}, promhttp.HandlerOpts{EnableOpenMetrics: true})
}

// emit writes the snapshot as samples.
func (s *Service) emit(b *emit.Batch) {
	snap := s.Snapshot()
	b.Add(metric.RecoveryBuildInfo, 1, snap.Version, snap.Vantage)
	for _, sc := range snap.Scenarios {
		b.Add(metric.RecoveryObjective, sc.RTO.Seconds(), sc.Name, "rto")
		b.Add(metric.RecoveryObjective, sc.RPO.Seconds(), sc.Name, "rpo")
	}
	for _, e := range snap.Exposures {
		emitExposure(b, e)
	}
	for _, st := range snap.Stores {
		emitStore(b, st)
	}
	for _, v := range snap.Virtual {
		// A counter begins with its process: what an earlier one had told already would count twice, as a counter that was reset.
		for result, d := range map[string]time.Duration{
			"inside": v.Tally.Inside - v.Replayed.Inside, "outside": v.Tally.Outside - v.Replayed.Outside, "unprovable": v.Tally.Unprovable - v.Replayed.Unprovable,
		} {
			b.Add(metric.RecoveryVirtual, d.Seconds(), v.Store, v.Replica, string(v.Side), result)
		}
	}
	for _, st := range snap.Stocks {
		emitStock(b, st, snap.Now)
	}
	for _, p := range snap.Paths {
		emitPath(b, p)
	}
	b.Add(metric.RecoveryEvidenceRecords, float64(snap.Evidence.Records))
	b.Add(metric.RecoveryEvidenceWritable, flag(snap.Evidence.Writable))
	b.Add(metric.RecoveryHoles, snap.Evidence.Holes.Seconds())
	for _, sh := range snap.Shares {
		b.Add(metric.RecoveryVirtualShare, sh.Share, sh.Store, sh.Replica, string(sh.Side), sh.Period)
	}
	for _, t := range snap.Traps {
		if t.State != TrapUnknown {
			b.Add(metric.RecoveryTrap, flag(t.State == TrapSet), t.Store, t.Server, t.Name)
		}
	}
	if s.o.Offset != nil {
		b.Add(metric.RecoveryClockStep, s.o.Offset().Seconds())
	}
	if s.o.Maintenance != nil {
		for name, active := range s.o.Maintenance() {
			b.Add(metric.SLOMaintenanceActive, flag(active), name)
		}
	}
	s.emitSamples(b)
	s.emitDrills(b, snap)
}

// flag is a state as 0 or 1.
func flag(on bool) float64 {
	if on {
		return 1
	}
	return 0
}

// seconds is an instant as seconds since 1970, to the microsecond.
func seconds(i rto.Instant) float64 { return float64(i/1000) / 1e6 }

func emitBracket(b *emit.Batch, f *metric.Family, w rto.Bracket, labels ...string) {
	upper := w.Hi.Seconds()
	if w.Unbounded {
		upper = math.Inf(1)
	}
	b.Add(f, w.Lo.Seconds(), append(labels[:len(labels):len(labels)], "lower")...)
	b.Add(f, upper, append(labels[:len(labels):len(labels)], "upper")...)
}

func emitExposure(b *emit.Batch, e rto.Exposure) {
	side := string(e.Side)
	emitBracket(b, metric.RecoveryExposure, e.Window, e.Store, e.Replica, side)
	b.Add(metric.RecoveryProven, seconds(e.Proven), e.Store, e.Replica, side)
	if !e.Known {
		return
	}
	b.Add(metric.RecoveryTransactions, float64(e.Transactions), e.Store, e.Replica, side)
	if e.Side == rto.Applied {
		b.Add(metric.RecoveryErrant, float64(e.Errant), e.Store, e.Replica)
	}
}

func emitStore(b *emit.Batch, s StoreStatus) {
	b.Add(metric.RecoveryFenced, flag(s.Fenced), s.Store)
	b.Add(metric.RecoveryWatched, flag(s.Source.Seen), s.Store, s.Source.Server, "source")
	for _, r := range s.Replicas {
		b.Add(metric.RecoveryWatched, flag(r.Seen), s.Store, r.Server, "replica")
		if !r.Seen {
			continue // what an unseen replica said once is no estimate of now
		}
		for name, v := range map[string]*float64{
			"seconds_behind": r.Estimates.SecondsBehind, "heartbeat": r.Estimates.Heartbeat, "queued_age": r.Estimates.QueuedAge,
			"applied_age": r.Estimates.AppliedAge, "cloud": r.Estimates.Cloud,
		} {
			if v != nil {
				b.Add(metric.RecoveryEstimate, *v, s.Store, r.Server, name)
			}
		}
	}
}

// stale is how old a look at a stock may be.
const stale = time.Minute

func emitStock(b *emit.Batch, s rto.StockSample, now rto.Instant) {
	seen := s.Outcome == rto.OK && now.Sub(s.Send) <= stale
	b.Add(metric.RecoveryWatched, flag(seen), s.Store, s.Node, "stock")
	if !seen {
		return
	}
	for kind, n := range s.AtRisk {
		b.Add(metric.RecoveryStock, n, s.Store, kind)
	}
	if s.OldestAge != nil {
		b.Add(metric.RecoveryStockAge, *s.OldestAge, s.Store)
	}
}

func emitPath(b *emit.Batch, p PathStatus) {
	b.Add(metric.RecoveryPathProbes, float64(p.Good), p.Name, "true")
	b.Add(metric.RecoveryPathProbes, float64(p.Bad), p.Name, "false")
	if !p.Seen {
		return
	}
	b.Add(metric.RecoveryPathGood, flag(p.Last.Good), p.Name)
	b.Add(metric.RecoveryPathGrade, float64(p.Last.Grade), p.Name)
	b.Add(metric.RecoveryPathTime, seconds(p.Last.Recv), p.Name)
}

func (s *Service) emitSamples(b *emit.Batch) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for k, n := range s.view.counts {
		b.Add(metric.RecoverySamples, float64(n), k.store, k.server, string(k.outcome))
	}
}

func (s *Service) emitDrills(b *emit.Batch, snap Snapshot) {
	b.Add(metric.RecoveryDrillRunning, flag(snap.Running != nil))
	if snap.Running != nil && snap.Running.Remaining != nil {
		b.Add(metric.RecoveryDrillRemaining, snap.Running.Remaining.Seconds())
	}
	for _, l := range s.lastDrills() {
		b.Add(metric.RecoveryLastDrill, seconds(l.began), l.scenario, string(l.kind))
		if l.judged == nil {
			continue
		}
		emitBracket(b, metric.RecoveryLastRTO, l.judged.RTO, l.scenario)
		for objective, verdict := range map[string]rto.Verdict{"rto": l.judged.RTOVerdict, "rpo": l.judged.RPOVerdict} {
			for v, name := range map[rto.Verdict]string{rto.Pass: "pass", rto.Fail: "fail", rto.NotProven: "not_proven"} {
				b.Add(metric.RecoveryLastVerdict, flag(v == verdict), l.scenario, objective, name)
			}
		}
		for _, p := range l.judged.Phases {
			if p.Begun.Valid() && p.Done.Valid() {
				emitBracket(b, metric.RecoveryPhaseTime, p.Took, l.scenario, string(p.Phase))
			}
		}
	}
}
