package backtest

import (
	"cmp"
	"math"
	"math/rand/v2"
	"slices"
	"strconv"
	"time"

	"github.com/prometheus/prometheus/model/histogram"
	"github.com/prometheus/prometheus/model/labels"
)

// Fault is a stretch of time in which a share of the events fails.
type Fault struct {
	At     time.Duration // since the begin of the scenario
	Length time.Duration
	Ratio  float64 // share of the events that fail
	// Daily repeats the fault every day at the same hour.
	Daily bool
}

// Recurring is something that happens to one target after another: each is hit once in Every, at times of its own.
type Recurring struct{ Every, Length time.Duration }

// Scenario is a made-up course of a platform's life: how much traffic, what fails, and what happens to the counters.
type Scenario struct {
	Name, Title string
	Length      time.Duration
	Targets     int
	// Peak and Trough are events a second of all targets together; the traffic swings between them once a day, with the
	// trough at 04:00.
	Peak, Trough float64
	// Idle hours of the day have no traffic at all: from the first up to the second hour. Equal hours mean never.
	Idle [2]int
	// DoubleAt doubles the traffic from a time on; 0 means never.
	DoubleAt time.Duration
	// BaseErrors is the share of events that always fails.
	BaseErrors float64
	Faults     []Fault
	// Restart is how often the process of a target restarts, so that its counters begin at 0.
	Restart time.Duration
	// Replace is how often a target is replaced by another of a new name.
	Replace time.Duration
	// Lazy counters appear with the first event that they count, and not with 0.
	Lazy bool
	// Gaps are times in which a target is not scraped.
	Gaps Recurring
	// Gone is one absence of the first target, which goes on counting.
	Gone Fault
	// Down is when Prometheus itself is not running.
	Down   Recurring
	Scrape time.Duration // 30 s when 0
}

// Counter is one counter that the events of a target show up in.
type Counter struct {
	Labels map[string]string // with __name__; instance is added
	Counts Outcome
	// Histogram makes it a native histogram of durations instead: good events last 0.1 s, failed ones 1.5 s.
	Histogram bool
}

// Outcome says which events a counter counts.
type Outcome string

// The outcomes of events.
const (
	All    Outcome = "all"
	Good   Outcome = "good"
	Failed Outcome = "failed"
	// Up is no count: it is 1 while the target is scraped.
	Up Outcome = "up"
	// State is no count either, but a probe: 1 while all is well, else 0. Its events are the scrapes of it.
	State Outcome = "state"
)

// Truth is what really happened: events by the time of the scrape that could see them first.
type Truth struct {
	times         []int64
	total, failed []float64 // up to and with the time
}

// Between adds up the events after from, up to and with to.
func (t *Truth) Between(from, to time.Time) (total, failed float64) {
	at := func(x time.Time) (float64, float64) {
		i, found := slices.BinarySearch(t.times, x.UnixMilli())
		if !found {
			i--
		}
		if i < 0 {
			return 0, 0
		}
		return t.total[i], t.failed[i]
	}
	total, failed = at(to)
	beforeTotal, beforeFailed := at(from)
	return total - beforeTotal, failed - beforeFailed
}

// Down lists the times in which Prometheus is not running.
func (s Scenario) down(begin time.Time) []Span {
	var spans []Span
	if s.Down.Every == 0 {
		return nil
	}
	// Not a whole number of half hours apart, so that they meet the marks at which windows are read in different ways.
	for at := s.Down.Every / 2; at < s.Length; at += s.Down.Every {
		from := begin.Add(at)
		spans = append(spans, Span{From: from, To: from.Add(s.Down.Length)})
	}
	return spans
}

// burstLength is how long a burst of traffic lasts.
const burstLength = 2 * time.Minute

// world makes the series of one scenario.
type world struct {
	Scenario
	begin    time.Time
	random   *rand.Rand
	counters []Counter
	store    *Store
	outages  []Span
	bursts   []float64
	name     string // of the only target; empty where targets have names of their own
	probe    bool   // whether events are scrapes of a state
}

// target is one process that counts.
type target struct {
	number, generation int
	name               string        // in the place of one made of its number
	offset             time.Duration // of its scrapes
	counts             map[Outcome]float64
	seen               map[Outcome]bool
	lastScraped        bool
	known              bool
	into               map[int]*series // what its samples are added to, by the places of counters
}

