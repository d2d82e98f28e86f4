//go:build integration

package integration

import (
	"math"
	"slices"
	"testing"
	"time"

	"github.com/voipbin/observability/internal/lab"
)

// TestCallSetupIsCountedExactly compares, to the call, what SIPp saw with what Kamailio counted, the exporter exported, Prometheus scraped
// and the generated rules recorded: first in a mixture of every end that a call can have, then in a total blackout downstream.
func TestCallSetupIsCountedExactly(t *testing.T) {
	t.Parallel()
	l := start(t, func(o *lab.Options) { o.DeadTargets = lab.DeadTargets })
	if err := l.Check(t.Context(), t.Output(), lab.BoundedMix()); err != nil {
		t.Errorf("mix: %v", err)
	}
	blackOut(t, l)
	before, err := l.Outcomes(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	seen, err := l.Call(t.Context(), []lab.Leg{{User: lab.UserAnswer, Rate: 20, Calls: 60}})
	if err != nil {
		t.Fatal(err)
	}
	if seen.Final[408] != 60 {
		t.Errorf("want every caller of a blackout told 408, got %v", seen.Final)
	}
	await(t, "counters of the blackout", func() (any, bool) {
		now, err := l.Outcomes(t.Context())
		if err != nil {
			return err, false
		}
		grown := [2]int{now.Attempts - before.Attempts, now.ByCause["timeout"] - before.ByCause["timeout"]}
		return grown, grown == [2]int{60, 60}
	})
	// 200 calls before, of which 16 failed, and 60 now.
	awaitSuccess(t, l, 1-float64(16+60)/260, 1e-6)
}

// TestCallSetupIsApproximatedWithoutTheCounters does the same on a proxy that does not include the counters: the generated rules then
// derive the objective from other statistics, and must still be within one percent of what SIPp saw. Left out are calls that the proxy
// itself refuses by a stateless 5xx: the derivation takes every stateless reply for a neutral one.
func TestCallSetupIsApproximatedWithoutTheCounters(t *testing.T) {
	t.Parallel()
	l := start(t, func(o *lab.Options) { o.WithoutCounters, o.DeadTargets = true, lab.DeadTargets })
	legs := slices.DeleteFunc(lab.BoundedMix(), func(leg lab.Leg) bool { return leg.User == lab.UserLocal503 })
	mix, err := l.Call(t.Context(), legs)
	if err != nil {
		t.Fatal(err)
	}
	failed := mix.Final[408] + mix.Final[500]
	awaitSuccess(t, l, 1-float64(failed)/float64(mix.Attempts), 0.01)
	blackOut(t, l)
	dark, err := l.Call(t.Context(), []lab.Leg{{User: lab.UserAnswer, Rate: 20, Calls: 200}})
	if err != nil {
		t.Fatal(err)
	}
	failed += dark.Final[408]
	awaitSuccess(t, l, 1-float64(failed)/float64(mix.Attempts+dark.Attempts), 0.01)
}

// blackOut makes the gateway for good calls silent.
func blackOut(t *testing.T, l *lab.Lab) {
	t.Helper()
	if err := l.Break(t.Context(), "gateway-blackhole", false); err != nil {
		t.Fatal(err)
	}
}

// awaitSuccess waits until the recorded success share is what it has to be.
func awaitSuccess(t *testing.T, l *lab.Lab, want, tolerance float64) {
	t.Helper()
	await(t, "recorded success share", func() (any, bool) {
		got, err := l.Success(t.Context())
		if err != nil {
			return err, false
		}
		return [2]float64{want, got}, math.Abs(got-want) <= tolerance
	})
}

// await polls until the condition holds, and fails the test with what was last seen after twenty seconds.
func await(t *testing.T, what string, condition func() (seen any, ok bool)) {
	t.Helper()
	deadline := time.Now().Add(20 * time.Second)
	for {
		seen, ok := condition()
		if ok {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("%s: still %v (want, got)", what, seen)
		}
		time.Sleep(200 * time.Millisecond)
	}
}
