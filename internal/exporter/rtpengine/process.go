package rtpengine

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"net/netip"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/voipbin/observability/internal/emit"
	"github.com/voipbin/observability/internal/exporter"
	"github.com/voipbin/observability/internal/metric"
)

const (
	// clockTicks is how many of the ticks in /proc/PID/stat make a second: USER_HZ, 100 on every architecture that Linux runs
	// RTPEngine on (proc(5)).
	clockTicks = 100

	// startTolerance is by how many seconds the start of a process and what its uptime says may differ: RTPEngine counts from
	// when it has read its configuration, in whole seconds.
	startTolerance = 5
)

var (
	errRemote     = errors.New("rtpengine does not run on this host")
	errNoPID      = errors.New("rtpengine tells its process id only over HTTP or from 26.0 on, and no single process can be it")
	errNotRunning = errors.New("no process of that id is this rtpengine: do both see one /proc?")
	errBadStat    = errors.New("stat: not in the form of proc(5)")
)

// process reads what the kernel knows of the daemon, where it runs on this host. Sockets that RTPEngine loses track of show
// nowhere else.
type process struct {
	engine   *engine
	proc     fs.FS // /proc
	host     string
	pageSize int // bytes
}

// Name is that of the collector in its flag and in its outcome: process.
func (process) Name() string { return "process" }

// Scrape reads the process of the daemon that answers from /proc; disabled where that is another host's.
func (p process) Scrape(ctx context.Context, b *emit.Batch) error {
	if !p.local() {
		return exporter.Disabled(errRemote)
	}
	if _, err := p.engine.statistics(ctx); err != nil {
		return err
	}
	pid, stat, err := p.find(ctx)
	if err != nil {
		return err
	}
	b.Add(metric.RTPEngineProcessCPU, stat.cpu)
	b.Add(metric.RTPEngineProcessMemory, stat.pages*float64(p.pageSize))
	b.Add(metric.RTPEngineProcessThreads, stat.threads)
	if limit, ok := p.maxFDs(pid); ok {
		b.Add(metric.RTPEngineProcessMaxFDs, limit)
	}
	open, err := fs.ReadDir(p.proc, pid+"/fd")
	if err != nil {
		return exporter.Failed(exporter.OutcomeFault, fmt.Errorf("count descriptors: %w: run as rtpengine's user, or with CAP_SYS_PTRACE", err))
	}
	b.Add(metric.RTPEngineProcessOpenFDs, float64(len(open)))
	return nil
}

// local tells whether the daemon is asked over an address of this host.
func (p process) local() bool {
	ours := p.engine.ng.LocalAddr()
	theirs, err := netip.ParseAddr(p.host)
	return ours.IsLoopback() || (err == nil && theirs.Unmap() == ours)
}

// find returns the process id of the daemon: the one that it tells, or else the only one that it can be.
func (p process) find(ctx context.Context) (string, procStat, error) {
	pid, err := p.told(ctx)
	if err != nil {
		return "", procStat{}, err
	}
	if pid != "" {
		stat, err := p.identify(pid)
		return pid, stat, err
	}
	all, err := fs.ReadDir(p.proc, ".")
	if err != nil {
		return "", procStat{}, exporter.Absent(errNoPID)
	}
	var found procStat
	for _, entry := range all {
		if _, err := strconv.Atoi(entry.Name()); err != nil {
			continue
		}
		stat, err := p.identify(entry.Name())
		switch {
		case err != nil:
		case pid != "":
			return "", procStat{}, exporter.Absent(errNoPID) // two that started together
		default:
			pid, found = entry.Name(), stat
		}
	}
	if pid == "" {
		return "", procStat{}, exporter.Absent(errNoPID)
	}
	return pid, found, nil
}

// inLimits matches the process id in what list maxopenfiles prints, which is meant for somebody who looks further.
var inLimits = regexp.MustCompile(`/proc/([0-9]+)/limits`)

// told asks the daemon for its process id; "" if it has no way to tell. That of a thread does as well: /proc has it too.
func (p process) told(ctx context.Context) (string, error) {
	list, err := p.engine.optional(ctx, "poller_threads", "14.1")
	if err == nil && len(list.Members()) > 0 {
		if pid, ok := number(list.Members()[0].Value, "pid"); ok && pid > 0 {
			return strconv.FormatFloat(pid, 'f', 0, 64), nil
		}
	}
	printed, err := p.engine.cli(ctx, "list maxopenfiles")
	if err != nil && exporter.OutcomeOf(err) != exporter.OutcomeAbsent {
		return "", err
	}
	if found := inLimits.FindStringSubmatch(printed); found != nil {
		return found[1], nil
	}
	return "", nil
}

// procStat is what is used of /proc/PID/stat.
type procStat struct {
	cpu     float64 // seconds
	threads float64
	start   float64 // seconds since the host's start
	pages   float64
}

// identify reads the process and makes sure that it is the daemon: a process id means nothing across containers.
func (p process) identify(pid string) (procStat, error) {
	line, err := fs.ReadFile(p.proc, pid+"/cmdline")
	named := func(argument string) bool { return path.Base(argument) == "rtpengine" }
	if err != nil || !slices.ContainsFunc(strings.Split(string(line), "\x00"), named) {
		return procStat{}, exporter.Disabled(errNotRunning)
	}
	text, err := fs.ReadFile(p.proc, pid+"/stat")
	if err != nil {
		return procStat{}, exporter.Disabled(errNotRunning)
	}
	stat, ok := parseStat(string(text))
	boot, known := p.bootTime()
	if !ok || !known {
		return procStat{}, exporter.Failed(exporter.OutcomeDecode, errBadStat)
	}
	if math.Abs(boot+stat.start-p.engine.started) > startTolerance {
		return procStat{}, exporter.Disabled(errNotRunning)
	}
	return stat, nil
}

// parseStat reads the fields after the program's name, which may hold anything, blanks and parentheses too.
func parseStat(text string) (procStat, bool) {
	const utime, stime, threads, start, rss = 11, 12, 17, 19, 21 // proc(5) counts from 1, and two fields earlier
	fields := strings.Fields(text[strings.LastIndexByte(text, ')')+1:])
	if len(fields) <= rss {
		return procStat{}, false
	}
	ok := true
	value := func(i int) float64 {
		n, err := strconv.ParseFloat(fields[i], 64)
		ok = ok && err == nil
		return n
	}
	stat := procStat{
		cpu:     (value(utime) + value(stime)) / clockTicks,
		threads: value(threads), start: value(start) / clockTicks, pages: value(rss),
	}
	return stat, ok
}

var (
	btime    = regexp.MustCompile(`(?m)^btime ([0-9]+)$`)
	maxFiles = regexp.MustCompile(`(?m)^Max open files +([0-9]+) `)
)

// bootTime is when the host started, in seconds since 1970.
func (p process) bootTime() (float64, bool) { return p.read("stat", btime) }

// maxFDs is the soft limit of descriptors.
func (p process) maxFDs(pid string) (float64, bool) { return p.read(pid+"/limits", maxFiles) }

// read returns the number that an expression matches in a file.
func (p process) read(file string, expression *regexp.Regexp) (float64, bool) {
	text, err := fs.ReadFile(p.proc, file)
	if err != nil {
		return 0, false
	}
	found := expression.FindSubmatch(text)
	if found == nil {
		return 0, false
	}
	n, err := strconv.ParseFloat(string(found[1]), 64)
	return n, err == nil
}
