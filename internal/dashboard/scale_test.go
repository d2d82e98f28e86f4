package dashboard_test

import (
	"cmp"
	"fmt"
	"os"
	"runtime"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/voipbin/observability/internal/dashboard"
)

// whole is the published platform: all services with two pods each, its machines, farms and stores.
func whole() dashboard.Size {
	return dashboard.Size{Services: 33, Pods: 2, Played: 75 * time.Minute, Raw: 6 * time.Hour, Recorded: 30 * 24 * time.Hour, Most: 120_000_000}
}

// small is enough to see that the measurement works.
func small() dashboard.Size {
	return dashboard.Size{Services: 2, Pods: 1, Played: 10 * time.Minute, Raw: 30 * time.Minute, Recorded: time.Hour, Most: 60_000_000}
}

// TestScale asks a real Prometheus, with the data of a synthetic platform in it, for every rule and for every query of every board, and wants each to be
// answered. With SCALE naming a file the platform is as large as the published one, and what it cost is written there.
func TestScale(t *testing.T) {
	t.Parallel()
	size, rounds := small(), 1
	file := os.Getenv("SCALE")
	if file != "" {
		size, rounds = whole(), 5
	}
	began := time.Now()
	s := serveScaled(t, dashboard.Scale(t, size))
	t.Logf("made and loaded in %v", time.Since(began).Round(time.Second))
	var r report
	r.head(s, rounds)
	r.generated(t, s, rounds)
	r.rules(t, s, rounds)
	r.boards(t, s, rounds)
	r.line("\nOther work on the machine while this ran: %s", loaded())
	t.Log("\n" + r.String())
	if file == "" {
		return
	}
	if err := os.WriteFile(file, []byte(r.String()), 0o644); err != nil {
		t.Fatal(err)
	}
}

// report is what was measured, as text.
type report struct{ strings.Builder }

func (r *report) line(format string, args ...any) { fmt.Fprintf(r, format+"\n", args...) }

// head says what was measured and what was not.
func (r *report) head(s *scaledServer, rounds int) {
	raw, records := s.Series()
	r.line("What rules and boards cost at the size of the published platform\n")
	r.line("command: make scale")
	r.line("commit:  %s", cmp.Or(os.Getenv("COMMIT"), "unknown"))
	r.line("machine: %d cores, %s/%s", runtime.NumCPU(), runtime.GOOS, runtime.GOARCH)
	r.line("\nThe platform is synthetic: %d targets, among them %d services with %d pods each, that say what real daemons were recorded saying, or, where", s.Targets, s.Services, s.Pods)
	r.line("none could be run, what is written in their documentation (the captures by which the metric catalogue is proven); counters count and")
	r.line("levels go up and down. promtool made the blocks, and a Prometheus of its own answers, with nothing else to do and all of it in the page")
	r.line("cache. Each query was asked %d times, one after the other, but for the loading of boards.\n", rounds)
	r.line("Written: %d scraped series that a rule or a board reads, each 15s for %v; %d recorded series, each as often as its group is", raw, s.Raw, records)
	r.line("evaluated, for %v; %d million samples, %d MB of blocks. Not written: %d scraped series that nothing here reads.", s.Recorded, s.samples/1e6, s.bytes>>20, s.Unread)
	if s.Thinned > 1 {
		r.line("Records are written %d times as far apart as they are made: their samples below are to be multiplied by that, and the time of queries", s.Thinned)
		r.line("over %v that have no coarser step at most.", s.Recorded)
	}
	r.line("\nExtrapolated or left out: results are not written back, and nothing is scraped meanwhile, so that the head of the storage, which a live server has in memory, is")
	r.line("a block here. Values repeat each hour. No alert fires. Requests of the pods have the methods and results of one service for all of them.")
}

// generated times the making of all boards, lint included.
func (r *report) generated(t *testing.T, s *scaledServer, rounds int) {
	t.Helper()
	best, before := time.Hour, processorTime(t)
	for range rounds {
		began := time.Now()
		s.Build(t)
		best = min(best, time.Since(began))
	}
	used := (processorTime(t) - before) / time.Duration(rounds)
	r.line("\nGenerating\n\n%d boards are made, encoded and held to every rule in %s, the best of %d times; each takes %s of processor time.", len(s.Boards), ms(best), rounds, ms(used))
}

