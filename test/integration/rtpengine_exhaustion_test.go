//go:build integration

package integration

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/voipbin/observability/internal/metric"
)

// exhaustionStep is the time from one scrape to the next in a recording.
const exhaustionStep = 15 * time.Second

// phase is a part of the story of a relay that runs out of ports, in steps.
type phase struct {
	name  string
	steps int
	// keep is how many calls are ended down to before the first step; below 0 keeps all.
	keep int
	// begin and end are how many calls are offered and ended in each step, the oldest first.
	begin, end int
}

// exhaustion is the story. 25 calls of four ports have room, at the most.
func exhaustion() []phase {
	return []phase{
		{"rising to 10 calls", 1, -1, 10, 0},
		{"usual traffic: 10 calls", 15, -1, 2, 2},
		{"more calls begin than end", 4, -1, 6, 2},
		{"exhausted: most offers fail", 32, -1, 8, 2},
		{"usual traffic again: 10 calls", 28, 10, 2, 2},
	}
}

// exhaustionFamilies are those that are recorded: what an alert on ports, sessions or failed offers can read.
func exhaustionFamilies() []*metric.Family {
	return []*metric.Family{
		metric.RTPEngineKit.Up, metric.RTPEngineKit.CollectorSuccess, metric.RTPEngineKit.CollectorOutcome,
		metric.RTPEngineSessions, metric.RTPEngineSessionsLimit, metric.RTPEngineSessionsEnded, metric.RTPEngineSessionsFailed,
		metric.RTPEngineSessionsRejected, metric.RTPEngineOneWay, metric.RTPEngineZeroPacket,
		metric.RTPEngineControlRequests, metric.RTPEngineControlErrors,
		metric.RTPEnginePortPoolPorts, metric.RTPEnginePortPoolUsed, metric.RTPEnginePortPoolFreePairs, metric.RTPEnginePortPoolUsage,
		metric.RTPEngineOpenFilesLimit, metric.RTPEngineProcessOpenFDs, metric.RTPEngineProcessMaxFDs,
	}
}

// history is the samples of each series, one a step; missing is where a scrape lacks the series.
type history map[string][]string

// missing is promtool's sign for no sample.
const missing = "_"

// TestRTPEngineExhaustion takes a real RTPEngine out of ports and back, and holds the exporter's series to what an alert must be
// able to see. UPDATE=1 records them in real time, which takes 20 minutes, in the notation of promtool's input_series; without
// it the story is told as fast as it goes, and compared with the recording wherever chance has no part in it.
func TestRTPEngineExhaustion(t *testing.T) {
	t.Parallel()
	for _, suite := range rtpengines() {
		t.Run("suite "+suite, func(t *testing.T) {
			t.Parallel()
			recording := os.Getenv("UPDATE") != ""
			pause := 20 * time.Millisecond // RTPEngine lets ports go on a thread of its own
			if recording {
				pause = exhaustionStep
			}
			// The calls have no media, and must not end for that: RTPEngine waits a minute by default.
			r := startRTPEngine(t, suite, "--interface=127.0.0.1", "--max-sessions=40", "--timeout=3600")
			told := tellExhaustion(t, r, pause)
			checkExhaustion(t, told)
			release := strings.Join(strings.Split(r.Program.Package, ".")[:2], ".")
			file := filepath.Join(repo, "internal", "rules", "testdata", "rtpengine_exhaustion_"+release+".txt")
			if t.Failed() {
				return
			}
			if recording {
				writeHistory(t, file, r, told)
				return
			}
			compareExhaustion(t, file, told)
		})
	}
}

// tellExhaustion lives through the story and scrapes at the end of each step.
func tellExhaustion(t *testing.T, r relay, pause time.Duration) history {
	t.Helper()
	sip := newProxy(t, r)
	target := rtpengineTarget(t, r.http, nil)
	told, step, calls := make(history), 0, 0
	var up []string
	end := func(n int) {
		for _, id := range up[:n] {
			sip.must("delete", "call-id", id, "from-tag", "a")
		}
		up = slices.Clone(up[n:])
	}
	for _, p := range exhaustion() {
		if p.keep >= 0 {
			end(len(up) - p.keep)
		}
		for range p.steps {
			end(min(p.end, len(up)))
			for range p.begin {
				calls++
				if id := fmt.Sprintf("call-%d", calls); offered(sip, id) {
					up = append(up, id)
				}
			}
			time.Sleep(pause)
			told.add(step, withStandardPorts(r, rtpengineSuite().Scrape(t, target).Text))
			step++
		}
	}
	return told
}

