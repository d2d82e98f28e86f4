package emit_test

import (
	"math"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/voipbin/observability/internal/emit"
	"github.com/voipbin/observability/internal/metric"
)

// families is a small catalogue with one family of each kind.
type families struct {
	level, calls, state, took, ring *metric.Family
}

func newFamilies() families {
	return families{
		level: &metric.Family{Name: "x_level_bytes", Help: "Level.", Type: metric.Gauge, Collector: "a"},
		calls: &metric.Family{Name: "x_calls_total", Help: "Calls.", Type: metric.Counter, Collector: "b", Labels: []metric.Label{{Name: "method"}}},
		state: &metric.Family{Name: "x_state", Help: "State.", Type: metric.Gauge, Collector: "a", Labels: []metric.Label{{Name: "uri"}, {Name: "set"}}},
		took:  &metric.Family{Name: "x_took_seconds", Help: "Took.", Type: metric.Summary, Collector: "a"},
		ring:  &metric.Family{Name: "x_ring_seconds", Help: "Ring.", Type: metric.Histogram, Collector: "a", Buckets: []float64{1, 5}},
	}
}

func (f families) set() *emit.Set {
	return emit.NewSet([]*metric.Family{f.state, f.level, f.calls, f.took, f.ring})
}

func TestBatchKeepsOutWhatWouldBreakAnExposition(t *testing.T) {
	t.Parallel()
	f := newFamilies()
	stranger := &metric.Family{Name: "x_level_bytes", Type: metric.Gauge}
	tests := []struct {
		name string
		add  func(b *emit.Batch)
		want emit.Dropped
		kept int
	}{
		{"a gauge", func(b *emit.Batch) { b.Add(f.level, -1) }, emit.Dropped{}, 1},
		{"a gauge that is infinite", func(b *emit.Batch) { b.Add(f.level, math.Inf(1)) }, emit.Dropped{}, 1},
		{"the same series twice", func(b *emit.Batch) { b.Add(f.level, 1); b.Add(f.level, 2) }, emit.Dropped{Duplicate: 1}, 1},
		{
			"label values that would join to the same text",
			func(b *emit.Batch) { b.Add(f.state, 1, "ab", "c"); b.Add(f.state, 1, "a", "bc") },
			emit.Dropped{}, 2,
		},
		{"one value in two families", func(b *emit.Batch) { b.Add(f.level, 1); b.Summary(f.took, 1, 1) }, emit.Dropped{}, 2},
		{
			"label values that are the same once they are UTF-8",
			func(b *emit.Batch) { b.Add(f.calls, 1, "\xff"); b.Add(f.calls, 1, "\xfe") },
			emit.Dropped{Duplicate: 1}, 1,
		},
		{"a counter that is not a number", func(b *emit.Batch) { b.Add(f.calls, math.NaN(), "invite") }, emit.Dropped{Invalid: 1}, 0},
		{"a gauge that is not a number", func(b *emit.Batch) { b.Add(f.level, math.NaN()) }, emit.Dropped{Invalid: 1}, 0},
		{"a counter below zero", func(b *emit.Batch) { b.Add(f.calls, -1, "invite") }, emit.Dropped{Invalid: 1}, 0},
		{"a summary that is not a number", func(b *emit.Batch) { b.Summary(f.took, math.NaN(), 1) }, emit.Dropped{Invalid: 1}, 0},
		{"what the collector found impossible", func(b *emit.Batch) { b.Invalid(f.level) }, emit.Dropped{Invalid: 1}, 0},
		{"what the collector left out itself", func(b *emit.Batch) { b.BeyondLimit(7) }, emit.Dropped{Limit: 7}, 0},
		{"too few label values", func(b *emit.Batch) { b.Add(f.state, 1, "a") }, emit.Dropped{Misused: 1}, 0},
		{"too many label values", func(b *emit.Batch) { b.Add(f.level, 1, "a") }, emit.Dropped{Misused: 1}, 0},
		{"a family that is not in the set", func(b *emit.Batch) { b.Add(stranger, 1) }, emit.Dropped{Misused: 1}, 0},
		{"no family", func(b *emit.Batch) { b.Add(nil, 1); b.Summary(nil, 1, 1) }, emit.Dropped{Misused: 2}, 0},
		{"a histogram as a gauge", func(b *emit.Batch) { b.Add(f.ring, 1) }, emit.Dropped{Misused: 1}, 0},
		{"a summary as a gauge", func(b *emit.Batch) { b.Add(f.took, 1) }, emit.Dropped{Misused: 1}, 0},
		{"a gauge as a summary", func(b *emit.Batch) { b.Summary(f.level, 1, 1) }, emit.Dropped{Misused: 1}, 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			b := f.set().Batch(0)
			tt.add(b)
			if diff := cmp.Diff(tt.want, b.Dropped()); diff != "" {
				t.Errorf("dropped (-want +got):\n%s", diff)
			}
			if b.Len() != tt.kept {
				t.Errorf("kept: want %d, got %d", tt.kept, b.Len())
			}
		})
	}
}

