package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/voipbin/observability/internal/evidence"
	"github.com/voipbin/observability/internal/rto"
)

// asTracker makes the test's own program a tracker: it is killed as a process of its own.
const asTracker = "TRACKER_TEST_CHILD"

func TestMain(m *testing.M) {
	if os.Getenv(asTracker) != "" {
		main()
	}
	os.Exit(m.Run())
}

// crashes is how often the tracker is killed: make proof asks for more.
func crashes(t *testing.T) int {
	t.Helper()
	text := os.Getenv("TRACKER_CRASHES")
	if text == "" {
		return 10
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 {
		t.Fatalf("TRACKER_CRASHES=%q", text)
	}
	return n
}

// victim is a tracker that is killed and started again, and what it acknowledged.
type victim struct {
	t       *testing.T
	folder  string
	spec    string
	address string
	cmd     *exec.Cmd
	log     bytes.Buffer
	acked   []string // texts of notes that were answered 201
	windows []string // reasons of windows of maintenance that were
}

// newVictim is one that asks a server at an address for objectives.
func newVictim(t *testing.T, server string) *victim {
	t.Helper()
	v := &victim{t: t, folder: t.TempDir(), spec: "../../spec"}
	v.address = unused(t)
	config := fmt.Sprintf(`vantage: tracker-dr
data: data
stores:
  - name: mysql
    interval: 100ms
    source: {name: primary, address: %q, user: monitor}
    replicas: [{name: dr, address: %q, user: monitor}]
operators:
  - {name: alice, token_file: token}
objectives: {prometheus: %q, interval: 5s}
`, unused(t), unused(t), server)
	for name, content := range map[string]string{"tracker.yaml": config, "token": "a-token-for-tests"} {
		if err := os.WriteFile(filepath.Join(v.folder, name), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	t.Cleanup(func() {
		v.kill()
		if t.Failed() {
			t.Logf("the tracker's log:\n%s", v.log.String())
		}
	})
	return v
}

// unused is an address at which nobody listens.
func unused(t *testing.T) string {
	t.Helper()
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }() // nothing was accepted
	return l.Addr().String()
}

// begin starts the tracker.
func (v *victim) begin() {
	v.t.Helper()
	v.cmd = exec.CommandContext(context.WithoutCancel(v.t.Context()), os.Args[0], "serve",
		"--config.file="+filepath.Join(v.folder, "tracker.yaml"), "--spec="+v.spec, "--web.listen-address="+v.address)
	v.cmd.Env = append(os.Environ(), asTracker+"=1")
	v.cmd.Stdout, v.cmd.Stderr = &v.log, &v.log
	if err := v.cmd.Start(); err != nil {
		v.t.Fatal(err)
	}
}

// start starts it and waits until it answers.
func (v *victim) start() {
	v.t.Helper()
	v.begin()
	for end := time.Now().Add(30 * time.Second); ; time.Sleep(10 * time.Millisecond) {
		if status, _ := v.ask(http.MethodGet, "/-/ready", ""); status == http.StatusOK {
			return
		}
		if time.Now().After(end) {
			v.t.Fatal("the tracker does not become ready")
		}
	}
}

func (v *victim) kill() {
	if v.cmd == nil {
		return
	}
	_ = v.cmd.Process.Signal(syscall.SIGKILL) // it may have ended
	_ = v.cmd.Wait()                          // it was killed
	v.cmd = nil
}

// stop asks the tracker to end, as a service manager does, and waits until it has.
func (v *victim) stop() {
	v.t.Helper()
	_ = v.cmd.Process.Signal(syscall.SIGTERM) // it may have ended
	err := v.cmd.Wait()
	var exit *exec.ExitError
	if err != nil && (!errors.As(err, &exit) || exit.ExitCode() != -1) { // a signal may come before somebody listens to it
		v.t.Errorf("it was told to end, and said %v", err)
	}
	v.cmd = nil
}

// ask returns the status and the body; 0 where nobody answered.
func (v *victim) ask(method, path, body string) (int, string) {
	ctx, cancel := context.WithTimeout(v.t.Context(), 10*time.Second)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, method, "http://"+v.address+path, strings.NewReader(body))
	if err != nil {
		return 0, ""
	}
	r.Header.Set("Authorization", "Bearer a-token-for-tests")
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		return 0, ""
	}
	defer func() { _ = answer.Body.Close() }() // it was read, or the tracker is dead
	var b bytes.Buffer
	if _, err := b.ReadFrom(answer.Body); err != nil {
		return 0, ""
	}
	return answer.StatusCode, b.String()
}

