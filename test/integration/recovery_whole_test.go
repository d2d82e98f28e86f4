//go:build integration

package integration

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/voipbin/observability/internal/evidence"
	"github.com/voipbin/observability/internal/lab/database"
	"github.com/voipbin/observability/internal/rto"
	"github.com/voipbin/observability/internal/rto/mysql"
)

// samplesReported is the size of the drill of which the time of a report is measured.
const samplesReported = 100_000

// TestTheWholeTracker measures "tracker serve" as a process of its own with twenty replicas at a look a second, beside a source that is written to:
// processor, memory, evidence. It asserts that every replica is seen and proven; the rest is for the record.
func TestTheWholeTracker(t *testing.T) {
	p := startPair(t, mysql.MariaDB, "bookworm")
	replica := p.Replica.Account(database.Monitor)
	var further strings.Builder
	for i := 2; i <= replicasWatched; i++ {
		fmt.Fprintf(&further, "      - {name: dr%d, address: %q, user: monitor, password_file: monitor}\n", i, replica.Address)
	}
	r := startTrackerAs(t, p, "tracker-dr", "") // writes the files that it needs
	r.kill(15)
	text, err := os.ReadFile(r.config)
	if err != nil {
		t.Fatal(err)
	}
	config := strings.Replace(string(text), "interval: 100ms", "interval: 1s", 1)
	config = strings.Replace(config, "operators:", further.String()+"operators:", 1)
	if err := os.WriteFile(r.config, []byte(config), 0o600); err != nil {
		t.Fatal(err)
	}
	r.start()
	w := newWriters(t, p, trackerClock(), 2)
	w.run(2, 20*time.Millisecond)
	within(t, 60*time.Second, "all replicas are seen and proven", func() bool {
		n := 0
		for _, e := range r.snapshot().Exposures {
			if e.Provable() && e.ReplicaSeen && e.Window.Hi < 5*time.Second {
				n++
			}
		}
		return n == 2*replicasWatched
	})
	dir := filepath.Join(r.folder, "data", "evidence")
	size, used, began := sizeOf(t, dir), r.cpu(), time.Now()
	time.Sleep(time.Duration(amount(20, 180)) * time.Second)
	took := time.Since(began)
	core, grown := (r.cpu()-used).Seconds()/took.Seconds(), float64(sizeOf(t, dir)-size)/took.Seconds()
	var report strings.Builder
	fmt.Fprintf(&report, "tracker serve, 1 source and %d replicas at a look a second, two writers beside, for %.0f s:\n", replicasWatched, took.Seconds())
	fmt.Fprintf(&report, "  processor: %.2f %% of a core (aim: 3 %%)\n  memory: %.1f MB resident, %.1f MB at most (aim: 60 MB)\n", 100*core, r.memory("VmRSS"), r.memory("VmHWM"))
	w.halt()
	r.kill(15)
	factor := packed(t, dir)
	const mb = 1 << 20
	fmt.Fprintf(&report, "  evidence: %.0f MB a day as it is written, %.1f MB a day compressed, as all days but the newest are; %.0f kB a day and replica\n",
		grown*86400/mb, grown*86400/mb*factor, grown*86400/1024*factor/(replicasWatched+1))
	samples, used, took := reported(t, r)
	fmt.Fprintf(&report, "tracker report of a drill with %d samples, evidence read, checked and rendered as HTML: %.2f s of processor time (aim: 2 s); %.2f s by the clock of a machine whose load was %s\n",
		samples, used.Seconds(), took.Seconds(), load(t))
	proof(t, "whole", report.String())
}

// cpu is the processor time that the tracker's process used.
func (r *runningTracker) cpu() time.Duration {
	r.t.Helper()
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", r.cmd.Process.Pid))
	if err != nil {
		r.t.Fatal(err)
	}
	fields := strings.Fields(string(text[bytes.LastIndexByte(text, ')')+1:])) // proc_pid_stat(5): utime and stime are fields 14 and 15
	var ticks int64
	for _, f := range fields[11:13] {
		n, err := strconv.ParseInt(f, 10, 64)
		if err != nil {
			r.t.Fatal(err)
		}
		ticks += n
	}
	return time.Duration(ticks) * time.Second / 100 // USER_HZ
}

// memory is a line of the process' status, in MB.
func (r *runningTracker) memory(name string) float64 {
	r.t.Helper()
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", r.cmd.Process.Pid))
	if err != nil {
		r.t.Fatal(err)
	}
	for line := range strings.Lines(string(text)) {
		if rest, ok := strings.CutPrefix(line, name+":"); ok {
			kb, err := strconv.ParseFloat(strings.Fields(rest)[0], 64)
			if err != nil {
				r.t.Fatal(err)
			}
			return kb / 1024
		}
	}
	r.t.Fatalf("no %s", name)
	return 0
}

func sizeOf(t *testing.T, dir string) int64 {
	t.Helper()
	var sum int64
	files, err := filepath.Glob(filepath.Join(dir, "*.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		info, err := os.Stat(f)
		if err != nil {
			t.Fatal(err)
		}
		sum += info.Size()
	}
	return sum
}

// packed is how much smaller the segments become by the compression that closed ones get.
func packed(t *testing.T, dir string) float64 {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "*.jsonl"))
	if err != nil || len(files) == 0 {
		t.Fatalf("%v: %d segments", err, len(files))
	}
	text, err := os.ReadFile(files[len(files)-1])
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	if _, err := z.Write(text); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return float64(b.Len()) / float64(len(text))
}

