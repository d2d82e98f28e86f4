package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// manyObjectives is how many objectives a large platform is taken to have.
const manyObjectives = 1000

// records is a server with the records of many objectives, as the generated rules make them, that counts what it is asked.
type records struct {
	n                  int       // objectives
	values             [2][]byte // one and the other half minute: rules are evaluated that often
	ages, alerts, days []byte
	asked              atomic.Int64 // questions of looks
}

// vector is an answer of Prometheus' API.
func vector(samples []string) []byte {
	return []byte(`{"status":"success","data":{"resultType":"vector","result":[` + strings.Join(samples, ",") + `]}}`)
}

func newRecords(n int) *records {
	now := time.Now().Unix()
	var ages, alerts, days []string
	for i := range n {
		one := fmt.Sprintf(`{"metric":{"slo":"objective_%d"},"value":[%d,"%d"]}`, i, now, now)
		ages, days = append(ages, one), append(days, fmt.Sprintf(`{"metric":{"slo":"objective_%d"},"value":[%d,"288"]}`, i, now))
		if i%50 == 0 {
			alerts = append(alerts, fmt.Sprintf(`{"metric":{"__name__":"ALERTS","alertname":"B","severity":"page","burn":"page_fast","slo":"objective_%d"},"value":[%d,"1"]}`, i, now))
		}
	}
	return &records{n: n, values: [2][]byte{values(n, now, 0), values(n, now, 0.004)}, ages: vector(ages), alerts: vector(alerts), days: vector(days)}
}

// values are the records of n objectives, of whose budgets so much more is spent.
func values(n int, now int64, more float64) []byte {
	var all []string
	for i := range n {
		add := func(name string, v float64) {
			all = append(all, fmt.Sprintf(`{"metric":{"__name__":%q,"slo":"objective_%d"},"value":[%d,"%g"]}`, name, i, now, v))
		}
		spent := float64(i%100)/90 + more
		add("slo:error_budget_consumed:ratio", spent)
		add("slo:error_budget_remaining:ratio", 1-spent)
		add("slo:sli_success:ratio_increase_period", 1-0.001*spent)
		add("slo:sli_events:increase_period", 1e6+float64(i))
		add("slo:sli_errors:increase_period", 1000*spent)
		add("slo:sli_events:increase1h", 1400)
		add("slo:sli_events:increase1d", 33000)
		for _, w := range []string{"5m", "30m", "1h", "2h", "6h", "1d", "3d"} {
			add("slo:error_budget_burn:ratio_increase"+w, spent)
		}
	}
	return vector(all)
}

// ServeHTTP answers what a tracker asks.
func (r *records) ServeHTTP(w http.ResponseWriter, q *http.Request) {
	w.Header().Set("Content-Type", "application/json")
	expr := q.FormValue("query")
	answer := r.values[time.Now().Unix()/30%2]
	switch {
	case strings.HasSuffix(q.URL.Path, "/query_range") && strings.Contains(expr, "[1h:5m]"):
		answer = r.hours(q.FormValue("start"))
	case strings.HasSuffix(q.URL.Path, "/query_range"):
		answer = []byte(`{"status":"success","data":{"resultType":"matrix","result":[]}}`)
	case strings.Contains(expr, "over_time"):
		answer = r.days
	case strings.HasPrefix(expr, "timestamp"):
		answer = r.ages
		r.asked.Add(1)
	case strings.HasPrefix(expr, "ALERTS"):
		answer = r.alerts
		r.asked.Add(1)
	default:
		r.asked.Add(1)
	}
	_, _ = w.Write(answer)
}

// hours are the errors of 24 hours: some in each, the most that a report has to keep.
func (r *records) hours(start string) []byte {
	first, _ := strconv.ParseFloat(start, 64) // it was written by the tracker; 0 would be seen
	var points []string
	for i := range 24 {
		points = append(points, fmt.Sprintf(`[%.0f,"0.01"]`, first+float64(i)*3600))
	}
	all := strings.Join(points, ",")
	series := make([]string, 0, r.n)
	for i := range r.n {
		series = append(series, fmt.Sprintf(`{"metric":{"slo":"objective_%d"},"values":[%s]}`, i, all))
	}
	return []byte(`{"status":"success","data":{"resultType":"matrix","result":[` + strings.Join(series, ",") + `]}}`)
}

