//go:build integration

package integration

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/voipbin/observability/internal/lab"
	"github.com/voipbin/observability/internal/lab/steps"
	"github.com/voipbin/observability/internal/promapi"
)

// outsideWorld is what runs in neither region: the dead man's switches, a page each, and where people read their pages.
type outsideWorld struct {
	server *httptest.Server
	mu     sync.Mutex
	beats  map[string]time.Time // when the last heartbeat of a region came
	pages  map[string]string    // everything that a region's Alertmanager told, by region
}

func startOutsideWorld(t *testing.T) *outsideWorld {
	t.Helper()
	o := &outsideWorld{beats: map[string]time.Time{}, pages: map[string]string{}}
	o.server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprint(w, "ok")                                  // what Slack says
		text, _ := io.ReadAll(io.LimitReader(r.Body, 1<<20)) // a cut body is a page of less text
		kind, region, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/"), "/")
		o.mu.Lock()
		defer o.mu.Unlock()
		if kind == "beat" {
			o.beats[region] = time.Now()
			return
		}
		o.pages[region] += string(text)
	}))
	t.Cleanup(o.server.Close)
	return o
}

// alive reports whether a region's heartbeat came lately.
func (o *outsideWorld) alive(region string) bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	return time.Since(o.beats[region]) < 5*time.Second
}

// told reports whether a region's Alertmanager has told a text.
func (o *outsideWorld) told(region, text string) bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	return strings.Contains(o.pages[region], text)
}

// watchRegion is the Prometheus and the Alertmanager of a region, at an address of its own, with the shipped rules and routes.
type watchRegion struct {
	t                        *testing.T
	name, folder             string
	prometheus, alertmanager string // host:port
	programs                 map[string]string
	running                  []*exec.Cmd
	api                      *promapi.Client
}

// newRegion claims a region's addresses and writes what its servers read, all but where the trackers and the other region are.
func newRegion(t *testing.T, name, address string, o *outsideWorld) *watchRegion {
	t.Helper()
	options, err := options()
	if err != nil {
		t.Fatal(err)
	}
	options.Steps = steps.New(t.Output(), false, time.Now)
	r := &watchRegion{t: t, name: name, folder: t.TempDir(), programs: map[string]string{}}
	for _, program := range []string{"prometheus", "alertmanager"} {
		if r.programs[program], err = lab.FindTool(t.Context(), options, program); err != nil {
			t.Fatal(err)
		}
	}
	r.prometheus, r.alertmanager = freeAt(t, address), freeAt(t, address)
	if r.api, err = promapi.New("http://" + r.prometheus); err != nil {
		t.Fatal(err)
	}
	for file, url := range map[string]string{
		"deadman.url": o.server.URL + "/beat/" + name, "discord-page.url": o.server.URL + "/page/" + name,
		"discord-ticket.url": o.server.URL + "/ticket/" + name, "tracker.token": operatorToken,
	} {
		r.write(file, url)
	}
	text, err := os.ReadFile(filepath.Join(repo, "deploy", "alertmanager", "alertmanager.yml"))
	if err != nil {
		t.Fatal(err)
	}
	// The routes are those that are shipped; waiting is shorter.
	r.write("alertmanager.yml", strings.NewReplacer("/etc/alertmanager/", r.folder+"/", "http://tracker-dr:9745", o.server.URL+"/copy/"+name, "group_wait: 30s", "group_wait: 1s", "group_interval: 5m", "group_interval: 1s",
		"group_interval: 15s", "group_interval: 1s", "repeat_interval: 45s", "repeat_interval: 1s").Replace(string(text)))
	return r
}

func (r *watchRegion) write(name, text string) {
	r.t.Helper()
	if err := os.WriteFile(filepath.Join(r.folder, name), []byte(text), 0o600); err != nil {
		r.t.Fatal(err)
	}
}

