package dashboard_test

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/common/model"

	"github.com/voipbin/observability/internal/dashboard"
	"github.com/voipbin/observability/internal/tooltest"
)

// scaledServer is a Prometheus with the blocks of a platform of a size.
type scaledServer struct {
	*dashboard.Scaled
	base    *url.URL
	samples int
	bytes   int64 // of the blocks
}

// serveScaled has promtool make blocks of what a platform has said, and starts a server on them.
func serveScaled(t *testing.T, s *dashboard.Scaled) *scaledServer {
	t.Helper()
	program, promtool := tooltest.Find(t, "prometheus"), tooltest.Find(t, "promtool")
	out := &scaledServer{Scaled: s}
	dir := filepath.Join(t.TempDir(), "blocks")
	raw := s.End.Add(-s.Raw)
	for from := s.End.Add(-max(s.Recorded, s.Raw)); from.Before(s.End); {
		to := from.Truncate(dashboard.BlockLength).Add(dashboard.BlockLength)
		if to.After(raw) { // short blocks where there is most, as a server has them: so much text at a time is enough
			to = from.Truncate(2 * time.Hour).Add(2 * time.Hour)
		}
		out.samples += block(t, promtool, s, dir, from, to)
		from = to
	}
	if err := filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		info, err := d.Info()
		if err == nil {
			out.bytes += info.Size()
		}
		return err
	}); err != nil {
		t.Fatal(err)
	}
	// One length of blocks: the server is not to compact them while it is measured.
	out.base = startPrometheus(t, program, dir, "--storage.tsdb.min-block-duration=2h", "--storage.tsdb.max-block-duration=2h", "--query.timeout=10m")
	return out
}

// block writes one window and returns its samples.
func block(t *testing.T, promtool string, s *dashboard.Scaled, dir string, from, to time.Time) int {
	t.Helper()
	file, err := os.Create(filepath.Join(t.TempDir(), "window.txt"))
	if err != nil {
		t.Fatal(err)
	}
	buffered := bufio.NewWriterSize(file, 1<<20)
	samples, err := s.Write(buffered, from, to)
	if err := errors.Join(err, buffered.Flush(), file.Close()); err != nil {
		t.Fatal(err)
	}
	if samples > 0 {
		cmd := exec.CommandContext(t.Context(), promtool, "tsdb", "create-blocks-from", "--max-block-duration="+to.Sub(from).String(), "--quiet", "openmetrics", file.Name(), dir)
		if said, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("promtool: %v: %s", err, said)
		}
	}
	if err := os.Remove(file.Name()); err != nil {
		t.Fatal(err)
	}
	return samples
}

// answer is what an answered query cost.
type answer struct {
	took    time.Duration // from asking until the whole answer was there
	seconds float64       // of them in the engine, queueing left out
	samples int           // that the engine looked at
	series  int           // in the answer
}

// ask asks with statistics: for a range with the parameters start, end and step, and for a moment with time.
func (s *scaledServer) ask(expr string, at url.Values) (answer, error) {
	path := "api/v1/query"
	if at.Has("step") {
		path = "api/v1/query_range"
	}
	form := url.Values{"query": {expr}, "stats": {"all"}}
	for name, value := range at {
		form[name] = value
	}
	began := time.Now()
	reply, err := http.PostForm(s.base.JoinPath(path).String(), form)
	if err != nil {
		return answer{}, err
	}
	defer reply.Body.Close()
	text, err := io.ReadAll(reply.Body)
	took := time.Since(began)
	if err != nil {
		return answer{}, err
	}
	var said struct {
		Status, Error string
		Data          struct {
			Result json.RawMessage
			Stats  struct {
				Timings struct{ EvalTotalTime float64 }
				Samples struct{ TotalQueryableSamples int }
			}
		}
	}
	if err := json.Unmarshal(text, &said); err != nil {
		return answer{}, err
	}
	if said.Status != "success" {
		return answer{}, fmt.Errorf("%s: %s", expr, said.Error)
	}
	var list []json.RawMessage
	if err := json.Unmarshal(said.Data.Result, &list); err != nil {
		return answer{}, err
	}
	stats := said.Data.Stats
	return answer{took: took, seconds: stats.Timings.EvalTotalTime, samples: stats.Samples.TotalQueryableSamples, series: len(list)}, nil
}

