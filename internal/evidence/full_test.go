package evidence_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/voipbin/observability/internal/evidence"
)

// TestFullDisk fills a real file system, a small tmpfs in a mount namespace of its own, and makes room again.
func TestFullDisk(t *testing.T) {
	t.Parallel()
	cmd := exec.CommandContext(t.Context(), os.Args[0])
	cmd.Env = append(os.Environ(), "EVIDENCE_FULL="+t.TempDir())
	cmd.SysProcAttr = &syscall.SysProcAttr{
		Cloneflags:  syscall.CLONE_NEWUSER | syscall.CLONE_NEWNS,
		UidMappings: []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getuid(), Size: 1}},
		GidMappings: []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getgid(), Size: 1}},
	}
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	err := cmd.Run()
	var exit *exec.ExitError
	switch {
	case errors.Is(err, syscall.EPERM) || errors.Is(err, syscall.ENOSPC) || errors.As(err, &exit) && exit.ExitCode() == 3:
		t.Skipf("no file system of its own to be had here: %v %s", err, out.String())
	case err != nil:
		t.Errorf("%v: %s", err, out.String())
	}
	t.Log(strings.TrimSpace(out.String()))
}

// fillDisk is the child of TestFullDisk: 0 if all went as it must, 3 if it has no file system to fill.
func fillDisk(dir string, out io.Writer) int {
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, "size=512k"); err != nil {
		fmt.Fprintln(out, err)
		return 3
	}
	if err := fillAndRepair(filepath.Join(dir, "log"), filepath.Join(dir, "ballast"), out); err != nil {
		fmt.Fprintln(out, err)
		return 1
	}
	return 0
}

func fillAndRepair(dir, ballast string, out io.Writer) error {
	if err := os.WriteFile(ballast, make([]byte, 300<<10), 0o600); err != nil {
		return err
	}
	l, err := evidence.Open(dir, evidence.Options{SegmentBytes: 100 << 10})
	if err != nil {
		return err
	}
	ctx := context.Background()
	kept := 0
	for err == nil {
		if _, err = l.Append(ctx, "look", day0, body{Text: strings.Repeat("x", 5000)}); err == nil {
			kept++
		}
	}
	if !errors.Is(err, evidence.ErrStopped) || !errors.Is(err, syscall.ENOSPC) {
		return fmt.Errorf("full after %d records: %w", kept, err)
	}
	if _, fault := evidence.Verify(dir); fault != nil {
		return fmt.Errorf("full: %w", fault)
	}
	if err := os.Remove(ballast); err != nil {
		return err
	}
	if err := l.Repair(ctx); err != nil {
		return err
	}
	r, err := l.Append(ctx, "look", day0, body{Text: "room again"})
	if err != nil || r.Seq != uint64(kept)+1 {
		return fmt.Errorf("record %d after %d: %w", r.Seq, kept, err)
	}
	if err := l.Close(); err != nil {
		return err
	}
	report, fault := evidence.Verify(dir)
	if fault != nil || report.Records != uint64(kept)+1 {
		return fmt.Errorf("%d records after %d: %w", report.Records, kept, fault)
	}
	fmt.Fprintf(out, "full after %d records, repaired, and all are there\n", kept)
	return nil
}
