package programtest

import (
	"bytes"
	"context"
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
	const timeout = 2 * time.Second
	listen := FreePort(t)
	ctx, stop := context.WithTimeout(t.Context(), time.Minute)
	defer stop()
	var stderr bytes.Buffer
	ended := make(chan int)
	// The offset leaves a busy machine time to write the answer.
	args = append([]string{"--web.listen-address=" + listen, "--web.scrape-timeout-offset=1s"}, args...)
	go func() { ended <- run(ctx, args, &stderr, &stderr, nil) }()
	if _, _, err := Await(ctx, http.MethodGet, "http://"+listen+"/-/healthy"); err != nil {
		t.Error(err)
	}
	var servers sync.WaitGroup
	for range 3 {
		servers.Go(func() {
			begin := time.Now()
			status, text, err := do(ctx, http.MethodGet, "http://"+listen+"/metrics", "2")
			if took := time.Since(begin); err != nil || status != "200 OK" || took >= timeout {
				t.Errorf("want 200 OK within %s, got %q after %s: %v", timeout, status, took, err)
			}
			for _, line := range want {
				if !strings.Contains(text, line+"\n") {
					t.Errorf("the answer lacks %s", line)
				}
			}
		})
	}
	servers.Wait()
	stop()
	if code := <-ended; code != 0 {
		t.Errorf("exit code %d: %s", code, stderr.String())
	}
}
