package drill

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"time"

	"github.com/voipbin/observability/internal/lab/asterisk"
	"github.com/voipbin/observability/internal/lab/database"
	"github.com/voipbin/observability/internal/rto"
	"github.com/voipbin/observability/internal/sipprobe"
)

// How long the parts may take, with room for a busy machine.
const (
	soon        = 30 * time.Second
	steady      = 3 * time.Second // before the drill begins
	partitioned = 2 * time.Second // between the loss of the link and of the region: what is written meanwhile is lost
	callWithin  = 3 * time.Second
	talk        = 500 * time.Millisecond
	hold        = 3 * time.Second // for how long a recovery must last
)

// Paths by their names in the tracker's configuration.
const (
	pathCall = "call"
	pathAPI  = "api"
)

func (d *Drill) wellBefore(ctx context.Context) error {
	well := func(s status) bool { return s.provable() && s.good(true, pathCall, pathAPI) }
	if err := d.tracker.await(ctx, soon, "exposure below a second, call and API are good", well); err != nil {
		return err
	}
	if _, err := d.call(ctx, regionA); err != nil {
		return fmt.Errorf("a call before anything is broken: %w", err)
	}
	select { // the tracker's view of a healthy platform is part of the evidence
	case <-ctx.Done():
		return context.Cause(ctx)
	case <-time.After(steady):
		return nil
	}
}

func (d *Drill) begin(ctx context.Context) error {
	var err error
	d.id, err = d.tracker.drill(ctx, "start", scenario, "--kind=full", "--announced", "--pre-scaled",
		"--scope=one MariaDB pair, a Kamailio and an Asterisk in each of two regions, one name in the DNS; all on one machine",
		"--exclude=redis", "--exclude=rabbitmq", "--exclude=recordings")
	if err != nil {
		return err
	}
	if err := d.silenced(ctx, "active"); err != nil {
		return err
	}
	return d.say(ctx, []string{"join", "laboratory", "incident lead, database and network"})
}

func (d *Drill) partition(ctx context.Context) error {
	d.pair.Link.Pause()
	if err := d.say(ctx, []string{"note", "the link between the regions swallows everything: neither side notices"}); err != nil {
		return err
	}
	select {
	case <-ctx.Done():
		return context.Cause(ctx)
	case <-time.After(partitioned):
		return nil
	}
}

func (d *Drill) lose(ctx context.Context) error {
	d.truth.Failed = time.Now()
	if err := errors.Join(d.pair.Source.Kill(), d.a.kill()); err != nil {
		return err
	}
	d.pair.Link.Cut() // what it still held dies with the region
	return d.say(ctx, []string{"inject", "SIGKILL to MariaDB, Kamailio and Asterisk of " + regionA, "--at=" + instant(d.truth.Failed)})
}

func (d *Drill) detect(ctx context.Context) error {
	bad := func(s status) bool { return s.good(false, pathCall, pathAPI) }
	if err := d.tracker.await(ctx, soon, "call and API are bad", bad); err != nil {
		return err
	}
	if err := d.notified(ctx); err != nil {
		return err
	}
	return d.tracker.recorded(ctx, d.id, "the notification ended the detection", func(e rto.DrillEvent) bool {
		return e.Kind == rto.EventStepDone && e.Step == "detect" && e.Source == rto.ByAlertmanager
	})
}

func (d *Drill) promote(ctx context.Context) error {
	if err := d.say(ctx, []string{"declare", "no call and no write, seen from two places: " + regionA + " is gone"}, []string{"mark", "declare", "done"}); err != nil {
		return err
	}
	return d.say(ctx, []string{"mark", "scale", "begun"}, []string{"mark", "scale", "done"}, []string{"run", "promote"})
}

func (d *Drill) repoint(ctx context.Context) error {
	if err := d.say(ctx, []string{"mark", "connections", "begun"}); err != nil {
		return err
	}
	d.truth.Unknown = d.app.unacknowledged(d.truth.Failed)
	if err := d.app.point(d.pair.Replica.Account(database.Writer), regionB); err != nil {
		return err
	}
	if err := d.tracker.await(ctx, soon, "the API is good", func(s status) bool { return s.good(true, pathAPI) }); err != nil {
		return err
	}
	if err := d.say(ctx, []string{"mark", "connections", "done"}); err != nil {
		return err
	}
	return d.tracker.recorded(ctx, d.id, "the first write on the survivor", firstWrite)
}

