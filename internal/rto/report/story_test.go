package report_test

import (
	"cmp"
	"time"

	"github.com/voipbin/observability/internal/rto"
)

func (w *world) start() *rto.DrillStart {
	yes, no := true, false
	typed := w.Typed
	paths := make([]rto.Path, len(w.Paths))
	for i, p := range w.Paths {
		paths[i] = p.Path
	}
	return &rto.DrillStart{
		Kind:     w.Kind,
		Scenario: rto.Scenario{Name: "region-loss", Title: typed("Loss of region us-central1"), RTO: 30 * time.Minute, RPO: 5 * time.Minute},
		Plan: rto.Plan{Name: typed("region-failover"), Version: "7", Scenario: "region-loss", Steps: []rto.Step{
			{ID: "detect", Title: typed("Detect the region's failure"), Owner: typed("on-call"), Phase: rto.Detect, Budget: 2 * time.Minute},
			{ID: "database", Title: typed("Promote the database replica"), Owner: typed("database"), Phase: rto.Promote, Budget: 5 * time.Minute, After: []string{"detect"}},
			{ID: "repoint", Title: typed("Re-point the services"), Owner: typed("platform"), Phase: rto.Repoint, Budget: 3 * time.Minute, After: []string{"database"}},
			{ID: "traffic", Title: typed("Redirect DNS"), Owner: typed("network"), Phase: rto.Redirect, Budget: 5 * time.Minute, After: []string{"database"}},
			{ID: "scale", Title: typed("Scale the region up"), Owner: typed("platform"), Phase: rto.Scale, Budget: 10 * time.Minute, After: []string{"detect"}},
			{ID: "verify", Title: typed("Verify with real calls"), Owner: typed("voice"), Phase: rto.Verify, Budget: 5 * time.Minute, After: []string{"repoint", "traffic", "scale"}},
		}},
		PlanSHA256: "9b74c9897bac770ffc029102a200c5de11f0f2a1b0b7c0c3b9f2b5a0c6c1f2aa",
		Paths:      paths, Stability: rto.Stability{Results: 3, Hold: time.Minute},
		Store: "mysql", Replica: "east-1", Interval: w.Interval,
		Alerts: []rto.ExpectedAlert{
			{Name: "RegionDown", For: 30 * time.Second}, {Name: "RecoveryExposurePage", For: 0}, {Name: "TrackerBlind"},
		},
		Realism: rto.Realism{Announced: &yes, KeyPeopleExcluded: &no, InjectedByTool: &yes, PreScaled: &no},
		Scope:   typed("Database, signalling and media of us-central1; one tenant's traffic"), Excluded: []string{typed("Billing export")},
		From: "us-central1", To: "us-east1", Version: "v0.9.0",
		Coverage: []rto.Coverage{
			{Store: "mysql", System: "mysql", Proven: "bracket", Statement: typed("replicated asynchronously; both positions are watched")},
			{Store: "redis", System: "redis", Proven: "stock", Statement: typed("not replicated across regions: registrations and call state are lost"), Gap: true},
			{Store: "rabbitmq", System: "rabbitmq", Proven: "stock", Statement: typed("not replicated: messages in flight are lost"), Gap: true},
			{Store: "recordings", System: "gcs", Proven: "published", Statement: typed("published target 15 min to 12 h"), Gap: true},
		},
	}
}

// story writes what people and Alertmanager did.
func (w *world) story(b *builder) {
	typed := w.Typed
	early := max(w.Kill-100*time.Second, time.Second)
	if w.Kind == rto.Real {
		early = min(cmp.Or(w.Notify, w.Declare), w.Declare-15*time.Second) - 30*time.Second
	}
	b.event(early, rto.DrillEvent{Kind: rto.EventStarted, Author: typed("mina"), Start: w.start()})
	b.event(early+20*time.Second, rto.DrillEvent{Kind: rto.EventApproved, Author: typed("head of operations"), Text: typed("go ahead, change 4711")})
	for i, p := range []rto.Person{{Name: typed("mina"), Role: typed("drill lead")}, {Name: typed("jae"), Role: typed("database")}, {Name: typed("sol"), Role: typed("network")}} {
		b.event(w.Declare-15*time.Second+time.Duration(i)*40*time.Second, rto.DrillEvent{Kind: rto.EventJoined, Author: p.Name, Joined: &p})
	}
	if w.Inject {
		b.event(w.Kill+time.Millisecond, rto.DrillEvent{
			Kind: rto.EventInjected, Author: typed("mina"), Source: rto.ByHook, Text: typed("firewall: drop all of us-central1"),
			At: rto.Moment{Lo: w.at(w.Kill - 40*time.Millisecond), Hi: w.at(w.Kill + time.Millisecond)},
		})
	}
	w.alerting(b)
	w.steps(b)
	b.event(w.End+time.Second, rto.DrillEvent{Kind: rto.EventEnded, Author: typed("mina")})
	w.afterwards(b)
}

