package budget_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/voipbin/observability/internal/budget"
	"github.com/voipbin/observability/internal/budget/policy"
)

// TestWhatIsKnownBeforeTheFirstLook: a freeze that was taken down closes the gate at once after a start, and while the server cannot be read.
func TestWhatIsKnownBeforeTheFirstLook(t *testing.T) {
	t.Parallel()
	book := policy.New(nil)
	f := follow(&server{err: errors.New("connection refused")})
	f.CorrectBy(&corrections{errors: 1, events: 2, n: 1})
	f.HoldPolicy(book)
	body := `{"objective":"calls","at":"2026-02-28T12:00:00Z","consumed":1.1,"step":{"consumed":1,"action":"stop releases","freeze":true}}`
	if err := book.Restore(policy.RecordChange, []byte(body)); err != nil {
		t.Fatal(err)
	}
	f.Recall()
	before := f.Snapshot()
	f.Look(t.Context())
	for when, s := range map[string]budget.Snapshot{"before the first look": before, "after one that failed": f.Snapshot()} {
		o := s.Objectives[0]
		if s.Problem == "" || o.State != budget.Unknown || o.Consumed.Known || !s.Read.IsZero() {
			t.Errorf("%s something is known: %+v", when, s)
		}
		if o.Policy != "stop releases" || !strings.Contains(o.Freeze(), "freezes releases since 2026-02-28 12:00 UTC") {
			t.Errorf("%s the gate is open: policy %q, freeze %q", when, o.Policy, o.Freeze())
		}
		if !o.Maintenance || o.Corrected == nil || o.Corrected.Windows != 1 || o.Corrected.Remaining.Known {
			t.Errorf("%s maintenance %t, corrected %+v", when, o.Maintenance, o.Corrected)
		}
	}
}
