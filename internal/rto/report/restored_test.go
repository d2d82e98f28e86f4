package report_test

import (
	"strings"
	"testing"
	"time"

	"github.com/voipbin/observability/internal/rto"
	"github.com/voipbin/observability/internal/rto/report"
)

// TestRestored judges a scenario in which data come from a copy by the copy's time: the replica that has everything is no proof, for it has what was
// garbled as well.
func TestRestored(t *testing.T) {
	t.Parallel()
	restored := func(points ...time.Duration) func(w *world, b *builder) {
		return func(w *world, b *builder) {
			for i, p := range points {
				b.event(w.Promote+time.Duration(i)*time.Second, rto.DrillEvent{Kind: rto.EventRestored, Author: "jae", Restored: &rto.Restored{Store: "mysql", Point: w.at(w.Kill - p)}})
			}
		}
	}
	for name, c := range map[string]struct {
		points  []time.Duration
		verdict rto.Verdict
		loss    time.Duration // of the newest restore
		says    string
	}{
		"nobody said of which time": {nil, rto.NotProven, -1, "no restore was taken down"},
		"a minute before":           {[]time.Duration{time.Minute}, rto.Pass, time.Minute, "between the failure and the fence is lost too"},
		"ten minutes before":        {[]time.Duration{10 * time.Minute}, rto.Fail, 10 * time.Minute, ""},
		"the newest counts":         {[]time.Duration{10 * time.Minute, 2 * time.Minute}, rto.Pass, 2 * time.Minute, ""},
		"after the failure":         {[]time.Duration{-time.Second}, rto.NotProven, 0, "garbled already"},
	} {
		w := newWorld(31)
		w.Restore, w.Manifest = true, false
		w.More = restored(c.points...)
		r, _, _ := make3(t, w)
		if r.RPO.Verdict != c.verdict || r.RPO.Replica != "" || !r.RPO.Kept.Empty() || r.RPO.Transactions != nil || r.RPO.Judged != report.ByRestore {
			t.Errorf("%s: %s, %+v", name, r.RPO.Verdict, r.RPO)
		}
		took := r.RPO.OldestLost
		if unknown := c.loss < 0; took.Unbounded != unknown || !unknown && !took.Contains(c.loss) || took.Width() > 100*time.Millisecond {
			t.Errorf("%s: lost %s, in truth %s", name, took, c.loss)
		}
		told := ""
		for _, reason := range r.Reasons {
			told += reason.Text + "\n"
		}
		if !strings.Contains(told, c.says) {
			t.Errorf("%s: want %q in\n%s", name, c.says, told)
		}
		var text strings.Builder
		if err := report.Markdown(&text, r); err != nil {
			t.Fatal(err)
		}
		if len(c.points) > 0 && !strings.Contains(text.String(), "Data are as of") {
			t.Errorf("%s: the report does not say of which time the data are", name)
		}
	}
}
