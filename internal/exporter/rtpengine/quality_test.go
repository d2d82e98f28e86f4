package rtpengine

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/voipbin/observability/internal/exporter"
	"github.com/voipbin/observability/internal/exporter/exportertest"
	"github.com/voipbin/observability/internal/metric"
	"github.com/voipbin/observability/internal/protocol/bencode"
	"github.com/voipbin/observability/internal/protocol/ng/ngtest"
)

// report is an entry of a MOS progression, in RTPEngine's units.
type report struct{ at, mos, roundTrip, jitter, loss int64 }

// stream is the part of a query's answer about one stream.
func stream(ssrc string, reports ...report) bencode.Member {
	var entries []bencode.Value
	for _, r := range reports {
		entries = append(entries, bencode.DictOf(
			bencode.Member{Key: "MOS", Value: bencode.IntOf(r.mos)},
			bencode.Member{Key: "round-trip time", Value: bencode.IntOf(r.roundTrip)},
			bencode.Member{Key: "jitter", Value: bencode.IntOf(r.jitter)},
			bencode.Member{Key: "packet loss", Value: bencode.IntOf(r.loss)},
			bencode.Member{Key: "reported at", Value: bencode.IntOf(r.at)}))
	}
	progression := bencode.DictOf(bencode.Member{Key: "interval", Value: bencode.IntOf(1)}, bencode.Member{Key: "entries", Value: bencode.ListOf(entries...)})
	return bencode.Member{Key: ssrc, Value: bencode.DictOf(bencode.Member{Key: "MOS progression", Value: progression})}
}

// query is an answer about a call of these streams.
func query(streams ...bencode.Member) ngtest.Reply {
	return ngtest.Members("ok", bencode.Member{Key: "SSRC", Value: bencode.DictOf(streams...)})
}

// live makes the server list these calls.
func live(server *ngtest.Server, ids ...string) {
	var calls []bencode.Value
	for _, id := range ids {
		calls = append(calls, bencode.StringOf(id))
	}
	server.Handle("list", ngtest.Members("ok", bencode.Member{Key: "calls", Value: bencode.ListOf(calls...)}))
}

// clock is a clock that a test moves.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) add(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

// queried are the calls asked about so far.
func queried(server *ngtest.Server) []string {
	var ids []string
	for _, r := range server.Requests() {
		if id, ok := r.Args.Lookup("call-id"); ok && r.Command == "query" {
			ids = append(ids, id.Text())
		}
	}
	return ids
}

// TestEachReportOnce scrapes a call again and again: a report counts once, however often it is seen.
func TestEachReportOnce(t *testing.T) {
	t.Parallel()
	clock := &clock{now: exportertest.Now()}
	server := ngtest.Start(t, "udp")
	live(server, "a")
	tgt := target(t, Options{Address: server.Address().String(), Collectors: []string{"quality"}, Now: clock.Now})
	f := func(reply ngtest.Reply, want ...string) {
		t.Helper()
		clock.add(DefaultQualityInterval)
		server.Handle("query", reply)
		got := suite().Scrape(t, tgt)
		holds(t, got, want)
		suite().Check(t, got)
	}
	f(query(stream("1", report{100, 0, 0, 9, 7})), // before the first round trip: MOS and round trip are not known
		"rtpengine_stream_jitter_seconds_count 1", "rtpengine_stream_packet_loss_ratio_sum 0.07",
		`rtpengine_quality_sampled_calls_total{result="measured"} 1`)
	f(query(stream("1", report{100, 0, 0, 9, 7})), "rtpengine_stream_jitter_seconds_count 1",
		`rtpengine_quality_sampled_calls_total{result="unreported"} 1`)
	f(query(stream("1", report{100, 0, 0, 9, 7}, report{105, 38, 20000, 5, 0}, report{110, 43, 30000, 4, 1})), // only the newest
		"rtpengine_stream_mos_count 1", "rtpengine_stream_mos_sum 4.3", "rtpengine_stream_round_trip_seconds_sum 0.03",
		"rtpengine_stream_jitter_seconds_count 2", `rtpengine_quality_sampled_calls_total{result="measured"} 2`)
	f(query(stream("1", report{110, 43, 30000, 4, 1}), stream("2", report{111, 25, 500000, 60, 22})),
		"rtpengine_stream_mos_count 2", "rtpengine_stream_mos_sum 6.8", `rtpengine_stream_mos_bucket{le="2.5"} 1`,
		"rtpengine_stream_packet_loss_ratio_count 3")
	f(query(), "rtpengine_stream_mos_count 2", `rtpengine_quality_sampled_calls_total{result="unreported"} 2`)
	f(ngtest.Refuse("Unknown call-id"), `rtpengine_quality_sampled_calls_total{result="gone"} 1`)
}

