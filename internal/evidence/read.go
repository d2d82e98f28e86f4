package evidence

import (
	"errors"
	"io"
	"iter"
)

// Read reads a log's records from seq on (0 or 1: from the first), checking hashes and links on the way. The log may be in use: reading ends
// before a line that is not whole yet. A *Fault, or nothing but an error, ends it. It says nothing of signatures; Verify does.
//
// Records that a log in use has written but not yet acknowledged may appear; (*Log).Read leaves them out.
func Read(dir string, seq uint64) iter.Seq2[Record, error] {
	return func(yield func(Record, error) bool) {
		all, head, err := openDir(dir)
		if err != nil {
			yield(Record{}, err)
			return
		}
		seq = max(seq, 1)
		source := &dirLines{dir: dir}
		defer source.close()
		c := &chain{lines: source, want: 1, prev: head.Key.Root(), key: head.Key}
		if len(all) > 0 {
			c.begin(dir, all, from(all, seq))
		}
		for {
			r, err := c.next()
			if errors.Is(err, io.EOF) || errors.Is(err, errTorn) {
				return
			}
			if err != nil {
				yield(Record{}, err)
				return
			}
			if r.Seq >= seq && !yield(r, nil) {
				return
			}
		}
	}
}

// begin starts the chain at a segment that is not the first; the link before it is taken from the header of a compressed one, else
// from its first record.
func (c *chain) begin(dir string, all []segment, i int) {
	c.lines.(*dirLines).segs = all[i:]
	if i == 0 {
		return
	}
	c.want, c.loose = all[i].first, true
	if !all[i-1].gzip {
		return
	}
	if l, err := linksOf(dir, all[i-1]); err == nil {
		c.want, c.prev, c.loose = l.Last+1, l.Hash, false
	}
}
