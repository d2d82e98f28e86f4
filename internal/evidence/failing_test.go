package evidence_test

import (
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"

	"github.com/voipbin/observability/internal/evidence"
)

// brokenFS fails at the nth operation, counted from arm on, and with sticky at all that follow.
type brokenFS struct {
	evidence.OS
	mu     sync.Mutex
	left   int // operations until it fails; negative: it does not
	sticky bool
	short  bool // a failing write writes half
	silent bool // and says nothing
	err    error
	failed string // the operation that failed first
}

func (b *brokenFS) arm(n int, err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.left, b.err, b.failed = n, err, ""
}

// fails counts an operation.
func (b *brokenFS) fails(what string) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.left < 0 {
		return nil
	}
	if b.left > 0 {
		b.left--
		return nil
	}
	if !b.sticky {
		b.left = -1
	}
	if b.failed == "" {
		b.failed = what
	}
	return b.err
}

func (b *brokenFS) OpenFile(name string, flag int, perm fs.FileMode) (evidence.File, error) {
	if err := b.fails("open " + filepath.Base(name)); err != nil {
		return nil, err
	}
	f, err := b.OS.OpenFile(name, flag, perm)
	if err != nil {
		return nil, err
	}
	return &brokenFile{File: f, fs: b, name: filepath.Base(name)}, nil
}

func (b *brokenFS) Rename(from, to string) error {
	if err := b.fails("rename " + filepath.Base(to)); err != nil {
		return err
	}
	return b.OS.Rename(from, to)
}

func (b *brokenFS) Remove(name string) error {
	if err := b.fails("remove " + filepath.Base(name)); err != nil {
		return err
	}
	return b.OS.Remove(name)
}

func (b *brokenFS) SyncDir(string) error {
	return b.fails("sync directory")
}

type brokenFile struct {
	evidence.File
	fs   *brokenFS
	name string
}

func (f *brokenFile) Write(b []byte) (int, error) {
	err := f.fs.fails("write " + f.name)
	if err == nil {
		return f.File.Write(b)
	}
	if !f.fs.short {
		return 0, err
	}
	n, _ := f.File.Write(b[:len(b)/2])
	if f.fs.silent {
		return n, nil
	}
	return n, err
}

func (f *brokenFile) Sync() error { return f.fs.fails("sync " + f.name) }

// TestFailingAtEachPoint breaks each operation of the file system in turn, in several ways, while records are written, segments closed and
// heads signed: what was acknowledged is there, in order, after a repair and after opening again.
func TestFailingAtEachPoint(t *testing.T) {
	t.Parallel()
	var mu sync.Mutex
	seen := map[string]bool{}
	t.Cleanup(func() { // after all of them: where a segment is compressed beside the records, the order varies
		for _, what := range []string{"open", "write", "sync", "rename", "remove"} {
			if !seen[what] {
				t.Errorf("no %s failed", what)
			}
		}
	})
	for name, b := range map[string]*brokenFS{
		"ENOSPC": {err: syscall.ENOSPC}, "EIO for good": {err: syscall.EIO, sticky: true},
		"a short write": {err: syscall.ENOSPC, short: true}, "a short write that says nothing": {err: syscall.EIO, short: true, silent: true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for n := 0; ; n++ {
				fsys := &brokenFS{left: -1, err: b.err, sticky: b.sticky, short: b.short, silent: b.silent}
				failed := failAt(t, fsys, n)
				if failed == "" {
					break
				}
				what, _, _ := strings.Cut(failed, " ")
				mu.Lock()
				seen[what] = true
				mu.Unlock()
			}
		})
	}
}

