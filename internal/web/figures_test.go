package web

import (
	"testing"

	"github.com/voipbin/observability/internal/budget"
)

// TestLessThanAllIsNotAll: a budget of which something is spent does not look whole, and one of which something is left not spent.
func TestLessThanAllIsNotAll(t *testing.T) {
	t.Parallel()
	for v, want := range map[float64]string{
		1: "100 %", 0.9996: "99.96 %", 0.99951: "99.95 %", 0.99999996: "99.999996 %", 0.999: "99.9 %", 0.8125: "81.2 %", 0: "0 %", -0.25: "-25 %", 1.0004: "100 %", 1.25: "125 %",
	} {
		if got := showPart(v); got != want {
			t.Errorf("%v is shown as %s, want %s", v, got, want)
		}
		if got := showLeft(budget.Reading{Value: v, Known: true}); got != want {
			t.Errorf("%v left is shown as %s, want %s", v, got, want)
		}
	}
	if got := showRatio(budget.Reading{Value: 0.9999999, Known: true}); got != "99.99999 %" {
		t.Errorf("achieved is shown as %s", got)
	}
}
