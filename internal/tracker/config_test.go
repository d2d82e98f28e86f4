package tracker_test

import (
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/voipbin/observability/internal/rto"
	"github.com/voipbin/observability/internal/spec"
	"github.com/voipbin/observability/internal/tracker"
)

// shipped is the description of this repository.
func shipped(t *testing.T) spec.Recovery {
	t.Helper()
	s, problems := spec.Load(os.DirFS("../../spec"), "spec")
	if s == nil {
		t.Fatal(problems.Err())
	}
	return s.Recovery
}

const goodConfig = `vantage: tracker-dr
data: data
stability: {results: 3, hold: 1m}
stores:
  - name: mysql
    interval: 1s
    timeout: 500ms
    source: {name: primary, address: "db-primary:3306", user: tracker, password_file: secrets/mysql}
    replicas:
      - {name: dr, address: "db-dr:3306", user: tracker}
stocks:
  - {name: redis, address: "redis:6379", kinds: {calls: "call:*"}}
paths:
  - {name: call, kind: sip, method: INVITE, address: "sip.example.com:5060", extension: echo, want: served, interval: 15s, timeout: 10s}
  - {name: api, kind: http, url: "https://api.example.com/health", interval: 5s, timeout: 2s}
  - name: dns
    kind: dns
    query: sip.example.com
    servers: [{address: "ns1.example.com:53"}]
    places:
      - {region: us-east1, networks: [198.51.100.0/28]}
alerts:
  alertmanager: http://alertmanager:9093
  poll: 5s
  expected:
    - {name: RecoveryRegionDown, for: 30s}
operators:
  - {name: alice, token_file: secrets/alice}
hooks:
  promote: {command: [/usr/local/bin/promote-dr], limit: 10m}
objectives: {prometheus: "http://prometheus:9090", query_page: "https://metrics.example.org/vmui/#/?g0.expr={query}"}
`

func TestReadConfig(t *testing.T) {
	t.Parallel()
	c, err := tracker.ReadConfig("tracker.yaml", "/etc/tracker", []byte(goodConfig), shipped(t))
	if err != nil {
		t.Fatal(err)
	}
	if c.Data != "/etc/tracker/data" || c.Stores[0].Source.PasswordFile != "/etc/tracker/secrets/mysql" || c.Operators[0].TokenFile != "/etc/tracker/secrets/alice" {
		t.Errorf("files are not beside the configuration: %+v", c)
	}
	if c.Objectives.QueryPage != "https://metrics.example.org/vmui/#/?g0.expr={query}" {
		t.Errorf("queries are shown at %q", c.Objectives.QueryPage)
	}
	if c.Stocks[0].System != "redis" || c.Stores[0].Canary != nil || c.Paths[1].Want != rto.Accepted || c.Alerts.Expected[0].Name != "RecoveryRegionDown" {
		t.Errorf("got %+v", c)
	}
}

func TestProviderLagIsRead(t *testing.T) {
	t.Parallel()
	text := strings.Replace(goodConfig, "{name: dr, address", "{name: dr, provider_lag: 'max(lag)', address", 1)
	text = strings.Replace(text, "  poll: 5s", "  prometheus: http://prometheus:9090\n  poll: 5s", 1)
	c, err := tracker.ReadConfig("tracker.yaml", ".", []byte(text), shipped(t))
	if err != nil || c.Stores[0].Replicas[0].ProviderLag != "max(lag)" || c.Stores[0].Source.ProviderLag != "" {
		t.Errorf("%v, %+v", err, c.Stores)
	}
}

