//go:build integration

package integration

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/voipbin/observability/internal/lab/database"
	"github.com/voipbin/observability/internal/rto"
	"github.com/voipbin/observability/internal/rto/mysql"
	"github.com/voipbin/observability/internal/tracker"
)

// trackerVariable names a tracker that was built already, for a run that has no network to build one.
const trackerVariable = "TRACKER_PROGRAM"

// trackerProgram builds the tracker once for all tests.
var trackerProgram = sync.OnceValues(func() (string, error) {
	if built := os.Getenv(trackerVariable); built != "" {
		return built, nil
	}
	dir, err := os.MkdirTemp("", "tracker-bin-")
	if err != nil {
		return "", err
	}
	out := filepath.Join(dir, "tracker")
	text, err := exec.Command("go", "build", "-o", out, "../../cmd/tracker").CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("build: %w: %s", err, text)
	}
	return out, nil
})

// runningTracker is a tracker as a process of its own.
type runningTracker struct {
	t       *testing.T
	program string
	folder  string
	config  string
	vantage string
	at      *place // where it runs
	url     string
	cmd     *exec.Cmd
	log     *bytes.Buffer
}

const operatorToken = "a token for tests"

// startTracker writes a configuration for the pair and starts a tracker with it.
func startTracker(t *testing.T, p *database.Pair, further string) *runningTracker {
	t.Helper()
	return startTrackerAs(t, p, "tracker-dr", further)
}

// startTrackerAs is startTracker with the name of one of the spec's trackers.
func startTrackerAs(t *testing.T, p *database.Pair, vantage, further string) *runningTracker {
	t.Helper()
	return startTrackerOf(t, p.Source.Account(database.Monitor).Address, p.Replica.Account(database.Monitor).Address, vantage, further)
}

// startTrackerOf is startTrackerAs for servers at addresses, which may be nobody's.
func startTrackerOf(t *testing.T, source, replica, vantage, further string) *runningTracker {
	t.Helper()
	loopback := &place{name: vantage, address: netip.AddrFrom4([4]byte{127, 0, 0, 1})}
	return startTrackerIn(t, loopback, source, replica, vantage, further)
}

// startTrackerIn is startTrackerOf at a place.
func startTrackerIn(t *testing.T, at *place, source, replica, vantage, further string) *runningTracker {
	t.Helper()
	program, err := trackerProgram()
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	for name, content := range map[string]string{"monitor": "monitormonitor", "token": operatorToken} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	config := fmt.Sprintf(`vantage: %s
data: data
stability: {results: 3, hold: 1s}
stores:
  - name: mysql
    interval: 100ms
    source: {name: primary, address: %q, user: monitor, password_file: monitor}
    replicas:
      - {name: dr, address: %q, user: monitor, password_file: monitor}
operators:
  - {name: alice, token_file: token}
%s`, vantage, source, replica, further)
	r := &runningTracker{t: t, program: program, folder: dir, vantage: vantage, at: at, config: filepath.Join(dir, "tracker.yaml"), url: "http://" + at.port(t, 9745), log: &bytes.Buffer{}}
	if err := os.WriteFile(r.config, []byte(config), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		r.kill(syscall.SIGTERM)
		if t.Failed() {
			t.Logf("the tracker's log:\n%s", r.log)
		}
	})
	r.start()
	return r
}

func (r *runningTracker) start() {
	r.t.Helper()
	r.cmd = exec.Command(r.program, "serve", "--config.file="+r.config, "--spec="+filepath.Join(repo, "spec"), "--web.listen-address="+strings.TrimPrefix(r.url, "http://"))
	r.cmd.Stdout, r.cmd.Stderr = r.log, r.log
	if err := r.at.start(r.cmd); err != nil {
		r.t.Fatal(err)
	}
	within(r.t, 20*time.Second, "the tracker is ready", func() bool {
		answer, err := http.Get(r.url + "/-/ready")
		if err != nil {
			return false
		}
		answer.Body.Close()
		return answer.StatusCode == http.StatusOK
	})
}

func (r *runningTracker) kill(s syscall.Signal) {
	if r.cmd == nil || r.cmd.ProcessState != nil {
		return
	}
	_ = r.cmd.Process.Signal(s)
	_ = r.cmd.Wait()
}

// cli runs a command of the tracker.
func (r *runningTracker) cli(args ...string) (string, error) {
	out, err := exec.Command(r.program, args...).CombinedOutput()
	return string(out), err
}

// drill runs a drill command as alice.
func (r *runningTracker) drill(args ...string) string {
	r.t.Helper()
	out, err := r.cli(append([]string{"drill", "--url=" + r.url, "--token-file=" + filepath.Join(r.folder, "token")}, args...)...)
	if err != nil {
		r.t.Fatalf("tracker drill %v: %v: %s", args, err, out)
	}
	return strings.TrimSpace(out)
}

