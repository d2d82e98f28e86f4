package dashboard

import (
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/voipbin/observability/internal/dashboard/lint"
	"github.com/voipbin/observability/internal/diag"
	"github.com/voipbin/observability/internal/metric"
	"github.com/voipbin/observability/internal/rules"
	"github.com/voipbin/observability/internal/slo"
	"github.com/voipbin/observability/internal/spec"
)

func catalogue() *metric.Catalogue { return metric.NewCatalogue(metric.All()) }

// described is the repository's own spec.
func described(tb testing.TB) *spec.Spec {
	tb.Helper()
	s, problems := spec.Load(os.DirFS(filepath.Join("..", "..", "spec")), "spec")
	if err := problems.Err(); err != nil {
		tb.Fatal(err)
	}
	return s
}

func ruled(tb testing.TB, s *spec.Spec) *rules.Output {
	tb.Helper()
	made, err := rules.Build(s, catalogue())
	if err != nil {
		tb.Fatal(err)
	}
	return made
}

func build(tb testing.TB, s *spec.Spec) []File {
	tb.Helper()
	files, err := Build(s, catalogue(), ruled(tb, s))
	if err != nil {
		tb.Fatal(err)
	}
	return files
}

// boardOf is one of the generated boards, by its name.
func boardOf(tb testing.TB, files []File, name string) []byte {
	tb.Helper()
	i := slices.IndexFunc(files, func(f File) bool { return f.UID == UIDPrefix+name })
	if i < 0 {
		tb.Fatalf("want a board %s, got none", name)
	}
	return files[i].JSON
}

// read is what the tests look at in a board.
type read struct {
	UID    string
	Panels []readPanel
}

type readPanel struct {
	ID          int
	Type, Title string
	GridPos     struct{ X, Y, W, H int }
	Links       []struct{ Title, URL string }
	Panels      []readPanel
	FieldConfig struct {
		Defaults struct {
			Unit       string
			Thresholds struct{ Steps []struct{ Value *float64 } }
		}
	}
}

// boards reads generated boards, and the panels of each by title, those in shut rows included.
func boards(t *testing.T, files []File) map[string]map[string]readPanel {
	t.Helper()
	out := map[string]map[string]readPanel{}
	for _, f := range files {
		var b read
		if err := json.Unmarshal(f.JSON, &b); err != nil {
			t.Fatal(err)
		}
		panels := map[string]readPanel{}
		var add func(list []readPanel)
		add = func(list []readPanel) {
			for _, p := range list {
				panels[p.Title] = p
				add(p.Panels)
			}
		}
		add(b.Panels)
		out[b.UID] = panels
	}
	return out
}

func (p readPanel) steps() []float64 {
	var out []float64
	for _, s := range p.FieldConfig.Defaults.Thresholds.Steps {
		if s.Value != nil {
			out = append(out, *s.Value)
		}
	}
	return out
}

func TestFilesNameBoards(t *testing.T) {
	t.Parallel()
	type name struct{ path, uid, folder string }
	var got []name
	for _, f := range build(t, described(t)) {
		got = append(got, name{f.Path, f.UID, f.Folder})
	}
	want := []name{
		{"dashboards/overview.json", "voipbin-obs-overview", "Platform"},
		{"dashboards/fleet.json", "voipbin-obs-fleet", "SIP"},
		{"dashboards/kamailio.json", "voipbin-obs-kamailio", "SIP"},
		{"dashboards/rtpengine.json", "voipbin-obs-rtpengine", "SIP"},
		{"dashboards/asterisk.json", "voipbin-obs-asterisk", "SIP"},
		{"dashboards/calls.json", "voipbin-obs-calls", "SIP"},
		{"dashboards/sip-edge.json", "voipbin-obs-sip-edge", "SIP"},
		{"dashboards/recovery.json", "voipbin-obs-recovery", "Recovery"},
		{"dashboards/service-health.json", "voipbin-obs-service-health", "Services"},
		{"dashboards/error-rates.json", "voipbin-obs-error-rates", "Services"},
		{"dashboards/kubernetes.json", "voipbin-obs-kubernetes", "Services"},
		{"dashboards/hosts.json", "voipbin-obs-hosts", "Platform"},
		{"dashboards/slo-detail.json", "voipbin-obs-slo-detail", "Platform"},
		{"dashboards/monitoring.json", "voipbin-obs-monitoring", "Platform"},
		{"dashboards/capacity.json", "voipbin-obs-capacity", "Platform"},
		{"dashboards/right-sizing.json", "voipbin-obs-right-sizing", "Platform"},
		{"dashboards/network.json", "voipbin-obs-network", "Platform"},
		{"dashboards/mysql.json", "voipbin-obs-mysql", "Stores"},
		{"dashboards/redis.json", "voipbin-obs-redis", "Stores"},
		{"dashboards/rabbitmq.json", "voipbin-obs-rabbitmq", "Stores"},
		{"dashboards/queues.json", "voipbin-obs-queues", "Stores"},
	}
	if diff := cmp.Diff(want, got, cmp.AllowUnexported(name{})); diff != "" {
		t.Errorf("files (-want +got):\n%s", diff)
	}
}

