package tracker

import (
	"cmp"
	"fmt"
	"path/filepath"
	"strings"
	"time"

	"github.com/voipbin/observability/internal/config"
	"github.com/voipbin/observability/internal/rto"
	"github.com/voipbin/observability/internal/spec"
)

// Bounds and usual values of the configuration.
const (
	minLook         = 100 * time.Millisecond
	maxLook         = time.Minute
	usualLook       = time.Second
	usualTimeout    = 500 * time.Millisecond
	usualHold       = time.Minute
	usualResults    = 3
	maxHookLimit    = time.Hour
	usualPoll       = 5 * time.Second
	usualObjectives = 15 * time.Second
	minLookDays     = 35
	maxLookDays     = 10 * 366
	maxStableProbes = 1000
	dataMode        = 0o700
)

// reader reads a configuration against the spec.
type reader struct {
	recovery spec.Recovery
	folder   string // relative file names start there
	servers  map[string]bool
}

// ReadConfig reads the configuration in data; file is its name in messages, and relative file names start at folder. The error has a line for each
// mistake.
func ReadConfig(file, folder string, data []byte, recovery spec.Recovery) (Config, error) {
	r := &reader{recovery: recovery, folder: folder, servers: map[string]bool{}}
	report := &config.Report{}
	c := config.Decode(report, file, data, r.config)
	return c, report.Problems().Err()
}

func (r *reader) config(m *config.Map) Config {
	vantage, hooks := m.Required("vantage"), m.Optional("hooks")
	c := Config{
		Vantage: vantage.String(), Data: r.path(m.Required("data")),
		Stores:    config.Objects(m.Optional("stores"), r.store),
		Stocks:    config.Objects(m.Optional("stocks"), r.stock),
		Paths:     config.Objects(m.Optional("paths"), r.criticalPath),
		Stability: rto.Stability{Results: usualResults, Hold: usualHold},
		Alerts:    config.Object(m.Optional("alerts"), r.alerts),
		Operators: config.Objects(m.Optional("operators"), r.operator),
	}
	if o := m.Optional("objectives"); o.Present() {
		c.Objectives = config.Object(o, r.objectives)
	}
	if r := m.Optional("retention"); r.Present() {
		c.Looks = config.Object(r, retention)
	}
	if s := m.Optional("stability"); s.Present() {
		c.Stability = config.Object(s, stability)
	}
	r.known(vantage)
	c.Hooks = r.hooks(hooks)
	r.covered(m, c)
	provided(m, c)
	return c
}

// provided refuses expressions for which there is nobody to ask.
func provided(m *config.Map, c Config) {
	for _, s := range c.Stores {
		for _, r := range s.Replicas {
			if r.ProviderLag != "" && c.Alerts.Prometheus == "" {
				m.Reject(fmt.Sprintf("provider_lag of %q: there is no alerts.prometheus", r.Name), "name the server that has the metric")
			}
		}
	}
}

// retention is at least what the share of 30 days is made of.
func retention(m *config.Map) time.Duration {
	return 24 * time.Hour * time.Duration(m.Required("days").Int(minLookDays, maxLookDays))
}

// known refuses a tracker that the spec does not have.
func (r *reader) known(v config.Value) {
	names := make([]string, len(r.recovery.Trackers.Nodes))
	for i, n := range r.recovery.Trackers.Nodes {
		names[i] = n.Name
		if n.Name == v.Raw() {
			return
		}
	}
	if v.Present() {
		v.Reject(fmt.Sprintf("the spec has no tracker %q", v.Raw()), fmt.Sprintf("it has: %v", names))
	}
}

// covered refuses a configuration in which a replicated store of the spec, or the replica that takes over, is not watched: its exposure would be
// known to nobody.
func (r *reader) covered(m *config.Map, c Config) {
	for _, s := range r.recovery.Stores {
		if !s.Replicated() {
			continue
		}
		found := false
		for _, have := range c.Stores {
			for _, replica := range have.Replicas {
				found = found || have.Name == s.Name && replica.Name == s.Replica
			}
		}
		if !found {
			m.Reject(fmt.Sprintf("replica %q of store %q is not watched", s.Replica, s.Name), "the spec says that it takes over: name it below stores")
		}
	}
}

// path is a file name.
func (r *reader) path(v config.Value) string {
	name := v.String()
	if name == "" || filepath.IsAbs(name) {
		return name
	}
	return filepath.Join(r.folder, name)
}

func (r *reader) interval(m *config.Map) (every, limit time.Duration) {
	timeout := m.Optional("timeout")
	every = cmp.Or(m.Optional("interval").Duration(minLook, maxLook), usualLook)
	limit = cmp.Or(timeout.Duration(minLook/10, maxLook), min(usualTimeout, every))
	if limit > every {
		timeout.Reject("a look may take longer than the time to the next", "at most "+config.FormatDuration(every))
	}
	return every, limit
}

func (r *reader) store(m *config.Map) StoreConfig {
	name := m.Required("name")
	s := StoreConfig{Name: name.String(), Source: config.Object(m.Required("source"), r.server), Replicas: config.Objects(m.Required("replicas"), r.server)}
	s.Interval, s.Timeout = r.interval(m)
	if canary := m.Optional("canary"); canary.Present() {
		c := config.Object(canary, r.server)
		s.Canary = &c
	}
	r.ofSpec(name, "mysql", "mariadb")
	return s
}

