package store

import (
	"cmp"
	"maps"
	"slices"
	"time"

	"github.com/voipbin/observability/internal/rto"
)

// The spans of downsampled tallies, and how long each is kept after the newest evidence.
const (
	Minute = time.Minute
	Hour   = time.Hour
	Day    = 24 * time.Hour

	keepMinutes = 30 * Day
	keepHours   = 366 * Day
	keepDays    = 3653 * Day
)

func spans() []time.Duration { return []time.Duration{Minute, Hour, Day} }

// The ledger's memory: ticks older than thinAfter are kept one in each thinStep, those older than sparseAfter one in each sparseStep, which only
// widens brackets. A replica that is dead for a month then costs some thousand ticks.
const (
	thinAfter   = time.Hour
	thinStep    = 10 * time.Second
	sparseAfter = 24 * time.Hour
	sparseStep  = 10 * time.Minute
)

// Series names one virtual drill: what would be lost of a store if a replica took over with its relay log drained, or at once.
type Series struct {
	Store   string   `json:"store"`
	Replica string   `json:"replica"`
	Side    rto.Side `json:"side"`
}

func bySeries(a, b Series) int {
	return cmp.Or(cmp.Compare(a.Store, b.Store), cmp.Compare(a.Replica, b.Replica), cmp.Compare(a.Side, b.Side))
}

// Bucket is the tally of one span of time. Nil edges: none could be proven.
type Bucket struct {
	Series
	Began rto.Instant   `json:"began"`
	Span  time.Duration `json:"span_ns"`
	rto.Tally
	// Least and Most are the lowest and the highest upper edge of the exposure; P50 and P99 what it stayed below in half and in 99 % of
	// all the time, unprovable time standing above every number.
	Least *time.Duration `json:"least_ns,omitempty"`
	Most  *time.Duration `json:"most_ns,omitempty"`
	P50   *time.Duration `json:"p50_ns,omitempty"`
	P99   *time.Duration `json:"p99_ns,omitempty"`
}

// gathering is a bucket that is being filled.
type gathering struct {
	Began rto.Instant `json:"began"`
	Tally rto.Tally   `json:"tally"`
	Edges sketch      `json:"edges"`
}

// virtual is one series on its way through the evidence.
type virtual struct {
	Series Series `json:"series"`
	// Until is the end of the time that was counted. No time is counted twice, nor what a clock that went back shows again.
	Until rto.Instant `json:"until"`
	// Seen says that this session has looked at it: a replica that was taken out of the configuration is not missed for ever.
	Seen bool `json:"seen"`
	// Open are the buckets of each span, by the order of spans.
	Open [3]gathering `json:"open"`
}

// count adds the time up to an instant with one bracket, cut at the ends of minutes. nil: nobody looked.
func (v *virtual) count(until rto.Instant, window *rto.Bracket, objective time.Duration, full func(Bucket)) {
	for v.Until < until {
		next := min(until, begin(v.Until, Minute).Add(Minute))
		for i, span := range spans() {
			v.open(i, span, full).add(window, objective, next.Sub(v.Until))
		}
		v.Until = next
	}
}

// begin is the begin of the span that an instant lies in.
func begin(at rto.Instant, span time.Duration) rto.Instant {
	in := time.Duration(at) % span
	if in < 0 {
		in += span
	}
	return at.Add(-in)
}

// open is the bucket that the next time goes to; one that is full is handed on.
func (v *virtual) open(i int, span time.Duration, full func(Bucket)) *gathering {
	g, began := &v.Open[i], begin(v.Until, span)
	if g.Began == began && g.Tally.Total() > 0 {
		return g
	}
	if g.Tally.Total() > 0 {
		full(g.bucket(v.Series, span))
	}
	for j := 1; i == 0 && j < len(spans()); j++ { // with each minute the longer spans are shown as far as they have come
		if long := &v.Open[j]; long.Tally.Total() > 0 {
			full(long.bucket(v.Series, spans()[j]))
		}
	}
	*g = gathering{Began: began}
	return g
}

func (g *gathering) add(window *rto.Bracket, objective, d time.Duration) {
	if window == nil {
		g.Tally.Absent(d)
		g.Edges.Open += d
		return
	}
	g.Tally.Add(*window, objective, d)
	if window.Unbounded {
		g.Edges.Open += d
		return
	}
	g.Edges.add(window.Hi, d)
}

func (g *gathering) bucket(series Series, span time.Duration) Bucket {
	b := Bucket{Series: series, Began: g.Began, Span: span, Tally: g.Tally, Least: g.Edges.Least, Most: g.Edges.Most}
	if q, ok := g.Edges.quantile(0.5); ok {
		b.P50 = &q
	}
	if q, ok := g.Edges.quantile(0.99); ok {
		b.P99 = &q
	}
	return b
}

