package dashboard

import (
	"bufio"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/promql/parser"
	"github.com/prometheus/prometheus/storage"
	"github.com/prometheus/prometheus/util/teststorage"

	"github.com/voipbin/observability/internal/metric"
	"github.com/voipbin/observability/internal/rules"
	"github.com/voipbin/observability/internal/spec"
)

// sample is a series and its value.
type sample struct {
	series labels.Labels
	value  float64
	grows  bool // a counter
}

// exposition reads what an exporter says of a real daemon.
func exposition(t *testing.T, daemon, version string) []sample {
	t.Helper()
	return seriesIn(t, filepath.Join("..", "exporter", daemon, "testdata", "golden", version+".prom"))
}

// captured reads what another's exporter said of a real daemon, without what the tests add to each target by themselves.
func captured(t *testing.T, file string) []sample {
	t.Helper()
	all := seriesIn(t, filepath.Join("..", "metric", "testdata", file+".prom"))
	return slices.DeleteFunc(all, func(s sample) bool { return s.series.Get(model.MetricNameLabel) == metric.ProcessResidentMemory.Name })
}

// seriesIn reads a recorded exposition.
func seriesIn(t *testing.T, file string) []sample {
	t.Helper()
	f, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := f.Close(); err != nil {
			t.Error(err)
		}
	})
	var out []sample
	lines := bufio.NewScanner(f)
	for lines.Scan() {
		line := lines.Text()
		if line == "" || line[0] == '#' {
			continue
		}
		at := strings.LastIndexByte(line, ' ')
		series, err := parser.NewParser(parser.Options{}).ParseMetric(line[:at])
		if err != nil {
			t.Fatalf("%s: %v", line, err)
		}
		value, err := strconv.ParseFloat(line[at+1:], 64)
		if err != nil {
			t.Fatalf("%s: %v", line, err)
		}
		grows := regexp.MustCompile(`_(total|sum|count|bucket)$`).MatchString(series.Get(model.MetricNameLabel))
		out = append(out, sample{series, value, grows})
	}
	if err := lines.Err(); err != nil {
		t.Fatal(err)
	}
	return out
}

// playback is a Prometheus in memory that scrapes and records.
type playback struct {
	*teststorage.TestStorage
	reader
	start time.Time
}

const scrapes = 28 // at 15 seconds each, a little more than the five minutes of the shortest records

func (p playback) at(n int) time.Time { return p.start.Add(time.Duration(n) * 15 * time.Second) }

// write stores samples of one moment.
func (p playback) write(t *testing.T, at time.Time, samples []sample) {
	t.Helper()
	app := p.Appender(t.Context())
	for _, s := range samples {
		if _, err := app.Append(storage.SeriesRef(0), s.series, at.UnixMilli(), s.value); err != nil {
			t.Fatalf("%s: %v", s.series, err)
		}
	}
	if err := app.Commit(); err != nil {
		t.Fatal(err)
	}
}

// scrape stores the exposition as that of the node, its counters a little further with each scrape.
func (p playback) scrape(t *testing.T, n int, job, node string, exposed []sample) {
	t.Helper()
	target := []string{"instance", node, "job", job, "node", node, "region", "us-central1", "farm", "call"}
	foreign := []*metric.Family{metric.Up, metric.ScrapeDuration, metric.ProcessResidentMemory}
	samples := make([]sample, 0, len(exposed)+len(foreign))
	for _, s := range exposed {
		b := labels.NewBuilder(s.series)
		for i := 0; i < len(target); i += 2 {
			b.Set(target[i], target[i+1])
		}
		if s.grows {
			s.value *= 1 + float64(n)/8
		}
		samples = append(samples, sample{series: b.Labels(), value: s.value})
	}
	for _, f := range foreign {
		samples = append(samples, sample{series: labels.FromStrings(append([]string{model.MetricNameLabel, f.Name}, target...)...), value: 1})
	}
	p.write(t, p.at(n), samples)
}

// record evaluates the recording rules, one after another as Prometheus does within a group.
func (p playback) record(t *testing.T, n int, made *rules.Output) {
	t.Helper()
	for _, f := range made.Files {
		for _, g := range f.Make().Groups {
			for _, r := range g.Rules {
				if r.Record == "" {
					continue
				}
				var out []sample
				for _, s := range p.ask(t, r.Expr, p.at(n)) {
					b := labels.NewBuilder(s.Metric).Set(model.MetricNameLabel, r.Record)
					for name, value := range r.Labels {
						b.Set(name, value)
					}
					out = append(out, sample{series: b.Labels(), value: s.F})
				}
				p.write(t, p.at(n), out)
			}
		}
	}
}

