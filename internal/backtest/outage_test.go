package backtest

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/voipbin/observability/internal/slo"
)

// recordedHours are what rules recorded of an objective in four hours: a hundred events in every five minutes, and as many failures as a course says
// for each of them.
func recordedHours(failed func(tile int) float64) *Store {
	store := NewStore()
	mine := func(name string) map[string]string { return map[string]string{nameLabel: name, "slo": "mine"} }
	for i := 1; i <= 48; i++ {
		t := at(300 * int64(i)).UnixMilli()
		store.Append(map[string]string{nameLabel: recordedRatio, "slo": "other"}, Sample{T: t, V: 1})
		if failed(i) < 0 { // nothing is known
			store.Append(mine(recordedRatio), Stale(t))
			continue
		}
		store.Append(mine(recordedEvents), Sample{T: t, V: 100})
		store.Append(mine(recordedErrors), Sample{T: t, V: failed(i)})
		store.Append(mine(recordedRatio), Sample{T: t, V: failed(i) / 100})
	}
	return store
}

func page(tier string, second int64) Firing {
	return Firing{Alert: "Burn", Labels: map[string]string{"slo": "mine", "severity": slo.Page, "burn": tier}, Start: at(second), End: at(second + 60)}
}

func ticket(tier string, second int64) Firing {
	f := page(tier, second)
	f.Labels["severity"] = slo.Ticket
	return f
}

// mine is an objective of which a tenth may fail: a period has four hours.
func mine() Objective {
	return Objective{Name: "mine", Allowed: 0.1, Period: 4 * time.Hour, Burns: []slo.Burn{
		{Tier: slo.Tier{Name: "fast", Short: 5 * time.Minute}, Threshold: 0.5}, {Tier: slo.Tier{Name: "slow", Short: 15 * time.Minute}, Threshold: 0.2},
	}}
}

// An outage begins when the ratio passes the threshold of its alert's tier, lasts over what is shorter than the tier's short window, and what
// alerts of two tiers are about is one where it overlaps.
func TestOutagesOfAlerts(t *testing.T) {
	t.Parallel()
	store := recordedHours(func(tile int) float64 {
		switch {
		case tile == 3: // of which nobody is told
			return 90
		case tile == 10, tile == 11:
			return 30
		case tile >= 12 && tile <= 14:
			return 60
		case tile == 15:
			return -1
		case tile == 16:
			return 30
		case tile == 40:
			return 24
		}
		return 10
	})
	fired := []Firing{
		ticket("slow", 12*300), page("fast", 13*300), page("fast", 14*300), ticket("slow", 41*300), page("unknown", 20*300),
		{Alert: "Burn", Labels: map[string]string{"slo": "other", "severity": slo.Page, "burn": "fast"}, Start: at(300)},
	}
	r, err := Judge(t.Context(), store, fired, mine(), nil, at(0), at(48*300))
	if err != nil {
		t.Fatal(err)
	}
	share := func(failed float64) *float64 {
		v := slo.Clean(failed / 470) // the budget of the 47 times five minutes that are known
		return &v
	}
	want := []Outage{
		{
			Begin: at(10 * 300), End: at(16 * 300), Spent: share(30 + 30 + 3*60 + 30),
			Page: &Detection{Tier: "fast", After: 300, Spent: share(60 + 60)}, Ticket: &Detection{Tier: "slow", After: 600, Spent: share(30 + 30 + 60)},
		},
		{Begin: at(40 * 300), End: at(40 * 300), Spent: share(24), Ticket: &Detection{Tier: "slow", After: 300, Spent: share(24 + 10)}},
	}
	for i := range r.Outages {
		for _, d := range []*Detection{r.Outages[i].Page, r.Outages[i].Ticket} {
			if d != nil {
				d.at = time.Time{}
			}
		}
	}
	if diff := cmp.Diff(want, r.Outages, cmp.AllowUnexported(Detection{})); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if len(r.Pages) != 3 || len(r.Tickets) != 2 || r.FalsePages != nil || r.Consumed != nil {
		t.Errorf("want its own alerts, and nothing that is not known: %+v", r)
	}
}

// An alert before which the ratio never was above its tier's threshold has no outage that could be told; nor has one whose ratio rose later.
func TestNoOutage(t *testing.T) {
	t.Parallel()
	store := recordedHours(func(tile int) float64 {
		if tile >= 30 {
			return 90
		}
		return 10
	})
	r, err := Judge(t.Context(), store, []Firing{page("fast", 20*300)}, mine(), nil, at(0), at(48*300))
	if err != nil || len(r.Outages) != 0 {
		t.Errorf("want no outage, got %+v, %v", r.Outages, err)
	}
	later := recordedHours(func(tile int) float64 {
		if tile == 30 || tile == 40 {
			return 90
		}
		return 10
	})
	if r, err = Judge(t.Context(), later, []Firing{page("fast", 20*300)}, mine(), nil, at(0), at(48*300)); err != nil || len(r.Outages) != 0 {
		t.Errorf("want no outage, got %+v, %v", r.Outages, err)
	}
}

// What is named is what alerts are held to, of rules without objectives as well: what was spent is not known then.
func TestNamedOutages(t *testing.T) {
	t.Parallel()
	named := []Span{{From: at(3000), To: at(3600)}, {From: at(36000), To: at(36060)}}
	r, err := Judge(t.Context(), NewStore(), []Firing{page("fast", 60), page("fast", 3120), page("fast", 3180)}, Objective{}, named, at(0), at(14*86400))
	if err != nil {
		t.Fatal(err)
	}
	if len(r.Outages) != 2 || r.Outages[0].Page == nil || r.Outages[0].Page.After != 120 || r.Outages[0].Page.Spent != nil || r.Outages[0].Spent != nil || !r.Outages[0].Named {
		t.Errorf("got %+v", r.Outages)
	}
	if r.Outages[1].Page != nil || *r.FalsePages != 1 || *r.FalsePagesPerWeek != 0.5 {
		t.Errorf("want nothing about the second, and one page of two weeks false: %+v", r)
	}
	r, err = Judge(t.Context(), recordedHours(func(int) float64 { return 48 }), nil, mine(), named[:1], at(0), at(48*300))
	if err != nil || r.Outages[0].Page != nil || r.Outages[0].Spent == nil || *r.Outages[0].Spent != 0.3 {
		t.Errorf("want three times five minutes, a tenth of the budget each: %+v, %v", r.Outages, err)
	}
}

// What is added to a clone is not in the store.
func TestCloneIsApart(t *testing.T) {
	t.Parallel()
	set := map[string]string{nameLabel: "x"}
	store := NewStore()
	store.Append(set, Sample{T: 1, V: 1}, Sample{T: 2, V: 2}, Sample{T: 3, V: 3})
	for _, v := range []float64{4, 5} {
		c := store.Clone()
		c.Append(set, Sample{T: 4, V: v})
		c.Append(map[string]string{nameLabel: "y"}, Sample{T: 9, V: v})
		if got, ok, err := Value(t.Context(), c, "x", time.UnixMilli(4)); got != v || !ok || err != nil {
			t.Errorf("want %v, got %v, %t, %v", v, got, ok, err)
		}
	}
	if _, last, _ := store.Span(); last != 3 {
		t.Errorf("want nothing added to the store, got a sample at %d", last)
	}
}
