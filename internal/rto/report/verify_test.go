package report_test

import (
	"bytes"
	"errors"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/voipbin/observability/internal/rto"
	"github.com/voipbin/observability/internal/rto/report"
)

func jsonOf(t testing.TB, r report.Report) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := report.JSON(&b, r); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// shortWorld is a drill whose evidence is small enough to be read a hundred times.
func shortWorld(seed uint64) *world {
	w := newWorld(seed)
	w.Kill, w.Notify, w.Declare, w.Promote, w.End = 120*time.Second+300*time.Millisecond, 140*time.Second, 150*time.Second, 185*time.Second, 380*time.Second
	w.Cut = 95 * time.Second
	for i := range w.Paths {
		w.Paths[i].Back = time.Duration(250+i) * time.Second
	}
	w.Paths[0].Back = 265 * time.Second
	return w
}

func TestVerifyFindsEveryChangedNumber(t *testing.T) {
	t.Parallel()
	r, records, _ := make3(t, shortWorld(1))
	text := jsonOf(t, r)
	if diff, err := report.Verify(text, report.Input{Records: records}); err != nil || len(diff) != 0 {
		t.Fatalf("an untouched report: %v, %v", diff, err)
	}
	for _, c := range []struct{ old, replaced, path string }{
		{`"verdict": "PASS",`, `"verdict": "FAIL",`, "verdict"},
		{`"objective_ns": 1800000000000`, `"objective_ns": 3600000000000`, "rto.objective_ns"},
		{`"transactions_exact": true`, `"transactions_exact": false`, "rpo.transactions_exact"},
		{`"outcome": "never fired"`, `"outcome": "received"`, "alerts.expected[2].outcome"},
		{`"owner": "network"`, `"owner": "nobody"`, "critical_path.steps[3].owner"},
		{`"phase": "detect",`, `"phase": "decide",`, "phases[0].phase"},
		{`"first_hash": "`, `"first_hash": "0`, "evidence.chains[0].first_hash"},
		{`"seal": "`, `"seal": "0`, "seal"},
	} {
		changed := bytes.Replace(text, []byte(c.old), []byte(c.replaced), 1)
		if bytes.Equal(changed, text) {
			t.Fatalf("the report has no %s", c.old)
		}
		diff, err := report.Verify(changed, report.Input{Records: records})
		if err != nil || len(diff) != 1 || diff[0].Path != c.path || diff[0].Want == diff[0].Got {
			t.Errorf("%s for %s: %v, %v; want one difference at %s", c.replaced, c.old, diff, err, c.path)
		}
	}
}

// TestVerifyFindsAnyByte changes bytes at random places: whatever they are, the report is no longer the one that the records give.
func TestVerifyFindsAnyByte(t *testing.T) {
	t.Parallel()
	r, records, _ := make3(t, shortWorld(2))
	text := jsonOf(t, r)
	rng := rand.New(rand.NewPCG(1, 2))
	for range 25 {
		at, bit := rng.IntN(len(text)), byte(1)<<rng.IntN(7)
		changed := slices.Clone(text)
		changed[at] ^= bit
		if diff, err := report.Verify(changed, report.Input{Records: records}); err == nil && len(diff) == 0 {
			t.Errorf("byte %d changed from %q to %q, and nothing was found", at, text[at], changed[at])
		}
	}
	for name, changed := range map[string][]byte{"appended": append(slices.Clone(text), '\n'), "cut": text[:len(text)-1], "twice": append(slices.Clone(text), text...)} {
		if diff, err := report.Verify(changed, report.Input{Records: records}); err == nil && len(diff) == 0 {
			t.Errorf("a report was %s, and nothing was found", name)
		}
	}
}

func TestVerifyFindsChangedEvidence(t *testing.T) {
	t.Parallel()
	r, records, _ := make3(t, shortWorld(3))
	text := jsonOf(t, r)
	n := len(records)
	for name, change := range map[string]func([]report.Record) []report.Record{
		"a byte of a body": func(rs []report.Record) []report.Record {
			rs[n/2].Body = bytes.Replace(rs[n/2].Body, []byte(`"grade":`), []byte(`"grade": `), 1)
			return rs
		},
		"a hash": func(rs []report.Record) []report.Record {
			rs[n/3].Hash = strings.Repeat("0", 64)
			return rs
		},
		"a record removed": func(rs []report.Record) []report.Record { return slices.Delete(rs, n/2, n/2+1) },
		"the last removed": func(rs []report.Record) []report.Record { return rs[:n-1] },
		"two swapped": func(rs []report.Record) []report.Record {
			rs[n/2], rs[n/2+1] = rs[n/2+1], rs[n/2]
			return rs
		},
		"a time": func(rs []report.Record) []report.Record {
			rs[n/2].At++
			return rs
		},
	} {
		changed := change(slices.Clone(records))
		diff, err := report.Verify(text, report.Input{Records: changed})
		if err != nil || len(diff) == 0 {
			t.Errorf("%s: %v, %v", name, diff, err)
		}
	}
}

