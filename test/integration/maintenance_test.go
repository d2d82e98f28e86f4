//go:build integration

package integration

import (
	"bytes"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/voipbin/observability/internal/promapi"
)

// counted is a proxy of which a fifth of the calls fail, a real Prometheus with the shipped rules, each evaluated once a second, and a tracker
// that both scrapes and is scraped.
type counted struct {
	t       *testing.T
	api     *promapi.Client
	tracker *runningTracker
}

func startCounted(t *testing.T) *counted {
	t.Helper()
	dir, began := t.TempDir(), time.Now()
	proxy := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		calls := 100 + int(time.Since(began).Seconds()*50)
		fmt.Fprintf(w, "kamailio_call_setup_attempts_total %d\nkamailio_call_setup_outcomes_total{cause=\"500\"} %d\n", calls, calls/5)
	}))
	t.Cleanup(proxy.Close)
	for _, name := range []string{"callsetup.yaml", "slo_call_setup.yaml"} {
		rules, err := os.ReadFile(filepath.Join(repo, "rules", name))
		if err == nil {
			rules = regexp.MustCompile(`(?m)^    interval: .*$`).ReplaceAll(rules, []byte("    interval: 1s"))
			err = os.WriteFile(filepath.Join(dir, name), rules, 0o600)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	prometheus, listen := freeAddress(t), freeAddress(t)
	config := fmt.Sprintf("global: {scrape_interval: 500ms, scrape_timeout: 500ms, evaluation_interval: 1s}\nrule_files: [callsetup.yaml, slo_call_setup.yaml]\nscrape_configs:\n"+
		"  - {job_name: kamailio, static_configs: [{targets: [%q]}]}\n  - {job_name: tracker, static_configs: [{targets: [%q]}]}\n", strings.TrimPrefix(proxy.URL, "http://"), listen)
	nobody := freeAddress(t)
	watch := fmt.Sprintf("vantage: tracker-dr\ndata: data\nstores:\n  - name: mysql\n    source: {name: primary, address: %q, user: monitor}\n    replicas: [{name: dr, address: %q, user: monitor}]\n"+
		"operators:\n  - {name: alice, token_file: token}\n  - {name: auditor, token_file: reads, read_only: true}\nobjectives: {prometheus: %q, interval: 1s}\n", nobody, nobody, "http://"+prometheus)
	for name, content := range map[string]string{
		"prometheus.yml": config, "tracker.yaml": watch, "token": operatorToken, "reads": "a token that reads",
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	server := exec.CommandContext(t.Context(), laboratoryTool(t, "prometheus"), "--config.file="+filepath.Join(dir, "prometheus.yml"), "--storage.tsdb.path="+filepath.Join(dir, "tsdb"),
		"--web.listen-address="+prometheus, "--log.level=error")
	server.Stderr = t.Output()
	server.Cancel = func() error { return server.Process.Signal(os.Interrupt) }
	if err := server.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = server.Wait() }) // the test's context has ended, and interrupted it
	program, err := trackerProgram()
	if err != nil {
		t.Fatal(err)
	}
	r := &runningTracker{t: t, program: program, folder: dir, config: filepath.Join(dir, "tracker.yaml"), url: "http://" + listen, log: &bytes.Buffer{}}
	t.Cleanup(func() {
		r.kill(syscall.SIGTERM)
		if t.Failed() {
			t.Logf("the tracker's log:\n%s", r.log)
		}
	})
	r.start()
	api, err := promapi.New("http://" + prometheus)
	if err != nil {
		t.Fatal(err)
	}
	return &counted{t, api, r}
}

// freeAddress is one at which nobody listens.
func freeAddress(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }() // nothing was accepted
	return l.Addr().String()
}

// becomes waits until an expression has samples, or none, all of them above zero.
func (c *counted) becomes(expr string, want int) {
	c.t.Helper()
	within(c.t, 30*time.Second, fmt.Sprintf("%s has %d samples", expr, want), func() bool {
		found, err := c.api.Query(c.t.Context(), expr+" > 0", time.Time{})
		return err == nil && len(found) == want
	})
}

func (c *counted) slo(token string, args ...string) (string, error) {
	return c.tracker.cli(append([]string{"slo", "--url=" + c.tracker.url, "--token-file=" + filepath.Join(c.tracker.folder, token)}, args...)...)
}

// wholeObjectives are the window's begin and its end; the budget that is spent is a step of the policy besides, and may be one record more.
var wholeObjectives = regexp.MustCompile(`objectives: [2-9] records are whole`)

// TestMaintenanceLeavesBothSums: from the moment at which somebody enters a window, what is counted leaves the sums of failed and of all events, also after
// the tracker was killed.
func TestMaintenanceLeavesBothSums(t *testing.T) {
	t.Parallel()
	c := startCounted(t)
	const of = `{slo="call_setup"}`
	sums := []string{"slo:sli_errors:increase5m", "slo:sli_events:increase5m", "slo:sli_errors_counted:increase5m", "slo:sli_events_counted:increase5m"}
	out := []string{"slo:sli_errors_excluded:increase5m", "slo:sli_events_excluded:increase5m"}
	for _, record := range sums {
		c.becomes(record+of, 1)
	}
	for _, record := range out {
		c.becomes(record+of, 0)
	}
	if said, err := c.slo("reads", "maintenance", "add", "--slo=call_setup", "--until-ended", "--reason=new cables"); err == nil || !strings.Contains(said, "may read and change nothing") {
		t.Fatalf("who only reads may enter maintenance: %v %s", err, said)
	}
	said, err := c.slo("token", "maintenance", "add", "--slo=call_setup", "--until-ended", "--reason=new cables")
	if err != nil {
		t.Fatalf("%v: %s", err, said)
	}
	id, _, _ := strings.Cut(said, ":")
	c.becomes("slo:maintenance:active"+of, 1)
	for _, record := range sums {
		c.becomes(record+of, 0)
	}
	for _, record := range append(out, "slo:sli_errors_raw:increase5m", "slo:sli_events_raw:increase5m") {
		c.becomes(record+of, 1)
	}
	c.tracker.kill(syscall.SIGKILL)
	c.tracker.start()
	if said, err := c.slo("token", "maintenance", "list"); err != nil || !strings.Contains(said, id) || !strings.Contains(said, "active") || !strings.Contains(said, "alice") {
		t.Fatalf("after a kill: %v %s", err, said)
	}
	c.becomes(`slo_maintenance_active{slo="call_setup"}`, 1)
	if said, err := c.slo("token", "maintenance", "end", id, "--reason=done"); err != nil || !strings.Contains(said, "over") {
		t.Fatalf("%v: %s", err, said)
	}
	c.becomes(`slo_maintenance_active{slo="call_setup"}`, 0)
	c.tracker.kill(syscall.SIGTERM)
	if said, err := c.tracker.cli("verify", "--data="+filepath.Join(c.tracker.folder, "data")); err != nil || !wholeObjectives.MatchString(said) {
		t.Errorf("%v: %s", err, said)
	}
}