// TestBadConfig changes one thing of a good configuration at a time: a line for each mistake, with its place, what is wrong, and what to do; of a
// key that is missing the first says the second. A name that is wrong also leaves the replica of the spec unwatched.
func TestBadConfig(t *testing.T) {
	t.Parallel()
	recovery := shipped(t)
	line := regexp.MustCompile(`^tracker\.yaml:\d+:\d+: ([^:].*: \S.*|key "\w+" is missing)$`)
	for name, c := range map[string]struct{ old, changed, at, want string }{
		"another tracker":      {"tracker-dr", "tracker-x", "1:10", `the spec has no tracker "tracker-x"`},
		"no vantage":           {"vantage: tracker-dr\n", "", "1:1", "vantage"},
		"unknown key":          {"data: data", "data: data\ndate: x", "3:1", "date"},
		"key twice":            {"data: data", "data: data\ndata: data2", "3:1", "data"},
		"no data":              {"data: data", "data: ''", "2:7", "data"},
		"no number":            {"results: 3", "results: three", "3:22", "three"},
		"no result":            {"results: 3", "results: 0", "3:22", "results"},
		"hold without unit":    {"hold: 1m", "hold: 60", "3:31", "60"},
		"hold too long":        {"hold: 1m", "hold: 2h", "3:31", "2h"},
		"interval too short":   {"interval: 1s\n    timeout: 500ms", "interval: 10ms", "6:15", "10ms"},
		"timeout too long":     {"timeout: 500ms", "timeout: 5s", "7:14", "a look may take longer than the time to the next"},
		"another store":        {"- name: mysql", "- name: mysqk", "5:11", `the spec has no store "mysqk"`},
		"no source":            {"    source: {name: primary, address: \"db-primary:3306\", user: tracker, password_file: secrets/mysql}\n", "", "5:5", "source"},
		"two of one name":      {"{name: dr, address", "{name: primary, address", "10:16", `there is another server "primary"`},
		"replica not watched":  {"{name: dr, address", "{name: other, address", "1:1", `replica "dr" of store "mysql" is not watched`},
		"no one to ask":        {"{name: dr, address", "{name: dr, provider_lag: lag, address", "1:1", "there is no alerts.prometheus"},
		"no list":              {"stocks:\n  - {name: redis, address: \"redis:6379\", kinds: {calls: \"call:*\"}}", "stocks: redis", "11:9", "list"},
		"no stock":             {"{name: redis, address", "{name: recordings, address", "12:12", `the spec has no store "recordings"`},
		"kind of path":         {"kind: http", "kind: htpp", "15:23", "htpp"},
		"grade":                {"want: served", "want: best", "14:101", "best"},
		"grade out of reach":   {"method: INVITE", "method: OPTIONS", "14:5", "OPTIONS can never reach the wanted grade"},
		"nobody to call":       {"extension: echo, ", "", "14:5", "nobody to call"},
		"no query in its page": {"{query}", "up", "31:64", "the query has no place in it"},
		"no page":              {"https://metrics.example.org/vmui/", "metrics/", "31:64", "is not a web address"},
		"no port":              {"\"sip.example.com:5060\"", "sip.example.com", "14:54", "sip.example.com"},
		"no address of a page": {"https://api.example.com/health", "api.example.com/health", "15:34", "api.example.com"},
		"region of http":       {"kind: http, ", "kind: http, region: us-east1, ", "15:5", "the region of an answer cannot be told"},
		"key of another kind":  {"kind: http, ", "kind: http, extension: echo, ", "15:29", "extension"},
		"network":              {"198.51.100.0/28", "198.51.100.0/33", "21:39", `"198.51.100.0/33" is no network`},
		"address of alerts":    {"http://alertmanager:9093", "alertmanager:9093", "23:17", "alertmanager"},
		"poll":                 {"poll: 5s", "poll: 5ms", "24:9", "5ms"},
		"operator":             {"name: alice", "name: ' alice'", "28:12", "alice"},
		"operator, no token":   {", token_file: secrets/alice", "", "28:5", "token_file"},
		"no such step":         {"promote: {command", "demote: {command", "30:3", `the plan has no step "demote"`},
		"no command":           {"[/usr/local/bin/promote-dr]", "[]", "30:22", "no command"},
		"no limit":             {", limit: 10m", "", "30:12", "limit"},
		"limit":                {"limit: 10m", "limit: 10h", "30:58", "10h"},
		"no mapping":           {"hooks:\n  promote: {command: [/usr/local/bin/promote-dr], limit: 10m}", "hooks: [promote]", "29:8", "mapping"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if strings.Count(goodConfig, c.old) != 1 {
				t.Fatalf("%q is not there once", c.old)
			}
			_, err := tracker.ReadConfig("tracker.yaml", ".", []byte(strings.Replace(goodConfig, c.old, c.changed, 1)), recovery)
			if err == nil {
				t.Fatal("it was taken")
			}
			lines := strings.Split(err.Error(), "\n")
			told := slices.ContainsFunc(lines, func(l string) bool {
				return strings.HasPrefix(l, "tracker.yaml:"+c.at+": ") && strings.Contains(l, c.want)
			})
			if !told {
				t.Errorf("got %q, want it at %s with %q", lines, c.at, c.want)
			}
			for _, l := range lines {
				if !line.MatchString(l) {
					t.Errorf("%q is not place, what and hint", l)
				}
			}
		})
	}
}

// TestUnreadableConfigs are no YAML, or none of ours.
func TestUnreadableConfigs(t *testing.T) {
	t.Parallel()
	for name, text := range map[string]string{"empty": "", "no yaml": "vantage: [", "list": "- vantage", "tab": "vantage:\n\t- x", "two": goodConfig + "---\n" + goodConfig} {
		_, err := tracker.ReadConfig("tracker.yaml", ".", []byte(text), shipped(t))
		if err == nil || !strings.HasPrefix(err.Error(), "tracker.yaml:") || strings.Contains(strings.TrimSpace(err.Error()), "\n") {
			t.Errorf("%s: got %v", name, err)
		}
	}
}

// TestShippedScenarios has one scenario in which no replica proves anything.
func TestShippedScenarios(t *testing.T) {
	t.Parallel()
	for _, s := range shipped(t).Scenarios {
		if s.Restore != (s.Name == "logical_corruption") {
			t.Errorf("%s: data come from a copy: %v", s.Name, s.Restore)
		}
	}
}
