package budget_test

import (
	"context"
	"errors"
	"log/slog"
	"math"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/voipbin/observability/internal/budget"
	"github.com/voipbin/observability/internal/budget/policy"
	"github.com/voipbin/observability/internal/budget/report"
	"github.com/voipbin/observability/internal/promapi"
	"github.com/voipbin/observability/internal/promql"
)

// archive is a server with records from a day on.
type archive struct {
	t      *testing.T
	from   time.Time
	err    error
	asked  int
	alerts []promapi.Series
}

func (a *archive) Query(_ context.Context, expr string, at time.Time) ([]promapi.Sample, error) {
	a.syntax(expr)
	if a.err != nil || at.Before(a.from.Add(24*time.Hour)) {
		return nil, a.err
	}
	v := 1000.0
	switch {
	case strings.HasPrefix(expr, "count_over_time(slo:maintenance"):
		v = 8
	case strings.HasPrefix(expr, "count"):
		v = 280
	}
	return []promapi.Sample{{Labels: promapi.Labels{"slo": "calls"}, Point: promapi.Point{Value: v}}, {Labels: promapi.Labels{"slo": "others"}, Point: promapi.Point{Value: v}}}, nil
}

func (a *archive) Range(_ context.Context, expr string, from, to time.Time, step time.Duration) ([]promapi.Series, error) {
	a.syntax(expr)
	if a.err != nil || to.Before(a.from.Add(24*time.Hour)) {
		return nil, a.err
	}
	if strings.Contains(expr, "ALERTS") {
		return a.alerts, nil
	}
	var points []promapi.Point
	for at := from; !at.After(to); at = at.Add(step) {
		switch at.Hour() {
		case 0, 13: // the last and the thirteenth hour
			points = append(points, promapi.Point{Time: at, Value: 5})
		case 7:
			points = append(points, promapi.Point{Time: at, Value: math.NaN()})
		}
	}
	return []promapi.Series{{Labels: promapi.Labels{"slo": "calls"}, Points: points}}, nil
}

// syntax wants what is asked to be PromQL.
func (a *archive) syntax(expr string) {
	a.asked++
	for _, p := range promql.Parse(expr) {
		a.t.Errorf("%s: %v", expr, p)
	}
}

// days is a ledger in memory.
type days struct {
	all    []report.Day
	closed []time.Time // newest days at calls of Close
	err    error
}

func (d *days) Newest() time.Time {
	if len(d.all) == 0 {
		return time.Time{}
	}
	t, _ := time.Parse(time.DateOnly, d.all[len(d.all)-1].Day)
	return t
}

func (d *days) Ends() (map[string]time.Time, error) {
	ends := map[string]time.Time{}
	if len(d.all) == 0 {
		return ends, nil
	}
	for _, n := range d.all[len(d.all)-1].Objectives {
		if ends[n.Name] = n.To; n.To.IsZero() {
			ends[n.Name] = d.Newest().Add(24 * time.Hour)
		}
	}
	return ends, nil
}

func (d *days) Take(_ context.Context, one report.Day, _ time.Time) error {
	if d.err == nil {
		d.all = append(d.all, one)
	}
	return d.err
}

func (d *days) Close(context.Context, time.Time) error {
	d.closed = append(d.closed, d.Newest())
	return nil
}

func closer(a *archive, d *days, now *time.Time) *budget.Closer {
	return budget.NewCloser(calls(), a, d, func() time.Time { return *now }, slog.New(slog.DiscardHandler))
}

// TestFirstLook takes down the days that the server still has, from the first of which it has something, and each later day once, after its grace.
func TestFirstLook(t *testing.T) {
	t.Parallel()
	now := noon.Add(-12*time.Hour + 29*time.Minute) // a minute too early for yesterday
	a, d := &archive{t: t, from: noon.AddDate(0, 0, -4).Truncate(24 * time.Hour)}, &days{}
	a.alerts = []promapi.Series{
		{Labels: promapi.Labels{"slo": "calls", "alertname": "B", "severity": "page", "burn": "page_fast"}, Points: []promapi.Point{{Time: noon, Value: 1}, {Time: noon.Add(5 * time.Minute), Value: 1}, {Time: noon.Add(time.Hour), Value: 1}}},
		{Labels: promapi.Labels{"slo": "others", "alertname": "B"}, Points: []promapi.Point{{Time: noon, Value: 1}}},
	}
	c := closer(a, d, &now)
	look := func(want string) {
		t.Helper()
		if err := c.Look(t.Context()); err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, one := range d.all {
			got = append(got, one.Day[5:])
		}
		if strings.Join(got, " ") != want {
			t.Errorf("%v were taken down, want %s", got, want)
		}
	}
	look("02-25 02-26 02-27")
	look("02-25 02-26 02-27")
	now = now.Add(time.Minute)
	look("02-25 02-26 02-27 02-28")
	if n := len(d.closed); n != 7 { // at each look, and after each day
		t.Errorf("it was tried to close %d times", n)
	}
	got := d.all[0]
	count := got.Objectives[0]
	if len(got.Objectives) != 1 || count.Events != 1000 || count.Errors != 10 || count.Tiles != 280 || count.Taken != 8 || len(count.Hours) != 24 || count.Hours[12] != 5 || count.Hours[23] != 5 {
		t.Errorf("%+v", got)
	}
	if len(got.Alerts) != 2 || got.Alerts[0].Burn != "page_fast" || got.Alerts[0].To.Sub(got.Alerts[0].From) != 10*time.Minute {
		t.Errorf("%+v", got.Alerts)
	}
}

