package budget_test

import (
	"bytes"
	"context"
	"errors"
	"iter"
	"log/slog"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/voipbin/observability/internal/budget"
	"github.com/voipbin/observability/internal/budget/report"
	"github.com/voipbin/observability/internal/evidence"
	"github.com/voipbin/observability/internal/promapi"
)

// blankLog is a log without records, that takes none.
type blankLog struct{}

func (blankLog) Read(uint64) iter.Seq2[evidence.Record, error] {
	return func(func(evidence.Record, error) bool) {}
}

func (blankLog) Append(context.Context, string, time.Time, any) error { return nil }

// TestTheReportOfToday: who reads the report of a month on the day of an outage reads of the outage, with the numbers of the page.
func TestTheReportOfToday(t *testing.T) {
	t.Parallel()
	now := noon.Add(14*time.Minute + 40*time.Second)
	a := &archive{t: t, from: noon.AddDate(0, 0, -4).Truncate(24 * time.Hour)}
	a.alerts = []promapi.Series{{Labels: promapi.Labels{"slo": "calls", "alertname": "B", "severity": "page", "burn": "page_fast"}, Points: []promapi.Point{{Time: noon.Add(5 * time.Minute), Value: 1}}}}
	s := &server{
		values: with(record("slo:error_budget_consumed:ratio", 1.25), record("slo:error_budget_remaining:ratio", -0.25), record("slo:sli_errors:increase_period", 1234), record("slo:sli_events:increase_period", 98765)),
		alerts: []promapi.Sample{{Labels: promapi.Labels{"slo": "calls", "alertname": "B", "severity": "page", "burn": "page_fast"}}},
	}
	f := follow(s)
	f.Look(t.Context())
	c := budget.NewCloser(calls(), a, &days{}, func() time.Time { return now }, slog.New(slog.DiscardHandler))
	o := budget.NewOpenReports(report.NewLedger(blankLog{}, blankLog{}), c, f)
	get := func(p report.Period) report.Model {
		t.Helper()
		m, err := o.Report(t.Context(), p)
		if err != nil {
			t.Fatal(err)
		}
		return m
	}
	m := get(report.Month(now))
	if m.Days != 0 || m.Final || !m.Until.Equal(noon.Add(10*time.Minute)) || m.Standing() != "so far: 0 of 31 days, and 2026-03-01 until 12:10" {
		t.Errorf("it stands %q, until %s", m.Standing(), m.Until)
	}
	l := m.Objectives[0]
	if l.Verdict != report.Missed || *l.Errors != 1000 || len(m.Incidents) != 1 || !m.Incidents[0].From.Equal(noon) || len(m.Incidents[0].Alerts) != 1 || m.Summary.Pages != 1 {
		t.Errorf("%+v, incidents %+v", l, m.Incidents)
	}
	st := m.Now.Standing[0]
	if st.Name != "calls" || st.State != "exhausted" || *st.Remaining != -0.25 || *st.Errors != 1234 || *st.Events != 98765 || st.Alerts[0] != "page: B page_fast" || m.Now.Problem != "" {
		t.Errorf("%+v", st)
	}
	for _, format := range []string{"md", "html", "json"} {
		var b bytes.Buffer
		if err := report.Write(&b, m, format); err != nil {
			t.Fatal(err)
		}
		for _, want := range []string{map[string]string{"json": "-0.25"}[format], "exhausted", "page: B page_fast", "stop releases"} {
			if !strings.Contains(strings.ReplaceAll(b.String(), `page\_fast`, "page_fast"), want) {
				t.Errorf("%s lacks %q", format, want)
			}
		}
	}
	asked := a.asked
	get(report.Week(now))
	if a.asked != asked {
		t.Errorf("%d more questions for the same tile", a.asked-asked)
	}
	now = now.Add(5 * time.Minute)
	if m := get(report.Month(now)); !m.Until.Equal(noon.Add(15 * time.Minute)) {
		t.Errorf("until %s", m.Until)
	}
	if p := o.Periods(); len(p) != 3 || p[0].Name != "2026-03" || p[1].Name != "2026-Q1" || p[2].Name != "2026-W09" {
		t.Errorf("%v", p)
	}
	if _, err := o.Report(t.Context(), report.Month(now.AddDate(0, -1, 0))); !errors.Is(err, report.ErrNone) {
		t.Errorf("a month of which nothing is known: %v", err)
	}
}

