// Package lint finds what a described platform cannot keep, although each of its values is allowed: promises that contradict
// each other, and paths that nothing opens. It reads a spec, and for its names the catalogue of metrics, and mends nothing.
package lint

import (
	"cmp"
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/voipbin/observability/internal/diag"
	"github.com/voipbin/observability/internal/spec"
)

// Linter looks for one kind of contradiction.
type Linter struct {
	Name    string // of its findings, by which they are accepted
	Summary string // what it compares
	find    func(s *spec.Spec, found *findings)
}

// Finding is one contradiction.
type Finding struct {
	Linter string
	// About tells findings of one linter apart; the same thing has the same text as long as it is there.
	About string
	// Problem says what is the case and what to try. It is a warning where the platform works all the same.
	Problem diag.Problem
	// Reason says why the finding is accepted; it is empty where it is not.
	Reason string
}

// Accepted reports whether the profile accepts the finding.
func (f Finding) Accepted() bool { return f.Reason != "" }

// Linters lists what is looked for, in the order of the findings.
func Linters() []Linter {
	return []Linter{
		{"firewall-path", "firewall rules against scrapes, flows and load balancers", firewallPaths},
		{"rtp-ports", "media ports against the firewall and the streams that they must carry", rtpPorts},
		{"shared-ports", "listeners of one host against each other", sharedPorts},
		{"failover-budget", "error budgets against the recovery time of one failover", failoverBudgets},
		{"supplier-series", "objectives against the suppliers that they need, in series", supplierSeries},
		{"scaling-addresses", "pods at most against the addresses of their subnet", scalingAddresses},
		{"scaling-nodes", "pods at most against the machines below them", scalingNodes},
		{"scaling-trigger", "triggers of scaling against what the autoscaler is told", scalingTriggers},
		{"rollout-promise", "pods ready by promise against pods ready by strategy", rolloutPromise},
		{"mirroring-version", "the mirroring policy against RabbitMQ's version", mirroringVersion},
		{"mirroring-pattern", "the mirroring policy against the queues that there are", mirroringPattern},
		{"cache-headroom", "what classes of data may take against the cache", cacheHeadroom},
		{"series-budget", "series at most against Prometheus' storage", seriesBudget},
		{"lag-source", "what alerts on replication rest on against the recovery point", lagSources},
		{"recovery-gap", "stores against the recovery point", recoveryGaps},
	}
}

// Run returns what all linters find in a spec, in their order, each finding accepted or not by the spec's profile. An
// acceptance that accepts nothing is a problem by itself.
func Run(s *spec.Spec) ([]Finding, diag.Problems) {
	var all []Finding
	for _, l := range Linters() {
		found := &findings{linter: l.Name}
		l.find(s, found)
		all = append(all, found.list...)
	}
	return all, accept(all, s.Profile)
}

// accept gives findings the reasons of the profile, and returns what is wrong with these.
func accept(all []Finding, p spec.Profile) diag.Problems {
	var problems diag.Problems
	for _, a := range p.Accepted {
		if !slices.ContainsFunc(Linters(), func(l Linter) bool { return l.Name == a.Finding }) {
			names := make([]string, len(Linters()))
			for i, l := range Linters() {
				names[i] = l.Name
			}
			problems = append(problems, diag.At(a.Pos, fmt.Sprintf("there is no finding %q", a.Finding), cmp.Or(diag.DidYouMean(a.Finding, names), "docs/FINDINGS.md lists them")))
			continue
		}
		hits := 0
		for i := range all {
			if all[i].Linter == a.Finding && matches(a.About, all[i].About) {
				hits++
				all[i].Reason = cmp.Or(all[i].Reason, a.Reason)
			}
		}
		if hits == 0 && a.Pos.File == p.Pos.File { // what another profile accepts need not be found in this one
			problems = append(problems, diag.Problem{
				Pos: a.Pos, Warning: true, What: fmt.Sprintf("nothing is found of what is accepted here: %s", strings.TrimSpace(a.Finding+" "+a.About)),
				Hint: "remove it, so that it does not hide what comes later",
			})
		}
	}
	return problems
}

// matches reports whether a pattern of path.Match, of which an empty one stands for all, matches a text.
func matches(pattern, text string) bool {
	ok, err := path.Match(pattern, text)
	return pattern == "" || pattern == text || err == nil && ok
}

// Problems are the findings that nobody accepted.
func Problems(all []Finding) diag.Problems {
	var problems diag.Problems
	for _, f := range all {
		if !f.Accepted() {
			problems = append(problems, f.Problem)
		}
	}
	return problems
}

// findings gathers what one linter finds.
type findings struct {
	linter string
	list   []Finding
}

// fault adds what cannot work.
func (f *findings) fault(about string, at diag.Position, what, hint string) {
	f.list = append(f.list, Finding{Linter: f.linter, About: about, Problem: diag.Problem{Pos: at, What: f.named(what, about), Hint: hint}})
}

// doubt adds what works until it is needed.
func (f *findings) doubt(about string, at diag.Position, what, hint string) {
	f.fault(about, at, what, hint)
	f.list[len(f.list)-1].Problem.Warning = true
}

// named puts what is needed to accept the finding behind it.
func (f *findings) named(what, about string) string {
	return fmt.Sprintf("%s [%s: %s]", what, f.linter, about)
}
