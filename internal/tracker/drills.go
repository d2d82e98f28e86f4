package tracker

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/voipbin/observability/internal/rto"
)

// drills are all drills of the record.
type drills struct {
	byID   map[string]*rto.Drill
	order  []string
	judged map[string]Judged
}

func newDrills() drills { return drills{byID: map[string]*rto.Drill{}, judged: map[string]Judged{}} }

// The errors of requests about drills; they wrap what is wrong with the request, not with the tracker.
var (
	ErrNoDrill  = errors.New("no such drill")
	ErrRunning  = errors.New("another drill runs")
	ErrScenario = errors.New("no such scenario")
)

// DrillRequest is what people say when they start a drill.
type DrillRequest struct {
	// ID is the drill's name on another tracker that takes it down as well; empty has one made.
	ID       string
	Kind     rto.DrillKind
	Scenario string
	Author   string
	Realism  rto.Realism
	Scope    string
	Excluded []string
	// Store and Replica are what is to be promoted; empty is what the spec names.
	Store, Replica string
}

// StartDrill begins a drill and returns its id. One runs at a time: two failures at once could not be told apart.
func (s *Service) StartDrill(ctx context.Context, r DrillRequest) (string, error) {
	scenario, ok := s.o.Recovery.Scenario(r.Scenario)
	if !ok {
		return "", fmt.Errorf("%w: %q", ErrScenario, r.Scenario)
	}
	if !slices.Contains([]rto.DrillKind{rto.Tabletop, rto.Partial, rto.Full, rto.Real}, r.Kind) {
		return "", &rto.RefusedEvent{Drill: "new", Reason: fmt.Sprintf("%q is no kind of drill", r.Kind), Hint: "tabletop, partial, full or real"}
	}
	s.drillMu.Lock()
	defer s.drillMu.Unlock()
	if d, ok := s.drills.running(); ok {
		return "", fmt.Errorf("%w: %s", ErrRunning, d.ID)
	}
	now := s.o.Now()
	id, err := s.drills.named(r.ID, now, r.Scenario)
	if err != nil {
		return "", err
	}
	start := s.startOf(scenario.Scenario, r)
	e := rto.DrillEvent{
		Drill: id, Kind: rto.EventStarted, At: rto.At(now), Noted: now, Author: r.Author, Source: rto.ByPerson, Start: &start,
	}
	d, err := rto.NewDrill(e)
	if err != nil {
		return "", err
	}
	if err := s.o.Journal.Append(ctx, rto.RecordDrill, now, e); err != nil {
		return "", err
	}
	s.add(d)
	s.notify.all()
	return d.ID, nil
}

// startOf copies what the drill will be judged by.
func (s *Service) startOf(scenario rto.Scenario, r DrillRequest) rto.DrillStart {
	start := rto.DrillStart{
		Kind: r.Kind, Scenario: scenario, Plan: s.o.Recovery.Plan, Stability: s.o.Stability, Store: r.Store, Replica: r.Replica, Realism: r.Realism,
		Scope: r.Scope, Excluded: r.Excluded, Alerts: s.o.Expected, Version: s.o.Version, From: s.o.From, To: s.o.To, Coverage: s.o.Recovery.Coverage(),
	}
	start.PlanSHA256 = digest(start.Plan)
	for _, p := range s.o.Paths {
		start.Paths = append(start.Paths, p.Path)
	}
	for _, w := range s.o.Stores {
		if start.Store != "" && start.Store != w.Name {
			continue
		}
		start.Store, start.Interval = w.Name, w.Interval
		if spec, ok := storeOf(s.o.Recovery, w.Name); ok && start.Replica == "" {
			start.Replica = spec.Replica
		}
		break
	}
	return start
}

// Note takes down an event of a drill. An event without a time happened now; one without a drill is of the drill that runs. It returns the event as it was
// written.
func (s *Service) Note(ctx context.Context, e rto.DrillEvent) (rto.DrillEvent, error) {
	s.drillMu.Lock()
	defer s.drillMu.Unlock()
	return s.note(ctx, e)
}

// note is Note; the lock is held.
func (s *Service) note(ctx context.Context, e rto.DrillEvent) (rto.DrillEvent, error) {
	d, err := s.drills.find(e.Drill)
	if err != nil {
		return e, err
	}
	if ends := e.Kind == rto.EventEnded || e.Kind == rto.EventAborted; ends && d.State == rto.Running {
		s.complete(ctx, d)
	}
	e.Drill, e.Noted = d.ID, s.o.Now()
	if e.At == (rto.Moment{}) {
		e.At = rto.At(e.Noted)
	}
	if err := d.Check(e); err != nil {
		return e, err
	}
	if err := s.o.Journal.Append(ctx, rto.RecordDrill, e.Noted, e); err != nil {
		return e, err
	}
	if err := s.change(func() error { return d.Apply(e) }); err != nil {
		return e, err
	}
	s.notify.all()
	return e, nil
}

