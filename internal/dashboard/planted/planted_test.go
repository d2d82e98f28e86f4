package planted

import (
	"slices"
	"testing"
	"time"

	"github.com/voipbin/observability/internal/dashboard"
	"github.com/voipbin/observability/internal/dashboard/lint"
	"github.com/voipbin/observability/internal/dashboard/panel"
	"github.com/voipbin/observability/internal/metric"
	"github.com/voipbin/observability/internal/promql"
)

// judge is gate 1, with the catalogue and no record.
func judge(board []byte) lint.Problems {
	var colours []string
	for _, h := range panel.Hues() {
		colours = append(colours, string(h))
	}
	return lint.Run(lint.Config{
		Checker:   promql.NewChecker(metric.NewCatalogue(metric.All()), nil, promql.Options{}),
		UIDPrefix: dashboard.UIDPrefix, Tag: dashboard.Tag, ScrapeInterval: 15 * time.Second, Colours: colours,
		Schemes: []string{panel.Cividis}, ExemplarColour: panel.ExemplarColor,
	}, []lint.Source{{Path: "planted.json", JSON: board}})
}

func TestLint(t *testing.T) {
	t.Parallel()
	board, err := Board()
	if err != nil {
		t.Fatal(err)
	}
	if problems := judge(board); problems.Err() != nil {
		t.Errorf("want no problem without a mistake, got:\n%v", problems)
	}
	for _, m := range Mistakes() {
		t.Run(m.Name, func(t *testing.T) {
			t.Parallel()
			spoilt, err := m.Apply(board)
			if err != nil {
				t.Fatal(err)
			}
			problems := judge(spoilt)
			if want := slices.Contains(m.Gates, Lint); want != (len(problems) > 0) {
				t.Errorf("want it caught %v, got:\n%v", want, problems)
			}
		})
	}
}

// Every mistake has a name of its own and a gate, and those that only a drawing shows are few.
func TestMistakes(t *testing.T) {
	t.Parallel()
	names := map[string]bool{}
	drawn := 0
	for _, m := range Mistakes() {
		if names[m.Name] || len(m.Gates) == 0 || slices.Contains(m.Gates, Draw) && len(m.Gates) > 1 {
			t.Errorf("%s: want a name of its own, and a gate", m.Name)
		}
		names[m.Name] = true
		if slices.Contains(m.Gates, Draw) {
			drawn++
		}
	}
	if len(known()) != 22 || len(names)-22 < 10 || drawn > len(names)/5 {
		t.Errorf("want the 22 known kinds, ten of our own, and most caught offline, got %d of which %d only drawn", len(names), drawn)
	}
}

func TestApplyRefuses(t *testing.T) {
	t.Parallel()
	for _, m := range []Mistake{
		{Path: "panels.99.title", Value: "x"}, {Path: "nothing.below", Value: 1}, {Path: "title.below", Value: 1}, {Path: "panels.x", Value: 1},
		{Path: "title", Value: "Planted"}, {Path: "panels.-1.title", Value: "x"},
	} {
		if _, err := m.Apply([]byte(`{"title": "Planted", "panels": []}`)); err == nil {
			t.Errorf("%s: want an error, got none", m.Path)
		}
	}
	if _, err := (Mistake{Path: "a"}).Apply([]byte("{")); err == nil {
		t.Error("want an error for what is no board")
	}
}