// TestADayWaitsForItsServer, for two weeks; then nothing is known of it, for good. None is left out, and none is taken down before an older one.
func TestADayWaitsForItsServer(t *testing.T) {
	t.Parallel()
	now := noon
	a, d := &archive{t: t, from: noon.AddDate(0, 0, -60)}, &days{}
	c := closer(a, d, &now)
	if err := c.Look(t.Context()); err != nil || len(d.all) != 31 {
		t.Fatalf("%d days: %v", len(d.all), err)
	}
	a.err = errors.New("connection refused")
	now = noon.AddDate(0, 0, 13)
	if err := c.Look(t.Context()); err == nil || len(d.all) != 31 {
		t.Errorf("%d days: %v", len(d.all), err)
	}
	now = noon.AddDate(0, 0, 15)
	if err := c.Look(t.Context()); err == nil || len(d.all) != 33 || !strings.Contains(d.all[32].Unread, "connection refused") || d.all[32].Objectives != nil {
		t.Errorf("%d days, %+v: %v", len(d.all), d.all[len(d.all)-1], err)
	}
	a.err = nil
	if err := c.Look(t.Context()); err != nil || len(d.all) != 46 || d.all[45].Unread != "" {
		t.Errorf("%d days: %v", len(d.all), err)
	}
	d.err = errors.New("no space left on device")
	now = now.AddDate(0, 0, 1)
	if err := c.Look(t.Context()); err == nil || len(d.all) != 46 {
		t.Errorf("a day that was not written is passed over: %v", err)
	}
}

// TestAFirstLookWaitsToo: a server that cannot be read is no server without records.
func TestAFirstLookWaitsToo(t *testing.T) {
	t.Parallel()
	now := noon
	a, d := &archive{t: t, err: errors.New("connection refused")}, &days{}
	if err := closer(a, d, &now).Look(t.Context()); err == nil || len(d.all) != 0 {
		t.Errorf("%d days: %v", len(d.all), err)
	}
}

// TestCloserRuns looks once a minute until it is stopped.
func TestCloserRuns(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		a, d := &archive{t: t, from: time.Now().AddDate(0, 0, -3)}, &days{}
		c := budget.NewCloser(calls(), a, d, time.Now, slog.New(slog.DiscardHandler))
		ctx, stop := context.WithTimeout(t.Context(), 49*time.Hour)
		defer stop()
		if err := c.Run(ctx); err != nil {
			t.Error(err)
		}
		if len(d.all) < 3 {
			t.Errorf("%d days", len(d.all))
		}
	})
}

// TestPolicyIsHeld: steps are taken down as they come and go, and one stays in force while nothing is known.
func TestPolicyIsHeld(t *testing.T) {
	t.Parallel()
	s := &server{values: with(record("slo:error_budget_consumed:ratio", 1.02), record("slo:error_budget_remaining:ratio", -0.02))}
	f := follow(s)
	j := &policyJournal{}
	f.HoldPolicy(policy.New(j))
	look := func(state budget.State, step string, records int) {
		t.Helper()
		f.Look(t.Context())
		o := f.Snapshot().Objectives[0]
		if o.State != state || o.Policy != step || (o.InForce != nil) != (step != "" && j.err == nil) || j.n != records {
			t.Errorf("state %q, in force %q (%+v) after %d records", o.State, o.Policy, o.InForce, j.n)
		}
	}
	j.err = errors.New("no space left on device")
	look(budget.Exhausted, "stop releases", 0) // by its number
	if o := f.Snapshot().Objectives[0]; !strings.Contains(o.Freeze(), "from 100 % consumed on, and 102 % is") {
		t.Errorf("a freeze that could not be taken down: %q", o.Freeze())
	}
	j.err = nil
	look(budget.Exhausted, "stop releases", 1)
	s.err = errors.New("connection refused")
	look(budget.Unknown, "stop releases", 1)
	s.err = nil
	s.values = with(record("slo:error_budget_consumed:ratio", 0.995), record("slo:error_budget_remaining:ratio", 0.005))
	look(budget.AtRisk, "stop releases", 1)
	s.values = with(record("slo:error_budget_consumed:ratio", 0.4), record("slo:error_budget_remaining:ratio", 0.6))
	look(budget.Fine, "", 2)
	if o := f.Snapshot().Objectives[0]; o.Freeze() != "" {
		t.Errorf("a freeze that is over: %q", o.Freeze())
	}
	s.values = with(record("slo:error_budget_consumed:ratio", 0.5), record("slo:error_budget_remaining:ratio", 0.5))
	look(budget.AtRisk, "look closer", 3)
	s.values = with(record("slo:error_budget_consumed:ratio", 0.495), record("slo:error_budget_remaining:ratio", 0.505))
	look(budget.AtRisk, "look closer", 3)
}

