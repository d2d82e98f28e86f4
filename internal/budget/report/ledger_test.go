package report

import (
	"errors"
	"iter"
	"testing"

	"github.com/voipbin/observability/internal/evidence"
)

// busy is a log into which something is written while it is read.
type busy struct {
	Source

	then func() // once
}

// Read reads what is there now, and writes before it is told.
func (b *busy) Read(seq uint64) iter.Seq2[evidence.Record, error] {
	return func(yield func(evidence.Record, error) bool) {
		for r, err := range b.Source.Read(seq) {
			if !yield(r, err) {
				return
			}
		}
		if then := b.then; then != nil {
			b.then = nil
			then()
		}
	}
}

// TestAReportThatMissedADayIsNotKept: a day is taken down, and the period closed, while a report of it is made.
func TestAReportThatMissedADayIsNotKept(t *testing.T) {
	t.Parallel()
	b := newBook(t)
	b.days(usual(date("2026-10-24")))
	source := &busy{Source: b.log}
	source.then = func() {
		if err := errors.Join(b.Take(t.Context(), usual(date("2026-10-25")), noon), b.Close(t.Context(), noon)); err != nil {
			t.Error(err)
		}
	}
	b.source = source
	week := Week(date("2026-10-24"))
	for i, want := range []struct {
		days  int
		final bool
	}{{1, false}, {2, true}, {2, true}} {
		m, err := b.Report(week)
		if err != nil || m.Days != want.days || m.Final != want.final {
			t.Errorf("report %d: %d days, final %v, want %+v: %v", i, m.Days, m.Final, want, err)
		}
	}
}