// reported makes evidence of a long drill, with one source, one replica and four paths at a look a second, and measures its report.
func reported(t *testing.T, r *runningTracker) (samples int, used, took time.Duration) {
	t.Helper()
	data := filepath.Join(t.TempDir(), "long")
	log, err := evidence.Open(filepath.Join(data, "evidence"), evidence.Options{Name: "tracker-dr", FS: unsynced{}})
	if err != nil {
		t.Fatal(err)
	}
	add := func(at rto.Instant, kind rto.RecordKind, body any) {
		if _, err := log.Append(t.Context(), string(kind), int64(at), body); err != nil {
			t.Fatal(err)
		}
	}
	start := rto.InstantOf(time.Date(2026, 11, 28, 0, 0, 0, 0, time.UTC))
	paths := []string{"call", "api", "dns", "sql"}
	const perLook = 6
	seconds := samplesReported/perLook + 1
	failed, recovered := seconds/2, seconds/2+900
	add(start, rto.RecordSession, rto.Session{Vantage: "tracker-dr", Began: start})
	event := func(at rto.Instant, e rto.DrillEvent) {
		e.Drill, e.At, e.Noted, e.Source = "2026-11-28-region-loss-1", rto.At(at), at, rto.ByPerson
		add(at, rto.RecordDrill, e)
	}
	scenario := rto.Scenario{Name: "region_loss", RTO: 30 * time.Minute, RPO: 5 * time.Minute}
	begin := rto.DrillStart{
		Kind: rto.Full, Scenario: scenario, Stability: rto.Stability{Results: 3, Hold: time.Minute}, Store: "mysql", Replica: "dr", Interval: time.Second,
		Plan: rto.Plan{Name: "failover", Scenario: "region_loss", Steps: []rto.Step{{ID: "promote", Title: "Promote", Phase: rto.Promote, Owner: "database", Budget: time.Minute}}},
	}
	for _, name := range paths {
		begin.Paths = append(begin.Paths, rto.Path{Name: name, Want: rto.Accepted, Interval: time.Second, Timeout: 500 * time.Millisecond})
	}
	for i := range seconds {
		at := start.Add(time.Duration(i+1) * time.Second)
		switch i {
		case 0:
			event(at.Add(-time.Millisecond), rto.DrillEvent{Kind: rto.EventStarted, Start: &begin})
		case failed:
			event(at.Add(-time.Millisecond), rto.DrillEvent{Kind: rto.EventInjected})
		}
		look := rto.Look{Until: at}
		position, err := rto.ParsePosition(fmt.Sprintf("0-1-%d", 100+min(i, failed)))
		if err != nil {
			t.Fatal(err)
		}
		send, recv := at.Add(-3*time.Millisecond), at.Add(-time.Millisecond)
		source := rto.SourceSample{Store: "mysql", Server: "1", Send: send, Recv: recv, Outcome: rto.OK, At: position}
		if i >= failed {
			source = rto.SourceSample{Store: "mysql", Send: send, Recv: recv, Outcome: rto.TimedOut}
		}
		look.Sources = append(look.Sources, source)
		look.Replicas = append(look.Replicas, rto.ReplicaSample{
			Store: "mysql", Replica: "dr", Server: "2", Send: send, Recv: recv, Outcome: rto.OK, Applied: position, Received: position, ReceivedKnown: true, ReadOnly: i < failed+300,
		})
		for _, name := range paths {
			probe := rto.ProbeResult{Path: name, Vantage: "tracker-dr", Send: send, Recv: recv, Outcome: rto.OK, Grade: rto.Served, Good: true}
			if i >= failed && i < recovered {
				probe.Outcome, probe.Grade, probe.Good = rto.TimedOut, rto.NoAnswer, false
			}
			look.Probes = append(look.Probes, probe)
		}
		samples += perLook
		add(at, rto.RecordLook, look)
	}
	event(start.Add(time.Duration(seconds+2)*time.Second), rto.DrillEvent{Kind: rto.EventEnded})
	if err := log.Close(); err != nil {
		t.Fatal(err)
	}
	began := time.Now()
	out := filepath.Join(data, "report.html")
	cmd := exec.Command(r.program, "report", "2026-11-28-region-loss-1", "--data="+data, "-o", out)
	if text, err := cmd.CombinedOutput(); err != nil {
		t.Logf("%v: %s", err, text) // refused or not, it was made
	}
	took, used = time.Since(began), cmd.ProcessState.UserTime()+cmd.ProcessState.SystemTime()
	if _, err := os.Stat(out); err != nil {
		t.Fatal(err)
	}
	var r2 struct {
		Evidence struct{ Samples map[string]int }
	}
	if text, err := r.cli("report", "2026-11-28-region-loss-1", "--data="+data, "--format=json"); err == nil && json.Unmarshal([]byte(text), &r2) == nil {
		n := 0
		for _, k := range r2.Evidence.Samples {
			n += k
		}
		if n < samplesReported {
			t.Errorf("the report is of %d samples, want %d", n, samplesReported)
		}
	}
	return samples, used, took
}

// load is the machine's load average of the last minute.
func load(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile("/proc/loadavg")
	if err != nil {
		t.Fatal(err)
	}
	return strings.Fields(string(text))[0]
}

// unsynced leaves out what only a loss of power would show.
type unsynced struct{ evidence.OS }

func (u unsynced) OpenFile(name string, flag int, perm fs.FileMode) (evidence.File, error) {
	f, err := u.OS.OpenFile(name, flag, perm)
	return unsyncedFile{f}, err
}

func (unsynced) SyncDir(string) error { return nil }

type unsyncedFile struct{ evidence.File }

func (unsyncedFile) Sync() error { return nil }
