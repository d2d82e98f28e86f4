package output

import (
	"errors"
	"fmt"
	"path"
	"slices"
)

// ErrNotWritable is returned by Apply when the tree was opened for comparing only.
var ErrNotWritable = errors.New("the output folder was not opened for writing")

// Apply makes every change or none. All new contents, and copies of all old ones, are first written and synced beside the
// files; only when that went well are they renamed into place, and when a rename fails those before it are undone. A
// process that is killed in between leaves whole files, some old and some new, and the next run finishes its work.
func (p *Plan) Apply() error {
	switch {
	case p.tree.unlock == nil:
		return ErrNotWritable
	case p.Refusals() != nil:
		return p.Refusals()
	}
	s := &stage{root: p.tree.root}
	defer s.removeFolders() // deferred first, so that it runs when the folders have been swept
	defer s.sweep(p.journal)
	if len(p.changes) == 0 {
		return nil
	}
	files, list := p.split()
	if err := s.announce(list, p.journal); err != nil {
		return fmt.Errorf("nothing was changed: %w", err)
	}
	if err := s.replace(files); err != nil {
		// Until the files are as they were the journal must stay: it is what the next run knows its own files by.
		if errors.Is(err, errHalfDone) {
			return err
		}
		return errors.Join(fmt.Errorf("nothing was changed: %w", err), s.undo(list))
	}
	return s.conclude(files, list)
}

// errHalfDone marks a failure that could not be undone.
var errHalfDone = errors.New("some files are new now, generate again")

// announce prepares the manifest and puts a journal in its place: one that owns old and new contents alike, and names
// every file beside which a killed run may leave something.
func (s *stage) announce(list []Change, journal manifest) error {
	if len(list) == 0 {
		return nil
	}
	if err := s.prepare(list); err != nil {
		return err
	}
	if err := s.install(ManifestName, journal.bytes()); err != nil {
		return errors.Join(fmt.Errorf("write %s: %w", ManifestName, err), s.undo(list))
	}
	return nil
}

// replace prepares the files and puts them into place. When that fails they are as they were, unless the error says
// errHalfDone.
func (s *stage) replace(files []Change) error {
	if err := s.prepare(files); err != nil {
		return err
	}
	for i, c := range files {
		err := s.put(c)
		if err == nil {
			continue
		}
		err = fmt.Errorf("replace %s: %w", c.Path, err)
		if undone := s.undo(files[:i]); undone != nil {
			return errors.Join(errHalfDone, err, undone)
		}
		return err
	}
	return nil
}

// conclude puts the manifest into place once nothing needs to be undone any more. The copies of old contents go before it,
// since a manifest that no longer names a deleted file would not lead the next run to its copy.
func (s *stage) conclude(files, list []Change) error {
	if err := s.syncFolders(files); err != nil {
		return fmt.Errorf("all files are written, but a power cut could still undo it, generate again: %w", err)
	}
	s.sweepCopies(files)
	for _, c := range list {
		if err := errors.Join(s.put(c), s.syncFolder(".")); err != nil {
			return fmt.Errorf("all files are written, but not the list of them, generate again: %w", err)
		}
	}
	return nil
}

// split parts the changes of files from that of the manifest, of which there is at most one.
func (p *Plan) split() (files, list []Change) {
	last := len(p.changes) - 1
	if p.changes[last].Path == ManifestName {
		return p.changes[:last], p.changes[last:]
	}
	return p.changes, nil
}

// put makes one change from what was prepared.
func (s *stage) put(c Change) error {
	if c.Deletes() {
		return s.root.Remove(c.Path)
	}
	return s.root.Rename(beside(c.Path, newSuffix), c.Path)
}

// undo takes changes back, the last one first.
func (s *stage) undo(done []Change) error {
	var errs []error
	for _, c := range slices.Backward(done) {
		if c.Adds() {
			errs = append(errs, ignoreMissing(s.root.Remove(c.Path)))
			continue
		}
		errs = append(errs, s.root.Rename(beside(c.Path, oldSuffix), c.Path))
	}
	return errors.Join(errs...)
}

// install replaces a file at once by one with other content.
func (s *stage) install(name string, data []byte) error {
	temp := beside(name, journalSuffix)
	err := s.write(temp, data)
	if err == nil {
		err = s.root.Rename(temp, name)
	}
	if err == nil {
		err = s.syncFolder(path.Dir(name))
	}
	if err != nil {
		return errors.Join(err, ignoreMissing(s.root.Remove(temp)))
	}
	return nil
}
