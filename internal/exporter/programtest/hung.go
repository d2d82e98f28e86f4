package programtest

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
	"sync"
	"testing"
	"time"
)

// Program is the run function of an exporter's main.
type Program func(ctx context.Context, args []string, stdout, stderr io.Writer, hangup <-chan os.Signal) int

// ThreeScrapesOfAHungDaemon runs a program whose daemon hangs. Three Prometheus servers ask it at once, each with a scrape timeout of
// 2 s, and each must have an answer before these are over, in which stands all that is wanted.
func ThreeScrapesOfAHungDaemon(t *testing.T, run Program, args []string, want ...string) {
	t.Helper()
	// The offset leaves a busy machine time to write the answer.
	for _, problem := range threeScrapes(t, run, append([]string{"--web.scrape-timeout-offset=1s"}, args...), want) {
		t.Error(problem)
	}
}

// ThreeScrapesAsShipped is ThreeScrapesOfAHungDaemon with the offset that the program has by itself, 250 ms. A machine that others use may
// be late by more than that, but not each time: of some attempts one must succeed.
func ThreeScrapesAsShipped(t *testing.T, run Program, args []string, want ...string) {
	t.Helper()
	const attempts = 5
	var problems []string
	for range attempts {
		if problems = threeScrapes(t, run, args, want); len(problems) == 0 {
			return
		}
	}
	for _, problem := range problems {
		t.Error(problem)
	}
}

// threeScrapes lists what was wrong with the answers.
func threeScrapes(t *testing.T, run Program, args, want []string) []string {
	t.Helper()
	const timeout = 2 * time.Second
	listen := FreePort(t)
	ctx, stop := context.WithTimeout(t.Context(), time.Minute)
	defer stop()
	var stderr bytes.Buffer
	ended := make(chan int)
	args = append([]string{"--web.listen-address=" + listen}, args...)
	go func() { ended <- run(ctx, args, &stderr, &stderr, nil) }()
	if _, _, err := Await(ctx, http.MethodGet, "http://"+listen+"/-/healthy"); err != nil {
		t.Error(err)
	}
	var mu sync.Mutex
	var problems []string
	complain := func(format string, args ...any) {
		mu.Lock()
		defer mu.Unlock()
		problems = append(problems, fmt.Sprintf(format, args...))
	}
	var servers sync.WaitGroup
	for range 3 {
		servers.Go(func() {
			begin := time.Now()
			status, text, err := do(ctx, http.MethodGet, "http://"+listen+"/metrics", "2")
			if took := time.Since(begin); err != nil || status != "200 OK" || took >= timeout {
				complain("want 200 OK within %s, got %q after %s: %v", timeout, status, took, err)
			}
			for _, line := range want {
				if !strings.Contains(text, line+"\n") {
					complain("the answer lacks %s", line)
				}
			}
		})
	}
	servers.Wait()
	stop()
	if code := <-ended; code != 0 {
		t.Errorf("exit code %d: %s", code, stderr.String())
	}
	return problems
}
