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

// startOutsideWorld starts it at a place, which this process has to be in.
func startOutsideWorld(t *testing.T, at *place) *outsideWorld {
	t.Helper()
	o := &outsideWorld{beats: map[string]time.Time{}, pages: map[string]string{}}
	o.server = httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
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
	l, err := net.Listen("tcp", at.port(t, 443))
	if err != nil {
		t.Fatal(err)
	}
	_ = o.server.Listener.Close() // one of loopback that nobody has used
	o.server.Listener = l
	o.server.Start()
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

// watchRegion is what watches in a region, at its place: Prometheus and Alertmanager with the shipped rules and routes.
type watchRegion struct {
	t                        *testing.T
	at                       *place
	folder                   string
	prometheus, alertmanager string // host:port
	programs                 map[string]string
	running                  []*exec.Cmd
	gates                    []*gate // what else of the region is of interest here
	api                      *promapi.Client
}

// watchPrograms are the servers of a region that watch.
func watchPrograms(t *testing.T) map[string]string {
	t.Helper()
	options, err := options()
	if err != nil {
		t.Fatal(err)
	}
	options.Steps = steps.New(t.Output(), false, time.Now)
	programs := map[string]string{}
	for _, program := range []string{"prometheus", "alertmanager"} {
		if programs[program], err = lab.FindTool(t.Context(), options, program); err != nil {
			t.Fatal(err)
		}
	}
	return programs
}

// newRegion claims a region's addresses and writes what its servers read, all but where the trackers and the other region are.
func newRegion(t *testing.T, at *place, o *outsideWorld) *watchRegion {
	t.Helper()
	r := &watchRegion{t: t, at: at, folder: t.TempDir(), programs: watchPrograms(t), prometheus: at.port(t, 9090), alertmanager: at.port(t, 9093)}
	var err error
	if r.api, err = promapi.New("http://" + r.prometheus); err != nil {
		t.Fatal(err)
	}
	for file, url := range map[string]string{
		"deadman.url": o.server.URL + "/beat/" + at.name, "discord-page.url": o.server.URL + "/page/" + at.name,
		"discord-ticket.url": o.server.URL + "/ticket/" + at.name, "tracker.token": operatorToken,
	} {
		r.write(file, url)
	}
	text, err := os.ReadFile(filepath.Join(repo, "deploy", "alertmanager", "alertmanager.yml"))
	if err != nil {
		t.Fatal(err)
	}
	// The routes are those that are shipped; waiting is shorter.
	r.write("alertmanager.yml", strings.NewReplacer("/etc/alertmanager/", r.folder+"/", "http://tracker-dr:9745", o.server.URL+"/copy/"+at.name, "group_wait: 30s", "group_wait: 1s", "group_interval: 5m", "group_interval: 1s",
		"group_interval: 15s", "group_interval: 1s", "repeat_interval: 45s", "repeat_interval: 1s").Replace(string(text)))
	return r
}

func (r *watchRegion) write(name, text string) {
	r.t.Helper()
	if err := os.WriteFile(filepath.Join(r.folder, name), []byte(text), 0o600); err != nil {
		r.t.Fatal(err)
	}
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
	for _, tracker := range trackers {
		targets = append(targets, map[string]any{"targets": []string{strings.TrimPrefix(tracker.url, "http://")}, "labels": map[string]string{"instance": tracker.vantage}})
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

// start starts the region, also again.
func (r *watchRegion) start() {
	r.t.Helper()
	r.t.Cleanup(r.end)
	r.at.mend(r.t)
	for _, g := range r.gates {
		g.serve(r.t)
	}
	for _, args := range [][]string{
		{"alertmanager", "--config.file=alertmanager.yml", "--storage.path=alertmanager", "--web.listen-address=" + r.alertmanager, "--cluster.listen-address=", "--log.level=error"},
		{"prometheus", "--config.file=prometheus.yml", "--storage.tsdb.path=prometheus", "--web.listen-address=" + r.prometheus, "--log.level=error"},
	} {
		cmd := exec.Command(r.programs[args[0]], args[1:]...)
		cmd.Dir, cmd.Stderr = r.folder, r.t.Output()
		if err := r.at.start(cmd); err != nil {
			r.t.Fatal(err)
		}
		r.running = append(r.running, cmd)
	}
}

// die is the loss of the region: its network first, so that not even the kernel says goodbye for anybody, then all that ran in it.
func (r *watchRegion) die() {
	r.t.Helper()
	r.at.cut(r.t)
	r.end()
}

// end ends what runs in the region.
func (r *watchRegion) end() {
	for _, cmd := range r.running {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	}
	r.running = nil
	for _, g := range r.gates {
		g.shut()
	}
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

// sees reports whether an expression has a value now, and only this one, at the region's Prometheus.
func (r *watchRegion) sees(ctx context.Context, expr string, want float64) bool {
	all, err := r.api.Query(ctx, expr, time.Now())
	return err == nil && len(all) == 1 && all[0].Value == want
}
