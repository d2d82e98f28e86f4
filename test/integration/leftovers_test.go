//go:build integration

package integration

import (
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/voipbin/observability/internal/exporter"
)

// leftovers counts what this process has, goroutines and sockets, and returns a function that closes a target and fails the test if there
// is more than before. No other test may run beside one that counts.
func leftovers(t *testing.T) func(*exporter.Target) {
	t.Helper()
	goroutines, sockets := runtime.NumGoroutine(), openSockets(t)
	return func(target *exporter.Target) {
		t.Helper()
		if err := target.Close(); err != nil {
			t.Error(err)
		}
		deadline := time.Now().Add(5 * time.Second)
		for runtime.NumGoroutine() > goroutines && time.Now().Before(deadline) {
			time.Sleep(20 * time.Millisecond) // they end one after the other
		}
		if now := runtime.NumGoroutine(); now > goroutines {
			stacks := make([]byte, 1<<16)
			t.Errorf("%d goroutines before, %d after:\n%s", goroutines, now, stacks[:runtime.Stack(stacks, true)])
		}
		if now := openSockets(t); now > sockets {
			t.Errorf("%d sockets before, %d after", sockets, now)
		}
	}
}

// openSockets is how many sockets this process has open.
func openSockets(t *testing.T) int {
	t.Helper()
	files, err := filepath.Glob("/proc/self/fd/*")
	if err != nil || len(files) == 0 {
		t.Fatalf("descriptors of this process: %v", err)
	}
	n := 0
	for _, file := range files {
		if to, err := os.Readlink(file); err == nil && strings.HasPrefix(to, "socket:") {
			n++
		}
	}
	return n
}
