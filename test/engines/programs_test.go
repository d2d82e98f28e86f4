//go:build integration

package engines

import (
	"bytes"
	"context"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/voipbin/observability/internal/lab/toolchain"
)

const repo = "../.."

// modules are the servers, at the newest versions that the Go of this repository builds.
func modules() map[string]toolchain.Module {
	return map[string]toolchain.Module{
		"victoriametrics": {
			Name: "victoria-metrics", Path: "github.com/VictoriaMetrics/VictoriaMetrics", Version: "v1.151.0", Sum: "h1:Svzb/7gPYbzmQnvLjab8h1Jl9olB76mokDE7ykvF/ro=",
			Package: "./app/victoria-metrics",
		},
		"thanos": { // without its tag it takes other labels for its own, and panics
			Name: "thanos", Path: "github.com/thanos-io/thanos", Version: "v0.42.4", Sum: "h1:Cs7iARVNKcgewjzAfpoFnscgfNi+XN8slcyW5e0ozWs=",
			Package: "./cmd/thanos", Tags: "netgo,slicelabels",
		},
		"mimir": { // r403 of its weekly releases: its versions since 2.0 are none of Go's
			Name: "mimir", Path: "github.com/grafana/mimir", Version: "v1.3.1-0.20260423142704-aced80d74930", Sum: "h1:uegeb+I1faUHNHi8rBl+hJpdaYB2DGlZdZsu1gV7lk0=",
			Package: "./cmd/mimir", Tags: "netgo,stringlabels",
		},
	}
}

// program is a server's, built below .lab/bin where it is not there.
func program(t *testing.T, name string) string {
	t.Helper()
	bin := filepath.Join(repo, ".lab", "bin")
	if err := os.MkdirAll(bin, 0o755); err != nil {
		t.Fatal(err)
	}
	path, err := toolchain.InstallModule(t.Context(), bin, func(string) {}, modules()[name])
	if err != nil {
		t.Fatal(err)
	}
	return path
}

// output is what a program says.
type output struct {
	mu sync.Mutex
	b  bytes.Buffer
}

// Write takes what it says.
func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.b.Write(p)
}

// end is the last of what it said.
func (o *output) end() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	lines := strings.Split(strings.TrimSpace(o.b.String()), "\n")
	return strings.Join(lines[max(0, len(lines)-20):], "\n")
}

// run starts a program until the test ends, and waits until it answers 200 at url.
func run(t *testing.T, url, name string, args ...string) {
	t.Helper()
	said := &output{}
	cmd := exec.CommandContext(context.WithoutCancel(t.Context()), name, args...)
	cmd.Dir, cmd.Stdout, cmd.Stderr = t.TempDir(), said, said
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan struct{})
	go func() { _ = cmd.Wait(); close(ended) }()
	t.Cleanup(func() {
		_ = cmd.Process.Signal(syscall.SIGKILL) // it may have ended
		<-ended
		if t.Failed() {
			t.Logf("%s said at last:\n%s", filepath.Base(name), said.end())
		}
	})
	until(t, filepath.Base(name)+" answers at "+url, func() error {
		select {
		case <-ended:
			t.Fatalf("%s ended: %s", filepath.Base(name), said.end())
		default:
		}
		_, err := get(t, url)
		return err
	})
}

// until asks again and again, for as long as a busy machine may need.
func until(t *testing.T, what string, ask func() error) {
	t.Helper()
	for end := time.Now().Add(4 * time.Minute); ; time.Sleep(50 * time.Millisecond) {
		err := ask()
		if err == nil {
			return
		}
		if time.Now().After(end) {
			t.Fatalf("%s: %v", what, err)
		}
	}
}

// get is the body of an answer of 200.
func get(t *testing.T, url string) ([]byte, error) {
	t.Helper()
	ctx, stop := context.WithTimeout(t.Context(), 20*time.Second)
	defer stop()
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return nil, err
	}
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		return nil, err
	}
	defer func() { _ = answer.Body.Close() }() // it was read
	var b bytes.Buffer
	if _, err := b.ReadFrom(answer.Body); err != nil {
		return nil, err
	}
	if answer.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("%s: %s: %.300s", url, answer.Status, b.String())
	}
	return b.Bytes(), nil
}

// free is an address at which nobody listens.
func free(t *testing.T) string {
	t.Helper()
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }() // nothing was accepted
	return l.Addr().String()
}

// file writes a file of the test's own and returns its name.
func file(t *testing.T, name, content string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}
