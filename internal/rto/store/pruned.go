package store

import (
	"context"
	"encoding/json"
	"time"

	"github.com/voipbin/observability/internal/evidence"
	"github.com/voipbin/observability/internal/rto"
)

// Pruned is what is kept in the evidence of a segment that was pruned: whatever an index made anew could not get from elsewhere.
type Pruned struct {
	// Records are all that were no looks, as they stood, but for their links.
	Records []PrunedRecord `json:"records,omitempty"`
	// Tallies are the hours and the days that the segment had a part in, whole.
	Tallies []Bucket `json:"tallies,omitempty"`
}

// PrunedRecord is a record that was kept out of a pruned segment.
type PrunedRecord struct {
	Seq  uint64          `json:"seq"`
	At   int64           `json:"at"`
	Kind string          `json:"kind"`
	Body json.RawMessage `json:"body"`
}

// maxPruned bounds what is kept of one segment; one with more stays as it is.
const maxPruned = 4000

// Prune says what has to be kept of a segment that is to be pruned, and whether it may go at all: those with drills stay, and those of which
// too much would have to be kept. The index must hold all of it.
func (s *Store) Prune(ctx context.Context, c evidence.Candidate) (Pruned, bool, error) {
	var p Pruned
	for _, r := range c.Records {
		switch rto.RecordKind(r.Kind) {
		case rto.RecordLook: // its time is in the tallies
		case rto.RecordDrill:
			return Pruned{}, false, nil
		case rto.RecordSession, rto.RecordAlert, rto.RecordClock, rto.RecordHole:
			p.Records = append(p.Records, PrunedRecord{r.Seq, r.At, r.Kind, r.Body})
		case evidence.KindPruned:
			if err := p.inherit(r, rto.Instant(c.After)); err != nil {
				return Pruned{}, false, err
			}
		default: // what this version does not know
			return Pruned{}, false, nil
		}
	}
	if len(p.Records) > maxPruned {
		return Pruned{}, false, nil
	}
	series, err := s.AllSeries(ctx)
	if err != nil {
		return Pruned{}, false, err
	}
	for _, span := range []time.Duration{Hour, Day} {
		// A look is about the time before it, which began with the record before; so did that of the first look after the segment.
		in := Range{From: begin(rto.Instant(min(c.Before, c.Records[0].At)), span), To: rto.Instant(c.After).Add(1)}
		for _, of := range series {
			tallies, err := s.History(ctx, of, span, in, maxRows)
			if err != nil {
				return Pruned{}, false, err
			}
			p.Tallies = append(p.Tallies, tallies...)
		}
	}
	return p, true, nil
}

// inherit takes what a record kept of a segment that was pruned before, but for hours that are kept no longer.
func (p *Pruned) inherit(r evidence.Record, now rto.Instant) error {
	e, _, err := decode(r)
	if err != nil {
		return err
	}
	p.Records = append(p.Records, e.Pruned.Records...)
	for _, b := range e.Pruned.Tallies {
		if b.Span == Day || now.Sub(b.Began) < keepHours {
			p.Tallies = append(p.Tallies, b)
		}
	}
	return nil
}

// pruned makes the rows of what was kept. They replace what an index that is made anew took for time in which nobody looked.
func (r *reader) pruned(ctx context.Context, p *Pruned) error {
	for _, b := range p.Tallies {
		delete(r.st.full, bucketKey{b.Series, b.Span, b.Began})
		if err := r.tally(ctx, b); err != nil {
			return err
		}
	}
	for _, kept := range p.Records {
		e, known, err := decode(evidence.Record{Seq: kept.Seq, At: kept.At, Kind: kept.Kind, Body: kept.Body})
		if err != nil || !known {
			return err
		}
		if err := r.row(ctx, e); err != nil {
			return err
		}
	}
	return nil
}
