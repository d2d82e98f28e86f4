package report

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"hash"
	"slices"
	"strconv"
	"strings"

	"github.com/voipbin/observability/internal/rto"
)

// Record is one record of an evidence log, as its reader gives it. Logs of two vantage points may be mixed; each keeps its own order.
type Record struct {
	// Vantage names the log, and so where its tracker runs.
	Vantage string
	Seq     uint64
	At      rto.Instant
	Kind    rto.RecordKind
	Body    json.RawMessage
	// Prev and Hash are hex; an empty Prev is not compared.
	Prev, Hash string
}

// Input is what a report is made of.
type Input struct {
	// Drill is the id of the drill; empty if the records hold one only.
	Drill   string
	Records []Record
	// Earlier are drills to compare with, oldest first.
	Earlier []Summary
}

func (r Record) ref() string {
	if r.Vantage == "" {
		return "#" + strconv.FormatUint(r.Seq, 10)
	}
	return r.Vantage + "#" + strconv.FormatUint(r.Seq, 10)
}

// noted is a decoded body and the record that it came in.
type noted[T any] struct {
	v       T
	ref     string
	vantage string
}

// reading is the decoded evidence.
type reading struct {
	events   []noted[rto.DrillEvent]
	sessions []noted[rto.Session]
	sources  []noted[rto.SourceSample]
	replicas []noted[rto.ReplicaSample]
	stocks   []noted[rto.StockSample]
	probes   []noted[rto.ProbeResult]
	alerts   []noted[rto.AlertSeen]
	steps    []noted[rto.ClockStep]
	holes    []noted[rto.Hole]
	index    Index
	faults   []string // why the records cannot be what a tracker wrote
	end      rto.Instant
}

// chainState follows one vantage point's log.
type chainState struct {
	Chain
	sum  hash.Hash
	last string
}

// read decodes the records and checks that each log is whole as far as it was given.
func read(records []Record) reading {
	var e reading
	chains := map[string]*chainState{}
	for _, r := range records {
		e.follow(chains, r)
		if err := e.decode(r); err != nil {
			e.faults = append(e.faults, fmt.Sprintf("record %s (%s) cannot be read: %v", r.ref(), r.Kind, err))
		}
		e.end = max(e.end, r.At)
	}
	for _, c := range chains {
		c.SHA256 = hex.EncodeToString(c.sum.Sum(nil))
		e.index.Chains = append(e.index.Chains, c.Chain)
	}
	slices.SortFunc(e.index.Chains, func(a, b Chain) int { return cmp.Compare(a.Vantage, b.Vantage) })
	e.index.Records = len(records)
	e.index.Samples = Samples{Source: len(e.sources), Replica: len(e.replicas), Stock: len(e.stocks), Probe: len(e.probes)}
	e.sort()
	return e
}

// follow adds the record to its chain.
func (e *reading) follow(chains map[string]*chainState, r Record) {
	c, ok := chains[r.Vantage]
	if !ok {
		c = &chainState{Chain: Chain{Vantage: r.Vantage, First: r.Seq, FirstHash: r.Hash}, sum: sha256.New()}
		chains[r.Vantage] = c
	} else {
		switch {
		case r.Seq <= c.Last:
			e.faults = append(e.faults, fmt.Sprintf("record %s comes after #%d", r.ref(), c.Last))
		case r.Seq != c.Last+1:
			e.faults = append(e.faults, fmt.Sprintf("records are missing before %s: the one before is #%d", r.ref(), c.Last))
		case r.Prev != "" && r.Prev != c.last:
			e.faults = append(e.faults, fmt.Sprintf("record %s does not follow #%d: its hash of the record before is another", r.ref(), c.Last))
		}
	}
	if r.Hash == "" {
		e.faults = append(e.faults, fmt.Sprintf("record %s has no hash", r.ref()))
	}
	c.Last, c.LastHash, c.last = r.Seq, r.Hash, r.Hash
	c.Records++
	fmt.Fprintf(c.sum, "%d %d %s %s %s %d\n", r.Seq, int64(r.At), r.Kind, r.Prev, r.Hash, len(r.Body))
	c.sum.Write(r.Body)
}

func (e *reading) decode(r Record) error {
	what := ""
	var err error
	switch r.Kind {
	case rto.RecordLook:
		return e.look(r)
	case rto.RecordDrill:
		err = take(r, &e.events)
		if err == nil {
			v := e.events[len(e.events)-1].v
			what = strings.TrimSpace(string(v.Kind) + " " + v.Step)
		}
	case rto.RecordSession:
		err = take(r, &e.sessions)
	case rto.RecordAlert:
		err = take(r, &e.alerts)
		if err == nil {
			what = e.alerts[len(e.alerts)-1].v.Name
		}
	case rto.RecordClock:
		err = take(r, &e.steps)
	case rto.RecordHole:
		err = take(r, &e.holes)
	default:
		what = "unknown kind, not used"
	}
	e.index.Named = append(e.index.Named, NamedRecord{Ref: r.ref(), At: r.At, Kind: r.Kind, What: what, Hash: r.Hash})
	return err
}

func take[T any](r Record, to *[]noted[T]) error {
	var v T
	if err := json.Unmarshal(r.Body, &v); err != nil {
		return plain(err)
	}
	*to = append(*to, noted[T]{v: v, ref: r.ref(), vantage: r.Vantage})
	return nil
}

