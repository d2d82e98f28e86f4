// Package output keeps generated files in step with what was generated: it compares, writes all or nothing, and removes
// what is no longer generated. It never overwrites or deletes what it did not write, and it does not know what is in a
// file.
//
// A manifest, itself a generated file in the format of sha256sum, says which files are its own and what they held when
// they were written. A file that no longer holds that was changed by somebody else, and is left alone.
package output

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"strings"
	"unicode"
)

// File is a generated file.
type File struct {
	Path string // with slashes, relative to the tree's root
	Data []byte
	// Write writes the data when it is wanted, in place of Data, so that not all files need be in memory at once. It may be
	// called by any goroutine, beside the Write of another file.
	Write func(*bytes.Buffer) error
}

// data returns the content of a file, which may be in a buffer that is used for it.
func (f File) data(room *bytes.Buffer) ([]byte, error) {
	if f.Write == nil {
		return f.Data, nil
	}
	room.Reset()
	if err := f.Write(room); err != nil {
		return nil, fmt.Errorf("make %s: %w", f.Path, err)
	}
	return room.Bytes(), nil
}

// Tree is a folder that holds generated files, perhaps among others.
type Tree struct {
	root   *os.Root
	unlock func() error // nil when the tree was opened for comparing only
	spool  spool        // new contents of what has to change
}

// Open opens a folder for comparing.
func Open(dir string) (*Tree, error) {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, fmt.Errorf("open output folder: %w", err)
	}
	return &Tree{root: root}, nil
}

// OpenForWriting opens a folder, which is made if it is missing, and keeps other writers out until Close.
func OpenForWriting(dir string) (*Tree, error) {
	if err := os.MkdirAll(dir, folderMode); err != nil {
		return nil, fmt.Errorf("make output folder: %w", err)
	}
	t, err := Open(dir)
	if err != nil {
		return nil, err
	}
	if t.unlock, err = lock(dir); err != nil {
		return nil, errors.Join(fmt.Errorf("lock output folder %q: %w", dir, err), t.root.Close())
	}
	return t, nil
}

// Close lets other writers in.
func (t *Tree) Close() error {
	var err error
	if t.unlock != nil {
		err = t.unlock()
	}
	return errors.Join(err, t.spool.close(), t.root.Close())
}

// read returns a file's content, or false when there is no such file.
func (t *Tree) read(name string) ([]byte, bool, error) {
	data, err := t.root.ReadFile(name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, false, nil
	}
	if err != nil {
		return nil, false, fmt.Errorf("read output: %w", err)
	}
	return data, true, nil
}

// readInto is read into a buffer that is used for it.
func (t *Tree) readInto(room *bytes.Buffer, name string) (data []byte, exists bool, err error) {
	f, err := t.root.Open(name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, false, nil
	}
	if err != nil {
		return nil, false, fmt.Errorf("read output: %w", err)
	}
	room.Reset()
	_, err = room.ReadFrom(f)
	if err := errors.Join(err, f.Close()); err != nil {
		return nil, false, fmt.Errorf("read output: %w", err)
	}
	return room.Bytes(), true, nil
}

// checkPath refuses a path that could leave the tree or could not stand in a manifest.
func checkPath(p string) error {
	bad := func(r rune) bool { return r == '\\' || !unicode.IsPrint(r) }
	base := path.Base(p)
	switch {
	case !fs.ValidPath(p) || p == "." || strings.ContainsFunc(p, bad):
		return fmt.Errorf("generated path %q is not a plain relative path", p)
	case p == ManifestName || strings.HasSuffix(base, newSuffix) || strings.HasSuffix(base, oldSuffix):
		return fmt.Errorf("generated path %q is reserved", p)
	}
	return nil
}