// TestImpossibleReports: what cannot be true is not observed.
func TestImpossibleReports(t *testing.T) {
	t.Parallel()
	server := ngtest.Start(t, "udp")
	live(server, "a")
	server.Handle("query", query(stream("1", report{100, 51, -1, -1, 101}), stream("2", report{100, 9, 0, -5, -1}), stream("3")))
	got := suite().Scrape(t, observed(t, server, "quality"))
	holds(t, got, []string{"rtpengine_up 1"}, "rtpengine_stream_")
}

// TestAtMostSoManyCalls: cost does not grow with traffic, nor with the number of Prometheus servers.
func TestAtMostSoManyCalls(t *testing.T) {
	t.Parallel()
	clock := &clock{now: exportertest.Now()}
	server := ngtest.Start(t, "udp")
	server.Handle("query", query())
	live(server, "a", "b", "c", "d", "e")
	tgt := target(t, Options{Address: server.Address().String(), Collectors: []string{"quality"}, Now: clock.Now, QualityCalls: 2, QualityInterval: time.Minute})
	f := func(listed, asked int, want ...string) {
		t.Helper()
		before := len(queried(server))
		got := suite().Scrape(t, tgt)
		if diff := cmp.Diff(want, queried(server)[before:]); diff != "" {
			t.Errorf("asked about (-want +got):\n%s", diff)
		}
		holds(t, got, []string{
			fmt.Sprintf(`rtpengine_quality_sample_calls{state="listed"} %d`, listed),
			fmt.Sprintf(`rtpengine_quality_sample_calls{state="asked"} %d`, asked),
		})
	}
	f(5, 2, "a", "b")
	f(5, 2, "c", "d")
	f(5, 1, "e")
	live(server, "b", "c", "f")
	f(3, 1, "f")
	clock.add(time.Minute)
	f(3, 2, "b", "c")
	live(server, "a", "b")
	f(2, 1, "a") // forgotten while it was not listed
}

// TestEveryCallIsAsLikely: calls are shuffled before the first are taken.
func TestEveryCallIsAsLikely(t *testing.T) {
	t.Parallel()
	server := ngtest.Start(t, "udp")
	server.Handle("query", query())
	live(server, "a", "b", "c")
	o := Options{Address: server.Address().String(), Collectors: []string{"quality"}, Now: exportertest.Now, QualityCalls: 1}
	o.Shuffle = func(n int, swap func(i, j int)) { swap(0, n-1) }
	tgt, err := NewTarget(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = tgt.Close() })
	suite().Scrape(t, tgt)
	if got := queried(server); !slices.Equal(got, []string{"c"}) {
		t.Errorf("want the last of three swapped to the front, got %v", got)
	}
}

// TestBudget: sampling takes a quarter of the time that it has, and what it could not ask about is no failure.
func TestBudget(t *testing.T) {
	t.Parallel()
	server := ngtest.Start(t, "udp")
	live(server, "a", "b")
	server.HandleFunc("query", func(r ngtest.Request) ngtest.Reply {
		if id, _ := r.Args.Lookup("call-id"); id.Text() == "a" {
			return query(stream("1", report{100, 43, 1000, 1, 0}))
		}
		return ngtest.Silent()
	})
	tgt := target(t, Options{Address: server.Address().String(), Collectors: []string{"quality"}, Now: time.Now})
	b := suiteSet().CollectorBatch("quality", 0)
	ctx := deadline(t, 4*time.Second)
	if err := tgt.Scrapers[0].Scrape(ctx, b); err != nil {
		t.Errorf("want what was read to count, got %v", err)
	}
	if ctx.Err() != nil {
		t.Error("a call that is never answered took all the time that there was")
	}

	live(server, "b") // nothing is ever answered
	err := tgt.Scrapers[0].Scrape(deadline(t, 100*time.Millisecond), suiteSet().CollectorBatch("quality", 0))
	if exporter.OutcomeOf(err) != exporter.OutcomeTimeout {
		t.Errorf("want a timeout where nothing could be read, got %v", err)
	}
}

