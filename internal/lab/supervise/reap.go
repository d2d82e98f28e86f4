package supervise

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"syscall"
	"time"
)

// markVariable is in the environment of every process that a supervisor starts, and so in that of all they start: it finds again those
// which went to a session of their own, as Erlang's epmd does.
const markVariable = "LAB_SUPERVISED_BY"

// killRounds and killPause bound the wait for processes that were killed: two seconds, thousands of times what the kernel needs.
const (
	killRounds = 1000
	killPause  = 2 * time.Millisecond
)

// endGroup kills what is left of a process group and returns when nothing is. Its leader must have been waited for, or not be ours.
func endGroup(pgid int) {
	for range killRounds {
		if syscall.Kill(-pgid, syscall.SIGKILL) != nil {
			return
		}
		// Orphans of the group are ours since adoptOrphans and stay in it as zombies until they are waited for. Waiting for the group
		// and not for any child leaves other waiters their statuses.
		pid, err := syscall.Wait4(-pgid, nil, syscall.WNOHANG, nil)
		if pid <= 0 || err != nil {
			time.Sleep(killPause)
		}
	}
}

// killMarked kills all processes with the mark in their environment until a look finds none.
func killMarked(mark string) {
	if mark == "" {
		return
	}
	for range killRounds {
		pids := marked(mark)
		if len(pids) == 0 {
			return
		}
		for _, pid := range pids {
			_ = syscall.Kill(pid, syscall.SIGKILL) // gone: what we want
			_, _ = syscall.Wait4(pid, nil, syscall.WNOHANG, nil)
		}
		time.Sleep(killPause)
	}
}

// marked lists the living processes whose environment holds the mark. What cannot be read belongs to somebody else.
func marked(mark string) []int {
	files, _ := filepath.Glob("/proc/[0-9]*/environ") // the pattern is well-formed
	want := []byte(markVariable + "=" + mark)
	var pids []int
	for _, f := range files {
		env, err := os.ReadFile(f)
		if err != nil || !bytes.Contains(env, want) {
			continue
		}
		if pid, err := strconv.Atoi(filepath.Base(filepath.Dir(f))); err == nil {
			pids = append(pids, pid)
		}
	}
	return pids
}

// prSetChildSubreaper is PR_SET_CHILD_SUBREAPER of prctl(2): orphaned descendants become children of this process and not of init.
const prSetChildSubreaper = 36

func adoptOrphans() error {
	if _, _, errno := syscall.RawSyscall(syscall.SYS_PRCTL, prSetChildSubreaper, 1, 0); errno != 0 {
		return fmt.Errorf("adopt orphans: %w", errno)
	}
	return nil
}
