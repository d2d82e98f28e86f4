package browser

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// endPoll is the pause between two looks at whether processes have ended, which takes the kernel milliseconds.
const endPoll = 5 * time.Millisecond

// endGroup kills a process group and returns when nothing of it runs. Group 0 is none.
func endGroup(ctx context.Context, group int) error {
	if group == 0 {
		return nil
	}
	for {
		_ = syscall.Kill(-group, syscall.SIGKILL) // none left: the look says so
		left := members(group)
		if len(left) == 0 {
			return nil
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("browser: processes %v do not end", left)
		case <-time.After(endPoll):
		}
	}
}

// members lists the processes of a group that still run. Those that only wait for their parent to take notice, states Z and X of
// proc_pid_stat(5), have ended.
func members(group int) []int {
	files, _ := filepath.Glob("/proc/[0-9]*/stat") // the pattern is well-formed
	var pids []int
	for _, f := range files {
		text, err := os.ReadFile(f)
		if err != nil {
			continue // ended meanwhile
		}
		_, after, _ := strings.Cut(string(text[strings.LastIndexByte(string(text), ')')+1:]), " ")
		fields := strings.Fields(after) // state, parent, group
		if len(fields) < 3 || fields[2] != strconv.Itoa(group) || fields[0] == "Z" || fields[0] == "X" {
			continue
		}
		if pid, err := strconv.Atoi(filepath.Base(filepath.Dir(f))); err == nil {
			pids = append(pids, pid)
		}
	}
	return pids
}

// remove deletes the profile's folder. A write that was under way when its process was killed may bring back a file, so that it is tried
// again.
func remove(ctx context.Context, dir string) error {
	for {
		err := os.RemoveAll(dir)
		if err == nil {
			return nil
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("browser: profile: %w", err)
		case <-time.After(endPoll):
		}
	}
}
