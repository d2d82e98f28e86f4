package maintenance

import (
	"context"
	"encoding/json"
	"errors"
	"reflect"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// journal keeps what was written as it is on a disk, or refuses.
type journal struct {
	kinds  []string
	bodies [][]byte
	err    error
}

func (j *journal) Append(_ context.Context, kind string, _ time.Time, body any) error {
	if j.err != nil {
		return j.err
	}
	text, err := json.Marshal(body)
	j.kinds, j.bodies = append(j.kinds, kind), append(j.bodies, text)
	return err
}

// past has counted a hundred events of every objective but one.
type past struct{}

func (past) Counted(_ context.Context, objective string, _ Span) (Effect, error) {
	if objective == "media" {
		return Effect{}, errors.New("connection refused")
	}
	return Effect{Errors: 40, Events: 100}, nil
}

// shelf is a book whose clock a test sets.
type shelf struct {
	*Book
	t       *testing.T
	now     time.Time
	journal *journal
}

func newShelf(t *testing.T) *shelf {
	t.Helper()
	s := &shelf{t: t, now: moment("2026-03-10T12:00:00Z"), journal: &journal{}}
	s.Book = New(s.options())
	return s
}

func (s *shelf) options() Options {
	return Options{
		Objectives: []string{"calls", "media", "mail"}, Parts: map[string][]string{"journey": {"calls", "media"}}, Journal: s.journal, Past: past{},
		Now: func() time.Time { return s.now },
	}
}

func (s *shelf) add(r Request) Window {
	s.t.Helper()
	if r.Reason == "" {
		r.Reason = "new cables"
	}
	if len(r.Objectives) == 0 {
		r.Objectives = []string{"calls"}
	}
	w, _, err := s.Add(s.t.Context(), r, "mina")
	if err != nil {
		s.t.Fatal(err)
	}
	return w
}

// TestRefused has every window that cannot be meant.
func TestRefused(t *testing.T) {
	t.Parallel()
	ok := Request{Objectives: []string{"calls"}, From: "2026-03-11T02:00", To: "2026-03-11T04:00", Reason: "new cables"}
	for want, change := range map[string]func(*Request){
		"no objective is named":                      func(r *Request) { r.Objectives = nil },
		`there is no objective "cals"`:               func(r *Request) { r.Objectives = []string{"calls", "cals"} },
		"journey is made of other objectives":        func(r *Request) { r.Objectives = []string{"journey"} },
		"no reason is given":                         func(r *Request) { r.Reason = "  " },
		"a reason of 501 bytes":                      func(r *Request) { r.Reason = strings.Repeat("x", 501) },
		`there is no time zone "Berlin"`:             func(r *Request) { r.Zone = "Berlin" },
		`there is no time zone "Local"`:              func(r *Request) { r.Zone = "Local" },
		`"tomorrow" is no time`:                      func(r *Request) { r.From = "tomorrow" },
		`"2026-02-30T02:00" is no time`:              func(r *Request) { r.To = "2026-02-30T02:00" },
		"it is not clear when the window ends":       func(r *Request) { r.To = "" },
		"the window ends -1h0m0s after it begins":    func(r *Request) { r.To = "2026-03-11T01:00" },
		"the window lasts 730 days":                  func(r *Request) { r.To = "2028-03-10T02:00" },
		"the window begins at 2040":                  func(r *Request) { r.From, r.To = "2040-03-11T02:00", "2040-03-11T03:00" },
		"the window is over":                         func(r *Request) { r.From, r.To = "2026-03-09T02:00", "2026-03-09T04:00" },
		"the window began 2h0m0s ago":                func(r *Request) { r.From, r.To = "2026-03-10T10:00", "2026-03-10T14:00" },
		"the rule cannot be read":                    func(r *Request) { r.Rule = "FREQ=SOMETIMES" },
		"is no rule":                                 func(r *Request) { r.Rule = "RRULE:FREQ=DAILY" },
		"a rule of 270 bytes":                        func(r *Request) { r.Rule = "FREQ=DAILY" + strings.Repeat(";COUNT=123", 26) },
		"maintenance comes once a day at most":       func(r *Request) { r.Rule = "FREQ=HOURLY" },
		"yields no window within five years":         func(r *Request) { r.Rule = "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30" },
		"does not follow from the rule":              func(r *Request) { r.Rule = "FREQ=WEEKLY;BYDAY=SU" },
		"run into each other":                        func(r *Request) { r.Rule, r.To = "FREQ=DAILY", "2026-03-12T02:00" },
		"all windows of the rule are over":           func(r *Request) { r.Rule, r.From, r.To = "FREQ=DAILY;COUNT=2", "2026-03-01T02:00", "2026-03-01T03:00" },
		"the first window of the rule began 34h0m0s": func(r *Request) { r.Rule, r.From, r.To = "FREQ=DAILY", "2026-03-09T02:00", "2026-03-09T03:00" },
		"a window that comes again, or is over":      func(r *Request) { r.Rule, r.To, r.UntilEnded = "FREQ=DAILY", "", true },
		"a correction does not come again":           func(r *Request) { r.Rule, r.Correction = "FREQ=DAILY", true },
		"the window ends in 16h0m0s":                 func(r *Request) { r.Correction = true },
		"the window began at 2024":                   func(r *Request) { r.Correction, r.From, r.To = true, "2024-03-09T02:00", "2024-03-09T04:00" },
		"what it corrects is not known: connection re": func(r *Request) {
			r.Objectives, r.Correction, r.From, r.To = []string{"media"}, true, "2026-03-09T02:00", "2026-03-09T04:00"
		},
		`"../x" is no id of a window`: func(r *Request) { r.ID = "../x" },
	} {
		t.Run(want, func(t *testing.T) {
			t.Parallel()
			s, r := newShelf(t), ok
			change(&r)
			_, _, err := s.Add(t.Context(), r, "mina")
			var refused *Refused
			if !errors.As(err, &refused) || !strings.Contains(err.Error(), want) || refused.Hint == "" {
				t.Errorf("got %v", err)
			}
			if len(s.journal.kinds) != 0 || len(s.Windows()) != 0 {
				t.Error("something was taken down all the same")
			}
		})
	}
}

func TestActive(t *testing.T) {
	t.Parallel()
	s := newShelf(t)
	s.add(Request{To: "2026-03-10T13:00"})
	s.add(Request{To: "2026-03-10T14:00", Objectives: []string{"calls", "mail"}}) // overlaps
	s.add(Request{From: "2026-03-12T02:00", To: "2026-03-12T03:00", Rule: "FREQ=DAILY", Objectives: []string{"media"}})
	open := s.add(Request{From: "2026-03-20T00:00", UntilEnded: true, Objectives: []string{"mail"}})
	f := func(at, want string) {
		t.Helper()
		var got []string
		active := s.Active(moment(at))
		for _, name := range []string{"calls", "mail", "media"} {
			if active[name] {
				got = append(got, name)
			}
		}
		if len(active) != 3 || strings.Join(got, " ") != want {
			t.Errorf("at %s %q are in maintenance, want %q", at, got, want)
		}
	}
	f("2026-03-10T11:59:59Z", "")
	f("2026-03-10T12:00:00Z", "calls mail")
	f("2026-03-10T13:59:59Z", "calls mail")
	f("2026-03-10T14:00:00Z", "")
	f("2026-03-12T02:30:00Z", "media")
	f("2026-09-01T02:30:00Z", "mail media")
	f("2026-03-12T02:30:00Z", "media") // a clock that goes back
	s.now = moment("2026-09-01T02:40:00Z")
	if _, err := s.End(t.Context(), open.ID, "done", "jae"); err != nil {
		t.Fatal(err)
	}
	f("2026-09-01T02:41:00Z", "media")
}

// TestOverlaps: who enters a window is told of those at the same time.
func TestOverlaps(t *testing.T) {
	t.Parallel()
	s := newShelf(t)
	a := s.add(Request{From: "2026-03-15T02:00", To: "2026-03-15T03:00", Rule: "FREQ=WEEKLY"})
	r := Request{Objectives: []string{"calls"}, From: "2027-01-03T02:30", To: "2027-01-03T05:00", Reason: "x"}
	b, overlaps, err := s.Add(t.Context(), r, "mina")
	if err != nil || len(overlaps) != 1 || overlaps[0] != a.ID {
		t.Errorf("%v %v", overlaps, err)
	}
	if of, ok := s.Overlapping(b.ID); !ok || len(of) != 1 || of[0] != a.ID {
		t.Errorf("asked later: %v", of)
	}
	if _, ok := s.Overlapping("none"); ok {
		t.Error("a window that is not there overlaps")
	}
	r.From = "2027-01-03T03:00"
	r.Objectives = []string{"mail"}
	if _, overlaps, err := s.Add(t.Context(), r, "mina"); err != nil || len(overlaps) != 0 {
		t.Errorf("another objective: %v %v", overlaps, err)
	}
	taken := s.Taken("calls", moment("2027-01-03T00:00:00Z"), moment("2027-01-04T00:00:00Z"))
	if len(taken) != 1 || taken[0].To.Sub(taken[0].From) != 3*time.Hour {
		t.Errorf("what is out twice is not out once: %v", taken)
	}
}

func TestCorrections(t *testing.T) {
	t.Parallel()
	s := newShelf(t)
	w := s.add(Request{From: "2026-03-09T02:00", To: "2026-03-09T04:00", Correction: true, Objectives: []string{"calls", "mail"}})
	s.add(Request{From: "2026-03-09T03:00", To: "2026-03-09T05:00", Correction: true}) // overlaps: its common part would be out twice
	if s.Active(moment("2026-03-09T03:00:00Z"))["calls"] {
		t.Error("a correction changes what rules read")
	}
	f := func(objective, since string, want int) {
		t.Helper()
		errs, events, n := s.Correction(objective, moment(since))
		if n != want || errs != 40*float64(want) || events != 100*float64(want) {
			t.Errorf("%s since %s: %v of %v, %d", objective, since, errs, events, n)
		}
	}
	f("calls", "2026-03-01T00:00:00Z", 1)
	f("mail", "2026-03-01T00:00:00Z", 1)
	f("calls", "2026-03-09T02:30:00Z", 1) // the first is cut by the period's begin, the second is not
	f("calls", "2026-03-09T04:30:00Z", 0)
	if w.State(s.now) != Corrected {
		t.Errorf("state %s", w.State(s.now))
	}
	if _, err := s.End(t.Context(), w.ID, "a mistake", "jae"); err != nil {
		t.Fatal(err)
	}
	f("mail", "2026-03-01T00:00:00Z", 0)
	if w, _ := s.Window(w.ID); w.State(s.now) != Withdrawn || w.EndedBy != "jae" {
		t.Errorf("%+v", w)
	}
}

// TestWhatIsNotWrittenIsNot: a disk that refuses leaves the book as it was.
func TestWhatIsNotWrittenIsNot(t *testing.T) {
	t.Parallel()
	s := newShelf(t)
	w := s.add(Request{To: "2026-03-10T13:00"})
	s.journal.err = errors.New("no space left on device")
	r := Request{Objectives: []string{"mail"}, To: "2026-03-10T13:00", Reason: "x"}
	if _, _, err := s.Add(t.Context(), r, "mina"); err == nil || s.Active(s.now)["mail"] {
		t.Errorf("a window that was not written counts: %v", err)
	}
	if _, err := s.End(t.Context(), w.ID, "", "mina"); err == nil || !s.Active(s.now)["calls"] {
		t.Errorf("an end that was not written counts: %v", err)
	}
}

// TestRestore: after a restart everything is as it was, and goes on.
func TestRestore(t *testing.T) {
	t.Parallel()
	s := newShelf(t)
	first := s.add(Request{To: "2026-03-10T13:00"})
	s.add(Request{From: "2026-03-12T02:00", To: "2026-03-12T03:00", Rule: "FREQ=DAILY", Zone: "Asia/Seoul"})
	s.add(Request{From: "2026-03-09T02:00", To: "2026-03-09T04:00", Correction: true})
	if _, err := s.End(t.Context(), first.ID, "quicker", "jae"); err != nil {
		t.Fatal(err)
	}
	again := New(s.options())
	for i, kind := range s.journal.kinds {
		if err := again.Restore(kind, s.journal.bodies[i]); err != nil {
			t.Fatal(err)
		}
	}
	if !reflect.DeepEqual(again.Windows(), s.Windows()) {
		t.Errorf("%+v\n%+v", again.Windows(), s.Windows())
	}
	if err := again.Restore("session", []byte("{")); err != nil {
		t.Errorf("a record of others: %v", err)
	}
	if again.Restore(RecordAdded, []byte("{")) == nil || again.Restore(RecordEnded, []byte("[]")) == nil {
		t.Error("a body that is none is taken")
	}
	s.Book = again
	if w := s.add(Request{To: "2026-03-10T13:00"}); w.ID == first.ID {
		t.Errorf("two windows are called %s", w.ID)
	}
	for _, id := range []string{first.ID, "2026-01-01-9"} {
		if _, err := again.End(t.Context(), id, "", "jae"); err == nil {
			t.Errorf("%s can be ended", id)
		}
	}
}

// hung is a past that answers nobody until it is released, or the question is given up.
type hung struct{ released chan struct{} }

func (h hung) Counted(ctx context.Context, _ string, _ Span) (Effect, error) {
	select {
	case <-h.released:
		return Effect{Errors: 1, Events: 2}, nil
	case <-ctx.Done():
		return Effect{}, ctx.Err()
	}
}

// TestMeasuringHoldsNobodyUp: while what a correction takes out is asked of a server that hangs, windows are entered and ended; it is given up after a while, and what
// became of its name meanwhile is seen.
func TestMeasuringHoldsNobodyUp(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		h := hung{make(chan struct{})}
		s := newShelf(t)
		o := s.options()
		o.Past = h
		s.Book = New(o)
		correct := func() chan error {
			ended := make(chan error, 1)
			r := Request{ID: "2026-03-09-1", Objectives: []string{"calls"}, From: "2026-03-09T02:00", To: "2026-03-09T04:00", Correction: true, Reason: "x"}
			go func() {
				_, _, err := s.Add(t.Context(), r, "mina")
				ended <- err
			}()
			synctest.Wait()
			return ended
		}
		began := time.Now()
		ended := correct()
		w := s.add(Request{To: "2026-03-10T13:00"})
		if _, err := s.End(t.Context(), w.ID, "", "jae"); err != nil || time.Since(began) > 0 {
			t.Errorf("after %s: %v", time.Since(began), err)
		}
		if err := <-ended; err == nil || !strings.Contains(err.Error(), "deadline") || time.Since(began) > time.Minute {
			t.Errorf("after %s: %v", time.Since(began), err)
		}
		ended = correct()
		s.add(Request{ID: "2026-03-09-1", To: "2026-03-10T13:00"})
		close(h.released)
		if err := <-ended; err == nil || !strings.Contains(err.Error(), "there is another window 2026-03-09-1") {
			t.Errorf("two windows have one name: %v", err)
		}
	})
}

