package rtpengine

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/voipbin/observability/internal/exporter"
	"github.com/voipbin/observability/internal/exporter/exportertest"
	"github.com/voipbin/observability/internal/protocol/ng/ngtest"
)

// procStatLine is /proc/PID/stat as the kernel wrote it for an RTPEngine, with another name and start.
func procStatLine(name string, startTicks int64) string {
	return fmt.Sprintf("4481 (%s) S 1 4481 4481 0 -1 4194560 4193 0 12 0 250 175 0 0 20 0 14 0 %d 1180561408 9216 18446744073709551615 1 1 0 0 0 0 0 4096 16899 0 0 0 17 1 0 0 0 0 0 0 0 0 0 0 0 0 0\n", name, startTicks)
}

// host is a /proc with an RTPEngine that started as the recording of 26.0 with calls says.
func host(t *testing.T, pid string) fstest.MapFS {
	t.Helper()
	totals, _ := statisticsOf(t, "26.0.1", "calls").Lookup("totalstatistics")
	uptime, ok := number(totals, "uptime")
	if !ok {
		t.Fatal("no uptime")
	}
	const boot = 1000 // seconds before the daemon's start
	start := float64(exportertest.Now().Unix()) - uptime
	proc := fstest.MapFS{
		"stat":           {Data: fmt.Appendf(nil, "cpu 1 2 3\nbtime %.0f\nprocesses 7\n", start-boot)},
		pid + "/cmdline": {Data: []byte("/usr/bin/rtpengine\x00-f\x00")},
		pid + "/stat":    {Data: []byte(procStatLine("rtpengine", boot*clockTicks+50))},
		pid + "/limits":  {Data: []byte("Limit                     Soft Limit           Hard Limit           Units     \nMax open files            20000                524288               files     \n")},
	}
	for fd := range 23 {
		proc[fmt.Sprintf("%s/fd/%d", pid, fd)] = &fstest.MapFile{}
	}
	return proc
}

// pidOf is the process id that the recording of a version tells.
func pidOf(t *testing.T, version string) string {
	t.Helper()
	text, err := os.ReadFile("testdata/rtpengine-" + version + "/calls/cli.list-maxopenfiles.txt")
	if err != nil {
		t.Fatal(err)
	}
	found := inLimits.FindStringSubmatch(string(text))
	if found == nil {
		t.Fatalf("no process id in %s", text)
	}
	return found[1]
}

// threadOf is the first thread that the recording of 26.0 names.
func threadOf(t *testing.T) string {
	t.Helper()
	list, _ := statisticsOf(t, "26.0.1", "calls").Lookup("poller_threads")
	pid, ok := list.Members()[0].Value.Lookup("pid")
	if !ok {
		t.Fatal("no thread in the recording")
	}
	return pid.Text()
}

func TestProcess(t *testing.T) {
	t.Parallel()
	f := func(network, version, pid string) {
		t.Helper()
		server := recorded(t, network, "26.0.1", "calls")
		if version != "26.0.1" { // no threads in its statistics: the command line tells the process
			serve(server, without(statisticsOf(t, "26.0.1", "calls"), "poller_threads"))
			server.ReplayCLI(t, "testdata/rtpengine-"+version+"/calls")
		}
		got := suite().Scrape(t, target(t, Options{Address: server.Address().String(), Collectors: []string{"process"}, Proc: host(t, pid)}))
		holds(t, got, []string{
			"rtpengine_process_open_fds 23",
			"rtpengine_process_max_fds 20000",
			"rtpengine_process_threads 14",
			"rtpengine_process_cpu_seconds_total 4.25",
			fmt.Sprintf("rtpengine_process_resident_memory_bytes %v", float64(9216*os.Getpagesize())),
		})
		suite().Check(t, got)
	}
	f("udp", "26.0.1", threadOf(t))
	f("http", "12.5.1", pidOf(t, "12.5.1"))
}

// TestProcessIsMadeSure: a number that is a process id over there means nothing here unless the process is the daemon.
func TestProcessIsMadeSure(t *testing.T) {
	t.Parallel()
	pid := threadOf(t)
	f := func(why string, want string, change fstest.MapFS) {
		t.Helper()
		proc := host(t, pid)
		maps.Copy(proc, change)
		server := recorded(t, "udp", "26.0.1", "calls")
		got := suite().Scrape(t, target(t, Options{Address: server.Address().String(), Collectors: []string{"process"}, Proc: proc}))
		if got.Outcomes["process"] != want {
			t.Errorf("%s: want %s, got %v", why, want, got.Outcomes)
		}
		holds(t, got, nil, "rtpengine_process_")
		suite().Check(t, got)
	}
	file := func(text string) *fstest.MapFile { return &fstest.MapFile{Data: []byte(text)} }
	f("another program", exporter.OutcomeDisabled, fstest.MapFS{pid + "/cmdline": file("/usr/sbin/nginx\x00")})
	f("another start", exporter.OutcomeDisabled, fstest.MapFS{pid + "/stat": file(procStatLine("rtpengine", 500*clockTicks))})
	f("a strange stat", exporter.OutcomeDecode, fstest.MapFS{pid + "/stat": file("4481 (rtpengine) S 1")})
	f("words in stat", exporter.OutcomeDecode, fstest.MapFS{pid + "/stat": file(strings.Replace(procStatLine("x", 1), " 14 0 1 ", " many 0 1 ", 1))})
	f("no start of the host", exporter.OutcomeDecode, fstest.MapFS{"stat": file("cpu 1 2 3\n")})

	f("a name that only starts so", exporter.OutcomeDisabled, fstest.MapFS{pid + "/cmdline": file("/usr/bin/rtpengine_exporter\x00")})
}

