package rto_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/voipbin/observability/internal/rto"
)

// recovered is what probes say of a failure at 100 that was over at 700 and stable at 760.
func recovered() rto.Recovery {
	return rto.Recovery{
		Failed: within(99, 100), Recovered: within(699, 700), Stable: second(760), RTO: rto.Bracket{Lo: 599 * time.Second, Hi: 601 * time.Second},
	}
}

func marked(id string, from, to float64) []rto.DrillEvent {
	return []rto.DrillEvent{event(rto.EventStepBegun, from, step(id)), event(rto.EventStepDone, to, step(id))}
}

func TestPhaseTimes(t *testing.T) {
	t.Parallel()
	type times map[rto.Phase][2]float64 // begin and end by their later edges; an end of 0 is none
	for name, c := range map[string]struct {
		events []rto.DrillEvent
		m      rto.Measured
		want   times
	}{
		"as planned": {
			events: slices.Concat(marked("detect", 130, 150), []rto.DrillEvent{event(rto.EventDeclared, 160)}, marked("database", 170, 200), marked("proxies", 165, 300), marked("media", 300, 400), marked("spare", 170, 200), marked("verify", 705, 740)),
			m:      rto.Measured{Recovery: recovered(), Notified: exactly(130)},
			want:   times{rto.Detect: {100, 130}, rto.Decide: {130, 160}, rto.Promote: {170, 200}, rto.Scale: {165, 400}, rto.Verify: {705, 760}},
		},
		"nothing marked": {
			m:    rto.Measured{Recovery: recovered()},
			want: times{rto.Detect: {100, 0}, rto.Decide: {100, 0}, rto.Promote: {0, 0}, rto.Repoint: {0, 0}, rto.Verify: {700, 760}},
		},
		"declared before any notification": {
			events: []rto.DrillEvent{event(rto.EventDeclared, 115)},
			m:      rto.Measured{Recovery: recovered(), Notified: exactly(130)},
			want:   times{rto.Detect: {100, 115}, rto.Decide: {115, 115}},
		},
		"seen by people, never notified": {
			events: slices.Concat(marked("detect", 104, 120), []rto.DrillEvent{event(rto.EventDeclared, 150)}),
			m:      rto.Measured{Recovery: recovered()},
			want:   times{rto.Detect: {100, 120}, rto.Decide: {120, 150}},
		},
		"detection marked after the declaration": {
			events: slices.Concat(marked("detect", 104, 160), []rto.DrillEvent{event(rto.EventDeclared, 150)}),
			m:      rto.Measured{Recovery: recovered()},
			want:   times{rto.Detect: {100, 150}, rto.Decide: {150, 150}},
		},
		"people verify after the probes are content": {
			events: marked("verify", 800, 900),
			m:      rto.Measured{Recovery: recovered()},
			want:   times{rto.Verify: {800, 900}},
		},
		"people began to verify too late and said no more": {
			events: []rto.DrillEvent{event(rto.EventStepBegun, 800, step("verify"))},
			m:      rto.Measured{Recovery: recovered()},
			want:   times{rto.Verify: {800, 800}},
		},
		"verified by people what never recovered": {
			events: marked("verify", 800, 900),
			m:      rto.Measured{Recovery: rto.Recovery{Failed: within(99, 100)}},
			want:   times{rto.Verify: {800, 0}},
		},
		"one of two steps done": {
			events: marked("proxies", 165, 300),
			m:      rto.Measured{Recovery: recovered()},
			want:   times{rto.Scale: {165, 0}},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := played(t, rto.Full, c.events...)
			got := d.PhaseTimes(c.m)
			if len(got) != len(rto.Phases()) {
				t.Fatalf("%d phases", len(got))
			}
			for _, p := range got {
				want, ok := c.want[p.Phase]
				if !ok {
					continue
				}
				if want[0] == 0 && p.Begun.Valid() || want[0] != 0 && p.Begun.Hi != second(want[0]) {
					t.Errorf("%s begins at %v, want %v", p.Phase, p.Begun, want[0])
				}
				if want[1] == 0 && p.Done.Valid() || want[1] != 0 && p.Done.Hi != second(want[1]) {
					t.Errorf("%s ends at %v, want %v", p.Phase, p.Done, want[1])
				}
				if p.Took.Unbounded != (want[0] == 0 || want[1] == 0) {
					t.Errorf("%s took %s", p.Phase, p.Took)
				}
			}
			if out := d.Disorder(got, c.m.Recovery); len(out) > 0 {
				t.Errorf("a fair drill is refused: %v", out)
			}
		})
	}
}

