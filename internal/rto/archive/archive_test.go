package archive_test

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/voipbin/observability/internal/evidence"
	"github.com/voipbin/observability/internal/rto"
	"github.com/voipbin/observability/internal/rto/archive"
	"github.com/voipbin/observability/internal/rto/report"
)

// day is when the drills of these tests are.
var day = rto.InstantOf(time.Date(2026, 11, 28, 10, 0, 0, 0, time.UTC))

// entry is one record to be written.
type entry struct {
	kind rto.RecordKind
	at   rto.Instant
	body any
}

// write makes a log of one tracker.
func write(t *testing.T, vantage string, entries ...entry) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), vantage)
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	log, err := evidence.Open(dir, evidence.Options{Name: vantage})
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if _, err := log.Append(t.Context(), string(e.kind), int64(e.at), e.body); err != nil {
			t.Fatal(err)
		}
	}
	if err := log.Close(); err != nil {
		t.Fatal(err)
	}
	return dir
}

func session(vantage string, at rto.Instant) entry {
	return entry{rto.RecordSession, at, rto.Session{Vantage: vantage, Began: at, ConfigSHA256: "c"}}
}

// drill is a drill of ten minutes: a path fails at its injection and is back five minutes later.
func drill(id string, began rto.Instant) []entry {
	path := rto.Path{Name: "calls", Want: rto.Served, Interval: time.Second, Timeout: time.Second}
	start := rto.DrillStart{
		Kind: rto.Full, Scenario: rto.Scenario{Name: "region_loss", RTO: 30 * time.Minute, RPO: 5 * time.Minute}, Paths: []rto.Path{path},
		Stability: rto.Stability{Results: 3, Hold: time.Minute}, Interval: time.Second,
		Plan: rto.Plan{Name: "failover", Scenario: "region_loss", Steps: []rto.Step{{ID: "verify", Title: "verify", Owner: "lead", Phase: rto.Verify, Budget: time.Minute}}},
	}
	event := func(kind rto.EventKind, at rto.Instant) entry {
		return entry{rto.RecordDrill, at, rto.DrillEvent{Drill: id, Kind: kind, At: rto.At(at), Noted: at, Source: rto.ByPerson, Author: "alice"}}
	}
	first := event(rto.EventStarted, began)
	e := first.body.(rto.DrillEvent)
	e.Start = &start
	first.body = e
	failed, back := began.Add(time.Minute), began.Add(6*time.Minute)
	out := []entry{first}
	for at := began.Add(time.Second); at < began.Add(10*time.Minute); at = at.Add(time.Second) {
		if at == failed {
			out = append(out, event(rto.EventInjected, at))
		}
		good := at < failed || at >= back
		p := rto.ProbeResult{Path: "calls", Send: at, Recv: at.Add(10 * time.Millisecond), Outcome: rto.TimedOut}
		if good {
			p.Outcome, p.Good, p.Grade = rto.OK, true, rto.Served
		}
		out = append(out, entry{rto.RecordLook, at.Add(20 * time.Millisecond), rto.Look{Until: at, Probes: []rto.ProbeResult{p}}})
	}
	return append(out, event(rto.EventEnded, began.Add(10*time.Minute)))
}

// made is the report of a drill, refused or not.
func made(t *testing.T, id string, earlier []report.Summary, dirs ...string) report.Report {
	t.Helper()
	found, err := archive.Find(id, archive.Since(id), dirs...)
	if err != nil {
		t.Fatal(err)
	}
	r, err := archive.Report(found, earlier, dirs...)
	if refused := (*report.Refused)(nil); err != nil && !errors.As(err, &refused) {
		t.Fatal(err)
	}
	return r
}