// manyOf starts a tracker, as a process, whose spec has so many objectives.
func manyOf(t *testing.T, n int) (*victim, *records) {
	t.Helper()
	r := newRecords(n)
	server := httptest.NewServer(r)
	t.Cleanup(server.Close)
	v := newVictim(t, server.URL)
	v.spec = filepath.Join(v.folder, "spec")
	if err := os.CopyFS(v.spec, os.DirFS("../../spec")); err != nil {
		t.Fatal(err)
	}
	var text strings.Builder
	text.WriteString("slos:\n")
	for i := range n {
		fmt.Fprintf(&text, "  - name: objective_%d\n    title: Objective %d of the platform\n    owner: team-%d\n    objective: 99.9%%\n    period: 30d\n    min_failures: 3\n    traffic: {peak_per_hour: 4000, trough_per_hour: 1000}\n    tier: sip_edge\n", i, i, i%20)
		fmt.Fprintf(&text, "    policy: [{consumed: 50%%, action: look closer}, {consumed: 100%%, action: stop releases}]\n")
		fmt.Fprintf(&text, "    sli:\n      good: sum(increase(sip_probes_reached_total{instance=\"edge-%d\",grade=\"L3\"}[$window]))\n      total: sum(increase(sip_probes_total{instance=\"edge-%d\"}[$window]))\n", i, i)
	}
	if err := os.WriteFile(filepath.Join(v.spec, "slos.yaml"), []byte(text.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	v.start()
	for end := time.Now().Add(60 * time.Second); ; time.Sleep(50 * time.Millisecond) {
		if _, body := v.ask(http.MethodGet, "/objectives?owner=team-1", ""); strings.Contains(body, ">at risk<") {
			return v, r
		}
		if time.Now().After(end) {
			t.Fatal("no objective is known")
		}
	}
}

// memory is what the process takes and took at most, in MB.
func (v *victim) memory() (now, most float64) {
	v.t.Helper()
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", v.cmd.Process.Pid))
	if err != nil {
		v.t.Fatal(err)
	}
	of := func(name string) float64 {
		m := regexp.MustCompile(name + `:\s+(\d+) kB`).FindSubmatch(text)
		kb, err := strconv.ParseFloat(string(m[1]), 64)
		if err != nil {
			v.t.Fatal(err)
		}
		return kb / 1000
	}
	return of("VmRSS"), of("VmHWM")
}

// processor is the processor time that the process took so far, whose ticks are hundredths of a second (proc_pid_stat(5)).
func (v *victim) processor() time.Duration {
	v.t.Helper()
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", v.cmd.Process.Pid))
	if err != nil {
		v.t.Fatal(err)
	}
	fields := strings.Fields(string(text[strings.LastIndexByte(string(text), ')')+1:]))
	var ticks time.Duration
	for _, f := range fields[11:13] { // fields 14 and 15: of the user, of the system
		n, err := strconv.Atoi(f)
		if err != nil {
			v.t.Fatal(err)
		}
		ticks += time.Duration(n)
	}
	return ticks * (time.Second / 100)
}

// load loads a page as readers do, and returns how long each load took, until its last byte was there. Each reader loads so many times, one after the
// other. What a reader accepts comes as it was sent: to unpack it is the work of a browser on another machine.
func (v *victim) load(path, accepts string, readers, times int, pause time.Duration) []time.Duration {
	v.t.Helper()
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: readers}}
	took := make([]time.Duration, readers*times)
	var wait sync.WaitGroup
	for r := range readers {
		wait.Go(func() {
			for i := range times {
				time.Sleep(pause * time.Duration(r+1) / time.Duration(readers))
				began := time.Now()
				q, err := http.NewRequestWithContext(v.t.Context(), http.MethodGet, "http://"+v.address+path, nil)
				if err != nil {
					v.t.Error(err)
					return
				}
				q.Header.Set("Accept-Encoding", accepts)
				answer, err := client.Do(q)
				if err != nil {
					v.t.Error(err)
					return
				}
				n, err := io.Copy(io.Discard, answer.Body)
				_ = answer.Body.Close() // it was read
				if err != nil || answer.StatusCode != http.StatusOK || n < 3_000 {
					v.t.Errorf("%s, %d bytes: %v", answer.Status, n, err)
				}
				took[r*times+i] = time.Since(began)
			}
		})
	}
	wait.Wait()
	slices.Sort(took)
	return took
}

// follow keeps event streams open, as pages do.
func (v *victim) follow(n int) (stop func()) {
	v.t.Helper()
	ctx, cancel := context.WithCancel(v.t.Context())
	var wait sync.WaitGroup
	for range n {
		q, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+v.address+"/events", nil)
		if err != nil {
			v.t.Fatal(err)
		}
		answer, err := (&http.Client{Transport: &http.Transport{}}).Do(q)
		if err != nil {
			v.t.Fatal(err)
		}
		wait.Go(func() {
			_, _ = io.Copy(io.Discard, answer.Body) // until it is cut
			_ = answer.Body.Close()
		})
	}
	return func() { cancel(); wait.Wait() }
}

func at(sorted []time.Duration, share float64) time.Duration {
	return sorted[min(int(share*float64(len(sorted))), len(sorted)-1)].Round(time.Millisecond / 10)
}

