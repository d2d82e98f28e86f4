package report

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"github.com/voipbin/observability/internal/rto"
)

// pathKey is one path from one vantage point: the service is back when every one of them says so.
type pathKey struct {
	path    rto.Path
	vantage string
}

func (k pathKey) name() string { return k.path.Name + "\x00" + k.vantage }

// recovery finds T0 and the recovery.
func (m *maker) recovery() {
	m.keys = m.pathKeys(nil)
	injected := m.d.Injected
	from := injected.Lo
	if !injected.Valid() {
		from = m.quiet()
	}
	m.rec = m.recoverFrom(from, injected)
	if silent := m.silent(); m.rec.RTO.Unbounded && len(silent) > 0 && len(silent) < len(m.vantages()) {
		for _, v := range silent {
			m.reason(Limit, "RTO", fmt.Sprintf("vantage point %s fell silent before the end: its view is not counted", v))
		}
		m.keys = m.pathKeys(silent)
		m.rec = m.recoverFrom(from, injected)
	}
	m.fillTime()
}

func (m *maker) vantages() []string {
	var out []string
	for _, p := range m.e.probes {
		if !slices.Contains(out, p.vantage) {
			out = append(out, p.vantage)
		}
	}
	slices.Sort(out)
	return out
}

func (m *maker) pathKeys(without []string) []pathKey {
	seen := map[pathKey]bool{}
	byName := map[string]rto.Path{}
	for _, p := range m.d.Start.Paths {
		byName[p.Name] = p
	}
	for _, n := range m.e.probes {
		if p, ok := byName[n.v.Path]; ok && !slices.Contains(without, n.vantage) {
			seen[pathKey{p, n.vantage}] = true
		}
	}
	var keys []pathKey
	for _, p := range m.d.Start.Paths {
		n := len(keys)
		for k := range seen {
			if k.path.Name == p.Name {
				keys = append(keys, k)
			}
		}
		if len(keys) == n {
			keys = append(keys, pathKey{path: p}) // nobody probed it: it never recovers
		}
		slices.SortFunc(keys[n:], func(a, b pathKey) int { return cmp.Compare(a.vantage, b.vantage) })
	}
	return keys
}

// silent are vantage points whose probes end well before the drill does.
func (m *maker) silent() []string {
	if !m.d.Ended.Valid() {
		return nil
	}
	last := map[string]rto.Instant{}
	for _, p := range m.e.probes {
		last[p.vantage] = max(last[p.vantage], p.v.Recv)
	}
	var patience time.Duration
	for _, p := range m.d.Start.Paths {
		patience = max(patience, 3*(p.Interval+p.Timeout))
	}
	var out []string
	for _, v := range m.vantages() {
		if last[v] < m.d.Ended.Lo.Add(-patience) {
			out = append(out, v)
		}
	}
	return out
}

// served tells whether the answer proves service from anywhere: what counts before the failover.
func served(p rto.ProbeResult, want rto.Grade) bool {
	return p.Good || p.Outcome == rto.OK && p.Grade >= want
}

// quiet is the last instant, at or before the first mark of the drill, at which every path had been serving for as long as a recovery must: the
// failure that the drill is about came after it, and blips before it are others.
func (m *maker) quiet() rto.Instant {
	limit := m.d.Began.Lo
	for _, at := range []rto.Moment{m.d.Declared, m.d.Promoted, m.d.Fenced} {
		if at.Valid() {
			limit = min(limit, at.Lo)
		}
	}
	want := m.wanted()
	type goodSince struct {
		begin rto.Instant
		n     int
	}
	runs := map[string]goodSince{}
	var quiet rto.Instant
	for i, p := range m.e.probes {
		w, ok := want[p.v.Path]
		if i == 0 {
			quiet = p.v.Send
		}
		if !ok || p.v.Recv > limit {
			continue
		}
		k := p.v.Path + "\x00" + p.vantage
		run := runs[k]
		if !served(p.v, w) {
			delete(runs, k)
			continue
		}
		if run.n == 0 {
			run.begin = p.v.Send
		}
		run.n++
		runs[k] = run
		s := m.d.Start.Stability
		stable := len(runs) >= len(m.keys)
		for _, r := range runs {
			stable = stable && r.n >= s.Results && p.v.Recv.Sub(r.begin) >= s.Hold
		}
		if stable {
			quiet = p.v.Recv
		}
	}
	return quiet
}

func (m *maker) wanted() map[string]rto.Grade {
	want := map[string]rto.Grade{}
	for _, p := range m.d.Start.Paths {
		want[p.Name] = p.Want
	}
	return want
}

