package evidence

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
)

// rewrite replaces a file by its first n bytes, in new blocks of the disk and synced before the old ones go.
func rewrite(fsys FS, name string, n int64) error {
	old, err := os.Open(name)
	if err != nil {
		return err
	}
	defer old.Close()
	return replaceFile(fsys, name, 0o644, func(w io.Writer) error {
		_, err := io.CopyN(onlyWriter{w}, old, n)
		return err
	})
}

// onlyWriter hides other methods of a file from io.Copy and checks for short writes.
type onlyWriter struct{ w io.Writer }

// Write is writeAll.
func (o onlyWriter) Write(b []byte) (int, error) {
	if err := writeAll(o.w, b); err != nil {
		return 0, err
	}
	return len(b), nil
}

// repair is Repair in the committer's turn.
func (l *Log) repair() error {
	if l.Err() == nil {
		return nil
	}
	name := segmentName(l.tip.seq + 1)
	if l.seg != nil {
		l.seg.file.Close() // its error is that of the write which failed
		name = l.seg.name
	}
	if err := l.rewriteOpen(filepath.Join(l.dir, name)); err != nil {
		return fmt.Errorf("repair: %w", err)
	}
	l.mu.Lock()
	l.broken = nil
	l.mu.Unlock()
	return nil
}

func (l *Log) rewriteOpen(name string) error {
	if l.seg == nil || l.seg.size == 0 { // nothing in it was acknowledged
		info, err := os.Stat(name)
		if l.seg == nil && err == nil && info.Size() > 0 {
			return fmt.Errorf("%s: this log did not write it", name)
		}
		if err := l.opt.FS.Remove(name); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
		if err := l.opt.FS.SyncDir(l.dir); err != nil {
			return err
		}
		l.seg = nil // not before: a repair that failed may be tried again
		return nil
	}
	if err := l.checkOpen(); err != nil {
		return err
	}
	if err := rewrite(l.opt.FS, name, l.seg.size); err != nil {
		return err
	}
	f, err := l.opt.FS.OpenFile(name, os.O_WRONLY|os.O_APPEND, 0)
	if err != nil {
		return err
	}
	l.seg.file = f
	return nil
}

// checkOpen reads the open segment up to its acknowledged end, which must be that of the chain.
func (l *Log) checkOpen() error {
	source := &dirLines{dir: l.dir, segs: []segment{l.seg.segment}}
	defer source.close()
	c := &chain{lines: source, want: l.seg.first, loose: true}
	for size := int64(0); size < l.seg.size; size += int64(len(source.cur.buf)) {
		if _, err := c.next(); err != nil {
			return err
		}
	}
	if c.want != l.tip.seq+1 || c.prev != l.tip.hash {
		return fmt.Errorf("%s does not hold what was acknowledged", l.seg.name)
	}
	return nil
}

// notEOF is nil at the end.
func notEOF(err error) error {
	if errors.Is(err, io.EOF) {
		return nil
	}
	return err
}