// state is what the rows to come follow from, besides the evidence that is still to be read.
type state struct {
	Ledgers   map[string]*rto.Ledger         `json:"ledgers"`   // by store
	Survivors map[string][]rto.ReplicaSample `json:"survivors"` // by store: the newest good sample of each replica
	Virtual   []*virtual                     `json:"virtual"`
	Newest    rto.Instant                    `json:"newest"`  // end of the newest look
	Thinned   rto.Instant                    `json:"thinned"` // minute in which the ledgers were thinned
	// Seq and Hash are of the newest record that the state is made of.
	Seq  uint64 `json:"seq"`
	Hash string `json:"hash"`
	// Skipped counts records of kinds that this version does not know.
	Skipped uint64 `json:"skipped"`

	Expired rto.Instant `json:"expired"` // day in which old tallies were taken away

	survivors map[string]map[string]*rto.Survivor
	full      map[bucketKey]Bucket // to be written
}

type bucketKey struct {
	series Series
	span   time.Duration
	began  rto.Instant
}

func newState() *state {
	return &state{
		Ledgers: map[string]*rto.Ledger{}, Survivors: map[string][]rto.ReplicaSample{},
		survivors: map[string]map[string]*rto.Survivor{}, full: map[bucketKey]Bucket{},
	}
}

// look counts the time up to a look by what was known before it, which is the highest that the exposure was in that time, and then learns.
func (st *state) look(l *rto.Look, opt Options) {
	gap := st.Newest == 0 || l.Until.Sub(st.Newest) > opt.Gap
	for _, v := range st.Virtual {
		if !v.Seen {
			continue
		}
		if gap || l.Until.Sub(v.Until) > opt.Gap {
			v.count(l.Until, nil, 0, st.keep)
			continue
		}
		e := rto.Exposed(st.ledger(v.Series.Store), st.survivor(v.Series.Store, v.Series.Replica), v.Series.Store, v.Series.Replica, v.Series.Side,
			l.Until, opt.Interval*3/2)
		v.count(l.Until, &e.Window, opt.objective(v.Series.Store), st.keep)
	}
	for _, s := range l.Sources {
		st.ledger(s.Store).Observe(s)
	}
	for _, r := range l.Replicas {
		st.survivor(r.Store, r.Replica).Observe(r)
		st.meet(Series{r.Store, r.Replica, rto.Applied}, l.Until)
		if r.ReceivedKnown {
			st.meet(Series{r.Store, r.Replica, rto.Received}, l.Until)
		}
	}
	st.Newest = max(st.Newest, l.Until)
	st.forget()
}

func (st *state) keep(b Bucket) { st.full[bucketKey{b.Series, b.Span, b.Began}] = b }

// meet begins a series at its first sample, or takes it up again in a new session: the time between is nobody's.
func (st *state) meet(s Series, at rto.Instant) {
	i, found := slices.BinarySearchFunc(st.Virtual, s, func(v *virtual, s Series) int { return bySeries(v.Series, s) })
	if !found {
		st.Virtual = slices.Insert(st.Virtual, i, &virtual{Series: s, Until: at, Seen: true})
		return
	}
	if v := st.Virtual[i]; !v.Seen {
		v.count(at, nil, 0, st.keep)
		v.Seen = true
	}
}

// session begins a run of the tracker, perhaps with other replicas.
func (st *state) session() {
	for _, v := range st.Virtual {
		v.Seen = false
	}
}

// hole counts time in which the tracker says that it did not look.
func (st *state) hole(h *rto.Hole) {
	for _, v := range st.Virtual {
		if v.Seen {
			v.count(h.To, nil, 0, st.keep)
		}
	}
}

func (st *state) ledger(store string) *rto.Ledger {
	l, ok := st.Ledgers[store]
	if !ok {
		l = &rto.Ledger{}
		st.Ledgers[store] = l
	}
	return l
}

func (st *state) survivor(store, replica string) *rto.Survivor {
	of, ok := st.survivors[store]
	if !ok {
		of = map[string]*rto.Survivor{}
		st.survivors[store] = of
	}
	s, ok := of[replica]
	if !ok {
		s = &rto.Survivor{}
		of[replica] = s
	}
	return s
}

// forget bounds memory, at moments that the evidence alone decides: an index that was interrupted and one that was not are equal.
func (st *state) forget() {
	minute := begin(st.Newest, Minute)
	if minute == st.Thinned {
		return
	}
	st.Thinned = minute
	for store, l := range st.Ledgers {
		l.Drop(st.held(store)...)
		l.Thin(st.Newest, thinAfter, thinStep)
		l.Thin(st.Newest, sparseAfter, sparseStep)
	}
}

// held is the positions of a store's replicas that may still ask for older ticks: those that this session has.
func (st *state) held(store string) []rto.Position {
	var held []rto.Position
	for _, v := range st.Virtual {
		if v.Series.Store != store || !v.Seen {
			continue
		}
		if p, ok := st.survivor(store, v.Series.Replica).Position(v.Series.Side); ok {
			held = append(held, p)
		}
	}
	return held
}

// pack makes the state ready to be written, unpack to be used.
func (st *state) pack() {
	clear(st.Survivors)
	for store, of := range st.survivors {
		for _, replica := range slices.Sorted(maps.Keys(of)) {
			if newest, ok := of[replica].Newest(); ok {
				st.Survivors[store] = append(st.Survivors[store], newest)
			}
		}
	}
}

func (st *state) unpack() {
	for store, of := range st.Survivors {
		for _, r := range of {
			st.survivor(store, r.Replica).Observe(r)
		}
	}
}
