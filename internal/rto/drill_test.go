package rto_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/voipbin/observability/internal/rto"
)

// second is an instant of the drills in these tests.
func second(n float64) rto.Instant {
	return rto.InstantOf(time.Date(2026, 11, 14, 2, 0, 0, 0, time.UTC)).Add(time.Duration(n * float64(time.Second)))
}

func exactly(n float64) rto.Moment     { return rto.At(second(n)) }
func within(lo, hi float64) rto.Moment { return rto.Moment{Lo: second(lo), Hi: second(hi)} }
func event(kind rto.EventKind, at float64, more ...func(*rto.DrillEvent)) rto.DrillEvent {
	e := rto.DrillEvent{Drill: "d", Kind: kind, At: exactly(at), Noted: second(at + 0.5), Source: rto.ByPerson}
	for _, m := range more {
		m(&e)
	}
	return e
}

func step(id string) func(*rto.DrillEvent)   { return func(e *rto.DrillEvent) { e.Step = id } }
func by(author string) func(*rto.DrillEvent) { return func(e *rto.DrillEvent) { e.Author = author } }
func restoredTo(n float64) func(*rto.DrillEvent) {
	return func(e *rto.DrillEvent) { e.Restored = &rto.Restored{Store: "mysql", Point: second(n)} }
}

func finding(f rto.Finding) func(*rto.DrillEvent) { return func(e *rto.DrillEvent) { e.Finding = &f } }

func promoted(replica string) func(*rto.DrillEvent) {
	return func(e *rto.DrillEvent) { e.Promotion = &rto.Promotion{Store: "mysql", Replica: replica} }
}

func drillPlan() rto.Plan {
	return rto.Plan{Name: "p", Steps: []rto.Step{
		{ID: "detect", Phase: rto.Detect, Budget: time.Minute},
		{ID: "database", Phase: rto.Promote, Budget: 5 * time.Minute, After: []string{"detect"}},
		{ID: "proxies", Phase: rto.Scale, Budget: 4 * time.Minute, After: []string{"detect"}},
		{ID: "media", Phase: rto.Scale, Budget: 3 * time.Minute, After: []string{"proxies"}},
		{ID: "spare", Phase: rto.Scale, Budget: 2 * time.Minute, After: []string{"detect"}},
		{ID: "verify", Phase: rto.Verify, Budget: time.Minute, After: []string{"database", "media"}},
	}}
}

func began(kind rto.DrillKind) rto.DrillEvent {
	return event(rto.EventStarted, 0, func(e *rto.DrillEvent) {
		e.Start = &rto.DrillStart{Kind: kind, Plan: drillPlan(), Scenario: rto.Scenario{RTO: 30 * time.Minute, RPO: 5 * time.Minute}}
	})
}

func played(t *testing.T, kind rto.DrillKind, events ...rto.DrillEvent) *rto.Drill {
	t.Helper()
	d, err := rto.NewDrill(began(kind))
	if err != nil {
		t.Fatal(err)
	}
	for i, e := range events {
		if err := d.Apply(e); err != nil {
			t.Fatalf("event %d (%s): %v", i, e.Kind, err)
		}
	}
	return d
}

