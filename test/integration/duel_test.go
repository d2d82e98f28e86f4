//go:build integration

package integration

import (
	"cmp"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/voipbin/observability/internal/protocol/binrpc"
)

// beforeVariable names a folder with programs of an earlier commit, which take turns with those built from here: what a change does
// shows only side by side on a machine that others use.
const beforeVariable = "EXPORTER_BEFORE"

// scrapeProofVariable names a file which results are added to.
const scrapeProofVariable = "SCRAPE"

// duel takes turns on one daemon: the questions of a scrape over one connection with the answers thrown away, which is raw; a
// scrape of the real exporter over HTTP with compression, as Prometheus does it; and the floor, an HTTP server that asks the
// questions, throws the answers away and sends what a scrape said at the beginning, compressed long ago. No exporter can be
// faster, whatever it is made of, save by asking less. Times are those of the client, which unpacks what it gets, and their
// ratios are what says something on a machine that others use. CPU time is that of the process that asks: of the exporter, or of this
// one when it asks raw.
type duel struct {
	askAll func() // the questions of a scrape
	path   string // of a scrape
	now    runningExporter
	before *runningExporter // of an earlier commit; nil is none
}

// newDuel is one on a Kamailio, by its control socket.
func newDuel(b *testing.B, daemon, path string, calls [][]any) *duel {
	b.Helper()
	address, err := binrpc.ParseAddress(daemon)
	if err != nil {
		b.Fatal(err)
	}
	client := binrpc.NewClient(address, binrpc.Options{})
	b.Cleanup(func() { _ = client.Close() })
	return startDuel(b, func() { askKamailio(b, client, calls) }, path, "kamailio_exporter", "--kamailio.address="+daemon)
}

// startDuel starts the program, and that of an earlier commit if there is one.
func startDuel(b *testing.B, askAll func(), path, program string, args ...string) *duel {
	b.Helper()
	d := &duel{askAll: askAll, path: path, now: startExporter(b, program, args...)}
	if folder := os.Getenv(beforeVariable); folder != "" {
		before := startBinary(b, filepath.Join(folder, program), args...)
		d.before = &before
	}
	return d
}

// run takes the turns and reports medians, their ratios, CPU time, the number of series, and resident memory at the end.
func (d *duel) run(b *testing.B, what string) {
	floor, series := d.startFloor(b), 0
	turns := map[string]func(){
		"raw":    d.askAll,
		"scrape": func() { series = scrape(b, d.now.url+d.path) },
		"floor":  func() { scrape(b, floor) },
	}
	if d.before != nil {
		turns["before"] = func() { scrape(b, d.before.url+d.path) }
	}
	names, took := slices.Sorted(maps.Keys(turns)), map[string][]time.Duration{}
	for first := 0; b.Loop(); first++ {
		for i := range names { // each is the first of all in its turn: what comes before has an effect
			name := names[(first+i)%len(names)]
			took[name] = append(took[name], timed(turns[name]))
		}
	}
	used := d.processorTimes(b)
	b.ReportMetric(0, "ns/op") // of all together: says nothing
	for _, name := range names {
		b.ReportMetric(micros(median(took[name])), name+"-p50-us")
		b.ReportMetric(ratio(median(took[name]), median(took["raw"])), name+"/raw")
	}
	b.ReportMetric(ratio(median(took["scrape"]), median(took["floor"])), "scrape/floor")
	for name, cpu := range used {
		b.ReportMetric(micros(cpu), name+"-cpu-us")
	}
	b.ReportMetric(float64(series), "series")
	b.ReportMetric(resident(b, d.now.pid)/1e6, "rss-MB")
	d.record(b, what, series, took, used)
}

// processorTimes is what asking raw, a scrape, and a scrape of before cost, on average of turns of many each.
func (d *duel) processorTimes(b *testing.B) map[string]time.Duration {
	b.Helper()
	const turns, many = 5, 20
	used := map[string]time.Duration{}
	for range turns {
		start := ownProcessorTime(b)
		for range many {
			d.askAll()
		}
		used["raw"] += (ownProcessorTime(b) - start) / (turns * many)
		for name, e := range map[string]*runningExporter{"scrape": &d.now, "before": d.before} {
			if e == nil {
				continue
			}
			start := e.cpu(b)
			for range many {
				scrape(b, e.url+d.path)
			}
			used[name] += (e.cpu(b) - start) / (turns * many)
		}
	}
	return used
}

// record adds a line for every turn to the file of results.
func (d *duel) record(b *testing.B, what string, series int, took map[string][]time.Duration, used map[string]time.Duration) {
	b.Helper()
	var text strings.Builder
	fmt.Fprintf(&text, "%s: %d series, %d turns each\n%-8s %9s %7s %9s %7s %7s\n",
		what, series, len(took["raw"]), "turn", "p50 us", "/ raw", "CPU us", "/ raw", "RSS MB")
	for _, name := range slices.Sorted(maps.Keys(took)) {
		fmt.Fprintf(&text, "%-8s %9.0f %7.2f", name, micros(median(took[name])), ratio(median(took[name]), median(took["raw"])))
		if cpu, ok := used[name]; ok {
			fmt.Fprintf(&text, " %9.0f %7.2f", micros(cpu), ratio(cpu, used["raw"]))
		}
		switch name {
		case "scrape":
			fmt.Fprintf(&text, " %7.1f", resident(b, d.now.pid)/1e6)
		case "before":
			fmt.Fprintf(&text, " %7.1f", resident(b, d.before.pid)/1e6)
		}
		text.WriteString("\n")
	}
	recordScrape(b, text.String())
}

// recordScrape adds a result to the file of results, if there is to be one.
func recordScrape(b *testing.B, result string) {
	b.Helper()
	file := os.Getenv(scrapeProofVariable)
	if file == "" {
		return
	}
	f, err := os.OpenFile(file, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644)
	if err != nil {
		b.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	if at, err := f.Seek(0, io.SeekEnd); err == nil && at == 0 {
		_, _ = f.WriteString(scrapeProofHead)
	}
	load, _ := os.ReadFile("/proc/loadavg") // unknown on other systems
	if _, err := fmt.Fprintf(f, "\ncommit %s, %d cores, load of the last minute %.5s\n%s", cmp.Or(os.Getenv("COMMIT"), "unknown"), runtime.NumCPU(), load, result); err != nil {
		b.Fatal(err)
	}
}

// scrapeProofHead begins the file of results.
const scrapeProofHead = `What a scrape costs. Command: make bench, of which "go test -run '^$' -bench . -tags integration ./test/integration" adds to this file.

Turns on one daemon. raw: the questions of a scrape, one after the other over one connection, and the answers decoded and thrown away.
scrape: the exporter as it is shipped, over HTTP with compression. floor: an HTTP server that asks the questions and sends what was
compressed long ago. before: an exporter of an earlier commit (EXPORTER_BEFORE). p50 is what the client waits, which unpacks what
it gets. CPU is the time of the process that asks.
`

// ownProcessorTime is what this process has used.
func ownProcessorTime(b *testing.B) time.Duration {
	b.Helper()
	var used syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &used); err != nil {
		b.Fatal(err)
	}
	return time.Duration(used.Utime.Nano() + used.Stime.Nano())
}

func micros(d time.Duration) float64 { return float64(d.Nanoseconds()) / 1e3 }

func ratio(a, b time.Duration) float64 { return float64(a) / float64(b) }