// processorTime is what this process has used.
func processorTime(t *testing.T) time.Duration {
	t.Helper()
	var used syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &used); err != nil {
		t.Fatal(err)
	}
	return time.Duration(used.Utime.Nano() + used.Stime.Nano())
}

// loaded is the load of the machine, where Linux tells it: times of a machine that others use are longer.
func loaded() string {
	text, err := os.ReadFile("/proc/loadavg")
	fields := strings.Fields(string(text))
	if err != nil || len(fields) < 3 {
		return "not known"
	}
	return fmt.Sprintf("a load of %s for %d cores over the last 15 minutes, this included", fields[2], runtime.NumCPU())
}

// cost is what a rule costs each time it is evaluated.
type cost struct {
	name    string
	every   time.Duration
	seconds float64
	samples int
}

// perMinute are the seconds of a core and the samples of a minute.
func (c cost) perMinute() (seconds, samples float64) {
	times := float64(time.Minute) / float64(c.every)
	return c.seconds * times, float64(c.samples) * times
}

// rules evaluates every rule as the server would.
func (r *report) rules(t *testing.T, s *scaledServer, rounds int) {
	t.Helper()
	var all []cost
	before := s.cpu(t)
	for _, f := range s.Made.Files {
		for g, rule := range f.Make().All() {
			c := cost{name: g.Name + ": " + cmp.Or(rule.Record, rule.Alert), every: 15 * time.Second}
			if g.Interval != "" {
				c.every = duration(t, g.Interval)
			}
			var took []float64
			for range rounds {
				a, err := s.ask(rule.Expr, s.moment())
				if err != nil {
					t.Fatal(err)
				}
				took = append(took, a.seconds)
				c.samples = a.samples
			}
			c.seconds = slices.Min(took) // whatever else the machine does makes it longer
			all = append(all, c)
		}
	}
	used := s.cpu(t) - before
	var once, seconds, samples float64
	for _, c := range all {
		a, b := c.perMinute()
		once, seconds, samples = once+c.seconds, seconds+a, samples+b
	}
	r.line("\nRules\n")
	r.line("%d rules. A minute of them: %.2f seconds of one core in the engine, %.2f million samples looked at. All of them once: %.2f s in the engine,", len(all), seconds, samples/1e6, once)
	r.line("%.2f s of the whole process's processor time with parsing, collecting garbage and answering by HTTP.\n", used/float64(rounds))
	slices.SortStableFunc(all, func(a, b cost) int {
		x, _ := a.perMinute()
		y, _ := b.perMinute()
		return cmp.Compare(y, x)
	})
	r.line("The dearest:\n%10s %12s %9s  rule", "ms/minute", "samples/min", "every")
	for _, c := range all[:min(10, len(all))] {
		a, b := c.perMinute()
		r.line("%10.1f %12.0f %9v  %s", a*1000, b, c.every, c.name)
	}
}

// asked is a query that was asked, with what each time took.
type asked struct {
	question
	expr    string
	took    []time.Duration
	cpu     time.Duration // processor time of the server each time, which other work on the machine hardly changes
	samples int
}

