package archtest_test

import (
	"slices"
	"strconv"
	"strings"
	"testing"
)

// arrow says what the non-test files of a package, and of the packages below it, may import besides the standard library
// and packages below the same arrow. A name without a dot is below this module's internal folder.
type arrow struct {
	pkg  string // longest match wins
	may  []string
	note string
}

// arrows is the whole permission: what is not listed is forbidden. To move a wall, argue it in ARCHITECTURE.md first.
func arrows() []arrow {
	return []arrow{
		{pkg: "internal/metric"},
		{pkg: "internal/metric/proof", may: []string{"metric", "github.com/prometheus/client_model", "github.com/prometheus/common"}, note: "tests' reader of expositions; the catalogue itself stays free of libraries"},
		{pkg: "internal/diag"},
		{pkg: "internal/diag/diagtest", may: []string{"github.com/google/go-cmp"}},
		{pkg: "internal/slo"},
		{pkg: "internal/output"},
		{pkg: "internal/completion"},
		{pkg: "internal/emodel"},
		{pkg: "internal/erlang"},
		{pkg: "internal/sipprobe", may: []string{"emodel", "github.com/emiago/sipgo", "github.com/icholy/digest", "github.com/pion/rtp", "github.com/miekg/dns", "github.com/gobwas/ws"}, note: "digest and ws are what sipgo itself uses for them"},
		{pkg: "internal/standalone"},
		{pkg: "internal/protocol/peer"},
		{pkg: "internal/protocol/scripted"},
		{pkg: "internal/peertest"},
		{pkg: "internal/protocol/binrpc", may: []string{"protocol/peer", "protocol/scripted"}},
		{pkg: "internal/protocol/jsonrpc", may: []string{"protocol/peer"}},
		{pkg: "internal/protocol/bencode"},
		{pkg: "internal/protocol/ami", may: []string{"protocol/peer"}},
		{pkg: "internal/protocol/resp"},
		{pkg: "internal/protocol/sockdiag"},
		{pkg: "internal/protocol/ng", may: []string{"protocol/bencode", "protocol/peer", "protocol/scripted"}},
		{pkg: "internal/archtest"},
		{pkg: "internal/tooltest"},
		{pkg: "internal/secretfile"},
		{pkg: "internal/terminal"},
		{pkg: "internal/gzipped", may: []string{"github.com/klauspost/compress/flate"}, note: "flate: std's remembers from one call to the next, and holds a megabyte for it"},
		{pkg: "internal/config", may: []string{"diag", "gopkg.in/yaml.v3"}},
		{pkg: "internal/httpserver", may: []string{"github.com/prometheus/exporter-toolkit/web", "github.com/coreos/go-systemd/v22/activation"}},
		{pkg: "internal/promql", may: []string{"metric", "diag", "github.com/prometheus/prometheus/promql/parser", "github.com/prometheus/prometheus/model/labels", "github.com/prometheus/common/model"}},
		{pkg: "internal/emit", may: []string{"metric", "github.com/prometheus/client_golang", "github.com/prometheus/client_model", "google.golang.org/protobuf"}},
		{
			pkg: "internal/exporter",
			may: []string{
				"emit", "metric", "config", "diag", "gzipped", "httpserver", "secretfile", "github.com/prometheus/client_golang", "github.com/prometheus/client_model",
				"github.com/prometheus/common", "github.com/prometheus/exporter-toolkit/web/kingpinflag", "github.com/alecthomas/kingpin/v2",
				"github.com/klauspost/compress/gzip",
			},
		},
		{pkg: "internal/exporter/exportertest", may: []string{"exporter", "emit", "metric", "github.com/prometheus/client_golang", "github.com/prometheus/common", "github.com/prometheus/client_model", "github.com/google/go-cmp"}},
		{pkg: "internal/exporter/programtest", may: []string{"exporter", "metric", "github.com/rogpeppe/go-internal/testscript"}},
		{pkg: "internal/exporter/kamailio", may: []string{"exporter", "emit", "metric", "config", "protocol/binrpc", "protocol/jsonrpc", "protocol/sockdiag"}},
		{pkg: "internal/exporter/rtpengine", may: []string{"exporter", "emit", "metric", "config", "protocol/ng", "protocol/bencode"}},
		{pkg: "internal/exporter/asterisk", may: []string{"exporter", "emit", "metric", "config", "protocol/ami"}},
		{pkg: "internal/exporter/sip", may: []string{"exporter", "emit", "metric", "config", "sipprobe"}},
		{pkg: "internal/exporter/platform", may: []string{"exporter", "emit", "metric", "config", "protocol/resp"}},
		{pkg: "internal/spec", may: []string{"config", "slo", "diag", "rto", "parallel"}, note: "rto: plans and scenarios are spelled once"},
		{pkg: "internal/lint", may: []string{"spec", "slo", "diag", "config", "metric"}, note: "metric: what a profile maps must be there"},
		{pkg: "internal/rules", may: []string{"spec", "slo", "promql", "metric", "diag", "erlang", "parallel"}, note: "erlang: the traffic that a tier carries at a grade of service is a number in a rule, as PromQL has no loops"},
		{pkg: "internal/promql/rulelint", may: []string{"promql", "rules", "github.com/prometheus/prometheus/promql/parser", "github.com/prometheus/prometheus/model/labels", "github.com/prometheus/common/model"}, note: "parser: it judges the shape of generated expressions, which promql has no words for"},
		{pkg: "internal/importer", may: []string{"spec", "config", "diag", "slo", "metric"}},
		{pkg: "internal/backtest", may: []string{"rules", "spec", "slo", "promql", "metric", "diag", "config", "github.com/prometheus/prometheus"}, note: "the room of Prometheus' engine"},
		{pkg: "internal/backfill", may: []string{"rules", "promql", "promapi", "config", "slo"}, note: "promapi: it waits for what the server has loaded"},
		{pkg: "internal/starter", may: []string{"promapi", "metric", "config", "slo"}, note: "promapi: it looks at what is there"},
		{pkg: "internal/grafana", may: []string{"jsontree", "github.com/grafana-tools/sdk"}},
		{pkg: "internal/dashboard", may: []string{"grafana", "jsontree", "parallel", "spec", "slo", "promql", "metric", "rules", "diag"}, note: "rules: its Records are what boards may refer to"},
		{pkg: "internal/coverage", may: []string{"spec", "rules", "metric", "diag"}, note: "rules: their files are what facts are followed into"},
		{pkg: "internal/inventory", may: []string{"metric", "promql"}},
		{pkg: "internal/changes", may: []string{"config"}},
		{pkg: "internal/provisioning", may: []string{"dashboard", "grafana", "spec", "config"}},
		{pkg: "internal/alerting", may: []string{"spec", "config", "slo", "metric"}},
		{pkg: "internal/scrapecfg", may: []string{"spec", "config", "diag", "slo", "metric"}},
		{pkg: "internal/kube", may: []string{"spec", "config", "metric", "rules", "alerting", "scrapecfg"}, note: "it wraps what these make"},
		{pkg: "internal/runbook", may: []string{"spec", "config", "slo", "metric", "rules"}, note: "rules: an alert's texts become its runbook"},
		{pkg: "internal/specdoc"},
		{pkg: "internal/metricdoc", may: []string{"metric"}},
		{pkg: "internal/promapi", may: []string{"github.com/prometheus/client_golang/api", "github.com/prometheus/common/model", "github.com/prometheus/common/config"}},
		{pkg: "internal/lab", may: []string{"spec", "promapi", "protocol/binrpc", "protocol/ami", "protocol/ng", "protocol/jsonrpc", "config", "rto", "golang.org/x/sys/unix"}},
		{pkg: "internal/lab/drill", may: []string{"lab", "promapi", "rto", "sipprobe", "github.com/miekg/dns"}, note: "a name that can be redirected, a call that is placed, alerts that are told, a report that is read; the trackers themselves are processes"},
		{pkg: "internal/browser", may: []string{"github.com/chromedp"}, note: "a real Chromium for tests and pictures; no program of a platform links it"},
		{pkg: "internal/preview", may: []string{"browser"}, note: "pictures of boards are taken by a real Chromium"},
		{pkg: "internal/browser/browsertest", may: []string{"browser", "lab/chromium"}},
		{pkg: "internal/evidence"},
		{pkg: "internal/jsontree"},
		{pkg: "internal/parallel"},
		{pkg: "internal/rto"},
		{pkg: "internal/rto/mysql", may: []string{"rto", "github.com/go-sql-driver/mysql", "github.com/go-mysql-org/go-mysql"}},
		{pkg: "internal/rto/store", may: []string{"rto", "evidence", "modernc.org/sqlite"}},
		{pkg: "internal/rto/alert", may: []string{"rto", "github.com/prometheus/alertmanager/api/v2", "github.com/go-openapi"}},
		{pkg: "internal/rto/probe", may: []string{"rto", "sipprobe", "github.com/miekg/dns", "github.com/redis/go-redis/v9", "github.com/rabbitmq/amqp091-go"}},
		{pkg: "internal/rto/clock", may: []string{"rto", "golang.org/x/sys/unix"}},
		{pkg: "internal/rto/report", may: []string{"rto", "evidence", "standalone"}},
		{pkg: "internal/rto/archive", may: []string{"rto", "evidence"}},
		{pkg: "internal/tracker", may: []string{"rto", "secretfile", "evidence", "spec", "config", "diag", "emit", "metric", "sipprobe", "github.com/prometheus/client_golang", "github.com/prometheus/client_model"}, note: "the service: samplers, probes, drills and store in one life cycle"},
		{pkg: "internal/budget/maintenance", may: []string{"github.com/teambition/rrule-go"}},
		{pkg: "internal/budget/policy"},
		{pkg: "internal/budget/report", may: []string{"budget/maintenance", "budget/policy", "evidence", "standalone"}, note: "a report is a function of a log"},
		{pkg: "internal/budget", may: []string{"metric", "slo", "spec", "promapi"}},
		{pkg: "internal/whatif", may: []string{"backtest", "rules", "spec", "slo", "promapi", "metric"}, note: "another promise is replayed by the rules that it would have"},
		{pkg: "internal/web", may: []string{"budget", "gzipped", "whatif", "slo", "tracker", "rto", "evidence", "httpserver", "emit", "metric", "github.com/gin-gonic/gin"}},
		{pkg: "cmd/tracker", may: []string{"terminal", "budget", "whatif", "slo", "promapi", "tracker", "sipprobe", "secretfile", "web", "rto", "evidence", "spec", "config", "diag", "httpserver", "metric", "emit", "github.com/alecthomas/kingpin/v2", "github.com/prometheus/common"}},
		{pkg: "cmd/obsgen", may: []string{"terminal", "spec", "config", "coverage", "diag", "lint", "metric", "metricdoc", "promql", "rules", "dashboard", "alerting", "scrapecfg", "runbook", "kube", "output", "slo", "backtest", "backfill", "completion", "starter", "promapi", "importer", "inventory", "changes", "grafana", "provisioning", "secretfile", "preview", "browser", "lab/chromium", "github.com/rogpeppe/go-internal/diff", "github.com/prometheus/common/version"}, note: "browser, lab/chromium: obsgen preview draws pictures with this host's Chromium"},
		{pkg: "cmd/exporters", may: []string{"exporter", "metric", "github.com/alecthomas/kingpin/v2"}},
		{pkg: "cmd/lab", may: []string{"terminal", "lab", "promapi", "completion"}},
		{pkg: "test", may: []string{"lab", "promapi", "exporter", "protocol", "metric", "sipprobe", "rto", "evidence", "tracker"}},
	}
}

