package dashboard_test

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/voipbin/observability/internal/browser"
	"github.com/voipbin/observability/internal/browser/browsertest"
	"github.com/voipbin/observability/internal/dashboard"
	"github.com/voipbin/observability/internal/dashboard/panel"
	"github.com/voipbin/observability/internal/dashboard/planted"
	"github.com/voipbin/observability/internal/lab"
	"github.com/voipbin/observability/internal/preview"
)

// repository is the root, seen from this package.
var repository = filepath.Join("..", "..")

// studio is where boards are drawn: a real Prometheus with the data of a played platform, and a real Chromium.
type studio struct {
	played     *dashboard.Played
	page       string
	prometheus *url.URL
	browser    *browser.Browser
	took       map[string]time.Duration // for each board that was drawn
}

// openStudio opens it, or skips the test where it was not set up; with PREVIEW in the environment, as make has it, what is missing is a failure.
func openStudio(t *testing.T) *studio {
	t.Helper()
	page := os.Getenv("PREVIEW")
	if page == "" {
		var err error
		if page, err = lab.PageFolder(filepath.Join(repository, ".lab"), repository); err != nil {
			t.Fatal(err)
		}
	}
	program := cmp.Or(os.Getenv("PROMETHEUS"), filepath.Join(repository, ".lab", "bin", "prometheus"))
	for _, need := range []string{page, program} {
		if _, err := os.Stat(need); err != nil {
			if os.Getenv("PREVIEW") != "" {
				t.Fatal(err)
			}
			t.Skipf("%v: run make setup", err)
		}
	}
	s := &studio{played: dashboard.Play(t), page: page, took: map[string]time.Duration{}}
	s.prometheus = startPrometheus(t, program, s.played.Dir)
	s.browser = browsertest.Start(t)
	return s
}

