package exporter

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/voipbin/observability/internal/config"
)

// defaultModule is the module of targets that name none. Without an entry in the file it is what the flags say.
const defaultModule = "default"

// The bounds of what a configuration file may ask for.
const (
	maxLimit         = 1_000_000
	minModuleTimeout = 10 * time.Millisecond
	maxModuleTimeout = time.Hour
)

// fleetConfig is the content of a configuration file.
type fleetConfig struct {
	Modules map[string]module
	Targets []fleetTarget // in the file's order
}

// module says how targets are scraped.
type module struct {
	Collectors []string // names of those switched on
	Limit      int      // series of each collector, 0 is no limit, ownLimits each collector's own
	Timeout    time.Duration
	Own        any // what Program.Module read
}

// fleetTarget is one daemon of the fleet.
type fleetTarget struct {
	Name         string
	Address      string
	Module       string
	Labels       []targetLabel
	Username     string
	PasswordFile string
}

// targetLabel is a label that Prometheus adds to every series of a target. Labels are a list to keep the file's order and
// to be comparable.
type targetLabel struct{ Name, Value string }

func (t fleetTarget) config(m module) TargetConfig {
	return TargetConfig{
		Name: t.Name, Address: t.Address, Collectors: m.Collectors,
		Credentials: Credentials{Username: t.Username, PasswordFile: t.PasswordFile}, Timeout: m.Timeout, Module: m.Own,
	}
}

// fleetReader reads a configuration file.
type fleetReader struct {
	collectors []CollectorInfo
	defaults   module
	folder     string                   // relative file names start there
	try        func(TargetConfig) error // reports an address that cannot be right
	own        func(m *config.Map, folder string) any
	login      bool                // as Program.Login
	modules    map[string]module   // read before the targets
	taken      map[string]struct{} // names of targets
}

// readFleetConfig reads and checks the file, down to each target's address, and dials nothing. The error has a line for
// each mistake, with its place.
func readFleetConfig(path string, p Program, defaults module, try func(TargetConfig) error) (fleetConfig, error) {
	f, err := os.Open(path)
	if err != nil {
		return fleetConfig{}, fmt.Errorf("configuration: %w", err)
	}
	defer func() { _ = f.Close() }() // nothing was written
	data, err := config.Read(f)
	if err != nil {
		return fleetConfig{}, fmt.Errorf("configuration %q: %w", path, err)
	}
	r := &fleetReader{
		collectors: p.Collectors, defaults: defaults, folder: filepath.Dir(path), try: try, own: p.Module, login: p.Login, taken: map[string]struct{}{},
	}
	var report config.Report
	c := config.Decode(&report, path, data, r.file)
	return c, report.Problems().Err()
}

func (r *fleetReader) file(m *config.Map) fleetConfig {
	r.modules = map[string]module{defaultModule: r.defaults}
	if modules := m.Optional("modules"); modules.Present() {
		for _, e := range modules.Entries() {
			r.modules[e.Key.Match(nameForm, "a name: letters, digits, dot, dash and underscore")] = config.Object(e.Value, r.module)
		}
	}
	return fleetConfig{Modules: r.modules, Targets: config.Objects(m.Required("targets"), r.target)}
}

// nameForm is the form of names of targets and modules.
const nameForm = `[A-Za-z0-9._-]+`

func (r *fleetReader) module(m *config.Map) module {
	out := r.defaults
	only, exclude := m.Optional("collectors"), m.Optional("exclude")
	if only.Present() && exclude.Present() {
		exclude.Reject("collectors and exclude exclude each other", "use one of them")
	}
	known := make([]string, len(r.collectors))
	for i, c := range r.collectors {
		known[i] = c.Name
	}
	name := func(v config.Value) string { return v.Enum(known...) }
	if only.Present() {
		out.Collectors = inOrder(known, config.List(only, name))
	}
	if exclude.Present() {
		without := config.List(exclude, name)
		out.Collectors = slices.DeleteFunc(slices.Clone(out.Collectors), func(c string) bool { return slices.Contains(without, c) })
	}
	if v := m.Optional("limit"); v.Present() {
		out.Limit = v.Int(0, maxLimit)
	}
	if v := m.Optional("timeout"); v.Present() {
		out.Timeout = v.Duration(minModuleTimeout, maxModuleTimeout)
	}
	if r.own != nil {
		out.Own = r.own(m, r.folder)
	}
	return out
}

// inOrder returns those of all that are chosen, in the order of all.
func inOrder(all, chosen []string) []string {
	return slices.DeleteFunc(slices.Clone(all), func(c string) bool { return !slices.Contains(chosen, c) })
}

func (r *fleetReader) target(m *config.Map) fleetTarget {
	name, address, moduleName := m.Required("name"), m.Required("address"), m.Optional("module")
	t := fleetTarget{
		Name: name.Match(nameForm, "a name: letters, digits, dot, dash and underscore"), Address: address.String(), Module: defaultModule,
	}
	if _, twice := r.taken[t.Name]; twice && t.Name != "" {
		name.Reject(fmt.Sprintf("target %q is there already", t.Name), "names are unique")
	}
	r.taken[t.Name] = struct{}{}
	if moduleName.Present() {
		t.Module = moduleName.Enum(moduleNames(r.modules)...)
	}
	if v := m.Optional("labels"); v.Present() {
		t.Labels = labels(v)
	}
	r.credentials(m, &t)
	if t.Address != "" {
		if err := r.try(t.config(r.modules[t.Module])); err != nil {
			address.Reject(err.Error(), "")
		}
	}
	return t
}

// credentials reads how to log in, and refuses it of a program that never does: nobody is to believe that a password is asked for.
func (r *fleetReader) credentials(m *config.Map, t *fleetTarget) {
	for _, key := range []string{"username", "password_file"} {
		v := m.Optional(key)
		switch {
		case !v.Present():
		case !r.login:
			v.Reject("this exporter logs in nowhere", "remove this")
		case key == "username":
			t.Username = v.String()
		default:
			t.PasswordFile = r.passwordFile(v)
		}
	}
}

func moduleNames(modules map[string]module) []string {
	names := make([]string, 0, len(modules))
	for n := range modules {
		names = append(names, n)
	}
	slices.Sort(names)
	return names
}

// labels reads labels as Prometheus accepts them from a service discovery. Those that it makes itself are refused: they
// would be lost, or the scrape would go elsewhere.
func labels(v config.Value) []targetLabel {
	const form = `[a-zA-Z_][a-zA-Z0-9_]*`
	entries := v.Entries()
	out := make([]targetLabel, 0, len(entries))
	for _, e := range entries {
		name := e.Key.Match(form, "a label name: letters, digits and underscore, no digit first")
		if strings.HasPrefix(name, "__") || name == "job" {
			e.Key.Reject(fmt.Sprintf("label %q belongs to Prometheus", name), "choose another name")
		}
		out = append(out, targetLabel{Name: name, Value: e.Value.String()})
	}
	return out
}

// passwordFile checks that the password can be read, and forgets it.
func (r *fleetReader) passwordFile(v config.Value) string {
	path := v.String()
	if path == "" {
		return ""
	}
	if !filepath.IsAbs(path) {
		path = filepath.Join(r.folder, path)
	}
	if _, err := (Credentials{PasswordFile: path}).Password(); err != nil {
		v.Reject(err.Error(), "")
	}
	return path
}
