package compose_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/compose-spec/compose-go/v2/loader"
	"github.com/compose-spec/compose-go/v2/types"
)

const (
	repository = "../.."
	folder     = repository + "/deploy/compose"
)

// project reads the file as docker compose does: against the specification's schema, with all profiles, and with secrets in place.
func project(t *testing.T) *types.Project {
	t.Helper()
	root, err := filepath.Abs(folder)
	if err != nil {
		t.Fatal(err)
	}
	p, err := loader.LoadWithContext(t.Context(), types.ConfigDetails{
		WorkingDir: root, ConfigFiles: []types.ConfigFile{{Filename: filepath.Join(root, "compose.yaml")}}, Environment: types.Mapping{},
	}, func(o *loader.Options) { o.Profiles = []string{"*"} })
	if err != nil {
		t.Fatal(err)
	}
	if len(p.Services) < 12 {
		t.Fatalf("only %d services", len(p.Services))
	}
	return p
}

func read(t *testing.T, parts ...string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(parts...))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// TestHardened: no service may do more than it has to, and each says whether it is well.
func TestHardened(t *testing.T) {
	t.Parallel()
	for name, s := range project(t).Services {
		if !s.ReadOnly || !slices.Contains(s.CapDrop, "ALL") || !slices.Contains(s.SecurityOpt, "no-new-privileges:true") || s.Privileged {
			t.Errorf("%s: its root file system can be written, or it keeps capabilities", name)
		}
		if user, _, _ := strings.Cut(s.User, ":"); user == "" || user == "0" || user == "root" {
			t.Errorf("%s: it runs as %q", name, s.User)
		}
		once := s.Restart == "no"
		if !once && (s.HealthCheck == nil || len(s.HealthCheck.Test) == 0 && !s.HealthCheck.Disable) {
			t.Errorf("%s: nobody asks whether it is well", name)
		}
		if s.Build != nil && s.Build.Target == "obsgen" && !slices.ContainsFunc(s.Tmpfs, func(at string) bool { return strings.HasPrefix(at, "/tmp:") }) {
			t.Errorf("%s: obsgen has no /tmp for what it has made and not written yet", name)
		}
		for _, port := range s.Ports {
			if port.HostIP != "127.0.0.1" {
				t.Errorf("%s: port %s is open to everybody", name, port.Published)
			}
		}
		for _, v := range s.Volumes {
			switch {
			case v.Type == types.VolumeTypeBind && !v.ReadOnly:
				t.Errorf("%s: it may write to %s of the host", name, v.Source)
			case v.Type == types.VolumeTypeVolume && v.Source == "":
				t.Errorf("%s: the volume at %s has no name and is lost", name, v.Target)
			}
		}
	}
}

// TestNoSecretInAnEnvironment: what looks like a secret names a file.
func TestNoSecretInAnEnvironment(t *testing.T) {
	t.Parallel()
	secret := regexp.MustCompile(`(?i)password|token|secret|key`)
	p := project(t)
	for name, s := range p.Services {
		for variable, value := range s.Environment {
			if value != nil && secret.MatchString(variable) && !strings.HasPrefix(*value, "/run/secrets/") {
				t.Errorf("%s: %s is in its environment", name, variable)
			}
		}
		for _, given := range s.Secrets {
			if _, ok := p.Secrets[given.Source]; !ok {
				t.Errorf("%s: there is no secret %s", name, given.Source)
			}
		}
		for _, used := range regexp.MustCompile(`/run/secrets/(\w+)`).FindAllStringSubmatch(strings.Join(s.Command, " ")+configOf(t, name), -1) {
			if !slices.ContainsFunc(s.Secrets, func(g types.ServiceSecretConfig) bool { return g.Source == used[1] }) {
				t.Errorf("%s: it reads secret %s, which it is not given", name, used[1])
			}
		}
	}
	readme := read(t, folder, "README.md")
	for name, s := range p.Secrets {
		if !strings.HasSuffix(s.File, "/secrets/"+name) || !strings.Contains(readme, name) {
			t.Errorf("secret %s is in %s, and README.md does not say how to make it", name, s.File)
		}
	}
}

// configOf is the configuration of the tracker, the one service whose file names secrets.
func configOf(t *testing.T, service string) string {
	t.Helper()
	if service != "tracker" {
		return ""
	}
	return read(t, folder, "tracker", "tracker.yaml")
}

// TestFiles: what is mounted is there, and what is built has a target.
func TestFiles(t *testing.T) {
	t.Parallel()
	for name, s := range project(t).Services {
		for _, v := range s.Volumes {
			if v.Type != types.VolumeTypeBind {
				continue
			}
			if _, err := os.Stat(v.Source); err != nil {
				t.Errorf("%s: %v", name, err)
			}
		}
		if s.Build == nil {
			continue
		}
		file := filepath.Join(s.Build.Context, s.Build.Dockerfile)
		if !regexp.MustCompile(`(?m)^FROM \S+ AS ` + s.Build.Target + `$`).MatchString(read(t, file)) {
			t.Errorf("%s: %s has no target %s", name, file, s.Build.Target)
		}
	}
}