// complete takes down what was seen of a drill that is about to end: the report reads no further than its end, and what the page showed a moment ago
// must be in it. drillMu is held.
func (s *Service) complete(ctx context.Context, d *rto.Drill) {
	s.flush(ctx)
	for _, e := range s.observed(d) {
		if _, err := s.note(ctx, e); err != nil {
			s.o.Logger.Warn("what was observed of the drill could not be noted", "drill", d.ID, "event", string(e.Kind), "err", err)
		}
	}
}

// add takes a drill in. drillMu is held.
func (s *Service) add(d *rto.Drill) {
	s.readMu.Lock()
	defer s.readMu.Unlock()
	s.drills.add(d)
}

// change changes drills while nobody reads them. drillMu is held.
func (s *Service) change(do func() error) error {
	s.readMu.Lock()
	defer s.readMu.Unlock()
	return do()
}

// Running is a copy of the drill that runs.
func (s *Service) Running() (rto.Drill, bool) {
	s.readMu.RLock()
	defer s.readMu.RUnlock()
	d, ok := s.drills.running()
	if !ok {
		return rto.Drill{}, false
	}
	return copyOf(d), true
}

// Drill is a copy of a drill.
func (s *Service) Drill(id string) (rto.Drill, error) {
	s.readMu.RLock()
	defer s.readMu.RUnlock()
	d, err := s.drills.find(id)
	if err != nil {
		return rto.Drill{}, err
	}
	return copyOf(d), nil
}

// Drills are copies of all drills, oldest first.
func (s *Service) Drills() []rto.Drill {
	s.readMu.RLock()
	defer s.readMu.RUnlock()
	out := make([]rto.Drill, len(s.drills.order))
	for i, id := range s.drills.order {
		out[i] = copyOf(s.drills.byID[id])
	}
	return out
}

// copyOf shares nothing that Apply changes.
func copyOf(d *rto.Drill) rto.Drill {
	c := *d
	c.Events, c.People, c.Findings, c.Canaries = slices.Clone(d.Events), slices.Clone(d.People), slices.Clone(d.Findings), slices.Clone(d.Canaries)
	c.Steps = make(map[string]rto.StepState, len(d.Steps))
	for k, v := range d.Steps {
		c.Steps[k] = v
	}
	return c
}

func (d *drills) add(drill *rto.Drill) {
	d.byID[drill.ID] = drill
	d.order = append(d.order, drill.ID)
}

func (d *drills) running() (*rto.Drill, bool) {
	if len(d.order) == 0 {
		return nil, false
	}
	last := d.byID[d.order[len(d.order)-1]]
	return last, last.State == rto.Running || last.State == rto.FailingBack
}

// find looks up a drill, or the one that runs.
func (d *drills) find(id string) (*rto.Drill, error) {
	if id == "" {
		running, ok := d.running()
		if !ok {
			return nil, fmt.Errorf("%w: none runs", ErrNoDrill)
		}
		return running, nil
	}
	drill, ok := d.byID[id]
	if !ok {
		return nil, fmt.Errorf("%w: %s", ErrNoDrill, id)
	}
	return drill, nil
}

// named is the name that another tracker gave a drill, or a new one.
func (d *drills) named(given string, now rto.Instant, scenario string) (string, error) {
	if given == "" {
		return d.newID(now, scenario), nil
	}
	if _, taken := d.byID[given]; taken {
		return "", &rto.RefusedEvent{Drill: given, Reason: "is there already", Hint: "leave the id out to begin another"}
	}
	if !drillID.MatchString(given) {
		return "", &rto.RefusedEvent{Drill: "new", Reason: "the id is none", Hint: "it is that which another tracker gave: a day, the scenario and a number"}
	}
	return given, nil
}

var drillID = regexp.MustCompile(`^\d{4}-\d{2}-\d{2}-[a-z0-9-]{1,64}-\d{1,4}$`)

// newID is the day, the scenario and a number: it sorts by time, and people can say it.
func (d *drills) newID(now rto.Instant, scenario string) string {
	prefix := now.Time().Format("2006-01-02") + "-" + strings.ReplaceAll(scenario, "_", "-")
	for n := 1; ; n++ {
		id := fmt.Sprintf("%s-%d", prefix, n)
		if _, taken := d.byID[id]; !taken {
			return id
		}
	}
}
