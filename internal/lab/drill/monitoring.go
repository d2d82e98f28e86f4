package drill

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/voipbin/observability/internal/lab"
	"github.com/voipbin/observability/internal/lab/supervise"
	"github.com/voipbin/observability/internal/promapi"
)

// The alerts that the drill is about, and what it mutes: tickets are nobody's business while everybody knows of the drill.
const (
	alertRegionDown = "RecoveryRegionDown"
	alertExposure   = "RecoveryExposureHigh"
	mutedLabel      = "severity"
	mutedValue      = "ticket"
	webhookToken    = "a token of the laboratory's Alertmanager"
	webhookFile     = "webhook"
	specDir         = "spec"
	generatedDir    = "generated"
	maxNotification = 1 << 20
)

// shorter are the lines of spec/recovery.yaml that a drill of half a minute cannot wait for. The rules are those of the platform otherwise: the
// same expressions in the same group.
func shorter() map[string]string {
	return map[string]string{
		"exposure: {warn: 60s, page: 150s}": "exposure: {warn: 2s, page: 4s}",
		"region_down_for: 30s":              "region_down_for: 2s",
	}
}

// downFor is what shorter makes of region_down_for.
const downFor = 2 * time.Second

// monitoring is a Prometheus with the rules of recovery, and an Alertmanager that notifies the tracker and the laboratory.
type monitoring struct {
	prometheus, alertmanager string // programs
	prometheusURL, alertsURL string
	receiver                 *receiver
	api                      *promapi.Client
}

// receiver is where a person would be: it takes the same notifications as the tracker.
type receiver struct {
	url    string
	server *http.Server
	mu     sync.Mutex
	first  map[string]time.Time // by the alert's name and severity
}

func startReceiver() (*receiver, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0") //nolint:noctx // does not block
	if err != nil {
		return nil, err
	}
	r := &receiver{url: "http://" + l.Addr().String() + "/", first: map[string]time.Time{}}
	r.server = &http.Server{Handler: http.HandlerFunc(r.take), ReadHeaderTimeout: askWithin}
	go func() { _ = r.server.Serve(l) }() // ends by close
	return r, nil
}

// take keeps when the first notification of each alert came.
func (r *receiver) take(w http.ResponseWriter, req *http.Request) {
	at := time.Now()
	var n struct {
		Alerts []struct {
			Status string            `json:"status"`
			Labels map[string]string `json:"labels"`
		} `json:"alerts"`
	}
	if err := json.NewDecoder(io.LimitReader(req.Body, maxNotification)).Decode(&n); err != nil {
		http.Error(w, "no notification", http.StatusBadRequest)
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, a := range n.Alerts {
		key := a.Labels["alertname"] + "/" + a.Labels["severity"]
		if _, known := r.first[key]; a.Status == "firing" && !known {
			r.first[key] = at
		}
	}
}

// received is when the first notification of an alert came; the zero time if none did.
func (r *receiver) received(name, severity string) time.Time {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.first[name+"/"+severity]
}

// obtainMonitoring finds the programs, and makes the rules of the spec whose waits are shorter.
func (d *Drill) obtainMonitoring(ctx context.Context) error {
	d.monitoring = &monitoring{}
	for name, program := range map[string]*string{"prometheus": &d.monitoring.prometheus, "alertmanager": &d.monitoring.alertmanager} {
		path, err := lab.FindTool(ctx, d.Options.Options, name)
		if err != nil {
			return err
		}
		*program = path
	}
	spec := filepath.Join(d.Folder, specDir)
	if err := os.CopyFS(spec, os.DirFS(filepath.Join(d.Repo, specDir))); err != nil {
		return err
	}
	file := filepath.Join(spec, "recovery.yaml")
	text, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	changed := string(text)
	for line, short := range shorter() {
		if strings.Count(changed, line) != 1 {
			return fmt.Errorf("%s: no line %q any more: the drill makes it shorter", file, line)
		}
		changed = strings.Replace(changed, line, short, 1)
	}
	if err := os.WriteFile(file, []byte(changed), 0o644); err != nil {
		return err
	}
	cmd := exec.CommandContext(ctx, filepath.Join(d.Repo, "bin", "obsgen"), "generate", "-spec", specDir, "-out", generatedDir)
	cmd.Dir = d.Folder
	if err := os.Mkdir(filepath.Join(d.Folder, generatedDir), 0o755); err != nil {
		return err
	}
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("obsgen generate: %w: %s", err, strings.TrimSpace(string(out)))
	}
	return nil
}

// claimMonitoring claims the addresses, which the trackers and the servers have to know of each other.
func (d *Drill) claimMonitoring() error {
	m := d.monitoring
	for _, url := range []*string{&m.prometheusURL, &m.alertsURL} {
		port, err := d.ports.Free()
		if err != nil {
			return err
		}
		d.ports.Release(port)
		*url = fmt.Sprintf("http://127.0.0.1:%d", port)
	}
	var err error
	if m.receiver, err = startReceiver(); err != nil {
		return err
	}
	d.onClose(m.receiver.server.Close)
	m.api, err = promapi.New(m.prometheusURL)
	return err
}

