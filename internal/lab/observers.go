package lab

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"

	"github.com/voipbin/observability/internal/lab/asterisk"
	"github.com/voipbin/observability/internal/lab/kamailio"
	"github.com/voipbin/observability/internal/lab/supervise"
)

// Instances of the laboratory's media tier in the series, named as nodes of the published platform.
const (
	rtpengineInstance = "rtpengine-1"
	asteriskInstance  = "asterisk-1"
)

// userAgent is what sip_exporter's probes call themselves: Kamailio's counters leave them out.
const userAgent = "voipbin-sip-probe"

// What is probed; the names are the instances of its series, and those that objectives of the spec are about: who stops the proxy spends the
// budgets of sip_reachable and registration, while nobody counts calls.
const (
	probeOptions  = "edge-udp"
	probeRegister = "edge-register"
	probeEcho     = "edge-echo"
)

// probeAccount is who registers.
const probeAccount = "probe"

// Observers are the exporters of the media tier, and the prober of the whole way. Without media there is the prober alone, which asks the proxy and
// registers with it.
type Observers struct {
	RTPEngine, Asterisk, SIP *Exporter
}

// Exporter is an exporter of this repository.
type Exporter struct {
	run  *Run
	port int
	args []string
	// Name is the program's.
	Name string
	// URL is where it listens.
	URL string
	// Process is the latest one.
	Process *supervise.Process
}

// newExporter finds a port for an exporter that is not running yet.
func (r *Run) newExporter(name string, args ...string) (*Exporter, error) {
	port, err := r.ports.Free()
	if err != nil {
		return nil, err
	}
	return &Exporter{run: r, port: port, args: args, Name: name, URL: "http://" + loopback(port)}, nil
}

// Start starts it, also again after it was stopped.
func (e *Exporter) Start(ctx context.Context) error {
	r := e.run
	r.ports.Release(e.port)
	args := append(slices.Clone(e.args), "--web.listen-address="+loopback(e.port)) // last, for the tracker's verb comes first
	cmd := exec.CommandContext(context.WithoutCancel(ctx), filepath.Join(r.tools.Bin, e.Name), args...)
	var err error
	e.Process, err = r.super.Start(ctx, supervise.Spec{Name: e.Name, Cmd: cmd, Ready: answers(e.URL + "/metrics")})
	return err
}

// StartObservers starts what watches the media tier. Asterisk's exporter is logged in before the prober makes its first call, so that it
// counts every call there ever was. Media may be nil.
func (r *Run) StartObservers(ctx context.Context, t *Telephony, m *Media) (*Observers, error) {
	file, err := r.writeProbes(t.Config, m != nil)
	if err != nil {
		return nil, fmt.Errorf("configuration of sip_exporter: %w", err)
	}
	o := &Observers{}
	if m != nil {
		if err := r.startMediaExporters(ctx, o, m); err != nil {
			return nil, err
		}
	}
	if o.SIP, err = r.newExporter("sip_exporter", "--config.file="+file); err != nil {
		return nil, err
	}
	return o, o.SIP.Start(ctx)
}

func (r *Run) startMediaExporters(ctx context.Context, o *Observers, m *Media) error {
	for _, e := range []struct {
		into **Exporter
		name string
		args []string
	}{
		{&o.RTPEngine, "rtpengine_exporter", []string{"--rtpengine.address=" + m.RTPEngine.UDP().String()}},
		{&o.Asterisk, "asterisk_exporter", []string{
			"--asterisk.address=" + m.Asterisk.AMI(), "--asterisk.username=" + observerUser, "--asterisk.password-file=" + m.PasswordFile,
		}},
	} {
		x, err := r.newExporter(e.name, e.args...)
		if err != nil {
			return err
		}
		*e.into = x
		if err := x.Start(ctx); err != nil {
			return err
		}
	}
	return nil
}

// probeModule and probeTarget are the parts of sip_exporter's configuration that a laboratory uses; JSON is YAML as well.
type probeModule struct {
	Method   string      `json:"method"`
	Call     string      `json:"call,omitempty"`
	Interval string      `json:"interval"`
	Timeout  string      `json:"timeout"`
	Media    *probeAudio `json:"media,omitempty"`
}

type probeAudio struct {
	Duration string `json:"duration"`
}

type probeTarget struct {
	Name         string `json:"name"`
	Address      string `json:"address"`
	Module       string `json:"module"`
	Username     string `json:"username,omitempty"`
	PasswordFile string `json:"password_file,omitempty"`
}

// writeProbes writes what the prober does by itself: it asks Kamailio whether it is there, registers with it, and calls Asterisk's echo through
// Kamailio and RTPEngine. It calls every five seconds, so that there is most often a moment without a call, in which counts can be compared.
func (r *Run) writeProbes(c kamailio.Config, calls bool) (string, error) {
	proxy, password := c.SIP(), r.path("probe-password")
	if err := os.WriteFile(password, []byte(c.Password+"\n"), 0o600); err != nil {
		return "", err
	}
	modules := map[string]probeModule{
		"options":  {Method: "options", Interval: "2s", Timeout: "2s"},
		"register": {Method: "register", Interval: "5s", Timeout: "4s"},
	}
	targets := []probeTarget{
		{Name: probeOptions, Address: proxy, Module: "options"},
		{Name: probeRegister, Address: proxy, Module: "register", Username: probeAccount, PasswordFile: password},
	}
	if calls {
		modules["echo"] = probeModule{Method: "invite", Call: pbx(asterisk.UserEcho), Interval: "5s", Timeout: "8s", Media: &probeAudio{Duration: "1500ms"}}
		targets = append(targets, probeTarget{Name: probeEcho, Address: proxy, Module: "echo"})
	}
	text, err := json.MarshalIndent(map[string]any{"modules": modules, "targets": targets}, "", "  ")
	if err != nil {
		return "", err
	}
	file := r.path("probes.yaml")
	return file, os.WriteFile(file, text, 0o644)
}
