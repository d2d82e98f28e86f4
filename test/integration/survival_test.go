//go:build integration

package integration

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/voipbin/observability/internal/lab"
	"github.com/voipbin/observability/internal/lab/steps"
)

// beVictim is a laboratory that prints its folder when it is up and then waits: for a signal that ends it well, or one that does not.
func beVictim(ctx context.Context) error {
	o, err := options()
	if err != nil {
		return err
	}
	o.Steps = steps.New(os.Stderr, false, time.Now)
	o.Media = true
	l, err := lab.Up(ctx, o)
	if err != nil {
		return err
	}
	if _, err := l.StartCalls(ctx, l.UsualMix()); err != nil {
		return err
	}
	fmt.Fprintln(os.Stdout, l.Run().Folder())
	select {}
}

// members are the command lines of the living processes that work in a folder.
func members(t *testing.T, folder string) map[string]string {
	t.Helper()
	files, err := filepath.Glob("/proc/[0-9]*/cmdline")
	if err != nil {
		t.Fatal(err)
	}
	found := map[string]string{}
	for _, f := range files {
		line, err := os.ReadFile(f)
		if err == nil && strings.Contains(string(line), folder+"/") {
			found[filepath.Base(filepath.Dir(f))] = strings.ReplaceAll(string(line), "\x00", " ")
		}
	}
	return found
}

// TestNothingSurvivesAKill kills a laboratory with everything in it, Kamailio's workers and SIPp's callers included, by the one signal
// that no program can catch.
func TestNothingSurvivesAKill(t *testing.T) {
	t.Parallel()
	cmd := exec.CommandContext(t.Context(), os.Args[0], victim)
	cmd.Stderr = t.Output()
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatalf("the laboratory did not come up: %v", err)
	}
	folder := strings.TrimSpace(line)
	before := members(t, folder)
	for _, daemon := range []string{"kamailio -DD", "sipp ", "prometheus --config", "alertmanager --config", "kamailio_exporter", "asterisk -f", "rtpengine --config", "sip_exporter"} {
		if !strings.Contains(fmt.Sprint(before), daemon) {
			t.Errorf("want %q among the processes before the kill, got %v", daemon, before)
		}
	}
	if err := cmd.Process.Signal(syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait() // killed, as asked
	await(t, "processes after the kill", func() (any, bool) {
		left := members(t, folder)
		return left, len(left) == 0
	})
	if err := os.RemoveAll(folder); err != nil {
		t.Error(err)
	}
}
