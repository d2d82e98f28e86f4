//go:build integration

package engines

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/voipbin/observability/internal/lab/toolchain"
	"github.com/voipbin/observability/internal/promapi"
)

// programs is a folder with the tracker and obsgen: the one that PROGRAMS names, or a new one.
func programs(t *testing.T) string {
	t.Helper()
	if bin := os.Getenv("PROGRAMS"); bin != "" {
		return bin
	}
	bin := t.TempDir()
	if err := toolchain.Build(t.Context(), repo, bin, func(string) {}, "./cmd/tracker", "./cmd/obsgen"); err != nil {
		t.Fatal(err)
	}
	return bin
}

// tracker runs the tracker as it ships, on a server of records, and returns where it listens.
func tracker(t *testing.T, path, base, httpConfig string) string {
	t.Helper()
	spec, err := filepath.Abs(filepath.Join(repo, "spec"))
	if err != nil {
		t.Fatal(err)
	}
	token := file(t, "token", "a-token-for-tests")
	text := fmt.Sprintf(`vantage: tracker-dr
data: %q
stores:
  - name: mysql
    source: {name: primary, address: %q, user: monitor}
    replicas: [{name: dr, address: %q, user: monitor}]
operators: [{name: alice, token_file: %q}]
objectives: {prometheus: %q, interval: 1s`, t.TempDir(), free(t), free(t), token, base)
	if httpConfig != "" {
		text += fmt.Sprintf(", http_config_file: %q", httpConfig)
	}
	at := free(t)
	run(t, "http://"+at+"/-/ready", path, "serve", "--config.file="+file(t, "tracker.yaml", text+"}\n"), "--spec="+spec, "--web.listen-address="+at, "--log.level=error")
	return "http://" + at
}

// shown is all that a tracker shows of budgets, but for times.
type shown struct {
	Problem    string
	Objectives []map[string]any `json:"objectives"` // the API's
	Groups     []map[string]any `json:"groups"`     // the table's, in words
}

func show(t *testing.T, tracker string) (shown, error) {
	t.Helper()
	var s shown
	for _, path := range []string{"/api/v1/overview?sort=name&tier=", "/api/v1/objectives"} {
		text, err := get(t, tracker+path)
		if err != nil {
			return s, err
		}
		if err := json.Unmarshal(text, &s); err != nil {
			return s, err
		}
	}
	for _, o := range s.Objectives {
		for _, later := range []string{"recorded", "seen", "in_force"} {
			delete(o, later)
		}
		delete(o["promise"].(map[string]any), "links") // they lead to the server
	}
	for _, g := range s.Groups { // recovery stands in the table as well, and has its own times
		var budgets []any
		for _, l := range g["lines"].([]any) {
			if strings.HasPrefix(l.(map[string]any)["path"].(string), "/objectives/") {
				budgets = append(budgets, l)
			}
		}
		g["lines"] = budgets
	}
	return s, nil
}

// known is how many objectives have a number of what is left.
func (s shown) known() (n int) {
	for _, o := range s.Objectives {
		if o["numbers"].(map[string]any)["remaining"].(map[string]any)["known"] == true {
			n++
		}
	}
	return n
}

// engine is a server that is held to Prometheus.
type engine struct {
	name             string // that of obsgen's target as well
	base, httpConfig string
	off              float64 // by how much a number may be off, as ratio; what is shown in words may not
}