// ofSpec refuses a store that the spec does not have, or has with another system.
func (r *reader) ofSpec(name config.Value, systems ...string) {
	names := make([]string, 0, len(r.recovery.Stores))
	for _, s := range r.recovery.Stores {
		for _, system := range systems {
			if s.System != system {
				continue
			}
			if s.Name == name.Raw() {
				return
			}
			names = append(names, s.Name)
		}
	}
	if name.Present() {
		name.Reject(fmt.Sprintf("the spec has no store %q of %v", name.Raw(), systems), fmt.Sprintf("it has: %v", names))
	}
}

func (r *reader) server(m *config.Map) ServerConfig {
	name := m.Required("name")
	s := ServerConfig{
		Name: name.String(), Address: m.Required("address").String(), User: m.Required("user").String(), PasswordFile: r.path(m.Optional("password_file")),
		Channel: m.Optional("channel").String(), Heartbeat: m.Optional("heartbeat").String(),
		ProviderLag: m.Optional("provider_lag").String(),
	}
	if r.servers[s.Name] && s.Name != "" {
		name.Reject(fmt.Sprintf("there is another server %q", s.Name), "a name stands for one server")
	}
	r.servers[s.Name] = true
	return s
}

func (r *reader) stock(m *config.Map) StockConfig {
	name := m.Required("name")
	s := StockConfig{
		Name: name.String(), Address: m.Required("address").String(), User: m.Optional("user").String(), PasswordFile: r.path(m.Optional("password_file")),
		Interval: cmp.Or(m.Optional("interval").Duration(minLook, maxLook), stockInterval), Timeout: cmp.Or(m.Optional("timeout").Duration(minLook, maxLook), time.Second),
	}
	s.Kinds = texts(m.Optional("kinds"))
	r.ofSpec(name, "redis", "rabbitmq")
	if store, ok := storeOf(r.recovery, s.Name); ok {
		s.System = store.System
	}
	return s
}

func stability(m *config.Map) rto.Stability {
	return rto.Stability{Results: m.Required("results").Int(1, maxStableProbes), Hold: m.Required("hold").Duration(0, maxHookLimit)}
}

func (r *reader) operator(m *config.Map) Operator {
	name := m.Required("name").Match(`[\p{L}\p{N}][\p{L}\p{N} ._@-]{0,63}`, "a name of letters, digits, spaces and . _ @ -")
	return Operator{Name: name, TokenFile: r.path(m.Required("token_file")), ReadOnly: m.Optional("read_only").Bool(false)}
}

func (r *reader) alerts(m *config.Map) AlertConfig {
	a := AlertConfig{
		Alertmanager: spec.WebAddress(m.Optional("alertmanager")), Prometheus: spec.WebAddress(m.Optional("prometheus")),
		WebhookTokenFile: r.path(m.Optional("webhook_token_file")), Poll: cmp.Or(m.Optional("poll").Duration(time.Second, maxLook), usualPoll),
		Mute: texts(m.Optional("mute")),
	}
	if expected := m.Optional("expected"); expected.Present() {
		a.Expected = config.Objects(expected, func(m *config.Map) rto.ExpectedAlert {
			return rto.ExpectedAlert{Name: m.Required("name").String(), For: m.Optional("for").Duration(0, maxHookLimit)}
		})
	}
	return a
}

func (r *reader) objectives(m *config.Map) ObjectivesConfig {
	return ObjectivesConfig{
		Prometheus: spec.WebAddress(m.Required("prometheus")), HTTPConfigFile: r.path(m.Optional("http_config_file")), QueryPage: queryPage(m.Optional("query_page")),
		Interval: cmp.Or(m.Optional("interval").Duration(time.Second, maxLook), usualObjectives),
	}
}

// queryPage decodes the address of a page that shows what a query finds; empty where there is none.
func queryPage(v config.Value) string {
	if !v.Present() {
		return ""
	}
	s := spec.WebAddress(v)
	if s != "" && !strings.Contains(s, spec.QueryPlace) && !strings.Contains(s, spec.QueryInJSONPlace) {
		v.Reject("the query has no place in it", fmt.Sprintf("write %s where it belongs, or %s within JSON", spec.QueryPlace, spec.QueryInJSONPlace))
		return ""
	}
	return s
}

// texts decodes a mapping of texts with free keys; nil where there is none.
func texts(v config.Value) map[string]string {
	if !v.Present() {
		return nil
	}
	out := map[string]string{}
	for _, e := range v.Entries() {
		out[e.Key.Raw()] = e.Value.String()
	}
	return out
}

func (r *reader) hooks(v config.Value) map[string]Hook {
	out := map[string]Hook{}
	if !v.Present() {
		return out
	}
	for _, e := range v.Entries() {
		if _, ok := r.recovery.Plan.Step(e.Key.Raw()); !ok {
			e.Key.Reject(fmt.Sprintf("the plan has no step %q", e.Key.Raw()), "a hook does a step of the plan in the spec")
		}
		out[e.Key.Raw()] = config.Object(e.Value, func(m *config.Map) Hook {
			command := m.Required("command")
			h := Hook{Command: config.List(command, config.Value.String), Limit: m.Required("limit").Duration(time.Second, maxHookLimit)}
			if command.Present() && len(h.Command) == 0 {
				command.Reject("no command", "a program and its arguments; no shell reads them")
			}
			return h
		})
	}
	return out
}

// SlowLook is the time limit of a look that nobody waits for.
const SlowLook = 5 * time.Second
