package exporter_test

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// The fleet of the load test: of 300 targets 30 hang, 30 refuse and 30 answer garbage.
const (
	fleetWell  = 210
	fleetHangs = 30
	fleetOther = 30
)

// fleetTimeout is Prometheus' scrape timeout in the load test: far more than the healthy targets need on a busy machine,
// so that one which waits for a hung one is told by that and not by a stopwatch.
const fleetTimeout = time.Minute

// A fleet of which a third is ill in all ways must cost the healthy ones nothing, and must leave neither goroutines nor
// descriptors behind. It is not parallel, because it counts both.
func TestAFleetOfWhichAThirdIsIll(t *testing.T) { //nolint:paralleltest // counts goroutines and descriptors
	goroutines, descriptors := runtime.NumGoroutine(), openFiles(t)
	scrapeIllFleet(t)
	eventually(t, fmt.Sprintf("goroutines fall back to %d", goroutines), func() bool { return runtime.NumGoroutine() <= goroutines })
	eventually(t, fmt.Sprintf("descriptors fall back to %d", descriptors), func() bool { return openFiles(t) <= descriptors })
}

func scrapeIllFleet(t *testing.T) {
	t.Helper()
	healthy, hung, confused := newDaemon(t, well), newDaemon(t, nil), newDaemon(t, garbage)
	defer healthy.close()
	defer hung.close()
	defer confused.close()
	var yaml strings.Builder
	yaml.WriteString("targets:\n")
	add := func(kind, address string, n int) {
		for i := range n {
			fmt.Fprintf(&yaml, "  - {name: %s-%d, address: \"tcp:%s\"}\n", kind, i, address)
		}
	}
	add("well", healthy.address(), fleetWell)
	add("hangs", hung.address(), fleetHangs)
	add("refuses", closedPort(t), fleetOther)
	add("garbage", confused.address(), fleetOther)
	r, _ := startFleet(t, yaml.String(), "--web.max-scrape-timeout="+fleetTimeout.String())
	defer r.stop()

	transport := &http.Transport{MaxIdleConnsPerHost: fleetWell + fleetHangs + 2*fleetOther}
	defer transport.CloseIdleConnections()
	c := &http.Client{Transport: transport}
	alone := scrapeHealthy(t, r, c)
	report(t, "healthy targets alone", alone)
	ctx, hangUp := context.WithCancel(t.Context())
	defer hangUp()
	hanging := scrapeHung(ctx, t, r, c)
	scrapeFailing(t, r, c)
	report(t, "healthy targets beside ill ones", scrapeHealthy(t, r, c))
	if n := hung.open(); n != fleetHangs {
		t.Errorf("hung targets: want all %d still being scraped, got %d", fleetHangs, n)
	}
	hangUp()
	hanging.Wait()
	if n := healthy.open(); n != fleetWell {
		t.Errorf("connections to healthy targets: want one each, %d, got %d", fleetWell, n)
	}
	eventually(t, "no connection to hung or confused targets stays", func() bool { return hung.open() == 0 && confused.open() == 0 })
}

func report(t *testing.T, what string, took []time.Duration) {
	t.Helper()
	t.Logf("%s: median %s, slowest %s", what, took[len(took)/2], took[len(took)-1])
}

// scrapeHung scrapes all hung targets and does not wait for them: they last until ctx ends.
func scrapeHung(ctx context.Context, t *testing.T, r *running, c *http.Client) *sync.WaitGroup {
	t.Helper()
	var wg sync.WaitGroup
	for i := range fleetHangs {
		wg.Go(func() {
			if body, err := fetch(ctx, c, fmt.Sprint(r.url, "/probe?target=hangs-", i)); err == nil {
				t.Errorf("want a scrape that lasts until the client hangs up, got %s", body)
			}
		})
	}
	return &wg
}

// scrapeFailing scrapes the targets that refuse or answer garbage, all at once, and waits for them.
func scrapeFailing(t *testing.T, r *running, c *http.Client) {
	t.Helper()
	var wg sync.WaitGroup
	defer wg.Wait()
	scrape := func(name, outcome string) {
		wg.Go(func() {
			body, err := fetch(t.Context(), c, r.url+"/probe?target="+name)
			if err != nil {
				t.Error(err)
			}
			in(t, body, fmt.Sprintf(`kamailio_exporter_collector_outcome{collector="a",outcome=%q} 1`, outcome))
		})
	}
	for i := range fleetOther {
		scrape(fmt.Sprint("refuses-", i), "transport")
		scrape(fmt.Sprint("garbage-", i), "decode")
	}
}

// scrapeHealthy scrapes all healthy targets, some at a time as a Prometheus server does, and returns how long each took,
// sorted.
func scrapeHealthy(t *testing.T, r *running, c *http.Client) []time.Duration {
	t.Helper()
	const atOnce = 8
	took := make([]time.Duration, fleetWell)
	var wg sync.WaitGroup
	for worker := range atOnce {
		wg.Go(func() {
			for i := worker; i < fleetWell; i += atOnce {
				begin := time.Now()
				body, err := fetch(t.Context(), c, fmt.Sprint(r.url, "/probe?target=well-", i))
				took[i] = time.Since(begin)
				if err != nil {
					t.Error(err)
				}
				in(t, body, "\nkamailio_b 1\n")
			}
		})
	}
	wg.Wait()
	slices.Sort(took)
	return took
}

func fetch(ctx context.Context, c *http.Client, url string) (string, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, http.NoBody)
	if err != nil {
		return "", err
	}
	req.Header.Set(timeoutHeader, fmt.Sprint(fleetTimeout.Seconds()))
	resp, err := c.Do(req)
	if err != nil {
		return "", err
	}
	defer func() { _ = resp.Body.Close() }()
	body, err := io.ReadAll(resp.Body)
	return string(body), err
}

// closedPort is an address that refuses connections.
func closedPort(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	return l.Addr().String()
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
