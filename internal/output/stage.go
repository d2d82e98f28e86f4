package output

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"slices"
	"syscall"
)

const (
	fileMode   = 0o644
	folderMode = 0o755
	// The suffixes name the files, beside the one that is replaced, that hold what it will hold and what it held. Their
	// names begin with a dot, so that no glob of rule files or boards finds them.
	newSuffix     = ".obsgen-new"
	oldSuffix     = ".obsgen-old"
	journalSuffix = ".obsgen-journal"
)

// stage is a set of changes on their way into the tree.
type stage struct {
	root *os.Root
	made []string // folders made on the way, outermost first
}

// beside names the temporary file with a suffix beside a path.
func beside(name, suffix string) string {
	return path.Join(path.Dir(name), "."+path.Base(name)+suffix)
}

// writers is how many files are written at once: they wait for the disk, which syncs many as soon as one.
const writers = 16

// prepare writes the new and the old content of each change beside its path.
func (s *stage) prepare(changes []Change) error {
	for _, c := range changes {
		if err := s.makeFolders(path.Dir(c.Path)); err != nil {
			return err
		}
	}
	prepareOne := func(i int) error {
		c := changes[i]
		if err := s.copy(beside(c.Path, newSuffix), c.New); err != nil {
			return fmt.Errorf("write %s: %w", c.Path, err)
		}
		if err := s.copy(beside(c.Path, oldSuffix), c.Old); err != nil {
			return fmt.Errorf("keep a copy of %s: %w", c.Path, err)
		}
		return nil
	}
	return atOnce(writers, len(changes), func() func(i int) error { return prepareOne })
}

// copy writes a content under a name, if there is one.
func (s *stage) copy(name string, of func() ([]byte, error)) error {
	data, err := of()
	if err != nil || data == nil {
		return err
	}
	return s.write(name, data)
}

// sweep removes the temporary files beside all files of our own that are left, whether by this run or by one that was
// killed. What cannot be removed is hidden, does no harm, and is tried again by the next run.
func (s *stage) sweep(own manifest) {
	for name := range own {
		_ = s.root.Remove(beside(name, newSuffix))
		_ = s.root.Remove(beside(name, oldSuffix))
	}
	for _, suffix := range []string{newSuffix, oldSuffix, journalSuffix} {
		_ = s.root.Remove(beside(ManifestName, suffix))
	}
}

// sweepCopies removes the copies of old contents. What cannot be removed is tried again by sweep.
func (s *stage) sweepCopies(changes []Change) {
	for _, c := range changes {
		_ = s.root.Remove(beside(c.Path, oldSuffix))
	}
}

// write writes and syncs a file, in place of one that a killed run left.
func (s *stage) write(name string, data []byte) error {
	if err := ignoreMissing(s.root.Remove(name)); err != nil {
		return err
	}
	f, err := s.root.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, fileMode)
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	if err == nil {
		err = f.Sync()
	}
	return errors.Join(err, f.Close())
}

// ignoreMissing turns the error of removing what is not there into success.
func ignoreMissing(err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}

// makeFolders makes a folder and those above it, and remembers which were not there.
func (s *stage) makeFolders(dir string) error {
	if dir == "." {
		return nil
	}
	if err := s.makeFolders(path.Dir(dir)); err != nil {
		return err
	}
	err := s.root.Mkdir(dir, folderMode)
	switch {
	case errors.Is(err, fs.ErrExist):
		return nil
	case err != nil:
		return fmt.Errorf("make folder: %w", err)
	}
	s.made = append(s.made, dir)
	return nil
}

// removeFolders removes the folders that were made and are empty after all.
func (s *stage) removeFolders() {
	for _, dir := range slices.Backward(s.made) {
		_ = s.root.Remove(dir) // a folder that holds something stays, and that is right
	}
}

// syncFolders makes the renames durable.
func (s *stage) syncFolders(changes []Change) error {
	synced := make(map[string]bool)
	for _, c := range changes {
		dir := path.Dir(c.Path)
		if synced[dir] {
			continue
		}
		synced[dir] = true
		if err := s.syncFolder(dir); err != nil {
			return err
		}
	}
	return nil
}

// syncFolder makes the entries of one folder durable, where the file system can.
func (s *stage) syncFolder(dir string) error {
	f, err := s.root.Open(dir)
	if err != nil {
		return err
	}
	err = f.Sync()
	if errors.Is(err, syscall.EINVAL) || errors.Is(err, errors.ErrUnsupported) {
		err = nil // some file systems cannot sync a folder
	}
	return errors.Join(err, f.Close())
}