// startMonitoring starts Alertmanager and Prometheus, and waits until both trackers are scraped.
func (d *Drill) startMonitoring(ctx context.Context) error {
	m := d.monitoring
	for name, content := range map[string]any{"alertmanager.yml": d.alertmanagerConfig(), "prometheus.yml": d.prometheusConfig()} {
		text, err := json.MarshalIndent(content, "", "  ")
		if err != nil {
			return err
		}
		if err := os.WriteFile(filepath.Join(d.Folder, name), text, 0o600); err != nil {
			return err
		}
	}
	away := context.WithoutCancel(ctx)
	address := func(url string) string { return "--web.listen-address=" + strings.TrimPrefix(url, "http://") }
	for _, s := range []struct {
		cmd   *exec.Cmd
		name  string
		ready string
	}{
		{exec.CommandContext(away, m.alertmanager, "--config.file=alertmanager.yml", "--storage.path=alertmanager", address(m.alertsURL), "--cluster.listen-address=", "--log.level=warn"), "alertmanager", m.alertsURL + "/-/ready"},
		{exec.CommandContext(away, m.prometheus, "--config.file=prometheus.yml", "--storage.tsdb.path=prometheus", address(m.prometheusURL), "--scrape.discovery-reload-interval=1s", "--log.level=warn"), "prometheus", m.prometheusURL + "/-/ready"},
	} {
		s.cmd.Dir = d.Folder
		_, err := d.super.Start(ctx, supervise.Spec{Name: s.name, Cmd: s.cmd, ReadyWithin: time.Minute, Ready: func(ctx context.Context) error { return fetch(ctx, s.ready, nil) }})
		if err != nil {
			return err
		}
	}
	return poll(ctx, soon, "both trackers are scraped", func(ctx context.Context) bool {
		all, err := m.api.Targets(ctx)
		up := 0
		for _, t := range all {
			if t.Up {
				up++
			}
		}
		return err == nil && up == len(d.trackers())
	})
}

// alertmanagerConfig sends everything to the tracker and to the laboratory at once: what a platform waits to group costs the drill nothing.
func (d *Drill) alertmanagerConfig() map[string]any {
	return map[string]any{
		"route": map[string]any{"receiver": "drill", "group_by": []string{"alertname", mutedLabel}, "group_wait": "1s", "group_interval": "1s", "repeat_interval": "1h"},
		"receivers": []any{map[string]any{"name": "drill", "webhook_configs": []any{
			map[string]any{"url": d.tracker.url + "/api/v1/alerts", "http_config": map[string]any{"authorization": map[string]any{"credentials": webhookToken}}},
			map[string]any{"url": d.monitoring.receiver.url},
		}}},
	}
}

func (d *Drill) prometheusConfig() map[string]any {
	var targets []any
	for _, t := range d.trackers() {
		targets = append(targets, map[string]any{"targets": []string{strings.TrimPrefix(t.url, "http://")}, "labels": map[string]string{"instance": t.vantage}})
	}
	return map[string]any{
		"global":         map[string]any{"scrape_interval": "1s", "evaluation_interval": "1s"},
		"rule_files":     []string{filepath.Join(generatedDir, "rules", "recovery.yaml")},
		"scrape_configs": []any{map[string]any{"job_name": "tracker", "static_configs": targets}},
		"alerting": map[string]any{"alertmanagers": []any{map[string]any{"static_configs": []any{
			map[string]any{"targets": []string{strings.TrimPrefix(d.monitoring.alertsURL, "http://")}},
		}}}},
	}
}

// silences are how many of Alertmanager's are in a state.
func (d *Drill) silences(ctx context.Context, state string) (int, error) {
	var all []struct {
		Comment string `json:"comment"`
		Status  struct {
			State string `json:"state"`
		} `json:"status"`
		Matchers []struct{ Name, Value string } `json:"matchers"`
	}
	if err := fetch(ctx, d.monitoring.alertsURL+"/api/v2/silences", &all); err != nil {
		return 0, err
	}
	n := 0
	for _, s := range all {
		if s.Status.State == state && strings.Contains(s.Comment, d.id) && len(s.Matchers) == 1 && s.Matchers[0].Name == mutedLabel && s.Matchers[0].Value == mutedValue {
			n++
		}
	}
	return n, nil
}

// silenced waits for the drill's silence to be in a state.
func (d *Drill) silenced(ctx context.Context, state string) error {
	return poll(ctx, soon, "the drill's silence is "+state, func(ctx context.Context) bool {
		n, err := d.silences(ctx, state)
		return err == nil && n == 1
	})
}

// notified waits until somebody was told that the region is down, and until the tracker took that down.
func (d *Drill) notified(ctx context.Context) error {
	err := poll(ctx, soon, alertRegionDown+" is received", func(context.Context) bool {
		return !d.monitoring.receiver.received(alertRegionDown, "page").IsZero()
	})
	if err != nil {
		return errors.Join(err, d.explain(ctx))
	}
	d.truth.Notified = d.monitoring.receiver.received(alertRegionDown, "page")
	return nil
}

// explain says what Prometheus thinks of the alerts, where they did not come.
func (d *Drill) explain(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), askWithin)
	defer cancel()
	all, err := d.monitoring.api.Alerts(ctx)
	if err != nil {
		return err
	}
	return fmt.Errorf("prometheus has %+v", all)
}