// Make writes the series of a scenario into a new store and returns what really happened. The same seed makes the same
// series.
func (s Scenario) Make(begin time.Time, counters []Counter, seed uint64) (*Store, *Truth, []Span) {
	if s.Scrape == 0 {
		s.Scrape = 30 * time.Second
	}
	probe := slices.ContainsFunc(counters, func(c Counter) bool { return c.Counts == State })
	name := named(counters)
	if name != "" { // an objective about one target, which is never another
		s.Targets, s.Replace = 1, 0
	}
	w := &world{
		Scenario: s, name: name, probe: probe, begin: begin, random: rand.New(rand.NewPCG(seed, 2)), counters: counters, store: NewStore(), outages: s.down(begin),
	}
	for range int(s.Length/burstLength) + 1 {
		w.bursts = append(w.bursts, math.Exp(0.5*w.random.NormFloat64()-0.125)) // a mean of 1
	}
	truth := make(map[int64][2]float64)
	for n := range s.Targets {
		w.run(n, truth)
	}
	return w.store, sum(truth), w.outages
}

// named is the target that the counters are about, if they name one.
func named(counters []Counter) string {
	for _, c := range counters {
		if name := c.Labels["instance"]; name != "" {
			return name
		}
	}
	return ""
}

// sum turns events by time into running totals.
func sum(events map[int64][2]float64) *Truth {
	t := &Truth{times: make([]int64, 0, len(events))}
	for at := range events {
		t.times = append(t.times, at)
	}
	slices.Sort(t.times)
	var total, failed float64
	for _, at := range t.times {
		total, failed = total+events[at][0], failed+events[at][1]
		t.total, t.failed = append(t.total, total), append(t.failed, failed)
	}
	return t
}

// run lives the life of one target, scrape by scrape.
func (w *world) run(number int, truth map[int64][2]float64) {
	t := &target{number: number, name: w.name, offset: time.Duration(w.random.Int64N(int64(w.Scrape)))}
	t.reset()
	for at := t.offset; at < w.Length; at += w.Scrape {
		w.lifeCycle(t, at)
		total, failed := w.events(at)
		t.counts[All] += total
		t.counts[Failed] += failed
		t.counts[Good] += total - failed
		t.counts[State] = 1 - failed // of one event
		jitter := time.Duration(w.random.Int64N(int64(10*time.Millisecond))) - 5*time.Millisecond
		now := w.begin.Add(max(at+jitter, 0)).UnixMilli()
		before := truth[now]
		truth[now] = [2]float64{before[0] + total, before[1] + failed}
		w.scrape(t, at, now)
	}
}

func (t *target) reset() {
	t.counts = map[Outcome]float64{}
	t.seen = map[Outcome]bool{}
}

// lifeCycle restarts or replaces a target when its time has come. Targets take turns.
func (w *world) lifeCycle(t *target, at time.Duration) {
	turn := func(every time.Duration) bool {
		shift := every * time.Duration(t.number) / time.Duration(w.Targets)
		return every > 0 && at > w.Scrape && (at+shift)/every != (at+shift-w.Scrape)/every
	}
	switch {
	case turn(w.Replace):
		w.vanish(t, w.begin.Add(at).UnixMilli())
		t.generation++
		t.reset()
		t.known, t.into = false, nil
	case turn(w.Restart):
		if w.Lazy { // the new process does not show what the old one counted
			w.vanish(t, w.begin.Add(at-w.Scrape/2).UnixMilli())
		}
		t.reset()
	}
}

// events draws the events of one target in the time of one scrape.
func (w *world) events(at time.Duration) (total, failed float64) {
	ratio := w.failing(at)
	if w.probe {
		if w.random.Float64() < ratio {
			return 1, 1
		}
		return 1, 0
	}
	rate := w.rate(at) / float64(w.Targets) * w.Scrape.Seconds() * w.bursts[int(at/burstLength)]
	failed = w.poisson(rate * ratio)
	return failed + w.poisson(rate*(1-ratio)), failed
}

// failing is the share of events that fail at a time.
func (w *world) failing(at time.Duration) float64 {
	ratio := w.BaseErrors
	for _, f := range w.Faults {
		since := at - f.At
		if f.Daily && since > 0 {
			since %= 24 * time.Hour
		}
		if since >= 0 && since < f.Length {
			ratio = max(ratio, f.Ratio)
		}
	}
	return ratio
}