// rooms names, for each heavy library, the one package (and those below it) that may import it.
func rooms() map[string]string {
	return map[string]string{
		"gopkg.in/yaml.v3": "internal/config",
		"github.com/prometheus/prometheus/promql/parser": "internal/promql",
		"github.com/grafana-tools/sdk":                   "internal/grafana",
		"github.com/prometheus/exporter-toolkit/web":     "internal/httpserver",
		"github.com/prometheus/client_golang/api":        "internal/promapi",
		"github.com/prometheus/alertmanager/api/v2":      "internal/rto/alert",
		"github.com/gin-gonic/gin":                       "internal/web",
		"modernc.org/sqlite":                             "internal/rto/store",
		"github.com/go-sql-driver/mysql":                 "internal/rto/mysql",
		"github.com/go-mysql-org/go-mysql/replication":   "internal/rto/mysql/binlog",
		"github.com/emiago/sipgo":                        "internal/sipprobe",
		"github.com/redis/go-redis/v9":                   "internal/rto/probe/redis",
		"github.com/rabbitmq/amqp091-go":                 "internal/rto/probe/rabbit",
		"github.com/prometheus/prometheus/promql":        "internal/backtest",
		"github.com/prometheus/prometheus/storage":       "internal/backtest",
		"github.com/chromedp/chromedp":                   "internal/browser",
		"github.com/teambition/rrule-go":                 "internal/budget/maintenance",
	}
}