func TestBatchLimit(t *testing.T) {
	t.Parallel()
	f := newFamilies()
	b := f.set().Batch(2)
	for _, method := range []string{"invite", "bye", "invite", "ack", "info", "ack"} {
		b.Add(f.calls, 1, method)
	}
	// The repeated invite is a duplicate; the repeated ack is beyond the limit like the first one, which was not kept.
	if diff := cmp.Diff(emit.Dropped{Limit: 3, Duplicate: 1}, b.Dropped()); diff != "" {
		t.Errorf("dropped (-want +got):\n%s", diff)
	}
	if b.Len() != 2 {
		t.Errorf("kept: want 2, got %d", b.Len())
	}
}

func TestCollectorBatchTakesOnlyItsOwnFamilies(t *testing.T) {
	t.Parallel()
	f := newFamilies()
	b := f.set().CollectorBatch("a", 0)
	b.Add(f.level, 1)
	b.Add(f.calls, 1, "invite") // of collector b
	if diff := cmp.Diff(emit.Dropped{Misused: 1}, b.Dropped()); diff != "" {
		t.Errorf("dropped (-want +got):\n%s", diff)
	}
}

func TestLabelValuesAreMadeFit(t *testing.T) {
	t.Parallel()
	f := func(value, want string) {
		t.Helper()
		fam := newFamilies()
		set := fam.set()
		b := set.Batch(0)
		b.Add(fam.calls, 1, value)
		got := set.Families(b)[0].Metric[0].Label[0].GetValue()
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("label value (-want +got):\n%s", diff)
		}
	}
	f("sip:a@b\n\"", "sip:a@b\n\"")
	f("", "")
	f("a\xffb", "a\ufffdb")
	f(strings.Repeat("x", emit.MaxLabelValue), strings.Repeat("x", emit.MaxLabelValue))
	f(strings.Repeat("x", emit.MaxLabelValue+1), strings.Repeat("x", emit.MaxLabelValue))
	// A character is not cut in two: é has two bytes.
	f("x"+strings.Repeat("é", emit.MaxLabelValue), "x"+strings.Repeat("é", emit.MaxLabelValue/2-1))
	// Bytes that are nowhere a character's start must not be cut for ever.
	f(strings.Repeat("\x80", emit.MaxLabelValue+9), "")
}

// The table of what was seen grows; nothing may get lost in it, and nothing be taken for something else.
func TestDuplicatesAreFoundAmongMany(t *testing.T) {
	t.Parallel()
	const series = 5000
	f := newFamilies()
	b := f.set().Batch(0)
	for range 2 {
		for i := range series {
			b.Add(f.calls, 1, strconv.Itoa(i))
			b.Add(f.state, 1, strconv.Itoa(i), strconv.Itoa(i%7))
		}
	}
	if diff := cmp.Diff(emit.Dropped{Duplicate: 2 * series}, b.Dropped()); diff != "" {
		t.Errorf("dropped (-want +got):\n%s", diff)
	}
	if b.Len() != 2*series {
		t.Errorf("kept: want %d, got %d", 2*series, b.Len())
	}
}