// rate is the traffic of all targets at a time, in events a second.
func (w *world) rate(at time.Duration) float64 {
	const day = 24 * time.Hour
	hour := (at % day).Hours()
	if w.Idle[0] != w.Idle[1] && hour >= float64(w.Idle[0]) && hour < float64(w.Idle[1]) {
		return 0
	}
	middle, swing := (w.Peak+w.Trough)/2, (w.Peak-w.Trough)/2
	rate := middle - swing*math.Cos(2*math.Pi*(hour-4)/24)
	if w.DoubleAt > 0 && at >= w.DoubleAt {
		rate *= 2
	}
	return rate
}

// poisson draws a number of events; large ones by the normal approximation.
func (w *world) poisson(mean float64) float64 {
	if mean > 50 {
		return max(0, math.Round(mean+math.Sqrt(mean)*w.random.NormFloat64()))
	}
	limit, product, n := math.Exp(-mean), w.random.Float64(), 0
	for product > limit {
		product *= w.random.Float64()
		n++
	}
	return float64(n)
}

// scrape writes what Prometheus sees of a target. A scrape that fails ends the series; one that Prometheus itself misses
// does not.
func (w *world) scrape(t *target, at time.Duration, now int64) {
	switch {
	case down(w.outages, now):
		return
	case w.unreachable(t, at):
		if t.lastScraped {
			w.vanish(t, now)
		}
		if t.known {
			w.add(t, ofUp, up(), Sample{T: now})
		}
		t.lastScraped = false
		return
	}
	w.add(t, ofUp, up(), Sample{T: now, V: 1})
	for i, c := range w.counters {
		if c.Counts == Up {
			t.seen[Up] = true
			w.add(t, i, c, Sample{T: now, V: 1})
			continue
		}
		if w.Lazy && t.counts[c.Counts] == 0 && !t.seen[c.Counts] {
			continue
		}
		t.seen[c.Counts] = true
		sample := Sample{T: now, V: t.counts[c.Counts]}
		if c.Histogram {
			sample = Sample{T: now, H: t.durations()}
		}
		w.add(t, i, c, sample)
	}
	t.lastScraped, t.known = true, true
}

// durations is the native histogram of a target's events, in buckets whose bounds are powers of two.
func (t *target) durations() *histogram.FloatHistogram {
	const goodBucket, failedBucket = -3, 1 // up to 0.125 and up to 2 seconds
	return &histogram.FloatHistogram{
		Count: t.counts[All], Sum: 0.1*t.counts[Good] + 1.5*t.counts[Failed], ZeroThreshold: 1e-9,
		PositiveSpans:   []histogram.Span{{Offset: goodBucket, Length: 1}, {Offset: failedBucket - goodBucket - 1, Length: 1}},
		PositiveBuckets: []float64{t.counts[Good], t.counts[Failed]},
	}
}

// unreachable reports whether a target cannot be scraped at a time.
func (w *world) unreachable(t *target, at time.Duration) bool {
	if g := w.Gone; t.number == 0 && g.Length > 0 && at >= g.At && at < g.At+g.Length {
		return true
	}
	if w.Gaps.Every == 0 {
		return false
	}
	shift := w.Gaps.Every * time.Duration(t.number+1) / time.Duration(w.Targets+1)
	return at > w.Gaps.Length && (at+shift)%w.Gaps.Every < w.Gaps.Length
}

// vanish ends the series of a target.
func (w *world) vanish(t *target, now int64) {
	for i, c := range w.counters {
		if t.seen[c.Counts] {
			w.add(t, i, c, Stale(now))
		}
	}
}

// ofUp is the place of what Prometheus itself notes of every target, which is no counter.
const ofUp = -1

// up is what Prometheus itself notes of every target.
func up() Counter { return Counter{Labels: map[string]string{nameLabel: "up"}} }

// add adds a sample to a target's series of the counter at a place. Which that is, is looked up once.
func (w *world) add(t *target, place int, c Counter, sample Sample) {
	have, ok := t.into[place]
	if !ok {
		have = w.store.of(labels.FromMap(t.labels(c.Labels)))
		if t.into == nil {
			t.into = make(map[int]*series)
		}
		t.into[place] = have
	}
	have.add(sample)
}

// labels adds the labels of a target.
func (t *target) labels(set map[string]string) map[string]string {
	out := map[string]string{"job": "scenario", "instance": cmp.Or(t.name, "t"+strconv.Itoa(t.number)+"-"+strconv.Itoa(t.generation))}
	for name, text := range set {
		out[name] = text
	}
	return out
}
