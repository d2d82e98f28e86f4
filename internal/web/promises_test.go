package web

import (
	"encoding/json"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/voipbin/observability/internal/budget"
	"github.com/voipbin/observability/internal/rto"
	"github.com/voipbin/observability/internal/tracker"
)

const day = 24 * time.Hour

// watched is a platform in which each kind of promise stands in each of its ways.
func watched() tracker.Snapshot {
	now := rto.InstantOf(time.Date(2026, 3, 14, 3, 0, 0, 0, time.UTC))
	exposed := func(replica string, side rto.Side, w rto.Bracket) rto.Exposure {
		return rto.Exposure{Store: "mysql", Replica: replica, Side: side, Window: w}
	}
	scenario := func(name string, limit time.Duration) rto.Scenario {
		return rto.Scenario{Name: name, Title: name, RTO: limit}
	}
	judged := func(lo, hi time.Duration, v rto.Verdict) *tracker.Judged {
		return &tracker.Judged{RTO: rto.Bracket{Lo: lo, Hi: hi}, RTOVerdict: v}
	}
	left := 7 * time.Minute
	return tracker.Snapshot{
		Now: now, Owner: "platform", Planned: "region", DrillEvery: 92 * day,
		Exposures: []rto.Exposure{
			exposed("dr", rto.Applied, rto.Bracket{Lo: 300 * time.Millisecond, Hi: 1200 * time.Millisecond}),
			exposed("dr", rto.Received, rto.Bracket{Lo: 6 * time.Minute, Hi: 7 * time.Minute}),
			exposed("far", rto.Applied, rto.Bracket{Unbounded: true}),
		},
		Virtual:   []tracker.VirtualDrill{{Tally: rto.Tally{Inside: 999 * time.Second, Outside: time.Second}}, {}, {}},
		Scenarios: []rto.Scenario{scenario("region", 30*time.Minute), scenario("zone", 5*time.Minute), scenario("corrupt", 2*time.Hour), scenario("fire", time.Hour)},
		Rehearsed: []tracker.Rehearsal{
			{Scenario: "region", Kind: rto.Full, Began: now.Add(-100 * day), Judged: judged(12*time.Minute, 13*time.Minute, rto.Pass)},
			{Scenario: "zone", Kind: rto.Full, Began: now.Add(-100 * day), Judged: judged(2*time.Minute, 2*time.Minute, rto.Pass)},
			{Scenario: "fire", Kind: rto.Real, Began: now.Add(-2 * day)},
		},
		Running: &tracker.DrillStatus{Scenario: scenario("corrupt", 2*time.Hour), Remaining: &left},
		Stores:  []tracker.StoreStatus{{Store: "mysql", Replicas: []tracker.ReplicaStatus{{ServerStatus: tracker.ServerStatus{Server: "dr"}}, {ServerStatus: tracker.ServerStatus{Server: "far"}}}}},
		Traps: []tracker.Trap{
			{Store: "mysql", Server: "dr", Name: "retry_count", State: tracker.TrapSet}, {Store: "mysql", Server: "dr", Name: "delay", State: tracker.TrapClear},
			{Store: "mysql", Server: "primary", Name: "net_timeout", State: tracker.TrapUnknown}, {Store: "redis", Server: "cache", Name: "delay", State: tracker.TrapClear},
		},
	}
}