func TestDrillRefuses(t *testing.T) {
	t.Parallel()
	ended := event(rto.EventEnded, 900)
	for name, c := range map[string]struct {
		kind   rto.DrillKind
		before []rto.DrillEvent
		event  rto.DrillEvent
		want   string
	}{
		"a second start":                {event: began(rto.Full), want: "has been started"},
		"another drill's event":         {event: event(rto.EventNote, 1, func(e *rto.DrillEvent) { e.Drill = "other" }), want: "is of other"},
		"the future":                    {event: event(rto.EventNote, 9, func(e *rto.DrillEvent) { e.Noted = second(8) }), want: "future"},
		"no time":                       {event: event(rto.EventNote, 9, func(e *rto.DrillEvent) { e.At = rto.Moment{} }), want: "future"},
		"edges the wrong way round":     {event: event(rto.EventNote, 9, func(e *rto.DrillEvent) { e.At = within(8, 7) }), want: "future"},
		"a second injection":            {before: []rto.DrillEvent{event(rto.EventInjected, 1)}, event: event(rto.EventInjected, 2), want: "has its injection"},
		"an injection of a real one":    {kind: rto.Real, event: event(rto.EventInjected, 1), want: "is real"},
		"a step that nobody planned":    {event: event(rto.EventStepBegun, 1, step("coffee")), want: "no step coffee"},
		"a step that ends too early":    {before: []rto.DrillEvent{event(rto.EventStepBegun, 9, step("database"))}, event: event(rto.EventStepDone, 8, step("database")), want: "end before it began"},
		"a step that begins too late":   {before: []rto.DrillEvent{event(rto.EventStepDone, 8, step("database"))}, event: event(rto.EventStepBegun, 9, step("database")), want: "begin after its end"},
		"a promotion of nothing":        {event: event(rto.EventPromoted, 1), want: "names no survivor"},
		"a hook without its run":        {event: event(rto.EventHook, 1, finding(rto.Finding{})), want: "no contents"},
		"a person without a name":       {event: event(rto.EventJoined, 1, finding(rto.Finding{})), want: "no contents"},
		"a canary without its count":    {event: event(rto.EventCanary, 1, finding(rto.Finding{})), want: "no contents"},
		"a manifest without contents":   {event: event(rto.EventManifest, 1), want: "no contents"},
		"closing an unknown finding":    {event: event(rto.EventFindingDone, 1, finding(rto.Finding{ID: "f", ClosedBy: "d2"})), want: "no finding f"},
		"closing by a statement":        {before: []rto.DrillEvent{event(rto.EventFinding, 1, finding(rto.Finding{ID: "f"}))}, event: event(rto.EventFindingDone, 2, finding(rto.Finding{ID: "f"})), want: "no later measurement"},
		"closing by the drill itself":   {before: []rto.DrillEvent{event(rto.EventFinding, 1, finding(rto.Finding{ID: "f"}))}, event: event(rto.EventFindingDone, 2, finding(rto.Finding{ID: "f", ClosedBy: "d"})), want: "no later measurement"},
		"an end before the begin":       {event: event(rto.EventEnded, -5), want: "end before it began"},
		"a step after the end":          {before: []rto.DrillEvent{ended}, event: event(rto.EventStepDone, 901, step("verify")), want: "is over"},
		"a second end":                  {before: []rto.DrillEvent{ended}, event: event(rto.EventEnded, 901), want: "is over"},
		"an end of an aborted one":      {before: []rto.DrillEvent{event(rto.EventAborted, 900)}, event: event(rto.EventEnded, 901), want: "is over"},
		"the way back while it runs":    {event: event(rto.EventFailback, 5), want: "still runs"},
		"back without a way back":       {before: []rto.DrillEvent{ended}, event: event(rto.EventFailedBack, 901), want: "not failing back"},
		"two ways back at once":         {before: []rto.DrillEvent{ended, event(rto.EventFailback, 901)}, event: event(rto.EventFailback, 902), want: "is failing back"},
		"the way back a second time":    {before: []rto.DrillEvent{ended, event(rto.EventFailback, 901), event(rto.EventFailedBack, 902)}, event: event(rto.EventFailback, 903), want: "has failed back"},
		"a declaration on the way back": {before: []rto.DrillEvent{ended, event(rto.EventFailback, 901)}, event: event(rto.EventDeclared, 902), want: "is over"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if c.kind == "" {
				c.kind = rto.Full
			}
			d := played(t, c.kind, c.before...)
			n, state := len(d.Events), d.State
			err := d.Apply(c.event)
			var refused *rto.RefusedEvent
			if !errors.As(err, &refused) || !strings.Contains(err.Error(), c.want) || refused.Hint == "" {
				t.Errorf("%v; want a refusal that says %q", err, c.want)
			}
			if len(d.Events) != n || d.State != state {
				t.Error("a refused event left a trace")
			}
		})
	}
}

func TestDrillBeginsWithItsStart(t *testing.T) {
	t.Parallel()
	loop := began(rto.Full)
	loop.Start.Plan.Steps[0].After = []string{"verify"}
	for name, e := range map[string]rto.DrillEvent{
		"a note": event(rto.EventNote, 0), "a start without contents": event(rto.EventStarted, 0), "a plan that waits for itself": loop,
	} {
		if _, err := rto.NewDrill(e); err == nil {
			t.Errorf("a drill began with %s", name)
		}
	}
}

// TestDoubleMarks keeps what both people wrote; the first begin and the first end count, in whatever order they came in.
func TestDoubleMarks(t *testing.T) {
	t.Parallel()
	marks := []rto.DrillEvent{
		event(rto.EventStepBegun, 12, step("database"), by("two")), event(rto.EventStepBegun, 10, step("database"), by("one")),
		event(rto.EventStepDone, 50, step("database"), by("two")), event(rto.EventStepDone, 48, step("database"), by("one")),
		event(rto.EventDeclared, 9, by("two")), event(rto.EventDeclared, 8, by("one")),
		event(rto.EventPromoted, 40, promoted("east-1")), event(rto.EventPromoted, 41, promoted("east-2")),
	}
	d := played(t, rto.Full, marks...)
	if s := d.Steps["database"]; s.Begun != exactly(10) || s.Done != exactly(48) || s.By != "one" {
		t.Errorf("%+v", s)
	}
	if d.Declared != exactly(8) || d.Promotion.Replica != "east-1" || d.Promoted != exactly(40) {
		t.Errorf("declared %v, promoted %s at %v", d.Declared, d.Promotion.Replica, d.Promoted)
	}
	if len(d.Events) != 1+len(marks) {
		t.Errorf("%d events are kept of %d", len(d.Events), 1+len(marks))
	}
}

