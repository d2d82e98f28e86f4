package lab

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"github.com/voipbin/observability/internal/lab/supervise"
	"github.com/voipbin/observability/internal/promapi"
)

// The intervals of the laboratory. Scraping and evaluating each second makes a run's result known seconds after its last call.
const (
	scrapeInterval = time.Second
	askWithin      = 2 * time.Second // one HTTP question on loopback
)

// instance is the name of the laboratory's Kamailio in the series, the same as a node's of the published platform.
const instance = "kamailio-1"

// Monitoring is the exporter and the servers with the generated configuration.
type Monitoring struct {
	run *Run
	// ExporterURL, PrometheusURL and AlertmanagerURL are where they listen.
	ExporterURL, PrometheusURL, AlertmanagerURL string
	// Exporter is kamailio_exporter's process.
	Exporter *supervise.Process
	// API reads Prometheus.
	API *promapi.Client
	// Webhook takes Alertmanager's notifications.
	Webhook *Webhook

	observers *Observers // nil is none
	media     *Media     // that they watch
	recovery  *Recovery  // nil is none

	exporterPort, prometheusPort, alertmanagerPort int
}

// StartMonitoring starts the exporter for a Kamailio, generates the configuration and starts the servers. Observers and the tracker
// are scraped too, and may be nil.
func (r *Run) StartMonitoring(ctx context.Context, t *Telephony, o *Observers, recovery *Recovery) (*Monitoring, error) {
	m := &Monitoring{run: r, observers: o, media: t.media, recovery: recovery}
	if err := m.claimPorts(); err != nil {
		return nil, err
	}
	hook, err := StartWebhook()
	if err != nil {
		return nil, err
	}
	m.Webhook = hook
	r.onClose(hook.Close)
	if err := m.StartExporter(ctx, t.Config.Unix()); err != nil {
		return nil, err
	}
	if err := m.generate(ctx); err != nil {
		return nil, err
	}
	if err := m.startAlertmanager(ctx); err != nil {
		return nil, err
	}
	return m, m.startPrometheus(ctx)
}

func (m *Monitoring) claimPorts() error {
	fixed := m.run.opts.Ports
	for _, p := range []struct {
		fixed int
		what  string
		port  *int
		url   *string
	}{
		{fixed.Exporter, "kamailio_exporter", &m.exporterPort, &m.ExporterURL},
		{fixed.Alertmanager, "Alertmanager", &m.alertmanagerPort, &m.AlertmanagerURL},
	} {
		port, err := m.run.port(p.fixed, p.what)
		if err != nil {
			return err
		}
		*p.port, *p.url = port, fmt.Sprintf("http://%s", loopback(port))
	}
	var err error
	m.prometheusPort, err = m.run.prometheusPort()
	m.PrometheusURL = fmt.Sprintf("http://%s", loopback(m.prometheusPort))
	return err
}

func loopback(port int) string { return fmt.Sprintf("127.0.0.1:%d", port) }

// StartExporter starts kamailio_exporter for the Kamailio at address, and again after it was stopped.
func (m *Monitoring) StartExporter(ctx context.Context, address string) error {
	r := m.run
	r.ports.Release(m.exporterPort)
	cmd := exec.CommandContext(context.WithoutCancel(ctx), filepath.Join(r.tools.Bin, "kamailio_exporter"),
		"--kamailio.address="+address, "--web.listen-address="+loopback(m.exporterPort))
	var err error
	m.Exporter, err = r.super.Start(ctx, supervise.Spec{Name: "kamailio_exporter", Cmd: cmd, Ready: answers(m.ExporterURL + "/metrics")})
	return err
}

// targets is what obsgen has to know about this run; JSON is YAML as well.
type targets struct {
	Kamailio     []target `json:"kamailio"`
	RTPEngine    []target `json:"rtpengine,omitempty"`
	Asterisk     []target `json:"asterisk,omitempty"`
	SIP          []prober `json:"sip,omitempty"`
	Tracker      []target `json:"tracker,omitempty"`
	Prometheus   string   `json:"prometheus"`
	Alertmanager string   `json:"alertmanager"`
	Webhook      string   `json:"webhook"`
	Unmeasured   []string `json:"unmeasured,omitempty"`
}

type target struct {
	Address string            `json:"address"`
	Labels  map[string]string `json:"labels"`
	Control string            `json:"control,omitempty"`
	SIP     string            `json:"sip,omitempty"`
}

type prober struct {
	Address string   `json:"address"`
	Probes  []string `json:"probes"`
}

// reportedQuality is the objective over what both ends of a call report of it.
const reportedQuality = "media_quality"

// targets are those of this run.
func (m *Monitoring) targets() targets {
	t := targets{
		Kamailio:   []target{named(m.exporterPort, instance)},
		Prometheus: loopback(m.prometheusPort), Alertmanager: loopback(m.alertmanagerPort), Webhook: m.Webhook.URL(),
	}
	if m.observers != nil {
		t.SIP = []prober{{loopback(m.observers.SIP.port), []string{probeOptions, probeRegister}}}
	}
	if m.observers != nil && m.media != nil {
		engine, server := named(m.observers.RTPEngine.port, rtpengineInstance), named(m.observers.Asterisk.port, asteriskInstance)
		engine.Control, server.SIP = m.media.RTPEngine.Control(), "sip:"+m.media.Asterisk.SIP()
		t.RTPEngine, t.Asterisk = []target{engine}, []target{server}
		t.Unmeasured = []string{reportedQuality} // SIPp and the prober send no RTCP reports
		t.SIP = []prober{{loopback(m.observers.SIP.port), []string{probeOptions, probeRegister, probeEcho}}}
	}
	if m.recovery != nil {
		t.Tracker = []target{named(m.recovery.Tracker.port, trackerInstance)}
	}
	return t
}

