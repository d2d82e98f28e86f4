package rto_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/voipbin/observability/internal/rto"
)

// draining is a replica that has received 1000 and applied so many at each second.
func draining(t *testing.T, applied ...int) *rto.Drain {
	t.Helper()
	var d rto.Drain
	for i, n := range applied {
		d.Observe(state(t, fmt.Sprintf("%s:1-%d", a, n), a+":1-1000", float64(i), float64(i)+0.01))
	}
	return &d
}

func TestDrain(t *testing.T) {
	t.Parallel()
	var even, faster, stands []int
	for i := range 31 {
		even = append(even, 100+10*i)
		faster = append(faster, 100+i*i)
		stands = append(stands, 100+10*min(i, 20))
	}
	for _, c := range []struct {
		name    string
		applied []int
		left    uint64
		want    rto.Bracket
	}{
		{"nothing was seen", nil, 0, rto.Bracket{Unbounded: true}},
		{"one look shows no pace", []int{100}, 900, rto.Bracket{Unbounded: true}},
		{"ten a second", even, 600, bracket(60, 60)},
		{"it is done", append(even, 1000), 0, rto.Bracket{}},
		// Seconds 0 to 11, 11 to 21 and 21 to 30 of the window applied 121, 320 and 459 (looks at the edges of thirds belong to the older).
		{"it got faster", faster, 0, rto.Bracket{}},
		{"it stands since a third of the window", stands, 700, rto.Bracket{Lo: 70 * time.Second, Unbounded: true}},
	} {
		d := draining(t, c.applied...)
		if left, known := d.Backlog(); left != c.left || known != (len(c.applied) > 0) {
			t.Errorf("%s: %d left, %t", c.name, left, known)
		}
		if got := d.Left(); got.Unbounded != c.want.Unbounded || near(got.Lo, c.want.Lo) || near(got.Hi, c.want.Hi) {
			t.Errorf("%s: %v, want %v", c.name, got, c.want)
		}
	}
	slower := draining(t, faster[:25]...)
	if b := slower.Left(); b.Unbounded || b.Lo >= b.Hi || b.Lo <= 0 {
		t.Errorf("a pace that changes gives %v", b)
	}
}

// TestDrainOfTheIdle counts no time in which there was nothing to apply, and no look that did not answer.
func TestDrainOfTheIdle(t *testing.T) {
	t.Parallel()
	var d rto.Drain
	for i := range 10 {
		d.Observe(state(t, a+":1-100", a+":1-100", float64(i), float64(i)+0.01))
	}
	d.Observe(state(t, a+":1-100", a+":1-300", 10, 10.01))
	d.Observe(rto.ReplicaSample{Send: seconds(11), Recv: seconds(11.5), Outcome: rto.TimedOut})
	d.Observe(state(t, a+":1-150", "?", 11, 11.01))
	d.Observe(state(t, a+":1-200", a+":1-300", 12, 12.01))
	if got := d.Left(); got.Unbounded || near(got.Lo, 2*time.Second) || near(got.Hi, 2*time.Second) {
		t.Errorf("50 a second and 100 left are %v", got)
	}
}

func TestTrade(t *testing.T) {
	t.Parallel()
	source := []rto.SourceSample{look(t, a+":1-500", 1, 1.1), look(t, a+":1-1000", 2, 2.1), look(t, a+":1-1200", 3, 3.1)}
	var d rto.Drain
	s := survivor(state(t, a+":1-300", a+":1-1000", 2.2, 2.3), state(t, a+":1-400", a+":1-1000", 3.2, 3.3))
	d.Observe(state(t, a+":1-300", a+":1-1000", 2.2, 2.3))
	d.Observe(state(t, a+":1-400", a+":1-1000", 3.2, 3.3))
	sc := rto.Scenario{RTO: time.Minute, RPO: 2 * time.Second}
	failed, remaining := rto.Moment{Lo: seconds(3.1), Hi: seconds(3.2)}, 50*time.Second
	trade := rto.TradeOf(ledger(source...), s, &d, sc, failed, &remaining, seconds(3.5), time.Second)
	now, later := trade.Choices[0], trade.Choices[1]
	if !trade.Seen || now.Side != rto.Applied || later.Side != rto.Received || now.Transactions == nil || *now.Transactions != 800 || *later.Transactions != 200 {
		t.Errorf("got %+v", trade)
	}
	// Promoted now nothing is proven, and the oldest write that is lost is older than the first look. After draining all before the second is there.
	if !now.Loss.Unbounded || near(now.Loss.Lo, 2*time.Second) || now.Verdict != rto.Fail || now.Wait != (rto.Bracket{}) || *now.Left != remaining {
		t.Errorf("now: %+v", now)
	}
	if later.Loss.Unbounded || near(later.Loss.Hi, 1200*time.Millisecond) || later.Verdict != rto.Pass {
		t.Errorf("after draining: %+v", later)
	}
	if near(later.Wait.Hi, 6*time.Second) || *later.Left != remaining-later.Wait.Hi {
		t.Errorf("600 at 100 a second wait %v and leave %v", later.Wait, later.Left)
	}
	// Before a failure both are exposures of this moment, and nothing is left of a clock that does not run.
	before := rto.TradeOf(ledger(source...), s, &d, sc, rto.Moment{}, nil, seconds(3.5), time.Second)
	if c := before.Choices[1]; near(c.Loss.Hi, 1500*time.Millisecond) || c.Left != nil {
		t.Errorf("before the failure: %+v", c)
	}
	// A source that was fenced before the region was lost lost nothing after that.
	fenced := ledger(source...)
	fenced.Fence(seconds(2.5))
	if c := rto.TradeOf(fenced, s, &d, sc, rto.At(seconds(60)), &remaining, seconds(61), time.Second).Choices[1]; near(c.Loss.Hi, 500*time.Millisecond) {
		t.Errorf("fenced: %+v", c)
	}
	// Who never told what was received cannot be drained by forecast, and is no choice that is proven.
	var blind rto.Drain
	if c := rto.TradeOf(ledger(source...), survivor(state(t, a+":1-400", "?", 3.2, 3.3)), &blind, sc, failed, &remaining, seconds(3.5), time.Second).Choices[1]; !c.Loss.Unbounded || !c.Wait.Unbounded || c.Left != nil || c.Transactions != nil || c.Verdict != rto.NotProven {
		t.Errorf("blind: %+v", c)
	}
}
