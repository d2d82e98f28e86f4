//go:build integration

package integration

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/voipbin/observability/internal/rto"
	"github.com/voipbin/observability/internal/rto/mysql"
	recoveryreport "github.com/voipbin/observability/internal/rto/report"
)

// TestTwoTrackers has two trackers watch one platform and take down one drill. The host of the first is lost in the middle of it: what it took down
// until then and what the second did make one report that proves itself, and the second's evidence alone makes one as well.
func TestTwoTrackers(t *testing.T) {
	p := startPair(t, mysql.MariaDB, "bookworm")
	var down atomic.Bool
	service := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		if down.Load() {
			w.WriteHeader(http.StatusServiceUnavailable)
		}
	}))
	defer service.Close()
	path := fmt.Sprintf("paths:\n  - {name: api, kind: http, url: %q, interval: 200ms, timeout: 200ms}\n", service.URL)
	a, b := startTrackerAs(t, p, "tracker-dr", path), startTrackerAs(t, p, "tracker-outside", path)
	both := func(args ...string) string {
		t.Helper()
		cmd := exec.Command(a.program, append([]string{"drill", "--url=" + a.url, "--url=" + b.url, "--token-file=" + filepath.Join(a.folder, "token")}, args...)...)
		var out, said strings.Builder
		cmd.Stdout, cmd.Stderr = &out, &said
		if err := cmd.Run(); err != nil {
			t.Fatalf("tracker drill %v: %v: %s", args, err, said.String())
		}
		if gone := a.cmd.ProcessState != nil; gone != strings.Contains(said.String(), "not taken down by "+a.url) {
			t.Errorf("tracker drill %v: the first is gone: %t, and it says %q", args, gone, said.String())
		}
		return strings.TrimSpace(out.String())
	}
	for _, r := range []*runningTracker{a, b} {
		within(t, 20*time.Second, "the exposure is proven", func() bool {
			e, s := r.exposure(rto.Applied), r.snapshot()
			return e.Provable() && e.Window.Hi < time.Second && len(s.Paths) == 1 && s.Paths[0].Good > 5
		})
	}
	writing, halt := context.WithCancel(t.Context())
	var written sync.WaitGroup
	written.Go(func() {
		for n := 1; writing.Err() == nil; n++ {
			_ = p.Source.Do(writing, fmt.Sprintf("INSERT INTO lab.ledger (seq, t_us) VALUES (%d, 1)", n)) // until it is killed
			time.Sleep(50 * time.Millisecond)
		}
	})
	defer written.Wait()
	defer halt()
	within(t, 10*time.Second, "the writes are seen", func() bool { return a.exposure(rto.Applied).Provable() && b.exposure(rto.Applied).Provable() })
	time.Sleep(2 * time.Second) // of healthy writing belong to the evidence
	id := both("start", "region_loss", "--kind=full", "--announced")
	both("join", "Alice", "incident lead")
	failed := time.Now()
	down.Store(true)
	halt()
	if err := p.Source.Kill(); err != nil {
		t.Fatal(err)
	}
	both("inject", "SIGKILL", "--at="+failed.UTC().Format(time.RFC3339Nano))
	both("mark", "detect", "done")
	within(t, 10*time.Second, "the first saw the failure", func() bool {
		s := a.snapshot()
		return s.Running != nil && s.Running.Recovery.Failed.Valid() && s.Paths[0].Bad > 3
	})
	a.kill(syscall.SIGKILL) // with its host: it comes back never

	both("declare", "the source is gone, and so is a tracker")
	if err := p.Promote(t.Context(), true); err != nil {
		t.Fatal(err)
	}
	if err := p.Replica.Do(t.Context(), "INSERT INTO lab.ledger (seq, t_us) VALUES (999999, 1)"); err != nil {
		t.Fatal(err)
	}
	for _, step := range []string{"declare", "promote", "connections", "dns", "scale"} {
		both("mark", step, "done")
	}
	recovered := time.Now()
	down.Store(false)
	within(t, 20*time.Second, "the second saw the recovery and the promotion", func() bool {
		s := b.snapshot()
		return s.Running != nil && s.Running.Recovery.Stable != 0 && s.Running.Trade == nil && phaseDone(s.Running.Phases, rto.Verify)
	})
	both("end")
	b.kill(syscall.SIGTERM)

	truth := recovered.Sub(failed)
	dataA, dataB := filepath.Join(a.folder, "data"), filepath.Join(b.folder, "data")
	events := map[string]int{}
	for name, data := range map[string][]string{"both": {dataA, dataB}, "the second alone": {dataB}} {
		file, bundle := filepath.Join(b.folder, "report.json"), filepath.Join(b.folder, "bundle")
		flags := make([]string, len(data))
		for i, d := range data {
			flags[i] = "--data=" + d
		}
		for _, args := range [][]string{
			append([]string{"report", id, "--format=json", "-o", file}, flags...), append([]string{"verify", file}, flags...),
			append([]string{"merge", id, "-o", bundle}, flags...), {"verify", file, "--evidence=" + bundle},
		} {
			if out, err := b.cli(args...); err != nil {
				t.Fatalf("%s: tracker %v: %v: %s", name, args, err, out)
			}
		}
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		var r recoveryreport.Report
		if err := json.Unmarshal(text, &r); err != nil {
			t.Fatal(err)
		}
		if r.Drill != id || r.Refused || !r.RTO.Took.Contains(truth) || r.RTO.Verdict != rto.Pass || len(r.Evidence.Chains) != len(data) {
			t.Errorf("%s: %s, refused %t, RTO %s (truth %s) %s, %d chains; %+v", name, r.Drill, r.Refused, r.RTO.Took, truth, r.RTO.Verdict, len(r.Evidence.Chains), r.Reasons)
		}
		if r.RPO.Bracket().Unbounded {
			t.Errorf("%s: RPO %s", name, r.RPO.Bracket())
		}
		for _, e := range r.Timeline {
			if strings.HasPrefix(e.What, "declared") || strings.HasPrefix(e.What, "failure injected") || strings.HasPrefix(e.What, "joined") {
				events[name]++
			}
		}
		if t.Failed() {
			for _, e := range r.Timeline {
				t.Logf("%s %s %s (%s) %v", e.At.Hi, e.What, e.Text, e.Source, e.Refs)
			}
		}
		t.Logf("%s: RTO %s, RPO %s, %s", name, r.RTO.Took, r.RPO.Bracket(), r.Verdict)
	}
	if events["both"] != events["the second alone"] || events["both"] < 2 {
		t.Errorf("what two trackers took down is in the report twice, or not at all: %v", events)
	}
}

func phaseDone(all []rto.PhaseTime, phase rto.Phase) bool {
	for _, p := range all {
		if p.Phase == phase {
			return p.Done.Valid()
		}
	}
	return false
}
