package policy

import (
	"context"
	"encoding/json"
	"errors"
	"reflect"
	"testing"
	"time"
)

type journal struct {
	bodies [][]byte
	err    error
}

func (j *journal) Append(_ context.Context, _ string, _ time.Time, body any) error {
	if j.err != nil {
		return j.err
	}
	text, err := json.Marshal(body)
	j.bodies = append(j.bodies, text)
	return err
}

func steps() []Step {
	return []Step{{Consumed: 0.5, Action: "look closer"}, {Consumed: 1, Action: "stop releases", Freeze: true}}
}

// TestStepsComeAndGo: a step comes at once, and goes when a hundredth of the budget has come back, so that no gate flaps.
func TestStepsComeAndGo(t *testing.T) {
	t.Parallel()
	j := &journal{}
	b := New(j)
	at := time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)
	for i, c := range []struct {
		consumed float64
		want     string
		records  int
	}{
		{0.2, "", 0}, {0.499, "", 0}, {0.5, "look closer", 1}, {0.495, "look closer", 1}, {0.7, "look closer", 1}, {1, "stop releases", 2}, {0.995, "stop releases", 2},
		{1.2, "stop releases", 2}, {0.991, "stop releases", 2}, {0.99, "look closer", 3}, {0.491, "look closer", 3}, {0.4, "", 4}, {1.5, "stop releases", 5}, {0.1, "", 6},
	} {
		at = at.Add(time.Hour)
		if err := b.See(t.Context(), "calls", steps(), c.consumed, at); err != nil {
			t.Fatal(err)
		}
		got := ""
		if now, _ := b.Now("calls"); now.Step != nil {
			got = now.Step.Action
		}
		if got != c.want || len(j.bodies) != c.records {
			t.Errorf("%d: at %v consumed %q is in force after %d records, want %q after %d", i, c.consumed, got, len(j.bodies), c.want, c.records)
		}
	}
	if h := b.History("calls"); len(h) != 6 || h[0].Consumed != 0.5 || h[5].Step != nil {
		t.Errorf("%+v", h)
	}
	again := New(j)
	for _, body := range j.bodies {
		if err := again.Restore(RecordChange, body); err != nil {
			t.Fatal(err)
		}
	}
	if !reflect.DeepEqual(again.History("calls"), b.History("calls")) {
		t.Error("after a restart the history is another")
	}
	if again.Restore(RecordChange, []byte("[")) == nil || again.Restore("look", []byte("[")) != nil {
		t.Error("bodies of others, or none, are taken wrongly")
	}
}

// TestAStepThatTheSpecLost goes with it, and one whose words changed comes anew.
func TestAStepThatTheSpecLost(t *testing.T) {
	t.Parallel()
	j := &journal{}
	b := New(j)
	see := func(s []Step, consumed float64) string {
		if err := b.See(t.Context(), "calls", s, consumed, time.Time{}); err != nil {
			t.Fatal(err)
		}
		if now, _ := b.Now("calls"); now.Step != nil {
			return now.Step.Action
		}
		return ""
	}
	see(steps(), 1)
	changed := []Step{{Consumed: 1, Action: "stop everything", Freeze: true}}
	if got := see(changed, 1.1); got != "stop everything" {
		t.Errorf("in force is %q", got)
	}
	if got := see(nil, 1.1); got != "" {
		t.Errorf("in force is %q", got)
	}
}

// TestWhatIsNotWritten does not come into force: it is tried again.
func TestWhatIsNotWritten(t *testing.T) {
	t.Parallel()
	j := &journal{err: errors.New("no space left on device")}
	b := New(j)
	if err := b.See(t.Context(), "calls", steps(), 1, time.Time{}); err == nil {
		t.Error("no error")
	}
	if _, ok := b.Now("calls"); ok {
		t.Error("it is in force")
	}
	j.err = nil
	if err := b.See(t.Context(), "calls", steps(), 1, time.Time{}); err != nil || len(j.bodies) != 1 {
		t.Errorf("%v, %d records", err, len(j.bodies))
	}
}

// TestHistoryIsBounded keeps the newest in memory.
func TestHistoryIsBounded(t *testing.T) {
	t.Parallel()
	b := New(&journal{})
	for i := range 1000 {
		if err := b.See(t.Context(), "calls", steps(), float64(i%2), time.Time{}); err != nil {
			t.Fatal(err)
		}
	}
	if n := len(b.History("calls")); n != kept {
		t.Errorf("%d", n)
	}
}
