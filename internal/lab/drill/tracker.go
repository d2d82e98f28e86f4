package drill

import (
	"bytes"
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

	"github.com/voipbin/observability/internal/lab/asterisk"
	"github.com/voipbin/observability/internal/lab/database"
	"github.com/voipbin/observability/internal/lab/supervise"
	"github.com/voipbin/observability/internal/rto"
)

// Files below the drill's folder. The tracker runs in that folder and knows them by these names, so that no report names the machine.
const (
	configFile   = "tracker.yaml"
	tokenFile    = "token"
	dataDir      = "data"
	outsideFile  = "tracker-outside.yaml" // of the second tracker
	outsideDir   = "data-outside"
	programLink  = "lab" // to this program, for the hook
	askWithin    = 2 * time.Second
	watchedEvery = 100 * time.Millisecond
)

// tracker is a tracker of the laboratory, driven by its own command line.
type tracker struct {
	program, folder, url string
	vantage, data        string // its name, and the folder of its evidence
	process              *supervise.Process
}

// trackers are both.
func (d *Drill) trackers() []*tracker { return []*tracker{d.tracker, d.outside} }

// account, server and so on are the parts of tracker.yaml that are used here; JSON is YAML as well.
type (
	server struct {
		Name         string `json:"name"`
		Address      string `json:"address"`
		User         string `json:"user"`
		PasswordFile string `json:"password_file"`
	}
	store struct {
		Name     string   `json:"name"`
		Interval string   `json:"interval"`
		Source   server   `json:"source"`
		Replicas []server `json:"replicas"`
		Canary   *server  `json:"canary,omitempty"`
	}
	path map[string]any
)

// config is tracker.yaml for this drill. The name of the service is asked of the drill's own DNS server each time.
func (d *Drill) config(t *tracker, hook string) map[string]any {
	as := func(u database.User, name string, s *database.Server) server {
		return server{name, s.Account(u).Address, string(u), string(u)}
	}
	main := store{
		Name: d.store, Interval: "100ms", Source: as(database.Monitor, "primary", d.pair.Source), Replicas: []server{as(database.Monitor, d.replica, d.pair.Replica)},
	}
	if t == d.tracker {
		canary := as(database.Canary, "canary", d.pair.Source)
		main.Canary = &canary
	}
	sip := fmt.Sprintf("%s:%d", serviceName, d.sipPort)
	resolver := d.names.Address()
	return map[string]any{
		"vantage": t.vantage, "data": t.data,
		"stability": map[string]any{"results": 3, "hold": hold.String()},
		"stores":    []store{main},
		"paths": []path{
			{"name": "call", "kind": "sip", "method": "INVITE", "address": sip, "resolver": resolver, "extension": asterisk.UserEcho, "want": "served", "interval": "2s", "timeout": "2s"},
			{"name": "signalling", "kind": "sip", "method": "OPTIONS", "address": sip, "resolver": resolver, "region": regionB, "region_header": "X-Region", "interval": "250ms", "timeout": "250ms"},
			{"name": "api", "kind": "http", "url": d.app.url + "/write", "interval": "500ms", "timeout": "500ms"},
			{
				"name": "dns", "kind": "dns", "query": serviceName, "region": regionB, "interval": "250ms", "timeout": "250ms",
				"servers": []any{map[string]any{"address": resolver, "authoritative": true}},
				"places": []any{
					map[string]any{"region": regionA, "networks": []string{addressA + "/32"}},
					map[string]any{"region": regionB, "networks": []string{addressB + "/32"}},
				},
			},
		},
		"operators": []any{map[string]any{"name": operator, "token_file": tokenFile}},
		"alerts":    d.alertsConfig(t),
		"hooks": map[string]any{
			"promote": map[string]any{"command": []string{"./" + programLink, "hook", hook}, "limit": "30s"},
		},
	}
}

// alertsConfig has the tracker on which the drill runs follow alerts, and mute tickets meanwhile. The other one only looks.
func (d *Drill) alertsConfig(t *tracker) map[string]any {
	if t != d.tracker {
		return map[string]any{}
	}
	return map[string]any{
		"alertmanager": d.monitoring.alertsURL, "prometheus": d.monitoring.prometheusURL, "webhook_token_file": webhookFile, "poll": "1s",
		"expected": []any{
			map[string]any{"name": alertRegionDown, "for": downFor.String()},
			map[string]any{"name": alertExposure},
		},
		"mute": map[string]string{mutedLabel: mutedValue},
	}
}