func TestArrows(t *testing.T) {
	t.Parallel()
	for _, s := range sources(t) {
		if s.test {
			continue
		}
		a, ok := arrowOf(s.pkg())
		if !ok {
			t.Errorf("%s: package %s has no arrow: add it to the table", s.name, s.pkg())
			continue
		}
		for _, spec := range s.file.Imports {
			imported, err := strconv.Unquote(spec.Path.Value)
			if err != nil {
				t.Fatal(err)
			}
			if !allowed(a, imported) {
				t.Errorf("%s:%d: %s may not import %s", s.name, s.line(spec), a.pkg, imported)
			}
		}
	}
}

func arrowOf(pkg string) (arrow, bool) {
	best := -1
	all := arrows()
	for i, a := range all {
		if (pkg == a.pkg || strings.HasPrefix(pkg, a.pkg+"/")) && (best < 0 || len(a.pkg) > len(all[best].pkg)) {
			best = i
		}
	}
	if best < 0 {
		return arrow{}, false
	}
	return all[best], true
}

func allowed(a arrow, imported string) bool {
	local, ours := strings.CutPrefix(imported, module+"/")
	first, _, _ := strings.Cut(imported, "/")
	if !ours && !strings.Contains(first, ".") {
		return true // standard library
	}
	if ours && (local == a.pkg || strings.HasPrefix(local, a.pkg+"/")) {
		return true
	}
	return slices.ContainsFunc(a.may, func(m string) bool {
		if ours {
			m = "internal/" + m
			return local == m || strings.HasPrefix(local, m+"/")
		}
		return imported == m || strings.HasPrefix(imported, m+"/")
	})
}