// TestPromises: each says how it stands, and claims nothing that is not proven.
func TestPromises(t *testing.T) {
	t.Parallel()
	want := [][5]string{
		{"rpo_mysql_dr_applied", "inside", "less than 5 min lost", "99.9 %", "0.3 s to 1.2 s would be lost now"},
		{"rpo_mysql_dr_received", "outside", "less than 5 min lost", "nothing counted yet", "6 m 00 s to 7 m 00 s would be lost now"},
		{"rpo_mysql_far_applied", "not proven", "less than 5 min lost", "nothing counted yet", "not known what would be lost now"},
		{"rto_region", "not proven", "back in less than 30 min", "took 12 m 00 s to 13 m 00 s", "rehearsed 100 d ago, asked for every 92 d"},
		{"rto_zone", "inside", "back in less than 5 min", "took 2 m 00 s", "rehearsed 100 d ago"},
		{"rto_corrupt", "not proven", "back in less than 2 h", "never rehearsed", "a drill runs: 7 m 00 s left"},
		{"rto_fire", "not proven", "back in less than 1 h", "rehearsed, and not judged yet", "rehearsed 2 d ago"},
		{"ready_mysql_dr", "not ready", "nothing that will spoil a failover", "1 of 2 traps absent", "set: retry count"},
		{"ready_mysql_far", "not proven", "nothing that will spoil a failover", "never examined", "not known"},
		{"ready_mysql_primary", "not proven", "nothing that will spoil a failover", "0 of 1 traps absent", "not known: net timeout"},
		{"ready_redis_cache", "ready", "nothing that will spoil a failover", "1 of 1 traps absent", "nothing stands in the way"},
	}
	for i, p := range promises(watched(), 5*time.Minute) {
		if got := [5]string{p.Name, string(p.State), p.Text, p.Achieved, p.Now}; i >= len(want) || got != want[i] {
			t.Errorf("%q", got)
		}
		if p.Owner != "platform" || p.Tier != "recovery" {
			t.Errorf("%s is %s's, of tier %s", p.Name, p.Owner, p.Tier)
		}
	}
	late := watched()
	over := -time.Minute
	late.Running.Remaining = &over
	if p := promises(late, 5*time.Minute)[5]; p.State != outside || p.Now != "a drill runs: 1 m 00 s over" {
		t.Errorf("%+v", p)
	}
}

// TestLines: recovery stands among the budgets, by how bad it is; no column is empty, and none has a number that does not apply.
func TestLines(t *testing.T) {
	t.Parallel()
	budgets := budget.Snapshot{Objectives: []budget.Objective{{State: budget.Fine}, {State: budget.Exhausted}, {State: budget.NoData}}}
	for i, name := range []string{"calls", "media", "mail"} {
		o := &budgets.Objectives[i]
		o.Name, o.Title, o.Owner, o.Promise.Tier, o.Text = name, name, "voip", "proxy", "99.9%"
	}
	budgets.Objectives[0].Remaining = budget.Reading{Value: 0.5, Known: true}
	answer := Objectives{budgets, promises(watched(), 5*time.Minute)}
	var names []string
	for _, l := range Lines(answer) {
		names = append(names, l.Name)
		for _, column := range []string{l.Title, l.Promised, string(l.State), l.Achieved, l.Left, l.Amount, l.Burn, l.Ahead, l.Owner, l.Tier, l.Path} {
			if column == "" || column == "0" || column == "0 %" {
				t.Errorf("%+v: a column is empty", l)
			}
		}
		if l.Tier == "recovery" && (l.Left != "no budget" || l.Burn != "does not apply" || l.Bar) {
			t.Errorf("%+v", l)
		}
	}
	if want := "media ready_mysql_dr rpo_mysql_dr_received mail ready_mysql_far"; !strings.HasPrefix(strings.Join(names, " "), want) || slices.Index(names, "calls") < slices.Index(names, "rto_corrupt") {
		t.Errorf("they come as %v", names)
	}
	text, err := json.Marshal(answer)
	if err != nil {
		t.Fatal(err)
	}
	var back Objectives
	if err := json.Unmarshal(text, &back); err != nil || !reflect.DeepEqual(Lines(back), Lines(answer)) {
		t.Errorf("who reads the API has another table: %v", err)
	}
}

// TestOrders: what is not known comes last, whichever way a column is sorted.
func TestOrders(t *testing.T) {
	t.Parallel()
	known := func(v float64) budget.Reading { return budget.Reading{Value: v, Known: true} }
	lines := []*drawn{{Line: Line{Name: "a", left: known(0.2), burn: known(3)}}, {Line: Line{Name: "b"}}, {Line: Line{Name: "c", left: known(0.7), burn: known(1), rank: 2}}}
	for sort, want := range map[string]string{"left": "acb", "left desc": "cab", "burn desc": "acb", "burn": "cab", "name": "abc", "name desc": "cba", "state": "abc", "state desc": "cab"} {
		column, desc := strings.CutSuffix(sort, " desc")
		got := ""
		for _, l := range (choice{Sort: column, Down: desc}).of(lines) {
			got += l.Name
		}
		if got != want {
			t.Errorf("by %s: %s, want %s", sort, got, want)
		}
	}
}