// TestProcessIsSearchedFor: a version that does not tell its process id over UDP is found if there is one that it can be.
func TestProcessIsSearchedFor(t *testing.T) {
	t.Parallel()
	f := func(why, want string, change func(fstest.MapFS)) {
		t.Helper()
		server := recorded(t, "udp", "26.0.1", "calls")
		serve(server, without(statisticsOf(t, "26.0.1", "calls"), "poller_threads"))
		server.Handle("cli", ngtest.Refuse("Unrecognized command"))
		proc := host(t, "77")
		change(proc)
		got := suite().Scrape(t, target(t, Options{Address: server.Address().String(), Collectors: []string{"process"}, Proc: proc}))
		if got.Outcomes["process"] != want {
			t.Errorf("%s: want %s, got %v", why, want, got.Outcomes)
		}
		if n := series(got, "rtpengine_process_open_fds"); (n == 1) != (want == exporter.OutcomeOK) {
			t.Errorf("%s: %d series", why, n)
		}
	}
	again := func(proc fstest.MapFS) {
		proc["78/cmdline"], proc["78/stat"] = proc["77/cmdline"], proc["77/stat"]
	}
	f("one", exporter.OutcomeOK, func(fstest.MapFS) {})
	f("two that started together", exporter.OutcomeAbsent, again)
	f("two that did not", exporter.OutcomeOK, func(proc fstest.MapFS) {
		again(proc)
		proc["78/stat"] = &fstest.MapFile{Data: []byte(procStatLine("rtpengine", 1))}
	})
	f("none", exporter.OutcomeAbsent, func(proc fstest.MapFS) { clear(proc) })
}

// closed is a /proc whose folders of descriptors may not be read.
type closed struct{ fs.FS }

func (c closed) Open(name string) (fs.File, error) {
	if strings.HasSuffix(name, "/fd") {
		return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrPermission}
	}
	return c.FS.Open(name)
}

// TestProcessOfAnotherUser: what may be read is shown, the rest is a failure that says what to do.
func TestProcessOfAnotherUser(t *testing.T) {
	t.Parallel()
	server := recorded(t, "udp", "26.0.1", "calls")
	tgt := target(t, Options{Address: server.Address().String(), Collectors: []string{"process"}, Proc: closed{host(t, threadOf(t))}})
	got := suite().Scrape(t, tgt)
	holds(t, got, []string{"rtpengine_process_threads 14", "rtpengine_process_max_fds 20000"}, "rtpengine_process_open_fds")
	if got.Outcomes["process"] != exporter.OutcomeFault {
		t.Errorf("want a fault, got %v", got.Outcomes)
	}
	err := tgt.Scrapers[0].Scrape(deadline(t, time.Hour), suiteSet().CollectorBatch("process", 0))
	if !errors.Is(err, fs.ErrPermission) || !strings.Contains(err.Error(), "run as rtpengine's user") {
		t.Errorf("want to be told what to do, got %v", err)
	}
}

// TestProcessName: the kernel puts a program's name into stat as it is.
func TestProcessName(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"rtpengine", "a b", "a) S 1 (b", ")"} {
		stat, ok := parseStat(procStatLine(name, 12345))
		if !ok || stat.start != 123.45 || stat.threads != 14 {
			t.Errorf("%q: got %+v, %v", name, stat, ok)
		}
	}
}

func TestProcessOfAnotherHost(t *testing.T) {
	t.Parallel()
	f := func(local, host string, want bool) {
		t.Helper()
		p := process{engine: &engine{ng: fixed{addr(local)}}, host: host}
		if got := p.local(); got != want {
			t.Errorf("asked %s from %s: want local %v, got %v", host, local, want, got)
		}
	}
	f("127.0.97.42", "localhost", true)
	f("::1", "::1", true)
	f("10.0.0.7", "10.0.0.7", true)
	f("10.0.0.7", "::ffff:10.0.0.7", true)
	f("10.0.0.7", "10.0.0.8", false)
	f("10.0.0.7", "rtpengine-1.example.net", false)
}

// TestOwnProc finds this very process in the host's /proc, whose form no test file can vouch for.
func TestOwnProc(t *testing.T) {
	t.Parallel()
	p := process{proc: os.DirFS("/proc")}
	text, err := os.ReadFile("/proc/self/stat")
	if err != nil {
		t.Skipf("no /proc: %v", err)
	}
	if stat, ok := parseStat(string(text)); !ok || stat.pages <= 0 || stat.threads <= 0 || stat.start <= 0 {
		t.Errorf("stat: got %+v, %v", stat, ok)
	}
	if boot, ok := p.bootTime(); !ok || boot <= 0 {
		t.Errorf("start of the host: got %v, %v", boot, ok)
	}
	if limit, ok := p.maxFDs("self"); !ok || limit <= 0 {
		t.Errorf("limit of descriptors: got %v, %v", limit, ok)
	}
}