// windowsEvery is how many notes there are for each window of maintenance: a list of thousands of windows is nobody's.
const windowsEvery = 8

// marks notes, and agrees on maintenance, as fast as it can until the tracker is dead.
func (v *victim) marks(id string, round int) {
	for i := 0; ; i++ {
		text := fmt.Sprintf("mark %d of round %d", i, round)
		status, _ := v.ask(http.MethodPost, "/api/v1/drills/"+id+"/events", fmt.Sprintf(`{"kind":"note","text":%q}`, text))
		if status != http.StatusCreated {
			return
		}
		v.acked = append(v.acked, text)
		if i%windowsEvery > 0 {
			continue
		}
		status, _ = v.ask(http.MethodPost, "/api/v1/maintenance", fmt.Sprintf(`{"objectives":["call_setup"],"to":%q,"reason":%q}`, time.Now().Add(time.Hour).UTC().Format(time.RFC3339), text))
		if status != http.StatusCreated {
			return
		}
		v.windows = append(v.windows, text)
	}
}

// knock notes as soon as it can: a mark is on its way while the tracker begins.
func (v *victim) knock(ctx context.Context, id, text string) {
	for ctx.Err() == nil {
		switch status, _ := v.ask(http.MethodPost, "/api/v1/drills/"+id+"/events", fmt.Sprintf(`{"kind":"note","text":%q}`, text)); status {
		case http.StatusCreated:
			v.acked = append(v.acked, text)
			return
		case 0, http.StatusServiceUnavailable: // it does not listen yet, it begins, or it was killed before it answered
			time.Sleep(time.Millisecond)
		default:
			v.t.Errorf("a mark while it begins: %d", status)
			return
		}
	}
}

// TestCrash kills the tracker at random moments of a drill, while people agree on maintenance, and kills it, or tells it to end, at those of its start. What
// it acknowledged is in the evidence afterwards and in its answers, both logs verify, the time in which it was dead is a hole.
func TestCrash(t *testing.T) {
	v := newVictim(t, "http://"+unused(t))
	v.start()
	status, body := v.ask(http.MethodPost, "/api/v1/drills", `{"kind":"full","scenario":"region_loss"}`)
	var started struct{ ID string }
	if err := json.Unmarshal([]byte(body), &started); err != nil || status != http.StatusCreated {
		t.Fatalf("start: %d %s", status, body)
	}
	rounds := crashes(t)
	for round := range rounds {
		var marking sync.WaitGroup
		marking.Go(func() { v.marks(started.ID, round) })
		time.Sleep(time.Duration(rand.Int64N(int64(300 * time.Millisecond)))) // the moment is the point: any is right
		v.kill()
		marking.Wait()
		v.judge(started.ID, round)
		v.begin()
		ctx, cancel := context.WithCancel(t.Context())
		marking.Go(func() { v.knock(ctx, started.ID, fmt.Sprintf("knock of round %d", round)) })
		time.Sleep(time.Duration(rand.Int64N(int64(300 * time.Millisecond)))) // a start takes about as long
		end := []func(){v.kill, v.stop}[round%2]
		end()
		cancel()
		marking.Wait()
		v.start()
		v.agreed(round)
	}
	v.kill()
	v.judge(started.ID, rounds)
	if len(v.acked) < rounds || len(v.windows) < rounds/2 {
		t.Errorf("only %d marks and %d windows were acknowledged in %d rounds: this proves little", len(v.acked), len(v.windows), rounds)
	}
	t.Logf("%d kills and as many of starts, %d acknowledged marks and %d windows of maintenance, none lost", rounds, len(v.acked), len(v.windows))
}

