package evidence

import (
	"io"
	"io/fs"
	"os"
	"path/filepath"
)

// FS is what a log does to a file system when it writes; tests put one under it that fails. Reading goes to the operating system.
type FS interface {
	OpenFile(name string, flag int, perm fs.FileMode) (File, error)
	Rename(from, to string) error
	Remove(name string) error
	// SyncDir makes the names in a directory durable.
	SyncDir(dir string) error
}

// File is a file that a log writes.
type File interface {
	io.WriteCloser
	// Sync returns when what was written is on the disk.
	Sync() error
}

// OS is the operating system's file system.
type OS struct{}

// OpenFile is os.OpenFile.
func (OS) OpenFile(name string, flag int, perm fs.FileMode) (File, error) {
	f, err := os.OpenFile(name, flag, perm)
	if err != nil {
		return nil, err // not f: a nil *os.File in an interface is not nil
	}
	return f, nil
}

// Rename is os.Rename.
func (OS) Rename(from, to string) error { return os.Rename(from, to) }

// Remove is os.Remove.
func (OS) Remove(name string) error { return os.Remove(name) }

// SyncDir is fsync(2) of a directory.
func (OS) SyncDir(dir string) error {
	f, err := os.Open(dir)
	if err != nil {
		return err
	}
	defer f.Close()
	return f.Sync()
}

// temporary is the ending of files that are not whole yet; Open removes them.
const temporary = ".tmp"

// writeFile replaces a file: a reader, and a crash at any step, sees the old one or the new one.
func writeFile(fsys FS, name string, content []byte, perm fs.FileMode) error {
	return replaceFile(fsys, name, perm, func(w io.Writer) error { return writeAll(w, content) })
}

func replaceFile(fsys FS, name string, perm fs.FileMode, write func(io.Writer) error) error {
	f, err := fsys.OpenFile(name+temporary, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, perm)
	if err != nil {
		return err
	}
	err = write(f)
	if err == nil {
		err = f.Sync()
	}
	if closed := f.Close(); err == nil {
		err = closed
	}
	if err == nil {
		err = fsys.Rename(name+temporary, name)
	}
	if err != nil {
		_ = fsys.Remove(name + temporary) // what is left of it is removed by Open
		return err
	}
	return fsys.SyncDir(filepath.Dir(name))
}

// writeAll makes an error of a write that was short and said nothing.
func writeAll(w io.Writer, b []byte) error {
	n, err := w.Write(b)
	if err == nil && n < len(b) {
		err = io.ErrShortWrite
	}
	return err
}