// recoverFrom asks the core. After the failure an answer counts only if it comes from the region that should serve then; before it, from anywhere.
func (m *maker) recoverFrom(from rto.Instant, injected rto.Moment) rto.Recovery {
	paths := make([]rto.Path, len(m.keys))
	byKey := map[string]rto.Path{}
	for i, k := range m.keys {
		paths[i] = k.path
		paths[i].Name = k.name()
		byKey[k.name()] = k.path
	}
	m.probes = m.probes[:0]
	results := make([]rto.ProbeResult, 0, len(m.e.probes))
	for _, n := range m.e.probes {
		p, ok := byKey[n.v.Path+"\x00"+n.vantage]
		if !ok {
			continue
		}
		m.probes = append(m.probes, n)
		r := n.v
		r.Path, r.Good = n.v.Path+"\x00"+n.vantage, served(r, p.Want)
		results = append(results, r)
	}
	failed := injected
	if !failed.Valid() {
		failed = rto.Recover(paths, results, from, injected, m.d.Start.Stability).Failed
	}
	if !failed.Valid() {
		return rto.Recovery{RTO: rto.Bracket{Unbounded: true}}
	}
	for i := range results {
		if results[i].Send <= failed.Hi {
			continue
		}
		p := byKey[results[i].Path]
		results[i].Good = m.probes[i].v.Good && results[i].Grade >= p.Want && (p.Region == "" || results[i].Region == p.Region)
	}
	for i := range m.probes {
		m.probes[i].v.Good = results[i].Good
	}
	r := rto.Recover(paths, results, from, injected, m.d.Start.Stability)
	if !injected.Valid() {
		r.Failed = failed
	}
	return r
}

func (m *maker) fillTime() {
	t := &m.r.RTO
	*t = Time{
		Objective: m.d.Start.Scenario.RTO, Took: m.rec.RTO, Failed: m.rec.Failed, Partial: m.rec.Partial,
		Recovered: m.rec.Recovered, Stable: m.rec.Stable,
	}
	switch {
	case m.d.Injected.Valid():
		t.Basis, t.Refs = "the injection, as marked", m.e.refsOfKind(rto.EventInjected)
	case m.rec.Failed.Valid():
		t.Basis = "probes: after the start of the last good one, before the end of the first that failed"
		t.Refs = m.refsAt(m.rec.Failed)
	case m.d.Start.Kind == rto.Tabletop:
		m.reason(Doubt, "", "no failure was made, so there is no T0")
	default:
		m.reason(Refusal, "", "T0 is missing: nothing was injected and no critical path was seen to fail")
	}
	failing := false
	for i, o := range m.rec.Paths {
		k := m.keys[i]
		line := PathLine{
			Path: k.path.Name, Vantage: k.vantage, Failed: o.Failed, FirstGood: o.FirstGood, Recovered: o.Recovered,
			Flaps: o.Flaps, Hole: o.Hole, Late: o.Late, Relapses: m.relapses(k), Down: rto.Bracket{Unbounded: true},
		}
		if o.Recovered.Valid() && o.Failed.Valid() {
			line.Down = o.Recovered.Since(o.Failed)
		}
		failing = failing || o.Failed.Valid()
		t.Paths = append(t.Paths, line)
	}
	if t.Failed.Valid() && !failing {
		m.reason(Doubt, "RTO", "no critical path was seen to fail, so none was seen to recover")
	}
	m.widen()
	for _, p := range t.Paths {
		if p.Late > 0 {
			m.reason(Limit, "RTO", fmt.Sprintf("%d probes of path %s came back without an answer while who probed was held up: they may have been good or bad", p.Late, p.Path))
		}
		if p.Relapses > 0 {
			m.reason(Doubt, "RTO", fmt.Sprintf("path %s failed again after the recovery was called stable (%d times)", p.Path, p.Relapses))
		}
	}
	if t.Failed.Valid() && failing && !t.Recovered.Valid() {
		m.reason(Limit, "RTO", "no recovery of all critical paths lasted long enough to count")
	}
}

// widen adds what is not known of the vantage points' clocks, where more than one took part.
func (m *maker) widen() {
	if !m.skew.needed {
		return
	}
	if !m.skew.known {
		m.reason(Doubt, "", "the clocks of the vantage points were never compared by a server that both asked")
		return
	}
	t := &m.r.RTO.Took
	t.Lo = max(t.Lo-m.skew.bound, 0)
	if !t.Unbounded {
		t.Hi += m.skew.bound
	}
	m.reason(Limit, "RTO", fmt.Sprintf("the recovery time is wider by %s on either side, for the clocks of the vantage points", span(m.skew.bound)))
}

// relapses counts runs of bad results after the end of verification, each as long as the run of good ones that a recovery needs.
func (m *maker) relapses(k pathKey) int {
	if m.rec.Stable == 0 {
		return 0
	}
	n, run := 0, 0
	for _, p := range m.probes {
		if p.v.Path != k.path.Name || p.vantage != k.vantage || p.v.Send <= m.rec.Stable || m.d.Ended.Valid() && p.v.Send > m.d.Ended.Hi {
			continue
		}
		if run++; p.v.Good {
			run = 0
		}
		if run == max(m.d.Start.Stability.Results, 1) {
			n++
		}
	}
	return n
}

// refsAt are the records with the probe results that bracket a failure.
func (m *maker) refsAt(at rto.Moment) []string {
	var refs []string
	for _, p := range m.probes {
		if (p.v.Send == at.Lo || p.v.Recv == at.Hi) && !slices.Contains(refs, p.ref) {
			refs = append(refs, p.ref)
		}
	}
	return refs
}
