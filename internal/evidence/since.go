package evidence

import (
	"errors"
	"io"
	"iter"
)

// Since is a seq from which reading meets the records at or after an instant (nanoseconds since the Unix epoch): the begin of the newest
// segment whose first record is older. It reads one line of each segment, newest first. A clock that went back may hide records that were written
// before, with a later instant, in older segments.
func Since(dir string, at int64) (uint64, error) {
	all, _, err := openDir(dir)
	if err != nil {
		return 0, err
	}
	for i := len(all) - 1; i > 0; i-- {
		first, err := firstOf(dir, all[i])
		if err != nil {
			return 0, err
		}
		if first.Seq > 0 && first.At < at {
			return all[i].first, nil
		}
	}
	return 1, nil
}

// firstOf is the first record of a segment; the zero Record of an empty one.
func firstOf(dir string, s segment) (Record, error) {
	if s.pruned {
		t, err := tombstoneOf(dir, s)
		return Record{Seq: t.First, At: t.Began}, err
	}
	source := &dirLines{dir: dir, segs: []segment{s}}
	defer source.close()
	c := &chain{lines: source, want: s.first, loose: true}
	r, err := c.next()
	if errors.Is(err, io.EOF) || errors.Is(err, errTorn) {
		return Record{}, nil
	}
	return r, err
}

// Dir is a log's directory, as a source of records for those who do not write it.
type Dir string

// Read is Read of the directory.
func (d Dir) Read(seq uint64) iter.Seq2[Record, error] { return Read(string(d), seq) }

// Since is Since of the directory.
func (d Dir) Since(at int64) (uint64, error) { return Since(string(d), at) }

// Since is Since of this log.
func (l *Log) Since(at int64) (uint64, error) { return Since(l.dir, at) }
