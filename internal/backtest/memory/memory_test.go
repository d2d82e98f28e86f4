package memory_test

import (
	"testing"

	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/storage"

	"github.com/voipbin/observability/internal/backtest/memory"
)

// The engine gets what the reader finds, in the order of labels, and no answer to what it does not ask.
func TestReader(t *testing.T) {
	t.Parallel()
	b, a := labels.FromStrings("name", "b"), labels.FromStrings("name", "a")
	var asked *storage.SelectHints
	r := memory.Reader(func(hints *storage.SelectHints, matchers []*labels.Matcher) []storage.Series {
		asked = hints
		var found []storage.Series
		for _, set := range []labels.Labels{b, a, labels.FromStrings("name", "c")} {
			if memory.Accepts(matchers, set) {
				found = append(found, storage.NewListSeries(set, nil))
			}
		}
		return found
	})
	q, err := r.Querier(0, 1)
	if err != nil {
		t.Fatal(err)
	}
	hints := &storage.SelectHints{Start: 1, End: 2}
	set := q.Select(t.Context(), true, hints, labels.MustNewMatcher(labels.MatchNotEqual, "name", "c"))
	for _, want := range []labels.Labels{a, b} {
		if !set.Next() || !labels.Equal(set.At().Labels(), want) {
			t.Fatalf("want %s next", want)
		}
	}
	if set.Next() || set.Err() != nil || len(set.Warnings()) > 0 {
		t.Error("want no third series, and nothing wrong")
	}
	if asked != hints {
		t.Error("want the reader to know what is asked for")
	}
	if _, _, err := q.LabelNames(t.Context(), nil); err == nil {
		t.Error("want no names of labels")
	}
	if _, _, err := q.LabelValues(t.Context(), "name", nil); err == nil {
		t.Error("want no values of labels")
	}
	if err := q.Close(); err != nil {
		t.Error(err)
	}
}
