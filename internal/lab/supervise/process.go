package supervise

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"sync/atomic"
	"syscall"
	"time"
)

// tailBytes and tailLines bound the last words of a daemon that are quoted in an error.
const (
	tailBytes = 2048
	tailLines = 4
)

// Process is one started daemon.
type Process struct {
	name string
	cmd  *exec.Cmd
	log  string

	stopping atomic.Bool // Stop was called
	done     chan struct{}
	err      error // set before done is closed
}

// Name is the name it was started under.
func (p *Process) Name() string { return p.name }

// Pid is its process id, which is its process group's as well.
func (p *Process) Pid() int { return p.cmd.Process.Pid }

// Log is the path of its log file.
func (p *Process) Log() string { return p.log }

// Done is closed when the process and its whole group have ended.
func (p *Process) Done() <-chan struct{} { return p.done }

// Err is why it ended, once Done is closed; nil if it was stopped or finished well.
func (p *Process) Err() error { return p.err }

// Signal sends a signal to the process and all of its group, so that SIGSTOP stops every worker.
func (p *Process) Signal(sig syscall.Signal) error {
	if err := syscall.Kill(-p.Pid(), sig); err != nil {
		return fmt.Errorf("signal %s: %w", p.name, err)
	}
	return nil
}

// Stop asks the process to end, and after StopGrace ends its whole group. It returns when nothing of it is left.
func (p *Process) Stop() {
	p.stopping.Store(true)
	_ = syscall.Kill(p.Pid(), syscall.SIGTERM)  // gone already: then done is or will be closed
	_ = syscall.Kill(-p.Pid(), syscall.SIGCONT) // a stopped process cannot act on SIGTERM
	select {
	case <-p.done:
		return
	case <-time.After(StopGrace):
	}
	_ = syscall.Kill(-p.Pid(), syscall.SIGKILL)
	<-p.done
}

// awaitReady asks until the daemon answers, dies, or the time is over.
func (p *Process) awaitReady(ctx context.Context, spec Spec) error {
	if spec.Ready == nil {
		return nil
	}
	within := spec.ReadyWithin
	if within == 0 {
		within = 20 * time.Second
	}
	ctx, cancel := context.WithTimeoutCause(ctx, within, fmt.Errorf("no answer within %v", within))
	defer cancel()
	for {
		err := spec.Ready(ctx)
		if err == nil {
			return nil
		}
		select {
		case <-p.done:
			if p.err == nil {
				return errors.New("ended before it was ready")
			}
			return p.err
		case <-ctx.Done():
			return fmt.Errorf("%w: %w%s", context.Cause(ctx), err, p.lastWords())
		case <-time.After(readyPoll):
		}
	}
}

// lastWords are the last lines of the log, made ready to follow an error text.
func (p *Process) lastWords() string {
	f, err := os.Open(p.log)
	if err != nil {
		return ""
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return ""
	}
	buf := make([]byte, tailBytes)
	n, _ := f.ReadAt(buf, max(0, info.Size()-tailBytes)) // io.EOF is the usual end
	lines := strings.Split(strings.TrimSpace(string(buf[:n])), "\n")
	lines = lines[max(0, len(lines)-tailLines):]
	if len(lines) == 1 && lines[0] == "" {
		return ""
	}
	return "; its log ends: " + strings.Join(lines, " | ")
}
