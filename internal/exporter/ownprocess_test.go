package exporter

import (
	"os"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	dto "github.com/prometheus/client_model/go"

	"github.com/voipbin/observability/internal/emit"
	"github.com/voipbin/observability/internal/metric"
)

func about(p ownProcess) map[string]float64 {
	set := emit.NewSet(metric.OwnProcess())
	b := set.Batch(0)
	p.read(b)
	return values(set.Families(b))
}

func values(families []*dto.MetricFamily) map[string]float64 {
	values := map[string]float64{}
	for _, f := range families {
		m := f.GetMetric()[0]
		values[f.GetName()] = m.GetGauge().GetValue() + m.GetCounter().GetValue()
	}
	return values
}

// TestOwnProcessIsThatOfClientGolang: of the names that this writes, the library has every one, with the same help and type, and values
// that are the same where they do not change between two readings.
func TestOwnProcessIsThatOfClientGolang(t *testing.T) {
	t.Parallel()
	reg := prometheus.NewRegistry()
	reg.MustRegister(collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	families, err := reg.Gather()
	if err != nil || len(families) == 0 {
		t.Skipf("client_golang tells nothing of this process: %v", err)
	}
	theirs, ours := values(families), about(newOwnProcess(os.DirFS("/proc")))
	set := emit.NewSet(metric.OwnProcess())
	b := set.Batch(0)
	newOwnProcess(os.DirFS("/proc")).read(b)
	for _, f := range set.Families(b) {
		var found *dto.MetricFamily
		for _, x := range families {
			if x.GetName() == f.GetName() {
				found = x
			}
		}
		if found.GetHelp() != f.GetHelp() || found.GetType() != f.GetType() {
			t.Errorf("%s: want %q %v, got %q %v", f.GetName(), found.GetHelp(), found.GetType(), f.GetHelp(), f.GetType())
		}
	}
	for _, f := range metric.OwnProcess() {
		got, ok := ours[f.Name]
		if !ok {
			t.Errorf("%s is missing", f.Name)
		}
		switch f {
		case metric.ProcessStart, metric.ProcessMaxFDs, metric.ProcessMaxVirtualMemory:
			if got != theirs[f.Name] {
				t.Errorf("%s: want %v, got %v", f.Name, theirs[f.Name], got)
			}
		case metric.ProcessResidentMemory, metric.ProcessVirtualMemory:
			if want := theirs[f.Name]; got < want/2 || got > want*2 {
				t.Errorf("%s: want about %v, got %v", f.Name, want, got)
			}
		}
	}
}

func TestOwnProcessSaysOnlyWhatItRead(t *testing.T) {
	t.Parallel()
	const line = "7 (a) b (c) S 1 7 7 0 -1 4194560 100 0 0 0 250 150 0 0 20 0 9 0 1000 4096000 250 18446744073709551615 1"
	files := fstest.MapFS{
		"stat":      {Data: []byte("cpu 1 2 3\nbtime 1700000000\nprocesses 5\n")},
		"self/stat": {Data: []byte(line)},
		"self/fd/0": {}, "self/fd/1": {}, "self/fd/2": {}, "self/fd/3": {},
	}
	all := map[string]float64{
		"process_cpu_seconds_total": 4, "process_virtual_memory_bytes": 4096000, "process_start_time_seconds": 1700000010,
		"process_resident_memory_bytes": float64(250 * os.Getpagesize()), "process_open_fds": 3,
	}
	f := func(change func(fstest.MapFS), missing ...string) {
		t.Helper()
		have, want := fstest.MapFS{}, map[string]float64{}
		for k, v := range files {
			have[k] = v
		}
		for k, v := range all {
			want[k] = v
		}
		change(have)
		for _, name := range missing {
			delete(want, name)
		}
		got := about(newOwnProcess(have))
		delete(got, "process_max_fds") // of the process that tests
		delete(got, "process_virtual_memory_max_bytes")
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	}
	ofStat := []string{"process_cpu_seconds_total", "process_virtual_memory_bytes", "process_start_time_seconds", "process_resident_memory_bytes"}
	f(func(fstest.MapFS) {})
	f(func(m fstest.MapFS) { delete(m, "stat") }, "process_start_time_seconds")
	f(func(m fstest.MapFS) { m["stat"] = &fstest.MapFile{Data: []byte("cpu 1\nbtime soon\n")} }, "process_start_time_seconds")
	f(func(m fstest.MapFS) { delete(m, "self/stat") }, ofStat...)
	f(func(m fstest.MapFS) { m["self/stat"] = &fstest.MapFile{Data: []byte(line[:60])} }, ofStat...)
	f(func(m fstest.MapFS) { m["self/stat"] = &fstest.MapFile{Data: []byte("no brackets")} }, ofStat...)
	f(func(m fstest.MapFS) {
		for _, name := range []string{"0", "1", "2", "3"} {
			delete(m, "self/fd/"+name)
		}
	}, "process_open_fds")
}
