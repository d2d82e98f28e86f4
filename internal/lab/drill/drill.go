// Package drill loses a region of a small platform of real daemons on loopback and brings it back in another, with a tracker watching and taking
// down: a MariaDB pair, two Kamailios with an Asterisk each, a name in a DNS server of its own, and an application that writes. At the end it holds
// the tracker's report against what it knows itself. It refuses to help the tracker: what a report says must come from the tracker's own evidence.
package drill

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"os"
	"path/filepath"
	"time"

	"github.com/voipbin/observability/internal/lab"
	"github.com/voipbin/observability/internal/lab/database"
	"github.com/voipbin/observability/internal/lab/toolchain"
	"github.com/voipbin/observability/internal/rto"
	"github.com/voipbin/observability/internal/rto/mysql"
	"github.com/voipbin/observability/internal/rto/probe"
	"github.com/voipbin/observability/internal/sipprobe"
)

// The small platform. The regions' names are those of the published platform, and the names of the store, its replica and the tracker those of
// the spec.
const (
	regionA, addressA = "us-central1", "127.0.0.2"
	regionB, addressB = "us-east1", "127.0.0.3"
	serviceName       = "sip.platform.test" // a name that is nobody's (RFC 6761)
	scenario          = "region_loss"
	operator          = "laboratory"
	token             = "a token of the laboratory"
)

// Options say where a drill lives.
type Options struct {
	lab.Options
	// Out takes the comparison at the end.
	Out io.Writer
}

// Drill is one run.
type Drill struct {
	Options
	floor
	// Folder holds what is left of it: the tracker's configuration, its evidence and the reports.
	Folder string
	// Tracker is the path of the tracker's program.
	Tracker string

	vantage, store, replica string

	pair    *database.Pair
	a, b    *region
	names   *Names
	app     *application
	pulse   *probe.Pulse
	tracker *tracker
	outside *tracker // the second, elsewhere
	caller  *sipprobe.Prober
	id      string
	truth   Truth

	monitoring *monitoring
}

// Run makes a whole drill, telling its steps. The error says where it failed, or which number of the report is not true.
func Run(ctx context.Context, o Options) (err error) {
	d := &Drill{Options: o, vantage: "tracker-dr", store: "mysql", replica: "dr"}
	defer func() {
		err = errors.Join(err, d.Steps.Do("stopping", func(func(string)) error { return d.close() }))
	}()
	if err := d.obtain(ctx); err != nil {
		return err
	}
	for _, s := range []struct {
		title string
		do    func(context.Context) error
	}{
		{"two regions: " + regionA + " and " + regionB, d.startRegions},
		{"a database in each, replicating; an application that writes", d.startData},
		{"a tracker in " + regionB + " and one outside", d.startWatching},
		{"Prometheus with the rules of recovery, and Alertmanager", d.startMonitoring},
		{"all is well: exposure below a second, calls are answered", d.wellBefore},
		{"the drill begins", d.begin},
		{"the link between the regions swallows everything", d.partition},
		{regionA + " is lost: SIGKILL to database, Kamailio and Asterisk", d.lose},
		{"probes see it, and people are told: " + alertRegionDown, d.detect},
		{"declare, and promote the replica by the tracker's hook", d.promote},
		{"point the application at the survivor", d.repoint},
		{"point " + serviceName + " at " + regionB, d.redirect},
		{"critical paths are good and stay so", d.verify},
		{"the old database comes back, fenced", d.fence},
		{"end, and read from its log what was lost", d.end},
		{"report, and verify it against the evidence", d.report},
	} {
		if err := d.Steps.Do(s.title, func(func(string)) error { return s.do(ctx) }); err != nil {
			return err
		}
	}
	return d.judge()
}

// trees is the folder of package trees.
func (d *Drill) trees() string { return filepath.Join(d.Dir, "trees") }

