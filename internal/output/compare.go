package output

import (
	"bytes"
	"runtime"
	"sync"
	"sync/atomic"
)

// finding is what the comparison of one file found.
type finding struct {
	sum    digest // of the new content
	change *Change
	err    error
}

// compareAll makes files and compares them with the tree, several at a time. Findings stand in the order of the files; the
// error is that of the first file that has one, as far as they were made.
func (t *Tree) compareAll(files []File, owned manifest) ([]finding, error) {
	found := make([]finding, len(files))
	var next atomic.Int64
	var failed atomic.Bool
	var group sync.WaitGroup
	for range runtime.GOMAXPROCS(0) {
		group.Go(func() {
			var made, old bytes.Buffer // one file after another uses them
			for !failed.Load() {
				i := int(next.Add(1)) - 1
				if i >= len(files) {
					return
				}
				found[i] = t.compare(files[i], owned, &made, &old)
				if found[i].err != nil {
					failed.Store(true)
				}
			}
		})
	}
	group.Wait()
	for _, f := range found {
		if f.err != nil {
			return nil, f.err
		}
	}
	return found, nil
}

// compare makes a file and finds what has to change so that the tree holds it.
func (t *Tree) compare(f File, owned manifest, madeRoom, oldRoom *bytes.Buffer) finding {
	data, err := f.data(madeRoom)
	if err != nil {
		return finding{err: err}
	}
	old, exists, err := t.readInto(oldRoom, f.Path)
	if err != nil {
		return finding{err: err}
	}
	found := finding{sum: digestOf(data)}
	if exists && string(old) == string(data) {
		return found
	}
	c := &Change{Path: f.Path, tree: t}
	if exists {
		c.oldSum = digestOf(old)
	}
	switch {
	case !exists, owned.owns(f.Path, old):
	case owned[f.Path] != nil:
		c.Refused = "was changed since it was generated: make the change where it is generated from, then delete the file and generate again"
	default:
		c.Refused = "is in the way and was not generated: move it elsewhere"
	}
	c.made, found.err = t.spool.put(data, found.sum)
	found.change = c
	return found
}