func TestBuildIsStable(t *testing.T) {
	t.Parallel()
	want := build(t, described(t))
	for range 2 {
		for i, f := range build(t, described(t)) {
			if !bytes.Equal(want[i].JSON, f.JSON) {
				t.Fatalf("%s: want the same bytes, got others", f.Path)
			}
		}
	}
}

// TestOverviewIsOneScreen holds the overview to what a screen of 1,080 lines shows: 24 lines of the grid, at 38 pixels
// each with the gap, below Grafana's own head. What is in a row that is shut is seen by who opens it.
func TestOverviewIsOneScreen(t *testing.T) {
	t.Parallel()
	panels := boards(t, build(t, described(t)))["voipbin-obs-overview"]
	shut := map[string]bool{}
	for _, row := range panels {
		for _, p := range row.Panels {
			shut[p.Title] = true
		}
	}
	for _, p := range panels {
		if bottom := p.GridPos.Y + p.GridPos.H; bottom > 24 && !shut[p.Title] {
			t.Errorf("panel %q: want it to end at line 24, got %d", p.Title, bottom)
		}
	}
}

// TestThresholdsFollowTheSpec changes the numbers of the spec and looks for them in the panels.
func TestThresholdsFollowTheSpec(t *testing.T) {
	t.Parallel()
	s := described(t)
	s.Alerts.Kamailio.Capacity.Warn, s.Alerts.Kamailio.Capacity.Page = 0.41, 0.62
	s.Alerts.RTPEngine.Ports.Warn, s.Alerts.RTPEngine.Ports.Page = 0.42, 0.63
	s.Alerts.RTPEngine.Capacity.Warn, s.Alerts.RTPEngine.Capacity.Page = 0.43, 0.64
	s.Alerts.RTPEngine.Quality.Loss = 0.011
	s.SLOs[0].Objective, s.SLOs[0].ObjectiveText = 0.995, "99.5%"
	s.Platform.SIPProxies.Nodes = append(s.Platform.SIPProxies.Nodes, spec.Node{Name: "kamailio-4", Region: "us-central1"})
	s.Platform.SIPProxies.CallsPerNode = 1234
	files := build(t, s)
	all := boards(t, files)
	f := func(board, panel string, want ...float64) {
		t.Helper()
		p, ok := all["voipbin-obs-"+board][panel]
		if !ok {
			t.Errorf("%s: want a panel %q, got none", board, panel)
		}
		if diff := cmp.Diff(want, p.steps()); diff != "" {
			t.Errorf("%s, %s (-want +got):\n%s", board, panel, diff)
		}
	}
	f("overview", "SIP proxy capacity used", 0.41, 0.62)
	f("kamailio", "Calls of what a proxy is sized for", 0.41, 0.62)
	f("overview", "SIP proxies up", 3, 4)
	f("rtpengine", "Port pairs taken", 0.42, 0.63)
	f("rtpengine", "Packets lost by engine", 0.011)
	f("fleet", "Streams of each engine", 0.43, 0.64)
	f("kamailio", "Call setup success, 30d", 0.995)
	f("kamailio", "Call setup success, last hour", 0.995)
	f("kamailio", "Call setup success, burn rate", 1, 14.4)
	f("kamailio", "Call set-up success", 0.995)
	for _, want := range []string{"1234", `"kamailio-4"`, "99.5%"} {
		if !strings.Contains(string(boardOf(t, files, "kamailio")), want) {
			t.Errorf("kamailio: want %s in it, got none", want)
		}
	}
}

// TestEveryAlertHasItsPanel holds alerts and boards together: the board that an alert names is generated, and one of its
// panels links to the alert's runbook.
func TestEveryAlertHasItsPanel(t *testing.T) {
	t.Parallel()
	s := described(t)
	made := ruled(t, s)
	files := build(t, s)
	all, shown := boards(t, files), Panels(files)
	for _, a := range made.Alerts {
		for _, r := range a.Rules {
			uid, isPath := strings.CutPrefix(r.Annotations["dashboard"], "/d/")
			panels, ok := all[uid]
			if !isPath || !ok {
				t.Errorf("alert %s: want the uid of a generated board, got %q", a.Name, r.Annotations["dashboard"])
				continue
			}
			linked := false
			for _, p := range panels {
				for _, l := range p.Links {
					linked = linked || l.URL == r.Annotations["runbook_url"] && uint(p.ID) == shown[a.Name]
				}
			}
			if !linked {
				t.Errorf("alert %s: want a panel of %s that links to %s, got none", a.Name, uid, r.Annotations["runbook_url"])
			}
		}
	}
}

