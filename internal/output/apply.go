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
	if err := s.prepare(p.changes); err != nil {
		return fmt.Errorf("nothing was changed: %w", err)
	}
	if err := p.commit(s); err != nil {
		return err
	}
	if err := s.syncFolders(p.changes); err != nil {
		return fmt.Errorf("all files are written, but a power cut could still undo it: %w", err)
	}
	return nil
}

// commit puts the prepared files into place. The manifest comes first, as a journal that owns old and new contents alike,
// and last, as itself.
func (p *Plan) commit(s *stage) error {
	journalled := p.changes[len(p.changes)-1].Path == ManifestName
	if journalled {
		if err := s.install(ManifestName, p.journal.bytes()); err != nil {
			return errors.Join(fmt.Errorf("nothing was changed: write %s: %w", ManifestName, err), p.restoreManifest(s))
		}
	}
	for i, c := range p.changes {
		err := s.put(c)
		if err == nil {
			continue
		}
		undone := s.undo(p.changes[:i])
		if journalled && undone == nil {
			undone = p.restoreManifest(s)
		}
		if undone != nil {
			return fmt.Errorf("replace %s: %w; some files are new now, generate again: %w", c.Path, err, undone)
		}
		return fmt.Errorf("nothing was changed: replace %s: %w", c.Path, err)
	}
	return nil
}

// restoreManifest puts the old manifest back in place of the journal. Until that is done the journal must stay: it is what
// the next run knows its own files by.
func (p *Plan) restoreManifest(s *stage) error {
	manifest := p.changes[len(p.changes)-1]
	return s.undo([]Change{manifest})
}

// put makes one change from what was prepared.
func (s *stage) put(c Change) error {
	if c.New == nil {
		return s.root.Remove(c.Path)
	}
	return s.root.Rename(beside(c.Path, newSuffix), c.Path)
}

// undo takes changes back, the last one first.
func (s *stage) undo(done []Change) error {
	var errs []error
	for _, c := range slices.Backward(done) {
		if c.Old == nil {
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
