package programtest

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// The fleet of which a third is ill: of 300 targets 30 hang, 30 refuse and 30 answer garbage.
const (
	fleetWell = 210
	fleetIll  = 30 // of each kind
)

// Fleet is where the daemons of a fleet are that answer, hang, refuse, and answer garbage. Many targets may have one address.
type Fleet struct {
	Well, Hangs, Refuses, Garbage string
	// Hanging counts the targets whose question hangs unanswered.
	Hanging func() int
	// Kit is what the names of the kit's families begin with, such as kamailio.
	Kit string
	// Collector is one to scrape, and Wants a line that it makes of a daemon that is well.
	Collector, Wants string
}

// ThirdOfAFleetIsIll runs a program for 300 targets. While all of those that hang are being scraped, and go on hanging until the test lets
// go of them, the others are scraped: those that are well give all, those that refuse or answer garbage say why not, and none waits for
// one that hangs. When the program has ended, neither goroutines nor descriptors are left. No other test may run at that time, and the
// daemons must have been started before.
func ThirdOfAFleetIsIll(t *testing.T, run Program, f Fleet) {
	t.Helper()
	goroutines, descriptors := runtime.NumGoroutine(), openFiles(t)
	f.scrape(t, run)
	eventually(t, fmt.Sprintf("goroutines fall back to %d", goroutines), func() bool { return runtime.NumGoroutine() <= goroutines })
	eventually(t, fmt.Sprintf("descriptors fall back to %d", descriptors), func() bool { return openFiles(t) <= descriptors })
}

func (f Fleet) scrape(t *testing.T, run Program) {
	t.Helper()
	// Longer than the test: a scrape that waits for one that hangs does not end, however slow or fast the machine is.
	const timeout = 10 * time.Minute
	ctx, stop := context.WithTimeout(t.Context(), timeout)
	defer stop()
	listen := FreePort(t)
	var stderr bytes.Buffer
	ended := make(chan int)
	args := []string{"--web.listen-address=" + listen, "--web.max-scrape-timeout=" + timeout.String(), "--log.level=error", "--config.file=" + f.write(t)}
	running, end := context.WithCancel(ctx)
	go func() { ended <- run(running, args, &stderr, &stderr, nil) }()
	defer func() {
		end()
		if code := <-ended; code != 0 {
			t.Errorf("exit code %d: %s", code, stderr.String())
		}
	}()
	if _, _, err := Await(ctx, http.MethodGet, "http://"+listen+"/-/healthy"); err != nil {
		t.Error(err)
		return
	}
	c := fleetClient{&http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: fleetIll}}, "http://" + listen + "/probe?collect[]=" + f.Collector + "&target=", fmt.Sprint(timeout.Seconds())}
	defer c.http.CloseIdleConnections()
	held, letGo := context.WithCancel(ctx)
	defer letGo()
	over := c.hold(held)
	eventually(t, "all that hang are being scraped", func() bool { return f.Hanging() >= fleetIll })
	c.each(ctx, t, "well", fleetWell, f.Kit+"_up 1", f.Wants)
	for _, kind := range []string{"refuses", "garbage"} {
		c.each(ctx, t, kind, fleetIll, f.Kit+"_up 0", fmt.Sprintf("%s_exporter_collector_success{collector=%q} 0", f.Kit, f.Collector))
	}
	if n := over.Load(); n != 0 {
		t.Errorf("%d scrapes of targets that hang were over before the others", n)
	}
}

// write writes the configuration of the fleet.
func (f Fleet) write(t *testing.T) string {
	t.Helper()
	var text strings.Builder
	text.WriteString("targets:\n")
	add := func(kind, address string, n int) {
		for i := range n {
			fmt.Fprintf(&text, "  - {name: %s-%d, address: %q}\n", kind, i, address)
		}
	}
	add("well", f.Well, fleetWell)
	add("hangs", f.Hangs, fleetIll)
	add("refuses", f.Refuses, fleetIll)
	add("garbage", f.Garbage, fleetIll)
	file := filepath.Join(t.TempDir(), "fleet.yaml")
	if err := os.WriteFile(file, []byte(text.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

// fleetClient asks for targets by name.
type fleetClient struct {
	http    *http.Client
	target  string
	timeout string
}

// hold scrapes all targets that hang, and counts the scrapes that end before ctx does.
func (c fleetClient) hold(ctx context.Context) *atomic.Int64 {
	over := new(atomic.Int64)
	for i := range fleetIll {
		go func() {
			_, _, err := question(ctx, c.http, http.MethodGet, fmt.Sprint(c.target, "hangs-", i), c.timeout)
			if err == nil || ctx.Err() == nil {
				over.Add(1)
			}
		}()
	}
	return over
}

// each scrapes all targets of a kind, some at a time as a Prometheus server does, and wants lines of each.
func (c fleetClient) each(ctx context.Context, t *testing.T, kind string, n int, want ...string) {
	t.Helper()
	const atOnce = 8
	var workers sync.WaitGroup
	for worker := range atOnce {
		workers.Go(func() {
			for i := worker; i < n; i += atOnce {
				status, text, err := question(ctx, c.http, http.MethodGet, fmt.Sprint(c.target, kind, "-", i), c.timeout)
				if err != nil || status != "200 OK" {
					t.Errorf("%s-%d: %q: %v", kind, i, status, err)
					continue
				}
				for _, line := range want {
					if !strings.Contains(text, "\n"+line+"\n") {
						t.Errorf("%s-%d: the answer lacks %s", kind, i, line)
					}
				}
			}
		})
	}
	workers.Wait()
}

// openFiles is the number of this process's descriptors.
func openFiles(t *testing.T) int {
	t.Helper()
	entries, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Skipf("no /proc here: %v", err)
	}
	return len(entries)
}

// eventually polls until the condition holds.
func eventually(t *testing.T, what string, condition func() bool) {
	t.Helper()
	for deadline := time.Now().Add(time.Minute); time.Now().Before(deadline); time.Sleep(5 * time.Millisecond) {
		if condition() {
			return
		}
	}
	t.Errorf("it did not come true that %s", what)
}