func TestBuildRefusesAnUnknownBoard(t *testing.T) {
	t.Parallel()
	s := described(t)
	s.SLOs[0].Dashboard = "kamalio"
	s.SLOs[0].Pos = diag.Position{File: "spec/slos.yaml", Line: 6, Col: 3}
	var names []string
	for _, f := range build(t, described(t)) {
		names = append(names, strings.TrimPrefix(f.UID, UIDPrefix))
	}
	_, err := Build(s, catalogue(), ruled(t, s))
	want := `spec/slos.yaml:6:3: objective "call_setup" names the board "kamalio", which there is not: boards are ` + strings.Join(names, ", ")
	if problems, ok := errors.AsType[diag.Problems](err); !ok || problems.Error() != want {
		t.Errorf("want %s, got %v", want, err)
	}
}

// TestPromisedBoards holds the repository's platform to the boards that its documentation promises by their titles.
func TestPromisedBoards(t *testing.T) {
	t.Parallel()
	s := described(t)
	files := build(t, s)
	if len(s.Platform.Boards) == 0 {
		t.Fatal("the platform promises no board")
	}
	for _, title := range s.Platform.Boards {
		if !slices.ContainsFunc(files, func(f File) bool { return bytes.Contains(f.JSON, []byte(`"title": "VoIPBIN / `+title+`"`)) }) {
			t.Errorf("the platform promises a board %q, which there is not", title)
		}
	}
}

// TestBuildTellsMissingRules leaves out what boards refer to.
func TestBuildTellsMissingRules(t *testing.T) {
	t.Parallel()
	f := func(spoil func(*rules.Output), want string) {
		t.Helper()
		s := described(t)
		made := ruled(t, s)
		spoil(made)
		if _, err := Build(s, catalogue(), made); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("want an error with %q, got %v", want, err)
		}
	}
	f(func(made *rules.Output) {
		made.Records = slices.DeleteFunc(made.Records, func(r rules.Record) bool { return r.Name == capacityUsed })
	}, `no rule records "voipbin:sip_proxy_capacity_used:ratio"`)
	f(func(made *rules.Output) {
		made.Alerts = slices.DeleteFunc(made.Alerts, func(a rules.Alert) bool { return a.Name == "KamailioDown" })
	}, `there is no alert "KamailioDown"`)
}

// TestBuildIsLinted takes a metric out of the catalogue: lint must name the panels that would stay empty.
func TestBuildIsLinted(t *testing.T) {
	t.Parallel()
	s := described(t)
	made := ruled(t, s)
	families := slices.DeleteFunc(metric.All(), func(f *metric.Family) bool { return f == metric.KamailioShmFragments })
	_, err := Build(s, metric.NewCatalogue(families), made)
	problems, ok := errors.AsType[lint.Problems](err)
	if !ok || len(problems) == 0 || problems[0].Rule != "query-promql" || problems[0].Panel != "Shared memory fragments" {
		t.Errorf("want the panel of the missing metric, got %v", err)
	}
}

// TestIntervalsFollowTheScrape slows the scrape down: boards must neither refresh faster, nor rate over what holds no two
// samples.
func TestIntervalsFollowTheScrape(t *testing.T) {
	t.Parallel()
	f := func(scrape time.Duration, refresh, interval string) {
		t.Helper()
		s := described(t)
		s.Platform.Prometheus.ScrapeInterval = scrape
		for _, file := range build(t, s) {
			text := string(file.JSON)
			if !strings.Contains(text, `"refresh": "`+refresh+`"`) || !strings.Contains(text, `"interval": "`+interval+`"`) {
				t.Errorf("%s: want refresh %s and interval %s, got others", file.Path, refresh, interval)
			}
		}
	}
	f(15*time.Second, "30s", "15s")
	f(90*time.Second, "90s", "90s")
	f(2*time.Minute, "2m", "120s")
}

