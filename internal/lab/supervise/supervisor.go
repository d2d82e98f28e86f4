// Package supervise starts daemons as child processes, waits until they answer, and stops them and everything they started, also when
// its own process is killed. It refuses to restart what died: a laboratory reports a death, it does not hide it.
package supervise

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"sync"
	"syscall"
	"time"
)

// StopGrace is how long a daemon has between SIGTERM and SIGKILL. Kamailio, the slowest of ours that is healthy, needs 4 ms
// (measured, 5.6.3); one stop in about fifty hangs and has to be killed.
const StopGrace = 3 * time.Second

// readyPoll is the pause between two questions to a daemon that is starting.
const readyPoll = 20 * time.Millisecond

// Spec is a daemon to start.
type Spec struct {
	// Name is the daemon's name in messages and the base name of its log file.
	Name string
	// Cmd is the command, not started. Its output goes to the log file; its standard input is empty.
	Cmd *exec.Cmd
	// Screens is true for a program that draws screens on its standard output, which is then thrown away.
	Screens bool
	// Ready asks the daemon a real question of its protocol and returns nil when it answered. It is asked again until then. Nil means
	// that running is enough.
	Ready func(context.Context) error
	// ReadyWithin bounds the wait; 0 means 20 seconds.
	ReadyWithin time.Duration
	// Finishes is true for a program that ends by itself: its end is then not reported as a death.
	Finishes bool
}

// Death is the end of a daemon that nobody asked for.
type Death struct {
	Name string
	// Err has the exit status and the daemon's last words.
	Err error
}

// Supervisor holds the processes of one run.
type Supervisor struct {
	dir    string
	helper []string
	guard  *watchdog
	deaths chan Death

	mu    sync.Mutex // guards procs
	procs []*Process // in the order they were started
}

// New makes this process the one that reaps all orphans among its descendants, and starts the watchdog which ends them if this process
// dies. Log files go to dir. Helper is the command line of a program that passes its arguments to Helper, as ours do.
func New(dir string, helper []string) (*Supervisor, error) {
	if err := adoptOrphans(); err != nil {
		return nil, err
	}
	guard, err := startWatchdog(helper)
	if err != nil {
		return nil, fmt.Errorf("start watchdog: %w", err)
	}
	s := &Supervisor{dir: dir, helper: helper, guard: guard, deaths: make(chan Death, 64)}
	go s.watchGuard()
	return s, nil
}

// watchGuard reports the watchdog's own end, without which a kill of this process would leave daemons behind.
func (s *Supervisor) watchGuard() {
	<-s.guard.done
	if !s.guard.closed.Load() {
		s.deaths <- Death{Name: "watchdog", Err: errors.New("watchdog: ended: daemons would survive a kill of this process")}
	}
}

// Deaths tells each daemon that ended unasked.
func (s *Supervisor) Deaths() <-chan Death { return s.deaths }

// Start starts a daemon and waits until it is ready. On any error nothing of it is left running.
func (s *Supervisor) Start(ctx context.Context, spec Spec) (*Process, error) {
	p, err := s.launch(spec)
	if err != nil {
		return nil, fmt.Errorf("start %s: %w", spec.Name, err)
	}
	if err := p.awaitReady(ctx, spec); err != nil {
		p.Stop()
		return nil, fmt.Errorf("start %s: %w", spec.Name, err)
	}
	if !spec.Finishes {
		go s.report(p)
	}
	return p, nil
}

// report tells the end of a daemon that was ready, unless it was asked for.
func (s *Supervisor) report(p *Process) {
	<-p.done
	if p.err != nil {
		s.deaths <- Death{Name: p.name, Err: p.err}
	}
}

// launch starts the command in a process group of its own, behind a gate: it runs only once the watchdog knows the group.
func (s *Supervisor) launch(spec Spec) (*Process, error) {
	log, err := os.OpenFile(filepath.Join(s.dir, spec.Name+".log"), os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o644)
	if err != nil {
		return nil, err
	}
	defer log.Close() // the child has its own
	spec.Cmd.Stdout, spec.Cmd.Stderr = log, log
	if spec.Screens {
		spec.Cmd.Stdout = nil
	}
	if spec.Cmd.SysProcAttr == nil {
		spec.Cmd.SysProcAttr = &syscall.SysProcAttr{}
	}
	spec.Cmd.SysProcAttr.Setpgid = true
	spec.Cmd.Env = append(spec.Cmd.Environ(), markVariable+"="+s.guard.mark)
	open, err := behindGate(spec.Cmd, s.helper)
	if err != nil {
		return nil, err
	}
	if err := spec.Cmd.Start(); err != nil {
		return nil, errors.Join(err, open(false))
	}
	p := &Process{name: spec.Name, cmd: spec.Cmd, log: log.Name(), done: make(chan struct{})}
	if err := s.guard.add(p.Pid()); err != nil {
		return nil, errors.Join(err, open(false), spec.Cmd.Wait())
	}
	s.mu.Lock()
	s.procs = append(s.procs, p)
	s.mu.Unlock()
	go s.collect(p, spec.Finishes)
	return p, open(true)
}

// collect waits for the end of a process, ends what is left of its group, and notes why it ended if nobody asked for it.
func (s *Supervisor) collect(p *Process, finishes bool) {
	err := p.cmd.Wait()
	endGroup(p.Pid())
	s.guard.remove(p.Pid())
	if !p.stopping.Load() && (err != nil || !finishes) {
		p.err = fmt.Errorf("%s ended by itself: %w%s", p.name, cmpError(err), p.lastWords())
	}
	s.mu.Lock()
	s.procs = slices.DeleteFunc(s.procs, func(q *Process) bool { return q == p })
	s.mu.Unlock()
	close(p.done)
}

// cmpError gives an end without error a name.
func cmpError(err error) error {
	if err == nil {
		return errors.New("exit status 0")
	}
	return err
}

// Close stops all daemons, the last started first, and then the watchdog. It may be called more than once.
func (s *Supervisor) Close() error {
	for {
		s.mu.Lock()
		n := len(s.procs)
		if n == 0 {
			s.mu.Unlock()
			killMarked(s.guard.mark) // those which left their group
			return s.guard.close()
		}
		last := s.procs[n-1]
		s.mu.Unlock()
		last.Stop()
	}
}