func TestOneRoomForEachHeavyLibrary(t *testing.T) {
	t.Parallel()
	for _, s := range sources(t) {
		if s.test {
			continue
		}
		for _, spec := range s.file.Imports {
			imported, _ := strconv.Unquote(spec.Path.Value)
			room, heavy := rooms()[imported]
			if heavy && s.pkg() != room && !strings.HasPrefix(s.pkg(), room+"/") {
				t.Errorf("%s:%d: only %s may import %s", s.name, s.line(spec), room, imported)
			}
		}
	}
}

// TestArrowsCanFail shows that the check sees what it is there for.
func TestArrowsCanFail(t *testing.T) {
	t.Parallel()
	f := func(pkg, imported string, want bool) {
		t.Helper()
		a, ok := arrowOf(pkg)
		if !ok {
			t.Fatalf("no arrow for %s", pkg)
		}
		if got := allowed(a, imported); got != want {
			t.Errorf("%s imports %s: allowed %v, want %v", pkg, imported, got, want)
		}
	}
	f("internal/metric", "strings", true)
	f("internal/metric", module+"/internal/diag", false)
	f("internal/metric", "gopkg.in/yaml.v3", false)
	f("internal/rules", module+"/internal/promql", true)
	f("internal/rules", module+"/internal/protocol/binrpc", false)
	f("internal/exporter/kamailio", module+"/internal/protocol/binrpc", true)
	f("internal/exporter/kamailio", module+"/internal/promql", false)
	f("internal/lab/pkgtree", module+"/internal/lab/supervise", true)
	f("cmd/obsgen", module+"/internal/protocol/binrpc", false)
}
