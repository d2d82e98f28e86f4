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
}

// compareAll makes files and compares them with the tree, several at a time. Findings stand in the order of the files.
func (t *Tree) compareAll(files []File, owned manifest) ([]finding, error) {
	found := make([]finding, len(files))
	err := atOnce(runtime.GOMAXPROCS(0), len(files), func() func(i int) error {
		var made, old bytes.Buffer // one file after another uses them
		return func(i int) (err error) {
			found[i], err = t.compare(files[i], owned, &made, &old)
			return err
		}
	})
	return found, err
}

// atOnce does something for every number below n, with some workers at once. The error is that of the lowest number that has one, as far as
// they were done: after an error nothing more is begun.
func atOnce(workers, n int, worker func() func(i int) error) error {
	errs := make([]error, n)
	var next atomic.Int64
	var failed atomic.Bool
	var group sync.WaitGroup
	for range min(workers, n) {
		group.Go(func() {
			do := worker()
			for !failed.Load() {
				i := int(next.Add(1)) - 1
				if i >= n {
					return
				}
				if errs[i] = do(i); errs[i] != nil {
					failed.Store(true)
				}
			}
		})
	}
	group.Wait()
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

// compare makes a file and finds what has to change so that the tree holds it.
func (t *Tree) compare(f File, owned manifest, madeRoom, oldRoom *bytes.Buffer) (finding, error) {
	data, err := f.data(madeRoom)
	if err != nil {
		return finding{}, err
	}
	old, exists, err := t.readInto(oldRoom, f.Path)
	if err != nil {
		return finding{}, err
	}
	found := finding{sum: digestOf(data)}
	if exists && string(old) == string(data) {
		return found, nil
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
	c.made, err = t.spool.put(data, found.sum)
	found.change = c
	return found, err
}