func TestSeveralObjectives(t *testing.T) {
	t.Parallel()
	s := described(t)
	second := s.SLOs[0]
	second.Name, second.Title, second.Dashboard = "call_setup_strict", "Strict call setup", ""
	second.Objective, second.ObjectiveText, second.Period = 0.9995, "99.95%", 7*24*time.Hour
	s.SLOs = append(s.SLOs, second)
	all := boards(t, build(t, s))
	for title, board := range map[string]string{"Call setup success, 30d": "kamailio", "Strict call setup, 7d": "overview", "Strict call setup, burn rate": "overview"} {
		if _, ok := all["voipbin-obs-"+board][title]; !ok {
			t.Errorf("%s: want a panel %q, got none", board, title)
		}
	}
	if _, ok := all["voipbin-obs-kamailio"]["Strict call setup, 7d"]; ok {
		t.Error("kamailio: want only the objectives that name it, got another")
	}
}

func TestNoObjective(t *testing.T) {
	t.Parallel()
	s := described(t)
	s.SLOs = nil
	all := boards(t, build(t, s))
	if p := all["voipbin-obs-kamailio"]["Call set-up success"]; len(p.steps()) != 0 {
		t.Errorf("want no threshold without an objective, got %v", p.steps())
	}
	if _, ok := all["voipbin-obs-kamailio"]["Objectives of the tier"]; ok {
		t.Error("want no row without panels, got one")
	}
}

func BenchmarkBuild(b *testing.B) {
	s := described(b)
	made := ruled(b, s)
	for b.Loop() {
		if _, err := Build(s, catalogue(), made); err != nil {
			b.Fatal(err)
		}
	}
}

// A platform of SIP proxies alone has no board about other tiers, and none that asks for them.
func TestProxiesAlone(t *testing.T) {
	t.Parallel()
	s := described(t)
	s.SLOs = s.SLOs[:1] // the others are about what is not there
	s.Platform.MediaProxies, s.Platform.MediaServers, s.Platform.SIPProber = spec.MediaProxyTier{}, spec.MediaServerTier{}, spec.SIPProber{}
	for _, f := range build(t, s) {
		if f.UID == UIDPrefix+rtpengineName || f.UID == UIDPrefix+asteriskName {
			t.Errorf("want no board of what is not there, got %s", f.UID)
		}
		for title, list := range queries(t, f.JSON) {
			if asked := strings.ReplaceAll(strings.Join(list, " "), "kamailio_rtpengine", ""); strings.Contains(asked, "rtpengine_") ||
				strings.Contains(asked, "asterisk_") || strings.Contains(asked, "sip_probe") {
				t.Errorf("%s: panel %q asks for what is not there: %s", f.UID, title, list)
			}
		}
	}
}

// Nodes that the proxies do not know by an address, and a platform that watches no endpoints, have boards as well: without what
// would stay empty.
func TestTiersThatProxiesDoNotKnow(t *testing.T) {
	t.Parallel()
	s := described(t)
	for i := range s.Platform.MediaProxies.Nodes {
		s.Platform.MediaProxies.Nodes[i].Control = ""
	}
	for i := range s.Platform.MediaServers.Nodes {
		s.Platform.MediaServers.Nodes[i].SIP = ""
	}
	s.Alerts.Asterisk.Endpoints = ""
	all := boards(t, build(t, s))
	for board, title := range map[string]string{rtpengineName: "The proxies' view of each engine", asteriskName: "The proxies' view of each server", "fleet": "Servers as the proxies see them"} {
		if _, ok := all[UIDPrefix+board][title]; ok {
			t.Errorf("%s: want no panel %q, got one", board, title)
		}
	}
	if _, ok := all[UIDPrefix+asteriskName]["Endpoints by state"]; !ok {
		t.Error("want the endpoints' states without an alert, got no panel")
	}
}

// The burn rates of an objective with windows of its own are those windows, and that of the last hour.
func TestBurnRatesOfOwnTiers(t *testing.T) {
	t.Parallel()
	s := described(t)
	s.SLOs[0].Tiers = []slo.Tier{{Name: "slow", Severity: slo.Ticket, Share: 0.2, Long: 2 * 24 * time.Hour, Short: 4 * time.Hour}}
	asked := queries(t, boardOf(t, build(t, s), "kamailio"))["Call setup success, burn rate"]
	if text := strings.Join(asked, " "); !strings.Contains(text, "ratio_increase2d") || !strings.Contains(text, "ratio_increase1h") || strings.Contains(text, "ratio_increase6h") {
		t.Errorf("want the windows of two days and of an hour, got %s", text)
	}
}

// The document lists every board, so that one is found by what it answers.
func TestBoardsAreDocumented(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile(filepath.Join("..", "..", "docs", "boards.md"))
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range build(t, described(t)) {
		if !bytes.Contains(text, []byte("](../"+f.Path+") | "+f.Folder+" |")) {
			t.Errorf("docs/boards.md does not list %s in the folder %s", f.Path, f.Folder)
		}
	}
}
