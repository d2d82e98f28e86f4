package supervise

import (
	"bufio"
	"crypto/rand"
	"fmt"
	"io"
	"os/exec"
	"os/signal"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
)

// watchdog is the other end of the guard process: a pipe that the kernel closes when this process dies, by whatever signal.
type watchdog struct {
	mark   string // of the processes that belong to this run, see markVariable
	cmd    *exec.Cmd
	pipe   io.WriteCloser
	done   chan struct{}
	closed atomic.Bool
}

// startWatchdog starts the guard in a session of its own, so that neither a Ctrl-C nor a closed terminal reaches it.
func startWatchdog(helper []string) (*watchdog, error) {
	line := append(append([]string{}, helper...), watchdogCommand)
	cmd := exec.Command(line[0], line[1:]...) //nolint:noctx // must outlive every context
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	pipe, err := cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	w := &watchdog{mark: rand.Text(), cmd: cmd, pipe: pipe, done: make(chan struct{})}
	go func() {
		_ = cmd.Wait() // why it ended does not matter; that it did is told by done
		close(w.done)
	}()
	if _, err := fmt.Fprintf(pipe, "mark %s\n", w.mark); err != nil {
		return nil, err
	}
	return w, nil
}

// add makes the guard responsible for a process group. The kernel keeps what is written here even if this process dies the moment after.
func (w *watchdog) add(pgid int) error {
	if _, err := fmt.Fprintf(w.pipe, "add %d\n", pgid); err != nil {
		return fmt.Errorf("watchdog: %w", err)
	}
	return nil
}

// remove releases a group which has ended, before its number can be used again. A dead watchdog is reported elsewhere.
func (w *watchdog) remove(pgid int) { _, _ = fmt.Fprintf(w.pipe, "remove %d\n", pgid) }

// close ends the guard, which has nothing left to guard.
func (w *watchdog) close() error {
	if w.closed.Swap(true) {
		return nil
	}
	err := w.pipe.Close()
	<-w.done
	return err
}

// guard is the guard process: it keeps the list and, when its input ends, kills every group that is still on it.
func guard(commands io.Reader) {
	signal.Ignore(syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP)
	groups, mark := map[int]bool{}, ""
	lines := bufio.NewScanner(commands)
	for lines.Scan() {
		verb, object, _ := strings.Cut(lines.Text(), " ")
		pgid, _ := strconv.Atoi(object)
		switch {
		case verb == "mark":
			mark = object
		case verb == "add" && pgid > 1: // never "all processes", kill(2)
			groups[pgid] = true
		case verb == "remove":
			delete(groups, pgid)
		}
	}
	for pgid := range groups { // all at once: what ends slowly must not keep the rest alive
		_ = syscall.Kill(-pgid, syscall.SIGKILL)
	}
	killMarked(mark)
	for pgid := range groups {
		endGroup(pgid)
	}
}
