//go:build integration

package integration

import (
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/voipbin/observability/internal/exporter"
	exporterasterisk "github.com/voipbin/observability/internal/exporter/asterisk"
	"github.com/voipbin/observability/internal/exporter/exportertest"
	"github.com/voipbin/observability/internal/lab/asterisk"
)

// short is how long calls last whose length does not matter.
const short = 500 * time.Millisecond

// wire is a way to an Asterisk that can be cut.
type wire struct {
	listener net.Listener
	to       string

	mu    sync.Mutex
	cut   bool
	ends  map[net.Conn]struct{}
	group sync.WaitGroup
}

func newWire(t *testing.T, to string) *wire {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	w := &wire{listener: l, to: strings.TrimPrefix(to, "tcp://"), ends: map[net.Conn]struct{}{}}
	w.group.Go(w.accept)
	t.Cleanup(func() {
		_ = l.Close()
		w.set(true)
		w.group.Wait()
	})
	return w
}

func (w *wire) address() string { return "tcp://" + w.listener.Addr().String() }

func (w *wire) accept() {
	for {
		a, err := w.listener.Accept()
		if err != nil {
			return
		}
		w.mu.Lock()
		cut := w.cut
		w.mu.Unlock()
		b, err := net.Dial("tcp", w.to)
		if cut || err != nil {
			_ = a.Close()
			if err == nil {
				_ = b.Close()
			}
			continue
		}
		w.mu.Lock()
		w.ends[a], w.ends[b] = struct{}{}, struct{}{}
		w.mu.Unlock()
		for from, to := range map[net.Conn]net.Conn{a: b, b: a} {
			w.group.Go(func() {
				_, _ = io.Copy(to, from)
				_, _ = a.Close(), b.Close()
			})
		}
	}
}

// set cuts the wire, or mends it.
func (w *wire) set(cut bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.cut = cut
	if cut {
		for c := range w.ends {
			_ = c.Close()
		}
		clear(w.ends)
	}
}

// until scrapes until a condition holds.
func until(t *testing.T, target *exporter.Target, what string, within time.Duration, good func(exportertest.Scrape) bool) exportertest.Scrape {
	t.Helper()
	deadline := time.Now().Add(within)
	for {
		got := asteriskSuite().Scrape(t, target)
		if good(got) {
			return got
		}
		if time.Now().After(deadline) {
			t.Fatalf("%s: not within %s:\n%s", what, within, got.Text)
		}
		time.Sleep(50 * time.Millisecond) // between two scrapes
	}
}

func up(x exportertest.Scrape) bool { return x.Up }

// TestAsteriskGap cuts the connection while calls are made: what the exporter says it missed is what Asterisk counted and it did not see.
func TestAsteriskGap(t *testing.T) {
	t.Parallel()
	for _, suite := range asterisks() {
		t.Run(suite, func(t *testing.T) {
			t.Parallel()
			var c exporter.Credentials
			s := startAsterisk(t, suite, func(s *asterisk.Single) { c = withObserver(t, s) })
			w := newWire(t, s.AMI())
			target := observeAsterisk(t, s, c, func(o *exporterasterisk.Options) { o.Address = w.address() })
			until(t, target, "up", 10*time.Second, up)
			n, kinds := callsEach(t), []string{asterisk.UserEcho, asterisk.UserBusy, asterisk.UserReject}
			p := newPhones(t, s)
			p.call("before", kinds, n, short)
			settled(t, target)
			for round := range 2 {
				w.set(true)
				until(t, target, "down", 10*time.Second, func(x exportertest.Scrape) bool {
					connected, _ := sample(x, "asterisk_ami_connected")
					return !x.Up && connected == 0
				})
				p.call("gap"+string(rune('0'+round)), kinds, n, short)
				w.set(false)
				until(t, target, "up again", 20*time.Second, up)
				p.call("after"+string(rune('0'+round)), kinds, n, short)
			}
			got := settled(t, target)
			asteriskSuite().Check(t, got)
			seen, _ := sample(got, `asterisk_incoming_calls_total{technology="PJSIP"}`)
			missed, known := sample(got, "asterisk_ami_missed_calls_total")
			processed, counted := sample(got, "asterisk_calls_processed_total")
			gaps, _ := sample(got, "asterisk_ami_gaps_total")
			seconds, _ := sample(got, "asterisk_ami_gap_seconds_total")
			t.Logf("processed %v (%v), seen %v, missed %v (%v), %v gaps of %v s", processed, counted, seen, missed, known, gaps, seconds)
			if want := float64(3 * len(kinds) * n); seen != want || gaps != 2 || seconds <= 0 {
				t.Errorf("want %v calls seen and 2 gaps", want)
			}
			if known != counted || known && missed != processed-seen {
				t.Errorf("want what was missed to be what Asterisk counted and was not seen")
			}
		})
	}
}