// TestManyObjectives: a load of the overview asks the server nothing, and a look three questions, whatever there is to be read. What it costs is measured by
// "make objectives", which names a file in OBJECTIVES.
func TestManyObjectives(t *testing.T) {
	t.Parallel()
	many := 100
	if os.Getenv("OBJECTIVES") != "" {
		many = manyObjectives
	}
	v, r := manyOf(t, many)
	_, body := v.ask(http.MethodGet, "/api/v1/objectives", "")
	var s struct{ Objectives []json.RawMessage }
	if err := json.Unmarshal([]byte(body), &s); err != nil || len(s.Objectives) != many {
		t.Fatalf("%d objectives: %v", len(s.Objectives), err)
	}
	// The client of this question accepts gzip, and unpacks it.
	if _, page := v.ask(http.MethodGet, "/objectives", ""); strings.Count(page, `href="/objectives/objective_`) != many {
		t.Errorf("the overview has %d objectives", strings.Count(page, `href="/objectives/objective_`))
	}
	before, began := r.asked.Load(), time.Now()
	v.load("/objectives", "gzip", 10, 2, 0)
	if looks := int64(time.Since(began)/(5*time.Second)) + 2; r.asked.Load()-before > 3*looks {
		t.Errorf("%d questions for 20 loads in %s", r.asked.Load()-before, time.Since(began))
	}
	if file := os.Getenv("OBJECTIVES"); file != "" {
		v.record(r, file)
	}
}

// recordReports measures reports of the month, of a month of days in each hour of which each objective has errors.
func (v *victim) recordReports(out *strings.Builder) {
	path := "/reports/" + time.Now().UTC().Format("2006-01")
	for end := time.Now().Add(2 * time.Minute); ; time.Sleep(100 * time.Millisecond) {
		if status, page := v.ask(http.MethodGet, path, ""); status == http.StatusOK && strings.Contains(page, "objectives met") {
			break
		}
		if time.Now().After(end) {
			v.t.Fatal("there is no report of the month")
		}
	}
	fmt.Fprintf(out, "\nReports, of %d days of UTC in this month, with errors in each of their hours; made for the first reader, and told to the others for 5 s:\n\n", time.Now().UTC().Day())
	time.Sleep(6 * time.Second) // what was made for the question above is told for five
	for _, readers := range []int{1, 100} {
		worked := v.processor()
		took := v.load(path, "gzip", readers, 1, 0)
		worked = v.processor() - worked
		fmt.Fprintf(out, "%-58s %5d loads  p50 %8s  p95 %8s  most %8s  %5.2f ms\n", fmt.Sprintf("report of the month, %d at the same moment", readers), len(took), at(took, 0.5), at(took, 0.95), at(took, 1), 1000*worked.Seconds()/float64(len(took)))
	}
	now, most := v.memory()
	fmt.Fprintf(out, "\nmemory (RSS): %.0f MB, at most %.0f MB\n", now, most)
}

// record measures and writes down what it came to.
func (v *victim) record(r *records, file string) {
	v.t.Helper()
	var out strings.Builder
	fmt.Fprintf(&out, "Command: make objectives\nCommit:  %s\nMachine: %s, %d processors, shared with the readers and the server that is asked\n\n", os.Getenv("COMMIT"), runtime.GOARCH, runtime.NumCPU())
	fmt.Fprintf(&out, "A tracker that follows %d objectives, each with 14 records, looked at every 5 s; 100 pages are open and follow its events meanwhile.\nA load ends with its last byte, as it was sent: compressed, but for the API. Behind it is the processor time that the tracker took,\nfor its looks as well, by load.\n\n", manyObjectives)
	stop := v.follow(100)
	defer stop()
	began, before := time.Now(), r.asked.Load()
	for _, c := range []struct {
		what, path     string
		accepts        string
		readers, times int
		pause          time.Duration
	}{
		{"overview, one reader", "/objectives", "gzip", 1, 200, 0},
		{"overview, 100 readers at once, each again within 5 s", "/objectives", "gzip", 100, 10, 5 * time.Second},
		{"overview, 100 readers at the same moment, without a pause", "/objectives", "gzip", 100, 20, 0},
		{"the same, by readers that take no compression", "/objectives", "identity", 100, 5, 0},
		{"by owner, 100 readers at the same moment, without a pause", "/objectives?group=owner&sort=burn", "gzip", 100, 5, 0},
		{"one owner of 20, 100 readers, each again within 5 s", "/objectives?owner=team-7&sort=burn", "gzip", 100, 5, 5 * time.Second},
		{"API, 10 readers, each again within 5 s", "/api/v1/objectives", "identity", 10, 10, 5 * time.Second},
	} {
		worked := v.processor()
		took := v.load(c.path, c.accepts, c.readers, c.times, c.pause)
		worked = v.processor() - worked
		fmt.Fprintf(&out, "%-58s %5d loads  p50 %8s  p95 %8s  most %8s  %5.2f ms\n", c.what, len(took), at(took, 0.5), at(took, 0.95), at(took, 1), 1000*worked.Seconds()/float64(len(took)))
	}
	spent := time.Since(began)
	now, most := v.memory()
	fmt.Fprintf(&out, "\nquestions to the server: %.2f a second, 3 a look, whoever reads\nmemory (RSS): %.0f MB, at most %.0f MB\n", float64(r.asked.Load()-before)/spent.Seconds(), now, most)
	v.recordReports(&out)
	if err := os.WriteFile(file, []byte(out.String()), 0o644); err != nil {
		v.t.Fatal(err)
	}
	v.t.Log("\n" + out.String())
}