// TestAPolicyThatIsGoneHoldsNothing: steps end with the policy, and with the objective, in the spec, though nothing is known of the budget.
func TestAPolicyThatIsGoneHoldsNothing(t *testing.T) {
	t.Parallel()
	j := &policyJournal{}
	book := policy.New(j)
	freeze := []policy.Step{{Consumed: 1, Action: "stop releases", Freeze: true}}
	for _, name := range []string{"calls", "gone"} {
		if err := book.See(t.Context(), name, freeze, 1.2, noon.Add(-time.Hour)); err != nil {
			t.Fatal(err)
		}
	}
	without := calls()
	without[0].Policy = nil
	s := &server{err: errors.New("connection refused")}
	f := budget.New(without, s, func() time.Time { return noon }, slog.New(slog.DiscardHandler))
	f.HoldPolicy(book)
	for i, err := range []error{errors.New("no space left on device"), nil, nil} {
		j.err = err
		f.Look(t.Context())
		if o := f.Snapshot().Objectives[0]; o.InForce != nil || o.Policy != "" {
			t.Errorf("look %d: %q is in force (%+v)", i, o.Policy, o.InForce)
		}
	}
	if j.n != 4 || len(book.Held()) != 0 {
		t.Errorf("%d records, and %v are held", j.n, book.Held())
	}
	for _, name := range []string{"calls", "gone"} {
		last, _ := book.Now(name)
		if !last.Removed || !last.At.Equal(noon) || last.Consumed != 1.2 || last.Words() != "no step any more: it is gone from the spec" {
			t.Errorf("%+v", last)
		}
	}
}

// hungJournal is on a disk that hangs until it is released.
type hungJournal struct{ released chan struct{} }

func (j hungJournal) Append(context.Context, string, time.Time, any) error {
	<-j.released
	return nil
}

// TestADiskThatHangs: a look that cannot write what it saw holds all others up. What was read is not known any more after a few intervals, and what that look
// read is no news when it ends at last; a step in force stays.
func TestADiskThatHangs(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s, j := &server{values: healthy()}, hungJournal{make(chan struct{})}
		f := budget.New(calls(), s, time.Now, slog.New(slog.DiscardHandler))
		book := policy.New(j)
		if err := book.Restore(policy.RecordChange, []byte(`{"objective":"calls","at":"2000-01-01T00:00:00Z","step":{"consumed":0.5,"action":"look closer"},"consumed":0.51}`)); err != nil {
			t.Fatal(err)
		}
		f.HoldPolicy(book)
		s.values = with(record("slo:error_budget_consumed:ratio", 0.6))
		ctx, stop := context.WithCancel(t.Context())
		ended := make(chan error)
		go func() { ended <- f.Run(ctx, 15*time.Second) }()
		synctest.Wait()
		read := time.Now()
		if got := f.Snapshot(); got.Problem != "" || !got.Objectives[0].Consumed.Known {
			t.Fatalf("before: %+v", got)
		}
		s.mu.Lock()
		s.values = with(record("slo:error_budget_consumed:ratio", 1.02))
		s.mu.Unlock()
		time.Sleep(15*time.Second + 46*time.Second)
		unknown := func(when string) {
			t.Helper()
			got := f.Snapshot()
			o := got.Objectives[0]
			if got.Problem == "" || o.Consumed.Known || o.State != budget.Unknown || !o.Seen.Equal(read) && !o.Seen.Equal(read.Add(15*time.Second)) || o.InForce == nil {
				t.Errorf("%s: problem %q, %+v", when, got.Problem, o)
			}
		}
		unknown("while it hangs")
		s.mu.Lock()
		s.hang = true
		s.mu.Unlock()
		close(j.released)
		synctest.Wait()
		unknown("when the old look ends")
		s.mu.Lock()
		s.hang = false
		s.mu.Unlock()
		time.Sleep(31 * time.Second)
		if got := f.Snapshot(); got.Problem != "" || got.Objectives[0].InForce.Step.Action != "stop releases" {
			t.Errorf("after it: %+v", got)
		}
		stop()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
}

type policyJournal struct {
	n   int
	err error
}

func (j *policyJournal) Append(context.Context, string, time.Time, any) error {
	if j.err == nil {
		j.n++
	}
	return j.err
}
