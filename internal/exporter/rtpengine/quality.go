package rtpengine

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/voipbin/observability/internal/emit"
	"github.com/voipbin/observability/internal/exporter"
	"github.com/voipbin/observability/internal/metric"
	"github.com/voipbin/observability/internal/protocol/bencode"
)

const (
	// listed is how many live calls one scrape chooses from, the first that RTPEngine lists. It lists them in no order that has to
	// do with quality, and a datagram holds 500 call-ids of 120 bytes.
	listed = 500

	// datagram is how many bytes an answer over UDP has room for, and framing how many a call-id takes beside its own: its length
	// and a colon, or quotes and a comma. What else there is in the answer takes less than envelope.
	datagram = 65507
	framing  = 5
	envelope = 256

	// fewest is how many it chooses from at least, if so many call-ids that they outgrew a datagram got lost with it.
	fewest = 32

	// share is the part of the time left that sampling may take.
	share = 0.25
)

// quality samples live calls, so that the share of bad ones is known and not only a mean in which they drown. Each scrape
// asks about a few calls chosen at random. Up to 500 live calls, every one is as likely as every other, so the sample is to calls
// in progress what the whole would be; of more, the choice is from the first 500 of RTPEngine's list, which has no cursor to
// go on from. A report of RTCP is observed at most once.
type quality struct {
	engine   *engine
	limit    int           // calls listed in one scrape, up to listed
	cut      bool          // whether an answer that is too long is lost: over UDP
	most     int           // calls asked about in one scrape
	interval time.Duration // time in which a call is asked about at most once
	shuffle  func(n int, swap func(i, j int))

	asked map[string]*sample // by call-id
	seen  distributions
}

// sample is what is known of a call that was asked about.
type sample struct {
	id      string
	at      time.Time
	reports map[string]float64 // by stream: when the newest report observed was made, in seconds since 1970
}

// distributions are what the samples add up to. They live as long as the target.
type distributions struct {
	mos, jitter, loss, roundTrip *emit.HistogramVec
	calls                        *emit.CounterVec
}

func newDistributions() distributions {
	return distributions{
		mos:       emit.NewHistogramVec(metric.RTPEngineStreamMOS, 0),
		jitter:    emit.NewHistogramVec(metric.RTPEngineStreamJitter, 0),
		loss:      emit.NewHistogramVec(metric.RTPEngineStreamLoss, 0),
		roundTrip: emit.NewHistogramVec(metric.RTPEngineStreamRoundTrip, 0),
		calls:     emit.NewCounterVec(metric.RTPEngineSampledCalls, 0),
	}
}

func (d distributions) events() []emit.Collector {
	return []emit.Collector{d.mos, d.jitter, d.loss, d.roundTrip, d.calls}
}

// Name is that of the collector in its flag and in its outcome: quality.
func (*quality) Name() string { return "quality" }

// Scrape lists the live calls by the ng command list, and asks about those that are due while its share of the scrape's time lasts.
func (q *quality) Scrape(ctx context.Context, b *emit.Batch) error {
	deadline, _ := ctx.Deadline()
	left := deadline.Sub(q.engine.now())
	ctx, cancel := context.WithTimeout(ctx, time.Duration(float64(left)*share))
	defer cancel()
	calls, err := q.list(ctx)
	if err != nil {
		return err
	}
	b.Add(metric.RTPEngineSampleCalls, float64(len(calls)), "listed")
	due := q.due(calls)
	if len(calls) == 0 {
		return exporter.Empty(nil)
	}
	asked, err := q.askAll(ctx, due)
	b.Add(metric.RTPEngineSampleCalls, float64(asked), "asked")
	return err
}

// list returns the live calls, up to the limit. An answer that never comes over UDP may have outgrown a datagram: from then on
// fewer are asked for, until answers show that there is room for more.
func (q *quality) list(ctx context.Context) ([]bencode.Member, error) {
	reply, err := q.engine.call(ctx, "list", bencode.Member{Key: "limit", Value: bencode.IntOf(int64(q.limit))})
	if q.cut && errors.Is(err, context.DeadlineExceeded) {
		q.limit = max(q.limit/2, fewest)
	}
	if err != nil {
		return nil, err
	}
	calls, ok := reply.Lookup("calls")
	if !ok || calls.Kind() != bencode.List {
		return nil, exporter.Failed(exporter.OutcomeDecode, errors.New("list: no calls in the answer"))
	}
	q.widen(calls.Members())
	return calls.Members(), nil
}