// TestListThatOutgrowsADatagram is lost without a word, so that the next one must be shorter.
func TestListThatOutgrowsADatagram(t *testing.T) {
	t.Parallel()
	server := ngtest.Start(t, "udp")
	server.Handle("list", ngtest.Silent())
	tgt := target(t, Options{Address: server.Address().String(), Collectors: []string{"quality"}, Now: time.Now})
	for range 6 {
		// Long enough for the question to be sent on a busy machine: one that never was is not there to be counted.
		err := tgt.Scrapers[0].Scrape(deadline(t, 400*time.Millisecond), suiteSet().CollectorBatch("quality", 0))
		if exporter.OutcomeOf(err) != exporter.OutcomeTimeout {
			t.Errorf("want a timeout, got %v", err)
		}
	}
	for end := time.Now().Add(10 * time.Second); len(server.Requests()) < 6 && time.Now().Before(end); {
		time.Sleep(time.Millisecond) // the last one may not have been read yet
	}
	var limits []int64
	for _, r := range server.Requests() {
		limit, _ := r.Args.Lookup("limit")
		n, _ := limit.Int()
		limits = append(limits, n)
	}
	if diff := cmp.Diff([]int64{500, 250, 125, 62, 32, 32}, limits); diff != "" {
		t.Errorf("limits asked for (-want +got):\n%s", diff)
	}
}

// TestListGrowsAgain: a daemon that was slow once does not narrow the sample for good, and one whose call-ids fill the datagram
// is not asked for what was lost.
func TestListGrowsAgain(t *testing.T) {
	t.Parallel()
	f := func(q quality, length int, want ...int) {
		t.Helper()
		q.engine = &engine{ng: stuck{}}
		var got []int
		step := func() {
			_, _ = q.list(t.Context())
			got = append(got, q.limit)
		}
		for range 3 {
			step()
		}
		q.engine.ng = lists{length: length, calls: 400}
		for range len(want) - 3 {
			step()
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("call-ids of %d bytes: limits (-want +got):\n%s", length, diff)
		}
	}
	udp, stream := quality{limit: listed, cut: true}, quality{limit: listed}
	f(udp, 100, 250, 125, 62, 124, 248, 496, 500, 500)
	f(udp, 200, 250, 125, 62, 124, 248, 248, 248)
	f(stream, 200, 500, 500, 500, 500)
}

// stuck never answers.
type stuck struct{ fixed }

func (stuck) Call(context.Context, string, ...bencode.Member) (bencode.Value, error) {
	return bencode.Value{}, fmt.Errorf("read: %w", context.DeadlineExceeded)
}

// lists answers list by that many calls, as far as it is asked for them, with call-ids of length bytes.
type lists struct {
	fixed
	length, calls int
}

func (l lists) Call(_ context.Context, _ string, args ...bencode.Member) (bencode.Value, error) {
	limit, _ := args[0].Value.Int()
	ids := make([]bencode.Value, min(l.calls, int(limit)))
	for i := range ids {
		ids[i] = bencode.StringOf(strings.Repeat("x", l.length))
	}
	return bencode.DictOf(bencode.Member{Key: "calls", Value: bencode.ListOf(ids...)}), nil
}

// TestRecordedCalls reads the real answers of all versions: 12.5 and 26.0 write more around the reports than 10.5.
func TestRecordedCalls(t *testing.T) {
	t.Parallel()
	for _, version := range versions() {
		got := suite().Scrape(t, observed(t, recorded(t, "udp", version, "calls"), "quality"))
		holds(t, got, []string{
			"rtpengine_stream_mos_count 8",
			"rtpengine_stream_round_trip_seconds_count 8",
			`rtpengine_stream_round_trip_seconds_bucket{le="0.02"} 0`,
			`rtpengine_stream_round_trip_seconds_bucket{le="0.05"} 8`,
			`rtpengine_quality_sampled_calls_total{result="measured"} 4`,
			`rtpengine_quality_sampled_calls_total{result="unreported"} 1`, // call-5 has no media
		})
	}
}

// TestNoCallInTheExposition: call-ids and addresses of callers never become labels.
func TestNoCallInTheExposition(t *testing.T) {
	t.Parallel()
	got := suite().Scrape(t, observed(t, recorded(t, "http", "26.0.1", "calls")))
	if strings.Contains(got.Text, "call-") {
		t.Error("the exposition names a call")
	}
	for _, f := range metric.RTPEngine() {
		for _, l := range f.Labels {
			if slices.Contains([]string{"call_id", "tag", "ssrc", "endpoint"}, l.Name) {
				t.Errorf("%s has label %s", f.Name, l.Name)
			}
		}
	}
}