// boards asks what each board asks.
func (r *report) boards(t *testing.T, s *scaledServer, rounds int) {
	t.Helper()
	var slow []asked
	long := s.Recorded
	r.line("\nBoards, as they are opened (raw series over at most %v), all rows open\n", s.Raw)
	r.line("%-16s %5s %8s %8s %12s %7s %7s %7s %7s %9s", "board", "shown", "queries", "series", "samples", "p50", "p95", "max", "cpu95", "load")
	var past []string
	for _, f := range s.Boards {
		list, shown := questions(t, f)
		var now, old []asked
		for _, q := range list {
			if s.IsRecorded(t, q.expr) {
				now = append(now, s.time(t, q, shown, rounds))
				old = append(old, s.time(t, q, long, rounds))
				continue
			}
			now = append(now, s.time(t, q, min(shown, s.Raw), rounds))
		}
		slow = append(append(slow, now...), old...)
		name := list[0].board
		r.line("%-16s %5v %s %9v", name, hours(shown), sum(t, s, now), s.load(t, list, min(shown, s.Raw)).Round(time.Millisecond))
		if len(old) > 0 {
			past = append(past, fmt.Sprintf("%-16s %5v %s", name, hours(long), sum(t, s, old)))
		}
	}
	r.line("\nload: the queries of the rows that are open at first, six at a time as browsers ask, until the last was answered.")
	r.line("cpu95: the processor time of the server that 95 %% of the queries stay below: what else the machine does is in the other times, and hardly in this.")
	r.line("\nThe queries that read records only, over %v\n", hours(long))
	r.line("%-16s %5s %8s %8s %12s %7s %7s %7s %7s\n%s", "board", "shown", "queries", "series", "samples", "p50", "p95", "max", "cpu95", strings.Join(past, "\n"))
	slices.SortStableFunc(slow, func(a, b asked) int { return cmp.Compare(slices.Max(b.took), slices.Max(a.took)) })
	r.line("\nThe slowest queries\n")
	for _, a := range slow[:min(10, len(slow))] {
		r.line("%7s, %7s of processor time  %9d samples  %s: %s: %s", ms(slices.Max(a.took)), ms(a.cpu), a.samples, a.board, a.panel, a.expr)
	}
}

// time asks a query some times.
func (s *scaledServer) time(t *testing.T, q question, shown time.Duration, rounds int) asked {
	t.Helper()
	expr, at := q.sent(s, shown)
	out := asked{question: q, expr: expr}
	before := s.cpu(t)
	for range rounds {
		a, err := s.ask(expr, at)
		if err != nil {
			t.Fatalf("%s: %s: %v", q.board, q.panel, err)
		}
		out.took, out.samples = append(out.took, a.took), a.samples
	}
	out.cpu = time.Duration((s.cpu(t) - before) / float64(rounds) * float64(time.Second))
	return out
}

// load asks what is open at first, six queries at a time.
func (s *scaledServer) load(t *testing.T, list []question, shown time.Duration) time.Duration {
	t.Helper()
	began := time.Now()
	next := make(chan question)
	var clients sync.WaitGroup
	for range 6 {
		clients.Go(func() {
			for q := range next {
				if _, err := s.ask(q.sent(s, shown)); err != nil {
					t.Errorf("%s: %s: %v", q.board, q.panel, err)
				}
			}
		})
	}
	for _, q := range list {
		if !q.shut {
			next <- q
		}
	}
	close(next)
	clients.Wait()
	return time.Since(began)
}

// sum is a row of a table: queries, series, samples, and how long queries took.
func sum(t *testing.T, s *scaledServer, list []asked) string {
	t.Helper()
	var took, cpu []time.Duration
	var exprs []string
	samples := 0
	for _, a := range list {
		took, cpu, exprs, samples = append(took, a.took...), append(cpu, a.cpu), append(exprs, a.expr), samples+a.samples
	}
	slices.Sort(took)
	slices.Sort(cpu)
	touched := s.Touched(t, exprs)
	if touched == 0 {
		t.Errorf("%s: no query finds a series", list[0].board)
	}
	return fmt.Sprintf("%8d %8d %12d %7s %7s %7s %7s", len(list), touched, samples, ms(quantile(took, 0.5)), ms(quantile(took, 0.95)), ms(took[len(took)-1]), ms(quantile(cpu, 0.95)))
}

// quantile is the smallest value that so many of the sorted ones do not exceed.
func quantile(sorted []time.Duration, q float64) time.Duration {
	return sorted[min(int(q*float64(len(sorted))), len(sorted)-1)]
}

func ms(d time.Duration) string { return fmt.Sprintf("%.0fms", float64(d)/float64(time.Millisecond)) }

func hours(d time.Duration) string {
	if d >= 48*time.Hour {
		return fmt.Sprintf("%dd", int(d.Hours())/24)
	}
	return fmt.Sprintf("%gh", d.Hours())
}