// offered sets a call up, and reports whether there were ports for it.
func offered(sip proxy, id string) bool {
	sip.t.Helper()
	if _, err := sip.do("offer", "call-id", id, "from-tag", "a", "sdp", sdp(20000)); err != nil {
		return false
	}
	sip.must("answer", "call-id", id, "from-tag", "a", "to-tag", "b", "sdp", sdp(20002))
	return true
}

// add appends the samples of one scrape.
func (h history) add(step int, text string) {
	for series, value := range lines(text) {
		name, _, _ := strings.Cut(series, "{")
		if !slices.ContainsFunc(exhaustionFamilies(), func(f *metric.Family) bool { return f.Name == name }) {
			continue
		}
		for len(h[series]) < step {
			h[series] = append(h[series], missing)
		}
		h[series] = append(h[series], value)
	}
	for series := range h {
		if len(h[series]) == step {
			h[series] = append(h[series], missing)
		}
	}
}

// values are the samples of the one series whose name begins so.
func (h history) values(t *testing.T, prefix string) []float64 {
	t.Helper()
	var found []float64
	for series, samples := range h {
		if !strings.HasPrefix(series, prefix) {
			continue
		}
		if found != nil {
			t.Fatalf("two series begin with %s", prefix)
		}
		for _, s := range samples {
			v, err := strconv.ParseFloat(s, 64)
			if err != nil {
				t.Fatalf("%s: %v", series, err)
			}
			found = append(found, v)
		}
	}
	if found == nil {
		t.Fatalf("no series begins with %s", prefix)
	}
	return found
}

// checkExhaustion holds a history to what the story must look like to an alert.
func checkExhaustion(t *testing.T, h history) {
	t.Helper()
	failed := h.values(t, "rtpengine_control_errors_total{")
	pairs := h.values(t, "rtpengine_port_pool_free_pairs{")
	usage := h.values(t, "rtpengine_port_pool_usage_ratio{")
	rejected := h.values(t, "rtpengine_sessions_rejected_total")
	timeouts := h.values(t, `rtpengine_sessions_ended_total{reason="timeout"}`)
	for i, up := range h.values(t, "rtpengine_up") {
		if up != 1 || rejected[i] != 0 || timeouts[i] != 0 {
			t.Fatalf("step %d: up %v, rejected %v, timeouts %v: want 1, and 0 as RTPEngine sees it, and 0", i, up, rejected[i], timeouts[i])
		}
	}
	step := 0
	for i, p := range exhaustion() {
		first, last := step, step+p.steps-1
		step += p.steps
		switch i {
		case 0, 1:
			if failed[last] != 0 || pairs[last] != 30 || usage[last] != 0.4 {
				t.Errorf("%s: %v offers failed, %v pairs left, usage %v", p.name, failed[last], pairs[last], usage[last])
			}
		case 3:
			for s := first; s <= last; s++ {
				if failed[s] < failed[s-1]+5 || pairs[s] > 4 || usage[s] < 0.9 {
					t.Errorf("%s, step %d: offers failed rose from %v to %v, %v pairs left, usage %v", p.name, s, failed[s-1], failed[s], pairs[s], usage[s])
				}
			}
		case 4:
			if failed[first] != failed[last] || pairs[last] != 30 {
				t.Errorf("%s: offers failed rose from %v to %v, %v pairs left", p.name, failed[first], failed[last], pairs[last])
			}
		}
	}
}

