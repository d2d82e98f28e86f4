package main

import (
	"bytes"
	"cmp"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/voipbin/observability/internal/config"
	"github.com/voipbin/observability/internal/dashboard"
	"github.com/voipbin/observability/internal/metric"
	"github.com/voipbin/observability/internal/parallel"
	"github.com/voipbin/observability/internal/rules"
)

// TestFootprint measures what obsgen takes for many objectives, each form of work in a process of its own, and what the boards of the shipped
// spec take. It asserts no speed: "make footprint", which names a file in FOOTPRINT, records what was found.
func TestFootprint(t *testing.T) {
	file := os.Getenv("FOOTPRINT")
	if file == "" {
		t.Skip("make footprint measures")
	}
	dir, out, program := largeSpec(t), t.TempDir(), filepath.Join(t.TempDir(), "obsgen")
	if said, err := exec.Command("go", "build", "-o", program, ".").CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, said)
	}
	var report strings.Builder
	fmt.Fprintf(&report, "Command: make footprint\nCommit:  %s\nMachine: %s, %d processors, %s\n\n%d objectives of four forms, read from one file of a spec:\n\n",
		os.Getenv("COMMIT"), runtime.GOARCH, runtime.NumCPU(), load(t), objectives)
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range []struct {
		what string
		runs int // of which the median is told
		args []string
	}{
		{"read the spec, make and judge all rules, encode them", 9, []string{self, "-test.run=^TestRulesAlone$"}},
		{"obsgen check: rules, boards and all profiles judged", 5, []string{program, "check", "-spec", dir}},
		{"obsgen generate into an empty folder, all written and synced", 1, []string{program, "generate", "-spec", dir, "-out", out}},
		{"obsgen generate once more: all made and compared", 1, []string{program, "generate", "-spec", dir, "-out", out}},
		{"obsgen generate of the shipped spec into an empty folder", 1, []string{program, "generate", "-spec", specFolder(), "-out", t.TempDir()}},
		{"obsgen backtest of one objective: 30 days with an outage", 1, []string{program, "backtest", "-spec", specFolder(), "-slo", "call_setup", "-days", "30", "-scenario", "outage"}},
		{"obsgen backtest of one objective: all ten scenarios of 30 days", 1, []string{program, "backtest", "-spec", specFolder(), "-slo", "call_setup", "-days", "30"}},
	} {
		runs := make([]footprint, m.runs)
		for i := range runs {
			runs[i] = footprintOf(t, dir, m.args)
		}
		slices.SortFunc(runs, func(a, b footprint) int { return cmp.Compare(a.wall, b.wall) })
		f, of := runs[len(runs)/2], ""
		for _, r := range runs {
			f.peak = max(f.peak, r.peak)
		}
		if m.runs > 1 {
			of = fmt.Sprintf(", the median of %d: %.2f to %.2f s", m.runs, runs[0].wall.Seconds(), runs[len(runs)-1].wall.Seconds())
		}
		fmt.Fprintf(&report, "%-62s %5.2f s wall  %5.2f s processor  %4d MiB at most%s\n", m.what, f.wall.Seconds(), f.busy.Seconds(), f.peak, of)
	}
	size, files := weigh(t, out)
	fmt.Fprintf(&report, "\nThe output is %d files of %d MB together, of which %d MB are promtool's tests.\n\n", files, size[""]>>20, size["test"]>>20)
	boards(t, &report)
	t.Log("\n" + report.String())
	if err := os.WriteFile(file, []byte(report.String()), 0o644); err != nil {
		t.Fatal(err)
	}
}

// footprint is what a process took: time, processor time, and the most memory in MiB.
type footprint struct {
	wall, busy time.Duration
	peak       int64
}

// footprintOf runs a command to its end.
func footprintOf(t *testing.T, dir string, args []string) footprint {
	t.Helper()
	command := exec.Command(args[0], args[1:]...)
	command.Env = append(os.Environ(), "FOOTPRINT_SPEC="+dir)
	begin := time.Now()
	if said, err := command.CombinedOutput(); err != nil {
		t.Fatalf("%q: %v: %.2000s", args, err, said)
	}
	used := command.ProcessState.SysUsage().(*syscall.Rusage)
	return footprint{time.Since(begin), busy(used), used.Maxrss >> 10}
}

// TestRulesAlone is the work of a process that TestFootprint starts: it makes, judges and encodes rules, and keeps none.
func TestRulesAlone(t *testing.T) {
	dir := os.Getenv("FOOTPRINT_SPEC")
	if dir == "" {
		t.Skip("TestFootprint starts it")
	}
	debug.SetGCPercent(collectAt) // as main does
	s, err := (&program{stderr: t.Output()}).load(dir, "")
	if err != nil {
		t.Fatal(err)
	}
	made, err := rules.Build(s, metric.NewCatalogue(metric.All()))
	if err != nil {
		t.Fatal(err)
	}
	var encoder config.Encoder
	rooms := sync.Pool{New: func() any { return new(bytes.Buffer) }}
	parallel.Each(len(made.Files), func(i int) { // as package output makes them
		room := rooms.Get().(*bytes.Buffer)
		room.Reset()
		if err := encoder.EncodeTo(room, specHeader, made.Files[i].Make()); err != nil {
			t.Error(err)
		}
		rooms.Put(room)
	})
}

// boards measures the boards of the shipped spec, whose rules are made already.
func boards(t *testing.T, report *strings.Builder) {
	t.Helper()
	const rounds = 10
	s, err := (&program{stderr: t.Output()}).load(specFolder(), "")
	if err != nil {
		t.Fatal(err)
	}
	catalogue := metric.NewCatalogue(metric.All())
	made, err := rules.Build(s, catalogue)
	if err != nil {
		t.Fatal(err)
	}
	var before, after syscall.Rusage
	var list []dashboard.File
	least := time.Hour
	runtime.GC()
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &before); err != nil {
		t.Fatal(err)
	}
	for range rounds {
		begin := time.Now()
		if list, err = dashboard.Build(s, catalogue, made); err != nil {
			t.Fatal(err)
		}
		least = min(least, time.Since(begin))
	}
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &after); err != nil {
		t.Fatal(err)
	}
	fmt.Fprintf(report, "%d boards of the shipped spec, made, linted and encoded: %d ms wall at best of %d, %d ms processor on average, the collector's among it\n",
		len(list), least.Milliseconds(), rounds, (busy(&after)-busy(&before)).Milliseconds()/rounds)
}

// busy is the processor time of a process.
func busy(u *syscall.Rusage) time.Duration {
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// load says what else the machine did.
func load(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile("/proc/loadavg")
	if err != nil {
		t.Fatal(err)
	}
	one, _, _ := strings.Cut(string(text), " ")
	return "load average " + one + " before"
}

// weigh returns the bytes below a folder, of all and by folder, and the number of files.
func weigh(t *testing.T, dir string) (size map[string]int64, files int) {
	t.Helper()
	size = make(map[string]int64)
	err := filepath.Walk(dir, func(name string, info os.FileInfo, err error) error {
		if err != nil || info.IsDir() {
			return err
		}
		relative, err := filepath.Rel(dir, name)
		folder, _, _ := strings.Cut(filepath.ToSlash(relative), "/")
		size[""] += info.Size()
		size[folder] += info.Size()
		files++
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return size, files
}
