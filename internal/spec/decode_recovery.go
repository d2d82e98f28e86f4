package spec

import (
	"cmp"
	"fmt"
	"time"

	"github.com/voipbin/observability/internal/config"
	"github.com/voipbin/observability/internal/rto"
)

// Bounds of recovery.yaml.
const (
	trackerPort    = 9745
	maxObjective   = 30 * 24 * time.Hour
	minTrackers    = 2
	regionDown     = 30 * time.Second
	quarter        = 92 * 24 * time.Hour
	trapMay        = time.Hour
	minDrillPeriod = 24 * time.Hour
)

// recovery decodes recovery.yaml.
func (l *loader) recovery(m *config.Map) Recovery {
	exposure, plan := m.Required("exposure"), m.Required("plan")
	r := Recovery{
		Pos:           m.Pos(),
		Scenarios:     config.Objects(m.Required("scenarios"), l.scenario),
		Stores:        config.Objects(m.Required("stores"), l.store),
		Trackers:      l.trackers(m.Required("trackers")),
		RegionDownFor: wait(m, "region_down_for", regionDown),
		Owner:         dnsLabel(m.Optional("owner")),
		DrillEvery:    cmp.Or(m.Optional("drill_every").Duration(minDrillPeriod, 0), quarter),
		TrapFor:       wait(m, "trap_for", trapMay),
		For:           recoveryWaits(m.Optional("alerts_for")),
		Plan:          config.Object(plan, l.plan),
	}
	config.Object(exposure, func(m *config.Map) struct{} {
		r.Warn, r.Page = m.Required("warn").Duration(time.Second, maxObjective), m.Required("page").Duration(time.Second, maxObjective)
		return struct{}{}
	})
	l.afterwards(func() { r.ordered(exposure, plan) })
	return r
}

// recoveryWaits decodes how long faults must last. Each has a usual value.
func recoveryWaits(v config.Value) RecoveryWaits {
	usual := RecoveryWaits{
		ProofMissing: time.Minute, Unseen: 2 * time.Minute, Errant: time.Minute, TrackerDown: 5 * time.Minute, EvidenceUnwritable: time.Minute,
		DrillOverdue: time.Hour, DrillFailed: 5 * time.Minute,
	}
	if !v.Present() {
		return usual
	}
	return config.Object(v, func(m *config.Map) RecoveryWaits {
		return RecoveryWaits{
			Pos:                m.Pos(),
			ProofMissing:       lasting(m, "proof_missing", usual.ProofMissing),
			Unseen:             lasting(m, "unseen", usual.Unseen),
			Errant:             lasting(m, "errant", usual.Errant),
			TrackerDown:        lasting(m, "tracker_down", usual.TrackerDown),
			EvidenceUnwritable: lasting(m, "evidence_unwritable", usual.EvidenceUnwritable),
			DrillOverdue:       lasting(m, "drill_overdue", usual.DrillOverdue),
			DrillFailed:        lasting(m, "drill_failed", usual.DrillFailed),
		}
	})
}

// ordered checks what follows from several values.
func (r Recovery) ordered(exposure, plan config.Value) {
	if r.Warn == 0 || r.Page == 0 || !r.Described() {
		return // reported where it stands
	}
	if r.Warn >= r.Page {
		exposure.Reject(fmt.Sprintf("warn %s is not below page %s", config.FormatDuration(r.Warn), config.FormatDuration(r.Page)), "the ticket comes before the page")
	}
	scenario, ok := r.Scenario(r.Plan.Scenario)
	if !ok || scenario.RTO == 0 || scenario.RPO == 0 {
		return
	}
	if r.Page >= scenario.RPO {
		exposure.Reject(fmt.Sprintf("page %s is not below the objective of %s", config.FormatDuration(r.Page), config.FormatDuration(scenario.RPO)), "somebody must be woken while the objective can still be kept")
	}
	longest, steps, err := r.Plan.Critical()
	switch {
	case err != nil && r.Plan.Known():
		plan.Reject(err.Error(), "steps wait for the ids of others, never in a circle")
	case err == nil && longest >= scenario.RTO:
		plan.Reject(fmt.Sprintf("the plan takes %s, and the objective is %s", config.FormatDuration(longest), config.FormatDuration(scenario.RTO)),
			fmt.Sprintf("its longest way is %v: shorten a budget, or let steps run side by side", steps))
	}
}

func (l *loader) scenario(m *config.Map) RecoveryScenario {
	name := m.Required("name")
	l.unique("scenario", name)
	return RecoveryScenario{Pos: m.Pos(), Scenario: rto.Scenario{
		Name: identifier(name), Title: prose(m.Optional("title")),
		RTO: m.Required("rto").Duration(time.Second, maxObjective), RPO: m.Required("rpo").Duration(time.Second, maxObjective),
		Restore: m.Optional("restore").Bool(false),
	}}
}

func (l *loader) store(m *config.Map) Store {
	name, replica, position, published := m.Required("name"), m.Optional("replica"), m.Optional("position"), m.Optional("published")
	l.unique("store", name)
	s := Store{
		Pos: m.Pos(), Name: identifier(name), System: m.Required("system").Enum("mysql", "mariadb", "redis", "rabbitmq", "gcs"),
		Replica: dnsLabel(replica), Position: rto.Side(position.Enum(string(rto.Applied), string(rto.Received))),
		Published: published.Duration(time.Second, maxObjective), Statement: prose(m.Optional("statement")),
	}
	sql := s.System == "mysql" || s.System == "mariadb"
	switch {
	case replica.Present() && !sql:
		replica.Reject("the replication of "+s.System+" proves nothing across regions", "leave replica out and state what is lost")
	case sql && !replica.Present():
		m.Reject("no replica", "name the one that takes over, as the tracker's configuration names it")
	case !sql && s.Statement == "" && s.System != "":
		m.Reject("no statement", "say in a sentence what is lost with the region; it stands in every report")
	}
	if s.Replicated() && s.Position == "" {
		s.Position = rto.Applied
	}
	return s
}

func (l *loader) trackers(v config.Value) Tier {
	nodes := config.Objects(v, l.node)
	if nodes != nil && len(nodes) < minTrackers {
		v.Reject(fmt.Sprintf("want %d trackers at least, got %d", minTrackers, len(nodes)), "one alone cannot tell a dead region from its own lost network")
	}
	return Tier{Pos: v.Pos(), Nodes: nodes, MetricsPort: trackerPort}
}

func (l *loader) plan(m *config.Map) rto.Plan {
	scenario, steps := m.Required("scenario"), m.Required("steps")
	l.exists("scenario", scenario)
	p := rto.Plan{Name: dnsLabel(m.Required("name")), Scenario: scenario.String(), Steps: config.Objects(steps, l.step)}
	if p.Steps != nil && len(p.Steps) == 0 {
		steps.Reject("no steps", "name what is to be done")
	}
	return p
}

func (l *loader) step(m *config.Map) rto.Step {
	id, after := m.Required("id"), m.Optional("after")
	l.unique("step", id)
	words := make([]string, 0, len(rto.Phases()))
	for _, p := range rto.Phases() {
		words = append(words, string(p))
	}
	s := rto.Step{
		ID: dnsLabel(id), Title: prose(m.Required("title")), Owner: dnsLabel(m.Required("owner")),
		Phase: rto.Phase(m.Required("phase").Enum(words...)), Budget: m.Required("budget").Duration(time.Second, maxObjective),
		Runbook: m.Optional("runbook").String(),
	}
	if after.Present() {
		s.After = config.List(after, func(v config.Value) string {
			l.exists("step", v)
			return v.String()
		})
	}
	return s
}