// TestEngines has the same samples in a server and in Prometheus, and compares all that trackers show that read the one and the other, and what the
// rules of an objective come to.
func TestEngines(t *testing.T) {
	bin := programs(t)
	var out strings.Builder
	fmt.Fprintf(&out, "Command: make engines\nCommit:  %s\nMachine: %s, %d processors\n\n", os.Getenv("COMMIT"), runtime.GOARCH, runtime.NumCPU())
	fmt.Fprintf(&out, "The records of %d objectives in Prometheus and in another server, and a tracker at each: all of /api/v1/objectives and\n", len(shipped(t)))
	fmt.Fprintf(&out, "/api/v1/overview is the same, but for times and links. Behind it are the expressions of sip_reachable's rules in the form of\nobsgen's target, asked of the server and of Prometheus for the same time.\n\n")
	for name := range modules() {
		program(t, name) // one build after the other
	}
	servers := []struct {
		name   string
		server func(t *testing.T) (e engine, prometheus string)
	}{
		{"victoriametrics", func(t *testing.T) (engine, string) {
			base, remote := victoriaMetrics(t)
			// It keeps decimals, of twelve digits at least.
			return engine{base: base, off: 4e-12}, source(t, "remote_write:\n"+remote)
		}},
		{"thanos", func(t *testing.T) (engine, string) {
			prometheus := source(t, "")
			return engine{base: thanos(t, prometheus)}, prometheus
		}},
		{"mimir", func(t *testing.T) (engine, string) {
			base, header, remote := mimir(t)
			return engine{base: base, httpConfig: header}, source(t, "remote_write:\n"+remote)
		}},
	}
	lines := make([]string, len(servers))
	t.Run("servers", func(t *testing.T) { // side by side, as most of it is waiting for samples
		for i, start := range servers {
			t.Run(start.name, func(t *testing.T) {
				t.Parallel()
				e, prometheus := start.server(t)
				e.name = start.name
				known := e.compare(t, filepath.Join(bin, "tracker"), prometheus)
				lines[i] = fmt.Sprintf("%-16s %-36s %d budgets; %s\n", e.name, modules()[e.name].Version, known, e.rules(t, filepath.Join(bin, "obsgen"), prometheus))
			})
		}
	})
	out.WriteString(strings.Join(lines, ""))
	t.Log("\n" + out.String())
	if to := os.Getenv("ENGINES"); to != "" && !t.Failed() {
		if err := os.WriteFile(to, []byte(out.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// compare holds what a tracker shows of the server to what one shows of Prometheus. It returns how many budgets are known.
func (e engine) compare(t *testing.T, path, prometheus string) int {
	t.Helper()
	reference := tracker(t, path, prometheus, "")
	want := settled(t, reference)
	at := tracker(t, path, e.base, e.httpConfig)
	until(t, e.name+" shows what Prometheus does", func() error {
		got, err := show(t, at)
		if err != nil {
			return err
		}
		if want, err = show(t, reference); err != nil {
			return err
		}
		if diff := cmp.Diff(want, got, cmpopts.EquateApprox(e.off, 0)); diff != "" {
			return fmt.Errorf("%d of %d budgets are known; %s (-Prometheus +%s):\n%.3000s", got.known(), want.known(), got.Problem, e.name, differing(diff))
		}
		return nil
	})
	e.course(t, at)
	return want.known()
}

// differing are the lines of a difference that differ.
func differing(diff string) string {
	var all []string
	for line := range strings.SplitSeq(diff, "\n") {
		if strings.HasPrefix(line, "-") || strings.HasPrefix(line, "+") {
			all = append(all, strings.Join(strings.Fields(line), " "))
		}
	}
	return strings.Join(all, "\n")
}

// settled is what a tracker shows once the records are there.
func settled(t *testing.T, at string) shown {
	t.Helper()
	var s shown
	until(t, "Prometheus has the records", func() (err error) {
		if s, err = show(t, at); err == nil && s.known() < 10 {
			err = fmt.Errorf("%d budgets are known; %s", s.known(), s.Problem)
		}
		return err
	})
	return s
}

// course reads the page of an objective, whose questions are those of ranges.
func (e engine) course(t *testing.T, at string) {
	t.Helper()
	text, err := get(t, at+"/api/v1/objectives/sip_reachable")
	if err != nil || strings.Contains(string(text), "history_problem") {
		t.Errorf("%s: the course is not known: %v: %.500s", e.name, err, text)
	}
}

// rules asks for each expression of an objective's rules in the form for the server, of the server and of Prometheus, and says how many are the same.
func (e engine) rules(t *testing.T, obsgen, prometheus string) string {
	t.Helper()
	out := t.TempDir()
	cmd := exec.CommandContext(t.Context(), obsgen, "generate", "-target", e.name, "-out", out)
	cmd.Dir = repo
	if text, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("obsgen generate -target %s: %v: %s", e.name, err, text)
	}
	files, err := filepath.Glob(filepath.Join(out, "*", "slo_sip_reachable*.yaml"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no rules for %s: %v", e.name, err)
	}
	theirs, ours := client(t, e.base, e.httpConfig), client(t, prometheus, "")
	// VictoriaMetrics shows samples half a minute after they came.
	var at time.Time
	until(t, e.name+" has counters of a minute and a half", func() error {
		at = time.Now().Add(-40 * time.Second).Truncate(time.Second)
		found, err := theirs.Query(t.Context(), `count_over_time(sip_probes_total{instance="edge-udp"}[2m])`, at)
		if err == nil && (len(found) != 1 || found[0].Value < 80) {
			err = fmt.Errorf("at %s: %v", at, found)
		}
		return err
	})
	var same, empty, near, other int
	for _, f := range files {
		text, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		for _, expr := range expressions(string(text)) {
			a, err := ours.Query(t.Context(), expr, at)
			b, theirErr := theirs.Query(t.Context(), expr, at)
			switch {
			case err != nil || theirErr != nil:
				t.Errorf("%s: Prometheus: %v; %s: %v", filepath.Base(f), err, e.name, theirErr)
			case len(a) == 0 && len(b) == 0:
				empty++
			case alike(a, b, e.off):
				same++
			case alike(a, b, nearby):
				near++
			default:
				other++
				t.Logf("%s: %s\nPrometheus: %v\n%s: %v", filepath.Base(f), expr, a, e.name, b)
			}
		}
	}
	return fmt.Sprintf("rules: %d expressions come to the same, %d within 3 %%, %d to nothing in both, %d to something else", same, near, empty, other)
}

func client(t *testing.T, base, httpConfig string) *promapi.Client {
	t.Helper()
	c, err := promapi.Open(base, httpConfig)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// nearby is how near two increases are over a window that the samples do not fill: Prometheus extrapolates to its edges, VictoriaMetrics counts.
const nearby = 0.03

// alike compares values, which may be off by a ratio. Labels of the server that sent the samples on are left out.
func alike(a, b []promapi.Sample, off float64) bool {
	of := func(all []promapi.Sample) map[string]float64 {
		m := map[string]float64{}
		for _, s := range all {
			delete(s.Labels, "cluster")
			delete(s.Labels, "replica")
			m[fmt.Sprint(s.Labels)] = s.Value
		}
		return m
	}
	return cmp.Equal(of(a), of(b), cmpopts.EquateApprox(off, 0), cmpopts.EquateNaNs())
}

// expressions are those of a rule file: what stands behind "expr:", in one line or in the deeper lines below it.
func expressions(text string) (all []string) {
	lines := strings.Split(text, "\n")
	key := regexp.MustCompile(`^(\s+)expr: (.*)$`)
	for i := 0; i < len(lines); i++ {
		m := key.FindStringSubmatch(lines[i])
		if m == nil {
			continue
		}
		expr := m[2]
		if strings.HasPrefix(expr, "|") {
			expr = ""
			for i+1 < len(lines) && (strings.HasPrefix(lines[i+1], m[1]+" ") || strings.TrimSpace(lines[i+1]) == "") {
				i++
				expr += lines[i] + "\n"
			}
		}
		all = append(all, strings.Trim(expr, "'\" \n"))
	}
	return all
}

// TestPartial: a querier of Thanos that does not reach one of its stores tells nothing, and the tracker shows nothing as known, rather than what it can reach.
func TestPartial(t *testing.T) {
	bin := programs(t)
	base := thanos(t, source(t, ""), "--endpoint-strict="+free(t))
	var loose []byte
	until(t, "the part that is reached is there", func() (err error) {
		loose, err = get(t, base+"/api/v1/query?query=slo:error_budget_remaining:ratio&partial_response=true")
		if err == nil && !strings.Contains(string(loose), `"slo":`) {
			err = fmt.Errorf("%.300s", loose)
		}
		return err
	})
	if _, err := client(t, base, "").Query(t.Context(), "slo:error_budget_remaining:ratio", time.Time{}); err == nil {
		t.Error("an answer without a store is taken for a whole one")
	}
	at := tracker(t, filepath.Join(bin, "tracker"), base, "")
	until(t, "the tracker says that it does not know", func() error {
		s, err := show(t, at)
		if err == nil && (s.Problem == "" || s.known() > 0 || strings.Contains(s.Problem, "nobody looked")) {
			err = fmt.Errorf("%d are known; %q", s.known(), s.Problem)
		}
		return err
	})
}

// TestTenant: without its tenant Mimir refuses, and the tracker says so.
func TestTenant(t *testing.T) {
	base, header, _ := mimir(t)
	if _, err := client(t, base, "").Query(t.Context(), "up", time.Time{}); err == nil || !strings.Contains(err.Error(), "401") {
		t.Errorf("without a tenant: %v", err)
	}
	if found, err := client(t, base, header).Query(t.Context(), "up", time.Time{}); err != nil || len(found) != 0 {
		t.Errorf("of a tenant without samples: %v, %v", found, err)
	}
	if _, err := client(t, base, header).Query(t.Context(), "up{", time.Time{}); err == nil || !strings.Contains(err.Error(), "parse error") {
		t.Errorf("of what is no expression: %v", err)
	}
}
