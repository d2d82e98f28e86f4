package tracker

import (
	"fmt"
	"testing"
	"time"

	"github.com/voipbin/observability/internal/rto"
	"github.com/voipbin/observability/internal/spec"
)

// TestTidyWithoutAReplica bounds the clock of a source whose replica was never seen: it may need the oldest tick, but not each second of a week.
func TestTidyWithoutAReplica(t *testing.T) {
	t.Parallel()
	v := newView(Options{Stores: []StoreWatch{{Name: "mysql", Replicas: map[string]Replica{"dr": nil}, Interval: time.Second, Timeout: time.Second / 2}}})
	start := rto.InstantOf(time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC))
	const week = 7 * 86400
	for i := range week {
		at := start.Add(time.Duration(i) * time.Second)
		p, err := rto.ParsePosition(fmt.Sprintf("0-1-%d", i+1))
		if err != nil {
			t.Fatal(err)
		}
		v.takeSource(rto.SourceSample{Store: "mysql", Send: at, Recv: at.Add(time.Millisecond), Outcome: rto.OK, Server: "1", At: p})
		if i%60 == 0 {
			v.tidy(at, 0)
		}
	}
	now := start.Add(week * time.Second)
	v.tidy(now, 0)
	l := &v.stores["mysql"].ledger
	// An hour of seconds, a day of ten seconds, and the rest of ten minutes.
	if n := l.Len(); n > 3600+8640+7*144+10 {
		t.Errorf("%d ticks after a week", n)
	}
	// A replica that appears with what the source had two days ago is proven up to then, to the ten minutes.
	q, err := rto.ParsePosition(fmt.Sprintf("0-1-%d", week-2*86400))
	if err != nil {
		t.Fatal(err)
	}
	had := now.Add(-2 * 24 * time.Hour)
	proven, ok := l.Complete(q)
	missing, lacks := l.Missing(q)
	if !ok || !lacks || proven > had || had.Sub(proven) > sparseStep || missing < had || missing.Sub(had) > sparseStep {
		t.Errorf("proven until %s and missing by %s, and it had all of %s", proven, missing, had)
	}
}

// TestRetention refuses to keep less than the shares are made of.
func TestRetention(t *testing.T) {
	t.Parallel()
	r := spec.Recovery{Trackers: spec.Tier{Nodes: []spec.Node{{Name: "dr"}}}}
	for text, want := range map[string]time.Duration{
		"":                        0,
		"retention: {days: 400}":  400 * 24 * time.Hour,
		"retention: {days: 34}":   -1,
		"retention: {}":           -1,
		"retention: {looks: 400}": -1,
		"retention: {days: 1d}":   -1,
	} {
		c, err := ReadConfig("tracker.yaml", ".", []byte("vantage: dr\ndata: data\n"+text+"\n"), r)
		if want < 0 && err == nil || want >= 0 && (err != nil || c.Looks != want) {
			t.Errorf("%q: %s, %v", text, c.Looks, err)
		}
	}
}