// freeAt is an address at which nobody listens.
func freeAt(t *testing.T, address string) string {
	t.Helper()
	l, err := net.Listen("tcp", address+":0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

// watch has the region watch trackers and the other region.
func (r *watchRegion) watch(other *watchRegion, trackers ...*runningTracker) {
	r.t.Helper()
	root, err := filepath.Abs(repo)
	if err != nil {
		r.t.Fatal(err)
	}
	static := func(targets ...any) []any { return targets }
	var targets []any
	for i, tracker := range trackers {
		targets = append(targets, map[string]any{"targets": []string{strings.TrimPrefix(tracker.url, "http://")}, "labels": map[string]string{"instance": fmt.Sprintf("tracker-%d", i)}})
	}
	text, err := json.Marshal(map[string]any{
		"global":     map[string]any{"scrape_interval": "1s", "evaluation_interval": "1s"},
		"rule_files": []string{filepath.Join(root, "rules/watchdog.yaml"), filepath.Join(root, "rules/recovery.yaml")},
		"scrape_configs": []any{
			map[string]any{"job_name": "tracker", "static_configs": targets},
			map[string]any{"job_name": "other-region", "static_configs": static(map[string]any{"targets": []string{other.prometheus, other.alertmanager}})},
		},
		"alerting": map[string]any{"alertmanagers": static(map[string]any{"static_configs": static(map[string]any{"targets": []string{r.alertmanager}})})},
	})
	if err != nil {
		r.t.Fatal(err)
	}
	r.write("prometheus.yml", string(text)) // JSON is YAML
}

// start starts the region's servers.
func (r *watchRegion) start() {
	r.t.Helper()
	for _, args := range [][]string{
		{"alertmanager", "--config.file=alertmanager.yml", "--storage.path=alertmanager", "--web.listen-address=" + r.alertmanager, "--cluster.listen-address=", "--log.level=error"},
		{"prometheus", "--config.file=prometheus.yml", "--storage.tsdb.path=prometheus", "--web.listen-address=" + r.prometheus, "--log.level=error"},
	} {
		cmd := exec.Command(r.programs[args[0]], args[1:]...)
		cmd.Dir, cmd.Stderr = r.folder, r.t.Output()
		cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
		if err := cmd.Start(); err != nil {
			r.t.Fatal(err)
		}
		r.running = append(r.running, cmd)
	}
	r.t.Cleanup(r.die)
}

// die is the loss of the region: nothing of it says goodbye.
func (r *watchRegion) die() {
	for _, cmd := range r.running {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	}
	r.running = nil
}

// has reports whether the region's Prometheus has an alert in a state.
func (r *watchRegion) has(ctx context.Context, alert, state string) bool {
	all, err := r.api.Alerts(ctx)
	if err != nil {
		return false
	}
	for _, a := range all {
		if a.Name == alert && a.State == state {
			return true
		}
	}
	return false
}

// TestPlacement holds docs/placement.md to two regions of real servers, at addresses of loopback of their own: which part notices what when a region is
// lost, the one with the traffic and the one that waits. Rules and routes are those that are shipped.
func TestPlacement(t *testing.T) {
	t.Parallel()
	const primary, standby = "primary", "standby"
	outside := startOutsideWorld(t)
	var lost atomic.Bool
	service := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		if lost.Load() {
			w.WriteHeader(http.StatusServiceUnavailable)
		}
	}))
	defer service.Close()
	// Their databases are nobody: what is looked at here is where parts are, and what they see of a path.
	path := fmt.Sprintf("paths:\n  - {name: api, kind: http, url: %q, interval: 500ms, timeout: 400ms}\n", service.URL)
	inStandby := startTrackerOf(t, freeAt(t, "127.0.2.1"), freeAt(t, "127.0.2.1"), "tracker-dr", path)
	elsewhere := startTrackerOf(t, freeAt(t, "127.0.3.1"), freeAt(t, "127.0.3.1"), "tracker-outside", path)
	a, b := newRegion(t, primary, "127.0.1.1", outside), newRegion(t, standby, "127.0.2.1", outside)
	a.watch(b, inStandby, elsewhere)
	b.watch(a, inStandby, elsewhere)
	a.start()
	b.start()
	both := func() bool { return outside.alive(primary) && outside.alive(standby) }
	within(t, 2*time.Minute, "both regions are heard of", both) // Alertmanagers first wait for each other

	// The region with the traffic: its heart stops, two trackers see it, and the other region tells people.
	lost.Store(true)
	a.die()
	within(t, time.Minute, "the heartbeat of the primary region stops", func() bool { return !outside.alive(primary) })
	within(t, time.Minute, "the heart of the standby region goes on", func() bool { return outside.alive(standby) })
	within(t, 2*time.Minute, "the standby region tells that the region is down", func() bool { return outside.told(standby, "RecoveryRegionDown") })
	if outside.told(primary, "RecoveryRegionDown") {
		t.Error("the region that died told of it")
	}
	lost.Store(false)
	a.start()
	within(t, time.Minute, "both regions are heard of again", both)
	within(t, time.Minute, "the region is up again", func() bool { return outside.told(standby, "resolved: RecoveryRegionDown") })

	// The region that waits: nothing happens to calls. One tracker alone says nothing of a region, and goes on proving.
	before := elsewhere.snapshot()
	b.die()
	inStandby.kill(syscall.SIGKILL)
	within(t, time.Minute, "the heartbeat of the standby region stops", func() bool { return !outside.alive(standby) })
	within(t, time.Minute, "the primary region misses the tracker", func() bool { return a.has(t.Context(), "RecoveryTrackerDown", "pending") })
	within(t, time.Minute, "the tracker outside goes on", func() bool { return elsewhere.snapshot().Paths[0].Good > before.Paths[0].Good })
	within(t, time.Minute, "the heart of the primary region goes on", func() bool { return outside.alive(primary) })
	if outside.told(primary, "RecoveryRegionDown") {
		t.Error("the loss of the standby region is told as one of the primary")
	}
}