// widen asks for twice as many calls from now on, if what came tells that the answer would fit: were it lost again, every
// second scrape would go without.
func (q *quality) widen(calls []bencode.Member) {
	size := envelope
	for _, m := range calls {
		size += len(m.Value.Text()) + framing
	}
	if len(calls) < q.limit || 2*size <= datagram {
		q.limit = min(2*q.limit, listed)
	}
}

// due chooses the calls to ask about, and forgets those that have ended.
func (q *quality) due(calls []bencode.Member) []string {
	now := q.engine.now()
	kept := make(map[string]*sample, len(q.asked))
	var due []string
	for _, m := range calls {
		id := m.Value.Text()
		if s, ok := q.asked[id]; ok {
			kept[s.id] = s // not id, which would keep the whole list in memory
			if now.Sub(s.at) < q.interval {
				continue
			}
		}
		due = append(due, id)
	}
	q.asked = kept
	q.shuffle(len(due), func(i, j int) { due[i], due[j] = due[j], due[i] })
	return due[:min(q.most, len(due))]
}

// askAll asks about one call after the other for as long as there is time, and returns how many it asked about.
func (q *quality) askAll(ctx context.Context, due []string) (asked int, err error) {
	for _, id := range due {
		err := q.ask(ctx, id)
		switch {
		case err == nil:
			asked++
		case asked > 0 && errors.Is(err, context.DeadlineExceeded):
			return asked, nil // the rest has its chance in the next scrape
		default:
			return asked, err
		}
	}
	return asked, nil
}

// ask asks about one call and observes what is new. That the call has ended meanwhile is no error.
func (q *quality) ask(ctx context.Context, id string) error {
	reply, err := q.engine.call(ctx, "query", bencode.Member{Key: "call-id", Value: bencode.StringOf(id)})
	if exporter.OutcomeOf(err) == exporter.OutcomeFault {
		q.seen.calls.Add(1, "gone")
		return nil
	}
	if err != nil {
		return err
	}
	s, ok := q.asked[id]
	if !ok {
		s = &sample{id: strings.Clone(id), reports: make(map[string]float64)}
		q.asked[s.id] = s
	}
	s.at = q.engine.now()
	streams, _ := reply.Lookup("SSRC")
	fresh := false
	for _, stream := range streams.Members() {
		if report, at, ok := newest(stream.Value); ok && at > s.reports[stream.Key] {
			s.reports[strings.Clone(stream.Key)] = at
			q.seen.observe(report)
			fresh = true
		}
	}
	result := "unreported"
	if fresh {
		result = "measured"
	}
	q.seen.calls.Add(1, result)
	return nil
}

// newest returns the last report that RTPEngine tells of a stream, and when it was made. In long calls it thins them out to
// ten over the whole call, so the last may be a tenth of the call old.
func newest(stream bencode.Value) (report bencode.Value, at float64, ok bool) {
	progression, _ := stream.Lookup("MOS progression")
	entries, _ := progression.Lookup("entries")
	for _, m := range entries.Members() {
		if t, known := number(m.Value, "reported at"); known && t > at {
			report, at, ok = m.Value, t, true
		}
	}
	return report, at, ok
}

// observe adds one report. RTPEngine writes MOS times ten, and 0 for MOS and round trip while it does not know them.
func (d distributions) observe(report bencode.Value) {
	const bestMOS = 50
	if mos, ok := number(report, "MOS"); ok && mos >= 10 && mos <= bestMOS {
		d.mos.Observe(mos / 10)
	}
	if roundTrip, ok := number(report, "round-trip time"); ok && roundTrip > 0 {
		d.roundTrip.Observe(roundTrip / microseconds)
	}
	if jitter, ok := number(report, "jitter"); ok && jitter >= 0 {
		d.jitter.Observe(jitter / milliseconds)
	}
	if loss, ok := number(report, "packet loss"); ok && loss >= 0 && loss <= 100 {
		d.loss.Observe(loss / percents)
	}
}