// TestATileIsOutOnce: corrections within one tile each measure all of it, so only the first of them counts, and who enters another is told.
func TestATileIsOutOnce(t *testing.T) {
	t.Parallel()
	s := newShelf(t)
	for i, span := range [][2]string{{"12:00", "12:02"}, {"12:02", "12:04"}, {"12:04", "12:06"}, {"12:10", "12:15"}} {
		r := Request{Objectives: []string{"calls"}, From: "2026-03-09T" + span[0], To: "2026-03-09T" + span[1], Correction: true, Reason: "x"}
		if _, overlaps, err := s.Add(t.Context(), r, "mina"); err != nil || len(overlaps) != []int{0, 1, 2, 0}[i] {
			t.Errorf("%v overlaps %v: %v", span, overlaps, err)
		}
	}
	if _, events, n := s.Correction("calls", moment("2026-03-01T00:00:00Z")); n != 2 || events != 200 {
		t.Errorf("%d corrections take %v events out", n, events)
	}
	if _, _, n := s.Correction("calls", moment("2026-03-09T12:02:00Z")); n != 1 { // 12:04 takes out the tile that the period's begin cuts
		t.Errorf("after a begin within a tile %d corrections", n)
	}
}

func TestTiles(t *testing.T) {
	t.Parallel()
	for _, c := range [][4]string{
		{"2026-03-09T12:02:00Z", "2026-03-09T12:04:00Z", "2026-03-09T12:00:00Z", "2026-03-09T12:05:00Z"},
		{"2026-03-09T12:05:00Z", "2026-03-09T12:10:00Z", "2026-03-09T12:05:00Z", "2026-03-09T12:10:00Z"},
		{"2026-03-09T12:04:59+05:45", "2026-03-09T12:05:01+05:45", "2026-03-09T06:15:00Z", "2026-03-09T06:25:00Z"},
	} {
		got := Span{moment(c[0]), moment(c[1])}.Tiles()
		if got != (Span{moment(c[2]), moment(c[3])}) {
			t.Errorf("%s to %s touches %v", c[0], c[1], got)
		}
	}
	if got := (Span{From: moment("2026-03-09T12:02:00Z")}).Tiles(); !got.To.IsZero() || !got.From.Equal(moment("2026-03-09T12:00:00Z")) {
		t.Errorf("without end %v", got)
	}
}

// TestACorrectionWaitsForItsRecords: the tile in which it ends has to be over and recorded, or what is measured is less than what was.
func TestACorrectionWaitsForItsRecords(t *testing.T) {
	t.Parallel()
	s := newShelf(t)
	r := Request{Objectives: []string{"calls"}, From: "2026-03-10T11:40", To: "2026-03-10T11:56", Correction: true, Reason: "x"}
	for at, want := range map[string]bool{"2026-03-10T11:59:59Z": false, "2026-03-10T12:00:29Z": false, "2026-03-10T12:00:30Z": true} {
		s.Book, s.now = New(s.options()), moment(at)
		_, _, err := s.Add(t.Context(), r, "mina")
		if (err == nil) != want || err != nil && !strings.Contains(err.Error(), "try again at 2026-03-10T12:00:30Z") {
			t.Errorf("at %s: %v", at, err)
		}
	}
}
