package evidence

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
)

// Pruning is a rule by which closed segments go.
type Pruning struct {
	// Before is the instant (nanoseconds since the Unix epoch) before which every record of a segment has to be.
	Before int64
	// Why is the rule in words; it stands in each tombstone.
	Why string
	// Now is the at of the records that tell of it.
	Now int64
	// Segment is shown each segment that could go. It returns what is to be kept of it in the log, as JSON or nil, and false if the segment has
	// to stay as it is. It is asked again at each Prune: what has to stay may become free.
	Segment func(c Candidate) (kept any, prune bool, err error)
}

// Candidate is a segment that could be pruned.
type Candidate struct {
	Records []Record // all of them, in order; at least one
	// Before is the at of the record before the first, which is the first's own where there is none, After that of the one after the last.
	Before, After int64
}

// Prune replaces whole closed segments by tombstones, oldest first, and returns those. The chain still verifies: each tombstone has the links of
// its segment, is signed, and is told of by a record of the log itself, which is on the disk before the segment goes. The newest closed
// segment stays, so that a log is never without records. A crash leaves the segment, or both, or the tombstone.
func (l *Log) Prune(ctx context.Context, p Pruning) ([]Tombstone, error) {
	l.mu.Lock()
	if l.closed {
		l.mu.Unlock()
		return nil, ErrClosed
	}
	l.packing.Add(1) // Close waits
	l.mu.Unlock()
	defer l.packing.Done()
	select {
	case l.pack <- struct{}{}: // nobody compresses meanwhile
		defer func() { <-l.pack }()
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
	all, _, err := segments(l.dir)
	if err != nil {
		return nil, err
	}
	var gone []Tombstone
	for i := 0; i < len(all)-2; i++ {
		if ctx.Err() != nil {
			return gone, context.Cause(ctx)
		}
		if !all[i].gzip {
			continue // pruned, or not compressed yet
		}
		ends, err := linksOf(l.dir, all[i])
		if err != nil {
			return gone, err
		}
		if ends.At >= p.Before {
			continue
		}
		t, pruned, err := l.pruneOne(ctx, all, i, p)
		if err != nil {
			return gone, err
		}
		if pruned {
			gone = append(gone, t)
		}
	}
	return gone, nil
}

func (l *Log) pruneOne(ctx context.Context, all []segment, i int, p Pruning) (Tombstone, bool, error) {
	records, t, err := l.whole(all[i])
	if err != nil {
		return t, false, err
	}
	for _, r := range records {
		if r.At >= p.Before { // a clock went back
			return t, false, nil
		}
	}
	c := Candidate{Records: records, Before: t.Began}
	if i > 0 {
		if c.Before, err = lastAt(l.dir, all[i-1]); err != nil {
			return t, false, err
		}
	}
	after, err := firstOf(l.dir, all[i+1])
	if err != nil {
		return t, false, err
	}
	c.After = after.At
	kept, prune, err := p.Segment(c)
	if err != nil || !prune {
		return t, false, err
	}
	t.Why = p.Why
	if err := t.sign(l.key); err != nil {
		return t, false, err
	}
	body := Pruned{Tombstone: t, Earlier: told(records)}
	if kept != nil {
		if body.Kept, err = json.Marshal(kept); err != nil {
			return t, false, err
		}
	}
	if _, err := l.append(ctx, KindPruned, p.Now, body); err != nil {
		return t, false, err
	}
	return t, true, l.writeTombstone(t, all[i])
}

// lastAt is the at of the last record of a closed segment, which may be pruned since it was listed.
func lastAt(dir string, s segment) (int64, error) {
	if !s.pruned {
		ends, err := linksOf(dir, s)
		if !errors.Is(err, fs.ErrNotExist) {
			return ends.At, err
		}
	}
	t, err := tombstoneOf(dir, segment{name: fmt.Sprintf("%0*d%s", seqDigits, s.first, prunedEnding), first: s.first})
	return t.At, err
}

// told are the tombstones that records tell of.
func told(records []Record) []Tombstone {
	var all []Tombstone
	for _, r := range records {
		var p Pruned
		if r.Kind == KindPruned && json.Unmarshal(r.Body, &p) == nil {
			all = append(append(all, p.Earlier...), p.Tombstone)
		}
	}
	return all
}

// whole reads a closed segment and what a tombstone says of it.
func (l *Log) whole(s segment) ([]Record, Tombstone, error) {
	source := &dirLines{dir: l.dir, segs: []segment{s}}
	defer source.close()
	c := &chain{lines: source, want: s.first, loose: true}
	sum := sha256.New()
	var records []Record
	var t Tombstone
	for {
		r, err := c.next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, t, err
		}
		sum.Write(source.cur.buf)
		t.Bytes += int64(len(source.cur.buf))
		r.Body = append(json.RawMessage(nil), r.Body...)
		records = append(records, r)
	}
	if len(records) == 0 {
		return nil, t, fmt.Errorf("%s is empty", s.name)
	}
	t.First, t.Prev, t.Began = records[0].Seq, records[0].Prev, records[0].At
	t.Last, t.Hash, t.At = c.want-1, c.prev, c.last
	copy(t.SHA256[:], sum.Sum(nil))
	return records, t, nil
}