// startPrometheus starts a server on blocks that ends with the test.
func startPrometheus(t *testing.T, program, blocks string, flags ...string) *url.URL {
	t.Helper()
	free, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := free.Addr().String()
	if err := free.Close(); err != nil {
		t.Fatal(err)
	}
	config := filepath.Join(t.TempDir(), "prometheus.yml")
	if err := os.WriteFile(config, []byte("global: {}\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	var said strings.Builder
	ctx, stop := context.WithCancel(context.WithoutCancel(t.Context()))
	server := exec.CommandContext(ctx, program, append(flags, "--config.file="+config, "--storage.tsdb.path="+blocks, "--storage.tsdb.retention.time=100y",
		"--web.listen-address="+address, "--log.level=warn", "--enable-feature=promql-extended-range-selectors")...)
	server.Stderr = &said
	server.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if err := server.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan struct{})
	go func() {
		_ = server.Wait() // it is killed
		close(ended)
	}()
	t.Cleanup(func() {
		stop()
		<-ended
	})
	base := &url.URL{Scheme: "http", Host: address}
	for deadline := time.After(30 * time.Second); ; {
		reply, err := http.Get(base.JoinPath("-/ready").String())
		if err == nil {
			_ = reply.Body.Close()
			if reply.StatusCode == http.StatusOK {
				return base
			}
		}
		select {
		case <-ended:
			t.Fatalf("Prometheus ended: %s", said.String())
		case <-deadline:
			t.Fatalf("Prometheus is not ready: %v", err)
		case <-time.After(50 * time.Millisecond):
		}
	}
}

// draw draws boards, by path.
func (s *studio) draw(t *testing.T, boards []string, themes ...preview.Theme) map[string]*preview.Drawing {
	t.Helper()
	page, err := preview.OpenPage(s.page)
	if err != nil {
		t.Fatal(err)
	}
	handler, err := preview.Handler(preview.Options{Page: page, Boards: boards, Prometheus: s.prometheus})
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(handler)
	defer server.Close()
	out := map[string]*preview.Drawing{}
	for _, board := range boards {
		began := time.Now()
		drawn, err := preview.Draw(t.Context(), s.browser, preview.Request{
			Address: server.URL, Board: filepath.Base(board), From: s.played.From, To: s.played.To, Themes: themes,
		})
		if err != nil {
			t.Fatal(err)
		}
		s.took[filepath.Base(board)] = time.Since(began).Round(time.Millisecond)
		t.Logf("%s drawn in %v", filepath.Base(board), s.took[filepath.Base(board)])
		out[board] = drawn
	}
	return out
}

// pictured are the pictures that the documentation shows.
func pictured() []string {
	return []string{"overview-dark.png", "overview-light.png", "calls-dark.png", "fleet-light.png", "recovery-dark.png", "capacity-dark.png"}
}

// TestDrawn is the last gate: it draws every committed board in a real browser, with Grafana's own components and the data of a platform that
// lives, and looks whether all is there and can be read: in the dark theme, and every third one in the light theme as well. PICTURES names a folder
// for the pictures that the documentation shows, DRAWN a file for the time that it took: with either, all are drawn in both themes.
func TestDrawn(t *testing.T) {
	t.Parallel()
	s := openStudio(t)
	boards, err := preview.Find([]string{filepath.Join(repository, "dashboards")})
	if err != nil {
		t.Fatal(err)
	}
	folder := os.Getenv("PICTURES")
	dark, both := byThemes(boards, folder != "" || os.Getenv("DRAWN") != "")
	began := time.Now()
	all := s.draw(t, both, preview.Dark, preview.Light)
	maps.Copy(all, s.draw(t, dark, preview.Dark))
	for path, drawn := range all {
		board, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		s.judge(t, path, board, drawn.Findings)
		marked(t, path, drawn.Marks)
		for theme, png := range drawn.PNG {
			name := strings.TrimSuffix(filepath.Base(path), ".json") + "-" + string(theme) + ".png"
			if folder == "" || !slices.Contains(pictured(), name) {
				continue
			}
			if err := os.WriteFile(filepath.Join(folder, name), png, 0o644); err != nil {
				t.Fatal(err)
			}
		}
	}
	took := time.Since(began).Round(time.Millisecond)
	t.Logf("%d boards drawn in %v, %d of them in both themes", len(boards), took, len(both))
	if file := os.Getenv("DRAWN"); file != "" {
		if err := os.WriteFile(file, []byte(s.times(took)), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// byThemes parts the boards into those that are drawn in the dark theme alone and those that are drawn in both: a third, or every one. To draw a board
// in its second theme asks nothing again, but costs the drawing and the judging of it.
func byThemes(boards []string, all bool) (dark, both []string) {
	for i, board := range boards {
		if all || i%3 == 2 {
			both = append(both, board)
		} else {
			dark = append(dark, board)
		}
	}
	return dark, both
}

// TestEveryKindInLight: every kind of panel that our boards have is on one of those that are drawn in the light theme too.
func TestEveryKindInLight(t *testing.T) {
	t.Parallel()
	boards, err := preview.Find([]string{filepath.Join(repository, "dashboards")})
	if err != nil {
		t.Fatal(err)
	}
	kinds := func(paths []string) map[string]bool {
		out := map[string]bool{}
		for _, path := range paths {
			text, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			for _, kind := range []panel.Type{
				panel.TimeSeriesType, panel.StatType, panel.GaugeType, panel.BarGaugeType, panel.TableType, panel.HeatmapType, panel.StateTimelineType,
				panel.TextType, panel.LogsType,
			} {
				if strings.Contains(string(text), fmt.Sprintf(`"type": %q`, kind)) {
					out[string(kind)] = true
				}
			}
		}
		return out
	}
	_, both := byThemes(boards, false)
	if want, got := kinds(boards), kinds(both); len(want) < 5 || !maps.Equal(want, got) {
		t.Errorf("want %v in both themes, got %v", want, got)
	}
	if dark, both := byThemes(boards, true); len(dark) > 0 || len(both) != len(boards) {
		t.Errorf("want all %d boards in both themes, got %d", len(boards), len(both))
	}
}

// times tells how long drawing took.
func (s *studio) times(all time.Duration) string {
	var b strings.Builder
	fmt.Fprintf(&b, "How long the draw gate takes\n\ncommand: make scale\ncommit:  %s\nmachine: %s, %s/%s\n\n", cmp.Or(os.Getenv("COMMIT"), "unknown"), loaded(), runtime.GOOS, runtime.GOARCH)
	fmt.Fprintf(&b, "%d boards, all rows open, each asked, drawn in both themes, judged and photographed by Chromium one after the other: %v.\n\n", len(s.took), all)
	for _, name := range slices.Sorted(maps.Keys(s.took)) {
		fmt.Fprintf(&b, "%-22s %7v\n", strings.TrimSuffix(name, ".json"), s.took[name])
	}
	return b.String()
}

// marked looks for what happened in the played world among what is marked on every board.
func marked(t *testing.T, path string, marks []preview.Mark) {
	t.Helper()
	for _, title := range dashboard.Happened() {
		if !slices.ContainsFunc(marks, func(m preview.Mark) bool { return m.Title == title }) {
			t.Errorf("%s: want a mark %q, got %v", filepath.Base(path), title, marks)
		}
	}
}

// judge fails the test for each finding but those of panels that have a reason to be empty.
func (s *studio) judge(t *testing.T, path string, board []byte, findings []preview.Finding) {
	t.Helper()
	for _, f := range findings {
		switch reason := s.played.Quiet(t, board, f.Title); {
		case f.Kind == "empty" && reason != "":
		default:
			t.Errorf("%s: %s", filepath.Base(path), f)
		}
	}
}

// TestDrawnMistakes draws a board in which everything is wrong that no other gate can see, or that this one sees as well, and wants each
// mistake to be found where it is and nothing else.
func TestDrawnMistakes(t *testing.T) {
	t.Parallel()
	s := openStudio(t)
	t.Run("planted", s.planted)
	t.Run("walk", s.walk)
	for name, mistakes := range wrong() {
		path := filepath.Join(t.TempDir(), name+".json")
		if err := os.WriteFile(path, []byte(boardOf(mistakes)), 0o600); err != nil {
			t.Fatal(err)
		}
		found := s.draw(t, []string{path}, preview.Dark)[path].Findings
		for i, m := range mistakes {
			id := 100 + i
			if m.kind == "id" {
				id = 100
			}
			if !slices.ContainsFunc(found, func(f preview.Finding) bool { return f.Kind == m.kind && (f.Panel == id || f.Panel == 0) }) {
				t.Errorf("%s: want a finding of kind %q, got %v", m.name, m.kind, found)
			}
		}
		for _, f := range found {
			i := f.Panel - 100
			if f.Panel != 0 && (i < 0 || i >= len(mistakes) || mistakes[i].kind != f.Kind && !strings.Contains(mistakes[i].also, f.Kind)) {
				t.Errorf("found as well: %s", f)
			}
		}
	}
}

// planted draws the planted board with each of the mistakes that no other gate can see, and wants something to be found on the panel with the mistake,
// and nothing on the board without one.
func (s *studio) planted(t *testing.T) {
	whole, err := planted.Board()
	if err != nil {
		t.Fatal(err)
	}
	draw := func(t *testing.T, board []byte) []preview.Finding {
		t.Helper()
		path := filepath.Join(t.TempDir(), "planted.json")
		if err := os.WriteFile(path, board, 0o600); err != nil {
			t.Fatal(err)
		}
		return s.draw(t, []string{path}, preview.Dark)[path].Findings
	}
	if found := draw(t, whole); len(found) > 0 {
		t.Errorf("no mistake: want no finding, got %v", found)
	}
	mistakes := slices.DeleteFunc(planted.Mistakes(), func(m planted.Mistake) bool { return !slices.Contains(m.Gates, planted.Draw) })
	if len(mistakes) == 0 {
		t.Error("want mistakes that only a drawing shows, got none")
	}
	for _, m := range mistakes {
		t.Run(m.Name, func(t *testing.T) {
			spoilt, err := m.Apply(whole)
			if err != nil {
				t.Fatal(err)
			}
			number, err := strconv.Atoi(strings.Split(m.Path, ".")[1])
			if err != nil {
				t.Fatal(err)
			}
			found := draw(t, spoilt)
			if !slices.ContainsFunc(found, func(f preview.Finding) bool { return f.Panel == number+1 }) { // ids count from 1
				t.Errorf("want a finding on the panel %d, got %v", number+1, found)
			}
		})
	}
}
