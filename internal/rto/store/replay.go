package store

import (
	"encoding/json"
	"fmt"
	"iter"

	"github.com/voipbin/observability/internal/evidence"
	"github.com/voipbin/observability/internal/rto"
)

// Event is a record of the evidence, decoded: one of the pointers is set.
type Event struct {
	Record  evidence.Record
	Session *rto.Session
	Look    *rto.Look
	Drill   *rto.DrillEvent
	Alert   *rto.AlertSeen
	Clock   *rto.ClockStep
	Hole    *rto.Hole
	Pruned  *Pruned
}

// decode reads a record's body by its kind; false for a kind that this version does not know.
func decode(rec evidence.Record) (Event, bool, error) {
	e := Event{Record: rec}
	var body any
	switch rto.RecordKind(rec.Kind) {
	case rto.RecordSession:
		e.Session = new(rto.Session)
		body = e.Session
	case rto.RecordLook:
		e.Look = new(rto.Look)
		body = e.Look
	case rto.RecordDrill:
		e.Drill = new(rto.DrillEvent)
		body = e.Drill
	case rto.RecordAlert:
		e.Alert = new(rto.AlertSeen)
		body = e.Alert
	case rto.RecordClock:
		e.Clock = new(rto.ClockStep)
		body = e.Clock
	case rto.RecordHole:
		e.Hole = new(rto.Hole)
		body = e.Hole
	case evidence.KindPruned:
		var p evidence.Pruned
		if err := json.Unmarshal(rec.Body, &p); err != nil {
			return e, true, fmt.Errorf("seq %d: body of a %s record: %w", rec.Seq, rec.Kind, err)
		}
		e.Pruned = new(Pruned)
		if p.Kept == nil {
			return e, true, nil
		}
		rec.Body = p.Kept
		body = e.Pruned
	default:
		return e, false, nil
	}
	if err := json.Unmarshal(rec.Body, body); err != nil {
		return e, true, fmt.Errorf("seq %d: body of a %s record: %w", rec.Seq, rec.Kind, err)
	}
	return e, true, nil
}

// Decode reads records by their kinds. Kinds that this version does not know are skipped and counted in *skipped, which may be nil. A body
// that does not decode ends the stream with an error that names its seq, as does an error of the records.
func Decode(records iter.Seq2[evidence.Record, error], skipped *int) iter.Seq2[Event, error] {
	return func(yield func(Event, error) bool) {
		for rec, err := range records {
			if err != nil {
				yield(Event{}, err)
				return
			}
			e, known, err := decode(rec)
			if !known {
				if skipped != nil {
					*skipped++
				}
				continue
			}
			if !yield(e, err) || err != nil {
				return
			}
		}
	}
}

// Replay decodes the evidence at or after an instant, by the records' own: what a tracker needs to know again after a restart.
func Replay(source Source, since rto.Instant, skipped *int) iter.Seq2[Event, error] {
	return func(yield func(Event, error) bool) {
		seq, err := source.Since(int64(since))
		if err != nil {
			yield(Event{}, err)
			return
		}
		late := func(yield func(evidence.Record, error) bool) {
			for rec, err := range source.Read(seq) {
				if err == nil && rec.At < int64(since) {
					continue
				}
				if !yield(rec, err) {
					return
				}
			}
		}
		Decode(late, skipped)(yield)
	}
}

// VantageOf is the vantage that a session record names; evidence.Merge orders by it.
func VantageOf(rec evidence.Record) (string, bool) {
	if rec.Kind != string(rto.RecordSession) {
		return "", false
	}
	var s rto.Session
	if json.Unmarshal(rec.Body, &s) != nil || s.Vantage == "" {
		return "", false
	}
	return s.Vantage, true
}