// obtain gets programs and a folder.
func (d *Drill) obtain(ctx context.Context) error {
	var err error
	if d.kamailio, err = lab.Kamailio(ctx, d.Options.Options); err != nil {
		return err
	}
	bin := filepath.Join(d.Repo, "bin")
	d.Tracker = filepath.Join(bin, "tracker")
	err = d.Steps.Do("the tracker", func(detail func(string)) error {
		return toolchain.Build(ctx, d.Repo, bin, detail, "./cmd/tracker", "./cmd/obsgen")
	})
	if err != nil {
		return err
	}
	if d.Folder, err = newFolder(d.Dir); err != nil {
		return err
	}
	d.Steps.Note("   everything of this drill is in %s", d.Folder)
	if err := d.obtainMonitoring(ctx); err != nil {
		return err
	}
	return d.prepare(ctx, d.Helper)
}

// maxDrills bounds the search for a free folder.
const maxDrills = 1000

// newFolder makes drill-1, drill-2 and so on.
func newFolder(dir string) (string, error) {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return "", err
	}
	for n := 1; n <= maxDrills; n++ {
		folder := filepath.Join(dir, fmt.Sprintf("drill-%d", n))
		err := os.Mkdir(folder, 0o755)
		if err == nil || !errors.Is(err, os.ErrExist) {
			return folder, err
		}
	}
	return "", fmt.Errorf("%d drills lie below %s: remove old ones", maxDrills, dir)
}

func (d *Drill) startRegions(ctx context.Context) error {
	var err error
	if d.a, err = d.startRegion(ctx, regionA, addressA); err != nil {
		return err
	}
	if d.b, err = d.startRegion(ctx, regionB, addressB); err != nil {
		return err
	}
	if d.names, err = StartNames(serviceName, netip.MustParseAddr(addressA)); err != nil {
		return err
	}
	d.onClose(d.names.Close)
	d.caller = sipprobe.New(sipprobe.Config{Now: time.Now, Resolver: d.names.Address()})
	d.onClose(d.caller.Close)
	return nil
}

func (d *Drill) startData(ctx context.Context) error {
	var err error
	if d.pair, err = database.Start(ctx, mysql.MariaDB, "", d.trees(), d.Helper); err != nil {
		return err
	}
	d.onClose(d.pair.Close)
	d.app, err = startApplication(ctx, d.pair.Source.Account(database.Writer), regionA)
	if err == nil {
		d.onClose(d.app.close)
		d.watchItself(ctx)
	}
	return err
}

// watchItself watches whether this process runs, beyond the end of ctx.
func (d *Drill) watchItself(ctx context.Context) {
	ctx, stop := context.WithCancel(context.WithoutCancel(ctx))
	d.pulse = probe.NewPulse(func() rto.Instant { return rto.InstantOf(time.Now()) })
	done := make(chan struct{})
	go func() { defer close(done); d.pulse.Run(ctx) }()
	d.onClose(func() error { stop(); <-done; return nil })
}

func (d *Drill) startWatching(ctx context.Context) error {
	hook, err := d.serveHook()
	if err != nil {
		return err
	}
	if err := d.claimMonitoring(); err != nil {
		return err
	}
	if err := d.startTrackers(ctx, hook); err != nil {
		return err
	}
	d.Steps.Note("   its page: %s", d.tracker.url)
	return nil
}

// instant is a time as the tracker's commands take it.
func instant(t time.Time) string { return t.UTC().Format(time.RFC3339Nano) }

// say runs commands of "tracker drill" one after the other.
func (d *Drill) say(ctx context.Context, commands ...[]string) error {
	for _, c := range commands {
		if _, err := d.tracker.drill(ctx, c...); err != nil {
			return err
		}
	}
	return nil
}

// judge holds the report against the truth.
func (d *Drill) judge() error {
	r, err := readReport(filepath.Join(d.Folder, reportName+".json"))
	if err != nil {
		return err
	}
	if err := d.truth.Write(d.Out, r); err != nil {
		return err
	}
	for _, reason := range r.Reasons {
		d.Steps.Note("   %s: %s", reason.Level, reason.Text)
	}
	if err := d.truth.Judge(r); err != nil {
		return fmt.Errorf("the report is not true: %w", err)
	}
	d.Steps.Note("the report holds: every bracket contains what the laboratory knows; see %s", filepath.Join(d.Folder, reportName+".html"))
	return nil
}

// firstWrite tells the event of the first write on the survivor.
func firstWrite(e rto.DrillEvent) bool {
	return e.Kind == rto.EventPromoted && e.Promotion != nil && e.Promotion.FirstWrite.Valid()
}
