package lab

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/voipbin/observability/internal/lab/asterisk"
	"github.com/voipbin/observability/internal/lab/sipp"
)

func TestQueuesAgree(t *testing.T) {
	t.Parallel()
	seen, known := queued()
	for _, row := range compareQueues(seen, known) {
		if row.SIPp != row.Prometheus || row.SIPp != 3 {
			t.Errorf("want 3 on both sides, got %+v", row)
		}
	}
	if rows := compareQueues(map[string]sipp.Counts{pbx(asterisk.UserQueue): {Final: map[int]int{}}}, nil); len(rows) != 0 {
		t.Errorf("want nothing to compare where nobody entered a queue, got %v", rows)
	}
}

func TestQueuesTellEachDifference(t *testing.T) {
	t.Parallel()
	f := func(name string, change func(map[string]sipp.Counts, map[string]int), want ...string) {
		t.Helper()
		seen, known := queued()
		change(seen, known)
		got := CallComparison{Rows: compareQueues(seen, known), Known: WholeCalls{Grade: bestGrade}}.Problems()
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
	f("all is well", func(map[string]sipp.Counts, map[string]int) {})
	f("one was not seen to join", func(_ map[string]sipp.Counts, k map[string]int) { k["queue empty joined"]-- },
		"queue empty joined: SIPp saw 3, the prober 0, Prometheus says 2")
	f("one left instead", func(_ map[string]sipp.Counts, k map[string]int) {
		k["queue empty waited, abandoned"]--
		k["queue empty waited, left"] = 1
	},
		"queue empty waited, abandoned: SIPp saw 3, the prober 0, Prometheus says 2", "queue empty waited, left: SIPp saw 0, the prober 0, Prometheus says 1")
	f("an agent hung up", func(_ map[string]sipp.Counts, k map[string]int) {
		k["queue support talked, ended by caller"]--
		k["queue support talked, ended by agent"] = 1
	},
		"queue support talked, ended by agent: SIPp saw 0, the prober 0, Prometheus says 1",
		"queue support talked, ended by caller: SIPp saw 3, the prober 0, Prometheus says 2")
	f("Asterisk counts otherwise", func(_ map[string]sipp.Counts, k map[string]int) { k["queue support completed, Asterisk's"]++ },
		"queue support completed, Asterisk's: SIPp saw 3, the prober 0, Prometheus says 4")
}

func TestQueuesAreRead(t *testing.T) {
	t.Parallel()
	names := queueCounts()
	got, err := readQueues(t.Context(), prometheus(t, map[string]string{
		names["joined"]:                value(`"queue":"support"`, "3") + "," + value(`"queue":"empty"`, "0"),
		names["waited, %s"]:            value(`"queue":"support","outcome":"answered"`, "2") + "," + value(`"queue":"support","outcome":"abandoned"`, "1"),
		names["talked, ended by %s"]:   value(`"queue":"support","ended_by":"agent"`, "2"),
		names["completed, Asterisk's"]: value(`"queue":"support"`, "2"),
	}, ""))
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]int{
		"queue support joined": 3, "queue support waited, answered": 2, "queue support waited, abandoned": 1,
		"queue support talked, ended by agent": 2, "queue support completed, Asterisk's": 2,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// An alert that calls are meant to cause is no problem; where they are not, it is.
func TestEarnedAlerts(t *testing.T) {
	t.Parallel()
	well, ill := sipp.Counts{Attempts: 1, Final: map[int]int{200: 1}}, sipp.Counts{Attempts: 1, Final: map[int]int{500: 1}}
	if got := earnedBy(UsualMediaMix(), well); len(got) != 0 {
		t.Errorf("want none, got %v", got)
	}
	if diff := cmp.Diff([]string{burnAlert, unattendedAlert}, earnedBy(BoundedMediaMix(), ill)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
