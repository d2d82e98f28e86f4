package tracker

import (
	"cmp"
	"slices"
	"time"

	"github.com/voipbin/observability/internal/rto"
)

// Bounds of what is kept in memory. A replica that stays behind for days needs old ticks of the clock, but not each second of them.
const (
	thinAge    = time.Hour
	thinStep   = 10 * time.Second
	sparseAge  = 24 * time.Hour // a replica that is dead for a month costs some thousand ticks
	sparseStep = 10 * time.Minute
	keepProbes = 2 * time.Hour
	// freshFactor is how many sampling intervals old a look may be and still count as seeing.
	freshFactor = 1.5
)

// view is what the tracker has seen, from all samples since the start or the last restart. It is a fold over looks, so that it can be
// rebuilt from evidence.
type view struct {
	stores map[string]*storeView
	order  []string
	stocks map[string]rto.StockSample
	probes []rto.ProbeResult
	counts map[sampleCount]uint64
	paths  map[string]*pathView
}

type storeView struct {
	server    string
	fresh     time.Duration
	ledger    rto.Ledger
	replicas  []string
	survivors map[string]*rto.Survivor
	drains    map[string]*rto.Drain
	source    rto.SourceSample             // the newest, failed ones too
	sourceID  string                       // of the newest that answered
	newest    map[string]rto.ReplicaSample // likewise
	readOnly  map[string]rto.ReplicaSample // the newest in which the replica took no writes
	writable  map[string]rto.ReplicaSample // the first after it in which it did
}

type pathView struct {
	path      rto.Path
	last      rto.ProbeResult
	seen      bool
	good, bad uint64
}

type sampleCount struct {
	store, server string
	outcome       rto.Outcome
}

func newView(o Options) *view {
	v := &view{stores: map[string]*storeView{}, stocks: map[string]rto.StockSample{}, counts: map[sampleCount]uint64{}, paths: map[string]*pathView{}}
	for _, w := range o.Stores {
		s := &storeView{
			server: w.Server, fresh: time.Duration(freshFactor*float64(w.Interval)) + w.Timeout,
			survivors: map[string]*rto.Survivor{}, drains: map[string]*rto.Drain{}, newest: map[string]rto.ReplicaSample{}, readOnly: map[string]rto.ReplicaSample{}, writable: map[string]rto.ReplicaSample{},
		}
		for name := range w.Replicas {
			s.replicas = append(s.replicas, name)
			s.survivors[name], s.drains[name] = &rto.Survivor{}, &rto.Drain{}
		}
		slices.Sort(s.replicas)
		v.stores[w.Name], v.order = s, append(v.order, w.Name)
	}
	for _, p := range o.Paths {
		v.paths[p.Name] = &pathView{path: p.Path}
	}
	return v
}

// take adds what was seen. Samples of servers that are not configured any more are left out.
func (v *view) take(l rto.Look) {
	for _, s := range l.Sources {
		v.takeSource(s)
	}
	for _, r := range l.Replicas {
		v.takeReplica(r)
	}
	for _, s := range l.Stocks {
		v.counts[sampleCount{s.Store, s.Node, s.Outcome}]++
		v.stocks[s.Store] = s
	}
	for _, p := range l.Probes {
		v.takeProbe(p)
	}
}

func (v *view) takeSource(s rto.SourceSample) {
	store, ok := v.stores[s.Store]
	if !ok {
		return
	}
	v.counts[sampleCount{s.Store, store.server, s.Outcome}]++
	if s.Send < store.source.Send {
		return
	}
	if s.Outcome == rto.OK {
		// Another server takes the writes now. What the old one had and this one has not is lost already; against it nobody can be proven.
		if store.sourceID != "" && store.sourceID != s.Server {
			store.ledger = rto.Ledger{}
		}
		store.sourceID = s.Server
	}
	store.source = s
	store.ledger.Observe(s)
	// A source that refuses writes has lost none after the moment at which it said so; one that takes them again is exposed again.
	switch {
	case s.Outcome != rto.OK:
	case s.ReadOnly:
		if _, fenced := store.ledger.Fenced(); !fenced {
			store.ledger.Fence(s.Recv)
		}
	default:
		store.ledger.Unfence()
	}
}

func (v *view) takeReplica(r rto.ReplicaSample) {
	store, ok := v.stores[r.Store]
	if !ok || store.survivors[r.Replica] == nil {
		return
	}
	v.counts[sampleCount{r.Store, r.Replica, r.Outcome}]++
	store.survivors[r.Replica].Observe(r)
	store.drains[r.Replica].Observe(r)
	if r.Send >= store.newest[r.Replica].Send {
		store.newest[r.Replica] = r
	}
	if r.Outcome != rto.OK {
		return
	}
	if r.ReadOnly {
		store.readOnly[r.Replica] = r
		delete(store.writable, r.Replica)
		return
	}
	if _, known := store.writable[r.Replica]; !known {
		store.writable[r.Replica] = r
	}
}

func (v *view) takeProbe(p rto.ProbeResult) {
	path, ok := v.paths[p.Path]
	if !ok {
		return
	}
	if p.Good {
		path.good++
	} else {
		path.bad++
	}
	if !path.seen || p.Send >= path.last.Send {
		path.last, path.seen = p, true
	}
	v.probes = append(v.probes, p)
}

// tidy bounds memory. since is the begin of a drill that runs, whose probes are all needed; 0 without one.
func (v *view) tidy(now, since rto.Instant) {
	for _, s := range v.stores {
		var held []rto.Position
		for _, r := range s.survivors {
			q, ok := r.Position(rto.Applied)
			if !ok {
				held = nil
				break
			}
			held = append(held, q)
		}
		s.ledger.Drop(held...)
		s.ledger.Thin(now, thinAge, thinStep)
		s.ledger.Thin(now, sparseAge, sparseStep)
	}
	from := now.Add(-keepProbes)
	if since != 0 {
		from = min(from, since.Add(-keepProbes))
	}
	i := slices.IndexFunc(v.probes, func(p rto.ProbeResult) bool { return p.Recv >= from })
	if i < 0 {
		i = len(v.probes)
	}
	if i > 0 {
		v.probes = slices.Delete(v.probes, 0, i)
	}
}

// exposures computes every exposure at now, in the order of stores, replicas and sides.
func (v *view) exposures(now rto.Instant) []rto.Exposure {
	var out []rto.Exposure
	for _, name := range v.order {
		s := v.stores[name]
		for _, replica := range s.replicas {
			for _, side := range []rto.Side{rto.Applied, rto.Received} {
				out = append(out, rto.Exposed(&s.ledger, s.survivors[replica], name, replica, side, now, s.fresh))
			}
		}
	}
	return out
}

// seen tells whether the newest look at a server was answered and is fresh.
func (s *storeView) seen(outcome rto.Outcome, send, now rto.Instant) bool {
	return outcome == rto.OK && now.Sub(send) <= s.fresh
}

// sortedPaths lists the paths by name.
func (v *view) sortedPaths() []*pathView {
	out := make([]*pathView, 0, len(v.paths))
	for _, p := range v.paths {
		out = append(out, p)
	}
	slices.SortFunc(out, func(a, b *pathView) int { return cmp.Compare(a.path.Name, b.path.Name) })
	return out
}
