package evidence

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
)

// dirLines reads the lines of a log's segments one after the other.
type dirLines struct {
	dir  string
	segs []segment // still to be read
	cur  *lineReader
	at   place
	seen links // what was read of the current segment, to compare with what its header says
	last bool  // the current segment is the newest
}

func (d *dirLines) close() {
	if d.cur != nil {
		d.cur.close()
		d.cur = nil
	}
}

// next is the next line. errTorn is passed on for the newest segment only, where a crash can leave one.
func (d *dirLines) next() ([]byte, place, error) {
	for {
		if d.cur == nil {
			if len(d.segs) == 0 {
				return nil, d.at, io.EOF
			}
			if err := d.open(); err != nil {
				return nil, d.at, err
			}
		}
		line, err := d.cur.next()
		if err == nil {
			d.at.line++
			return line, d.at, nil
		}
		if errors.Is(err, io.EOF) {
			if err := d.compare(); err != nil {
				return nil, d.at, err
			}
			d.close()
			continue
		}
		d.at.line++
		if errors.Is(err, errTorn) && (!d.last || d.cur.links != nil) {
			err = fmt.Errorf("a closed segment ends within a line")
		}
		return line, d.at, err
	}
}

func (d *dirLines) open() error {
	s := d.segs[0]
	d.segs, d.seen, d.last = d.segs[1:], links{}, len(d.segs) == 1
	d.at = place{segment: s.name, first: s.first}
	if s.pruned {
		return d.bury(s)
	}
	cur, err := openLines(d.dir, s)
	if errors.Is(err, fs.ErrNotExist) && !s.gzip { // it was compressed in the meantime
		s.name, s.gzip = s.name+".gz", true
		d.at.segment = s.name
		cur, err = openLines(d.dir, s)
	}
	if errors.Is(err, fs.ErrNotExist) { // or pruned
		s.name, s.gzip, s.pruned = fmt.Sprintf("%0*d%s", seqDigits, s.first, prunedEnding), false, true
		if _, there := os.Stat(filepath.Join(d.dir, s.name)); there == nil {
			d.at.segment = s.name
			return d.bury(s)
		}
	}
	if err != nil {
		d.at.line = 1
		return err
	}
	d.cur = cur
	return nil
}

// bury says that the segment was pruned, as an error that the chain takes.
func (d *dirLines) bury(s segment) error {
	d.at.line = 1
	t, err := tombstoneOf(d.dir, s)
	if err != nil {
		return err
	}
	return &buried{t}
}

// took keeps the ends of the segment, to compare with its name and its header.
func (d *dirLines) took(r Record) error {
	if d.at.line == 1 {
		if r.Seq != d.at.first {
			return fmt.Errorf("the file is named for record %d and begins with %d", d.at.first, r.Seq)
		}
		d.seen.First, d.seen.Prev = r.Seq, r.Prev
	}
	d.seen.Last, d.seen.Hash, d.seen.At = r.Seq, r.Hash, r.At
	return nil
}

func (d *dirLines) compare() error {
	switch {
	case d.cur.links == nil || *d.cur.links == d.seen:
		return nil
	case d.seen.Last < d.cur.links.Last && d.seen.Last > 0:
		return &Fault{
			Kind: Removed, Segment: d.at.segment, Line: d.at.line + 1, Seq: d.seen.Last + 1,
			Detail: missing(d.seen.Last+1, d.cur.links.Last),
		}
	}
	return fmt.Errorf("the header of the compressed segment does not fit its records")
}

// openDir lists a log and reads its head. A log without a head file is none.
func openDir(dir string) ([]segment, Head, error) {
	text, err := os.ReadFile(filepath.Join(dir, headFile))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, Head{}, &Fault{Kind: BadHead, Segment: headFile, Detail: "the signed head is missing", Err: err}
	}
	if err != nil {
		return nil, Head{}, &Fault{Kind: Unread, Segment: headFile, Detail: err.Error(), Err: err}
	}
	head, err := ParseHead(text)
	if err != nil {
		return nil, Head{}, &Fault{Kind: BadHead, Segment: headFile, Detail: err.Error()}
	}
	all, err := steady(dir)
	if err != nil {
		return nil, Head{}, &Fault{Kind: Unread, Segment: filepath.Base(dir), Detail: err.Error(), Err: err}
	}
	return all, head, nil
}

// steady lists segments until two lists agree: while a segment is compressed, one list may show neither of its names.
func steady(dir string) ([]segment, error) {
	var before []segment
	for tries := 0; ; tries++ {
		all, _, err := segments(dir)
		if err != nil || tries > 0 && (slices.Equal(all, before) || tries == 5) {
			return all, err
		}
		before = all
	}
}
