package evidence

import (
	"cmp"
	"fmt"
	"iter"
)

// Source is one log, or a slice of one, among several that are merged.
type Source struct {
	// Name orders records of one instant, and names the source's errors: the vantage, or Head.Name.
	Name string
	// Records comes from Read, (*Log).Read or a bundle, each of which checks its own chain.
	Records iter.Seq2[Record, error]
	// NameOf may find the name in a record, for it and those that follow; nil: the name stays.
	NameOf func(Record) (string, bool)
}

// Merged is a record with where it comes from.
type Merged struct {
	Record
	Source string // the source's name at that record
	Index  int    // of the source in the call
}

// Merge reads several sources as one stream, ordered by At, then Source, then Index. The order within a source is never changed: one whose
// clock went back keeps its own, and what follows the step waits for it no longer than the step was. A record that two sources
// share, as overlapping slices of one chain do, comes once. The first error of any source ends the stream.
func Merge(sources ...Source) iter.Seq2[Merged, error] {
	return func(yield func(Merged, error) bool) {
		all := make([]*cursor, 0, len(sources))
		defer func() {
			for _, c := range all {
				c.stop()
			}
		}()
		for i, s := range sources {
			next, stop := iter.Pull2(s.Records)
			c := &cursor{Source: s, index: i, next: next, stop: stop}
			all = append(all, c)
			c.advance()
		}
		for {
			c := first(all)
			if c == nil {
				return
			}
			if c.err != nil {
				yield(Merged{Source: c.Name, Index: c.index}, fmt.Errorf("%s: %w", c.Name, c.err))
				return
			}
			r := c.head
			if !yield(Merged{Record: r, Source: c.Name, Index: c.index}, nil) {
				return
			}
			skip(all, r.Hash)
		}
	}
}

// cursor is a source with the record that comes next.
type cursor struct {
	Source
	index int
	next  func() (Record, error, bool)
	stop  func()
	head  Record
	err   error
	done  bool
}

func (c *cursor) advance() {
	r, err, ok := c.next()
	c.head, c.err, c.done = r, err, !ok
	if !ok || err != nil || c.NameOf == nil {
		return
	}
	if name, ok := c.NameOf(r); ok {
		c.Name = name
	}
}

// first is the cursor whose record comes next: an error before all; nil at the end.
func first(all []*cursor) *cursor {
	var best *cursor
	for _, c := range all {
		switch {
		case c.done:
		case c.err != nil:
			return c
		case best == nil || before(c, best):
			best = c
		}
	}
	return best
}

func before(a, b *cursor) bool {
	return cmp.Or(cmp.Compare(a.head.At, b.head.At), cmp.Compare(a.Name, b.Name), cmp.Compare(a.index, b.index)) < 0
}

// skip goes past a record in every source that stands at it.
func skip(all []*cursor, taken Hash) {
	for _, c := range all {
		if !c.done && c.err == nil && c.head.Hash == taken {
			c.advance()
		}
	}
}