// byChance are the series that differ from run to run: which ports are free in pairs decides how many offers fail.
func byChance(series string) bool {
	for _, f := range []*metric.Family{
		metric.RTPEngineSessions, metric.RTPEngineSessionsEnded, metric.RTPEngineSessionsFailed, metric.RTPEngineZeroPacket, metric.RTPEngineControlErrors,
		metric.RTPEnginePortPoolUsed, metric.RTPEnginePortPoolFreePairs, metric.RTPEnginePortPoolUsage,
		metric.RTPEngineOpenFilesLimit, metric.RTPEngineProcessOpenFDs, metric.RTPEngineProcessMaxFDs,
	} {
		if strings.HasPrefix(series, f.Name) && (len(series) == len(f.Name) || series[len(f.Name)] == '{') {
			return true
		}
	}
	// As many calls are answered and ended as were offered with success.
	return strings.HasPrefix(series, metric.RTPEngineControlRequests.Name+`{command="answer"`) ||
		strings.HasPrefix(series, metric.RTPEngineControlRequests.Name+`{command="delete"`)
}

// compareExhaustion compares a history with the recording: the same series, and the same samples where chance has no part.
func compareExhaustion(t *testing.T, file string, told history) {
	t.Helper()
	recorded, err := readHistory(file)
	if errors.Is(err, fs.ErrNotExist) {
		t.Skipf("no recording of this version: %s", filepath.Base(file))
	}
	if err != nil {
		t.Fatal(err)
	}
	checkExhaustion(t, recorded)
	now := maps.Clone(told)
	for series := range recorded {
		if _, ok := now[series]; ok && byChance(series) {
			now[series], recorded[series] = nil, nil
		}
	}
	if diff := cmp.Diff(recorded, now); diff != "" {
		t.Errorf("%s (-recorded +now):\n%s", filepath.Base(file), diff)
	}
}

// text writes one line for each series: its name, a tab, its samples with blanks between, sorted.
func (h history) text() string {
	var b strings.Builder
	for _, series := range slices.Sorted(maps.Keys(h)) {
		fmt.Fprintf(&b, "%s\t%s\n", series, strings.Join(h[series], " "))
	}
	return b.String()
}

func readHistory(file string) (history, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	return parseHistory(string(text))
}

// parseHistory reads what text wrote, and comments before it.
func parseHistory(text string) (history, error) {
	h := make(history)
	for line := range strings.Lines(text) {
		line = strings.TrimSuffix(line, "\n")
		if line == "" || line[0] == '#' {
			continue
		}
		series, samples, ok := strings.Cut(line, "\t")
		if !ok {
			return nil, fmt.Errorf("no tab in %q", line)
		}
		h[series] = strings.Split(samples, " ")
	}
	return h, nil
}

// withStandardPorts writes the relay's ports, which are those that were free that day, as 30000 to 30099.
func withStandardPorts(r relay, text string) string {
	return strings.NewReplacer(
		fmt.Sprintf(`port_min="%d"`, r.PortMin), `port_min="30000"`,
		fmt.Sprintf(`port_max="%d"`, r.PortMin+mediaPorts-1), `port_max="30099"`,
	).Replace(text)
}

// writeHistory writes the recording with what is to be known about it.
func writeHistory(t *testing.T, file string, r relay, told history) {
	t.Helper()
	var b bytes.Buffer
	fmt.Fprintf(&b, "# What rtpengine_exporter told of an RTPEngine %s that ran out of ports: one series a line, a tab, and a sample\n", r.Program.Package)
	fmt.Fprintf(&b, "# for each scrape, %v apart from 0 on, in the notation of promtool's input_series.\n#\n", exhaustionStep)
	b.WriteString("# Daemon: rtpengine --interface=127.0.0.1 --max-sessions=40 --timeout=3600 --port-min=30000 --port-max=30099 --delete-delay=0 --table=-1\n")
	b.WriteString("# Recorded by: RTPENGINE_SUITES='trixie sid' UPDATE=1 go test -tags integration -run TestRTPEngineExhaustion -parallel 3 -timeout 30m ./test/integration\n#\n")
	step := 0
	for _, p := range exhaustion() {
		kept := ""
		if p.keep >= 0 {
			kept = fmt.Sprintf("all but %d calls end first; ", p.keep)
		}
		fmt.Fprintf(&b, "# %6v to %6v: %s (%s%d offers and %d ends a step)\n",
			time.Duration(step)*exhaustionStep, time.Duration(step+p.steps-1)*exhaustionStep, p.name, kept, p.begin, p.end)
		step += p.steps
	}
	b.WriteString(told.text())
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, b.Bytes(), 0o644); err != nil {
		t.Fatal(err)
	}
}