func TestVerifyComparesEarlierDrillsIfTheyAreGiven(t *testing.T) {
	t.Parallel()
	r, records, _ := make3(t, shortWorld(4))
	other := earlier()
	other[0].Phases[0].Took.Hi++
	diff, err := report.Verify(jsonOf(t, r), report.Input{Records: records, Earlier: other})
	if err != nil || !slices.ContainsFunc(diff, func(d report.Difference) bool { return d.Path == "earlier[0].phases[0].took.hi_ns" }) {
		t.Errorf("%v, %v", diff, err)
	}
}

func TestVerifyRefusesWhatIsNoReport(t *testing.T) {
	t.Parallel()
	_, records, _ := make3(t, shortWorld(5))
	for _, text := range []string{"", "x", `{"format":"other","surprise":1}`, `[]`} {
		if _, err := report.Verify([]byte(text), report.Input{Records: records}); err == nil {
			t.Errorf("%q was taken for a report", text)
		}
	}
}

// TestRefusals writes evidence from which nothing may be concluded: the report comes, is NOT PROVEN, and says why.
func TestRefusals(t *testing.T) {
	t.Parallel()
	drop := func(kind rto.EventKind) func(*world, *builder) {
		return func(_ *world, b *builder) {
			b.items = slices.DeleteFunc(b.items, func(i item) bool {
				e, ok := i.body.(rto.DrillEvent)
				return ok && e.Kind == kind
			})
		}
	}
	for name, c := range map[string]struct {
		script  func(*world)
		records func([]report.Record) []report.Record
		want    string
	}{
		"still running": {script: func(w *world) { w.More = drop(rto.EventEnded) }, want: "is not over"},
		"T0 missing": {script: func(w *world) {
			w.Inject = false
			w.Kill = 379 * time.Second // after the last probe that matters
			w.More = func(_ *world, b *builder) {
				b.items = slices.DeleteFunc(b.items, func(i item) bool { _, look := i.body.(rto.Look); return look })
			}
		}, want: "T0 is missing"},
		"a promotion before the failure": {script: func(w *world) { w.Promote, w.Declare = 110*time.Second, 100*time.Second }, want: "before the failure"},
		"a record missing":               {records: func(rs []report.Record) []report.Record { return slices.Delete(rs, 200, 201) }, want: "records are missing before us-west1#202"},
		"a record twice":                 {records: func(rs []report.Record) []report.Record { return slices.Insert(rs, 200, rs[199]) }, want: "us-west1#200 comes after #200"},
		"another log": {records: func(rs []report.Record) []report.Record {
			rs[200].Prev = strings.Repeat("a", 64)
			return rs
		}, want: "does not follow"},
		"no hash": {records: func(rs []report.Record) []report.Record {
			rs[200].Hash = ""
			return rs
		}, want: "has no hash"},
		"a broken body": {records: func(rs []report.Record) []report.Record {
			i := slices.IndexFunc(rs, func(r report.Record) bool { return r.Kind == rto.RecordLook && r.Seq > 100 })
			rs[i].Body = []byte(`{"until":"password123"}`)
			return rs
		}, want: "(look) cannot be read"},
		"an event that cannot follow": {script: func(w *world) {
			w.More = func(w *world, b *builder) {
				b.event(160*time.Second, rto.DrillEvent{Kind: rto.EventStepDone, Step: "unheard-of"})
			}
		}, want: "the plan has no step unheard-of"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := shortWorld(9)
			if c.script != nil {
				c.script(w)
			}
			records, _ := w.play(t)
			if c.records != nil {
				records = c.records(records)
			}
			r, err := report.Make(report.Input{Records: records})
			var refused *report.Refused
			if !errors.As(err, &refused) || !strings.Contains(err.Error(), c.want) {
				t.Fatalf("%v; want a refusal that says %q", err, c.want)
			}
			if strings.Contains(err.Error(), "password123") {
				t.Error("the refusal quotes the evidence")
			}
			if r.Verdict != rto.NotProven || r.RTO.Verdict != rto.NotProven || r.RPO.Verdict != rto.NotProven || !r.Refused {
				t.Errorf("verdicts %s, %s, %s", r.Verdict, r.RTO.Verdict, r.RPO.Verdict)
			}
			var page bytes.Buffer
			if err := report.HTML(&page, r); err != nil || !strings.Contains(page.String(), "No verdict") {
				t.Errorf("the refused report cannot be written: %v", err)
			}
			if diff, err := report.Verify(jsonOf(t, r), report.Input{Records: records}); err != nil || len(diff) > 0 {
				t.Errorf("a refused report does not verify: %v, %v", diff, err)
			}
		})
	}
}