// TestPortsAreThoseOfTheCode: targets, health checks and published ports are where the programs listen.
func TestPortsAreThoseOfTheCode(t *testing.T) {
	t.Parallel()
	p := project(t)
	image := read(t, repository, "deploy/docker/Dockerfile")
	targets := read(t, folder, "targets.yaml")
	looked := 0
	for name, s := range p.Services {
		if s.Build == nil || !strings.HasSuffix(s.Build.Dockerfile, "deploy/docker/Dockerfile") || name == "generate" {
			continue
		}
		looked++
		port := regexp.MustCompile(`(?s)AS ` + s.Build.Target + `\n.*?EXPOSE (\d+)`).FindStringSubmatch(image)
		if port == nil {
			t.Fatalf("%s: the image names no port", name)
		}
		if !strings.Contains(targets, `"`+name+":"+port[1]+`"`) {
			t.Errorf("targets.yaml does not have %s:%s", name, port[1])
		}
		for _, published := range s.Ports {
			if strconv.Itoa(int(published.Target)) != port[1] {
				t.Errorf("%s: port %d is published, and it listens on %s", name, published.Target, port[1])
			}
		}
		if len(s.HealthCheck.Test) < 2 || s.HealthCheck.Test[1] != "/usr/bin/"+s.Build.Target {
			t.Errorf("%s: its health check is %v, and the image has nothing but the program", name, s.HealthCheck.Test)
		}
	}
	if looked != 5 {
		t.Errorf("%d programs, want four exporters and a tracker", looked)
	}
}

// TestConfigurations has the programs themselves judge what they are given, with the secrets of README.md.
func TestConfigurations(t *testing.T) {
	t.Parallel()
	programs := os.Getenv("PROGRAMS")
	if programs == "" {
		t.Fatal("PROGRAMS names no folder of programs: run make deployed")
	}
	secrets := t.TempDir()
	tracker := strings.ReplaceAll(read(t, folder, "tracker", "tracker.yaml"), "/run/secrets", secrets)
	for _, name := range []string{"tracker_mysql", "tracker_webhook", "tracker_operator", "asterisk_password"} {
		if err := os.WriteFile(filepath.Join(secrets, name), []byte("example-of-"+name+"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	config := filepath.Join(t.TempDir(), "tracker.yaml")
	if err := os.WriteFile(config, []byte(tracker), 0o600); err != nil {
		t.Fatal(err)
	}
	made := t.TempDir()
	places := strings.NewReplacer(
		"/run/secrets", secrets, "/etc/voipbin-observability/tracker/tracker.yaml", config, "/etc/voipbin-observability/sip/modules.yaml", folder+"/sip/modules.yaml",
		"/etc/voipbin-observability/spec", repository+"/spec", "=/spec", "="+repository+"/spec", "/targets.yaml", folder+"/targets.yaml", "/var/lib/obsgen", made,
	)
	for name, s := range project(t).Services {
		if s.Build == nil || !strings.HasSuffix(s.Build.Dockerfile, "deploy/docker/Dockerfile") {
			continue
		}
		var args []string
		for _, a := range s.Command {
			args = append(args, places.Replace(a))
		}
		if s.Build.Target != "obsgen" {
			args = append(args, "--config.check")
		}
		if out, err := exec.CommandContext(t.Context(), filepath.Join(programs, s.Build.Target), args...).CombinedOutput(); err != nil {
			t.Errorf("%s %v: %v\n%s", name, args, err, out)
		}
	}
	generated(t, made)
}

// generated holds what the service "generate" made to what the servers are told to read.
func generated(t *testing.T, made string) {
	t.Helper()
	p := project(t)
	inside := func(service, flag string) {
		t.Helper()
		for _, a := range p.Services[service].Command {
			if path, ok := strings.CutPrefix(a, flag+"=/etc/voipbin-observability/"); ok {
				if _, err := os.Stat(filepath.Join(made, path)); err != nil {
					t.Errorf("%s: %v", service, err)
				}
				return
			}
		}
		t.Errorf("%s: no flag %s", service, flag)
	}
	inside("prometheus", "--config.file")
	inside("alertmanager", "--config.file")
	for _, v := range p.Services["grafana"].Volumes {
		if v.Volume != nil && v.Volume.Subpath != "" {
			if _, err := os.Stat(filepath.Join(made, v.Volume.Subpath)); err != nil {
				t.Errorf("grafana: %v", err)
			}
		}
	}
	alertmanager := read(t, made, "deploy/alertmanager/alertmanager.yml")
	for _, file := range regexp.MustCompile(`_file: (/etc/alertmanager/\S+)`).FindAllStringSubmatch(alertmanager, -1) {
		if !slices.ContainsFunc(p.Services["alertmanager"].Secrets, func(g types.ServiceSecretConfig) bool { return g.Target == file[1] }) {
			t.Errorf("alertmanager: %s is not among its secrets", file[1])
		}
	}
	if promtool := os.Getenv("PROMTOOL"); promtool != "" {
		if out, err := exec.CommandContext(t.Context(), promtool, "check", "config", filepath.Join(made, "deploy/prometheus/prometheus.yml")).CombinedOutput(); err != nil {
			t.Errorf("%v\n%s", err, out)
		}
	}
}