// TestTheReportOfTodayWithoutAServer says what is not known, and has no number of before.
func TestTheReportOfTodayWithoutAServer(t *testing.T) {
	t.Parallel()
	now := noon
	a, s := &archive{t: t, err: errors.New("connection refused")}, &server{err: errors.New("connection refused")}
	f := follow(s)
	f.Look(t.Context())
	o := budget.NewOpenReports(report.NewLedger(blankLog{}, blankLog{}), budget.NewCloser(calls(), a, &days{}, func() time.Time { return now }, slog.New(slog.DiscardHandler)), f)
	m, err := o.Report(t.Context(), report.Month(now))
	if err != nil || len(m.Unread) != 1 || !strings.Contains(m.Unread[0].Why, "connection refused") || !strings.Contains(m.Now.Problem, "connection refused") || len(m.Objectives) != 0 || m.Now.Standing[0].Remaining != nil {
		t.Errorf("%+v: %v", m, err)
	}
	a.err = nil
	a.from = noon.AddDate(0, 0, -4)
	if m, err := o.Report(t.Context(), report.Month(now)); err != nil || len(m.Unread) != 0 || len(m.Objectives) != 1 {
		t.Errorf("it stays unread: %+v: %v", m, err)
	}
}

// counted is a log that counts its readers, each of which takes its time.
type counted struct {
	blankLog
	readers *atomic.Int64
	slowly  chan struct{} // nil for a log that is quick
}

func (c counted) Read(uint64) iter.Seq2[evidence.Record, error] {
	return func(func(evidence.Record, error) bool) {
		c.readers.Add(1)
		if c.slowly != nil {
			<-c.slowly
		}
	}
}

// TestAHundredReadersOfOneReport have it made once, and a few seconds later once more; one who waits no longer holds nobody up.
func TestAHundredReadersOfOneReport(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		log := counted{readers: &atomic.Int64{}, slowly: make(chan struct{})}
		a := &archive{t: t, from: time.Now().AddDate(0, 0, -4)}
		c := budget.NewCloser(calls(), a, &days{}, time.Now, slog.New(slog.DiscardHandler))
		o := budget.NewOpenReports(report.NewLedger(log, blankLog{}), c, follow(&server{values: healthy()}))
		time.Sleep(12 * time.Hour)
		pages := map[*byte]bool{}
		var mu sync.Mutex
		ask := func(ctx context.Context) chan error {
			done := make(chan error, 1)
			go func() {
				page, err := o.Written(ctx, report.Month(time.Now()), "md")
				if err == nil {
					mu.Lock()
					defer mu.Unlock()
					pages[&page[0]] = true
				}
				done <- err
			}()
			return done
		}
		var all []chan error
		for range 100 {
			all = append(all, ask(t.Context()))
		}
		synctest.Wait()
		ctx, stop := context.WithCancel(t.Context())
		impatient := ask(ctx)
		synctest.Wait()
		stop()
		if err := <-impatient; !errors.Is(err, context.Canceled) {
			t.Errorf("who left was told %v", err)
		}
		close(log.slowly)
		for _, done := range all {
			if err := <-done; err != nil {
				t.Error(err)
			}
		}
		if n := log.readers.Load(); n != 1 || len(pages) != 1 {
			t.Errorf("the log was read %d times, and the report written %d times", n, len(pages))
		}
		time.Sleep(5 * time.Second)
		if err := <-ask(t.Context()); err != nil || log.readers.Load() != 2 {
			t.Errorf("five seconds later it was read %d times: %v", log.readers.Load(), err)
		}
	})
}