// failAt writes records, with the nth operation failing, and returns what failed; empty if nothing did.
func failAt(t *testing.T, fsys *brokenFS, n int) string {
	t.Helper()
	dir := t.TempDir()
	var troubles atomic.Int64
	l, err := evidence.Open(dir, evidence.Options{FS: fsys, SegmentBytes: 700, HeadEvery: 2e9, OnTrouble: func(error) { troubles.Add(1) }})
	if err != nil {
		t.Fatal(err)
	}
	fsys.arm(n, fsys.err)
	var kept []evidence.Record
	write := func(from, to int) (refused int) {
		for i := from; i < to; i++ {
			r, err := l.Append(t.Context(), "look", day0+int64(i)*1e9, body{N: i})
			if err == nil {
				kept = append(kept, r)
				continue
			}
			if refused++; !errors.Is(err, evidence.ErrStopped) {
				t.Errorf("point %d: %v", n, err)
			}
		}
		return refused
	}
	if write(0, 8) > 0 {
		repairAt(t, l, fsys, n)
		if refused := write(8, 12); refused > 0 {
			t.Errorf("point %d, %s: %d records refused after the repair", n, fsys.failed, refused)
		}
	}
	closed := l.Close()
	fsys.mu.Lock()
	failed := fsys.failed
	fsys.left = -1
	fsys.mu.Unlock()
	if failed == "" && (closed != nil || troubles.Load() > 0) {
		t.Errorf("nothing failed, and: %v", closed)
	}
	checkKept(t, fmt.Sprintf("point %d, %s", n, failed), dir, kept)
	return failed
}

func repairAt(t *testing.T, l *evidence.Log, fsys *brokenFS, n int) {
	t.Helper()
	if err := l.Err(); !errors.Is(err, evidence.ErrStopped) || !errors.Is(err, fsys.err) && !fsys.silent {
		t.Errorf("point %d: the log says %v", n, err)
	}
	if fsys.sticky {
		if err := l.Repair(t.Context()); err == nil {
			t.Errorf("point %d, %s: repaired on a disk that fails", n, fsys.failed)
		}
	}
	failed := fsys.failed
	fsys.arm(-1, fsys.err)
	fsys.failed = failed
	if err := l.Repair(t.Context()); err != nil {
		t.Errorf("point %d, %s: repair: %v", n, fsys.failed, err)
	}
}

// checkKept opens a log again and wants every acknowledged record in it, in order, and nothing that Repair took out.
func checkKept(t *testing.T, what, dir string, kept []evidence.Record) {
	t.Helper()
	if _, fault := evidence.Verify(dir); fault != nil {
		t.Errorf("%s: as it was left: %v", what, fault)
	}
	l, err := evidence.Open(dir, evidence.Options{})
	if err != nil {
		t.Errorf("%s: %v", what, err)
		return
	}
	shut(t, l)
	verified(t, dir)
	all := read(t, dir, 1)
	for i, r := range kept {
		if i >= len(all) || all[i].Hash != r.Hash {
			t.Errorf("%s: record %d was acknowledged and is not there", what, r.Seq)
			return
		}
	}
	left, _ := filepath.Glob(filepath.Join(dir, "*.tmp"))
	plain, _ := filepath.Glob(filepath.Join(dir, "*.jsonl"))
	if len(left) > 0 || len(plain) > 1 {
		t.Errorf("%s: left behind: %v %v", what, left, plain)
	}
}

// TestStoppedLogRefuses wants a log that failed once to refuse although the disk works again: a second sync that succeeds proves nothing.
func TestStoppedLogRefuses(t *testing.T) {
	t.Parallel()
	fsys := &brokenFS{left: -1}
	l := open(t, t.TempDir(), evidence.Options{FS: fsys})
	kept := add(t, l, day0, 2)
	fsys.arm(1, syscall.EIO) // the write works, its sync fails
	if _, err := l.Append(t.Context(), "look", day0, "lost"); !errors.Is(err, syscall.EIO) {
		t.Fatalf("%v", err)
	}
	for range 3 {
		if _, err := l.Append(t.Context(), "look", day0, "refused"); !errors.Is(err, evidence.ErrStopped) {
			t.Errorf("a later record: %v", err)
		}
	}
	if l.Head().Seq != 2 {
		t.Errorf("head: %d", l.Head().Seq)
	}
	n := 0
	for _, err := range l.Read(1) { // the file holds three
		if n++; err != nil {
			t.Error(err)
		}
	}
	if n != 2 {
		t.Errorf("the log shows %d records, 2 were acknowledged", n)
	}
	if err := l.Repair(t.Context()); err != nil {
		t.Fatal(err)
	}
	r, err := l.Append(t.Context(), "look", day0, "kept")
	if err != nil || r.Seq != 3 || r.Prev != kept[1].Hash {
		t.Errorf("after the repair: %+v, %v", r, err)
	}
	if all := read(t, l.Dir(), 1); len(all) != 3 || string(all[2].Body) != `"kept"` {
		t.Errorf("%d records", len(all))
	}
}