// TestAsteriskHung stops the whole process: a scrape ends with its deadline, says that Asterisk is down, and afterwards no event is missing.
func TestAsteriskHung(t *testing.T) {
	for _, suite := range asterisks() {
		t.Run(suite, func(t *testing.T) {
			var c exporter.Credentials
			s := startAsterisk(t, suite, func(s *asterisk.Single) { c = withObserver(t, s) })
			p := newPhones(t, s)
			done := leftovers(t)
			target := observeAsterisk(t, s, c, nil)
			until(t, target, "up", 10*time.Second, up)
			p.call("before", []string{asterisk.UserBusy}, 5, short)
			before := settled(t, target)
			if err := s.Process.Signal(syscall.SIGSTOP); err != nil {
				t.Fatal(err)
			}
			awaitStopped(t, s.Process.Pid())
			hung := asteriskSuite().Scrape(t, target) // takes the suite's whole deadline
			if err := s.Process.Signal(syscall.SIGCONT); err != nil {
				t.Fatal(err)
			}
			want := map[string]string{}
			for name := range before.Outcomes {
				want[name] = exporter.OutcomeTimeout
			}
			if diff := cmp.Diff(want, hung.Outcomes); hung.Up || diff != "" {
				t.Errorf("hung: up %v, outcomes (-want +got):\n%s", hung.Up, diff)
			}
			asteriskSuite().Check(t, hung)
			again := asteriskSuite().Scrape(t, target) // the connection is still there
			if diff := cmp.Diff(before.Outcomes, again.Outcomes); !again.Up || diff != "" {
				t.Errorf("the first scrape afterwards: up %v, outcomes (-before +after):\n%s", again.Up, diff)
			}
			p.call("after", []string{asterisk.UserBusy}, 5, short)
			got := settled(t, target)
			if seen, _ := sample(got, `asterisk_incoming_calls_total{technology="PJSIP"}`); seen != 10 {
				t.Errorf("want 10 calls seen, got %v", seen)
			}
			if gaps, _ := sample(got, "asterisk_ami_gaps_total"); gaps != 0 {
				t.Errorf("want no gap, got %v", gaps)
			}
			done(target)
		})
	}
}

// awaitStopped waits until every thread of a process has stopped, which they do one after the other.
func awaitStopped(t *testing.T, pid int) {
	t.Helper()
	for deadline := time.Now().Add(5 * time.Second); ; time.Sleep(5 * time.Millisecond) {
		files, err := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/stat", pid))
		if err != nil || len(files) == 0 {
			t.Fatalf("threads of %d: %v", pid, err)
		}
		running := slices.ContainsFunc(files, func(file string) bool {
			text, err := os.ReadFile(file)
			return err == nil && !strings.Contains(string(text), ") T ")
		})
		if !running {
			return
		}
		if time.Now().After(deadline) {
			t.Fatal("the process has not stopped")
		}
	}
}