func (w *world) alerting(b *builder) {
	if w.Notify == 0 {
		return
	}
	seen := rto.AlertSeen{
		Name: "RegionDown", Labels: map[string]string{"region": "us-central1", "severity": "page"}, Fingerprint: "a1",
		ActiveAt: w.at(w.Notify - 36*time.Second), Starts: w.at(w.Notify - 6*time.Second), Polled: w.at(w.Notify - 4*time.Second),
	}
	b.add(w.Vantages[0], w.Notify-4*time.Second, rto.RecordAlert, seen)
	seen.ActiveAt, seen.Received = 0, w.at(w.Notify)
	b.add(w.Vantages[0], w.Notify+time.Millisecond, rto.RecordAlert, seen)
	b.add(w.Vantages[0], w.Notify+9*time.Second, rto.RecordAlert, rto.AlertSeen{Name: "RecoveryExposurePage", Starts: w.at(w.Notify + 5*time.Second), Polled: w.at(w.Notify + 8*time.Second)})
	b.add(w.Vantages[0], w.Notify+12*time.Second, rto.RecordAlert, rto.AlertSeen{Name: "AsteriskDown", Labels: map[string]string{"instance": "ast-1"}, Starts: w.at(w.Notify + 2*time.Second), Received: w.at(w.Notify + 12*time.Second)})
}

func (w *world) steps(b *builder) {
	typed := w.Typed
	mark := func(step string, from, to time.Duration, who string) {
		b.event(from, rto.DrillEvent{Kind: rto.EventStepBegun, Step: step, Author: typed(who)})
		b.event(to, rto.DrillEvent{Kind: rto.EventStepDone, Step: step, Author: typed(who)})
	}
	notify := w.Notify
	if notify == 0 {
		notify = w.Declare - 10*time.Second
	}
	mark("detect", notify, w.Declare-time.Second, "mina")
	b.event(w.Declare, rto.DrillEvent{Kind: rto.EventDeclared, Author: typed("mina"), Text: typed("region is gone, failing over")})
	b.event(w.Promote-30*time.Second, rto.DrillEvent{Kind: rto.EventFenced, Author: typed("jae")})
	after := w.kept()
	p := &rto.Promotion{
		Store: "mysql", Replica: "east-1", Before: gtid(w.applied(w.Promote)), After: gtid(after), FirstWrite: rto.Moment{Lo: w.at(w.Promote), Hi: w.at(w.Promote + 30*time.Millisecond)},
	}
	if w.Received {
		p.Received, p.ReceivedKnown = gtid(w.received(w.Promote)), true
	}
	if w.Taken != nil {
		p = w.Taken
	}
	mark("database", w.Declare+20*time.Second, w.Promote+time.Second, "jae")
	b.event(w.Promote+100*time.Millisecond, rto.DrillEvent{Kind: rto.EventPromoted, Author: typed("jae"), Promotion: p})
	last := w.Paths[0].Back
	mark("scale", w.Declare+5*time.Second, last-50*time.Second, "sol")
	mark("repoint", w.Promote+5*time.Second, w.Promote+70*time.Second, "jae")
	mark("traffic", w.Promote+10*time.Second, last-20*time.Second, "sol")
	b.event(w.Promote+90*time.Second, rto.DrillEvent{Kind: rto.EventDeviation, Author: typed("sol"), Text: typed("the DNS change was made by hand: the pipeline's token had expired")})
	b.event(w.Promote+95*time.Second, rto.DrillEvent{Kind: rto.EventHook, Source: rto.ByHook, Hook: &rto.HookRun{
		Command: []string{typed("/opt/drill/flush-dns"), "--token=secret"}, Began: w.at(w.Promote + 94*time.Second), Took: time.Second, Exit: 3, Output: typed("denied"),
	}})
	mark("verify", last+5*time.Second, last+100*time.Second, "mina")
}

func (w *world) afterwards(b *builder) {
	typed := w.Typed
	t := w.truth()
	at := w.End + 30*time.Second
	b.event(at, rto.DrillEvent{Kind: rto.EventCanary, Source: rto.ByTracker, Canaries: &rto.Canaries{Store: "mysql", Acknowledged: 298, Lost: min(t.Lost/19, 298), Uncertain: 1}})
	if w.Manifest {
		m := &rto.Manifest{Store: "mysql", Server: oldServer, Kept: gtid(w.kept()), Transactions: t.Lost, Resolution: time.Microsecond, Clock: &rto.ClockOffset{Offset: 3 * time.Millisecond, Error: time.Millisecond}}
		if t.Lost > 0 {
			// The source's stamps are by its own clock.
			m.Oldest = w.at(t.Oldest + 3*time.Millisecond)
			m.Newest = w.at(w.commits[len(w.commits)-1] + 3*time.Millisecond)
			m.Tables = []rto.TableLoss{{Table: "bin_manager.calls", Inserts: t.Lost / 2, Updates: 3}, {Table: "bin_manager.messages", Inserts: t.Lost / 3}}
		}
		b.event(at+10*time.Second, rto.DrillEvent{Kind: rto.EventManifest, Source: rto.ByTracker, Manifest: m})
	}
	b.event(at+20*time.Second, rto.DrillEvent{Kind: rto.EventFinding, Author: typed("mina"), Finding: &rto.Finding{
		ID: "F-1", Title: typed("The DNS pipeline's token expires unseen"), Owner: typed("network"), Due: rto.InstantOf(time.Date(2026, 12, 15, 0, 0, 0, 0, time.UTC)), Measure: "redirect",
	}})
}