// startTrackers starts both.
func (d *Drill) startTrackers(ctx context.Context, hook string) error {
	files := map[string]string{tokenFile: token, webhookFile: webhookToken}
	for _, u := range []database.User{database.Monitor, database.Repl, database.Canary} {
		files[string(u)] = d.pair.Source.Account(u).Password
	}
	for name, content := range files {
		if err := os.WriteFile(filepath.Join(d.Folder, name), []byte(content), 0o600); err != nil {
			return err
		}
	}
	if err := os.Symlink(d.Helper[0], filepath.Join(d.Folder, programLink)); err != nil {
		return err
	}
	for t, data := range map[**tracker]string{&d.tracker: dataDir, &d.outside: outsideDir} {
		port, err := d.ports.Free()
		if err != nil {
			return err
		}
		d.ports.Release(port)
		*t = &tracker{program: d.Tracker, folder: d.Folder, url: fmt.Sprintf("http://127.0.0.1:%d", port), vantage: d.vantage, data: data}
	}
	d.outside.vantage = "tracker-outside"
	for t, file := range map[*tracker]string{d.tracker: configFile, d.outside: outsideFile} {
		if err := d.startTracker(ctx, t, file, hook); err != nil {
			return err
		}
	}
	return nil
}

// startTracker writes a tracker's configuration and starts it.
func (d *Drill) startTracker(ctx context.Context, t *tracker, file, hook string) error {
	text, err := json.MarshalIndent(d.config(t, hook), "", "  ")
	if err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(d.Folder, file), text, 0o600); err != nil {
		return err
	}
	cmd := exec.CommandContext(context.WithoutCancel(ctx), d.Tracker, "serve", "--config.file="+file, "--spec="+specDir, "--web.listen-address="+strings.TrimPrefix(t.url, "http://"))
	cmd.Dir = d.Folder
	t.process, err = d.super.Start(ctx, supervise.Spec{Name: t.vantage, Cmd: cmd, Ready: t.ready})
	return err
}

func (t *tracker) ready(ctx context.Context) error { return t.get(ctx, "/-/ready", nil) }

// get reads a document of the tracker's API; nil reads none.
func (t *tracker) get(ctx context.Context, path string, into any) error {
	return fetch(ctx, t.url+path, into)
}

// fetch reads a JSON document; nil reads none.
func fetch(ctx context.Context, url string, into any) error {
	ctx, cancel := context.WithTimeout(ctx, askWithin)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return err
	}
	answer, err := (&http.Client{Timeout: askWithin}).Do(req)
	if err != nil {
		return err
	}
	defer func() { _ = answer.Body.Close() }() // it was read
	if answer.StatusCode != http.StatusOK {
		return errors.New(answer.Status)
	}
	if into == nil {
		return nil
	}
	return json.NewDecoder(answer.Body).Decode(into)
}

// command runs a command of the tracker in the drill's folder and returns what it prints.
func (t *tracker) command(ctx context.Context, args ...string) (string, error) {
	cmd := exec.CommandContext(ctx, t.program, args...)
	cmd.Dir = t.folder
	var out, problems bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &problems
	if err := cmd.Run(); err != nil {
		return out.String(), fmt.Errorf("tracker %s: %w: %s", strings.Join(args, " "), err, strings.TrimSpace(problems.String()))
	}
	return strings.TrimSpace(out.String()), nil
}

// drill runs a command of "tracker drill" as the operator.
func (t *tracker) drill(ctx context.Context, args ...string) (string, error) {
	return t.command(ctx, append([]string{"drill", "--url=" + t.url, "--token-file=" + tokenFile}, args...)...)
}

// status is what is read of GET /api/v1/status.
type status struct {
	Exposures []rto.Exposure `json:"exposures"`
	Paths     []struct {
		Name string          `json:"name"`
		Seen bool            `json:"seen"`
		Last rto.ProbeResult `json:"last"`
	} `json:"paths"`
}

// good tells whether the newest probe of each named path was good; bad whether it was not.
func (s status) good(want bool, names ...string) bool {
	n := 0
	for _, p := range s.Paths {
		for _, name := range names {
			if p.Name == name && p.Seen && p.Last.Good == want {
				n++
			}
		}
	}
	return n == len(names)
}

// provable tells whether nothing older than a second would be lost, by every exposure.
func (s status) provable() bool {
	for _, e := range s.Exposures {
		if !e.Provable() || e.Window.Hi > time.Second {
			return false
		}
	}
	return len(s.Exposures) > 0
}

// await polls the tracker's status until ok.
func (t *tracker) await(ctx context.Context, within time.Duration, what string, ok func(status) bool) error {
	return poll(ctx, within, what, func(ctx context.Context) bool {
		var s status
		return t.get(ctx, "/api/v1/status", &s) == nil && ok(s)
	})
}

// recorded polls the drill's record until it has an event that is wanted.
func (t *tracker) recorded(ctx context.Context, id, what string, ok func(rto.DrillEvent) bool) error {
	return poll(ctx, soon, what, func(ctx context.Context) bool {
		var d struct{ Events []rto.DrillEvent }
		if t.get(ctx, "/api/v1/drills/"+id, &d) != nil {
			return false
		}
		for _, e := range d.Events {
			if ok(e) {
				return true
			}
		}
		return false
	})
}

// poll asks until ok, and says what did not come about.
func poll(ctx context.Context, within time.Duration, what string, ok func(context.Context) bool) error {
	ctx, cancel := context.WithTimeoutCause(ctx, within, fmt.Errorf("not within %v: %s", within, what))
	defer cancel()
	for !ok(ctx) {
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-time.After(watchedEvery):
		}
	}
	return nil
}