// quiet names the panels that show nothing of a platform that is well, and why.
func quiet(engine string) map[string]string {
	list := map[string]string{
		"Watchdog":                           "alerts are not evaluated here",
		"Pages firing":                       "no alert fires",
		"Tickets firing":                     "no alert fires",
		"Active alerts":                      "no alert fires",
		"Alerts about it":                    "no alert fires",
		"Alerts of nodes":                    "no alert fires",
		"Collectors that fail":               "every collector is healthy",
		"What is not as the spec has it":     "alerts are not evaluated here",
		"Reads that hit":                     "nobody read from the recorded cache",
		"Longest time to live":               "no key of the recorded cache that expires is of a class with a limit",
		"Call setup success, budget lasts":   "lasts for ever while nothing fails",
		"Registration success, budget lasts": "lasts for ever while nothing fails",
		"SIP edge reachable, budget lasts":   "lasts for ever while nothing fails",
		"Services watched, budget lasts":     "lasts for ever while nothing fails",
		"API availability, budget lasts":     "lasts for ever while nothing fails",
		"API reachable, budget lasts":        "lasts for ever while nothing fails",
		"Database, budget lasts":             "lasts for ever while nothing fails",
		"Replicas fresh, budget lasts":       "lasts for ever while nothing fails",
		"Cache, budget lasts":                "lasts for ever while nothing fails",
		"Messages kept, budget lasts":        "lasts for ever while nothing fails",
		"Object storage, budget lasts":       "lasts for ever while nothing fails",
	}
	if engine == "26.0.1-calls" {
		list["Streams in userspace"] = "recorded before the engine had refreshed its number of streams"
	}
	return list
}

// unexposed returns a family of the exporters that a query needs and the daemons did not have, or "".
func unexposed(expr string, exposed []sample) string {
	for _, f := range slices.Concat(metric.Kamailio(), metric.RTPEngine(), metric.Asterisk(), metric.SIP(), metric.Recovery(), metric.Node(), metric.PrometheusOwn(), metric.Stackdriver(), metric.Blackbox(), metric.Kubernetes(), metric.MySQL(), metric.Redis(), metric.RabbitMQ(), metric.Platform()) {
		has := slices.ContainsFunc(exposed, func(s sample) bool {
			name := s.series.Get(model.MetricNameLabel)
			return name == f.Name || f.Type >= metric.Histogram && strings.HasPrefix(name, f.Name+"_")
		})
		if !has && strings.Contains(expr, f.Name) {
			return f.Name
		}
	}
	return ""
}

// holder is what holds data, as the servers' own exporters and ours showed it.
type holder struct {
	job, node string
	exposed   []sample
}

// stored are the recorded servers that hold data.
func stored(t *testing.T) []holder {
	t.Helper()
	foreign := func(file string) []sample { return seriesIn(t, filepath.Join("..", "metric", "testdata", file)) }
	list := []holder{
		{"mysqld", "mysql-primary", foreign("mysqld_exporter-0.17.2-mysql-9.7.prom")},
		{"mysqld", "mysql-replica-1", foreign("mysqld_exporter-0.17.2-mariadb-10.11.prom")},
		{"mysqld", "mysql-replica-2", foreign("mysqld_exporter-0.17.2-mysql-9.7.prom")},
		{"redis", "redis", foreign("redis_exporter-1.69.0-master.prom")},
		{"rabbitmq", "rabbitmq-1", foreign("rabbitmq-4.0.5.prom")},
		{"rabbitmq-queues", "rabbitmq-1", foreign("rabbitmq-4.0.5-detailed.prom")},
	}
	for _, target := range []string{"rabbitmq", "redis", "backup", "deploys"} {
		list = append(list, holder{"platform", target, exposition(t, "platform", target)})
	}
	return list
}