// cpu is the processor time of the server since it was started, in seconds.
func (s *scaledServer) cpu(t *testing.T) float64 {
	t.Helper()
	reply, err := http.Get(s.base.JoinPath("metrics").String())
	if err != nil {
		t.Fatal(err)
	}
	defer reply.Body.Close()
	text, err := io.ReadAll(reply.Body)
	if err != nil {
		t.Fatal(err)
	}
	found := regexp.MustCompile(`(?m)^process_cpu_seconds_total (\S+)$`).FindSubmatch(text)
	if found == nil {
		t.Fatal("the server does not tell of its processor time")
	}
	value, err := strconv.ParseFloat(string(found[1]), 64)
	if err != nil {
		t.Fatal(err)
	}
	return value
}

// moment is the time of instant queries: the last at which everything was written.
func (s *scaledServer) moment() url.Values {
	return url.Values{"time": {unix(s.End.Add(-15 * time.Second))}}
}

func unix(at time.Time) string { return strconv.FormatInt(at.Unix(), 10) }

// question is a query of a panel of a board.
type question struct {
	board, panel string
	expr         string
	instant      bool
	shut         bool // in a row that the reader has to open
	width        int  // of the panel in pixels, which is how many points are asked for
	least        time.Duration
}

// questions are those of a board that is 1,600 pixels wide, of a reader who has chosen all.
func questions(t *testing.T, f dashboard.File) (list []question, shown time.Duration) {
	t.Helper()
	type panel struct {
		Type, Title string
		GridPos     struct{ W int }
		Targets     []struct {
			Expr, Interval string
			Instant        bool
		}
		Panels []panel
	}
	var board struct {
		Time   struct{ From string }
		Panels []panel
	}
	if err := json.Unmarshal(f.JSON, &board); err != nil {
		t.Fatal(err)
	}
	name := strings.TrimSuffix(filepath.Base(f.Path), ".json")
	var add func(panels []panel, shut bool)
	add = func(panels []panel, shut bool) {
		for _, p := range panels {
			for _, q := range p.Targets {
				least := 15 * time.Second
				if q.Interval != "" {
					least = duration(t, q.Interval)
				}
				list = append(list, question{name, p.Title, q.Expr, q.Instant, shut, p.GridPos.W*1600/24 - 16, least})
			}
			add(p.Panels, true)
		}
	}
	add(board.Panels, false)
	return list, duration(t, strings.TrimPrefix(board.Time.From, "now-"))
}

func duration(t *testing.T, text string) time.Duration {
	t.Helper()
	d, err := model.ParseDuration(text)
	if err != nil {
		t.Fatal(err)
	}
	return time.Duration(d)
}

// sent is the query as Grafana sends it for a range that ends now: a step for each pixel, rounded as Grafana rounds, and no finer than the panel
// allows; the range of rates follows from it.
func (q question) sent(s *scaledServer, shown time.Duration) (expr string, at url.Values) {
	step := max(roundStep(shown/time.Duration(q.width)), q.least)
	expr = dashboard.Chosen(q.expr, max(step+q.least, 4*q.least))
	if q.instant {
		return expr, s.moment()
	}
	end := s.End.Add(-15 * time.Second).Truncate(step)
	return expr, url.Values{"start": {unix(s.End.Add(-shown).Truncate(step))}, "end": {unix(end)}, "step": {strconv.Itoa(int(step.Seconds()))}}
}

// roundStep rounds as Grafana does, which has these bounds for these steps.
func roundStep(step time.Duration) time.Duration {
	for _, r := range []struct{ below, is time.Duration }{
		{1500 * time.Millisecond, time.Second}, {3500 * time.Millisecond, 2 * time.Second}, {7500 * time.Millisecond, 5 * time.Second},
		{12500 * time.Millisecond, 10 * time.Second}, {17500 * time.Millisecond, 15 * time.Second}, {25 * time.Second, 20 * time.Second},
		{45 * time.Second, 30 * time.Second}, {90 * time.Second, time.Minute}, {210 * time.Second, 2 * time.Minute}, {450 * time.Second, 5 * time.Minute},
		{750 * time.Second, 10 * time.Minute}, {1050 * time.Second, 15 * time.Minute}, {1500 * time.Second, 20 * time.Minute},
		{2700 * time.Second, 30 * time.Minute}, {5400 * time.Second, time.Hour}, {9000 * time.Second, 2 * time.Hour}, {16200 * time.Second, 3 * time.Hour},
	} {
		if step < r.below {
			return r.is
		}
	}
	return 6 * time.Hour
}
