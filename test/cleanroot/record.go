package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"
)

// keptLines is how many of a command's last lines are recorded.
const keptLines = 6

// outcome is how a command ended and what it took.
type outcome struct {
	command         string
	code            int
	wall, processor time.Duration
	last            []string
}

func (o outcome) String() string {
	return fmt.Sprintf("exit %d after %s, %s of processor time", o.code, o.wall.Round(time.Second), o.processor.Round(time.Second))
}

// tail keeps the last lines of what is written; both streams of a command write to it.
type tail struct {
	mu   sync.Mutex // guards text
	text []byte
}

// tailBytes bounds what is kept: lines are short.
const tailBytes = 8 << 10

// Write never fails.
func (t *tail) Write(p []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.text = append(t.text, p...)
	if extra := len(t.text) - tailBytes; extra > 0 {
		t.text = append([]byte(nil), t.text[extra:]...)
	}
	return len(p), nil
}

// lines are the last lines that say something.
func (t *tail) lines() []string {
	t.mu.Lock()
	defer t.mu.Unlock()
	var all []string
	for line := range bytes.Lines(t.text) {
		if s := strings.TrimRight(string(line), " \t\r\n"); s != "" {
			all = append(all, s)
		}
	}
	return all[max(0, len(all)-keptLines):]
}

// record is the proof as a text.
type record struct {
	settings settings
	root     *root
	commit   string
	cores    int
	done     []outcome
}

// write writes the text, if there is a file for it.
func (r record) write() error {
	if r.settings.record == "" {
		return nil
	}
	if err := os.MkdirAll(filepath.Dir(r.settings.record), 0o755); err != nil {
		return err
	}
	return os.WriteFile(r.settings.record, []byte(r.text()), 0o644)
}

func (r record) text() string {
	var b strings.Builder
	fmt.Fprintf(&b, "command: make cleanroot\ncommit: %s\n", r.commit)
	fmt.Fprintf(&b, "root: Debian's %s and %d packages more of the bare system and what these need, read-only\n", r.versions(), len(r.root.tree.Packages)-len(named())-len(r.settings.extra))
	fmt.Fprintf(&b, "go: %s\n", goVersion(r.root.goroot))
	had := "home, caches and .lab empty"
	if r.settings.again {
		had = "caches and .lab as an earlier run of the same left them, the clone new"
	}
	fmt.Fprintf(&b, "user: %d, without capabilities; %s; %d cores\n", userID, had, r.cores)
	for _, o := range r.done {
		fmt.Fprintf(&b, "\n$ %s\n", o.command)
		for _, line := range o.last {
			fmt.Fprintf(&b, "  | %s\n", line)
		}
		fmt.Fprintf(&b, "  %s\n", o)
	}
	return b.String()
}

// versions are the packages that the README names, with what was had.
func (r record) versions() string {
	var all []string
	for _, name := range append(named(), r.settings.extra...) {
		all = append(all, name+" "+r.root.tree.Version(name))
	}
	return strings.Join(all, ", ")
}

// goVersion is the first line of the distribution's VERSION file.
func goVersion(goroot string) string {
	text, err := os.ReadFile(filepath.Join(goroot, "VERSION"))
	if err != nil {
		return "of unknown version"
	}
	first, _, _ := strings.Cut(string(text), "\n")
	return first
}