// TestEveryPanelShowsSomething plays what real daemons of two versions said through the rules, and asks every query of
// every board. Only what the daemon did not have, or what is listed with a reason, may stay empty; what is listed must.
func TestEveryPanelShowsSomething(t *testing.T) {
	t.Parallel()
	s := described(t)
	// As the recorded proxies have them.
	s.Platform.MediaProxies.Nodes[0].Control, s.Platform.MediaProxies.Nodes[1].Control = "udp:127.0.0.1:18305", "udp:127.0.0.1:18105"
	s.Platform.MediaServers.Nodes[0].SIP, s.Platform.MediaServers.Nodes[1].SIP = "sip:127.0.0.1:18304", "sip:127.0.0.1:18104"
	made := ruled(t, s)
	files := build(t, s)
	for _, c := range []struct{ version, engine, server string }{
		{"5.6.3", "10.5.3-calls", "16.28.0-calls"}, {"6.1.5", "26.0.1-calls", "22.10.1-calls"},
	} {
		t.Run(c.version+", "+c.engine+", "+c.server, func(t *testing.T) {
			t.Parallel()
			store := teststorage.New(t)
			p := playback{TestStorage: store, reader: newReader(t, store, nil), start: time.Unix(3_000_000, 0)}
			remember(t, p)
			proxy, media, server := exposition(t, "kamailio", c.version), exposition(t, "rtpengine", c.engine), exposition(t, "asterisk", c.server)
			probes := map[string][]sample{"edge-echo": exposition(t, "sip", "call"), "edge-register": exposition(t, "sip", "register"), "edge-udp": exposition(t, "sip", "options")}
			tracker := seriesIn(t, filepath.Join("..", "tracker", "testdata", "golden", "drill.prom"))
			shut, manager, member := captured(t, "blackbox_exporter-0.26.0-tcp"), captured(t, "alertmanager-0.31.1"), captured(t, "alertmanager-0.31.1-cluster")
			machine, itself, cloud, outside := captured(t, "node_exporter-1.12.1"), captured(t, "prometheus-3.16.0"), captured(t, "stackdriver_exporter-0.19.0"), captured(t, "blackbox_exporter-0.26.0-http")
			pods := clustered(t)
			exposed := slices.Concat(proxy, media, server, probes["edge-echo"], probes["edge-register"], tracker, machine, itself, cloud, outside, manager, member)
			held := stored(t)
			for _, s := range held {
				exposed = append(exposed, s.exposed...)
			}
			for n := range scrapes {
				p.scrape(t, n, proxyJob, s.Platform.SIPProxies.Nodes[0].Name, proxy)
				for _, node := range s.Platform.MediaProxies.Nodes[:2] {
					p.scrape(t, n, mediaJob, node.Name, media)
				}
				for _, node := range s.Platform.MediaServers.Nodes[:2] {
					p.scrape(t, n, serverJob, node.Name, server)
				}
				for _, at := range pods {
					p.scrape(t, n, at.job, at.name, at.exposed)
				}
				p.scrape(t, n, hostsJob, s.Platform.SIPProxies.Nodes[0].Name, machine)
				p.scrape(t, n, serverItself, "localhost:9090", itself)
				p.scrape(t, n, closedJob, "sip.voipbin.net:5038", shut)
				p.scrape(t, n, spec.PortsJob, "bin-call-manager.production.svc:8080", outside)
				p.scrape(t, n, alertsBy, "alertmanager-1:9093", manager)
				p.scrape(t, n, alertsBy, "alertmanager-2:9093", member)
				p.scrape(t, n, cloudJob, "stackdriver", cloud)
				p.scrape(t, n, outsideJob, "https://api.voipbin.net/ping", outside)
				for name, probe := range probes {
					p.scrape(t, n, "sip", name, probe)
				}
				for _, at := range s.Recovery.Trackers.Nodes {
					p.scrape(t, n, "tracker", at.Name, tracker)
				}
				for _, s := range held {
					p.scrape(t, n, s.job, s.node, s.exposed)
				}
				if n%8 == 3 { // every two minutes, and at the end
					p.record(t, n, made)
				}
			}
			for _, f := range files {
				for title, list := range queries(t, f.JSON) {
					shown := slices.ContainsFunc(list, func(expr string) bool { return len(p.ask(t, expr, p.at(scrapes-1))) > 0 })
					missing := unexposed(list[0], exposed)
					if reason, listed := quiet(c.engine)[title]; !shown && !listed && missing == "" || shown && listed {
						t.Errorf("%s: panel %q: shows something: %v, listed as quiet: %v (%s)", f.UID, title, shown, listed, reason)
					}
				}
			}
		})
	}
}