// judge reads the log of a tracker that was killed, as the next start finds it.
func (v *victim) judge(drill string, round int) {
	v.t.Helper()
	dir := evidenceDir(filepath.Join(v.folder, "data"))
	log, err := evidence.Open(dir, evidence.Options{Name: "tracker-dr"}) // ends what the kill cut, as a start does
	if err != nil {
		v.t.Fatalf("round %d: %v", round, err)
	}
	if err := log.Close(); err != nil {
		v.t.Fatal(err)
	}
	if _, fault := evidence.Verify(dir); fault != nil {
		v.t.Fatalf("round %d: %v", round, fault)
	}
	have := map[string]int{}
	var told dead
	for r, err := range evidence.Read(dir, 1) {
		if err != nil {
			v.t.Fatal(err)
		}
		if err := told.next(r); err != nil {
			v.t.Fatalf("round %d: %v", round, err)
		}
		if rto.RecordKind(r.Kind) != rto.RecordDrill {
			continue
		}
		var e rto.DrillEvent
		if err := json.Unmarshal(r.Body, &e); err != nil {
			v.t.Fatal(err)
		}
		if e.Drill == drill {
			have[e.Text]++
		}
	}
	for _, text := range v.acked {
		if have[text] != 1 {
			v.t.Fatalf("round %d: %q was acknowledged and is %d times in the evidence", round, text, have[text])
		}
	}
	if told.sessions <= round {
		v.t.Errorf("%d sessions after %d restarts", told.sessions, round)
	}
}

// dead follows the records of a log: the time between what one session wrote last and what the next wrote first is a hole.
type dead struct {
	sessions int
	last     rto.RecordKind // of the newest record
	until    rto.Instant    // its instant
}

// next is given the next record. It returns an error where time is missing, or is told twice.
func (d *dead) next(r evidence.Record) error {
	kind := rto.RecordKind(r.Kind)
	switch kind {
	case rto.RecordHole:
		var h rto.Hole
		if err := json.Unmarshal(r.Body, &h); err != nil {
			return err
		}
		if h.From != d.until || h.To != rto.Instant(r.At) {
			return fmt.Errorf("record %d: a hole from %v to %v, between records at %v and %v", r.Seq, h.From, h.To, d.until, rto.Instant(r.At))
		}
	case rto.RecordSession:
		d.sessions++
		if d.sessions > 1 && d.last != rto.RecordHole {
			return fmt.Errorf("record %d: a session follows a record of kind %s: there is no hole before it", r.Seq, d.last)
		}
	}
	d.last, d.until = kind, rto.Instant(r.At)
	return nil
}

// agreed asks a tracker that was started again for every window that it had acknowledged.
func (v *victim) agreed(round int) {
	v.t.Helper()
	if _, fault := evidence.Verify(objectivesDir(filepath.Join(v.folder, "data"))); fault != nil {
		v.t.Fatalf("round %d: evidence of objectives: %v", round, fault)
	}
	status, body := v.ask(http.MethodGet, "/api/v1/maintenance", "")
	var all []struct{ Reason string }
	if err := json.Unmarshal([]byte(body), &all); err != nil || status != http.StatusOK {
		v.t.Fatalf("round %d: maintenance: %d %v", round, status, err)
	}
	have := map[string]int{}
	for _, w := range all {
		have[w.Reason]++
	}
	for _, text := range v.windows {
		if have[text] != 1 {
			v.t.Fatalf("round %d: the window %q was acknowledged and is %d times in the list", round, text, have[text])
		}
	}
}