func (r *runningTracker) snapshot() tracker.Snapshot {
	r.t.Helper()
	answer, err := http.Get(r.url + "/api/v1/status")
	if err != nil {
		r.t.Fatal(err)
	}
	defer answer.Body.Close()
	var s tracker.Snapshot
	if err := json.NewDecoder(answer.Body).Decode(&s); err != nil {
		r.t.Fatal(err)
	}
	return s
}

func (r *runningTracker) exposure(side rto.Side) rto.Exposure {
	r.t.Helper()
	for _, e := range r.snapshot().Exposures {
		if e.Side == side {
			return e
		}
	}
	r.t.Fatalf("no exposure %s", side)
	return rto.Exposure{}
}

func within(t *testing.T, limit time.Duration, what string, ok func() bool) {
	t.Helper()
	for end := time.Now().Add(limit); time.Now().Before(end); time.Sleep(50 * time.Millisecond) {
		if ok() {
			return
		}
	}
	t.Fatalf("not within %s: %s", limit, what)
}

// TestTrackerDrill runs a whole drill on real servers: the source is killed, the replica promoted, and the report follows from the evidence.
func TestTrackerDrill(t *testing.T) {
	t.Parallel()
	p := startPair(t, mysql.MariaDB, "bookworm")
	r := startTracker(t, p, "")
	ctx := t.Context()
	within(t, 20*time.Second, "both positions are proven within a second", func() bool {
		a, b := r.exposure(rto.Applied), r.exposure(rto.Received)
		return a.Provable() && a.Window.Hi < time.Second && b.Provable() && b.Window.Hi < time.Second
	})
	id := r.drill("start", "region_loss", "--kind=full", "--scope=the database alone", "--announced")
	r.drill("join", "Alice", "incident lead")
	if err := p.Source.Kill(); err != nil {
		t.Fatal(err)
	}
	r.drill("inject", "SIGKILL")
	r.drill("declare", "the source is gone")
	within(t, 10*time.Second, "the source is unseen and the exposure grows", func() bool {
		e := r.exposure(rto.Applied)
		return !e.SourceSeen && e.Window.Hi > time.Second
	})
	if err := p.Promote(ctx, true); err != nil {
		t.Fatal(err)
	}
	if err := p.Replica.Do(ctx, "INSERT INTO lab.ledger (seq, t_us) VALUES (999999, 1)"); err != nil {
		t.Fatal(err)
	}
	for _, step := range []string{"detect", "declare", "promote", "connections", "dns", "scale", "verify"} {
		r.drill("mark", step, "done")
	}
	var seen string
	defer func() {
		if t.Failed() {
			text, _ := json.MarshalIndent(r.snapshot(), "", " ")
			t.Logf("%s\n%s", text, seen)
		}
	}()
	within(t, 10*time.Second, "the promotion was seen", func() bool {
		answer, err := http.Get(r.url + "/api/v1/drills/" + id)
		if err != nil {
			return false
		}
		defer answer.Body.Close()
		text, _ := io.ReadAll(answer.Body)
		seen = string(text)
		return strings.Contains(string(text), `"first_write"`)
	})
	r.drill("end")
	data := filepath.Join(r.folder, "data")
	report := filepath.Join(r.folder, "report.json")
	out, err := r.cli("report", id, "--data="+data, "--format=json", "-o", report)
	t.Logf("report: %v %s", err, out)
	html := filepath.Join(r.folder, "report.html")
	if out, err := r.cli("report", id, "--data="+data, "-o", html); err != nil {
		t.Logf("%v %s", err, out)
	}
	if keep := os.Getenv("KEEP_REPORT"); keep != "" {
		for _, f := range []string{report, html} {
			text, err := os.ReadFile(f)
			if err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(filepath.Join(keep, filepath.Base(f)), text, 0o600); err != nil {
				t.Fatal(err)
			}
		}
	}
	bundle := filepath.Join(r.folder, "evidence")
	for _, args := range [][]string{
		{"verify", report, "--data=" + data}, {"merge", id, "--data=" + data, "-o", bundle}, {"verify", report, "--evidence=" + bundle}, {"verify", "--evidence=" + bundle}, {"drills", "--data=" + data},
	} {
		out, err := r.cli(args...)
		if err != nil {
			t.Errorf("tracker %v: %v: %s", args, err, out)
		}
		t.Log(out)
	}
	for _, file := range []string{report, bundle} {
		changed(t, file)
		if out, err := r.cli("verify", report, "--evidence="+bundle); err == nil {
			t.Errorf("a changed byte in %s is not seen: %s", filepath.Base(file), out)
		} else {
			t.Log(out)
		}
	}
}

// changed changes a digit in the middle of a file.
func changed(t *testing.T, file string) {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	i := len(text)/2 + bytes.IndexAny(text[len(text)/2:], "0123456789")
	text[i] = '0' + (text[i]-'0'+1)%10
	if err := os.WriteFile(file, text, 0o600); err != nil {
		t.Fatal(err)
	}
}