func (d *Drill) redirect(ctx context.Context) error {
	if err := d.say(ctx, []string{"mark", "dns", "begun"}); err != nil {
		return err
	}
	d.names.Point(netip.MustParseAddr(addressB))
	d.truth.Served = time.Now()
	answered, err := d.call(ctx, regionB)
	if err != nil {
		return fmt.Errorf("a call to the standby region: %w", err)
	}
	d.truth.Called = answered
	return d.say(ctx, []string{"mark", "dns", "done"})
}

func (d *Drill) verify(ctx context.Context) error {
	defer func() {
		d.truth.Lasting = lasting(d.truth.Served, hold, append(d.app.failures(), standstills(d.pulse.Stood())...))
	}()
	return d.tracker.recorded(ctx, d.id, "all critical paths are good and stable", func(e rto.DrillEvent) bool {
		return e.Kind == rto.EventStepDone && e.Step == "verify"
	})
}

// fence starts the old source again so that it takes no writes, and lets the tracker see that.
func (d *Drill) fence(ctx context.Context) error {
	if err := d.pair.Source.Start(ctx, "--read-only=ON"); err != nil {
		return err
	}
	err := d.tracker.recorded(ctx, d.id, "the old source is fenced", func(e rto.DrillEvent) bool { return e.Kind == rto.EventFenced })
	if err != nil {
		return err
	}
	kept, err := d.kept(ctx)
	if err == nil {
		d.truth.lost(d.app.acknowledged(), kept)
	}
	return err
}

// kept are the writes that the survivor has.
func (d *Drill) kept(ctx context.Context) (map[int64]bool, error) {
	rows, err := d.pair.Replica.Root().QueryContext(ctx, "SELECT seq FROM lab.ledger")
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.Close() }() // Err says what went wrong
	kept := map[int64]bool{}
	for rows.Next() {
		var seq int64
		if err := rows.Scan(&seq); err != nil {
			return nil, err
		}
		kept[seq] = true
	}
	return kept, rows.Err()
}

func (d *Drill) end(ctx context.Context) error {
	d.truth.Ended = time.Now()
	if err := d.say(ctx, []string{"end", "service is restored in " + regionB}); err != nil {
		return err
	}
	if err := d.silenced(ctx, "expired"); err != nil {
		return err
	}
	d.truth.Muted = d.monitoring.receiver.received(alertExposure, mutedValue)
	old := d.pair.Source.Account(database.Repl)
	text, err := d.tracker.command(ctx, "manifest", d.id, "--data="+dataDir, "--address="+old.Address, "--user="+old.User, "--password-file=repl",
		"--note", "--url="+d.tracker.url, "--token-file="+tokenFile)
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(d.Folder, "manifest.json"), []byte(text+"\n"), 0o644)
}

// reportName is the base name of the reports.
const reportName = "report"

// report stops the tracker, so that the evidence is at its end, writes the report in all formats, and has it verified.
func (d *Drill) report(ctx context.Context) error {
	if err := d.searchPages(ctx); err != nil {
		return err
	}
	for _, t := range d.trackers() {
		t.process.Stop()
	}
	for _, format := range []string{"html", "md", "json"} {
		if _, err := d.tracker.command(ctx, "report", d.id, "--data="+dataDir, "--format="+format, "-o", reportName+"."+format); err != nil {
			return err
		}
	}
	said, err := d.tracker.command(ctx, "verify", reportName+".json", "--data="+dataDir)
	if err == nil {
		d.Steps.Note("   %s", said)
	}
	return err
}

// call calls the echo by the service's name and wants an answer from a region, with audio coming back. It returns when it was answered.
func (d *Drill) call(ctx context.Context, region string) (time.Time, error) {
	ctx, cancel := context.WithTimeout(ctx, callWithin)
	defer cancel()
	r := d.caller.Run(ctx, sipprobe.Probe{
		Method: sipprobe.Invite, Transport: sipprobe.UDP, Host: serviceName, Port: uint16(d.sipPort), User: asterisk.UserEcho,
		Media: sipprobe.MediaOptions{Duration: talk}, Expect: sipprobe.Expect{Headers: []sipprobe.HeaderRule{regionRule(region)}},
	})
	switch {
	case r.Outcome != sipprobe.OK:
		return time.Time{}, fmt.Errorf("%s: %w", r.Outcome, r.Err)
	case r.Grade < sipprobe.GradeMedia:
		return time.Time{}, fmt.Errorf("grade %d: want audio in both directions", r.Grade)
	case r.Delay == nil:
		return time.Time{}, errors.New("answered without a time")
	}
	return r.Began.Add(*r.Delay), nil
}