func TestADrillIsFoundAmongOthers(t *testing.T) {
	t.Parallel()
	entries := []entry{session("dr", day.Add(-time.Hour))}
	entries = append(entries, drill("2026-11-28-region-loss-1", day)...)
	entries = append(entries, drill("2026-11-28-region-loss-2", day.Add(3*time.Hour))...)
	dir := write(t, "dr", entries...)
	all, err := archive.Drills(0, dir)
	if err != nil || len(all) != 2 {
		t.Fatalf("%d drills, %v", len(all), err)
	}
	first := made(t, "2026-11-28-region-loss-1", nil, dir)
	second := made(t, "2026-11-28-region-loss-2", []report.Summary{first.Summary()}, dir)
	for _, r := range []report.Report{first, second} {
		if !r.RTO.Took.Contains(5*time.Minute) || r.RTO.Verdict != rto.Pass {
			t.Errorf("%s took %s, %s; the truth is 5 minutes", r.Drill, r.RTO.Took, r.RTO.Verdict)
		}
	}
	if len(second.Earlier) != 1 || second.Earlier[0].Drill != first.Drill {
		t.Errorf("the second is compared with %v", second.Earlier)
	}
	if _, err := archive.Find("2026-11-28-region-loss-3", 0, dir); !errors.Is(err, archive.ErrNoDrill) {
		t.Errorf("a drill that is in no log: %v", err)
	}
}

func TestSinceIsTheDrillsDay(t *testing.T) {
	t.Parallel()
	if got := archive.Since("2026-11-28-region-loss-1"); got >= day || day.Sub(got) > 12*time.Hour {
		t.Errorf("the search begins at %s", got)
	}
	for _, id := range []string{"", "x", "2026-13-28-x"} {
		if got := archive.Since(id); got != 0 {
			t.Errorf("a drill without a day, %q, is looked for since %s", id, got)
		}
	}
}

// TestVerify recomputes a report from two logs and from a file of both, and finds a changed byte in either.
func TestVerify(t *testing.T) {
	t.Parallel()
	const id = "2026-11-28-region-loss-1"
	dr := write(t, "dr", append([]entry{session("dr", day.Add(-time.Minute))}, drill(id, day)...)...)
	outside := write(t, "outside", session("outside", day.Add(-time.Minute)),
		entry{rto.RecordLook, day.Add(time.Minute), rto.Look{Until: day.Add(time.Minute)}})
	var b bytes.Buffer
	if err := report.JSON(&b, made(t, id, nil, dr, outside)); err != nil {
		t.Fatal(err)
	}
	text := b.Bytes()
	if differ, err := archive.Verify(text, dr, outside); err != nil || len(differ) > 0 {
		t.Fatalf("%v, %v", differ, err)
	}
	bundle := bundled(t, id, dr, outside)
	if differ, err := archive.VerifyBundle(text, bytes.NewReader(bundle)); err != nil || len(differ) > 0 {
		t.Fatalf("bundle: %v, %v", differ, err)
	}
	changed := bytes.Replace(text, []byte(`"author": "alice"`), []byte(`"author": "alicf"`), 1)
	if bytes.Equal(changed, text) {
		changed = bytes.Replace(text, []byte("alice"), []byte("alicf"), 1)
	}
	if differ, err := archive.Verify(changed, dr, outside); err == nil && len(differ) == 0 {
		t.Error("a changed name in the report is not seen")
	}
	forged := bytes.Replace(bundle, []byte("alice"), []byte("alicf"), 1)
	if differ, err := archive.VerifyBundle(text, bytes.NewReader(forged)); err == nil && len(differ) == 0 {
		t.Error("a changed name in the evidence is not seen")
	}
	if differ, err := archive.Verify(text, dr); err == nil && len(differ) == 0 {
		t.Error("a log that is missing is not seen")
	}
	if _, err := archive.Verify([]byte("x"), dr); err == nil {
		t.Error("what is no report was taken")
	}
}

// bundled is the evidence of a drill in one file.
func bundled(t *testing.T, id string, dirs ...string) []byte {
	t.Helper()
	found, err := archive.Find(id, 0, dirs...)
	if err != nil {
		t.Fatal(err)
	}
	spans, err := archive.Spans(found, dirs...)
	if err != nil || len(spans) != len(dirs) {
		t.Fatalf("%v, %v", spans, err)
	}
	var b bytes.Buffer
	for _, s := range spans {
		key, err := evidence.LoadKey(filepath.Join(s.Dir, "key"))
		if err != nil {
			t.Fatal(err)
		}
		if err := evidence.Export(&b, s.Dir, s.First, s.Last, key); err != nil {
			t.Fatal(err)
		}
	}
	return b.Bytes()
}