// plain keeps what the decoder quotes of a body out of the message.
func plain(err error) error {
	var syntax *json.SyntaxError
	var typ *json.UnmarshalTypeError
	switch {
	case errors.As(err, &syntax):
		return fmt.Errorf("no JSON at byte %d", syntax.Offset)
	case errors.As(err, &typ):
		return fmt.Errorf("field %s has the wrong type", typ.Field)
	default:
		return fmt.Errorf("a field cannot be read")
	}
}

func (e *reading) look(r Record) error {
	var l rto.Look
	if err := json.Unmarshal(r.Body, &l); err != nil {
		return plain(err)
	}
	ref := r.ref()
	for _, s := range l.Sources {
		e.sources = append(e.sources, noted[rto.SourceSample]{s, ref, r.Vantage})
	}
	for _, s := range l.Replicas {
		e.replicas = append(e.replicas, noted[rto.ReplicaSample]{s, ref, r.Vantage})
	}
	for _, s := range l.Stocks {
		e.stocks = append(e.stocks, noted[rto.StockSample]{s, ref, r.Vantage})
	}
	for _, p := range l.Probes {
		e.probes = append(e.probes, noted[rto.ProbeResult]{p, ref, cmp.Or(p.Vantage, r.Vantage)})
	}
	return nil
}

// sort brings samples of several vantage points into the order of time.
func (e *reading) sort() {
	slices.SortStableFunc(e.sources, func(a, b noted[rto.SourceSample]) int { return cmp.Compare(a.v.Send, b.v.Send) })
	slices.SortStableFunc(e.replicas, func(a, b noted[rto.ReplicaSample]) int { return cmp.Compare(a.v.Send, b.v.Send) })
	slices.SortStableFunc(e.stocks, func(a, b noted[rto.StockSample]) int { return cmp.Compare(a.v.Send, b.v.Send) })
	slices.SortStableFunc(e.probes, func(a, b noted[rto.ProbeResult]) int { return cmp.Compare(a.v.Send, b.v.Send) })
	if len(e.index.Chains) > 1 {
		slices.SortStableFunc(e.events, func(a, b noted[rto.DrillEvent]) int { return cmp.Compare(a.v.Noted, b.v.Noted) })
	}
}

// drill folds the events of one drill. What a second tracker wrote of the same event, and its start of the same drill, is left out.
func (e *reading) drill(id string) (*rto.Drill, error) {
	if id == "" {
		for _, n := range e.events {
			if n.v.Kind == rto.EventStarted {
				if id != "" && id != n.v.Drill {
					return nil, fmt.Errorf("report: the evidence holds drills %q and %q: say which", id, n.v.Drill)
				}
				id = n.v.Drill
			}
		}
	}
	var d *rto.Drill
	mine := make([]noted[rto.DrillEvent], 0, len(e.events))
	started := ""
	for _, n := range e.events {
		if n.v.Drill != id || e.twin(mine, n) {
			continue
		}
		if d != nil && n.v.Kind == rto.EventStarted && n.vantage != started {
			continue
		}
		var err error
		if d == nil {
			d, err = rto.NewDrill(n.v)
			started = n.vantage
		} else {
			err = d.Apply(n.v)
		}
		if err != nil && e.second(mine, n, d) {
			continue
		}
		if err != nil {
			e.faults = append(e.faults, fmt.Sprintf("event %s cannot follow: %v", n.ref, err))
			continue
		}
		mine = append(mine, n)
	}
	if d == nil {
		return nil, fmt.Errorf("report: the evidence holds no start of drill %q: give records from before it began", id)
	}
	e.events = mine
	return d, nil
}

func (e *reading) twin(have []noted[rto.DrillEvent], n noted[rto.DrillEvent]) bool {
	if len(e.index.Chains) < 2 {
		return false
	}
	said := n.v
	said.Noted = 0 // each tracker has its own moment for that
	text, err := json.Marshal(said)
	return err == nil && slices.ContainsFunc(have, func(o noted[rto.DrillEvent]) bool {
		if o.vantage == n.vantage || o.v.Kind != n.v.Kind || o.v.At != n.v.At {
			return false
		}
		same := o.v
		same.Noted = 0
		other, err := json.Marshal(same)
		return err == nil && bytes.Equal(text, other)
	})
}

// second tells whether an event that cannot follow is another tracker's of what is known: the one failure or end of the drill by its own clock, or
// something that it saw when the drill was over by the first one's.
func (e *reading) second(have []noted[rto.DrillEvent], n noted[rto.DrillEvent], d *rto.Drill) bool {
	if d == nil || len(e.index.Chains) < 2 {
		return false
	}
	if d.Ended.Valid() && (n.v.Source == rto.ByProbe || n.v.Source == rto.BySampler || n.v.Source == rto.ByAlertmanager) {
		return true
	}
	once := []rto.EventKind{rto.EventInjected, rto.EventEnded, rto.EventAborted, rto.EventFailback, rto.EventFailedBack}
	return slices.Contains(once, n.v.Kind) && slices.ContainsFunc(have, func(o noted[rto.DrillEvent]) bool {
		return o.vantage != n.vantage && o.v.Kind == n.v.Kind
	})
}

// refsOf are the records of the events that match.
func (e *reading) refsOf(match func(rto.DrillEvent) bool) []string {
	var refs []string
	for _, n := range e.events {
		if match(n.v) {
			refs = append(refs, n.ref)
		}
	}
	return refs
}

func (e *reading) refsOfKind(kinds ...rto.EventKind) []string {
	return e.refsOf(func(v rto.DrillEvent) bool { return slices.Contains(kinds, v.Kind) })
}
