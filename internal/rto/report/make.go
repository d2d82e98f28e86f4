package report

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"

	"github.com/voipbin/observability/internal/rto"
)

// Refused is the error of a report whose evidence allows no verdict. The report comes with it all the same, marked NOT PROVEN, with the reasons
// on its first page.
type Refused struct {
	Drill   string
	Reasons []string
}

// Error lists all reasons in one line.
func (e *Refused) Error() string {
	return fmt.Sprintf("report of drill %s: %s: mend the evidence or keep the report as NOT PROVEN", e.Drill, strings.Join(e.Reasons, "; "))
}

// maker holds what the parts of a report share while it is made.
type maker struct {
	e   reading
	d   *rto.Drill
	in  Input
	rec rto.Recovery
	// probes are the results that count, by path and vantage point, with Good as this report judges it.
	probes []noted[rto.ProbeResult]
	keys   []pathKey
	ledger *rto.Ledger
	skew   skew
	r      Report
}

// Make computes the report of one drill. It fails without a report if the records hold no start of the drill, and with a *Refused beside a report that
// is NOT PROVEN if they contradict themselves or are not complete.
func Make(in Input) (Report, error) {
	e := read(in.Records)
	d, err := e.drill(in.Drill)
	if err != nil {
		return Report{}, err
	}
	m := &maker{e: e, d: d, in: in, ledger: &rto.Ledger{}}
	m.r = Report{Format: Format, Drill: d.ID, Earlier: in.Earlier, SignOff: []string{"Drill lead", "Owner of the service", "Reviewer, not part of the drill"}}
	for _, f := range e.faults {
		m.reason(Refusal, "", f)
	}
	m.identity()
	m.clocks()
	m.recovery()
	m.alerts()
	m.phases()
	m.holes()
	m.loss()
	m.estimators()
	m.curve()
	m.probeMatrix()
	m.stores()
	m.timeline()
	m.findings()
	m.compare()
	m.judge()
	m.r.Evidence = m.e.index
	m.controls()
	if err := m.r.seal(); err != nil {
		return Report{}, err
	}
	if m.r.Refused {
		return m.r, &Refused{Drill: d.ID, Reasons: m.texts(Refusal)}
	}
	return m.r, nil
}

func (m *maker) reason(level Level, objective, text string) {
	for _, r := range m.r.Reasons {
		if r.Text == text && r.Objective == objective {
			return
		}
	}
	m.r.Reasons = append(m.r.Reasons, Reason{Level: level, Objective: objective, Text: text})
}

func (m *maker) texts(level Level) []string {
	var out []string
	for _, r := range m.r.Reasons {
		if r.Level == level {
			out = append(out, r.Text)
		}
	}
	return out
}

func (m *maker) doubted(objective string) bool {
	for _, r := range m.r.Reasons {
		if r.Level == Doubt && (r.Objective == objective || r.Objective == "") {
			return true
		}
	}
	return false
}

// judge draws the verdicts: by the upper edge, less what refusals and doubts take away.
func (m *maker) judge() {
	r := &m.r
	switch m.d.State {
	case rto.Running:
		m.reason(Refusal, "", "the drill is not over: end or abort it first")
	case rto.FailingBack, rto.Ended, rto.Aborted:
		if m.d.WasAborted {
			m.reason(Doubt, "", "the drill was aborted")
		}
	}
	r.Refused = len(m.texts(Refusal)) > 0
	r.RTO.Verdict = m.verdict("RTO", rto.Judge(r.RTO.Took, r.RTO.Objective))
	r.RPO.Verdict = m.verdict("RPO", rto.Worst(rto.Judge(r.RPO.OldestLost, r.RPO.Objective), rto.Judge(r.RPO.Commits, r.RPO.Objective)))
	r.Verdict = rto.Worst(r.RTO.Verdict, r.RPO.Verdict)
}

func (m *maker) verdict(objective string, bare rto.Verdict) rto.Verdict {
	if m.r.Refused || bare == rto.Pass && m.doubted(objective) {
		return rto.NotProven
	}
	return bare
}

func (m *maker) identity() {
	s := m.d.Start
	m.r.Title = s.Scenario.Title
	if m.r.Title == "" {
		m.r.Title = s.Scenario.Name
	}
	m.r.Identity = Identity{
		Kind: s.Kind, State: m.d.State, Scenario: s.Scenario, Plan: s.Plan.Name, PlanVersion: s.Plan.Version, PlanSHA256: s.PlanSHA256,
		ToolVersion: s.Version, From: s.From, To: s.To, Store: s.Store, Replica: s.Replica, Scope: s.Scope, Excluded: s.Excluded,
		Began: m.d.Began, Ended: m.d.Ended, FailedBack: m.d.FailedBack, StartedBy: m.d.Events[0].Author,
		ProbeStability: s.Stability, SamplerInterval: s.Interval,
	}
	back := s.Realism.FailbackDone
	if m.d.FailedBack.Valid() {
		done := true
		back = &done
	}
	for _, q := range []struct {
		text   string
		answer *bool
	}{
		{"Announced beforehand", s.Realism.Announced},
		{"Key people excluded", s.Realism.KeyPeopleExcluded},
		{"Failure injected by a tool", s.Realism.InjectedByTool},
		{"Surviving region scaled beforehand", s.Realism.PreScaled},
		{"Real traffic", s.Realism.RealTraffic},
		{"Failed back", back},
	} {
		m.r.Realism = append(m.r.Realism, Statement{q.text, answer(q.answer)})
	}
	if s.Kind == rto.Tabletop {
		m.reason(Doubt, "", "a tabletop exercise measures no recovery")
	}
}

func answer(b *bool) string {
	switch {
	case b == nil:
		return "not stated"
	case *b:
		return "yes"
	default:
		return "no"
	}
}

// seal fills Seal.
func (r *Report) seal() error {
	r.Seal = ""
	text, err := encode(*r)
	if err != nil {
		return err
	}
	sum := sha256.Sum256(text)
	r.Seal = hex.EncodeToString(sum[:])
	return nil
}
