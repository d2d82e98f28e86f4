// Package archive finds the records of a drill in evidence logs and has its report made of them. It changes no log, and leaves out no record
// between the first and the last that it takes, so that a report's chain has no gap that would have to be explained.
package archive

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/voipbin/observability/internal/evidence"
	"github.com/voipbin/observability/internal/rto"
	"github.com/voipbin/observability/internal/rto/report"
)

// lead is how much before a drill's begin belongs to it: probes and samples of the time when all was well.
const lead = 15 * time.Minute

// maxEarlier is how many earlier drills of the scenario a report compares itself with.
const maxEarlier = 6

// ErrNoDrill says that no log has the drill.
var ErrNoDrill = errors.New("no such drill")

// Found is a drill in the logs.
type Found struct {
	Drill *rto.Drill
	from  rto.Instant // of its first record
	until rto.Instant // of its last event
}

// Over tells whether the drill has ended, so that its report is final but for findings and manifests.
func (f Found) Over() bool { return f.Drill.State == rto.Ended || f.Drill.State == rto.Aborted }

// Drills lists the drills of the logs, oldest first.
func Drills(dirs ...string) ([]Found, error) {
	var events []rto.DrillEvent
	last := map[string]rto.Instant{}
	for r, err := range merged(dirs) {
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
		last[e.Drill] = max(last[e.Drill], rto.Instant(r.At))
	}
	// Two trackers that watched the same drill both have it; a start that is there twice is no error here, the report tells of it.
	drills, _ := rto.Fold(events)
	found := make([]Found, len(drills))
	for i, d := range drills {
		found[i] = Found{Drill: d, from: d.Began.Lo.Add(-lead), until: last[d.ID]}
	}
	return found, nil
}

// merged reads several logs as one.
func merged(dirs []string) func(func(evidence.Merged, error) bool) {
	sources := make([]evidence.Source, len(dirs))
	for i, dir := range dirs {
		sources[i] = evidence.Source{Name: dir, Records: evidence.Read(dir, 0), NameOf: vantageOf}
	}
	return evidence.Merge(sources...)
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

// Report makes the report of a drill. Its error may be a *report.Refused beside a report, as report.Make says.
func Report(drill string, dirs ...string) (report.Report, error) {
	found, err := Drills(dirs...)
	if err != nil {
		return report.Report{}, err
	}
	i := slices.IndexFunc(found, func(f Found) bool { return f.Drill.ID == drill })
	if i < 0 {
		return report.Report{}, fmt.Errorf("%w: %s", ErrNoDrill, drill)
	}
	wanted := append(earlier(found[:i], found[i]), found[i])
	records, err := take(wanted, dirs)
	if err != nil {
		return report.Report{}, err
	}
	var summaries []report.Summary
	for _, f := range wanted[:len(wanted)-1] {
		r, err := report.Make(report.Input{Drill: f.Drill.ID, Records: records[f.Drill.ID]})
		if refused := (*report.Refused)(nil); err != nil && !errors.As(err, &refused) {
			return report.Report{}, err
		}
		summaries = append(summaries, r.Summary())
	}
	return report.Make(report.Input{Drill: drill, Records: records[drill], Earlier: summaries})
}

// earlier are the newest completed drills of the same scenario.
func earlier(before []Found, f Found) []Found {
	var out []Found
	for _, b := range before {
		if b.Over() && b.Drill.Start.Scenario.Name == f.Drill.Start.Scenario.Name {
			out = append(out, b)
		}
	}
	return slices.Clone(out[max(len(out)-maxEarlier, 0):])
}

// take reads the records of several drills in one pass.
func take(wanted []Found, dirs []string) (map[string][]report.Record, error) {
	out := make(map[string][]report.Record, len(wanted))
	first := wanted[0].from
	for _, f := range wanted {
		first = min(first, f.from)
	}
	for r, err := range merged(dirs) {
		if err != nil {
			return nil, err
		}
		at := rto.Instant(r.At)
		if at < first {
			continue
		}
		for _, f := range wanted {
			if at >= f.from && at <= f.until {
				out[f.Drill.ID] = append(out[f.Drill.ID], RecordOf(r.Record, r.Source))
			}
		}
	}
	return out, nil
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
func Spans(drill string, dirs ...string) ([]Span, error) {
	found, err := Drills(dirs...)
	if err != nil {
		return nil, err
	}
	i := slices.IndexFunc(found, func(f Found) bool { return f.Drill.ID == drill })
	if i < 0 {
		return nil, fmt.Errorf("%w: %s", ErrNoDrill, drill)
	}
	var out []Span
	for _, dir := range dirs {
		s := Span{Dir: dir}
		for r, err := range evidence.Read(dir, 0) {
			if err != nil {
				return nil, fmt.Errorf("%s: %w", dir, err)
			}
			at := rto.Instant(r.At)
			if at < found[i].from || at > found[i].until {
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
