package evidence

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
)

// place is where a line stands.
type place struct {
	segment string
	line    int
	first   uint64 // what seq the segment begins with, by its name; 0 if the name does not say
}

// lines are raw lines with their places: those of a directory or of a bundle. io.EOF ends them.
type lines interface {
	next() ([]byte, place, error)
	// took is told of each line that is the next record of the chain; it may know better.
	took(r Record) error
}

// chain checks that lines are the records of one chain.
type chain struct {
	lines lines
	want  uint64      // seq of the next record
	prev  Hash        // its prev
	loose bool        // prev is not known: the first record says it
	at    place       // of the record before
	last  int64       // at of the record before
	key   Key         // that tombstones must be signed by
	gone  []Tombstone // that the chain went over
}

// next is the next record; io.EOF after the last, errTorn for an incomplete last line, else a *Fault.
func (c *chain) next() (Record, error) {
	line, at, err := c.lines.next()
	for pruned := (*buried)(nil); errors.As(err, &pruned); {
		if err = c.over(pruned.Tombstone, at); err == nil {
			line, at, err = c.lines.next()
		}
	}
	if err != nil {
		return Record{}, c.ended(at, err)
	}
	r, err := parseLine(line)
	if err != nil {
		return Record{}, &Fault{Kind: Changed, Segment: at.segment, Line: at.line, Seq: c.want, Detail: err.Error()}
	}
	if c.loose {
		c.prev, c.loose = r.Prev, false
	}
	if r.Seq != c.want || r.Prev != c.prev {
		return Record{}, c.diagnose(r, at)
	}
	if err := c.lines.took(r); err != nil {
		return Record{}, c.ended(at, err)
	}
	c.want, c.prev, c.at, c.last = r.Seq+1, r.Hash, at, r.At
	return r, nil
}

// ended makes a fault of what is neither the end nor a torn tail.
func (c *chain) ended(at place, err error) error {
	var fault *Fault
	switch {
	case errors.Is(err, io.EOF), errors.Is(err, errTorn), errors.As(err, &fault):
		return err
	case ioFault(err) || errors.Is(err, fs.ErrNotExist):
		return &Fault{Kind: Unread, Segment: at.segment, Line: at.line, Seq: c.want, Detail: err.Error(), Err: err}
	default: // the decompressor's complaints, and lines beyond all bounds
		return &Fault{Kind: Changed, Segment: at.segment, Line: at.line, Seq: c.want, Detail: err.Error()}
	}
}

// diagnose says what happened to the chain where a record that is whole in itself does not follow the one before. The next two records
// tell one that was taken out from one that changed places with its neighbour, and from one that was put in.
func (c *chain) diagnose(r Record, at place) *Fault {
	f := &Fault{Segment: at.segment, Line: at.line, Seq: c.want}
	second, ok := c.peek()
	fits := ok && second.Seq == c.want && second.Prev == c.prev
	switch {
	case fits && r.Seq == c.want+1 && !c.repeats(r):
		f.Kind, f.Detail = Swapped, fmt.Sprintf("record %d stands before record %d", r.Seq, c.want)
	case fits || r.Seq < c.want:
		f.Kind, f.Detail = Inserted, fmt.Sprintf("a record %d stands where record %d, or the end, belongs", r.Seq, c.want)
	case r.Seq > c.want:
		f.Kind, f.Detail = Removed, missing(c.want, r.Seq-1)
		if at.line == 1 && at.first == r.Seq && c.at.line > 0 { // this segment is whole: the one before ends too early
			f.Segment, f.Line = c.at.segment, c.at.line+1
		}
	case c.at.line > 0:
		f.Kind, f.Segment, f.Line, f.Seq = Changed, c.at.segment, c.at.line, c.want-1
		f.Detail = fmt.Sprintf("record %d was chained to another record %d than stands here", r.Seq, c.want-1)
	default:
		f.Kind, f.Detail = Changed, "it does not follow the record, or the root, before"
	}
	return f
}

func missing(first, last uint64) string {
	if first == last {
		return fmt.Sprintf("record %d is missing", first)
	}
	return fmt.Sprintf("records %d to %d are missing", first, last)
}

// peek reads one more record; the chain is broken, so nothing else will be read.
func (c *chain) peek() (Record, bool) {
	line, _, err := c.lines.next()
	if err != nil {
		return Record{}, false
	}
	r, err := parseLine(line)
	return r, err == nil
}

// repeats tells whether the record comes once more: it was copied, and did not change places.
func (c *chain) repeats(r Record) bool {
	again, ok := c.peek()
	return ok && again.Hash == r.Hash
}