// TestDoubts takes a PASS away and leaves a FAIL.
func TestDoubts(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		script         func(*world)
		says, limits   string
		wantRTO, inRPO rto.Verdict
	}{
		"a hole while the recovery is proven": {
			script: func(w *world) {
				w.Skip = func(_ string, at time.Duration) bool { return at > 280*time.Second && at < 290*time.Second }
			},
			says:    "not probed all the while",
			wantRTO: rto.NotProven, inRPO: rto.Pass,
		},
		"a hole before the recovery": {
			script: func(w *world) {
				w.Skip = func(_ string, at time.Duration) bool { return at > 220*time.Second && at < 230*time.Second }
			},
			wantRTO: rto.Pass, inRPO: rto.Pass,
		},
		"the tracker was away": {
			script: func(w *world) {
				w.More = func(w *world, b *builder) {
					b.add(w.Vantages[0], 200*time.Second, rto.RecordHole, rto.Hole{From: w.at(190 * time.Second), To: w.at(199 * time.Second), Cause: "restart"})
				}
			},
			says: "did not look for", wantRTO: rto.NotProven, inRPO: rto.NotProven,
		},
		"another boot": {
			script: func(w *world) {
				w.More = func(w *world, b *builder) {
					b.add(w.Vantages[0], 200*time.Second, rto.RecordSession, rto.Session{Vantage: "us-west1", Began: w.at(200 * time.Second), BootID: "other"})
				}
			},
			says: "nothing ties its clock", wantRTO: rto.NotProven, inRPO: rto.NotProven,
		},
		"the sampler stood still": {
			script: func(w *world) {
				w.Skip = func(_ string, at time.Duration) bool { return at > 100*time.Second && at < 122*time.Second }
			},
			says: "stood still", wantRTO: rto.Pass, inRPO: rto.NotProven,
		},
		"aborted": {
			script: func(w *world) {
				w.More = func(w *world, b *builder) {
					for i, it := range b.items {
						if e, ok := it.body.(rto.DrillEvent); ok && e.Kind == rto.EventEnded {
							e.Kind = rto.EventAborted
							b.items[i].body = e
						}
					}
				}
			},
			says: "aborted", wantRTO: rto.NotProven, inRPO: rto.NotProven,
		},
		"it failed again": {
			script: func(w *world) {
				w.More = func(w *world, b *builder) {
					var l rto.Look
					for i := range 8 {
						at := 340*time.Second + time.Duration(i)*100*time.Millisecond
						l.Probes = append(l.Probes, rto.ProbeResult{Path: "api", Send: w.at(at), Recv: w.at(at + 50*time.Millisecond), Outcome: rto.Refused})
					}
					b.add(w.Vantages[0], 342*time.Second, rto.RecordLook, l)
				}
			},
			says: "failed again", wantRTO: rto.NotProven, inRPO: rto.Pass,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := shortWorld(11)
			c.script(w)
			r, _, _ := make3(t, w)
			var said []string
			for _, reason := range r.Reasons {
				said = append(said, string(reason.Level)+": "+reason.Text)
			}
			if c.says != "" && !strings.Contains(strings.Join(said, "\n"), c.says) {
				t.Errorf("reasons %q, want one that says %q", said, c.says)
			}
			if r.RTO.Verdict != c.wantRTO || r.RPO.Verdict != c.inRPO {
				t.Errorf("RTO %s and RPO %s, want %s and %s: %q", r.RTO.Verdict, r.RPO.Verdict, c.wantRTO, c.inRPO, said)
			}
		})
	}
}

func TestDoubtLeavesAFail(t *testing.T) {
	t.Parallel()
	w := goldens()["fail"]
	w.More = func(w *world, b *builder) {
		b.add(w.Vantages[0], 2000*time.Second, rto.RecordHole, rto.Hole{From: w.at(1990 * time.Second), To: w.at(1999 * time.Second), Cause: "starved"})
	}
	r, _, _ := make3(t, w)
	if r.RTO.Verdict != rto.Fail {
		t.Errorf("%s: the lower edge is proven all the same", r.RTO.Verdict)
	}
}

func TestNeverRecoveredFailsOnceTheObjectiveIsPast(t *testing.T) {
	t.Parallel()
	w := newWorld(12)
	w.Paths[0].Back, w.Paths[1].Back = 3400*time.Second, 3*time.Hour
	w.End = 2300 * time.Second
	w.More = func(_ *world, b *builder) {
		b.items = slices.DeleteFunc(b.items, func(i item) bool {
			e, ok := i.body.(rto.DrillEvent)
			return ok && e.Step != "" && e.At.Lo > b.w.at(b.w.End)
		})
	}
	r, _, _ := make3(t, w)
	if r.RTO.Verdict != rto.Fail || !r.RTO.Took.Unbounded || r.RTO.Took.Lo < 30*time.Minute {
		t.Errorf("%s with %s after 33 minutes without service", r.RTO.Verdict, r.RTO.Took)
	}
}

func TestWithoutADrill(t *testing.T) {
	t.Parallel()
	records, _ := shortWorld(1).play(t)
	for name, in := range map[string]report.Input{
		"no records": {}, "another drill": {Drill: "other", Records: records}, "no start": {Records: records[:10]},
	} {
		if _, err := report.Make(in); err == nil || errors.As(err, new(*report.Refused)) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
