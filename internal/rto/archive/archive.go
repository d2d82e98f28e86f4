// Package archive finds the records of a drill in evidence logs and has its report made of them. It changes no log, and leaves out no record
// between the first and the last that it takes, so that a report's chain has no gap that would have to be explained.
package archive

import (
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"time"

	"github.com/voipbin/observability/internal/evidence"
	"github.com/voipbin/observability/internal/rto"
	"github.com/voipbin/observability/internal/rto/report"
)

// lead is how much before a drill's begin belongs to it: probes and samples of the time when all was well.
const lead = 15 * time.Minute

// slack is how much later than its drill a record may stand in a log whose clock was set back between two sessions.
const slack = time.Hour

// ErrNoDrill says that no log has the drill.
var ErrNoDrill = errors.New("no such drill")

// Found is a drill, and the time of the logs that is about it.
type Found struct {
	Drill *rto.Drill
	from  rto.Instant // of its first record
	until rto.Instant // of its last event
}

// Of is a drill that is known already, so that no log has to be searched for it.
func Of(d *rto.Drill) Found {
	f := Found{Drill: d, from: d.Began.Lo.Add(-lead)}
	for _, e := range d.Events {
		f.until = max(f.until, e.Noted)
	}
	return f
}

// Touches tells whether evidence of a time belongs to the drill, or may, where a clock was set back.
func (f Found) Touches(from, until rto.Instant) bool {
	return from <= f.until.Add(slack) && until >= f.from.Add(-slack)
}

// Drills lists the drills of the logs that began after an instant, oldest first. It reads all that was written since.
func Drills(since rto.Instant, dirs ...string) ([]Found, error) {
	var events []rto.DrillEvent
	for r, err := range merged(since, dirs) {
		if err != nil {
			return nil, err
		}
		if rto.RecordKind(r.Kind) != rto.RecordDrill {
			continue
		}
		var e rto.DrillEvent
		if err := json.Unmarshal(r.Body, &e); err != nil {
			return nil, fmt.Errorf("record %d of %s: drill event: %w", r.Seq, r.Source, err)
		}
		events = append(events, e)
	}
	// Two trackers that watched the same drill both have it; a start that is there twice is no error here, the report tells of it.
	drills, _ := rto.Fold(events)
	found := make([]Found, len(drills))
	for i, d := range drills {
		found[i] = Of(d)
	}
	return found, nil
}

// Find looks for a drill in what was written since an instant.
func Find(drill string, since rto.Instant, dirs ...string) (Found, error) {
	all, err := Drills(since, dirs...)
	if err != nil {
		return Found{}, err
	}
	for _, f := range all {
		if f.Drill.ID == drill {
			return f, nil
		}
	}
	return Found{}, fmt.Errorf("%w: %s", ErrNoDrill, drill)
}

// Since is the instant from which on a drill can be in a log: its id begins with its day. Without one it is the begin of all time.
func Since(drill string) rto.Instant {
	if len(drill) < len(time.DateOnly) {
		return 0
	}
	day, err := time.Parse(time.DateOnly, drill[:len(time.DateOnly)])
	if err != nil {
		return 0
	}
	return rto.InstantOf(day).Add(-lead - slack)
}

// merged reads several logs as one, from an instant on.
func merged(since rto.Instant, dirs []string) iter.Seq2[evidence.Merged, error] {
	sources := make([]evidence.Source, len(dirs))
	for i, dir := range dirs {
		sources[i] = evidence.Source{Name: dir, Records: from(dir, since), NameOf: vantageOf}
		if name := nameOf(dir); name != "" {
			sources[i].Name = name
		}
	}
	return evidence.Merge(sources...)
}

// from reads a log from an instant on.
func from(dir string, since rto.Instant) iter.Seq2[evidence.Record, error] {
	return func(yield func(evidence.Record, error) bool) {
		seq, err := evidence.Since(dir, int64(since))
		if err != nil {
			yield(evidence.Record{}, err)
			return
		}
		evidence.Read(dir, seq)(yield)
	}
}

// nameOf is the vantage that signs a log, for one that is not read from its first session on.
func nameOf(dir string) string {
	h, err := evidence.HeadOf(dir)
	if err != nil {
		return ""
	}
	return h.Name
}

// vantageOf is the name that a tracker gives itself in its session's record.
func vantageOf(r evidence.Record) (string, bool) {
	if rto.RecordKind(r.Kind) != rto.RecordSession {
		return "", false
	}
	var s rto.Session
	if err := json.Unmarshal(r.Body, &s); err != nil || s.Vantage == "" {
		return "", false
	}
	return s.Vantage, true
}

// Report makes the report of a drill, compared with earlier ones. Its error may be a *report.Refused beside a report, as report.Make says.
func Report(f Found, earlier []report.Summary, dirs ...string) (report.Report, error) {
	var records []report.Record
	for r, err := range merged(f.from.Add(-slack), dirs) {
		if err != nil {
			return report.Report{}, err
		}
		at := rto.Instant(r.At)
		if at > f.until.Add(slack) {
			break
		}
		if at >= f.from && at <= f.until {
			records = append(records, RecordOf(r.Record, r.Source))
		}
	}
	return report.Make(report.Input{Drill: f.Drill.ID, Records: records, Earlier: earlier})
}

// RecordOf is a record of a log as a report reads it.
func RecordOf(r evidence.Record, vantage string) report.Record {
	return report.Record{
		Vantage: vantage, Seq: r.Seq, At: rto.Instant(r.At), Kind: rto.RecordKind(r.Kind), Body: r.Body, Prev: r.Prev.String(), Hash: r.Hash.String(),
	}
}

// Span is a log's part of a drill.
type Span struct {
	Dir         string
	First, Last uint64
}

// Spans are the parts of the logs that belong to a drill, in the order of the folders; a log that has nothing of that time has none.
func Spans(f Found, dirs ...string) ([]Span, error) {
	var out []Span
	for _, dir := range dirs {
		s := Span{Dir: dir}
		for r, err := range from(dir, f.from.Add(-slack)) {
			if err != nil {
				return nil, fmt.Errorf("%s: %w", dir, err)
			}
			at := rto.Instant(r.At)
			if at > f.until.Add(slack) {
				break
			}
			if at < f.from || at > f.until {
				continue
			}
			if s.First == 0 {
				s.First = r.Seq
			}
			s.Last = r.Seq
		}
		if s.First != 0 {
			out = append(out, s)
		}
	}
	return out, nil
}
