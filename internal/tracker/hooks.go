package tracker

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"os/exec"
	"syscall"
	"time"

	"github.com/voipbin/observability/internal/rto"
)

// Bounds of a hook.
const (
	maxHookOutput = 16 << 10
	hookGrace     = 5 * time.Second
)

// Hook is a command that does a step of the plan, and how long it may take.
type Hook struct {
	Command []string
	Limit   time.Duration
}

// ErrNoHook says that no command is configured for the step.
var ErrNoHook = errors.New("no command is configured for the step")

// RunHook runs the command of a step and takes down when it began, how it ended and what it printed. It marks the step as begun, and as done if
// the command succeeds. The command gets the drill and the step in its environment, and nothing of the tracker's own.
func (s *Service) RunHook(ctx context.Context, drill, step, author string) (rto.HookRun, error) {
	h, ok := s.o.Hooks[step]
	if !ok {
		return rto.HookRun{}, fmt.Errorf("%w: %s", ErrNoHook, step)
	}
	begun, err := s.Note(ctx, rto.DrillEvent{Drill: drill, Kind: rto.EventStepBegun, Step: step, Author: author, Source: rto.ByHook})
	if err != nil {
		return rto.HookRun{}, err
	}
	// Whoever asked may go, by a proxy that is tired of waiting say: that must not kill a failover half-way, and what ran is taken down all the same.
	ctx = context.WithoutCancel(ctx)
	run := s.execute(ctx, h, begun.Drill, step)
	e := rto.DrillEvent{Drill: begun.Drill, Kind: rto.EventHook, Step: step, Author: author, Source: rto.ByHook, Hook: &run}
	if _, err := s.Note(ctx, e); err != nil {
		return run, err
	}
	if run.Exit == 0 && !run.TimedOut {
		_, err = s.Note(ctx, rto.DrillEvent{Drill: begun.Drill, Kind: rto.EventStepDone, Step: step, Author: author, Source: rto.ByHook})
	}
	return run, err
}

func (s *Service) execute(ctx context.Context, h Hook, drill, step string) rto.HookRun {
	limited, cancel := context.WithTimeout(ctx, h.Limit)
	defer cancel()
	cmd := exec.CommandContext(limited, h.Command[0], h.Command[1:]...)
	// A shell's children must end with it.
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
	cmd.WaitDelay = hookGrace
	cmd.Env = []string{"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "DRILL=" + drill, "STEP=" + step}
	out := &tail{sum: sha256.New()}
	cmd.Stdout, cmd.Stderr = out, out
	run := rto.HookRun{Command: h.Command, Began: s.o.Now()}
	err := cmd.Run()
	run.Took = s.o.Now().Sub(run.Began)
	run.TimedOut = errors.Is(limited.Err(), context.DeadlineExceeded)
	run.Exit = cmd.ProcessState.ExitCode()
	if err != nil && cmd.ProcessState == nil {
		run.Exit, out.kept = -1, []byte("the command could not be started")
	}
	run.Output, run.Cut, run.OutputSHA256 = string(out.kept), out.cut, hex.EncodeToString(out.sum.Sum(nil))
	return run
}

// tail keeps the end of what is written to it, and the sum of all of it.
type tail struct {
	kept []byte
	cut  bool
	sum  hash.Hash
}

// Write takes more of the output; it never fails.
func (t *tail) Write(p []byte) (int, error) {
	t.sum.Write(p)
	t.kept = append(t.kept, p...)
	if n := len(t.kept) - maxHookOutput; n > 0 {
		t.kept, t.cut = append(t.kept[:0], t.kept[n:]...), true
	}
	return len(p), nil
}