func TestPhaseBudgets(t *testing.T) {
	t.Parallel()
	// Steps that wait for each other add, one beside them does not.
	if got := drillPlan().PhaseBudget(rto.Scale); got != 7*time.Minute {
		t.Errorf("scaling has %s, want 7 min", got)
	}
	if got := drillPlan().PhaseBudget(rto.Redirect); got != 0 {
		t.Errorf("a phase without steps has %s", got)
	}
}

func TestDisorder(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		events []rto.DrillEvent
		r      rto.Recovery
		want   []string
	}{
		"a fair one":                     {events: marked("database", 110, 200), r: recovered()},
		"a step before the failure":      {events: marked("database", 10, 50), r: recovered(), want: []string{"step database ended before the failure"}},
		"a promotion before the failure": {events: []rto.DrillEvent{event(rto.EventPromoted, 50, promoted("r"))}, r: recovered(), want: []string{"the promotion comes before the failure"}},
		"a recovery before the failure":  {r: rto.Recovery{Failed: exactly(100), Recovered: exactly(90), Stable: second(160)}, want: []string{"the recovery comes before the failure"}},
		"overlapping edges are no proof": {events: []rto.DrillEvent{event(rto.EventPromoted, 99.5, promoted("r"))}, r: recovered()},
		"a first write before the promotion was called": {
			events: slices.Concat(marked("database", 300, 400), []rto.DrillEvent{event(rto.EventPromoted, 350, func(e *rto.DrillEvent) {
				e.Promotion = &rto.Promotion{Store: "s", Replica: "r", FirstWrite: exactly(250)}
			})}),
			r: recovered(), want: []string{"phase promote ends before it begins"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := played(t, rto.Full, c.events...)
			got := d.Disorder(d.PhaseTimes(rto.Measured{Recovery: c.r}), c.r)
			if strings.Join(got, "\n") != strings.Join(c.want, "\n") {
				t.Errorf("%q, want %q", got, c.want)
			}
		})
	}
}

func TestNotYetRecovered(t *testing.T) {
	t.Parallel()
	path := rto.Path{Name: "sip", Want: rto.Served}
	var results []rto.ProbeResult
	for i := range 40 {
		good := i < 5
		results = append(results, rto.ProbeResult{Path: "sip", Send: second(float64(i)), Recv: second(float64(i) + 0.2), Good: good})
	}
	r := rto.Recover([]rto.Path{path}, results, second(0), exactly(4.5), rto.Stability{Results: 3, Hold: 10 * time.Second})
	if !r.RTO.Unbounded || r.RTO.Lo != 34500*time.Millisecond {
		t.Errorf("after 35 s without service: %s", r.RTO)
	}
	// A run of good ones that has not lasted is no recovery, and proves no more than that the newest bad result was one.
	results = append(results, rto.ProbeResult{Path: "sip", Send: second(60), Recv: second(60.1), Good: true})
	r = rto.Recover([]rto.Path{path}, results, second(0), exactly(4.5), rto.Stability{Results: 3, Hold: 10 * time.Second})
	if !r.RTO.Unbounded || r.RTO.Lo != 34500*time.Millisecond {
		t.Errorf("with one good result since: %s", r.RTO)
	}
}

func TestCommitLoss(t *testing.T) {
	t.Parallel()
	var l rto.Ledger
	look := func(at float64, n string) {
		l.Observe(rto.SourceSample{Send: second(at), Recv: second(at + 0.1), Outcome: rto.OK, At: position(t, a+":1-"+n)})
	}
	failed := exactly(100)
	if got := l.CommitLoss(rto.Position{}, failed); !got.Unbounded {
		t.Errorf("an empty ledger says %s", got)
	}
	look(10, "5")
	// The log does not say how old number 5 is, so idle time may reach back for ever.
	if got := l.CommitLoss(position(t, a+":1-5"), failed); !got.Unbounded {
		t.Errorf("one look says %s", got)
	}
	look(20, "8")  // 6 to 8 between 10 and 20.1
	look(60, "8")  // idle
	look(70, "12") // 9 to 12 between 60 and 70.1
	for kept, want := range map[string]rto.Bracket{
		"12": {Hi: 40 * time.Second},                          // nothing known to be missing; what is lost came after 70, the last kept after 60
		"8":  {Hi: 90 * time.Second},                          // kept 8, committed as early as 10; 9 may have come right after 60
		"5":  {Lo: 39900 * time.Millisecond, Unbounded: true}, // 5 is of unknown age; 12 came after 60, and 5 by 20.1
	} {
		if got := l.CommitLoss(position(t, a+":1-"+kept), failed); got != want {
			t.Errorf("kept 1-%s: %s, want %s", kept, got, want)
		}
	}
}