// named is an exporter under the name of what it watches.
func named(port int, instance string) target {
	return target{Address: loopback(port), Labels: map[string]string{"instance": instance}}
}

// generatedDir is the folder below the run folder that obsgen writes to.
const generatedDir = "generated"

// The servers' configuration files below that folder.
const (
	prometheusFile   = "deploy/prometheus/prometheus.yml"
	alertmanagerFile = "deploy/alertmanager/alertmanager.yml"
)

// generate runs obsgen on the repository's own spec, with this run's addresses.
func (m *Monitoring) generate(ctx context.Context) error {
	r := m.run
	text, err := json.MarshalIndent(m.targets(), "", "  ")
	if err != nil {
		return err
	}
	file := r.path("targets.yaml")
	if err := os.WriteFile(file, text, 0o644); err != nil {
		return err
	}
	if err := os.MkdirAll(r.path(generatedDir), 0o755); err != nil {
		return err
	}
	cmd := exec.CommandContext(ctx, filepath.Join(r.tools.Bin, "obsgen"), "generate",
		"-out", r.path(generatedDir), "-targets", file, "-scrape-interval", scrapeInterval.String())
	cmd.Dir = r.opts.Repo
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("obsgen generate: %w: %s", err, strings.TrimSpace(string(out)))
	}
	return m.inspect(ctx)
}

// inspect lets the servers' own tools judge the generated configuration before the servers have to.
func (m *Monitoring) inspect(ctx context.Context) error {
	t := m.run.tools
	for _, line := range [][]string{
		{t.Promtool, "check", "config", m.run.path(generatedDir, prometheusFile)},
		{t.Amtool, "check-config", m.run.path(generatedDir, alertmanagerFile)},
	} {
		out, err := exec.CommandContext(ctx, line[0], line[1:]...).CombinedOutput()
		if err != nil {
			return fmt.Errorf("%s %s: %w: %s", filepath.Base(line[0]), line[1], err, strings.TrimSpace(string(out)))
		}
	}
	return nil
}

func (m *Monitoring) startPrometheus(ctx context.Context) error {
	r := m.run
	var err error
	if m.API, err = promapi.New(m.PrometheusURL); err != nil {
		return err
	}
	r.ports.Release(m.prometheusPort)
	cmd := exec.CommandContext(context.WithoutCancel(ctx), r.tools.Prometheus,
		"--config.file="+r.path(generatedDir, prometheusFile),
		"--storage.tsdb.path="+r.path("prometheus"), "--web.listen-address="+loopback(m.prometheusPort),
		"--scrape.discovery-reload-interval=1s", // 5s otherwise, before the first scrape
		"--log.level=warn")
	_, err = r.super.Start(ctx, supervise.Spec{
		Name: "prometheus", Cmd: cmd, ReadyWithin: time.Minute,
		Ready: func(ctx context.Context) error {
			ctx, cancel := context.WithTimeout(ctx, askWithin)
			defer cancel()
			return m.API.Ready(ctx)
		},
	})
	return err
}

func (m *Monitoring) startAlertmanager(ctx context.Context) error {
	r := m.run
	r.ports.Release(m.alertmanagerPort)
	cmd := exec.CommandContext(context.WithoutCancel(ctx), r.tools.Alertmanager,
		"--config.file="+r.path(generatedDir, alertmanagerFile),
		"--storage.path="+r.path("alertmanager"), "--web.listen-address="+loopback(m.alertmanagerPort),
		"--cluster.listen-address=", // one server: no gossip, no port for it
		"--log.level=warn")
	_, err := r.super.Start(ctx, supervise.Spec{Name: "alertmanager", Cmd: cmd, Ready: answers(m.AlertmanagerURL + "/-/ready")})
	return err
}

// answers is the question whether an address answers 200.
func answers(url string) func(context.Context) error {
	return func(ctx context.Context) error {
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
		if err != nil {
			return err
		}
		client := &http.Client{Timeout: askWithin}
		resp, err := client.Do(req)
		if err != nil {
			return err
		}
		if err := resp.Body.Close(); err != nil {
			return err
		}
		if resp.StatusCode != http.StatusOK {
			return errors.New(resp.Status)
		}
		return nil
	}
}

// AwaitScraped waits until every target was scraped with success.
func (m *Monitoring) AwaitScraped(ctx context.Context) error {
	var problem error
	for {
		now := m.TargetsUp(ctx)
		if now == nil {
			return nil
		}
		if problem == nil || ctx.Err() == nil { // that time is up says nothing of targets
			problem = now
		}
		select {
		case <-ctx.Done():
			return problem
		case <-time.After(200 * time.Millisecond):
		}
	}
}

// awaitTargetsUp waits until every target was scraped with success at its last scrape, but no longer than that.
func (m *Monitoring) awaitTargetsUp(ctx context.Context, within time.Duration) error {
	ctx, cancel := context.WithTimeout(ctx, within)
	defer cancel()
	return m.AwaitScraped(ctx)
}

// TargetsUp is nil if every scrape target is up, and otherwise names those which are not.
func (m *Monitoring) TargetsUp(ctx context.Context) error {
	all, err := m.API.Targets(ctx)
	if err != nil {
		return err
	}
	if len(all) == 0 {
		return errors.New("prometheus has no scrape targets")
	}
	var down []error
	for _, t := range all {
		switch {
		case t.Up:
		case t.Problem == "":
			down = append(down, fmt.Errorf("target %s %s was not scraped yet", t.Job, t.Instance))
		default:
			down = append(down, fmt.Errorf("target %s %s is down: %s", t.Job, t.Instance, t.Problem))
		}
	}
	return errors.Join(down...)
}