func TestAbortAndTheWayBack(t *testing.T) {
	t.Parallel()
	d := played(t, rto.Full, event(rto.EventAborted, 100), event(rto.EventFailback, 110), event(rto.EventNote, 111))
	if d.State != rto.FailingBack || !d.WasAborted || d.Ended != exactly(100) {
		t.Errorf("%s, aborted %v, ended %v", d.State, d.WasAborted, d.Ended)
	}
	if err := d.Apply(event(rto.EventFailedBack, 200)); err != nil {
		t.Fatal(err)
	}
	if d.State != rto.Aborted || d.FailedBack != exactly(200) {
		t.Errorf("after the way back an aborted drill is %s, back at %v", d.State, d.FailedBack)
	}
	d = played(t, rto.Full, event(rto.EventEnded, 100), event(rto.EventFailback, 110), event(rto.EventFailedBack, 200))
	if d.State != rto.Ended || d.WasAborted || d.Ended != exactly(100) {
		t.Errorf("%s, aborted %v, ended %v", d.State, d.WasAborted, d.Ended)
	}
}

func TestFindings(t *testing.T) {
	t.Parallel()
	d := played(t, rto.Full,
		event(rto.EventFinding, 1, finding(rto.Finding{ID: "f", Title: "slow", ClosedBy: "a statement"})),
		event(rto.EventFinding, 2, finding(rto.Finding{ID: "g", Title: "late"})),
		event(rto.EventFinding, 3, finding(rto.Finding{ID: "f", Title: "too slow", Owner: "ann"})),
	)
	if f := d.Findings[0]; len(d.Findings) != 2 || f.Title != "too slow" || f.ClosedBy != "" {
		t.Fatalf("%+v", d.Findings)
	}
	if err := d.Apply(event(rto.EventFindingDone, 4, finding(rto.Finding{ID: "f", ClosedBy: "d2"}))); err != nil {
		t.Fatal(err)
	}
	if f := d.Findings[0]; f.ClosedBy != "d2" || f.Owner != "ann" {
		t.Errorf("%+v", f)
	}
	if err := d.Apply(event(rto.EventFinding, 5, finding(rto.Finding{ID: "f", Title: "renamed"}))); err != nil || d.Findings[0].ClosedBy != "d2" {
		t.Errorf("a new title reopened it: %+v, %v", d.Findings[0], err)
	}
}

// TestFold keeps drills apart and names what no tracker wrote.
func TestFold(t *testing.T) {
	t.Parallel()
	other := began(rto.Partial)
	other.Drill = "e"
	stray := event(rto.EventNote, 1)
	stray.Drill = "never begun"
	drills, wrong := rto.Fold([]rto.DrillEvent{
		began(rto.Full), other, event(rto.EventInjected, 1), stray, event(rto.EventEnded, 5), event(rto.EventStepDone, 6, step("verify")),
	})
	if len(drills) != 2 || drills[0].ID != "d" || drills[1].ID != "e" || drills[0].State != rto.Ended || drills[1].State != rto.Running {
		t.Errorf("%+v", drills)
	}
	if len(wrong) != 2 {
		t.Errorf("%v", wrong)
	}
}

func TestTwoPlacesLookAtOnce(t *testing.T) {
	t.Parallel()
	var l rto.Ledger
	look := func(send, recv float64, n string) {
		l.Observe(rto.SourceSample{Send: second(send), Recv: second(recv), Outcome: rto.OK, At: position(t, a+":1-"+n)})
	}
	look(0, 0.03, "10")
	look(0.001, 0.005, "9") // asked later, answered sooner
	look(1, 1.01, "20")
	if l.Backwards() != 0 || l.Len() != 2 {
		t.Errorf("%d ways back, %d ticks", l.Backwards(), l.Len())
	}
	look(2, 2.01, "19") // this one is later, whatever the order of answers
	if l.Backwards() != 1 {
		t.Error("a source that lost a transaction is taken for one that did not")
	}
}

func TestRestored(t *testing.T) {
	t.Parallel()
	d := played(t, rto.Full, event(rto.EventInjected, 100), event(rto.EventRestored, 200, restoredTo(90)), event(rto.EventRestored, 300, restoredTo(80)))
	if d.Restored == nil || d.Restored.Point != second(80) {
		t.Errorf("the newest restore counts, got %+v", d.Restored)
	}
	for _, bad := range []rto.DrillEvent{event(rto.EventRestored, 400), event(rto.EventRestored, 400, restoredTo(401))} {
		var refused *rto.RefusedEvent
		if err := d.Check(bad); !errors.As(err, &refused) {
			t.Errorf("%+v was taken: %v", bad.Restored, err)
		}
	}
}
